package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

func TestInterrupted_SaysSoAndNotHow(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("terminated signal received"))
	for text, want := range map[string]string{
		"context canceled\nsqlite: step: interrupted":                                                     "interrupted",
		"--out: terminated signal received":                                                               "interrupted\n--out",
		"the command c1 was stored and is not bound: client: POST /x: context canceled":                   "interrupted\nthe command c1 was stored and is not bound: client: POST /x",
		"client: GET /x: context canceled\nterminated signal received\nNo result was written; p says why": "interrupted\nclient: GET /x\nNo result was written; p says why",
	} {
		if got := interrupted(ctx, text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	var out, said strings.Builder
	code := run(ctx, []string{"query", database(t), "SELECT 1"}, func(string) string { return "" }, &out, &said)
	if code != exitInterrupted || !strings.HasPrefix(said.String(), "jumpgraph: interrupted\n") || strings.Contains(said.String(), "cancel") {
		t.Errorf("exit %d, %q; want %d, and that it was interrupted", code, said.String(), exitInterrupted)
	}
}

// TestInterrupted_LeavesNoTemporaryFiles, also where the program is ended before it comes to remove them.
func TestInterrupted_LeavesNoTemporaryFiles(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dir, err := temporary(ctx)
	if err != nil || os.WriteFile(filepath.Join(dir, "entities.jsonl"), []byte("{}\n"), 0o600) != nil {
		t.Fatal(err)
	}
	cancel()
	for end := time.Now().Add(10 * time.Second); exists(dir); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
}

func TestInterrupted_ValidateFindsNothingAfterwards(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(file, []byte("no JSON\nno JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := 0
	_, err := judge(ctx, file, func(jsonl.Problem) { found++; cancel() })
	if found != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d findings, %v; want those before the context ended, and its error", found, err)
	}
}
