package client

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

const redacted = "REDACTED"

// Credential proves to JumpCloud who is asking. Make one with [APIKey].
type Credential interface {
	// check says what is wrong with the credential before the first request.
	check() error
	// set puts the credential on a request to JumpCloud's own host.
	set(*http.Request)
	// scrub removes the credential from a text that came back.
	scrub(text string) string
}

// APIKey is the key of an administrator or of a service account. JumpCloud has one key per administrator: making a new
// one revokes the old one at once, for every program that uses it.
func APIKey(key string) Credential { return apiKey{new(strings.TrimSpace(key))} }

// apiKey holds the key behind a pointer: formatters show the address of a pointer inside another value, where they call
// no methods.
type apiKey struct{ key *string }

// Format hides the key from all verbs.
func (apiKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the key.
func (apiKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the key.
func (apiKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (k apiKey) check() error {
	switch {
	case *k.key == "":
		return errors.New("client: the API key is empty")
	case strings.ContainsFunc(*k.key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("client: the API key holds a character that no key has (a space, a line break or a non-ASCII letter)")
	}
	return nil
}

func (k apiKey) set(r *http.Request) { r.Header.Set("x-api-key", *k.key) }

func (k apiKey) scrub(text string) string { return strings.ReplaceAll(text, *k.key, redacted) }

// authTransport adds the credential to requests for one host, and to no other.
type authTransport struct {
	next       http.RoundTripper
	host       string
	credential Credential
}

func (t *authTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == t.host {
		r = r.Clone(r.Context())
		t.credential.set(r)
	}
	return t.next.RoundTrip(r)
}
