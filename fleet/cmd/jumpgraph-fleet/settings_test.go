package main

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
)

func TestPatiently_WaitsForAServerThatIsAwayAndForNothingElse(t *testing.T) {
	t.Parallel()
	errAway, errOther := errors.New("away"), errors.New("other")
	for name, tt := range map[string]struct {
		wait  time.Duration
		fails []error
		tries int
		want  error
	}{
		"there":          {wait: time.Minute, tries: 1},
		"away, then not": {wait: time.Minute, fails: []error{errAway}, tries: 2},
		"another fault":  {wait: time.Minute, fails: []error{errOther}, tries: 1, want: errOther},
		"told not to":    {fails: []error{errAway, errAway}, tries: 1, want: errAway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			got, err := patiently(t.Context(), &settings{wait: tt.wait, log: logger(io.Discard, false, false)}, "the server",
				func(err error) bool { return errors.Is(err, errAway) },
				func() (int, error) {
					tries++
					if tries <= len(tt.fails) {
						return 0, tt.fails[tries-1]
					}
					return 7, nil
				})
			if tries != tt.tries || !errors.Is(err, tt.want) || err == nil && got != 7 {
				t.Errorf("it gave %d and %v after %d tries, want %v after %d", got, err, tries, tt.want, tt.tries)
			}
		})
	}
}

// TestAway_IsATemporalThatDoesNotAnswer: a worker that starts waits for it.
func TestAway_IsATemporalThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := &settings{log: logger(io.Discard, false, false), config: &config.Config{}}
	if _, err := s.dial(t.Context(), client.Options{HostPort: "127.0.0.1:1"}, nil); err == nil || !schedule.Away(err) {
		t.Errorf("%v is not told as away", err)
	}
	if schedule.Away(nil) || schedule.Away(errors.New("something else")) || schedule.Away(context.Canceled) {
		t.Error("something else is told as away")
	}
}

func TestWorker_ThatWaitsForAServerEndsWhenItIsTold(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	began := time.Now()
	got := command(ctx, "worker", "--config", "", "--postgres", "postgres://127.0.0.1:1/d", "--listen", "")
	if got.code != exitInterrupted || time.Since(began) > 20*time.Second {
		t.Errorf("it ended with %d after %v and said %q, want 130 at once", got.code, time.Since(began), got.err)
	}
}
