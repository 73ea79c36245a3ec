package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// TestRetries_ByStatus answers once with a status.
func TestRetries_ByStatus(t *testing.T) {
	t.Parallel()
	repeated := map[int]bool{
		408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true, 507: true, 520: true, 521: true, 522: true,
		523: true, 524: true, 525: true, 526: true, 527: true, 529: true, 530: true,
	}
	for status := 300; status < 600; status++ {
		failed := false
		h := func(w http.ResponseWriter, _ *http.Request) {
			if !failed {
				failed = true
				w.WriteHeader(status)
				return
			}
			w.Header().Set("X-Total-Count", "1")
			_, _ = io.WriteString(w, `[{"id":"a"}]`)
		}
		synced(t, h, func(t *testing.T, c *client.Client) {
			n, err := count(c.UserGroups.All(t.Context(), client.Limit(5)))
			if healed := err == nil && n == 1; healed != repeated[status] {
				t.Errorf("%d once: %d groups and %v, want it repeated: %t", status, n, err, repeated[status])
			}
			if err != nil && strings.Contains(err.Error(), " : ") {
				t.Errorf("%d reads badly: %v", status, err)
			}
		})
		if !repeated[status] {
			continue
		}
		synced(t, answer(status, ``), func(t *testing.T, c *client.Client) {
			if _, err := c.Commands.Trigger(t.Context(), "x", nil); err == nil || c.Stats().Requests != 1 {
				t.Errorf("%d for a trigger: %v after %d requests; what starts something is never repeated", status, err, c.Stats().Requests)
			}
		})
	}
}

// TestRetries_NeverEarlierThanAsked answers once with Retry-After.
func TestRetries_NeverEarlierThanAsked(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) func() string {
		return func() string { return time.Now().UTC().Add(d).Format(http.TimeFormat) }
	}
	fixed := func(s string) func() string { return func() string { return s } }
	for name, tt := range map[string]struct {
		header  func() string
		atLeast time.Duration // for what the client may wait
		beyond  bool
	}{
		"seconds":         {fixed("20"), 20 * time.Second, false},
		"the most":        {fixed("60"), 60 * time.Second, false},
		"more":            {fixed("61"), 0, true},
		"an hour":         {fixed("3600"), 0, true},
		"2^31":            {fixed("2147483648"), 0, true},
		"2^63":            {fixed("9223372036854775808"), 0, true},
		"10^40":           {fixed("1" + strings.Repeat("0", 40)), 0, true},
		"a date":          {in(30 * time.Second), 29 * time.Second, false},
		"a date too far":  {in(time.Hour), 0, true},
		"a date long ago": {in(-time.Hour), 0, false},
		"negative":        {fixed("-1"), 0, false},
		"words":           {fixed("later"), 0, false},
	} {
		for _, status := range []int{408, 429, 500, 503, 529} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				t.Parallel()
				failed := false
				h := func(w http.ResponseWriter, _ *http.Request) {
					if !failed {
						failed = true
						w.Header().Set("Retry-After", tt.header())
						w.WriteHeader(status)
						return
					}
					_, _ = io.WriteString(w, `{"id":"a"}`)
				}
				synced(t, h, func(t *testing.T, c *client.Client) {
					start := time.Now()
					_, err := c.UserGroups.Get(t.Context(), "a")
					waited := time.Since(start)
					if tt.beyond {
						if !errors.Is(err, client.ErrRateLimited) || waited != 0 || c.Stats().Requests != 1 {
							t.Errorf("%v after %v and %d requests, want ErrRateLimited at once", err, waited, c.Stats().Requests)
						}
						return
					}
					if err != nil || waited < tt.atLeast || waited > time.Minute {
						t.Errorf("%v after %v, want success after at least %v", err, waited, tt.atLeast)
					}
				})
			})
		}
	}
}

// TestRetries_RefusedCertificateIsFinal connects with certificates that are refused, here and there.
func TestRetries_RefusedCertificateIsFinal(t *testing.T) {
	t.Parallel()
	connections := 0
	s := httptest.NewUnstartedServer(answer(200, `{"id":"a"}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { connections++; return nil, nil }} //nolint:nilnil // nil keeps the configuration
	s.StartTLS()
	t.Cleanup(s.Close)
	start := time.Now()
	for name, c := range map[string]*client.Client{
		"unknown authority": dial(t, s.URL, testKey, client.WithRootCAs(x509.NewCertPool())),
	} {
		before := connections
		_, err := c.UserGroups.Get(t.Context(), "a")
		if err == nil || c.Stats().Requests != 1 || connections != before+1 {
			t.Errorf("%s: %v after %d requests, want an error after one", name, err, c.Stats().Requests)
		}
	}
	// What the server says of a certificate that it wants and does not get.
	for _, alert := range []tls.AlertError{42, 46, 48, 116} {
		c, err := client.New(client.APIKey(testKey), client.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("remote error: %w", alert)
		})))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.UserGroups.Get(t.Context(), "a"); err == nil || c.Stats().Requests != 1 {
			t.Errorf("%v: %v after %d requests, want an error after one", alert, err, c.Stats().Requests)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("refusals took %v", took)
	}
}

// TestTLS_IsVerifiedUnlessTheDangerIsNamed asks a server whose certificate nobody has vouched for.
func TestTLS_IsVerifiedUnlessTheDangerIsNamed(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(answer(200, `{"id":"a"}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	for name, tt := range map[string]struct {
		options []client.Option
		ok      bool
	}{
		"nothing":      {nil, false},
		"its own root": {[]client.Option{client.WithRootCAs(pool)}, true},
		"the danger":   {[]client.Option{client.WithInsecureSkipTLSVerify()}, true},
	} {
		_, err := dial(t, s.URL, testKey, tt.options...).UserGroups.Get(t.Context(), "a")
		if (err == nil) != tt.ok {
			t.Errorf("with %s: %v, want success %v", name, err, tt.ok)
		}
	}
	if _, err := client.New(client.APIKey(testKey), client.WithTransport(http.DefaultTransport), client.WithInsecureSkipTLSVerify()); err == nil {
		t.Error("a transport of the caller's was joined with an option that cannot reach it")
	}
}

// TestRetries_MalformedOrganizationIsFinal names organizations by what no id is.
func TestRetries_MalformedOrganizationIsFinal(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"id":"a"}`))
	for _, id := range []string{"with a blank", "with\nnewline", "\x00", "ü", "tab\t"} {
		d := c.ForOrg(id)
		if _, err := d.UserGroups.Get(t.Context(), "a"); !errors.Is(err, client.ErrInvalid) || d.Stats().Requests != 0 {
			t.Errorf("%q: %v after %d requests, want ErrInvalid and none", id, err, d.Stats().Requests)
		}
		if _, err := count(d.UserGroups.All(t.Context())); !errors.Is(err, client.ErrInvalid) || d.Stats().Requests != 0 {
			t.Errorf("%q: %v after %d requests, want ErrInvalid and none", id, err, d.Stats().Requests)
		}
	}
	// One that JumpCloud does not take: 400, "Malformed ID".
	c = serve(t, answer(400, `{"message":"Malformed ID"}`))
	if _, err := c.ForOrg("nonsense").UserGroups.Get(t.Context(), "a"); err == nil || c.Stats().Requests != 1 {
		t.Errorf("%v after %d requests, want an error after one", err, c.Stats().Requests)
	}
}
