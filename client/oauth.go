package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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

// ServiceAccount is a service account with client credentials. It gets a token of about an hour when it needs one, from
// the token host of the client's region, or from [WithTokenURL], at one request each; a refused token is replaced once.
func ServiceAccount(clientID, clientSecret string) Credential {
	pair := clientPair{trimmed(clientID), trimmed(clientSecret)}
	return &accountCredential{secret: &accountState{
		first: pair.check(), fixed: unique.Make("account " + pair.id), asking: make(slot, 1), pair: pair,
	}}
}

// ServiceAccountFunc is a [ServiceAccount] whose client id and client secret may be replaced while the program runs. It asks f
// for them before the first token, and when the token host refuses them; about how often, and what happens when f fails or gives
// the refused ones again, [APIKeyFunc] says.
func ServiceAccountFunc(f func(context.Context) (clientID, clientSecret string, err error)) Credential {
	if f == nil {
		return &accountCredential{secret: &accountState{first: errors.New("client: ServiceAccountFunc needs a function")}}
	}
	ask := func(ctx context.Context) (clientPair, error) {
		id, secret, err := f(ctx)
		if err != nil {
			return clientPair{}, fmt.Errorf("client: get the service account: %w", err)
		}
		pair := clientPair{trimmed(id), trimmed(secret)}
		return pair, pair.check()
	}
	return &accountCredential{secret: &accountState{asking: make(slot, 1), source: &secretSource[clientPair]{what: "the service account", ask: ask}}}
}

// clientPair is a client id and a client secret.
type clientPair struct{ id, secret string }

func (p clientPair) check() error {
	if p.id == "" || p.secret == "" {
		return errors.New("client: a service account needs a client id and a client secret")
	}
	for _, part := range []string{p.id, p.secret} {
		if quoted(part) || strings.ContainsFunc(part, blank) {
			return errors.New("client: the client id or the client secret stands in quotes, or holds a blank or a line break: give it without")
		}
	}
	return nil
}

// sent are the forms in which the secret goes to the token host, and in which a host may echo it: as it stands, escaped,
// and in the header of basic authentication, which escapes both parts.
func (p clientPair) sent() []string {
	id, secret := url.QueryEscape(p.id), url.QueryEscape(p.secret)
	basic := []byte(id + ":" + secret)
	return []string{
		base64.RawStdEncoding.EncodeToString(basic), base64.RawURLEncoding.EncodeToString(basic),
		base64.RawStdEncoding.EncodeToString([]byte(p.id + ":" + p.secret)), p.secret, secret,
	}
}

type accountCredential struct {
	hidden

	secret *accountState
}

type accountState struct {
	first error                 // what is wrong with a fixed pair
	fixed unique.Handle[string] // a fixed client id; it shows as an address

	asking slot
	source *secretSource[clientPair] // nil for a fixed pair
	pair   clientPair                // empty until it was asked for
	token  *oauth2.Token
	now    *proof

	mu       sync.Mutex
	tokenURL string
	http     *http.Client
	maxWait  time.Duration
	all      []string // every token seen, and the forms of every secret, to scrub
}

// earlyRenewal is how long before its end a token is replaced.
const earlyRenewal = 30 * time.Second

func (a *accountCredential) check() error { return a.secret.first }

func (a *accountCredential) identity() any {
	if a.secret.source == nil {
		return a.secret.fixed
	}
	return a.secret
}

func (a *accountCredential) bind(tokenURL string, transport http.RoundTripper, maxWait time.Duration) {
	s := a.secret
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenURL, s.maxWait = tokenURL, maxWait
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
	asked := s.pair == clientPair{}
	if asked {
		if _, err := a.replace(ctx); err != nil {
			return nil, err
		}
	}
	token, err := a.newToken(ctx)
	if errors.Is(err, ErrUnauthorized) && s.source != nil && !asked {
		switch replaced, failed := a.replace(ctx); {
		case failed != nil:
			err = failed
		case replaced:
			token, err = a.newToken(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	s.token, s.now = token, &proof{"Authorization", "Bearer " + token.AccessToken}
	s.seen(token.AccessToken)
	return s.now, nil
}

// replace asks for the pair, and reports whether it is another one.
func (a *accountCredential) replace(ctx context.Context) (bool, error) {
	s := a.secret
	s.mu.Lock()
	most := s.maxWait
	s.mu.Unlock()
	pair, err := s.source.next(ctx, most)
	if err != nil || pair == s.pair {
		return false, err
	}
	s.pair = pair
	return true, nil
}

// newToken asks the token host.
func (a *accountCredential) newToken(ctx context.Context) (*oauth2.Token, error) {
	s := a.secret
	s.seen(s.pair.sent()...)
	s.mu.Lock()
	config, by := clientcredentials.Config{
		ClientID: s.pair.id, ClientSecret: s.pair.secret, TokenURL: s.tokenURL, Scopes: []string{"api"}, AuthStyle: oauth2.AuthStyleInHeader,
	}, s.http
	s.mu.Unlock()
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, by))
	if err != nil {
		return nil, a.refusal(err)
	}
	return token, nil
}

// seen notes what must not be shown.
func (s *accountState) seen(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		if !slices.Contains(s.all, secret) {
			s.all = append(s.all, secret)
		}
	}
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
	return scrub(text, a.secret.all...)
}
