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
	defaultRPS = 8
	burst      = 8
	floorRPS   = 0.5
	inFlight   = 16
	riseAfter  = 25              // answers without a 429 after which the rate rises
	risePeriod = 5 * time.Second // or this long
	riseFactor = 1.02
	riseStep   = 0.05
)

// limiter keeps all requests of one credential within a rate that JumpCloud accepts. It starts at the ceiling, halves on
// every 429, and slowly rises again while none comes. One 429 makes all requests wait.
// JumpCloud: no limit is published; 8 requests per second rarely meet one.
type limiter struct {
	ceiling float64
	tokens  *rate.Limiter
	slots   chan struct{}

	mu     sync.Mutex
	rps    float64
	cut    time.Time // when the rate was halved last
	until  time.Time // nothing is sent before
	good   int       // answers since the rate changed
	change time.Time // when the rate changed last
}

func newLimiter(ceiling float64) *limiter {
	l := &limiter{ceiling: ceiling, rps: ceiling, slots: make(chan struct{}, inFlight)}
	limit := rate.Limit(ceiling)
	if math.IsInf(ceiling, 1) {
		limit = rate.Inf
	}
	l.tokens = rate.NewLimiter(limit, burst)
	return l
}

// acquire waits until a request may be sent. Every acquire that succeeds must be followed by a release.
func (l *limiter) acquire(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return patience.ContextError(ctx)
	}
	err := l.turn(ctx)
	if err != nil {
		l.release()
	}
	return err
}

// turn waits for the pause to end and then for a token.
func (l *limiter) turn(ctx context.Context) error {
	for {
		l.mu.Lock()
		pause := time.Until(l.until)
		l.mu.Unlock()
		if pause <= 0 {
			break
		}
		if err := patience.Wait(ctx, pause); err != nil {
			return err
		}
	}
	if err := l.tokens.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return patience.ContextError(ctx)
		}
		// The token would come after the context's deadline.
		return fmt.Errorf("%w: the next request is due after it", context.DeadlineExceeded)
	}
	l.mu.Lock()
	again := time.Until(l.until) > 0 // a 429 came while this request waited for its token
	l.mu.Unlock()
	if again {
		return l.turn(ctx)
	}
	return nil
}

func (l *limiter) release() { <-l.slots }

// answered notes an answer other than 429.
func (l *limiter) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rps >= l.ceiling {
		return
	}
	l.good++
	now := time.Now()
	if l.good < riseAfter && now.Sub(l.change) < risePeriod {
		return
	}
	l.set(min(l.ceiling, l.rps*riseFactor+riseStep), now)
}

// limited notes a 429: all requests wait, and the rate halves, once for all requests that were in flight together.
func (l *limiter) limited(sent time.Time, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if until := now.Add(wait); until.After(l.until) {
		l.until = until
	}
	if sent.Before(l.cut) {
		return
	}
	l.cut = now
	from := l.rps
	if math.IsInf(from, 1) {
		from = 2 * inFlight // without a limit, what is in flight is the only measure
	}
	l.set(max(min(floorRPS, l.ceiling), from/2), now)
}

// set changes the rate. A lowered rate gets no burst: unused tokens would let more requests through.
func (l *limiter) set(rps float64, now time.Time) {
	l.rps, l.good, l.change = rps, 0, now
	l.tokens.SetLimitAt(now, rate.Limit(rps))
	if rps < l.ceiling {
		l.tokens.SetBurstAt(now, 1)
	} else {
		l.tokens.SetBurstAt(now, burst)
	}
}

// current returns the rate in force, in requests per second.
func (l *limiter) current() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rps
}
