package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// helpOf returns the help of a command as a terminal shows it.
func helpOf(t *testing.T, width int, args ...string) string {
	t.Helper()
	var shown strings.Builder
	if code := run(t.Context(), append(args, "--help"), func(string) string { return "" }, columns{&shown, width}, io.Discard); code != exitOK {
		t.Fatalf("%q: exit %d", args, code)
	}
	return shown.String()
}

func TestHelp_FitsTheTerminal(t *testing.T) {
	t.Parallel()
	commands := [][]string{
		nil,
		{"collect"},
		{"commands"},
		{"commands", "create"},
		{"convert"},
		{"diff"},
		{"get"},
		{"query"},
		{"questions"},
		{"questions", "run"},
		{"upload"},
		{"validate"},
		{"view"},
		{"watch"},
	}
	for _, args := range commands {
		_, plain, _ := jump(t, nil, append(args, "--help")...)
		if strings.Contains(plain, "[]") {
			t.Errorf("%q: an empty list is shown as a default:\n%s", args, plain)
		}
		for _, width := range []int{40, 60, 80, 120} {
			got := helpOf(t, width, args...)
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > width && !mayBeWide(line) {
					t.Errorf("%q on %d columns: %q", args, width, line)
				}
			}
			if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(plain), " ") {
				t.Errorf("%q on %d columns: words are lost or in another order", args, width)
			}
		}
	}
}

// mayBeWide reports that a line of a help is one that is not split: a command, the names of a flag, or a single word.
func mayBeWide(line string) bool {
	words := strings.Fields(line)
	return len(words) == 1 || strings.HasPrefix(line, "  ") && (words[0] == "jumpgraph" || words[0][0] == '-' && secondColumn(line) == 0)
}

func TestHelp_KeepsColumnsBelowThemselves(t *testing.T) {
	t.Parallel()
	const text = `One sentence that is long
and goes on and on.

Flags:
  -o, --out string   file for the rows of data
      --very-long-name-of-a-flag text|json   the form of it

Examples:
  jumpgraph query graph.db "SELECT username FROM jumpcloud_user"
`
	const want = `One sentence that is long and goes on and
on.

Flags:
  -o, --out string   file for the rows of
                     data
      --very-long-name-of-a-flag text|json
          the form of it

Examples:
  jumpgraph query graph.db "SELECT username FROM jumpcloud_user"
`
	if got := reflow(text, 43); got != want {
		t.Errorf("on 43 columns:\n%s\nwant:\n%s", got, want)
	}
}

// TestProgress_WritesPlainLinesForADumbTerminal: it cannot erase a line.
func TestProgress_WritesPlainLinesForADumbTerminal(t *testing.T) {
	t.Parallel()
	for term, want := range map[string]bool{"dumb": false, "xterm": true} {
		var shown strings.Builder
		env := func(name string) string { return map[string]string{"TERM": term}[name] }
		code := run(t.Context(), []string{"collect", "--demo", "-o", filepath.Join(t.TempDir(), "graph")}, env, io.Discard, columns{&shown, 80})
		if got := strings.Contains(shown.String(), "\x1b"); code != exitOK || got != want || !strings.Contains(shown.String(), "Next:") {
			t.Errorf("TERM=%s: exit %d, erases lines: %t, want %t\n%s", term, code, got, want, shown.String())
		}
	}
}

func TestSay_FitsTheTerminal(t *testing.T) {
	t.Parallel()
	for width, want := range map[int]string{0: "one two three four\n", 10: "one two\n  three\n  four\n"} {
		var b strings.Builder
		if say(columns{&b, width}, "one two three four"); b.String() != want {
			t.Errorf("on %d columns: %q, want %q", width, b.String(), want)
		}
	}
}
