package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// demoResult collects the demonstration once more, in the form that the ending of its name says.
func demoResult(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "-o", path); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return path
}

func TestOut_TheEndingChoosesTheForm(t *testing.T) {
	t.Parallel()
	db := demoResult(t, "graph.db")
	if !sqlite.Is(db) {
		t.Fatal("graph.db is no database")
	}
	dir := t.TempDir()
	for _, tt := range []struct {
		file, begins string
		args         []string
	}{
		{"types.svg", "<?xml", []string{"view", db}},
		{"types.dot", "digraph", []string{"view", db}},
		{"types.MMD", "---\ntitle:", []string{"view", db}},
		{"rows.csv", "username\n", []string{"query", db, "SELECT username FROM jumpcloud_user"}},
		{"rows.json", `{"username":`, []string{"query", db, "SELECT username FROM jumpcloud_user"}},
		{"rows", "username\n", []string{"query", db, "SELECT username FROM jumpcloud_user"}},
		{"changes.md", "No changes.", []string{"diff", db, db}},
		{"list.json", `{"id":`, []string{"questions", "list"}},
		{"one.txt", "Device inventory\n", []string{"questions", "show", "device-inventory"}},
		{"answers.json", "{\n", []string{"questions", "run", db, "device-inventory"}},
		{"answers.md", "# Evidence", []string{"questions", "run", db, "device-inventory"}},
	} {
		path := filepath.Join(dir, tt.file)
		code, stdout, stderr := jump(t, nil, append(tt.args, "--out", path)...)
		data, err := os.ReadFile(path)
		if code != exitOK || stdout != "" || err != nil || !strings.HasPrefix(string(data), tt.begins) {
			t.Errorf("%s: exit %d, %v, file %.60q, want it to begin with %q; %s%s", tt.file, code, err, data, tt.begins, stdout, stderr)
		}
	}
}

func TestOut_AContradictionIsAWrongUse(t *testing.T) {
	t.Parallel()
	db, dir := demoResult(t, "graph.db"), t.TempDir()
	for _, tt := range []struct {
		file, says string
		args       []string
	}{
		{"x.svg", "contradict each other", []string{"view", db, "--format", "dot"}},
		{"x.png", "means PNG, which this command does not write: it writes svg, dot or mermaid", []string{"view", db}},
		{"x.csv", "does not write", []string{"diff", db, db}},
		{"x.db", "contradict each other", []string{"collect", "--demo", "--format", "jsonl"}},
		{"x.json", "it writes jsonl, sqlite, postgres or j1", []string{"collect", "--demo"}},
		{"x.db", "contradict each other", []string{"convert", db, "--format", "j1"}},
		{"x.html", "does not write", []string{"get", "systems"}},
		{"x.html", "contradict each other", []string{"questions", "run", db, "--format", "sarif"}},
	} {
		code, _, stderr := jump(t, nil, append(tt.args, "-o", filepath.Join(dir, tt.file))...)
		if code != exitUsage || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s into %s: exit %d, %s; want exit %d with %q", tt.args, tt.file, code, stderr, exitUsage, tt.says)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

func TestOut_AnErrorLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	db := demoResult(t, "graph.db")
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The first rows can be read, and then one that cannot.
	sql := "SELECT 1 UNION ALL SELECT abs(-9223372036854775808)"
	code, _, stderr := jump(t, nil, "query", db, sql, "--out", path)
	data, err := os.ReadFile(path)
	if code == exitOK || err != nil || string(data) != "before" || strings.Contains(stderr, "--out") {
		t.Errorf("exit %d, file %q, %v, %s", code, data, err, stderr)
	}
	if code, _, stderr = jump(t, nil, "query", db, "SELECT 1", "--out", filepath.Join(path, "x.csv")); code == exitOK || !strings.Contains(stderr, "--out") {
		t.Errorf("a file below a file: exit %d, %s", code, stderr)
	}
}

func TestConvert_WritesTheSameGraphInAnotherForm(t *testing.T) {
	t.Parallel()
	dir := demoResult(t, "graph")
	db, back := filepath.Join(t.TempDir(), "graph.sqlite"), filepath.Join(t.TempDir(), "back")
	for _, args := range [][]string{{"convert", dir, db}, {"convert", db, "--out", back, "-q"}} {
		if code, _, stderr := jump(t, nil, args...); code != exitOK {
			t.Fatalf("%s: exit %d: %s", args, code, stderr)
		}
	}
	for _, name := range []string{"entities.jsonl", "relationships.jsonl", "unknown.jsonl"} {
		before, err1 := os.ReadFile(filepath.Join(dir, name))
		after, err2 := os.ReadFile(filepath.Join(back, name))
		if err := errors.Join(err1, err2); err != nil || string(before) != string(after) {
			t.Errorf("%s is not the same after it went through a database: %v", name, err)
		}
	}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"nowhere": {[]string{"convert", dir}, "say where"},
		"twice":   {[]string{"convert", dir, db, "--out", back}, "not both"},
	} {
		if code, _, stderr := jump(t, nil, tt.args...); code != exitUsage || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit %d, %s, want %q", name, code, stderr, tt.says)
		}
	}
}

// TestResult_IsGraphUnlessAnotherIsNamed runs in a directory of its own.
func TestResult_IsGraphUnlessAnotherIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"collect", "--demo", "--quiet"},
		{"validate"},
		{"query", "SELECT 1"},
		{"questions", "run", "device-inventory"},
		{"questions", "run", "devices-enc*"},
		{"view", "--out", "graph.svg"},
		{"diff", "graph"},
		{"convert", "graph", "graph.db"},
	} {
		if code, stdout, stderr := jump(t, nil, args...); code != exitOK && code != exitFailed {
			t.Errorf("%s: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
	for want, args := range map[string][]string{
		"did you mean devices-not-seen?":               {"questions", "run", "devices-not-sen"},
		"nothing stands at printers":                   {"questions", "run", "printers"},
		"Results are at graph, graph.db.":              {"validate", "yesterday"},
		"the SQL is missing":                           {"query", "graph.db"},
		"graph.svg is a file of":                       {"query", "graph.svg", "SELECT 1"},
		"an empty directory":                           {"view", t.TempDir()},
		"jumpgraph collect --demo needs no key":        {"view", filepath.Join(t.TempDir(), "x")},
		". is a directory with graph, graph.db, graph": {"view", "."},
	} {
		if code, _, stderr := jump(t, nil, args...); code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %s; want %q", args, code, stderr, want)
		}
	}
}

func TestWhere_NamesOddPathsSoThatTheyAreSeen(t *testing.T) {
	t.Parallel()
	graph := demoResult(t, "graph")
	dir := filepath.Dir(graph)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := jump(t, nil, "convert", graph, filepath.Join(dir, "two\nlines")); code != exitOK {
		t.Fatal(stderr)
	}
	for path, says := range map[string]string{
		"":                                     `nothing stands at ""`,
		filepath.Join(dir, "a\nb"):             `a\nb"`,
		filepath.Join(dir, "\xff"):             `\xff"`,
		filepath.Join(dir, "blank "):           `blank "`,
		filepath.Join(dir, "nothing"):          `two\nlines".`,
		link:                                   "is a link to nowhere, where nothing stands",
		os.DevNull:                             "is a pipe or a device",
		filepath.Join(graph, "entities.jsonl"): "Results are at " + graph + ".",
		filepath.Join(graph, "entities"):       "Results are at " + graph + ".",
	} {
		for _, args := range [][]string{{"query", path, "SELECT 1"}, {"diff", path, graph}, {"convert", path, filepath.Join(dir, "copy")}} {
			if code, _, stderr := jump(t, nil, args...); code != exitError || !strings.Contains(stderr, says) {
				t.Errorf("%q: exit %d, %s; want %d with %q", args, code, stderr, exitError, says)
			}
		}
	}
}

// columns is a terminal of some width.
type columns struct {
	io.Writer

	n int
}

func (c columns) Columns() int { return c.n }

func TestTerminal_SuccessNamesWhatToTryNext(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"graph", "my graph.db", "it's"} {
		path := filepath.Join(t.TempDir(), name)
		var shown strings.Builder
		code := run(t.Context(), []string{"collect", "--demo", "-o", path}, func(string) string { return "" }, io.Discard, columns{&shown, 40})
		_, next, found := strings.Cut(shown.String(), "\nNext:\n")
		if code != exitOK || !found || strings.Count(next, "\n  jumpgraph")+1 != 3 || !strings.Contains(next, quoted(path)) {
			t.Errorf("%s: exit %d, %s", name, code, shown.String())
		}
		for line := range strings.SplitSeq(shown.String(), "\r\x1b[K") {
			if line, _, _ = strings.Cut(line, "\n"); strings.Contains(line, " received, ") && len(line) >= 40 {
				t.Errorf("a line of progress that does not fit into 40 columns: %q", line)
			}
		}
	}
	if _, _, stderr := jump(t, nil, "collect", "--demo", "-o", filepath.Join(t.TempDir(), "graph")); strings.Contains(stderr, "Next:") {
		t.Errorf("a program was told what to try next: %s", stderr)
	}
}

func TestQuoted_IsOneWordForAShell(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"graph": "graph", "/tmp/a-b_c.db": "/tmp/a-b_c.db", "my graph": "'my graph'", "it's": `'it'\''s'`, "": "''", "$x": "'$x'", `a\b`: `'a\b'`} {
		if got := quoted(path); got != want && filepath.Separator == '/' {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

// TestOut_SparesStoredGraphs: no report is written over a graph, nor into the directory of one, which holds nothing else.
func TestOut_SparesStoredGraphs(t *testing.T) {
	t.Parallel()
	graph, db := demoResult(t, "graph"), filepath.Join(t.TempDir(), "database")
	if code, _, stderr := jump(t, nil, "convert", graph, db, "--format", "sqlite"); code != exitOK {
		t.Fatal(stderr)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(graph, "entities.jsonl"), link); err != nil {
		t.Fatal(err)
	}
	before := contentsOf(t, graph, db)
	for _, args := range [][]string{
		{"query", db, "SELECT 1", "--out", db},
		{"questions", "run", graph, "device-inventory", "--out", filepath.Join(graph, "entities.jsonl"), "--format", "json"},
		{"questions", "run", graph, "device-inventory", "--out", filepath.Join(graph, "evidence.html")},
		{"view", db, "--out", link},
		{"diff", graph, db, "--out", filepath.Join(graph, "manifest.json")},
		{"collect", "--demo", "--out", filepath.Join(graph, "second")},
		{"convert", db, filepath.Join(graph, "copy.db")},
		{"watch", "--demo", "--every", "DISABLED", "--out", filepath.Join(t.TempDir(), "history"), "--to", db},
		{"watch", "--demo", "--every", "DISABLED", "--out", filepath.Join(t.TempDir(), "history"), "--to", filepath.Join(graph, "changes.jsonl")},
	} {
		if code, _, stderr := jump(t, nil, args...); code != exitUsage || !strings.Contains(stderr, ": name a") {
			t.Errorf("%q: exit %d, %s; want %d and what to do", args, code, stderr, exitUsage)
		}
	}
	if after := contentsOf(t, graph, db); after != before {
		t.Errorf("the stored graphs were changed:\n%.300s\n%.300s", before, after)
	}
	for _, args := range [][]string{{"convert", graph, graph}, {"convert", db, db, "--format", "sqlite"}, {"collect", "--demo", "--out", graph + "/."}} {
		if code, _, stderr := jump(t, nil, args...); code != exitOK {
			t.Errorf("%q: exit %d, %s; a result may replace itself", args, code, stderr)
		}
	}
}

// contentsOf returns the bytes of a database, and of all files of a directory with their names.
func contentsOf(t *testing.T, dir, db string) string {
	t.Helper()
	var b strings.Builder
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{db}
	for _, e := range list {
		paths = append(paths, filepath.Join(dir, e.Name()))
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(path + string(data))
	}
	return b.String()
}

// TestOut_DashIsStandardOutput runs in a directory of its own, where no file of that name may come to be.
func TestOut_DashIsStandardOutput(t *testing.T) {
	db := demoResult(t, "graph.db")
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"query", db, "SELECT 1"}, {"view", db}, {"diff", db, db, "--format", "markdown"}, {"questions", "run", db, "device-inventory"}, {"questions", "list"},
	} {
		_, want, _ := jump(t, nil, args...)
		if code, got, stderr := jump(t, nil, append(args, "-o", "-")...); code != exitOK || got != want {
			t.Errorf("%q: exit %d, %s; got %q, want %q", args, code, stderr, got, want)
		}
	}
	for _, args := range [][]string{{"collect", "--demo", "-o", "-"}, {"convert", db, "-"}} {
		if code, _, stderr := jump(t, nil, args...); code != exitUsage || !strings.Contains(stderr, "name a path") {
			t.Errorf("%q: exit %d, %s", args, code, stderr)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

func TestArguments_InTheWrongOrderAreToldApart(t *testing.T) {
	t.Parallel()
	graph := demoResult(t, "graph")
	for says, args := range map[string][]string{
		"the path comes before the SQL: write " + graph:                  {"query", "SELECT 1", graph},
		"the path comes before the names of questions: write " + graph:   {"questions", "run", "device-inventory", graph},
		"name one of users-with-mfa, users-with-sudo":                    {"questions", "show", "users-with-*"},
		"are for --focus KEY":                                            {"view", graph, "--depth", "3"},
		"too many arguments, from \"extra\" on: write jumpgraph collect": {"collect", "extra"},
		"too many arguments, from \"1\" on: write jumpgraph query":       {"query", graph, "SELECT", "1"},
		"an argument is missing: write jumpgraph diff OLD [NEW]":         {"diff"},
		"no help for \"printers\"":                                       {"help", "printers"},
	} {
		if code, stdout, stderr := jump(t, nil, args...); code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d, %s%s; want %d with %q", args, code, stdout, stderr, exitUsage, says)
		}
	}
}
