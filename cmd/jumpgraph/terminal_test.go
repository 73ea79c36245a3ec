package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// odd controls a terminal, and changes the direction of the text around it.
const odd = "\x1b]0;owned\x07\x1b[31m\u009b2J\r\u202e\u2066\u200f\u061c\x7f"

// harmlessText reports that a text has nothing of [odd].
func harmlessText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

// TestTerminal_QuestionsOfAFolderPrintNoControlCharacters: neither their names and texts nor their columns and values do.
func TestTerminal_QuestionsOfAFolderPrintNoControlCharacters(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	shown := strings.NewReplacer("\r", "").Replace(odd) // which would end a line of the file
	text := "-- title: T" + shown + "\n-- description: D" + shown + "\n-- rows: bad\n-- tags: mine, x" + shown + "\n-- evidence: E" + shown +
		"\n-- parameter: p = v" + shown + ": P" + shown + "\nSELECT 'k' AS key, :p AS \"c" + shown + "\", 'v' || char(27) || '[31m' || char(8238) AS \"=d" + odd + "\"\n"
	if err := os.WriteFile(filepath.Join(folder, "mine.sql"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	path := database(t)
	for _, args := range [][]string{
		{"questions", "list", "--folder", folder},
		{"questions", "list", "--folder", folder, "--format", "json"},
		{"questions", "show", "mine", "--folder", folder},
		{"questions", "show", "mine", "--folder", folder, "--format", "json"},
		{"questions", "run", path, "mine", "--folder", folder},
		{"questions", "run", path, "mine", "--folder", folder, "--format", "json"},
		{"questions", "run", path, "mine", "--folder", folder, "--format", "markdown"},
		{"questions", "list", "--folder", folder + odd},
		{"questions", "run", path, "x" + odd, "--folder", folder},
		{"query", path, "SELECT 1 AS \"c" + odd + "\", '" + shown + "' AS d"},
		{"query", path, "SELECT 1 AS \"c" + odd + "\"", "--format", "json"},
		{"query", path, "SELECT x" + odd},
		{"view", path, "--focus", "x" + odd},
	} {
		_, stdout, stderr := jump(t, nil, args...)
		if !harmlessText(stdout) || !harmlessText(stderr) || stdout+stderr == "" {
			t.Errorf("%.80q prints %q %q", args, stdout, stderr)
		}
	}
}

// TestTerminal_CSVHasNoControlCharactersThere: a formula does not hide behind one either. Elsewhere values stay as they are.
func TestTerminal_CSVHasNoControlCharactersThere(t *testing.T) {
	t.Parallel()
	for _, terminal := range []bool{true, false} {
		var b bytes.Buffer
		r := &csvRows{out: &b, csv: csv.NewWriter(&b), columns: []string{"c" + odd, "\u202e=d"}, terminal: terminal}
		if err := r.write([]any{"v" + odd, "\x1b=1+1"}); err != nil {
			t.Fatal(err)
		}
		if err := r.close(); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); terminal && (!harmlessText(got) || strings.Contains(got, ",=")) || !terminal && !strings.Contains(got, "\x1b") {
			t.Errorf("on a terminal: %t: %q", terminal, got)
		}
	}
}

// TestTerminal_JSONHasOnlyText: a byte that is no text would be a control character for some terminals.
func TestTerminal_JSONHasOnlyText(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"a":"b"}`:         `{"a":"b"}`,
		"\"\x9b31m\"":       `"\ufffd31m"`,
		"\"\u009b\u202eä\"": `"\u009b\u202eä"`,
		"\"\ufffd\"":        "\"\ufffd\"",
		"":                  "",
	} {
		if got := string(harmless([]byte(data))); got != want {
			t.Errorf("%q became %q, want %q", data, got, want)
		}
	}
}
