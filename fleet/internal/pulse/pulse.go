// Package pulse tells Temporal at fixed times that a run is alive, and stops the run where Temporal does not hear it.
//
// JumpCloud's answers may be minutes apart, so the signs of life come from a clock of their own, with the last event as text. A
// run whose last sign of life that Temporal has acknowledged is older than half of the time-out must not send or write any
// more: Temporal may soon give, or has given, its organization to another worker. The age is measured by a clock that no setting
// of the time moves, and which goes on while the process is stopped.
package pulse

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// ErrLost says that a run has no connection to Temporal any more, or that its organization was given to another worker.
var ErrLost = errors.New("the run was taken for dead")

// Beat tells Temporal that the run is alive. Its error says that the run must end, when it ends one by Ends.
type Beat func(ctx context.Context, text string) error

// Pulse is that of one run.
type Pulse struct {
	timeout time.Duration
	last    atomic.Int64 // nanoseconds since start
	start   time.Time
	text    atomic.Pointer[string]
	cancel  context.CancelCauseFunc
}

type key struct{}

// Start begins to beat, and returns a context that ends when the run must. Call stop at its end. ends reports that an error of
// beat ends the run; others are tried again. The first sign of life must be acknowledged: the process may have been stopped
// between the moment at which it was given the run and now.
func Start(ctx context.Context, timeout time.Duration, beat Beat, ends func(error) bool) (_ context.Context, p *Pulse, stop func(), err error) {
	p = &Pulse{timeout: timeout, start: time.Now()}
	if err := p.beat(ctx, beat); err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p.cancel = cancel
	ctx = context.WithValue(ctx, key{}, p)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.beating(ctx, beat, ends)
	}()
	return ctx, p, func() { cancel(context.Canceled); <-done }, nil
}

// every is how often a run tells that it is alive: five times before it must stop by itself.
func (p *Pulse) every() time.Duration { return max(p.timeout/10, time.Millisecond) }

func (p *Pulse) beating(ctx context.Context, beat Beat, ends func(error) bool) {
	ticker := time.NewTicker(p.every())
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		switch err := p.beat(ctx, beat); {
		case err == nil:
		case ends(err):
			p.cancel(err)
		case p.Alive() != nil:
			p.cancel(ErrLost)
		}
	}
}

// beat tells once that the run is alive.
func (p *Pulse) beat(ctx context.Context, beat Beat) error {
	text := ""
	if t := p.text.Load(); t != nil {
		text = *t
	}
	began := time.Since(p.start)
	within := p.timeout / 4
	if left := p.timeout/2 - (began - time.Duration(p.last.Load())); left > 0 { // so that the run ends at half of the time-out
		within = min(within, left)
	}
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	err := beat(ctx, text)
	if err == nil {
		p.last.Store(int64(began))
	}
	return err
}

// Say sets the text that is told with the next sign of life.
func (p *Pulse) Say(text string) { p.text.Store(&text) }

// Alive is ErrLost when the last sign of life that was acknowledged is too old.
func (p *Pulse) Alive() error {
	if time.Since(p.start)-time.Duration(p.last.Load()) >= p.timeout/2 {
		return ErrLost
	}
	return nil
}

// End ends the run, for a reason.
func (p *Pulse) End(why error) { p.cancel(why) }

// Alive is the state of the run of a context; nil where there is none.
func Alive(ctx context.Context) error {
	if p, ok := ctx.Value(key{}).(*Pulse); ok {
		return p.Alive()
	}
	return nil
}
