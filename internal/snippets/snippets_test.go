package snippets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/internal/snippets"
)

func TestInPage_FindsPiecesMarksAndWhatTheyPrint(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll("# Page\n\n~~~sh\nrun a\nrun b\n~~~\n\n~~~text\nout\n~~~\n\nWords.\n\n~~~text\nno output\n~~~\n<!-- not run: it needs a key -->\n~~~go\nx()\n~~~\n<!-- file: a/b.sql -->\n~~~sql\n~~~\n", "~~~", "```")
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := snippets.InPage(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []*snippets.Snippet{
		{Page: path, Line: 3, Language: "sh", Text: "run a\nrun b", Shown: "out"},
		{Page: path, Line: 14, Language: "text", Text: "no output"},
		{Page: path, Line: 18, Language: "go", Text: "x()", NotRun: "it needs a key"},
		{Page: path, Line: 22, Language: "sql", File: "a/b.sql"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
}

func TestInPage_ABlockWithoutEndIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("# Page\n```go\nx()\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := snippets.InPage(path); err == nil || !strings.Contains(err.Error(), "page.md:2") {
		t.Errorf("got %v, %v, want an error that names the line", list, err)
	}
}

func TestInComments_FindsGoAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "// Package p does.\n//\n//\tx := f()\n//\tg(x)\n//\n// Words:\n//\n//\tSELECT 1 FROM t\n//\n//\tgo run ./cmd\npackage p\n"
	for name, data := range map[string]string{"p.go": text, "p_test.go": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := snippets.InComments(dir)
	if err != nil || len(got) != 1 || got[0].Text != "x := f()\ng(x)" {
		t.Errorf("got %v, %v, want the one piece of Go", got, err)
	}
}
