package entities_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
)

// is writes what a boolean says that may be unknown.
func is(b *bool) string {
	if b == nil {
		return "unknown"
	}
	return fmt.Sprint(*b)
}

func TestIPList_SaysWhatItsAddressesAre(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ips                        []string
		everything, private, count string
		odd                        bool
	}{
		"not sent":                {nil, "unknown", "unknown", "unknown", false},
		"empty":                   {[]string{}, "false", "unknown", "0", false},
		"one address":             {[]string{"203.0.113.7"}, "false", "false", "1", false},
		"private networks":        {[]string{"10.0.0.0/8", "192.168.1.1", "172.16.0.0-172.31.255.255", "fd00::/8"}, "false", "true", "4", false},
		"beyond a private one":    {[]string{"10.0.0.0/7"}, "false", "false", "1", false},
		"the whole internet":      {[]string{"0.0.0.0/0"}, "true", "false", "1", false},
		"all of IPv6":             {[]string{"::/0"}, "true", "false", "1", false},
		"in halves, out of order": {[]string{"128.0.0.0/1", "0.0.0.0-127.255.255.255"}, "true", "false", "2", false},
		"but for one address":     {[]string{"0.0.0.0-203.0.113.6", "203.0.113.8-255.255.255.255"}, "false", "false", "2", false},
		"host bits are set":       {[]string{"203.0.113.77/0"}, "true", "false", "1", false},
		"IPv4 as IPv6":            {[]string{"::ffff:10.0.0.1"}, "false", "true", "1", false},
		"a host name":             {[]string{"10.0.0.1", "vpn.example.com"}, "unknown", "unknown", "2", true},
		"a host name and all":     {[]string{"0.0.0.0/0", "vpn.example.com"}, "true", "false", "2", true},
		"a range backwards":       {[]string{"10.0.0.9-10.0.0.1"}, "unknown", "unknown", "1", true},
		"a mixed range":           {[]string{"10.0.0.9-::1"}, "unknown", "unknown", "1", true},
		"blanks":                  {[]string{" ", "10.0.0.1 "}, "unknown", "unknown", "1", true},
	} {
		e, err := entities.NewIPList(&client.IPList{ID: "5f0000000000000000000001", IPs: tt.ips})
		if err != nil {
			t.Fatal(err)
		}
		count := "unknown"
		if e.EntryCount != nil {
			count = fmt.Sprint(*e.EntryCount)
		}
		if is(e.HoldsInternet) != tt.everything || is(e.PrivateOnly) != tt.private || count != tt.count || len(e.Odd()) > 0 != tt.odd {
			t.Errorf("%s: holds the internet %s, private %s, %s entries, odd %v; want %s, %s, %s, %t", name, is(e.HoldsInternet), is(e.PrivateOnly),
				count, e.Odd(), tt.everything, tt.private, tt.count, tt.odd)
		}
		if tt.everything == "unknown" && tt.odd && !slices.Contains(e.Unknown(), "holdsInternet") {
			t.Errorf("%s: unknown are %v, want holdsInternet among them", name, e.Unknown())
		}
	}
}

func TestAuthnPolicy_ConditionsAreReadAtAnyDepth(t *testing.T) {
	t.Parallel()
	deep := func(n int) string {
		return strings.Repeat(`{"not":`, n) + `{"deviceManaged":true}` + strings.Repeat(`}`, n)
	}
	for name, tt := range map[string]struct {
		conditions       string
		managed          string
		kinds            []string
		countries, other []string
		odd              bool
	}{
		"none":                 {``, "unknown", nil, nil, nil, false},
		"null":                 {`null`, "unknown", nil, nil, nil, false},
		"an empty object":      {`{}`, "unknown", nil, nil, nil, false},
		"one":                  {`{"deviceManaged":true}`, "true", []string{"deviceManaged"}, nil, nil, false},
		"the opposite":         {`{"not":{"deviceManaged":true}}`, "false", []string{"deviceManaged"}, nil, nil, false},
		"both":                 {`{"any":[{"deviceManaged":true},{"deviceManaged":false}]}`, "unknown", []string{"deviceManaged"}, nil, nil, false},
		"50 levels":            {deep(50), "true", []string{"deviceManaged"}, nil, nil, false},
		"1,000 levels":         {deep(1000), "unknown", nil, nil, nil, true},
		"countries":            {`{"all":[{"locationIn":{"countries":["FR","JP","FR"]}},{"not":{"locationIn":{"countries":["KP"]}}}]}`, "unknown", []string{"locationIn"}, []string{"FR", "JP"}, []string{"KP"}, false},
		"an unknown operator":  {`{"all":[{"deviceManaged":true},{"moonIs":"full"}]}`, "true", []string{"deviceManaged", "moonIs"}, nil, nil, true},
		"a text for a boolean": {`{"deviceManaged":"yes"}`, "unknown", []string{"deviceManaged"}, nil, nil, true},
		"null for a boolean":   {`{"deviceManaged":null}`, "unknown", []string{"deviceManaged"}, nil, nil, true},
		"2 MB":                 {`{"deviceManaged":true,"x":"` + strings.Repeat("x", 2<<20) + `"}`, "true", []string{"deviceManaged", "x"}, nil, nil, true},
		"a list":               {`[{"deviceManaged":true}]`, "unknown", nil, nil, nil, true},
		"a text":               {`"always"`, "unknown", nil, nil, nil, true},
		"countries as a text":  {`{"locationIn":{"countries":"FR"}}`, "unknown", []string{"locationIn"}, nil, nil, true},
	} {
		e, err := entities.NewAuthnPolicy(&client.AuthnPolicy{ID: "5f0000000000000000000001", Conditions: json.RawMessage(tt.conditions)})
		if err != nil {
			t.Fatal(err)
		}
		if is(e.DeviceManaged) != tt.managed || !slices.Equal(e.ConditionKinds, tt.kinds) || !slices.Equal(e.Countries, tt.countries) ||
			!slices.Equal(e.ExcludedCountries, tt.other) || len(e.Odd()) > 0 != tt.odd {
			t.Errorf("%s: managed %s, kinds %v, countries %v but %v, odd %v; want %s, %v, %v but %v, %t", name, is(e.DeviceManaged), e.ConditionKinds,
				e.Countries, e.ExcludedCountries, e.Odd(), tt.managed, tt.kinds, tt.countries, tt.other, tt.odd)
		}
		if tt.odd && len(tt.conditions) < 1<<20 && e.Content != tt.conditions {
			t.Errorf("%s: the content is %q, want the whole", name, e.Content)
		}
	}
}

func TestAuthnPolicy_SaysWhetherItIsInForceAndForWhom(t *testing.T) {
	t.Parallel()
	yes, no := client.Bool{V: true, OK: true}, client.Bool{OK: true}
	for name, tt := range map[string]struct {
		policy              client.AuthnPolicy
		active, mfa, scoped string
	}{
		"in force": {client.AuthnPolicy{
			Disabled: no, MonitorOnly: no, Targets: &client.AuthnPolicyTargets{Users: &client.AuthnPolicyIDs{Inclusions: []string{"all"}}},
			Effect: &client.AuthnPolicyEffect{Action: "allow", Obligations: &client.AuthnPolicyObligations{MFA: &client.AuthnPolicyMFA{Required: yes}}},
		}, "true", "true", "true"},
		"switched off":            {client.AuthnPolicy{Disabled: yes}, "false", "unknown", "unknown"},
		"only monitoring":         {client.AuthnPolicy{MonitorOnly: yes, Disabled: no}, "false", "unknown", "unknown"},
		"nobody knows":            {client.AuthnPolicy{Disabled: no}, "unknown", "unknown", "unknown"},
		"without a second factor": {client.AuthnPolicy{Effect: &client.AuthnPolicyEffect{Action: "deny"}, Targets: &client.AuthnPolicyTargets{}}, "unknown", "false", "false"},
	} {
		tt.policy.ID = "5f0000000000000000000001"
		e, err := entities.NewAuthnPolicy(&tt.policy)
		if err != nil {
			t.Fatal(err)
		}
		if is(e.Active) != tt.active || is(e.MFARequired) != tt.mfa || is(e.Scoped) != tt.scoped {
			t.Errorf("%s: active %s, MFA %s, scoped %s; want %s, %s, %s", name, is(e.Active), is(e.MFARequired), is(e.Scoped), tt.active, tt.mfa, tt.scoped)
		}
	}
}

// TestSSHKeys_AreNamedByTheirFingerprint compares with what ssh-keygen -l says of the same key.
func TestSSHKeys_AreNamedByTheirFingerprint(t *testing.T) {
	t.Parallel()
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
	const fingerprint = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
	u := &client.SystemUser{ID: "5f0000000000000000000001", SSHKeys: []client.SSHKey{
		{ID: "5f0000000000000000000002", Name: "laptop", PublicKey: key + " me@example.com"}, {PublicKey: `command="ls" ` + key}, {PublicKey: "nothing of the kind"}, {},
	}}
	all, err := entities.Converter{}.SSHKeys(u)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d keys, %v", len(all), err)
	}
	keys := map[string]bool{}
	for i, k := range all {
		keys[k.Key] = true
		if want := i < 2; (k.Fingerprint == fingerprint && k.KeyType == "ssh-ed25519") != want {
			t.Errorf("key %d: %s %s, want the fingerprint: %t", i, k.KeyType, k.Fingerprint, want)
		}
		if b, err := json.Marshal(k); err != nil || strings.Contains(string(b), "AAAAC3") {
			t.Errorf("key %d is written as %s, %v", i, b, err)
		}
	}
	if len(keys) != 4 || len(all[2].Odd()) != 1 || len(all[3].Odd()) != 0 {
		t.Errorf("keys %v, odd %v and %v", keys, all[2].Odd(), all[3].Odd())
	}
}

func TestPasswordPolicy_ANumberCountsOnlyWithItsSwitch(t *testing.T) {
	t.Parallel()
	on, off, n := client.Bool{V: true, OK: true}, client.Bool{OK: true}, client.Int{V: 90, OK: true}
	for name, tt := range map[string]struct {
		on   client.Bool
		want int64 // 0 for none
		odd  bool
	}{"on": {on, 90, false}, "off": {off, 0, false}, "missing": {client.Bool{}, 0, true}} {
		e, err := entities.Converter{}.PasswordPolicy(&client.Organization{ID: "5f0000000000000000000001", Settings: &client.OrganizationSettings{
			PasswordPolicy: &client.PasswordPolicy{EnableMinLength: tt.on, MinLength: n},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if (e.MinLength != nil && *e.MinLength == 90) != (tt.want == 90) || len(e.Odd()) > 0 != tt.odd {
			t.Errorf("%s: length %v, odd %v", name, e.MinLength, e.Odd())
		}
	}
}

func TestDirectory_SaysWhetherItsTokenIsBroken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status       *client.OAuthStatus
		broken, text string
	}{
		"no token":     {nil, "unknown", ""},
		"an error":     {&client.OAuthStatus{Error: "invalid_grant"}, "true", "invalid_grant"},
		"not valid":    {&client.OAuthStatus{IsValid: client.Bool{OK: true}, Message: "expired"}, "true", "expired"},
		"valid":        {&client.OAuthStatus{IsValid: client.Bool{V: true, OK: true}, Message: "fine"}, "false", ""},
		"only a date":  {&client.OAuthStatus{Expiry: client.Time{OK: true}}, "false", ""},
		"only a word":  {&client.OAuthStatus{Message: "hm"}, "unknown", ""},
		"nothing said": {&client.OAuthStatus{}, "unknown", ""},
	} {
		e, err := entities.NewDirectory(&client.Directory{ID: "5f0000000000000000000001", OAuthStatus: tt.status})
		if err != nil {
			t.Fatal(err)
		}
		if is(e.TokenBroken) != tt.broken || e.TokenError != tt.text {
			t.Errorf("%s: broken %s, %q; want %s, %q", name, is(e.TokenBroken), e.TokenError, tt.broken, tt.text)
		}
	}
}
