package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
)

// marker is what must never be in an error.
const marker = "jca_MARKERmarkerMARKERmarkerMARKER"

// write makes a file of settings.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fleet.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRead_WithoutAFileThereIsOneCredential(t *testing.T) {
	t.Parallel()
	got, err := config.Read("")
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Interval: 6 * time.Hour, Rate: 7.5, Limit: "credential", Queue: "jumpgraph", Heartbeat: 30 * time.Second, PartialRetry: 15 * time.Minute,
		Credentials: []config.Credential{{Name: "default", Env: "JUMPCLOUD_API_KEY"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings without a file (-want +got):\n%s", diff)
	}
}

func TestRead_EverySetting(t *testing.T) {
	t.Parallel()
	got, err := config.Read(write(t, `
		interval = "90m"
		rate = 4
		limit = "organization"
		queue = "msp-1"
		heartbeat = "10s"
		partial_retry = "1m"
		keep_changes = "720h"
		skip = ["applemdms/devices"]
		with = ["governance"]

		[[credential]]
		name = "acme.eu"
		command = ["vault", "read", "-field=key", "acme"]
		region = "eu"

		[[credential]]
		name = "provider"
		file = "/run/secrets/provider"
		service_account = true
		provider = "65f0c1a2b3c4d5e6f7a8b9c0"
		url = "http://127.0.0.1:1"
	`))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Interval: 90 * time.Minute, Rate: 4, Limit: config.PerOrganization, Queue: "msp-1", Heartbeat: 10 * time.Second, PartialRetry: time.Minute, KeepChanges: 720 * time.Hour,
		Skip: []string{"applemdms/devices"}, With: []jumpgraph.Layer{jumpgraph.Governance},
		Credentials: []config.Credential{
			{Name: "acme.eu", Command: []string{"vault", "read", "-field=key", "acme"}, Region: "eu"},
			{Name: "provider", File: "/run/secrets/provider", ServiceAccount: true, Provider: "65f0c1a2b3c4d5e6f7a8b9c0", URL: "http://127.0.0.1:1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings (-want +got):\n%s", diff)
	}
	if c := got.Credential("provider"); c == nil || c.Source() != "file /run/secrets/provider" {
		t.Errorf("the credential of a name is %+v", c)
	}
	if c := got.Credential("other"); c != nil {
		t.Errorf("a name that there is not gives %+v", c)
	}
}

func TestRead_AnEmptyFileIsAFleetOfZero(t *testing.T) {
	t.Parallel()
	got, err := config.Read(write(t, "\xef\xbb\xbf# nothing yet\r\n"))
	if err != nil || len(got.Credentials) != 0 {
		t.Errorf("an empty file: %+v, %v, want no credentials", got, err)
	}
}

func TestRead_EachBadFileHasAClearError(t *testing.T) {
	t.Parallel()
	// one is a file with one credential that has these lines.
	one := func(lines string) string { return "[[credential]]\nname = \"a\"\n" + lines }
	for name, tt := range map[string]struct{ text, want string }{
		"unknown setting":               {"intervall = \"6h\"", "there is no setting intervall"},
		"unknown setting of credential": {one("env = \"A\"\napi_key = \"" + marker + "\""), "there is no setting credential.api_key"},
		"unknown table":                 {"[temporal]\naddress = \"x\"", "there is no setting temporal"},
		"interval too short":            {`interval = "59s"`, "interval must be a minute at least, not 59s"},
		"interval negative":             {`interval = "-6h"`, "interval must be a minute at least"},
		"interval without a unit":       {`interval = "6"`, "line 1: interval must be a duration in quotes"},
		"interval as a number":          {`interval = 6`, "interval must be a minute at least, not 6ns"},
		"rate zero":                     {`rate = 0`, "rate must be a number of requests per second above zero"},
		"rate negative":                 {`rate = -1.5`, "rate must be"},
		"rate not a number":             {`rate = nan`, "rate must be"},
		"rate infinite":                 {`rate = inf`, "rate must be"},
		"rate a text":                   {`rate = "7.5"`, "rate"},
		"limit":                         {`limit = "key"`, `limit must be "credential" or "organization", not "key"`},
		"limit empty":                   {`limit = ""`, `limit must be`},
		"queue empty":                   {`queue = ""`, "queue must be made of letters"},
		"queue with a colon":            {`queue = "a:b"`, "queue must be made of letters"},
		"queue of many letters":         {`queue = "` + strings.Repeat("a", 101) + `"`, "queue must be made of letters"},
		"heartbeat":                     {`heartbeat = "1s"`, "heartbeat must be two seconds at least"},
		"partial_retry":                 {`partial_retry = "-1s"`, "partial_retry and keep_changes must not be negative"},
		"keep_changes":                  {`keep_changes = "-1s"`, "partial_retry and keep_changes must not be negative"},
		"skip":                          {`skip = ["userz"]`, `no collection "userz" to skip: choose from systemusers`},
		"with":                          {`with = ["keys"]`, `no layer "keys": choose from governance`},
		"skip organizations":            {`skip = ["organizations"]`, `no collection "organizations" to skip`},
		"no name":                       {"[[credential]]\nenv = \"A\"", "a credential needs a name"},
		"name with a slash":             {"[[credential]]\nname = \"a/b\"\nenv = \"A\"", "a credential needs a name of letters"},
		"name with an end of line":      {"[[credential]]\nname = \"a\\nb\"\nenv = \"A\"", "a credential needs a name of letters"},
		"name twice":                    {one("env = \"A\"\n") + "\n" + one("env = \"B\""), "two credentials have the name a"},
		"no source":                     {one(""), "credential a: set one of env, file and command"},
		"no program":                    {one("command = []"), "credential a: set one of env, file and command"},
		"empty program":                 {one(`command = ["", "x"]`), "credential a: set one of env, file and command"},
		"two sources":                   {one("env = \"A\"\nfile = \"b\""), "credential a: set one of env, file and command"},
		"env no variable":               {one(`env = "MY KEY"`), "credential a: env must be the name of a variable"},
		"env with an equals sign":       {one(`env = "A=B"`), "credential a: env must be the name of a variable"},
		"region and url":                {one("env = \"A\"\nregion = \"eu\"\nurl = \"https://x\""), "credential a: set region or url, not both"},
		"region":                        {one("env = \"A\"\nregion = \"mars\""), `credential a: client: region: unknown region "mars": use us, eu or in`},
		"url without https":             {one("env = \"A\"\nurl = \"http://example.com\""), "credential a: client: url: it must use https"},
		"url with a password":           {one("env = \"A\"\nurl = \"https://u:" + marker + "@example.com\""), "credential a: client: url: it must look like"},
		"provider":                      {one("env = \"A\"\nprovider = \"a/b\""), "credential a: provider is no id"},
		"one table of credentials":      {"[credential]\nname = \"a\"\nenv = \"A\"", "credential"},
		"no TOML":                       {"interval: 6h", "line 1"},
		"a text without quotes":         {one("env = " + marker), "at or after credential.env: this is no TOML"},
		"a quote too few":               {one("env = \"" + marker), "at or after credential.env: this is no TOML"},
		"the credential alone":          {marker, "line 1"},
		"the credential as env":         {one(`env = "` + marker + `"`), "credential a: env, file and command say where the credential is: this file must not hold the credential itself"},
		"the credential as file":        {one(`file = "` + marker + `"`), "must not hold the credential itself"},
		"the credential as command":     {one(`command = ["` + marker + `"]`), "must not hold the credential itself"},
		"an old key as env":             {one(`env = "abcdefabcdefabcdefabcdefabcdefabcdef0123"`), "must not hold the credential itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, tt.text)
			_, err := config.Read(file)
			if err == nil {
				t.Fatalf("the file is accepted, want an error with %q", tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("the error is %q, want %q and the name of the file in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "MARKER") || strings.Contains(err.Error(), "abcdefabcdef") {
				t.Errorf("the error holds the credential: %q", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	}
}

func TestRead_FilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{filepath.Join(t.TempDir(), "missing.toml"): "there is no file", t.TempDir(): "read "} {
		if _, err := config.Read(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("Read(%q): %v, want %q and the name in it", name, err, want)
		}
	}
}

func ExampleCredential_Source() {
	c := config.Credential{Command: []string{"vault", "read", "acme"}}
	fmt.Println(c.Source())
	// Output: command vault
}
