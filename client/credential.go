package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
	"unique"
)

const redacted = "REDACTED"

// Credential proves to JumpCloud who is asking. Make one with [APIKey], [APIKeyFunc], [ServiceAccount] or
// [ServiceAccountFunc].
type Credential interface {
	// check says what is wrong with the credential before the first request.
	check() error
	// bind tells the credential where its region's tokens come from, by which transport, and how long it may wait.
	bind(tokenURL string, transport http.RoundTripper, maxWait time.Duration)
	// current returns what proves it, asking for it when there is none or when the given one was refused.
	current(ctx context.Context, refused *proof) (*proof, error)
	// identity is the same for all values that are one credential. It can be compared, and shows no secret.
	identity() any
	// scrub removes every secret of the credential from a text that came back.
	scrub(text string) string
}

// proof is one state of a credential: the header to send. Two states are the same if their pointers are.
type proof struct{ name, value string }

func (p *proof) set(h http.Header) { h.Set(p.name, p.value) }

// hidden keeps formatters, loggers and encoders from showing what a credential holds. What is secret stands behind a
// pointer: inside another value formatters call no methods, but show the address of a pointer.
type hidden struct{}

// Format hides the credential from all verbs.
func (hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the credential.
func (hidden) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the credential.
func (hidden) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// APIKey is the key of an administrator or of a service account. JumpCloud has one key per administrator: making a new
// one revokes the old one at once, for every program that uses it.
func APIKey(key string) Credential {
	key = trimmed(key)
	return &keyCredential{secret: &keyState{
		first: checkKey(key), fixed: unique.Make("key " + key), asking: make(slot, 1),
		source: keySource(func(context.Context) (string, error) { return key, nil }),
	}}
}

// APIKeyFunc asks f for the key: at the first request, and once more when JumpCloud refuses the key, so that a key can
// be replaced while the program runs. It is asked once, however many requests are refused together; when it answers
// with the refused key again, they fail. When f fails, it is asked once more after a second. After either, requests that
// need another key fail without asking for a while: a second at first, twice as long each time, up to [WithMaxWait].
// Then f is asked again. f is not called concurrently.
func APIKeyFunc(f func(context.Context) (string, error)) Credential {
	if f == nil {
		return &keyCredential{secret: &keyState{first: errors.New("client: APIKeyFunc needs a function")}}
	}
	return &keyCredential{secret: &keyState{source: keySource(f), asking: make(slot, 1)}}
}

func keySource(f func(context.Context) (string, error)) secretSource[string] {
	return secretSource[string]{what: "the API key", ask: func(ctx context.Context) (string, error) {
		key, err := f(ctx)
		if err != nil {
			return "", fmt.Errorf("client: get the API key: %w", err)
		}
		key = trimmed(key)
		return key, checkKey(key)
	}}
}

func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("client: the API key is empty: give the key of an administrator or a service account")
	case quoted(key):
		return errors.New("client: the API key stands in quotes: give it without them")
	case strings.ContainsFunc(key, notPrintable):
		return errors.New("client: the API key holds a character that no key has (a space, a line break or a non-ASCII letter)")
	}
	return nil
}

type keyCredential struct {
	hidden

	secret *keyState
}

type keyState struct {
	first error                 // what is wrong with a fixed key
	fixed unique.Handle[string] // a fixed key; it shows as an address

	asking slot
	source secretSource[string]
	now    *proof

	mu      sync.Mutex
	all     []string // every key seen, to scrub
	maxWait time.Duration
}

func (k *keyCredential) check() error { return k.secret.first }

func (k *keyCredential) identity() any {
	if k.secret.fixed != (unique.Handle[string]{}) {
		return k.secret.fixed
	}
	return k.secret
}

func (k *keyCredential) bind(_ string, _ http.RoundTripper, maxWait time.Duration) {
	k.secret.mu.Lock()
	defer k.secret.mu.Unlock()
	k.secret.maxWait = maxWait
}

func (k *keyCredential) current(ctx context.Context, refused *proof) (*proof, error) {
	s := k.secret
	if err := s.asking.take(ctx); err != nil {
		return nil, err
	}
	defer s.asking.give()
	if s.now != nil && s.now != refused {
		return s.now, nil
	}
	s.mu.Lock()
	most := s.maxWait
	s.mu.Unlock()
	key, err := s.source.next(ctx, most)
	if err != nil || s.now != nil && key == s.now.value {
		return s.now, err
	}
	s.now = &proof{"x-api-key", key}
	s.mu.Lock()
	s.all = append(s.all, key)
	s.mu.Unlock()
	return s.now, nil
}

func (k *keyCredential) scrub(text string) string {
	k.secret.mu.Lock()
	defer k.secret.mu.Unlock()
	return scrub(text, k.secret.all...)
}

func scrub(text string, secrets ...string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		text = strings.ReplaceAll(text, s, redacted)
		// As JSON may write it.
		escaped, err := json.Marshal(s)
		if err != nil {
			continue
		}
		inner := string(escaped[1 : len(escaped)-1])
		text = strings.ReplaceAll(text, inner, redacted)
		text = strings.ReplaceAll(text, strings.ReplaceAll(inner, "/", `\/`), redacted)
	}
	return text
}
