package client_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// guarded accepts one key, which may change.
type guarded struct {
	mu  sync.Mutex
	key string
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Header.Get("x-api-key") != g.key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"_id":"x"}`)
}

func TestAPIKeyFunc_RotatedKeyGoesOnAndIsAskedForOnce(t *testing.T) {
	t.Parallel()
	g := &guarded{key: "first-key"}
	var asked atomic.Int64
	credential := client.APIKeyFunc(func(context.Context) (string, error) {
		asked.Add(1)
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.key, nil
	})
	c, err := client.New(credential, client.WithTransport(handlerTransport{g}), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	get := func() error { _, err := c.SystemUsers.Get(t.Context(), "x"); return err }
	if err := get(); err != nil {
		t.Fatal(err)
	}
	g.mu.Lock()
	g.key = "second-key"
	g.mu.Unlock()
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if err := get(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if asked.Load() != 2 {
		t.Errorf("the key was asked for %d times, want once at the start and once after the rotation", asked.Load())
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", credential, credential, credential), fmt.Sprintf("%+v", struct{ c any }{credential})} {
		if strings.Contains(text, "-key") {
			t.Errorf("a formatter shows the key: %s", text)
		}
	}
}

func TestAPIKeyFunc_RevokedKeyEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c, err := client.New(client.APIKeyFunc(func(context.Context) (string, error) { asked++; return "old-key", nil }),
			client.WithTransport(handlerTransport{&guarded{key: "another"}}))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 3 {
			if _, err := c.SystemUsers.Get(t.Context(), "x"); !errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("got %v, want ErrUnauthorized", err)
			}
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("three refusals took %v: a 401 must end a call at once", took)
		}
		if asked != 2 || c.Stats().Requests != 3 {
			t.Errorf("asked %d times, %d requests; want the first key, one more try, and no repeated request", asked, c.Stats().Requests)
		}
	})
}

// TestAPIKeyFunc_IsAskedAgainAfterAPause lets the source of a key give the refused one once more, or fail, and then give
// the new one.
func TestAPIKeyFunc_IsAskedAgainAfterAPause(t *testing.T) {
	t.Parallel()
	type answered struct {
		key string
		err error
	}
	sealed := errors.New("vault is sealed")
	old, fresh, fails := answered{"old-key", nil}, answered{"new-key", nil}, answered{"", sealed}
	for name, tt := range map[string]struct {
		source []answered // after the last one, the last one
		calls  []string   // how each call ends, each so long after the one before that the source is asked
		asked  int
	}{
		"new at once":               {[]answered{old, fresh}, []string{"ok"}, 2},
		"old once more":             {[]answered{old, old, fresh}, []string{"401", "ok", "ok"}, 3},
		"old for a while":           {[]answered{old, old, old, old, fresh}, []string{"401", "401", "401", "ok"}, 5},
		"fails once":                {[]answered{old, fails, fresh}, []string{"ok", "ok"}, 3},
		"fails twice":               {[]answered{old, fails, fails, fresh}, []string{"401", "ok"}, 4},
		"fails, then old, then new": {[]answered{old, fails, old, fresh}, []string{"401", "ok"}, 4},
		"fails at first":            {[]answered{fails, fresh}, []string{"ok"}, 2},
		"fails twice at first":      {[]answered{fails, fails, fresh}, []string{"sealed", "ok"}, 3},
		"is odd at first":           {[]answered{{"", nil}, fresh}, []string{"ok"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				source := func(context.Context) (string, error) {
					a := tt.source[min(asked, len(tt.source)-1)]
					asked++
					return a.key, a.err
				}
				c, err := client.New(client.APIKeyFunc(source), client.WithTransport(handlerTransport{&guarded{key: "new-key"}}))
				if err != nil {
					t.Fatal(err)
				}
				for i, want := range tt.calls {
					_, err := c.SystemUsers.Get(t.Context(), "x")
					got := "ok"
					switch {
					case errors.Is(err, client.ErrUnauthorized):
						got = "401"
					case errors.Is(err, sealed):
						got = "sealed"
					case err != nil:
						got = err.Error()
					}
					if got != want {
						t.Errorf("call %d: %s, want %s", i+1, got, want)
					}
					time.Sleep(time.Minute)
				}
				if asked != tt.asked {
					t.Errorf("the source was asked %d times, want %d", asked, tt.asked)
				}
			})
		})
	}
}

// TestAPIKeyFunc_IsNotAskedInThePause makes many calls with a key that is refused: the source is asked seldom, and the
// longer the less, but at least every longest wait.
func TestAPIKeyFunc_IsNotAskedInThePause(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"the old key": nil, "an error": errors.New("vault is sealed")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked []time.Time
				source := func(context.Context) (string, error) {
					asked = append(asked, time.Now())
					return "old-key", err
				}
				c, err := client.New(client.APIKeyFunc(source), client.WithTransport(handlerTransport{&guarded{key: "another"}}), client.WithMaxRPS(math.Inf(1)), client.WithMaxWait(10*time.Second))
				if err != nil {
					t.Fatal(err)
				}
				for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(100 * time.Millisecond) {
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err == nil {
						t.Fatal("a refused key was taken")
					}
				}
				if n := len(asked); n < 8 || n > 12 {
					t.Errorf("asked %d times in a minute of refusals, want about 10", n)
				}
				for i := 2; i < len(asked); i++ {
					if d := asked[i].Sub(asked[i-1]); d < time.Second || d > 11*time.Second {
						t.Errorf("asked again after %v, want 1 s or more and not much over the longest wait", d)
					}
				}
			})
		})
	}
}

// TestAPIKeyFunc_PauseEndsWithTheContext stops a call that waits to ask again.
func TestAPIKeyFunc_PauseEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New(client.APIKeyFunc(func(context.Context) (string, error) { return "", errors.New("vault is sealed") }),
			client.WithTransport(handlerTransport{&guarded{}}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := c.SystemUsers.Get(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("got %v after %v, want the deadline", err, time.Since(start))
		}
	})
}

// TestFuncs_ACallThatEndsInThePauseLeavesTheErrorToTheNext: the source has failed once, and is not asked again yet.
func TestFuncs_ACallThatEndsInThePauseLeavesTheErrorToTheNext(t *testing.T) {
	t.Parallel()
	sealed := errors.New("vault is sealed")
	for name, credential := range map[string]client.Credential{
		"key":             client.APIKeyFunc(func(context.Context) (string, error) { return "", sealed }),
		"service account": client.ServiceAccountFunc(func(context.Context) (string, string, error) { return "", "", sealed }),
	} {
		c, err := client.New(credential, client.WithTransport(handlerTransport{&guarded{}}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, _ = c.SystemUsers.Get(ctx, "x")
		stop()
		if _, err := c.SystemUsers.Get(t.Context(), "x"); !errors.Is(err, sealed) {
			t.Errorf("%s: got %v, want the error of the source", name, err)
		}
	}
}

func TestAPIKeyFunc_ErrorsAndOddKeysAreReported(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(context.Context) (string, error){
		"vault is sealed": func(context.Context) (string, error) { return "", errors.New("vault is sealed") },
		"key is empty":    func(context.Context) (string, error) { return " ", nil },
		"no key has":      func(context.Context) (string, error) { return "a\x00b", nil },
	} {
		c, err := client.New(client.APIKeyFunc(f), client.WithTransport(handlerTransport{&guarded{}}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SystemUsers.Get(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error with %q", err, name)
		}
	}
	if _, err := client.New(client.APIKeyFunc(nil)); err == nil {
		t.Error("a nil function was taken")
	}
}

// tokens is a token host and an API that takes its tokens.
type tokens struct {
	mu      sync.Mutex
	issued  int
	valid   string
	expires int
	refuse  bool
	secret  string // the-secret, where it is empty
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/oauth2/token") {
		id, secret, ok := r.BasicAuth()
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		if s.refuse || !ok || id != "the-id" || secret != cmp.Or(s.secret, "the-secret") || r.Form.Get("grant_type") != "client_credentials" || r.Form.Get("scope") != "api" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s is wrong"}`, secret)
			return
		}
		s.issued++
		s.valid = fmt.Sprintf("token-%d", s.issued)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": s.valid, "token_type": "bearer", "expires_in": s.expires})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.valid || r.Header.Get("x-api-key") != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"_id":"x"}`)
}

func TestServiceAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokens{expires: 3600}
		hosts := map[string]bool{}
		rt := roundTrip(func(r *http.Request) (*http.Response, error) {
			hosts[r.URL.Host] = true
			return handlerTransport{s}.RoundTrip(r)
		})
		c, err := client.New(client.ServiceAccount("the-id", "the-secret"), client.WithRegion(client.EU), client.WithTransport(rt))
		if err != nil {
			t.Fatal(err)
		}
		get := func() error { _, err := c.SystemUsers.Get(t.Context(), "x"); return err }
		for range 3 {
			if err := get(); err != nil {
				t.Fatal(err)
			}
		}
		if s.issued != 1 {
			t.Errorf("%d tokens for three requests, want 1", s.issued)
		}
		if !hosts["admin-oauth.id.eu.jumpcloud.com"] || !hosts["console.eu.jumpcloud.com"] {
			t.Errorf("hosts %v, want those of the region", hosts)
		}
		time.Sleep(3600*time.Second - 20*time.Second)
		if err := get(); err != nil || s.issued != 2 {
			t.Errorf("20 seconds before its end: %d tokens and %v, want a new one", s.issued, err)
		}
		s.valid = "revoked by the administrator"
		if err := get(); err != nil || s.issued != 3 {
			t.Errorf("a refused token: %d tokens and %v, want one new token and no error", s.issued, err)
		}
		s.valid, s.refuse = "revoked", true
		err = get()
		if !errors.Is(err, client.ErrUnauthorized) {
			t.Errorf("a revoked account gave %v, want ErrUnauthorized", err)
		}
	})
}

func TestServiceAccountFunc_ReplacedSecretGoesOnAndIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := &tokens{expires: 3600, secret: "first-secret"}
	var asked atomic.Int64
	credential := client.ServiceAccountFunc(func(context.Context) (string, string, error) {
		asked.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		return "the-id", s.secret + "\n", nil
	})
	c, err := client.New(credential, client.WithTransport(handlerTransport{s}), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	get := func() error { _, err := c.SystemUsers.Get(t.Context(), "x"); return err }
	if err := get(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.secret, s.valid = "second-secret", "revoked"
	s.mu.Unlock()
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if err := get(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if asked.Load() != 2 || s.issued != 2 {
		t.Errorf("the account was asked for %d times, for %d tokens; want once at the start and once after the change, and two tokens", asked.Load(), s.issued)
	}
	s.valid, s.refuse = "revoked", true
	err = get()
	if !errors.Is(err, client.ErrUnauthorized) || asked.Load() != 3 {
		t.Errorf("with a refused account that is not replaced: %v after asking %d times, want ErrUnauthorized after 3", err, asked.Load())
	}
	if text := fmt.Sprintf("%v %+v %#v %v", credential, struct{ c any }{credential}, credential, err); strings.Contains(text, "-secret") {
		t.Errorf("the secret is shown: %s", text)
	}
}

// TestServiceAccountFunc_IsNotAskedInThePause makes many calls with an account that is refused, or cannot be had.
func TestServiceAccountFunc_IsNotAskedInThePause(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"the old secret": nil, "an error": errors.New("vault is sealed")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				source := func(context.Context) (string, string, error) { asked++; return "the-id", "old-secret", err }
				c, failed := client.New(client.ServiceAccountFunc(source), client.WithTransport(handlerTransport{&tokens{}}), client.WithMaxRPS(math.Inf(1)), client.WithMaxWait(10*time.Second))
				if failed != nil {
					t.Fatal(failed)
				}
				for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(100 * time.Millisecond) {
					_, got := c.SystemUsers.Get(t.Context(), "x")
					if err == nil && !errors.Is(got, client.ErrUnauthorized) || err != nil && (got == nil || !strings.Contains(got.Error(), "client: get the service account: vault is sealed")) {
						t.Fatalf("got %v", got)
					}
				}
				if asked < 8 || asked > 12 {
					t.Errorf("asked %d times in a minute of refusals, want about 10", asked)
				}
			})
		})
	}
}

func TestServiceAccountFunc_OddAccountsAreReported(t *testing.T) {
	t.Parallel()
	for want, pair := range map[string][2]string{
		"needs a client id and a client secret": {"id", " "}, "stands in quotes": {"id", `"hush"`},
	} {
		c, err := client.New(client.ServiceAccountFunc(func(context.Context) (string, string, error) { return pair[0], pair[1], nil }), client.WithTransport(handlerTransport{&tokens{}}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SystemUsers.Get(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: got %v, want an error with %q", pair, err, want)
		}
	}
}

func TestServiceAccount_WrongSecretIsNotShown(t *testing.T) {
	t.Parallel()
	credential := client.ServiceAccount("the-id", "mistyped-secret")
	c, err := client.New(credential, client.WithTransport(handlerTransport{&tokens{}}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.SystemUsers.Get(t.Context(), "x")
	if !errors.Is(err, client.ErrUnauthorized) {
		t.Errorf("got %v, want ErrUnauthorized", err)
	}
	if text := fmt.Sprintf("%v %+v %v %#v %+v", err, err, credential, credential, struct{ c any }{credential}); strings.Contains(text, "mistyped-secret") {
		t.Errorf("the secret is shown: %s", text)
	}
	if _, err := client.New(client.ServiceAccount("id", "")); err == nil {
		t.Error("a service account without a secret was taken")
	}
}

// TestServiceAccount_EchoedHeadersAreNotShown asks a token host, or JumpCloud, that sends back what it was sent.
func TestServiceAccount_EchoedHeadersAreNotShown(t *testing.T) {
	t.Parallel()
	const id, secret = "the+id/1", "s:e+c=r?e&t/\u00fc~~~"
	for name, echo := range map[string]func(w http.ResponseWriter, header string){
		"as the error": func(w http.ResponseWriter, h string) { w.WriteHeader(400); fmt.Fprintf(w, `{"error":%q}`, h) },
		"escaped": func(w http.ResponseWriter, h string) {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"error":"x %s"}`, strings.ReplaceAll(h, "/", `\/`))
		},
		"with success": func(w http.ResponseWriter, h string) { fmt.Fprintf(w, `{"error":%q}`, h) },
		"not as JSON":  func(w http.ResponseWriter, h string) { fmt.Fprintf(w, "%s", h) },
		"a description": func(w http.ResponseWriter, h string) {
			w.WriteHeader(403)
			fmt.Fprintf(w, `{"error":"no","error_description":%q}`, h)
		},
	} {
		for _, where := range []string{"the token host", "JumpCloud"} {
			var sent []string
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if token := strings.HasSuffix(r.URL.Path, "/token"); token {
					basic := r.Header.Get("Authorization")
					_, pass, _ := r.BasicAuth()
					sent = []string{basic, strings.TrimRight(strings.TrimPrefix(basic, "Basic "), "="), pass, secret}
					if where == "JumpCloud" {
						w.Header().Set("Content-Type", "application/json")
						_, _ = io.WriteString(w, `{"access_token":"a-token","expires_in":3600}`)
						return
					}
				}
				w.Header().Set("Content-Type", "application/json")
				echo(w, sent[0]+" "+sent[2]+" "+r.Header.Get("Authorization"))
			})
			c, err := client.New(client.ServiceAccount(id, secret), client.WithTransport(handlerTransport{h}), client.WithMaxWait(1))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.SystemUsers.Page(t.Context())
			if err == nil {
				t.Fatalf("%s, %s: no error", name, where)
			}
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			if e, ok := errors.AsType[*client.APIError](err); ok {
				text += fmt.Sprintf("%+v %s", *e, e.Body)
			}
			for _, s := range append(sent, "a-token") {
				if strings.Contains(text, s) {
					t.Errorf("%s, %s: the error shows %q: %s", name, where, s, text)
				}
			}
		}
	}
	echoing := roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("malformed HTTP response %q", r.Header.Get("Authorization"))
	})
	c, err := client.New(client.ServiceAccount(id, secret), client.WithTransport(echoing), client.WithMaxWait(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SystemUsers.Get(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "REDACTED") {
		t.Errorf("a broken answer of the token host: got %v, want it with REDACTED", err)
	}
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env     map[string]string
		options []client.Option
		console string
		org     string
		wrong   string
	}{
		"nothing":        {nil, nil, "", "", "set JUMPCLOUD_API_KEY"},
		"key":            {map[string]string{"JUMPCLOUD_API_KEY": "k"}, nil, "https://console.jumpcloud.com", "", ""},
		"fall-backs":     {map[string]string{"JC_API_KEY": "k", "JC_ORG_ID": "o"}, nil, "https://console.jumpcloud.com", "o", ""},
		"region":         {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": "in"}, nil, "https://console.in.jumpcloud.com", "", ""},
		"URL":            {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": "https://x.example/api"}, nil, "https://x.example", "", ""},
		"both":           {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": "in", "JUMPCLOUD_API_URL": "https://x.example"}, nil, "", "", "not both"},
		"option wins":    {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": "https://x.example", "JUMPCLOUD_ORG_ID": "o"}, []client.Option{client.WithRegion(client.EU), client.WithOrgID("p")}, "https://console.eu.jumpcloud.com", "p", ""},
		"half a service": {map[string]string{"JUMPCLOUD_CLIENT_ID": "i"}, nil, "", "", "client secret"},
		"service":        {map[string]string{"JUMPCLOUD_CLIENT_ID": "i", "JUMPCLOUD_CLIENT_SECRET": "s"}, nil, "https://console.jumpcloud.com", "", ""},
		"rate":           {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_MAX_RPS": "often"}, nil, "", "", "JUMPCLOUD_MAX_RPS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := client.FromEnv(func(n string) string { return tt.env[n] }, tt.options...)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want an error with %q", err, tt.wrong)
				}
				return
			}
			if err != nil || c.ConsoleURL() != tt.console || c.OrgID() != tt.org {
				t.Errorf("got %v, %v; want %s and organization %q", c, err, tt.console, tt.org)
			}
		})
	}
}

func TestCredentials_WaitingCallersKeepTheirDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context) (string, error) { time.Sleep(time.Minute); return "key", nil }
		c, err := client.New(client.APIKeyFunc(slow), client.WithTransport(handlerTransport{&guarded{key: "key"}}))
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = c.SystemUsers.Get(t.Context(), "x") }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := c.SystemUsers.Get(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the deadline of a second", err, time.Since(start))
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestServiceAccount_TokenHostMayFailOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokens{expires: 3600}
		failed := false
		c, err := client.New(client.ServiceAccount("the-id", "the-secret"), client.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/token") && !failed {
				failed = true
				return handlerTransport{answer(503, "")}.RoundTrip(r)
			}
			return handlerTransport{s}.RoundTrip(r)
		})))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
			t.Errorf("a token host that failed once: %v", err)
		}
		if took, waited := time.Since(start), c.Stats().Waited; waited != took {
			t.Errorf("stats count %v of waiting, want the whole %v before the second attempt to get a token", waited, took)
		}
	})
}

// TestServiceAccount_TokenHostMayFailWhenATokenIsReplaced lets the token host fail once after a token was refused.
func TestServiceAccount_TokenHostMayFailWhenATokenIsReplaced(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*http.Request) (*http.Response, error){
		"503":   handlerTransport{answer(503, "")}.RoundTrip,
		"429":   handlerTransport{answer(429, "")}.RoundTrip,
		"empty": handlerTransport{answer(200, "")}.RoundTrip,
		"reset": func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
	} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " at first ", first), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := &tokens{expires: 3600}
					failing := first
					c, err := client.New(client.ServiceAccount("the-id", "the-secret"), client.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
						if strings.HasSuffix(r.URL.Path, "/token") && failing {
							failing = false
							return fails(r)
						}
						return handlerTransport{s}.RoundTrip(r)
					})))
					if err != nil {
						t.Fatal(err)
					}
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Fatalf("the first call: %v", err)
					}
					s.valid, failing = "revoked", true
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Errorf("after a refused token: %v, want a second attempt to get another one", err)
					}
				})
			})
		}
	}
}

func TestErrors_HideSecretsThatJSONEscapes(t *testing.T) {
	t.Parallel()
	const key = "sekret/key&more"
	h := answer(403, `{"message":"bad key sekret\/key\u0026more `+strings.Repeat("x", 900_000)+`"}`)
	c, err := client.New(client.APIKey(key), client.WithTransport(handlerTransport{h}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.SystemUsers.Get(t.Context(), "x")
	e, _ := errors.AsType[*client.APIError](err)
	if text := err.Error() + string(e.Body); strings.Contains(text, key) || strings.Contains(text, `sekret\/key`) {
		t.Errorf("the key is shown: %.200s", text)
	}
	if len(err.Error()) > 2000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

// TestErrors_OneThatEndsManyCallsIsNotChanged ends calls with the error of another one; the race detector watches.
func TestErrors_OneThatEndsManyCallsIsNotChanged(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(answer(401, `{"message":"no"}`))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, testKey)
	_, refusal := c.Systems.Get(t.Context(), "a")
	ctx, end := context.WithCancelCause(t.Context())
	end(refusal)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := c.Systems.Get(ctx, "a"); !errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("got %v, want ErrUnauthorized", err)
			}
		})
	}
	wg.Wait()
}

// TestNew_MayBeGivenACredentialInUse makes clients with one credential while others use it. The race detector judges.
func TestNew_MayBeGivenACredentialInUse(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]client.Credential{
		"key":                    client.APIKey(testKey),
		"function":               client.APIKeyFunc(func(context.Context) (string, error) { return testKey, nil }),
		"service account":        client.ServiceAccount("id", "secret"),
		"function of an account": client.ServiceAccountFunc(func(context.Context) (string, string, error) { return "id", "secret", nil }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := client.WithLimiter(&client.Limiter{MaxRPS: math.Inf(1)})
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					c, err := client.New(credential, client.WithTransport(always), limit)
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}
