//go:build linux

package watch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/watch"
)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// within runs a receiver that must end soon after its context, which ends after a moment.
func within(t *testing.T, receive watch.Receiver, n int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- receive(ctx, many(n)) }()
	select {
	case err := <-ended:
		return err
	case <-time.After(2200 * time.Millisecond):
		t.Fatal("it did not end within two seconds")
		return nil
	}
}

func TestFile_APipeWithoutAReaderTakesNothing(t *testing.T) {
	t.Parallel()
	if err := within(t, watch.File(fifo(t)), 2); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestFile_APipeWhoseReaderReadsNothingTakesNothing(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"that fits into the pipe": 2, "that does not": 100_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := fifo(t)
			r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close() //nolint:errcheck // opened to read
			if err := within(t, watch.File(path), n); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFile_APipeWhoseReaderLeavesTakesNothing(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"with the rest in the pipe": 200, "in the middle": 100_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := fifo(t)
			go func() {
				r, err := os.Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
					t.Error(err)
				}
				_ = r.Close()
			}()
			if err := watch.File(path)(t.Context(), many(n)); err == nil {
				t.Error("events that nobody has read were taken")
			}
		})
	}
}

func TestFile_APipeThatIsReadTakesAll(t *testing.T) {
	t.Parallel()
	path := fifo(t)
	got := make(chan []byte, 1)
	go func() {
		<-time.After(100 * time.Millisecond) // the watch comes first
		b, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		got <- b
	}()
	if err := watch.File(path)(t.Context(), many(5000)); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(<-got, []byte("\n")); n != 5000 {
		t.Errorf("%d lines, want 5000", n)
	}
}

func TestFile_RefusesWhatItWouldHarm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	removed := func(take func(*watch.Event) error) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return many(2)(take)
	}
	if err := watch.File(path)(t.Context(), removed); err == nil || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("a file that was removed meanwhile: %v", err)
	}
	if err := watch.File("/dev/full")(t.Context(), many(2)); err == nil {
		t.Error("a full device took the events")
	}
}
