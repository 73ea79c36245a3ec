package client_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
)

// TestFromEnv_SettingsAreTrimmed reads each variable with what people leave around values.
func TestFromEnv_SettingsAreTrimmed(t *testing.T) {
	t.Parallel()
	around := []string{"%", " % ", "\t%\r\n", "%\n", "\ufeff%", "\ufeff %\n\n", "\u00a0%\u200b"}
	for _, form := range around {
		put := func(v string) string { return strings.ReplaceAll(form, "%", v) }
		for name, tt := range map[string]struct {
			env          map[string]string
			console, org string
		}{
			"key and region":  {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": "eu"}, "https://console.eu.jumpcloud.com", ""},
			"capital region":  {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": "EU"}, "https://console.eu.jumpcloud.com", ""},
			"address":         {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": "https://x.example/api"}, "https://x.example", ""},
			"organization":    {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_ORG_ID": "5f00"}, "https://console.jumpcloud.com", "5f00"},
			"fall-backs":      {map[string]string{"JC_API_KEY": "k", "JC_ORG_ID": "5f00"}, "https://console.jumpcloud.com", "5f00"},
			"rate":            {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_MAX_RPS": "2.5"}, "https://console.jumpcloud.com", ""},
			"service account": {map[string]string{"JUMPCLOUD_CLIENT_ID": "i", "JUMPCLOUD_CLIENT_SECRET": "s"}, "https://console.jumpcloud.com", ""},
			"unset by blanks": {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_ORG_ID": "", "JUMPCLOUD_MAX_RPS": "", "JUMPCLOUD_REGION": "", "JUMPCLOUD_API_URL": ""}, "https://console.jumpcloud.com", ""},
		} {
			c, err := client.FromEnv(func(n string) string {
				if v, ok := tt.env[n]; ok {
					return put(v)
				}
				return ""
			})
			if err != nil || c.ConsoleURL() != tt.console || c.OrgID() != tt.org {
				t.Errorf("%s as %q: got %v, %v; want %s and organization %q", name, form, c, err, tt.console, tt.org)
				continue
			}
			if rps := c.Stats().RPS; name == "rate" && rps != 2.5 {
				t.Errorf("a rate as %q: %v requests a second, want 2.5", form, rps)
			}
		}
	}
	if _, err := client.FromEnv(func(string) string { return " \n" }); !errors.Is(err, client.ErrNoCredential) {
		t.Errorf("blank variables: got %v, want ErrNoCredential", err)
	}
}

// TestFromEnv_ErrorsNameTheVariable gives wrong values; the error says which variable is meant, and shows no key.
func TestFromEnv_ErrorsNameTheVariable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, value, says string }{
		{"JUMPCLOUD_API_KEY", `"hush"`, "quotes"},
		{"JUMPCLOUD_API_KEY", `'hush`, "quotes"},
		{"JUMPCLOUD_API_KEY", "\u201chush\u201d", "quotes"},
		{"JUMPCLOUD_API_KEY", "hush hush", "in one piece"},
		{"JUMPCLOUD_API_KEY", "hush\nhush", "in one piece"},
		{"JC_API_KEY", "hush\ufeffhush", "in one piece"},
		{"JUMPCLOUD_CLIENT_ID", `"hush"`, "quotes"},
		{"JUMPCLOUD_CLIENT_SECRET", "hush\r\nhush", "in one piece"},
		{"JUMPCLOUD_ORG_ID", `"5f00"`, "quotes"},
		{"JUMPCLOUD_ORG_ID", "5f 00", "in one piece"},
		{"JC_ORG_ID", "5f\n00", "in one piece"},
		{"JUMPCLOUD_REGION", "'eu'", "quotes"},
		{"JUMPCLOUD_REGION", "mars", "us, eu or in"},
		{"JUMPCLOUD_API_URL", `"https://x.example"`, "quotes"},
		{"JUMPCLOUD_API_URL", "x.example", "https://host"},
		{"JUMPCLOUD_API_URL", "http://x.example", "https"},
		{"JUMPCLOUD_MAX_RPS", "fast", "number above zero"},
		{"JUMPCLOUD_MAX_RPS", "-1", "number above zero"},
		{"JUMPCLOUD_MAX_RPS", "NaN", "number above zero"},
		{"JUMPCLOUD_MAX_RPS", `"8"`, "quotes"},
	} {
		env := map[string]string{"JUMPCLOUD_CLIENT_ID": "i", "JUMPCLOUD_CLIENT_SECRET": "s"}
		maps.Copy(env, map[string]string{tt.name: tt.value})
		_, err := client.FromEnv(func(n string) string { return env[n] })
		if err == nil || !strings.Contains(err.Error(), tt.name) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s as %q: got %v, want an error that names it and says %q", tt.name, tt.value, err, tt.says)
			continue
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s as %q: the error shows it: %v", tt.name, tt.value, err)
		}
	}
}

func TestCredentials_AreTrimmedAndNotShown(t *testing.T) {
	t.Parallel()
	for _, good := range []client.Credential{client.APIKey("\ufeffkey\n"), client.ServiceAccount(" id\n", "\ufeffsecret ")} {
		if _, err := client.New(good); err != nil {
			t.Errorf("a credential with blanks around it: %v", err)
		}
	}
	for name, bad := range map[string]client.Credential{
		"key in quotes": client.APIKey(`"hush"`), "key with a blank": client.APIKey("hush hush"), "key with a line break": client.APIKey("hush\nhush"),
		"secret in quotes": client.ServiceAccount("id", `"hush"`), "secret with a line break": client.ServiceAccount("id", "hush\nhush"),
	} {
		if _, err := client.New(bad); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want an error that does not show it", name, err)
		}
	}
}
