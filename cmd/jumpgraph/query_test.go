package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// database collects the demonstration into a database.
func database(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "graph.db")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--format", "sqlite", "--out", path); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return path
}

func TestQuery_AnswersFromADatabaseAndADirectoryAlike(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--out", dir); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, path := range []string{database(t), dir} {
		code, stdout, stderr := jump(t, nil, "query", path, "SELECT username, sudo FROM jumpcloud_user WHERE username LIKE :who", "--set", "who=ada%", "--format", "json")
		if want := `{"username":"ada.albrecht0","sudo":1}`; code != exitOK || !strings.HasPrefix(stdout, want) || stderr != "" {
			t.Errorf("%s: exit %d, %q, %q; want %q", path, code, stdout, stderr, want)
		}
	}
}

func TestQuery_WritesEveryForm(t *testing.T) {
	t.Parallel()
	path := database(t)
	const statement = `SELECT '=1+1' AS f, -3 AS n, 1.5 AS r, NULL AS void, 'a"b,' || char(27) || '[31m' AS odd, x'00ff' AS raw`
	for form, want := range map[string]string{
		"table": "f     n   r    void  odd       raw\n=1+1  -3  1.5  -     a\"b,[31m  00ff\n",
		"json":  `{"f":"=1+1","n":-3,"r":1.5,"void":null,"odd":"a\"b,\u001b[31m","raw":"00ff"}` + "\n",
		"csv":   "f,n,r,void,odd,raw\n'=1+1,-3,1.5,,\"a\"\"b,\x1b[31m\",00ff\n",
	} {
		if code, stdout, stderr := jump(t, nil, "query", path, statement, "--format", form); code != exitOK || stdout != want {
			t.Errorf("%s: exit %d, %s\ngot  %q\nwant %q", form, code, stderr, stdout, want)
		}
	}
}

func TestQuery_RefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	path := database(t)
	for _, args := range [][]string{
		{path, "DELETE FROM jumpcloud_user"},
		{path, "SELECT"},
		{path, "SELECT :a", "--set", "b=1"},
		{path, "SELECT 1", "--set", "x"},
		{path},
		{path, "SELECT 1", "--format", "xml"},
		{path, "SELECT name FROM jumpcloud_device WHERE osType = :os"},
		{path, "SELECT abs(-9223372036854775807 - 1)"},
		{path, "SELECT zeroblob(100000000)"},
	} {
		if code, stdout, stderr := jump(t, nil, append([]string{"query"}, args...)...); code != exitUsage || stdout != "" || stderr == "" {
			t.Errorf("%v: exit %d, %q, %q; want usage", args, code, stdout, stderr)
		}
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{text, t.TempDir(), filepath.Join(text, "none")} {
		if code, _, stderr := jump(t, nil, "query", p, "SELECT 1"); code != exitError || stderr == "" {
			t.Errorf("%s: exit %d, %q; want an error", p, code, stderr)
		}
	}
}

func TestCollect_IntoADatabase_LeavesAPartialOneThatSaysWhy(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	s.Inject(jumpcloudtest.Fault{Path: "/api/applications", Status: 403})
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	path := filepath.Join(t.TempDir(), "graph.db")
	code, _, stderr := jump(t, env, "collect", "--format", "sqlite", "--out", path)
	if code != exitIncomplete || !strings.Contains(stderr, path+".partial says why") {
		t.Fatalf("exit %d, stderr %s", code, stderr)
	}
	code, stdout, stderr := jump(t, nil, "query", path+".partial", "SELECT name, status FROM collection WHERE status <> 'complete'")
	if code != exitOK || !strings.Contains(stdout, "applications ") || !strings.Contains(stderr, "not complete") {
		t.Errorf("exit %d, %s, %s", code, stdout, stderr)
	}
}

func TestCollect_SplitsIntoADatabaseForEachOrganization(t *testing.T) {
	t.Parallel()
	second := jumpcloudtest.Synthetic(9, jumpcloudtest.Size{Users: 3})
	id := "60000000000000000000000c"
	second.Self["_id"], second.Self["id"] = id, id
	for _, u := range second.SystemUsers {
		u["organization"] = id
	}
	out := filepath.Join(t.TempDir(), "all")
	code, _, stderr := jump(t, server(t, jumpcloudtest.Demo(), second), "collect", "--all-orgs", "--split", "--format", "sqlite", "--out", out)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	code, stdout, _ := jump(t, nil, "query", filepath.Join(out, id+".db"), "SELECT count(*) AS n FROM jumpcloud_user", "--format", "csv")
	if code != exitOK || stdout != "n\n3\n" {
		t.Errorf("exit %d, %q", code, stdout)
	}
}

func TestDiff_ComparesDatabasesAndDirectories(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	env := server(t, org)
	paths := map[string]string{"sqlite": filepath.Join(t.TempDir(), "graph.db"), "jsonl": filepath.Join(t.TempDir(), "graph")}
	for form, path := range paths {
		if code, _, stderr := jump(t, env, "collect", "--quiet", "--format", form, "--out", path); code != exitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
	}
	org.SystemUsers[3]["department"] = "Elsewhere"
	path := filepath.Join(t.TempDir(), "new.db")
	if code, _, stderr := jump(t, env, "collect", "--quiet", "--format", "sqlite", "--out", path); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, old := range paths {
		code, stdout, stderr := jump(t, nil, "diff", old, path)
		if code != exitOK || !strings.Contains(stdout, "department: ") || !strings.Contains(stderr, "0 added, 0 removed, 1 changed") {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
	}
}

func TestQuery_KnowsWhenTheGraphWasCollected(t *testing.T) {
	t.Parallel()
	path := database(t)
	code, stdout, stderr := jump(t, nil, "query", path, "SELECT :now = finishedAt AS same FROM manifest", "--format", "csv")
	if code != exitOK || stdout != "same\n1\n" {
		t.Errorf("exit %d, %q, %s", code, stdout, stderr)
	}
}

func TestQuery_ARowOfNothingIsARow(t *testing.T) {
	t.Parallel()
	if _, stdout, _ := jump(t, nil, "query", database(t), "SELECT NULL AS n UNION ALL SELECT 7", "--format", "csv"); stdout != "n\n\"\"\n7\n" {
		t.Errorf("got %q", stdout)
	}
}

// TestQuery_LeavesNoTemporaryDatabase is not parallel: it sets the directory for temporary files.
func TestQuery_LeavesNoTemporaryDatabase(t *testing.T) {
	dir, temp := filepath.Join(t.TempDir(), "graph"), t.TempDir()
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--out", dir); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	t.Setenv("TMPDIR", temp)
	for _, args := range [][]string{{"query", dir, "SELECT 1"}, {"query", dir, "SELEC"}, {"questions", "run", dir}, {"view", dir}, {"diff", dir, dir}} {
		jump(t, nil, args...)
		if list, err := os.ReadDir(temp); err != nil || len(list) > 0 {
			t.Errorf("%v leaves %v, %v", args, list, err)
		}
	}
}

func TestQuery_NamesTheTablesWhereOneIsNotThere(t *testing.T) {
	t.Parallel()
	code, _, stderr := jump(t, nil, "query", database(t), "SELECT * FROM jumpcloud_users")
	if code != exitUsage || !strings.Contains(stderr, "jumpcloud_group, ") || !strings.Contains(stderr, "did you mean jumpcloud_user?") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
