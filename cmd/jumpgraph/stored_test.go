package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStored_ADamagedDatabaseIsBelievedByNobody: one letter is another, so that the database opens and has all its rows.
func TestStored_ADamagedDatabaseIsBelievedByNobody(t *testing.T) {
	t.Parallel()
	good := database(t)
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, []byte("@example.com"))
	if at < 0 {
		t.Fatal("no address to change")
	}
	b[at-1] ^= 1
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	j := newJupiterOne(t)
	env := map[string]string{"JUPITERONE_API_KEY": "sesame", "JUPITERONE_ACCOUNT": "acme"}
	for _, args := range [][]string{
		{"upload", path, "--scope", "test", "--api-url", j.URL},
		{"query", path, "SELECT 1"},
		{"questions", "run", path},
		{"view", path},
		{"diff", path, good},
		{"diff", good, path},
		{"validate", path},
	} {
		code, stdout, stderr := jump(t, env, args...)
		if code != exitError || !strings.Contains(stderr, "is not as its run wrote it: collect again") || stdout != "" && args[0] != "validate" {
			t.Errorf("%v: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
	if slices.Contains(j.requests, "POST /job/finalize") || len(j.objects) > 0 {
		t.Errorf("JupiterOne got %v", j.requests)
	}
}

// TestValidate_SaysWhatSQLiteFinds in a database whose pages were damaged.
func TestValidate_SaysWhatSQLiteFinds(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(database(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "graph.db")
	const size = 8192
	said := false
	for page := len(b)/size - 1; page > len(b)/size-20; page-- {
		damaged := slices.Clone(b)
		copy(damaged[page*size+8:page*size+40], make([]byte, 32)) // where its cells are
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(damaged, b) { // the page is empty
			continue
		}
		code, stdout, _ := jump(t, nil, "validate", path)
		if code != exitError {
			t.Errorf("page %d: exit %d", page, code)
		}
		said = said || strings.Contains(stdout, "(integrity_check)")
	}
	if !said {
		t.Error("no finding of SQLite was printed")
	}
}

// TestStored_SaysThatATemporaryDirectoryIsNeeded sets a variable of the process.
func TestStored_SaysThatATemporaryDirectoryIsNeeded(t *testing.T) {
	graph := demoResult(t, "graph")
	t.Setenv("TMPDIR", filepath.Join(graph, "nowhere"))
	t.Setenv("TMP", filepath.Join(graph, "nowhere"))
	if code, _, stderr := jump(t, nil, "query", graph, "SELECT 1"); code != exitError || !strings.Contains(stderr, "temporary directory") || !strings.Contains(stderr, "TMPDIR") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
