package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// open opens a database for a test.
func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// column returns the first column of what a query gives.
func column(t *testing.T, db *sqlite.DB, query string) []any {
	t.Helper()
	var list []any
	if _, err := db.Query(t.Context(), query, nil, func(values []any) error {
		list = append(list, values[0])
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}

func TestSink_KeepsItsPromises(t *testing.T) {
	t.Parallel()
	sinktest.Run(t, sinktest.Target{
		New: sqlite.New,
		Read: func(place string) ([]string, error) {
			if _, err := os.Stat(place); errors.Is(err, os.ErrNotExist) {
				return nil, nil
			}
			db, err := sqlite.Open(place)
			if err != nil {
				return nil, err
			}
			var keys []string
			for _, typ := range schemas.Types() {
				if _, err := db.Query(context.Background(), "SELECT _key FROM "+typ, nil, func(values []any) error {
					keys = append(keys, values[0].(string))
					return nil
				}); err != nil {
					return nil, err
				}
			}
			return keys, db.Close()
		},
	})
}

// collectBoth collects organizations into a database and a directory.
func collectBoth(t *testing.T, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) (db, dir string) {
	t.Helper()
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	db, dir = filepath.Join(t.TempDir(), "graph.db"), filepath.Join(t.TempDir(), "graph")
	for _, sink := range []jumpgraph.Sink{sqlite.New(db), jsonl.New(dir)} {
		c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jumpgraph.Collect(t.Context(), c, sink, options...); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	return db, dir
}

// TestReplay_GivesWhatJSONLinesHold proves that a database loses nothing: read back, it gives the same bytes.
func TestReplay_GivesWhatJSONLinesHold(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 300, Groups: 20, GroupMembers: 15, Applications: 9, Systems: 120, AppleDevices: 30}
	second := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	id := "60000000000000000000000b"
	second.Self["_id"], second.Self["id"] = id, id
	for _, u := range second.SystemUsers {
		u["organization"] = id
	}
	for name, tt := range map[string]struct {
		orgs    []*jumpcloudtest.Organization
		options []jumpgraph.Option
	}{
		"demo":          {[]*jumpcloudtest.Organization{jumpcloudtest.Demo()}, nil},
		"with raw data": {[]*jumpcloudtest.Organization{jumpcloudtest.Demo()}, []jumpgraph.Option{jumpgraph.WithRaw()}},
		"synthetic":     {[]*jumpcloudtest.Organization{jumpcloudtest.Synthetic(1, size)}, nil},
		"organizations": {[]*jumpcloudtest.Organization{jumpcloudtest.Synthetic(1, size), second}, []jumpgraph.Option{jumpgraph.AllOrgs()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, dir := collectBoth(t, tt.orgs, tt.options...)
			again := filepath.Join(t.TempDir(), "again")
			if err := jumpgraph.Replay(t.Context(), open(t, path), jsonl.New(again)); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{jsonl.EntitiesName, jsonl.RelationshipsName} {
				want, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(filepath.Join(again, file))
				if err != nil {
					t.Fatal(err)
				}
				if string(want) != string(got) {
					t.Errorf("%s (-collected +read back):\n%s", file, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
				}
			}
		})
	}
}

func TestSchema_HasATableForEveryTypeAndAColumnForEveryProperty(t *testing.T) {
	t.Parallel()
	path, _ := collectBoth(t, []*jumpcloudtest.Organization{jumpcloudtest.Demo()})
	db := open(t, path)
	for _, typ := range schemas.Types() {
		s, err := db.Describe("SELECT * FROM " + typ)
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		if slices.ContainsFunc(s.Reads, func(c graphsql.Column) bool { return c.Table != typ }) {
			t.Errorf("%s reads %v", typ, s.Reads)
		}
		if len(s.Columns) < 4 {
			t.Errorf("%s has only the columns %v", typ, s.Columns)
		}
	}
	if n := column(t, db, "SELECT count(*) FROM jumpcloud_user")[0]; n != db.Manifest().Entities["jumpcloud_user"] {
		t.Errorf("%v users in the table, %d in the manifest", n, db.Manifest().Entities["jumpcloud_user"])
	}
	for _, r := range relationships.Rules() {
		if n := column(t, db, "SELECT count(*) FROM "+r.Type)[0]; n != db.Manifest().Relationships[r.Type] {
			t.Errorf("%v rows in %s, %d in the manifest", n, r.Type, db.Manifest().Relationships[r.Type])
		}
	}
}

// collectWith collects the demonstration into a database, with one route that answers otherwise.
func collectWith(t *testing.T, path string, fault jumpcloudtest.Fault) error {
	t.Helper()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	defer s.Close()
	s.Inject(fault)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = jumpgraph.Collect(t.Context(), c, sqlite.New(path))
	return err
}

func TestAbort_LeavesWhatWasReadBesideTheResult(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	err := collectWith(t, path, jumpcloudtest.Fault{Path: "/api/applications", Status: 403})
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a run that is not complete left a result")
	}
	partial := open(t, sqlite.PartialPath(path))
	if got := column(t, partial, "SELECT status FROM manifest"); got[0] != "partial" {
		t.Errorf("the manifest says %v", got)
	}
	if got := column(t, partial, "SELECT status FROM collection WHERE name = 'applications'"); got[0] != "forbidden" {
		t.Errorf("the collection of the applications is %v, want forbidden", got)
	}
	if got := column(t, partial, "SELECT count(*) FROM jumpcloud_user"); got[0] == int64(0) {
		t.Error("the users that were read are not there")
	}
	if err := jumpgraph.Replay(t.Context(), partial, jsonl.New(t.TempDir())); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a partial database can be replayed: %v", err)
	}
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(sqlite.PartialPath(path)); !errors.Is(err, os.ErrNotExist) {
		t.Error("the partial database outlived the complete run")
	}
}

// TestAbort_LeavesAResultUnderThePartialName: neither a partial run nor a complete one touches it, or a link.
func TestAbort_LeavesAResultUnderThePartialName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	other := sqlite.PartialPath(path)
	none := jumpcloudtest.Fault{Path: "/none"}
	if err := collectWith(t, other, none); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		if after, err := os.ReadFile(other); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s touched a result: %v", when, err)
		}
	}
	forbidden := jumpcloudtest.Fault{Path: "/api/applications", Status: 403}
	if err := collectWith(t, path, forbidden); !errors.Is(err, jumpgraph.ErrIncomplete) || !strings.Contains(err.Error(), "holds a result") {
		t.Errorf("got %v", err)
	}
	check("a partial run")
	if err := collectWith(t, path, none); err != nil {
		t.Fatal(err)
	}
	check("a complete run")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.Remove(other), os.WriteFile(elsewhere, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, other); err != nil {
		t.Skipf("no symlinks here: %v", err)
	}
	if err := collectWith(t, path, forbidden); !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	if info, err := os.Lstat(other); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("a link was replaced: %v", err)
	}
}

func TestBegin_RefusesForeignFilesBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	busy := filepath.Join(dir, "busy.db")
	if err := collectWith(t, busy, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(busy+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		foreign: "not a database of jumpgraph", dir: "is a directory", filepath.Join(foreign, "graph.db"): "not a directory", busy: "another program",
	} {
		err := sqlite.New(path).Begin(t.Context(), jumpgraph.Run{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if b, err := os.ReadFile(foreign); err != nil || string(b) != "mine" {
		t.Errorf("the foreign file holds %q, %v", b, err)
	}
}

func TestQuery_OnlyReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	other := filepath.Join(t.TempDir(), "other.db")
	for _, statement := range []string{
		"DELETE FROM jumpcloud_user", "UPDATE jumpcloud_user SET sudo = 0", "DROP TABLE jumpcloud_user", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)",
		"ATTACH '" + other + "' AS other", "VACUUM INTO '" + other + "'", "PRAGMA query_only = OFF", "PRAGMA journal_mode = WAL", "BEGIN",
		"INSERT INTO unknown VALUES ('', '', '', '')", "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM jumpcloud_user", "", "-- nothing", "SELEC 1",
		"SELECT nothing FROM jumpcloud_user", "WITH x AS (SELECT 1) DELETE FROM jumpcloud_user", "SELECT load_extension('x')", "SELECT ?", "REINDEX", "ANALYZE",
	} {
		_, err := db.Query(t.Context(), statement, nil, func([]any) error { return nil })
		if err == nil {
			t.Errorf("%q was accepted", statement)
		}
	}
	if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
		t.Error("a statement made another file")
	}
	if after, err := os.ReadFile(path); err != nil || string(before) != string(after) {
		t.Errorf("a statement changed the database, %v", err)
	}
	for _, statement := range []string{
		"SELECT 1;", " select count(*) from jumpcloud_user ; -- all\n", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n",
		"PRAGMA table_info(jumpcloud_user)", "SELECT json_extract('[1]', '$[0]')", "EXPLAIN QUERY PLAN SELECT 1",
	} {
		if _, err := db.Query(t.Context(), statement, nil, func([]any) error { return nil }); err != nil {
			t.Errorf("%q: %v", statement, err)
		}
	}
}

// TestQuery_TellsMistakesFromDamage: what a statement does wrong when it runs is a wrong use, too.
func TestDB_NeedsAFunctionThatTakes(t *testing.T) {
	t.Parallel()
	path, _ := collectBoth(t, []*jumpcloudtest.Organization{jumpcloudtest.Demo()})
	db := open(t, path)
	_, query := db.Query(t.Context(), "SELECT 1", nil, nil)
	for _, err := range []error{query, db.Entities(t.Context(), nil), db.Relationships(t.Context(), nil)} {
		if err == nil || !strings.HasPrefix(err.Error(), "sqlite: ") {
			t.Errorf("reading without a function gave %v, want an error of this package", err)
		}
	}
}

func TestQuery_TellsMistakesFromDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	for _, statement := range []string{
		"SELECT abs(-9223372036854775807 - 1)", "SELECT json_extract('x', '$.a')", "SELECT load_extension('x')", "SELECT zeroblob(100000000)",
	} {
		if _, err := db.Query(t.Context(), statement, nil, func([]any) error { return nil }); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("%s: %v, want ErrUsage", statement, err)
		}
	}
}

func TestQuery_ParametersAreNamed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	var got []any
	row := func(values []any) error { got = append(got, values...); return nil }
	args := map[string]any{"text": "it's", "n": int64(7), "f": 1.5}
	if _, err := db.Query(t.Context(), "SELECT :text, :n, :f, :missing", args, row); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"it's", int64(7), 1.5, nil}, got); diff != "" {
		t.Errorf("values (-bound +read):\n%s", diff)
	}
	if _, err := db.Query(t.Context(), "SELECT :a", map[string]any{"b": "x"}, row); !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), ":b") {
		t.Errorf("a parameter that the statement does not have: %v", err)
	}
	stop := errors.New("enough")
	if _, err := db.Query(t.Context(), "SELECT * FROM jumpcloud_user", nil, func([]any) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of row gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	endless := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
	if _, err := db.Query(ctx, endless, nil, row); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled query gives %v", err)
	}
}

func TestOpen_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("x", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "odd name?#%20.db")
	if err := collectWith(t, whole, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	open(t, whole)
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.db")
	if err := os.WriteFile(cut, b[:9000], 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	b[63] = 99 // the version of the tables
	if err := os.WriteFile(newer, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		text: "not a database of jumpgraph", dir: "not a database", filepath.Join(dir, "none"): "no such file", cut: "cut.db", newer: "have version 99",
	} {
		if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

func TestHash_NoticesThatTheFileWasReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	if f, err := db.Hash(); err != nil || len(f.SHA256) != 64 || f.Name != "graph.db" {
		t.Errorf("hash %+v, %v", f, err)
	}
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Hash(); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("a replaced file: %v", err)
	}
	if n := column(t, db, "SELECT count(*) FROM jumpcloud_user"); n[0] == int64(0) {
		t.Error("a reader of the old file lost it")
	}
}

// TestSink_KeepsAssumedValuesAsUnknown proves that what JumpCloud did not say is null in SQL, and that it is known how many
// rows that concerns when the database was made of files, which do not say which rows they are.
func TestSink_KeepsAssumedValuesAsUnknown(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	for _, i := range []int{2, 5} {
		delete(org.SystemUsers[i], "sudo")
	}
	path, dir := collectBoth(t, []*jumpcloudtest.Organization{org})
	db := open(t, path)
	want := []any{org.SystemUsers[2].ID(), org.SystemUsers[5].ID()}
	if diff := cmp.Diff(want, column(t, db, "SELECT _key FROM jumpcloud_user WHERE sudo IS NULL ORDER BY _key")); diff != "" {
		t.Errorf("users whose sudo is unknown (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, column(t, db, "SELECT _key FROM unknown WHERE property = 'sudo' ORDER BY _key")); diff != "" {
		t.Errorf("users named as assumed (-want +got):\n%s", diff)
	}
	again := filepath.Join(t.TempDir(), "again.db")
	source, err := jsonl.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(jumpgraph.Replay(t.Context(), source, sqlite.New(again)), source.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, column(t, open(t, again), "SELECT _key FROM unknown WHERE property = 'sudo' AND why = 'assumed' ORDER BY _key")); diff != "" {
		t.Errorf("made of files, the database names other users as assumed (-want +got):\n%s", diff)
	}
}

func TestDescribe_SaysWhatAStatementReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).Describe("SELECT u.email AS mail, (SELECT count(*) FROM jumpcloud_group) FROM jumpcloud_user u WHERE sudo AND u.createdOn < :now")
	if err != nil {
		t.Fatal(err)
	}
	want := graphsql.Statement{
		Columns:    []string{"mail", "(SELECT count(*) FROM jumpcloud_group)"},
		Parameters: []string{"now"},
		Reads: []graphsql.Column{
			{Table: "jumpcloud_group"},
			{Table: "jumpcloud_user", Name: "createdOn"},
			{Table: "jumpcloud_user", Name: "email"},
			{Table: "jumpcloud_user", Name: "sudo"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
}

func TestQuery_TellsColumnsOfTheSameNameApart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	for query, want := range map[string][]string{
		"SELECT 1 AS a, 2 AS b, 3 AS a; -- two":                          {"a", "b", "a:1"},
		"SELECT u.name, g.name FROM jumpcloud_user u, jumpcloud_group g": {"name", "name:1"},
		"SELECT 1 AS a, 2 AS b":                                          {"a", "b"},
	} {
		got, err := db.Query(t.Context(), query, nil, func([]any) error { return nil })
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: columns (-want +got):\n%s", query, diff)
		}
	}
}

// TestSink_MakesOnePersonOfUsersWithOneAddress collects two organizations in which a person has users.
func TestSink_MakesOnePersonOfUsersWithOneAddress(t *testing.T) {
	t.Parallel()
	first, second := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 9}), jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	id := "60000000000000000000000b"
	second.Self["_id"], second.Self["id"] = id, id
	for i, u := range second.SystemUsers {
		uid := fmt.Sprintf("7%023d", i)
		u["organization"], u["_id"], u["id"] = id, uid, uid
		u["email"], u["samba_service_user"], u["employeeType"] = fmt.Sprintf("second%d@example.com", i), false, "employee"
	}
	for _, u := range first.SystemUsers {
		u["samba_service_user"], u["employeeType"] = false, "employee"
	}
	first.SystemUsers[0]["email"], second.SystemUsers[0]["email"] = "ann@example.com", " ANN@Example.COM"
	second.SystemUsers[1]["email"] = ""
	second.SystemUsers[2]["employeeType"] = "Service"
	second.SystemUsers[3]["samba_service_user"] = true
	path, _ := collectBoth(t, []*jumpcloudtest.Organization{first, second}, jumpgraph.AllOrgs())
	db := open(t, path)
	if n := column(t, db, "SELECT count(*) FROM employee"); n[0] != int64(9+1) {
		t.Errorf("%v people of 9 and 5 users, want 10: one has two users, three users are no person", n[0])
	}
	got := column(t, db, `SELECT e._organization || ' ' || u.username FROM employee p JOIN jumpcloud_user_is_employee e ON e.email = p.email
		JOIN jumpcloud_user u ON u._key = e._fromEntityKey WHERE p.email = 'ann@example.com' AND p.users = 2 ORDER BY 1`)
	want := []any{id + " " + second.SystemUsers[0]["username"].(string), first.Self.ID() + " " + first.SystemUsers[0]["username"].(string)}
	slices.SortFunc(want, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the users of ann@example.com (-want +got):\n%s", diff)
	}
}

// TestOpen_RefusesAManifestWithHoles opens databases whose manifest holds null, or nothing.
func TestOpen_RefusesAManifestWithHoles(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*jumpgraph.Manifest{
		"nothing":              {},
		"no organization":      {Status: jumpgraph.Complete, Organizations: []*jumpgraph.Organization{nil}},
		"no collection in one": {Status: jumpgraph.Complete, Organizations: []*jumpgraph.Organization{{Collections: []*jumpgraph.Collection{nil}}}},
	} {
		path := filepath.Join(t.TempDir(), "graph.db")
		s := sqlite.New(path)
		if err := s.Begin(t.Context(), jumpgraph.Run{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), m); err != nil {
			continue // so that there is no database either
		}
		if db, err := sqlite.Open(path); !errors.Is(err, jumpgraph.ErrNoResult) {
			t.Errorf("%s: got %v, %v; want ErrNoResult", name, db, err)
		}
	}
}
