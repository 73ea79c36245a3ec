package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// flaky refuses the write that comes after some others, and only that one.
type flaky struct {
	bytes.Buffer

	after int
}

var errNoSpace = errors.New("no space left on device")

func (f *flaky) Write(p []byte) (int, error) {
	if f.after--; f.after == -1 {
		return 0, errNoSpace
	}
	return f.Buffer.Write(p)
}

// TestOutput_ThatIsLostIsAnError, of every command, whichever write fails.
func TestOutput_ThatIsLostIsAnError(t *testing.T) {
	t.Parallel()
	env := server(t, jumpcloudtest.Demo())
	db, dir, other := database(t), filepath.Join(t.TempDir(), "graph"), filepath.Join(t.TempDir(), "other")
	for _, args := range [][]string{{"--out", dir}, {"--out", other, "--skip", "applications"}} {
		if code, _, stderr := jump(t, env, append([]string{"collect", "--quiet"}, args...)...); code != exitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
	}
	broken := t.TempDir() + "/entities.jsonl"
	writeFile(t, broken, "{}\n{}\n")
	for _, args := range [][]string{
		{"--help"},
		{"--version"},
		{"validate", dir},
		{"validate", broken},
		{"query", db, "SELECT username FROM jumpcloud_user"},
		{"query", db, "SELECT username FROM jumpcloud_user", "--format", "json"},
		{"query", db, "SELECT username FROM jumpcloud_user", "--format", "csv"},
		{"questions", "list"},
		{"questions", "list", "--format", "json"},
		{"questions", "show", "devices-not-seen"},
		{"questions", "run", db},
		{"questions", "run", db, "--format", "markdown"},
		{"diff", db, dir},
		{"view", db},
		{"get", "systemusers"},
		{"get", "systemusers", "--format", "json"},
		{"commands", "list"},
		{"commands", "list", "--format", "json"},
		{"collect", "--plan"},
		{"commands", "delete", "5f0000000000000000000001", "--dry-run"},
	} {
		var whole, stderr bytes.Buffer
		writes := &counting{to: &whole}
		run(t.Context(), args, func(name string) string { return env[name] }, writes, &stderr)
		if writes.n == 0 {
			t.Errorf("%v: writes nothing to standard output: %s", args, stderr.String())
		}
		for _, after := range someOf(writes.n) {
			var stderr bytes.Buffer
			code := run(t.Context(), args, func(name string) string { return env[name] }, &flaky{after: after}, &stderr)
			if code != exitError || !strings.Contains(stderr.String(), errNoSpace.Error()) {
				t.Errorf("%v: after %d of %d writes: exit %d, want %d; it says\n%s", args, after, writes.n, code, exitError, stderr.String())
				break
			}
		}
	}
}

// someOf returns the first numbers below n, some between, and the last.
func someOf(n int) []int {
	var all []int
	for i := 0; i < n; i += 1 + i/3 {
		all = append(all, i)
	}
	return append(all, n-1)
}

// counting counts writes.
type counting struct {
	to *bytes.Buffer
	n  int
}

func (c *counting) Write(p []byte) (int, error) {
	c.n++
	return c.to.Write(p)
}
