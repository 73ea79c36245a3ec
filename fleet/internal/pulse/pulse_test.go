package pulse_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/fleet/internal/pulse"
)

const timeout = 10 * time.Second

var (
	errAway = errors.New("away")
	errGone = errors.New("canceled by somebody")
)

func ends(err error) bool { return errors.Is(err, errGone) }

// server is a Temporal.
type server struct {
	mu    sync.Mutex
	texts []string
	err   error
	hangs bool // until the context ends
}

func (s *server) set(err error, hangs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.hangs = err, hangs
}

func (s *server) beat(ctx context.Context, text string) error {
	s.mu.Lock()
	s.texts = append(s.texts, text)
	err, hangs := s.err, s.hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (s *server) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.texts...)
}

// start starts a pulse that must begin.
func start(t *testing.T, s *server) (context.Context, *pulse.Pulse, func()) {
	t.Helper()
	ctx, p, stop, err := pulse.Start(t.Context(), timeout, s.beat, ends)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, p, stop
}

// ended returns when a context has ended, and fails when it does not within a time.
func ended(ctx context.Context, t *testing.T, within time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	select {
	case <-ctx.Done():
	case <-time.After(within):
		t.Fatalf("the run goes on after %v", within)
	}
	return time.Since(began)
}

func TestStart_TheFirstSignOfLifeMustBeAcknowledged(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*server{"refused": {err: errAway}, "ended": {err: errGone}, "no answer": {hangs: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, p, stop, err := pulse.Start(t.Context(), timeout, s.beat, ends)
				if err == nil || ctx != nil || p != nil || stop != nil {
					t.Fatalf("Start = %v, %v, %v, want an error and no run", ctx, p, err)
				}
				if s.err != nil && !errors.Is(err, s.err) {
					t.Errorf("Start: %v, want %v", err, s.err)
				}
				time.Sleep(time.Minute)
				if n := len(s.told()); n != 1 {
					t.Errorf("%d signs of life, want that it ends after the first", n)
				}
			})
		})
	}
}

func TestStart_ATimeOutThatIsNone(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{-time.Second, 0, 1, 9} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			ctx, _, stop, err := pulse.Start(t.Context(), timeout, s.beat, ends)
			if err != nil {
				return
			}
			time.Sleep(time.Second)
			stop()
			if ctx.Err() == nil {
				t.Errorf("the run with a time-out of %v goes on after its end", timeout)
			}
		})
	}
}

func TestPulse_BeatsOftenAndTellsTheLastText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		ctx, p, stop := start(t, s)
		time.Sleep(timeout/10 + 1)
		p.Say("users: 100 of 500")
		p.Say("users: 200 of 500")
		time.Sleep(timeout / 5)
		stop()
		if diff := cmp.Diff([]string{"", "", "users: 200 of 500", "users: 200 of 500"}, s.told()); diff != "" {
			t.Errorf("the signs of life (-want +got):\n%s", diff)
		}
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Errorf("the run ended for %v", context.Cause(ctx))
		}
		time.Sleep(time.Minute)
		if n := len(s.told()); n != 4 {
			t.Errorf("%d signs of life after the end", n-4)
		}
	})
}

func TestPulse_GoesOnForAsLongAsItIsHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		ctx, p, stop := start(t, s)
		defer stop()
		time.Sleep(timeout / 20) // between two beats
		for range 100 {          // Temporal is away for less than half of the time-out, again and again
			s.set(errAway, false)
			time.Sleep(timeout * 12 / 100)
			s.set(nil, true) // one beat hangs, for a quarter of the time-out
			time.Sleep(timeout / 10)
			s.set(nil, false)
			time.Sleep(timeout * 78 / 100)
			if err := errors.Join(p.Alive(), ctx.Err(), pulse.Alive(ctx)); err != nil {
				t.Fatalf("the run ended: %v", err)
			}
		}
	})
}

func TestPulse_UnheardItEndsAfterHalfOfTheTimeOut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*server){
		"refused":   func(s *server) { s.set(errAway, false) },
		"no answer": func(s *server) { s.set(nil, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				ctx, p, stop := start(t, s)
				defer stop()
				fault(s) // the first beat was the last that was heard
				if got := ended(ctx, t, timeout); got != timeout/2 {
					t.Errorf("the run ended after %v, want half of %v", got, timeout)
				}
				if !errors.Is(context.Cause(ctx), pulse.ErrLost) || !errors.Is(p.Alive(), pulse.ErrLost) || !errors.Is(pulse.Alive(ctx), pulse.ErrLost) {
					t.Errorf("the run ended for %v, alive is %v, want %v", context.Cause(ctx), p.Alive(), pulse.ErrLost)
				}
			})
		})
	}
}

// The age counts from before Temporal was asked: its own clock may have begun then.
func TestPulse_TheAgeCountsFromBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := true
		beat := func(ctx context.Context, _ string) error {
			if first {
				first = false
				time.Sleep(timeout / 5)
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, p, stop, err := pulse.Start(t.Context(), timeout, beat, ends)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		time.Sleep(timeout/2 - timeout/5 - time.Nanosecond)
		if err := p.Alive(); err != nil {
			t.Errorf("before half of the time-out: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if err := pulse.Alive(ctx); !errors.Is(err, pulse.ErrLost) {
			t.Errorf("at half of the time-out: %v, want %v", err, pulse.ErrLost)
		}
	})
}

// What must not send is a run whose beat hangs for ever, too: Alive does not wait for it.
func TestPulse_ABeatThatNeverReturnsKeepsNoRunAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		first := true
		ctx, p, stop, err := pulse.Start(t.Context(), timeout, func(context.Context, string) error {
			if first {
				first = false
				return nil
			}
			<-release
			return nil
		}, ends)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(timeout / 2)
		if err := errors.Join(p.Alive(), pulse.Alive(ctx)); !errors.Is(err, pulse.ErrLost) {
			t.Errorf("alive is %v, want %v", err, pulse.ErrLost)
		}
		close(release)
		stop()
	})
}

func TestPulse_WhatEndsARunEndsItAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		ctx, _, stop := start(t, s)
		defer stop()
		s.set(errGone, false)
		if got := ended(ctx, t, timeout); got != timeout/10 {
			t.Errorf("the run ended after %v, want with the next sign of life, after %v", got, timeout/10)
		}
		if got := context.Cause(ctx); !errors.Is(got, errGone) {
			t.Errorf("the run ended for %v, want %v", got, errGone)
		}
	})
}

func TestPulse_EndTellsWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, p, stop := start(t, &server{})
		why := errors.New("the worker stops")
		p.End(why)
		p.End(errAway)
		stop()
		if got := context.Cause(ctx); !errors.Is(got, why) {
			t.Errorf("the run ended for %v, want %v", got, why)
		}
	})
}

func TestPulse_StopWaitsForNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		_, _, stop := start(t, s)
		s.set(nil, true)
		time.Sleep(timeout/10 + 1) // a beat is under way
		began := time.Now()
		stop()
		stop() // twice does no harm
		if took := time.Since(began); took != 0 {
			t.Errorf("stop took %v", took)
		}
	})
}

func TestAlive_WithoutAPulseIsNil(t *testing.T) {
	t.Parallel()
	if err := pulse.Alive(t.Context()); err != nil {
		t.Errorf("Alive without a pulse: %v", err)
	}
}
