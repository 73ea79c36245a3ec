package client

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

const redacted = "REDACTED"

// Credential proves to JumpCloud who is asking. Make one with [APIKey], [APIKeyFunc] or [ServiceAccount].
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
		ask: func(context.Context) (string, error) { return key, nil },
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
	return &keyCredential{secret: &keyState{ask: f, asking: make(slot, 1)}}
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
	ask   func(context.Context) (string, error)

	asking slot
	now    *proof
	failed error         // how asking ended last; nil for a key
	pause  time.Duration // after asking was in vain; 0 after it was not
	until  time.Time     // when f may be asked again

	mu      sync.Mutex
	all     []string // every key seen, to scrub
	maxWait time.Duration
}

const (
	firstKeyPause = time.Second
	// maxKeyPause is the longest pause where none is set.
	maxKeyPause = defaultMaxWait
)

// slot lets one caller at a time ask for a credential; the others wait no longer than their contexts.
type slot chan struct{}

func (s slot) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("client: wait for the credential: %w", patience.ContextError(ctx))
	}
}

func (s slot) give() { <-s }

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
	if time.Now().Before(s.until) {
		return s.now, s.failed
	}
	err := s.renew(ctx)
	if err != nil && ctx.Err() == nil && s.pause == 0 {
		// The first failure: the source may be there again in a moment.
		s.inVain(nil)
		if waited := patience.Wait(ctx, s.pause); waited != nil {
			return nil, fmt.Errorf("client: wait for the API key: %w", waited)
		}
		err = s.renew(ctx)
	}
	if err != nil && ctx.Err() == nil { // an ended context says nothing about the source
		s.inVain(err)
	}
	return s.now, err
}

// renew asks for the key once.
func (s *keyState) renew(ctx context.Context) error {
	key, err := s.ask(ctx)
	if err != nil {
		return fmt.Errorf("client: get the API key: %w", err)
	}
	key = trimmed(key)
	if err := checkKey(key); err != nil {
		return err
	}
	if s.now != nil && key == s.now.value {
		s.inVain(nil)
		return nil
	}
	s.now, s.failed, s.pause, s.until = &proof{"x-api-key", key}, nil, 0, time.Time{}
	s.mu.Lock()
	s.all = append(s.all, key)
	s.mu.Unlock()
	return nil
}

// inVain notes that asking gave nothing new, so that the source is left alone for a while.
func (s *keyState) inVain(err error) {
	s.mu.Lock()
	most := cmp.Or(s.maxWait, maxKeyPause)
	s.mu.Unlock()
	s.pause = min(max(firstKeyPause, 2*s.pause), most)
	s.failed, s.until = err, time.Now().Add(s.pause)
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

// ServiceAccount is a service account with client credentials. It gets a token of about an hour when it needs one, from
// the token host of the client's region, or from [WithTokenURL], at one request each; a refused token is replaced once.
func ServiceAccount(clientID, clientSecret string) Credential {
	return &accountCredential{secret: &accountState{
		id: trimmed(clientID), secret: trimmed(clientSecret), asking: make(slot, 1),
	}}
}

type accountCredential struct {
	hidden

	secret *accountState
}

type accountState struct {
	id, secret string

	asking slot
	token  *oauth2.Token
	now    *proof

	mu      sync.Mutex
	config  clientcredentials.Config
	http    *http.Client
	maxWait time.Duration
	all     []string // every token seen, to scrub
}

// earlyRenewal is how long before its end a token is replaced.
const earlyRenewal = 30 * time.Second

func (a *accountCredential) check() error {
	if a.secret.id == "" || a.secret.secret == "" {
		return errors.New("client: a service account needs a client id and a client secret")
	}
	for _, part := range []string{a.secret.id, a.secret.secret} {
		if quoted(part) || strings.ContainsFunc(part, blank) {
			return errors.New("client: the client id or the client secret stands in quotes, or holds a blank or a line break: give it without")
		}
	}
	return nil
}

func (a *accountCredential) identity() any { return unique.Make("account " + a.secret.id) }

func (a *accountCredential) bind(tokenURL string, transport http.RoundTripper, maxWait time.Duration) {
	s := a.secret
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxWait = maxWait
	s.config = clientcredentials.Config{
		ClientID: s.id, ClientSecret: s.secret, TokenURL: tokenURL, Scopes: []string{"api"}, AuthStyle: oauth2.AuthStyleInHeader,
	}
	s.http = &http.Client{
		Transport: transport, Timeout: attemptTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (a *accountCredential) current(ctx context.Context, refused *proof) (*proof, error) {
	s := a.secret
	if err := s.asking.take(ctx); err != nil {
		return nil, err
	}
	defer s.asking.give()
	valid := s.now != nil && (s.token.Expiry.IsZero() || time.Until(s.token.Expiry) > earlyRenewal)
	if valid && s.now != refused {
		return s.now, nil
	}
	s.mu.Lock()
	config, by := s.config, s.http
	s.mu.Unlock()
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, by))
	if err != nil {
		return nil, a.refusal(err)
	}
	s.token, s.now = token, &proof{"Authorization", "Bearer " + token.AccessToken}
	s.mu.Lock()
	s.all = append(s.all, token.AccessToken)
	s.mu.Unlock()
	return s.now, nil
}

// errNoToken says that the token host gave no answer that could be read.
var errNoToken = errors.New("get a token")

// refusal makes one of our errors of what the token host answered, without its body: it may echo the secret.
func (a *accountCredential) refusal(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || refused.Response == nil {
		err = unwrapURL(err)
		if text := a.scrub(err.Error()); text != err.Error() {
			return fmt.Errorf("client: %w: %s", errNoToken, text) // without the error itself: it shows what the host echoed
		}
		return fmt.Errorf("client: %w: %w", errNoToken, err)
	}
	status := refused.Response.StatusCode
	if status == http.StatusBadRequest {
		status = http.StatusUnauthorized // OAuth says so of a wrong client
	}
	wanted := patience.RetryAfter(refused.Response.Header, time.Now())
	a.secret.mu.Lock()
	most := a.secret.maxWait
	a.secret.mu.Unlock()
	return &APIError{
		Status: status, Method: http.MethodPost, Route: "/oauth2/token", Attempts: 1,
		Message:    shorten(a.scrub(refused.ErrorCode)),
		RetryAfter: wanted, beyond: temporary(status) && wanted > most,
	}
}

func (a *accountCredential) scrub(text string) string {
	a.secret.mu.Lock()
	defer a.secret.mu.Unlock()
	return scrub(text, slices.Concat(a.secret.sent(), a.secret.all)...)
}

// sent are the forms in which the secret goes to the token host, and in which a host may echo it: as it stands, escaped,
// and in the header of basic authentication, which escapes both parts.
func (s *accountState) sent() []string {
	id, secret := url.QueryEscape(s.id), url.QueryEscape(s.secret)
	basic := []byte(id + ":" + secret)
	return []string{
		base64.RawStdEncoding.EncodeToString(basic), base64.RawURLEncoding.EncodeToString(basic),
		base64.RawStdEncoding.EncodeToString([]byte(s.id + ":" + s.secret)), s.secret, secret,
	}
}
