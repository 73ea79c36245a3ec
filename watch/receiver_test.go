package watch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/watch"
)

// TestMain lets the test binary play the program that takes events.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAY") {
	case "":
		os.Exit(m.Run())
	case "cat":
		var b bytes.Buffer
		_, _ = b.ReadFrom(os.Stdin)
		out := strings.Join(os.Args[1:], "|") + "\n" + os.Getenv("JUMPCLOUD_API_KEY") + os.Getenv("JC_API_KEY") + "\n" + b.String()
		_ = os.WriteFile(os.Getenv("OUT"), []byte(out), 0o600)
	case "deaf": // reads nothing
	case "part": // reads a little and says that all is well
		_, _ = os.Stdin.Read(make([]byte, 10))
	case "stubborn": // does not end when it is asked to
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(20 * time.Second)
	case "parent": // leaves its input to a child that does not read it either
		child := exec.CommandContext(context.Background(), os.Args[0])
		child.Env = append(os.Environ(), "PLAY=sleep")
		child.Stdin = os.Stdin
		_ = child.Run()
	case "sleep":
		time.Sleep(20 * time.Second)
	case "fail":
		_, _ = os.Stderr.WriteString("no room\n")
		os.Exit(3)
	}
}

// many hands on n events.
func many(n int) watch.Events {
	return func(take func(*watch.Event) error) error {
		for i := range n {
			e := &watch.Event{ID: "0123", Change: diff.Change{Kind: diff.Added, Type: "jumpcloud_user", Key: "k", Object: json.RawMessage(`{"n":"<&>"}`)}}
			e.Change.Properties = []diff.PropertyChange{{Name: strings.Repeat("x", i%50)}}
			if err := take(e); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestCommand is not parallel: it sets the environment.
func TestCommand_GetsTheEventsAndNoKeys(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for name, value := range map[string]string{"PLAY": "cat", "OUT": out, "JUMPCLOUD_API_KEY": "secret", "JC_API_KEY": "secret"} {
		t.Setenv(name, value)
	}
	const hostile = "$(touch x); `id` 'a b'"
	if err := watch.Command(&bytes.Buffer{}, os.Args[0], hostile)(t.Context(), many(3)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != 5 || lines[0] != hostile || lines[1] != "" || !strings.HasPrefix(lines[2], `{"id":"0123",`) || !strings.Contains(lines[2], `"<&>"`) {
		t.Errorf("the program got\n%s", b)
	}
}

func TestCommand_IsAskedAgainWhenItFails(t *testing.T) {
	t.Setenv("PLAY", "fail")
	var said bytes.Buffer
	err := watch.Command(&said, os.Args[0])(t.Context(), many(1))
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || said.String() != "no room\n" {
		t.Errorf("got %v, it said %q", err, said.String())
	}
	t.Setenv("PLAY", "deaf")
	if err := watch.Command(&said, os.Args[0])(t.Context(), many(100_000)); err == nil || !strings.Contains(err.Error(), "before it had read everything") {
		t.Errorf("a program that does not read: %v", err)
	}
	if err := watch.Command(&said, filepath.Join(t.TempDir(), "none"))(t.Context(), many(1)); err == nil {
		t.Error("a program that is not there took the events")
	}
}

func TestFile_AppendsWholeLines(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ before, kept string }{
		"a new file":              {"", ""},
		"whole lines":             {"{\"id\":\"1\"}\n", "{\"id\":\"1\"}\n"},
		"a line that was begun":   {"{\"id\":\"1\"}\n{\"id\":\"2\",\"ch", "{\"id\":\"1\"}\n"},
		"a line without its end":  {"{\"id\":\"1\"}\n{\"id\":\"2\"}", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"},
		"a line hardly begun":     {"{\"id\":\"1\"}\n{\"i", "{\"id\":\"1\"}\n"},
		"only a line begun":       {"{\"id\":\"" + strings.Repeat("x", 200_000), ""},
		"somebody else's text":    {"a note", "a note\n"},
		"somebody else's, longer": {strings.Repeat("y", 100_000), strings.Repeat("y", 100_000) + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "events.jsonl")
			if tt.before != "" {
				if err := os.WriteFile(path, []byte(tt.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := watch.File(path)(t.Context(), many(2)); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			rest, ok := strings.CutPrefix(string(b), tt.kept)
			if !ok || strings.Count(rest, "\n") != 2 || !strings.HasPrefix(rest, `{"id":"0123"`) || !strings.HasSuffix(rest, "\n") {
				t.Errorf("the file holds %.300q", b)
			}
		})
	}
	if err := watch.File(t.TempDir())(t.Context(), many(1)); err == nil {
		t.Error("a directory took the events")
	}
	stop := errors.New("stop")
	if err := watch.File(filepath.Join(t.TempDir(), "f"))(t.Context(), func(func(*watch.Event) error) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestFile_TakesDevices(t *testing.T) {
	t.Parallel()
	if err := watch.File(os.DevNull)(t.Context(), many(2)); err != nil {
		t.Errorf("%s: %v", os.DevNull, err)
	}
}

func TestFile_OfSeveralWatchesHoldsWholeLinesOfAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if err := watch.File(path)(t.Context(), many(50)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range bytes.Lines(b) {
		if lines++; !json.Valid(line) {
			t.Fatalf("line %d is broken: %.100s", lines, line)
		}
	}
	if lines != 4*20*50 {
		t.Errorf("%d lines, want %d", lines, 4*20*50)
	}
}

// wholeLines refuses to take part of a line.
type wholeLines struct{ t *testing.T }

func (w wholeLines) Write(p []byte) (int, error) {
	if !bytes.HasSuffix(p, []byte("\n")) {
		w.t.Errorf("part of a line was written: ... %q", p[max(0, len(p)-40):])
	}
	return len(p), nil
}

func TestWrite_NeverWritesPartOfALine(t *testing.T) {
	t.Parallel()
	if err := watch.Write(wholeLines{t}, many(10_000)); err != nil {
		t.Fatal(err)
	}
}

// TestCommand_ThatDoesNotReadEverythingHasTakenNothing, also where all of it fits into the pipe.
func TestCommand_ThatDoesNotReadEverythingHasTakenNothing(t *testing.T) {
	for _, play := range []string{"deaf", "part"} {
		t.Setenv("PLAY", play)
		for _, n := range []int{1, 2, 100, 100_000} {
			if err := watch.Command(io.Discard, os.Args[0])(t.Context(), many(n)); err == nil || !strings.Contains(err.Error(), "before it had read everything") {
				t.Errorf("a program that is %s took %d events: %v", play, n, err)
			}
		}
	}
}

// TestCommand_EndsSoonAfterTheContext: a program that does not want to end is killed.
func TestCommand_EndsSoonAfterTheContext(t *testing.T) {
	t.Setenv("PLAY", "stubborn")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := watch.Command(&bytes.Buffer{}, os.Args[0])(ctx, many(1))
	if took := time.Since(begun); err == nil || took > 2300*time.Millisecond {
		t.Errorf("got %v after %v", err, took)
	}
}

// TestCommand_EndsWithTheContext: a child that has inherited the pipe must not keep the watch.
func TestCommand_EndsWithTheContext(t *testing.T) {
	t.Setenv("PLAY", "parent")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := watch.Command(io.Discard, os.Args[0])(ctx, many(100_000))
	if took := time.Since(begun); err == nil || took > 2300*time.Millisecond {
		t.Errorf("got %v after %v", err, took)
	}
}
