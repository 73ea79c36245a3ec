package format_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/format"
)

// checks are the texts that each check must accept, and those that it must not.
var checks = map[string]struct {
	check    func(string) bool
	yes, not []string
}{
	"IPv4": {
		format.IPv4,
		[]string{"0.0.0.0", "127.0.0.1", "203.0.113.7", "255.255.255.255"},
		[]string{"", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4/24", "1.2.3.4:80", " 1.2.3.4", "1.2.3.4\n", "::1", "::ffff:1.2.3.4", "a.b.c.d", "１.2.3.4"},
	},
	"IPv6": {
		format.IPv6,
		[]string{"::", "::1", "2001:db8::7", "2001:DB8::7", "fe80::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"},
		[]string{"", ":", "1.2.3.4", "fe80::1%en0", "fe80::1%", "2001:db8::/32", "[::1]", "1:2:3:4:5:6:7", "1::2::3", "g::", "::1 "},
	},
	"IP": {
		format.IP,
		[]string{"127.0.0.1", "::1", "2001:db8::7", "::ffff:1.2.3.4"},
		[]string{"", "fe80::1%en0", "1.2.3", "localhost", "1.2.3.4/32"},
	},
	"URI": {
		format.URI,
		[]string{"https://example.com", "https://example.com/a?b=c#/d", "http://[::1]:80/", "mailto:mira@example.com", "urn:isbn:1", "https://example.com/é", "https://x/%20"},
		[]string{"", "example.com", "/a", "//example.com", "https://a b", "https://a\tb", "https://a\n", "https://x/%zz", "https://[::1", ":", "1http://x", "https://x/\x7f"},
	},
	"Email": {
		format.Email,
		[]string{"mira@example.com", "mira+tag@example.com", "m@localhost", "é@example.com", "o'dell@example.com"},
		[]string{"", "mira", "@example.com", "mira@", "Mira <mira@example.com>", "<mira@example.com>", " mira@example.com", "mira@example.com ", "a@b@c", "a@b, c@d"},
	},
	"Hostname": {
		format.Hostname,
		[]string{"ab", "a1", "1a", "12", "crane-7", "CRANE", "a--b", strings.Repeat("a", 63)},
		[]string{"", "a", "-a", "a-", "a_b", "a.b", "a b", "ab\n", "é1", strings.Repeat("a", 64)},
	},
	"FQDN": {
		format.FQDN,
		[]string{"a.bc", "crane.example.com", "CRANE.Example.COM", "1.2.example.com", "a-b.c-d.example", "xn--bcher-kva.example", "a." + strings.Repeat("b", 63), longName(253)},
		[]string{
			"", "a", "abcd", "a.b", "a.b1", "crane.example.1", "crane.example.com.", ".example.com", "a..example.com", "-a.example.com", "a-.example.com",
			"a_b.example.com", "a b.example.com", "é.example.com", "crane.example.c-m", "192.168.1.1", strings.Repeat("a", 64) + ".com", "a." + strings.Repeat("b", 64), longName(254), "a.com\n",
		},
	},
}

// longName returns a full name of n characters whose labels are of allowed lengths.
func longName(n int) string {
	name := strings.Repeat(strings.Repeat("a", 49)+".", 5)[:n-4]
	return strings.TrimSuffix(name, ".") + ".com" + strings.Repeat("m", n-len(strings.TrimSuffix(name, "."))-4)
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for name, tt := range checks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range tt.yes {
				if !tt.check(s) {
					t.Errorf("%q was refused, want it accepted", s)
				}
			}
			for _, s := range tt.not {
				if tt.check(s) {
					t.Errorf("%q was accepted, want it refused", s)
				}
			}
		})
	}
}

// TestChecks_NamesAreThoseOfTheSchemas makes sure that each name stands for the check that is called so.
func TestChecks_NamesAreThoseOfTheSchemas(t *testing.T) {
	t.Parallel()
	want := map[string]string{"email": "Email", "fqdn": "FQDN", "ip": "IP", "ipv4": "IPv4", "ipv6": "IPv6", "uri": "URI"}
	if got := slices.Sorted(maps.Keys(format.Checks)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("the formats are %v, want %v", got, slices.Sorted(maps.Keys(want)))
	}
	for name, check := range format.Checks {
		tt := checks[want[name]]
		for _, s := range slices.Concat(tt.yes, tt.not) {
			if check(s) != tt.check(s) {
				t.Errorf("the format %s judges %q otherwise than %s", name, s, want[name])
			}
		}
	}
}

func TestMAC(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a4:83:e7:00:00:01":    "a4:83:e7:00:00:01",
		"A4:83:E7:00:00:01":    "a4:83:e7:00:00:01",
		"A4-83-E7-00-00-01":    "a4:83:e7:00:00:01",
		"a483.e700.0001":       "a4:83:e7:00:00:01",
		"A483E7000001":         "a4:83:e7:00:00:01",
		" a4:83:e7:00:00:01\n": "a4:83:e7:00:00:01",
		"":                     "",
		"a4:83:e7:00:00":       "",
		"a4:83:e7:00:00:01:02": "",
		"a4:83:e7:00:00:0g":    "",
		"a4 83 e7 00 00 01":    "",
		"a4:83:e7:00:00:0é":    "",
		"none":                 "",
	} {
		if got := format.MAC(in); got != want {
			t.Errorf("MAC(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestURI_AgreesWithTheStandardLibrary compares the short way for links with the long one.
func TestURI_AgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	const letters = "abz019-._~/#?:@%[]&=+ \n\x7fé"
	r := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		s := []string{"https://", "https:/", "http://", ""}[min(r.IntN(6), 3)]
		if r.IntN(2) == 0 {
			s = "https://"
		}
		of := len(letters)
		if r.IntN(3) > 0 {
			of = 12 // those that mean nothing, slashes and number signs
		}
		for range r.IntN(8) {
			i := r.IntN(of)
			s += letters[i : i+1]
		}
		u, err := url.Parse(s)
		if want := err == nil && u.IsAbs() && !strings.ContainsAny(s, " \t\r\n"); format.URI(s) != want {
			t.Errorf("%q is a URI: %v, want %v", s, format.URI(s), want)
		}
	}
}
