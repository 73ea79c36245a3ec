package client

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

const (
	defaultRPS   = 8
	defaultBurst = 8
	floorRPS     = 0.5
	inFlight     = 16
	riseAfter    = 25              // answers without a 429 after which the rate rises
	risePeriod   = 5 * time.Second // or this long
	riseFactor   = 1.02
	riseStep     = 0.05
)

// bucket keeps the requests that are counted together within a rate that JumpCloud accepts. It starts at the ceiling,
// halves on every 429, and slowly rises again while none comes. One 429 makes all its requests wait.
// JumpCloud: no limit is published; 8 requests per second rarely meet one.
type bucket struct {
	ceiling float64
	burst   int
	tokens  *rate.Limiter
	slots   chan struct{}

	users int       // requests that use it now; the [Limiter] guards it
	used  time.Time // when the last of them ended; the [Limiter] guards it

	mu     sync.Mutex
	rps    float64
	cut    time.Time // when the rate was halved last
	until  time.Time // nothing is sent before
	good   int       // answers since the rate changed
	change time.Time // when the rate changed last
}

func newBucket(ceiling float64, burst int) *bucket {
	b := &bucket{ceiling: ceiling, burst: burst, rps: ceiling, slots: make(chan struct{}, inFlight)}
	limit := rate.Limit(ceiling)
	if math.IsInf(ceiling, 1) {
		limit = rate.Inf
	}
	b.tokens = rate.NewLimiter(limit, burst)
	return b
}

// acquire waits until a request may be sent. Every acquire that succeeds must be followed by a release.
func (b *bucket) acquire(ctx context.Context) error {
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return patience.ContextError(ctx)
	}
	err := b.turn(ctx)
	if err != nil {
		b.release()
	}
	return err
}

// turn waits for the pause to end and then for a token.
func (b *bucket) turn(ctx context.Context) error {
	for {
		b.mu.Lock()
		pause := time.Until(b.until)
		b.mu.Unlock()
		if pause <= 0 {
			break
		}
		if err := patience.Wait(ctx, pause); err != nil {
			return err
		}
	}
	if err := b.tokens.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return patience.ContextError(ctx)
		}
		// The token would come after the context's deadline.
		return fmt.Errorf("%w: the next request is due after it", context.DeadlineExceeded)
	}
	b.mu.Lock()
	again := time.Until(b.until) > 0 // a 429 came while this request waited for its token
	b.mu.Unlock()
	if again {
		return b.turn(ctx)
	}
	return nil
}

func (b *bucket) release() { <-b.slots }

// answered notes an answer other than 429.
func (b *bucket) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rps >= b.ceiling {
		return
	}
	b.good++
	now := time.Now()
	if b.good < riseAfter && now.Sub(b.change) < risePeriod {
		return
	}
	b.set(min(b.ceiling, b.rps*riseFactor+riseStep), now)
}

// limited notes a 429: all requests wait, and the rate halves, once for all requests that were in flight together.
func (b *bucket) limited(sent time.Time, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if until := now.Add(wait); until.After(b.until) {
		b.until = until
	}
	if sent.Before(b.cut) {
		return
	}
	b.cut = now
	from := b.rps
	if math.IsInf(from, 1) {
		from = 2 * inFlight // without a limit, what is in flight is the only measure
	}
	b.set(max(min(floorRPS, b.ceiling), from/2), now)
}

// set changes the rate. A lowered rate gets no burst: unused tokens would let more requests through.
func (b *bucket) set(rps float64, now time.Time) {
	b.rps, b.good, b.change = rps, 0, now
	b.tokens.SetLimitAt(now, rate.Limit(rps))
	if rps < b.ceiling {
		b.tokens.SetBurstAt(now, 1)
	} else {
		b.tokens.SetBurstAt(now, b.burst)
	}
}

// current returns the rate in force, in requests per second.
func (b *bucket) current() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rps
}

// forgettable reports that a new bucket would do as well as this one, which was idle for some time.
func (b *bucket) forgettable(now time.Time, idle time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case now.Before(b.until):
		return false
	case b.rps < b.ceiling:
		return idle >= forgetAfter
	}
	return math.IsInf(b.rps, 1) || b.tokens.TokensAt(now) >= float64(b.burst)
}
