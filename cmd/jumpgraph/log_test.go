package main

import (
	"bytes"
	"testing"
)

func TestPlainLogger_WritesCleanLines(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := plainLogger(&b)
	l.Debug("for programmers")
	l.With("a", 1).WithGroup("g").Info("begun", "n", 2)
	l.Warn("the job \x1b]0;x\x07 is not finished")
	if got, want := b.String(), "begun\nthe job ]0;x is not finished\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
