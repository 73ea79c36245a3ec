package staging_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// The ways in which a result gets into its place.
const (
	exchanged = "exchanged"
	swapped   = "swapped"
	filled    = "filled from inside"
)

const (
	modeVariable = "STAGING_TEST_MODE"
	killVariable = "STAGING_TEST_KILL"
)

// TestMain lets the test binary play a run that publishes one generation after the other until it is killed.
func TestMain(m *testing.M) {
	mode := os.Getenv(modeVariable)
	if mode == "" {
		os.Exit(m.Run())
	}
	place := "graph"
	switch mode {
	case swapped:
		staging.NoExchange()
	case filled:
		place = "."
	}
	if n, err := strconv.Atoi(os.Getenv(killVariable)); err == nil {
		staging.KillBeforeMove(n)
	}
	for {
		if err := generation(place, strconv.FormatInt(time.Now().UnixNano(), 10)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func ours(dir string) error { return staging.Foreign(dir, "graph", "data", "manifest") }

// generation publishes a result of which every part says the same.
func generation(place, text string) error {
	a, err := staging.OpenDir(place, ours)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(a.Dir, "graph"), 0o700); err != nil {
		return err
	}
	for _, name := range []string{filepath.Join("graph", "part"), "data", "manifest"} {
		if err := staging.WriteFile(filepath.Join(a.Dir, name), []byte(text)); err != nil {
			return err
		}
	}
	return a.PublishDir("graph", "data", "manifest")
}

// wholeAfterNextStart starts the next run, which does nothing, and looks at the result.
func wholeAfterNextStart(t *testing.T, dir string) string {
	t.Helper()
	a, err := staging.OpenDir(dir, ours)
	if err != nil {
		t.Fatalf("the next run: %v", err)
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "manifest"))
	if err != nil {
		t.Fatalf("no result: %v", err)
	}
	for _, name := range []string{filepath.Join("graph", "part"), "data"} {
		if part, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(part) != string(text) {
			t.Errorf("%s holds %q, the manifest %q, %v: it is a mixture", name, part, text, err)
		}
	}
	for _, where := range []struct{ dir, want string }{{filepath.Dir(dir), "[graph]"}, {dir, "[data graph manifest]"}} {
		if got := fmt.Sprint(names(t, where.dir)); got != where.want {
			t.Errorf("%s holds %s, want %s", where.dir, got, where.want)
		}
	}
	return string(text)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// publisher starts a run in a process of its own.
func publisher(t *testing.T, dir, mode, kill string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"="+mode, killVariable+"="+kill)
	cmd.Stderr = os.Stderr
	if cmd.Dir = filepath.Dir(dir); mode == filled {
		cmd.Dir = dir
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// modes makes a result for each way of replacing it.
func modes(t *testing.T, do func(t *testing.T, dir, mode string)) {
	for _, mode := range []string{exchanged, swapped, filled} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "graph")
			if err := generation(dir, "first"); err != nil {
				t.Fatal(err)
			}
			do(t, dir, mode)
		})
	}
}

// TestPublishDir_KilledBetweenAnyTwoMoves: after the next start, the old result or the new one is whole.
func TestPublishDir_KilledBetweenAnyTwoMoves(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, dir, mode string) {
		t.Helper()
		before, seen := "first", map[bool]bool{}
		for moves := range 10 {
			_ = publisher(t, dir, mode, strconv.Itoa(moves)).Wait()
			after := wholeAfterNextStart(t, dir)
			seen[after != before] = true
			before = after
		}
		if len(seen) != 2 {
			t.Errorf("the old result stood or a new one did: %v, want both", seen)
		}
	})
}

// TestPublishDir_KilledAtAnyMoment: the same, at random moments.
func TestPublishDir_KilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, dir, mode string) {
		t.Helper()
		for range 25 {
			cmd := publisher(t, dir, mode, "")
			<-time.After(20*time.Millisecond + rand.N(60*time.Millisecond))
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			wholeAfterNextStart(t, dir)
		}
	})
}

// TestOpenDir_PutsBackAResultThatWasMovedAway by a run that was killed between its two renames.
func TestOpenDir_PutsBackAResultThatWasMovedAway(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if err := generation(dir, "first"); err != nil {
		t.Fatal(err)
	}
	_ = publisher(t, dir, swapped, "2").Wait() // the exchange that fails, and one rename
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the run was not killed between the renames: %v", err)
	}
	if got := wholeAfterNextStart(t, dir); got != "first" {
		t.Errorf("the result is %q", got)
	}
}
