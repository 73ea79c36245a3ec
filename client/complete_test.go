package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// shifting is a list of users that changes between pages, and that remembers which rows were there throughout.
type shifting struct {
	rand    *rand.Rand
	ids     []int // ascending
	stayed  map[int]bool
	next    int // the next id at the tail
	changes []int
	page    int
	tail    bool // insert at the tail only, as JumpCloud's ids grow
}

// RoundTrip serves a page of the list, after the changes that are due.
func (s *shifting) RoundTrip(r *http.Request) (*http.Response, error) {
	var q struct{ Limit, Skip int }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return nil, err
	}
	for s.page > 0 && len(s.changes) > 0 && s.changes[0] <= s.page {
		s.changes = s.changes[1:]
		s.change()
	}
	s.page++
	body := []byte(`{"results":[`)
	for i := q.Skip; i < min(len(s.ids), q.Skip+q.Limit); i++ {
		if i > q.Skip {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"_id":"%s"}`, id(s.ids[i]))
	}
	body = fmt.Appendf(body, `],"totalCount":%d}`, len(s.ids))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

func id(n int) string { return fmt.Sprintf("%024d", n) }

// change inserts a row, deletes one, or does both, so that the total does not move.
func (s *shifting) change() {
	kind := s.rand.IntN(3)
	if kind != 0 && len(s.ids) > 0 {
		i := s.rand.IntN(len(s.ids))
		delete(s.stayed, s.ids[i])
		s.ids = slices.Delete(s.ids, i, i+1)
	}
	if kind != 1 {
		n := s.next
		s.next += 10
		if !s.tail && len(s.ids) > 0 {
			n = s.ids[s.rand.IntN(len(s.ids))] - 1 - s.rand.IntN(8)
		}
		if !slices.Contains(s.ids, n) {
			s.ids = append(s.ids, n)
			slices.Sort(s.ids)
		}
	}
}

// schedule is a list, how it changes between pages, and what a walk over it gave.
type schedule struct {
	shifting

	seed    uint64
	limit   int
	planned int // changes
	seen    map[string]bool
	err     error
}

// newSchedule makes up a schedule; the same seed gives the same one. One in twenty may have many pages; the others have
// a few, so that many changes fall on each.
func newSchedule(seed uint64) *schedule {
	r := rand.New(rand.NewPCG(seed, 1))
	s := &schedule{shifting: shifting{rand: r, stayed: map[int]bool{}, tail: r.IntN(2) == 0}, seed: seed, seen: map[string]bool{}}
	s.limit = 2 + r.IntN(12)
	rows := 60
	if seed%20 > 0 {
		rows = min(rows, 5*s.limit)
	}
	for n := range r.IntN(rows) {
		s.ids = append(s.ids, 1000+10*n)
		s.stayed[1000+10*n] = true
	}
	s.next = 1000 + 10*len(s.ids)
	for range r.IntN(8) {
		s.changes = append(s.changes, 1+r.IntN(1+len(s.ids)/s.limit))
	}
	slices.Sort(s.changes)
	s.planned = len(s.changes)
	return s
}

// walk reads the list while it changes.
func (s *schedule) walk(t *testing.T) {
	t.Helper()
	c, err := client.New(client.APIKey(testKey), client.WithTransport(s), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Error(err)
		return
	}
	for u, err := range c.SystemUsers.All(t.Context(), client.Limit(s.limit)) {
		if err != nil {
			s.err = err
			return
		}
		if s.seen[u.ID] {
			t.Errorf("schedule %d: %s came twice", s.seed, u.ID)
		}
		s.seen[u.ID] = true
	}
}

// whole reports that every row that was there throughout came.
func (s *schedule) whole() bool {
	for n := range s.stayed {
		if !s.seen[id(n)] {
			return false
		}
	}
	return true
}

// check reports what breaks the promise.
func (s *schedule) check(t *testing.T) {
	t.Helper()
	if _, typed := errors.AsType[*client.IncompleteError](s.err); s.err != nil && !typed {
		t.Errorf("schedule %d: %v, want none or an IncompleteError", s.seed, s.err)
	}
	if s.err == nil && !s.whole() {
		t.Errorf("schedule %d (%d rows, %d a page, %d changes): a row that was there throughout was lost silently", s.seed, len(s.ids), s.limit, s.planned)
	}
}

// TestComplete_RandomSchedulesOfChangesBetweenPages is the promise of the package: whatever is inserted or deleted
// between pages, also in pairs that leave the total as it was, no row that was there throughout is passed over
// silently, and none comes twice.
func TestComplete_RandomSchedulesOfChangesBetweenPages(t *testing.T) {
	t.Parallel()
	const schedules = 10_000
	var next, few, fewWhole, requests atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < schedules && !t.Failed(); seed = next.Add(1) - 1 {
				s := newSchedule(uint64(seed))
				s.walk(t)
				s.check(t)
				requests.Add(int64(s.page))
				if s.planned <= 3 {
					few.Add(1)
					if s.err == nil && s.whole() {
						fewWhole.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	if fewWhole.Load()*100 < few.Load()*99 {
		t.Errorf("of %d schedules with up to three changes %d were whole, want 99 %%", few.Load(), fewWhole.Load())
	}
	t.Logf("%d of %d schedules with up to three changes whole, %.1f requests each", fewWhole.Load(), few.Load(), float64(requests.Load())/schedules)
}

func TestComplete_EdgesMovedDuringTheWalkAreReadAgain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*jumpcloudtest.Organization, string){
		"one more": func(o *jumpcloudtest.Organization, g string) {
			o.Members[g] = append([]string{o.SystemUsers[299].ID()}, o.Members[g]...)
		},
		"one less": func(o *jumpcloudtest.Organization, g string) { o.Members[g] = o.Members[g][1:] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 300, Groups: 1})
			g := o.UserGroups[0].ID()
			for _, u := range o.SystemUsers[:250] {
				o.Members[g] = append(o.Members[g], u.ID())
			}
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			c := dial(t, s.URL, s.Key)
			seen := map[string]bool{}
			var rep client.ListReport
			for e, err := range c.UserGroups.Members(t.Context(), g, client.ReportTo(&rep)) {
				if err != nil {
					t.Fatal(err)
				}
				if seen[e.To.ID] {
					t.Errorf("%s came twice", e.To.ID)
				}
				seen[e.To.ID] = true
				if len(seen) == 150 {
					s.Change(func([]*jumpcloudtest.Organization) { change(o, g) })
				}
			}
			for _, id := range o.Members[g] {
				if !seen[id] {
					t.Errorf("the member %s was lost", id)
				}
			}
			if rep.Reread == 0 {
				t.Error("the list was not read again")
			}
		})
	}
}

func TestComplete_DeadRecordsInInventoryListsAreCounted(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"results":[{"_id":"aaa"},null,{"_id":"bbb"}],"totalCount":3}`))
	var rep client.ListReport
	list, err := users(t.Context(), c, client.ReportTo(&rep))
	if err != nil || len(list) != 2 || rep.Dead != 1 || !rep.Whole || !rep.Chained {
		t.Errorf("%d users, report %+v, %v; want 2 users and a dead record", len(list), rep, err)
	}
}

func TestComplete_SmallerPagesThanAskedAreThePageSize(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 230}))
	t.Cleanup(s.Close)
	// A search that serves 100 a page whatever was asked for.
	clamp := func(w http.ResponseWriter, r *http.Request) {
		var q map[string]any
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		q["limit"] = min(q["limit"].(float64), 100)
		b, _ := json.Marshal(q)
		r.Body = io.NopCloser(bytes.NewReader(b))
		proxy(t, s, w, r)
	}
	list, err := users(t.Context(), serve(t, clamp))
	if err != nil || len(list) != 230 {
		t.Errorf("%d users and %v, want 230", len(list), err)
	}
}

func TestComplete_SearchThatIgnoresTheOrderGivesWayToTheList(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 20}))
	t.Cleanup(s.Close)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"results":[{"_id":"b"},{"_id":"a"}],"totalCount":2}`)
			return
		}
		proxy(t, s, w, r)
	})
	if list, err := users(t.Context(), c); err != nil || len(list) != 20 {
		t.Errorf("%d users and %v, want the 20 of the list", len(list), err)
	}
}

// rated is a server that accepts a number of requests per second, with bursts.
type rated struct {
	mu      sync.Mutex
	rate    float64
	tokens  float64
	burst   float64
	last    time.Time
	refused int
	served  int
	next    http.RoundTripper
}

func (r *rated) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(5 * time.Millisecond) // virtual: an answer takes its time
	r.mu.Lock()
	now := time.Now()
	r.tokens = min(r.burst, r.tokens+now.Sub(r.last).Seconds()*r.rate)
	r.last = now
	ok := r.tokens >= 1
	if ok {
		r.tokens--
		r.served++
	} else {
		r.refused++
	}
	r.mu.Unlock()
	if !ok {
		return handlerTransport{answer(429, `{"message":"Rate limit exceeded"}`)}.RoundTrip(req)
	}
	return r.next.RoundTrip(req)
}

// TestLimiter_FindsTheRateThatTheServerAccepts starts far above it.
func TestLimiter_FindsTheRateThatTheServerAccepts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &rated{rate: 100, burst: 20, tokens: 20, last: time.Now(), next: handlerTransport{answer(200, `{"_id":"x"}`)}}
		c, err := client.New(client.APIKey(testKey), client.WithTransport(s), client.WithMaxRPS(2000))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		work := make(chan int)
		for range 40 { // more callers than may be in flight
			wg.Go(func() {
				for range work {
					if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		start := time.Now()
		for i := range 1000 {
			work <- i
		}
		close(work)
		wg.Wait()
		took := time.Since(start)
		if share := float64(s.refused) / float64(s.refused+s.served); share >= 0.05 {
			t.Errorf("%d of %d answers were 429, want under 5 %%", s.refused, s.refused+s.served)
		}
		if took > 40*time.Second {
			t.Errorf("1,000 requests took %v at a server that accepts 100 a second", took)
		}
		stats := c.Stats()
		if int(stats.Limited) != s.refused || stats.RPS >= 2000 || stats.Waited == 0 {
			t.Errorf("stats %+v, want %d limited and a lower rate", stats, s.refused)
		}
	})
}

// TestLimiter_UsesTheAllowedRate measures the default settings over 400 requests that take a while each.
func TestLimiter_UsesTheAllowedRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(500 * time.Millisecond)
			return handlerTransport{answer(200, `{"_id":"x"}`)}.RoundTrip(r)
		})
		c, err := client.New(client.APIKey(testKey), client.WithTransport(slow))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for range 400 {
			wg.Go(func() {
				if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if rate := 400 / time.Since(start).Seconds(); rate < 0.9*8 || rate > 8.3 {
			t.Errorf("%.2f requests a second, want over 90 %% of the allowed 8 and not more than that", rate)
		}
	})
}

func TestLimiter_RisesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fail := true
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if fail {
				fail = false
				w.WriteHeader(429)
				return
			}
			_, _ = io.WriteString(w, `{"_id":"x"}`)
		})
		c, err := client.New(client.APIKey(testKey), client.WithTransport(handlerTransport{h}))
		if err != nil {
			t.Fatal(err)
		}
		get := func() {
			if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		get()
		if got := c.Stats().RPS; got != 4 {
			t.Errorf("after a 429 the rate is %v, want half of 8", got)
		}
		for range 2000 {
			get()
		}
		if got := c.Stats().RPS; got != 8 {
			t.Errorf("after 2,000 good answers the rate is %v, want 8 again", got)
		}
	})
}

func TestLimiter_One429PausesAllRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var sent []time.Time
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			sent = append(sent, time.Now())
			first := len(sent) == 1
			mu.Unlock()
			if first {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(429)
				return
			}
			_, _ = io.WriteString(w, `{"_id":"x"}`)
		})
		c, err := client.New(client.APIKey(testKey), client.WithTransport(handlerTransport{h}))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.SystemUsers.Get(t.Context(), "x") })
		time.Sleep(time.Second)
		wg.Go(func() { _, _ = c.ForOrg("other").SystemUsers.Get(t.Context(), "y") })
		wg.Wait()
		for _, at := range sent[1:] {
			if at.Sub(start) < 30*time.Second {
				t.Errorf("a request was sent after %v, although JumpCloud asked to wait 30s", at.Sub(start))
			}
		}
		if len(sent) != 3 {
			t.Errorf("%d requests, want 3", len(sent))
		}
	})
}

func TestInFlight_IsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		slow := roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return handlerTransport{answer(200, `{"_id":"x"}`)}.RoundTrip(r)
		})
		c, err := client.New(client.APIKey(testKey), client.WithTransport(slow), client.WithMaxRPS(math.Inf(1)))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := c.SystemUsers.Get(context.Background(), "x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most != 16 {
			t.Errorf("%d requests were in flight at once, want 16", most)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
