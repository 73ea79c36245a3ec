package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var word = regexp.MustCompile(`"[^"]*"|\S+`)

// TestDocs_BeginWithCommandsThatWork runs the first example of each guide, and of the README, as it stands there.
func TestDocs_BeginWithCommandsThatWork(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, example, found := strings.Cut(string(text), "\n```sh\n")
		example, _, _ = strings.Cut(example, "\n```")
		if !found || !strings.Contains(example, "--demo") {
			continue
		}
		tried++
		dir := t.TempDir()
		for line := range strings.Lines(example) {
			command, ours := strings.CutPrefix(strings.TrimSpace(line), "go run ./cmd/jumpgraph ")
			if !ours {
				continue
			}
			command, _, _ = strings.Cut(command, " > ")
			var args []string
			for _, w := range word.FindAllString(command, -1) {
				w = strings.Trim(w, `"`)
				switch { // names of files stand for places in a directory of the test
				case w == "graph", w == "history", strings.HasSuffix(w, ".db"), strings.HasPrefix(w, ".j1"), strings.HasSuffix(w, ".svg"):
					w = filepath.Join(dir, w)
				}
				args = append(args, w)
			}
			code, stdout, stderr := jump(t, nil, args...)
			if code != exitOK && (code != exitFailed || args[0] != "questions") {
				t.Errorf("%s: %s: exit %d\n%s%s", page, command, code, stdout, stderr)
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d pages begin with an example on the demonstration", tried)
	}
}
