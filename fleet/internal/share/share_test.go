package share_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/share"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

var quiet = slog.New(slog.DiscardHandler)

// open opens the database of a test.
func open(t *testing.T) *store.Store {
	t.Helper()
	return openAt(t, fleettest.Postgres(t))
}

func openAt(t *testing.T, address string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Pool.Close)
	return st
}

// worker makes the shares of a worker.
func worker(t *testing.T, st *store.Store, name string, rate float64) *share.Shares {
	t.Helper()
	s := share.New(st.Pool, st.Schema(), name, rate, quiet)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// sends are the requests that were let through.
type sends struct {
	mu  sync.Mutex
	all []time.Time
	who []string
}

// from lets a worker send as fast as it may, by several requests at once, until the end of the test.
func (l *sends) from(t *testing.T, s *share.Shares, name string, atOnce int) {
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			for s.Of("key").Wait(ctx) == nil {
				l.mu.Lock()
				l.all, l.who = append(l.all, time.Now()), append(l.who, name)
				l.mu.Unlock()
			}
		})
	}
	t.Cleanup(func() { cancel(); group.Wait() })
}

// most is the greatest number of sends within a second.
func (l *sends) most() (n int, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.SortedFunc(slices.Values(l.all), time.Time.Compare)
	first := 0
	for i := range all {
		for all[i].Sub(all[first]) >= time.Second {
			first++
		}
		if i-first+1 > n {
			n, at = i-first+1, all[first]
		}
	}
	return n, at
}

// between counts the sends of a worker, or of all.
func (l *sends) between(from, to time.Time, name string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, at := range l.all {
		if at.After(from) && at.Before(to) && (name == "" || l.who[i] == name) {
			n++
		}
	}
	return n
}

// leases are the rates in the database, by worker.
func leases(t *testing.T, st *store.Store) map[string]float64 {
	t.Helper()
	rows, err := st.Pool.Query(t.Context(), `SELECT worker, rate FROM "`+st.Schema()+`".lease`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]float64{}
	for rows.Next() {
		var name string
		var rate float64
		if err := rows.Scan(&name, &rate); err != nil {
			t.Fatal(err)
		}
		all[name] = rate
	}
	return all
}

// lease writes a lease of a worker that is not there.
func lease(t *testing.T, st *store.Store, name string, rate float64, lasts time.Duration) {
	t.Helper()
	if _, err := st.Pool.Exec(t.Context(), `INSERT INTO "`+st.Schema()+`".lease VALUES ('key', $1, $2, clock_timestamp() + $3::interval)`, name, rate, lasts); err != nil {
		t.Fatal(err)
	}
}

func TestShares_WorkersTogetherKeepTheRateAndUseIt(t *testing.T) {
	t.Parallel()
	address := fleettest.Postgres(t)
	const rate, workers = 40.0, 3
	var l sends
	began := time.Now()
	var shares []*share.Shares
	for i := range workers {
		name := fmt.Sprint("worker ", i)
		s := worker(t, openAt(t, address), name, rate) // each has connections of its own
		shares = append(shares, s)
		l.from(t, s, name, 8)
		fleettest.Wait(t, 1300*time.Millisecond)
	}
	second := l.between(began.Add(1300*time.Millisecond), began.Add(1350*time.Millisecond), "worker 1")
	fleettest.Eventually(t, 10*time.Second, "each worker has an equal part", func() bool {
		for _, s := range shares {
			if math.Abs(s.Rates()["key"]-rate/workers) > 0.001 {
				return false
			}
		}
		return true
	})
	settled := time.Now()
	fleettest.Wait(t, 3*time.Second)
	end := time.Now()

	if n, at := l.most(); float64(n) > rate+workers {
		t.Errorf("%d requests in the second after %v, want %v at most, and one for each worker", n, at.Sub(began), rate)
	}
	got := float64(l.between(settled, end, "")) / end.Sub(settled).Seconds()
	if got < 0.85*rate {
		t.Errorf("%.1f requests per second when all have their parts, want 85 %% of %v", got, rate)
	}
	for i := range workers {
		if n := l.between(settled, end, fmt.Sprint("worker ", i)); float64(n)/end.Sub(settled).Seconds() < 0.6*rate/workers {
			t.Errorf("worker %d has sent %d requests in %v, want a third of all", i, n, end.Sub(settled))
		}
	}
	if second > 0 {
		t.Errorf("the second worker has sent %d requests before the first one could go down", second)
	}
}

func TestShare_ANewWorkerBeginsOnlyWhenTheOthersHaveGoneDown(t *testing.T) {
	t.Parallel()
	st := open(t)
	lease(t, st, "first", 40, time.Minute)
	s := worker(t, st, "second", 40)
	var l sends
	l.from(t, s, "second", 3)
	fleettest.Wait(t, 2500*time.Millisecond)
	if n, _ := l.most(); n != 0 {
		t.Errorf("%d requests were let through while another worker has the whole rate", n)
	}
	if _, err := st.Pool.Exec(t.Context(), `UPDATE "`+st.Schema()+`".lease SET rate = 30 WHERE worker = 'first'`); err != nil {
		t.Fatal(err)
	}
	fleettest.Eventually(t, 5*time.Second, "the second worker takes what the first has left", func() bool { return s.Rates()["key"] == 10 })
}

// The sum of parts of a rate may be a little less than the rate. What is left is nothing, and must not become a distance between
// requests that no duration can hold.
func TestShare_WhatRoundingLeavesIsNoRate(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]float64{"too little": math.Nextafter(40, 0), "all": 40, "too much": math.Nextafter(40, 41)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			lease(t, st, "other", others, time.Minute)
			s := worker(t, st, "this", 40)
			var l sends
			l.from(t, s, "this", 3)
			fleettest.Wait(t, 1500*time.Millisecond)
			if n, _ := l.most(); n != 0 {
				t.Errorf("%d requests in a second were let through, want none: other workers have %v of 40", n, others)
			}
		})
	}
}

func TestShare_AWorkerThatStopsRenewingLosesItsPart(t *testing.T) {
	t.Parallel()
	st := open(t)
	lease(t, st, "killed", 30, 3*time.Second)
	s := worker(t, st, "alive", 40)
	var l sends
	l.from(t, s, "alive", 3)
	fleettest.Eventually(t, 2*time.Second, "the worker takes what the killed one has left", func() bool { return s.Rates()["key"] == 10 })
	fleettest.Eventually(t, 6*time.Second, "the worker takes all when the lease of the killed one has ended", func() bool { return s.Rates()["key"] == 40 })
	if got := leases(t, st); len(got) != 1 {
		t.Errorf("leases %v, want that of the killed worker to be gone", got)
	}
}

func TestShare_NothingIsSentWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	st := open(t)
	s := worker(t, st, "this", 40)
	var l sends
	l.from(t, s, "this", 3)
	fleettest.Eventually(t, 5*time.Second, "requests are let through", func() bool { n, _ := l.most(); return n > 5 })
	st.Pool.Close()
	fleettest.Wait(t, 1500*time.Millisecond) // the next renewal fails
	before := time.Now()
	fleettest.Wait(t, time.Second)
	if n := l.between(before, time.Now(), ""); n > 0 {
		t.Errorf("%d requests were let through after a renewal failed", n)
	}
	if got := s.Rates()["key"]; got != 0 {
		t.Errorf("the rate is %v after a renewal failed, want 0", got)
	}
}

// A renewal that hangs must not be overtaken by requests, nor by those that give up.
func TestShare_NothingIsSentWhileARenewalHangs(t *testing.T) {
	t.Parallel()
	st := open(t)
	s := worker(t, st, "this", 40)
	var l sends
	l.from(t, s, "this", 3)
	fleettest.Eventually(t, 5*time.Second, "requests are let through", func() bool { n, _ := l.most(); return n > 5 })
	tx, err := st.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE "`+st.Schema()+`".lease IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	fleettest.Wait(t, 1500*time.Millisecond)
	before := time.Now()
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := s.Of("key").Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait with a context that ends: %v, want that it has ended", err)
	}
	if took := time.Since(before); took > 2*time.Second {
		t.Errorf("Wait returned %v after its context ended", took)
	}
	if n := l.between(before, time.Now(), ""); n > 0 {
		t.Errorf("%d requests were let through while the lease is being renewed", n)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	fleettest.Eventually(t, 10*time.Second, "requests are let through again", func() bool { return l.between(before, time.Now(), "") > 5 })
}

func TestShare_WaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	st := open(t)
	lease(t, st, "other", 40, time.Minute)
	s := worker(t, st, "this", 40)
	why := errors.New("why")

	ended, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := s.Of("key").Wait(ended); !errors.Is(err, why) {
		t.Errorf("a context that has ended: %v, want its cause", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	got := make(chan error, 5)
	for range cap(got) { // one has the turn, the others wait for it
		go func() { got <- s.Of("key").Wait(ctx) }()
	}
	fleettest.Wait(t, 200*time.Millisecond)
	cancel(why)
	for range cap(got) {
		select {
		case err := <-got:
			if !errors.Is(err, why) {
				t.Errorf("a context that ends: %v, want its cause", err)
			}
		case <-time.After(2 * time.Second):
			t.Fatal("Wait goes on after its context has ended")
		}
	}
}

// With a small part of the rate a request waits for longer than the time after which an idle lease is given back, and renewals
// must not wait behind requests.
func TestShare_RequestsThatWaitLongKeepTheLease(t *testing.T) {
	t.Parallel()
	st := open(t)
	s := worker(t, st, "this", 0.2)
	if err := s.Of("key").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	done := make(chan error, 3)
	ctx, stop := context.WithTimeout(t.Context(), 7*time.Second)
	defer stop()
	for range cap(done) {
		go func() { done <- s.Of("key").Wait(ctx) }()
	}
	missing := 0
	for time.Since(began) < 4500*time.Millisecond {
		var left float64
		err := st.Pool.QueryRow(t.Context(), `SELECT extract(epoch FROM expires - clock_timestamp())::float8 FROM "`+st.Schema()+`".lease WHERE worker = 'this'`).Scan(&left)
		if err != nil || left < 6 {
			missing++
		}
		fleettest.Wait(t, 50*time.Millisecond)
	}
	if missing > 0 {
		t.Errorf("the lease was missing or old %d times while requests waited", missing)
	}
	if err := <-done; err != nil {
		t.Errorf("the first request that waits: %v", err)
	}
	if took := time.Since(began); took < 4*time.Second || took > 6500*time.Millisecond {
		t.Errorf("the first request waited for %v, want 5 s", took)
	}
}

func TestShare_WithManyRequestsWaitingTheLeaseIsRenewedInTime(t *testing.T) {
	t.Parallel()
	st := open(t)
	s := worker(t, st, "this", 10)
	var l sends
	l.from(t, s, "this", 200) // 20 s of requests
	fleettest.Eventually(t, 5*time.Second, "requests are let through", func() bool { n, _ := l.most(); return n > 0 })
	lease(t, st, "new", 0, time.Minute)
	fleettest.Eventually(t, 3*time.Second, "the worker goes down for a new one", func() bool { return s.Rates()["key"] == 5 })
}

// It is not parallel: it counts goroutines.
func TestShare_AnIdleLeaseIsGivenBackAndTakenAgain(t *testing.T) {
	st := open(t)
	s := worker(t, st, "this", 40)
	if err := s.Of("key").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := leases(t, st); got["this"] != 40 {
		t.Errorf("leases %v after a request, want 40", got)
	}
	fleettest.Eventually(t, 8*time.Second, "the lease is given back", func() bool { return len(leases(t, st)) == 0 })
	if got := s.Rates()["key"]; got != 0 {
		t.Errorf("the rate is %v after the lease was given back, want 0", got)
	}
	fleettest.Eventually(t, 2*time.Second, "no goroutine of the share is left", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "internal/share.(*Share")
	})
	if err := s.Of("key").Wait(t.Context()); err != nil {
		t.Errorf("a request after the lease was given back: %v", err)
	}
}

// The database may be slow while the lease is given back. Neither Rates nor a request that gives up waits for it.
func TestShare_GivingBackHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	st := open(t)
	if _, err := st.Pool.Exec(t.Context(), strings.ReplaceAll(`
		CREATE FUNCTION "HERE".slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3); RETURN OLD; END';
		CREATE TRIGGER slow BEFORE DELETE ON "HERE".lease FOR EACH ROW EXECUTE FUNCTION "HERE".slow()`, "HERE", st.Schema())); err != nil {
		t.Fatal(err)
	}
	s := worker(t, st, "this", 40)
	if err := s.Of("key").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	const quick = time.Second
	fleettest.Eventually(t, 10*time.Second, "the lease is being given back", func() bool {
		began := time.Now()
		rate := s.Rates()["key"]
		if took := time.Since(began); took > quick {
			t.Fatalf("Rates took %v", took)
		}
		return rate == 0
	})
	fleettest.Wait(t, 100*time.Millisecond)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	began := time.Now()
	if err := s.Of("key").Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait while the lease is being given back: %v, want that its context has ended", err)
	}
	if took := time.Since(began); took > quick {
		t.Errorf("Wait returned %v after it began, with 50 ms of time", took)
	}
	if err := s.Of("key").Wait(t.Context()); err != nil {
		t.Errorf("a request after the lease was given back: %v", err)
	}
}

func TestShares_CloseGivesEverythingBackAndLetsNothingThrough(t *testing.T) {
	t.Parallel()
	st := open(t)
	s := worker(t, st, "this", 40)
	other := worker(t, st, "other", 40)
	for _, name := range []string{"key", "another"} {
		if err := s.Of(name).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	go func() { _ = other.Of("key").Wait(t.Context()) }()
	fleettest.Eventually(t, 5*time.Second, "another worker waits", func() bool { return len(leases(t, st)) == 2 })
	waiting := make(chan error, 1)
	lease(t, st, "greedy", 1000, time.Minute)
	fleettest.Wait(t, 1200*time.Millisecond)
	go func() { waiting <- s.Of("key").Wait(t.Context()) }()
	fleettest.Wait(t, 200*time.Millisecond)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; !errors.Is(err, share.ErrClosed) {
		t.Errorf("a request that waits while the shares are closed: %v, want %v", err, share.ErrClosed)
	}
	for _, name := range []string{"key", "new"} {
		if err := s.Of(name).Wait(t.Context()); !errors.Is(err, share.ErrClosed) {
			t.Errorf("a request with the credential %s after Close: %v, want %v", name, err, share.ErrClosed)
		}
	}
	fleettest.Wait(t, 1500*time.Millisecond)
	if got := leases(t, st); got["this"] != 0 || len(got) != 2 {
		t.Errorf("leases %v after Close, want those of the others", got)
	}
}

func TestShares_EachCredentialHasItsOwnRate(t *testing.T) {
	t.Parallel()
	s := worker(t, open(t), "this", 1)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	began := time.Now()
	for i := range 10 {
		if err := s.Of(fmt.Sprint("key ", i)).Wait(ctx); err != nil {
			t.Fatalf("credential %d: %v", i, err)
		}
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("one request of each of ten credentials took %v: they wait for each other", took)
	}
}
