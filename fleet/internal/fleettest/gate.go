// Package fleettest has what tests of a fleet need: a JumpCloud that counts who sends too much, and workers that can be killed.
package fleettest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Limit is how many requests per second JumpCloud is thought to let through.
const Limit = 8

// Gate stands before a fake JumpCloud. What comes faster than its limit is answered with 429, and counted as a violation.
type Gate struct {
	URL    string
	limit  float64 // requests per second, and the burst
	server *httptest.Server
	by     func(*http.Request) string

	mu          sync.Mutex
	buckets     map[string]*bucket
	requests    int64
	violations  int64
	measured    int64 // requests from first to last
	first, last time.Time
	lifted      bool
}

type bucket struct {
	tokens float64
	at     time.Time
}

// ByOrganization and ByCredential are what JumpCloud may count by.
func ByOrganization(r *http.Request) string { return r.Header.Get("X-Org-Id") }

// ByCredential counts all requests of a key together.
func ByCredential(r *http.Request) string { return r.Header.Get("X-Api-Key") }

// NewGate starts a gate before the server at an address.
func NewGate(target string, limit float64, by func(*http.Request) string) (*Gate, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	g := &Gate{limit: limit, by: by, buckets: map[string]*bucket{}}
	proxy := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(u) },
		Transport:    &http.Transport{MaxIdleConnsPerHost: 200},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }, // the caller was killed
	}
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.pass(r) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, `{"message":"Too Many Requests"}`, http.StatusTooManyRequests)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	g.URL = g.server.URL
	return g, nil
}

func (g *Gate) pass(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lifted {
		return true
	}
	now := time.Now()
	if g.measured == 0 {
		g.first = now
	}
	g.requests++
	g.measured++
	g.last = now
	who := g.by(r)
	b := g.buckets[who]
	if b == nil {
		b = &bucket{tokens: g.limit, at: now}
		g.buckets[who] = b
	}
	b.tokens = min(g.limit, b.tokens+now.Sub(b.at).Seconds()*g.limit)
	b.at = now
	if b.tokens < 1 {
		g.violations++
		return false
	}
	b.tokens--
	return true
}

// Count returns how many requests came, and how many of them were too many.
func (g *Gate) Count() (requests, violations int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests, g.violations
}

// Measure begins to measure the rate with the next request.
func (g *Gate) Measure() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.measured = 0
}

// Rate is how many requests per second came between the first and the last one that were measured.
func (g *Gate) Rate() float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return float64(g.measured-1) / g.last.Sub(g.first).Seconds()
}

// Last is when the last request came.
func (g *Gate) Last() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// Lift lets all requests through, and counts none, or ends that.
func (g *Gate) Lift(lifted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lifted = lifted
}

// Close ends the gate.
func (g *Gate) Close() { g.server.Close() }
