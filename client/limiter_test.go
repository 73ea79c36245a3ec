package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// always serves every request, and tokens for service accounts.
var always = handlerTransport{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"token-of-the-test","token_type":"bearer","expires_in":3600}`)
		return
	}
	_, _ = io.WriteString(w, `{"_id":"x"}`)
})}

func limitedClient(t *testing.T, credential client.Credential, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(credential, append([]client.Option{client.WithTransport(always)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLimiter_CountsWhatItIsToldTo lets two clients, each made by New, send 80 requests each. At 8 requests per second and
// bursts of 8 that takes 19 seconds when they are counted together, and 9 when they are not.
func TestLimiter_CountsWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	const together, apart = 19 * time.Second, 9 * time.Second
	key := func(name string) func() client.Credential {
		return func() client.Credential { return client.APIKey("jca_" + name) }
	}
	account := func(id string) func() client.Credential {
		return func() client.Credential { return client.ServiceAccount(id, "secret") }
	}
	function := func() client.Credential {
		return client.APIKeyFunc(func(context.Context) (string, error) { return "jca_a", nil })
	}
	one := function()
	get := func(ctx context.Context, c *client.Client) error { _, err := c.SystemUsers.Get(ctx, "x"); return err }
	getOrganization := func(ctx context.Context, c *client.Client) error { _, err := c.Organizations.Get(ctx, "x"); return err }
	none, org, other := client.WithOrgID(""), client.WithOrgID("org"), client.WithOrgID("other")
	for name, tt := range map[string]struct {
		alone         bool // without a limiter
		each          bool
		first, second func() client.Credential
		one, two      client.Option
		send          func(context.Context, *client.Client) error
		took          time.Duration
	}{
		"no limiter":                         {true, false, key("a"), key("a"), org, org, get, apart},
		"one key, two organizations":         {false, false, key("a"), key("a"), org, other, get, together},
		"two keys":                           {false, false, key("a"), key("b"), org, org, get, apart},
		"one service account":                {false, false, account("a"), account("a"), none, none, get, together},
		"two service accounts":               {false, false, account("a"), account("b"), none, none, get, apart},
		"a key that is also an account's id": {false, false, key("a"), account("jca_a"), none, none, get, apart},
		"one function": {
			false, false, func() client.Credential { return one }, func() client.Credential { return one }, none, none, get, together,
		},
		"two functions": {false, false, function, function, none, none, get, apart},
		"two hosts": {
			false, false, key("a"), key("a"), client.WithRegion(client.US), client.WithRegion(client.EU), get, apart,
		},
		"each organization, two of them":           {false, true, key("a"), key("a"), org, other, get, apart},
		"each organization, one of them, two keys": {false, true, key("a"), key("b"), org, org, get, together},
		"each organization, none named":            {false, true, key("a"), key("a"), none, none, get, together},
		"each organization, routes without it":     {false, true, key("a"), key("a"), org, other, getOrganization, together},
		"each organization, two hosts": {
			false, true, key("a"), key("a"), client.WithRegion(client.US), client.WithRegion(client.EU), get, apart,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limit := client.WithLimiter(&client.Limiter{PerOrganization: tt.each})
				if tt.alone {
					limit = nil
				}
				start := time.Now()
				var wg sync.WaitGroup
				for _, c := range []*client.Client{
					limitedClient(t, tt.first(), tt.one, limit), limitedClient(t, tt.second(), tt.two, limit),
				} {
					for range 80 {
						wg.Go(func() {
							if err := tt.send(t.Context(), c); err != nil {
								t.Error(err)
							}
						})
					}
				}
				wg.Wait()
				if took := time.Since(start).Round(time.Millisecond); took != tt.took {
					t.Errorf("160 requests took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// TestLimiter_429SlowsWhatIsCountedTogether lets one organization meet a 429 that asks for half a minute, while another one
// is read by a client of its own.
func TestLimiter_429SlowsWhatIsCountedTogether(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		each  bool
		waits time.Duration // of the other organization
	}{
		"per credential":   {false, 29 * time.Second},
		"per organization": {true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var once sync.Once
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("x-org-id") == "full" {
						once.Do(func() { w.Header().Set("Retry-After", "30"); w.WriteHeader(429) })
					}
					_, _ = io.WriteString(w, `{"_id":"x"}`)
				})
				limit := client.WithLimiter(&client.Limiter{PerOrganization: tt.each})
				full := limitedClient(t, client.APIKey(testKey), client.WithTransport(handlerTransport{h}), client.WithOrgID("full"), limit)
				other := limitedClient(t, client.APIKey(testKey), client.WithTransport(handlerTransport{h}), client.WithOrgID("other"), limit)
				var wg sync.WaitGroup
				wg.Go(func() {
					if _, err := full.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Error(err)
					}
				})
				time.Sleep(time.Second)
				start := time.Now()
				if _, err := other.SystemUsers.Get(t.Context(), "x"); err != nil {
					t.Error(err)
				}
				if took := time.Since(start).Round(time.Second); took != tt.waits {
					t.Errorf("the other organization waited %v, want %v", took, tt.waits)
				}
				if full, other := full.Stats().RPS, other.Stats().RPS; full >= 8 || (other == 8) != tt.each {
					t.Errorf("the rates are %v and %v, want the first below 8, and the other at 8 where it counts apart: %t", full, other, tt.each)
				}
				wg.Wait()
			})
		})
	}
}

// TestLimiter_OrganizationsOfOneServer counts the 429s of a fake JumpCloud that has nearly no requests left.
func TestLimiter_OrganizationsOfOneServer(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]bool{"per credential": false, "per organization": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := jumpcloudtest.Demo(), jumpcloudtest.Demo()
			first.Self["_id"], second.Self["_id"] = "first", "second"
			s := jumpcloudtest.NewServer(first, second)
			t.Cleanup(s.Close)
			s.LimitRate(1e-9, 3)
			limit := &client.Limiter{MaxRPS: 1000, PerOrganization: each}
			of := func(id string) *client.Client {
				c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithOrgID(id), client.WithLimiter(limit), client.WithMaxWait(1))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Close)
				return c
			}
			a, b := of("first"), of("second")
			for _, c := range []*client.Client{b, a, a} {
				if _, err := c.SystemUsers.Page(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := a.SystemUsers.Page(t.Context()); !errors.Is(err, client.ErrRateLimited) {
				t.Fatalf("got %v, want ErrRateLimited", err)
			}
			if n := a.Stats(); n.Limited != 5 || n.RPS >= 1000 {
				t.Errorf("%d of the first organization were limited, and its rate is %v; want 5 and less than 1000", n.Limited, n.RPS)
			}
			if n := b.Stats(); n.Limited != 0 || (n.RPS == 1000) != each {
				t.Errorf("the second organization: %d were limited, and its rate is %v; counted apart: %t", n.Limited, n.RPS, each)
			}
			if n := a.ForOrg("second").Stats(); n.RPS != b.Stats().RPS {
				t.Errorf("the rate of a client by ForOrg is %v, want that of the other client of its organization, %v", n.RPS, b.Stats().RPS)
			}
		})
	}
}

func TestLimiter_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := map[string]bool{"slow": true}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Millisecond)
			if id := r.Header.Get("x-org-id"); refused[id] {
				refused[id] = false
				w.WriteHeader(429)
			}
			_, _ = io.WriteString(w, `{"_id":"x"}`)
		})
		limit := &client.Limiter{PerOrganization: true}
		c := limitedClient(t, client.APIKey(testKey), client.WithTransport(handlerTransport{h}), client.WithLimiter(limit))
		get := func(org string) {
			if _, err := c.ForOrg(org).SystemUsers.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		get("slow")
		most := 0
		for i := range 10_000 { // for 200 seconds
			get(strconv.Itoa(i))
			most = max(most, client.Counted(limit))
		}
		if most > 128 {
			t.Errorf("the limiter held %d rates for 10,000 organizations, of which few were in use together; want 128 at most", most)
		}
		if rps := c.ForOrg("slow").Stats().RPS; rps != 4 {
			t.Errorf("minutes after a 429 the rate of its organization is %v, want 4 still", rps)
		}
		time.Sleep(10 * time.Minute)
		for i := range 1000 {
			get(strconv.Itoa(i))
		}
		if rps := c.ForOrg("slow").Stats().RPS; rps != 8 {
			t.Errorf("the rate of an organization that nobody asks for is still kept: %v, want 8", rps)
		}
	})
}

// TestLimiter_DropsNoRateInUse asks for one organization, then for many others, and for the one again: it must go on as if
// the others had not been.
func TestLimiter_DropsNoRateInUse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first int           // requests at once before the others
		each  time.Duration // how long an answer takes
		after time.Duration // how long after that the others come
		then  time.Duration // how long one more request takes
	}{
		"the burst is used up":      {8, 0, 0, 125 * time.Millisecond},
		"answers are still to come": {16, 50 * time.Second, 10 * time.Second, 40*time.Second + 50*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slow := roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.Header.Get("x-org-id") == "busy" {
						time.Sleep(tt.each)
					}
					return always.RoundTrip(r)
				})
				c := limitedClient(t, client.APIKey(testKey), client.WithTransport(slow), client.WithLimiter(&client.Limiter{PerOrganization: true}))
				get := func(org string) {
					if _, err := c.ForOrg(org).SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Error(err)
					}
				}
				var busy sync.WaitGroup
				for i := range tt.first {
					if i == 8 {
						time.Sleep(time.Second) // for the next burst
					}
					busy.Go(func() { get("busy") })
				}
				synctest.Wait()
				time.Sleep(tt.after)
				for i := range 1000 {
					get(strconv.Itoa(i))
				}
				start := time.Now()
				get("busy")
				if took := time.Since(start).Round(time.Millisecond); took < tt.then-time.Second || took > tt.then || took == 0 {
					t.Errorf("one more request took %v, want %v: the limit of its organization was forgotten", took, tt.then)
				}
				busy.Wait()
			})
		})
	}
}

// TestLimiter_SendsNoMoreAtOnceThanItsBurst sends twenty requests after a pause.
func TestLimiter_SendsNoMoreAtOnceThanItsBurst(t *testing.T) {
	t.Parallel()
	for burst, want := range map[int]time.Duration{0: 3 * time.Second, 4: 4 * time.Second, 12: 2 * time.Second} {
		t.Run(strconv.Itoa(burst), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := limitedClient(t, client.APIKey(testKey), client.WithTransport(always), client.WithLimiter(&client.Limiter{MaxRPS: 4, Burst: burst}))
				start := time.Now()
				for range 20 {
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(start).Round(time.Millisecond); took != want {
					t.Errorf("20 requests at 4 a second took %v, want %v", took, want)
				}
			})
		})
	}
}

// TestLimiter_KeepsALongPause lets JumpCloud ask one organization to wait an hour, and its caller give up.
func TestLimiter_KeepsALongPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var once sync.Once
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("x-org-id") == "full" {
				once.Do(func() { w.Header().Set("Retry-After", "3600"); w.WriteHeader(429) })
			}
			_, _ = io.WriteString(w, `{"_id":"x"}`)
		})
		c := limitedClient(t, client.APIKey(testKey), client.WithTransport(handlerTransport{h}), client.WithMaxWait(2*time.Hour),
			client.WithLimiter(&client.Limiter{PerOrganization: true}))
		start := time.Now()
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Minute)
		defer stop()
		if _, err := c.ForOrg("full").SystemUsers.Get(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want the end of the context", err)
		}
		for i := range 1000 {
			if _, err := c.ForOrg(strconv.Itoa(i)).SystemUsers.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.ForOrg("full").SystemUsers.Get(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < time.Hour {
			t.Errorf("the organization was asked again after %v, although JumpCloud asked to wait an hour", took)
		}
	})
}

func TestLimiter_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options []client.Option
		want    string
	}{
		"nil":           {[]client.Option{client.WithLimiter(nil)}, "needs a limiter"},
		"negative":      {[]client.Option{client.WithLimiter(&client.Limiter{MaxRPS: -1})}, "above zero"},
		"no burst":      {[]client.Option{client.WithLimiter(&client.Limiter{Burst: -1})}, "above zero"},
		"no number":     {[]client.Option{client.WithLimiter(&client.Limiter{MaxRPS: math.NaN()})}, "above zero"},
		"rate and it":   {[]client.Option{client.WithMaxRPS(8), client.WithLimiter(&client.Limiter{})}, "set MaxRPS of the limiter"},
		"it and a rate": {[]client.Option{client.WithLimiter(&client.Limiter{}), client.WithMaxRPS(8)}, "set MaxRPS of the limiter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := client.New(client.APIKey(testKey), tt.options...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New gave %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestLimiter_FieldsAreReadOnceAndShowNoKey(t *testing.T) {
	t.Parallel()
	limit := &client.Limiter{MaxRPS: 5}
	c := limitedClient(t, client.APIKey(testKey), client.WithLimiter(limit))
	if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	limit.MaxRPS, limit.PerOrganization = 7, true
	second := limitedClient(t, client.APIKey(testKey), client.WithOrgID("org"), client.WithLimiter(limit))
	if first, second := c.Stats().RPS, second.Stats().RPS; first != 5 || second != 5 {
		t.Errorf("the rates are %v and %v, want the 5 that stood there when the first client was made", first, second)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if strings.Contains(fmt.Sprintf(verb, limit), testKey) {
			t.Errorf("%s of a limiter shows the key", verb)
		}
	}
}

func TestFromEnv_LimiterReplacesTheRate(t *testing.T) {
	t.Parallel()
	env := map[string]string{"JUMPCLOUD_API_KEY": testKey, "JUMPCLOUD_MAX_RPS": "3"}
	for name, tt := range map[string]struct {
		option client.Option
		want   float64
	}{
		"alone":          {nil, 3},
		"with a limiter": {client.WithLimiter(&client.Limiter{MaxRPS: 6}), 6},
		"with a rate":    {client.WithMaxRPS(2), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := client.FromEnv(func(name string) string { return env[name] }, tt.option)
			if err != nil {
				t.Fatal(err)
			}
			if rps := c.Stats().RPS; rps != tt.want {
				t.Errorf("the rate is %v, want %v", rps, tt.want)
			}
		})
	}
}
