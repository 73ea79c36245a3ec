package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/snippets"
)

var word = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// otherPrograms begin lines of the pages that this test leaves to others: .ci/newcomer builds and installs, .ci/run tests.
var otherPrograms = regexp.MustCompile(`^(go (test|build|install) |make |#|$)`)

// TestDocs_CommandsWorkAsTheyStandThere runs every command of this program that stands in the README and the guides, page by
// page in a directory of its own, and compares what the page shows. A mark says why one cannot be run.
func TestDocs_CommandsWorkAsTheyStandThere(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := snippets.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, page := range pages {
		all, err := snippets.InPage(page)
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(t.TempDir())
		for _, s := range all {
			tried += tryPiece(t, s)
		}
	}
	if tried < 15 {
		t.Errorf("only %d commands were run", tried)
	}
}

// tryPiece runs the commands of a piece, and returns how many there were.
func tryPiece(t *testing.T, s *snippets.Snippet) int {
	t.Helper()
	switch {
	case s.NotRun != "":
		t.Logf("%s is not run: %s", s, s.NotRun)
		return 0
	case s.File != "":
		if err := os.MkdirAll(filepath.Dir(s.File), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.File, []byte(s.Text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return 0
	case s.Language == "go", s.Language == "console", s.Language == "": // other tests run the first two; the last is no code
		return 0
	case s.Language != "sh":
		t.Errorf("%s: a block of %q that nothing checks: mark it, or say that it is a file", s, s.Language)
		return 0
	}
	n, printed := 0, ""
	for line := range strings.Lines(s.Text) {
		line = strings.TrimSpace(line)
		command, ours := cutProgram(line)
		if !ours {
			if !otherPrograms.MatchString(line) {
				t.Errorf("%s: %q is not run by any test: mark it", s, line)
			}
			continue
		}
		n++
		printed = tryCommand(t, s, command)
	}
	if s.Shown != "" && atSomeTime(strings.TrimSpace(printed)) != atSomeTime(s.Shown) {
		t.Errorf("%s prints\n%s\nand the page shows\n%s", s, printed, s.Shown)
	}
	return n
}

var instant = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`)

// atSomeTime is a text without the times in it, which differ from run to run.
func atSomeTime(text string) string { return instant.ReplaceAllString(text, "TIME") }

// cutProgram takes the name of the program from a line, however the page has it.
func cutProgram(line string) (rest string, ours bool) {
	for _, name := range []string{"go run ./cmd/jumpgraph ", "jumpgraph ", "bin/jumpgraph "} {
		if rest, ours := strings.CutPrefix(line, name); ours {
			return rest, true
		}
	}
	return line, false
}

// tryCommand runs one command, and returns what it prints. The demonstration has findings, which is no error of the page.
func tryCommand(t *testing.T, s *snippets.Snippet, command string) string {
	t.Helper()
	command, file, _ := strings.Cut(command, " > ")
	args := word.FindAllString(command, -1)
	for i, w := range args {
		if strings.ContainsRune(`"'`, rune(w[0])) {
			args[i] = w[1 : len(w)-1]
		}
	}
	code, stdout, stderr := jump(t, nil, args...)
	if code != exitOK && (code != exitFailed || !slices.Contains(args, "questions")) {
		t.Errorf("%s: jumpgraph %s: exit %d\n%s%s", s, command, code, stdout, stderr)
	}
	if file != "" {
		if err := os.WriteFile(file, []byte(stdout), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return stdout
}
