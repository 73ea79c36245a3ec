package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// faulty starts a fake JumpCloud of 25 users, and a client of it that does not wait long before another attempt.
func faulty(t *testing.T, list ...jumpcloudtest.Fault) (*jumpcloudtest.Server, *client.Client) {
	t.Helper()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(21, jumpcloudtest.Size{Users: 25}))
	t.Cleanup(s.Close)
	s.Inject(list...)
	c := dial(t, s.URL, s.Key)
	client.ShortenWaits(c)
	return s, c
}

// TestFaults_NothingIsLostOrTheErrorIsTyped lets one thing go wrong at a time, on real HTTP, while three pages are read.
func TestFaults_NothingIsLostOrTheErrorIsTyped(t *testing.T) {
	t.Parallel()
	const search = "/search/systemusers"
	for name, tt := range map[string]struct {
		fault jumpcloudtest.Fault
		is    error // nil: all users come
		says  string
	}{
		"latency":                    {jumpcloudtest.Fault{Latency: 20 * time.Millisecond}, nil, ""},
		"429 once":                   {jumpcloudtest.Fault{Path: search, Skip: 1, Times: 1, Status: 429}, nil, ""},
		"429 with Retry-After":       {jumpcloudtest.Fault{Path: search, Skip: 1, Times: 1, Status: 429, RetryAfter: "1"}, nil, ""},
		"429 for longer than we may": {jumpcloudtest.Fault{Path: search, Skip: 1, Status: 429, RetryAfter: "7200"}, client.ErrRateLimited, "429"},
		"500 as JSON":                {jumpcloudtest.Fault{Path: search, Skip: 1, Times: 1, Status: 500}, nil, ""},
		"502 as HTML":                {jumpcloudtest.Fault{Path: search, Skip: 2, Times: 1, Status: 502, HTML: true}, nil, ""},
		"503":                        {jumpcloudtest.Fault{Path: search, Times: 1, Status: 503}, nil, ""},
		"reset":                      {jumpcloudtest.Fault{Path: search, Skip: 1, Times: 1, Reset: true}, nil, ""},
		"cut body":                   {jumpcloudtest.Fault{Path: search, Skip: 1, Times: 1, Cut: true}, nil, ""},
		"slow body":                  {jumpcloudtest.Fault{Path: search, Skip: 2, Times: 1, Drip: 50 * time.Microsecond}, nil, ""},
		"HTML with 200":              {jumpcloudtest.Fault{Path: search, Skip: 1, HTML: true}, nil, "expected an object with results, got HTML"},
		"error object with 200":      {jumpcloudtest.Fault{Path: search, Skip: 1, Body: `{"message":"busy"}`}, nil, "without results"},
		"forbidden in the middle":    {jumpcloudtest.Fault{Path: search, Skip: 1, Status: 403}, client.ErrForbidden, "403"},
		"search route is missing":    {jumpcloudtest.Fault{Path: search, Status: 404}, nil, ""},
		"search is forbidden":        {jumpcloudtest.Fault{Path: search, Status: 403}, nil, ""},
		"all routes are missing":     {jumpcloudtest.Fault{Status: 404}, client.ErrNotFound, "404"},
		"not authorized":             {jumpcloudtest.Fault{Path: search, Skip: 1, Status: 401}, client.ErrUnauthorized, "mistyped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := faulty(t, tt.fault)
			list, err := users(t.Context(), c, client.Limit(10))
			if tt.is == nil && tt.says == "" {
				if err != nil || len(list) != 25 {
					t.Errorf("%d users and %v, want all 25", len(list), err)
				}
				return
			}
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%d users and %v, want an error that is %v and says %q", len(list), err, tt.is, tt.says)
			}
			if strings.Contains(fmt.Sprint(err), "127.0.0.1") {
				t.Errorf("the error holds an address: %v", err)
			}
		})
	}
}

func TestFaults_RevokedKeyEndsAllCallsAtOnce(t *testing.T) {
	t.Parallel()
	s, c := faulty(t)
	s.SetKey("a newer key")
	var wg sync.WaitGroup
	start := time.Now()
	for range 8 {
		wg.Go(func() {
			if _, err := users(t.Context(), c); !errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("got %v, want ErrUnauthorized", err)
			}
		})
	}
	wg.Wait()
	if n := len(s.Requests()); n != 8 {
		t.Errorf("%d requests, want one for each call: a refused key is not tried again", n)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("the calls ended after %v", took)
	}
}

func TestFaults_InsertionsAndDeletionsBetweenPages(t *testing.T) {
	t.Parallel()
	s, c := faulty(t)
	first := ""
	s.BeforeEach(func(n int, _, _ string) {
		if n != 2 {
			return
		}
		s.Change(func(orgs []*jumpcloudtest.Organization) {
			o := orgs[0]
			first = o.SystemUsers[0].ID()
			late := jumpcloudtest.Object{"_id": "ffffffffffffffffffffffff", "username": "late"}
			o.SystemUsers = append(o.SystemUsers[1:], late) // the total stays
		})
	})
	list, err := users(t.Context(), c, client.Limit(5))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, u := range list {
		seen[u.ID] = true
	}
	if len(list) != 26 || !seen[first] || !seen["ffffffffffffffffffffffff"] {
		t.Errorf("%d users, want the 25 of the beginning and the one who came", len(list))
	}
}

func TestFaults_ManyRequestsOverTheLimit(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(22, jumpcloudtest.Size{Users: 60, Groups: 40, GroupMembers: 5})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	s.LimitRate(100, 5)
	s.Inject(jumpcloudtest.Fault{Path: "/search/systemusers", Status: 403})
	c := dial(t, s.URL, s.Key, client.WithMaxRPS(2000))
	client.ShortenWaits(c)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 12)
	var members atomic.Int64
	for g, err := range c.UserGroups.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			for _, err := range c.UserGroups.Members(t.Context(), g.ID) {
				if err != nil {
					t.Error(err)
					return
				}
				members.Add(1)
			}
		})
	}
	wg.Wait()
	if list, err := users(t.Context(), c); err != nil || len(list) != 60 {
		t.Errorf("%d users and %v, want 60", len(list), err)
	}
	if members.Load() != 40*5 {
		t.Errorf("%d members, want 200", members.Load())
	}
	if s := c.Stats(); s.Limited == 0 || s.RPS > 1000 {
		t.Errorf("stats %+v: the server limits, so the rate should have come down", s)
	}
}

// TestMemory_PagesInFlightAreDecodedFromTheStream reads 16 pages of 1,000 systems at once.
func TestMemory_PagesInFlightAreDecodedFromTheStream(t *testing.T) {
	// Not parallel: it measures the heap of the process, with little garbage in it.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	o := jumpcloudtest.Synthetic(23, jumpcloudtest.Size{Systems: 1000})
	b, err := json.Marshal(map[string]any{"results": o.Systems, "totalCount": 1000})
	if err != nil {
		t.Fatal(err)
	}
	body := string(b)
	const pages = 16
	var half sync.WaitGroup // all pages are in flight before any ends
	half.Add(pages)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body[:len(body)/2])
		half.Done()
		half.Wait()
		_, _ = io.WriteString(w, body[len(body)/2:])
	}))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, testKey)
	runtime.GC()
	var before, peak runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := make(chan struct{})
	done := make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(2 * time.Millisecond):
				runtime.ReadMemStats(&peak)
				most = max(most, peak.HeapInuse)
			}
		}
	}()
	var wg sync.WaitGroup
	for range pages {
		wg.Go(func() {
			n := 0
			for _, err := range c.Systems.All(t.Context()) {
				if err != nil {
					t.Error(err)
					return
				}
				n++
			}
			if n != 1000 {
				t.Errorf("%d systems, want 1000", n)
			}
		})
	}
	wg.Wait()
	close(stop)
	most := <-done
	if limit := uint64(40 << 20); most > limit && !raceEnabled {
		t.Errorf("%d MB of heap for 16 pages of %d KB, want at most 40 MB", most>>20, len(body)>>10)
	}
	t.Logf("heap before %d MB, at most %d MB, for 16 pages of %d KB", before.HeapInuse>>20, most>>20, len(body)>>10)
}

func TestConnections_AreClosedAfterFaults(t *testing.T) {
	t.Parallel()
	var open atomic.Int64
	listener := net.ListenConfig{}
	l, err := listener.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch open.Load() % 3 {
		case 0:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
		default:
			_, _ = io.WriteString(w, `{"results":[{"_id":"a"}`)
		}
	}))
	_ = s.Listener.Close()
	s.Listener = l
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	s.Start()
	c := dial(t, s.URL, testKey, client.WithMaxWait(1))
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if _, err := users(ctx, c); err == nil {
			t.Error("want an error")
		}
		cancel()
	}
	c.Close()
	s.Close()
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections are left open", n)
	}
}
