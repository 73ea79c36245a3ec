package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// copyOf makes a copy of a database, and changes it by statements.
func copyOf(t *testing.T, path, statements string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "graph.db")
	if err := os.WriteFile(at, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if statements == "" {
		return at
	}
	conn, err := driver.OpenConn(at, driver.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sqlitex.ExecuteScript(conn, statements, nil), conn.Close()); err != nil {
		t.Fatal(err)
	}
	return at
}

// verified opens a database and compares it with its hash.
func verified(path string) error {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(db.Verify(context.Background()), db.Close())
}

func demoDatabase(t *testing.T) string {
	t.Helper()
	path, _ := collectBoth(t, []*jumpcloudtest.Organization{jumpcloudtest.Demo()})
	return path
}

// nowhere is a sink that counts what it gets.
type nowhere struct{ batches, commits int }

func (*nowhere) Begin(context.Context, jumpgraph.Run) error { return nil }

func (n *nowhere) Entities(context.Context, string, []entities.Entity) error {
	n.batches++
	return nil
}

func (n *nowhere) Relationships(context.Context, string, []relationships.Relationship) error {
	n.batches++
	return nil
}

func (n *nowhere) Commit(context.Context, *jumpgraph.Manifest) error {
	n.commits++
	return nil
}

func (*nowhere) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }

// TestVerify_NoticesEveryChange changes databases by SQL. Fewer rows than the manifest counts are noticed by Open.
func TestVerify_NoticesEveryChange(t *testing.T) {
	t.Parallel()
	path := demoDatabase(t)
	if err := verified(path); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		statements string
		opens      bool
	}{
		"a user is deleted":           {"DELETE FROM jumpcloud_user WHERE rowid = 1", false},
		"all edges are deleted":       {"DELETE FROM jumpcloud_group_has_user", false},
		"an edge is added":            {"INSERT INTO jumpcloud_account_has_user (_organization, _fromEntityKey, _toEntityKey) SELECT _organization, 'x', 'y' FROM jumpcloud_account_has_user LIMIT 1", false},
		"a value is another":          {"UPDATE jumpcloud_user SET suspended = 1 - suspended WHERE rowid = 2", true},
		"a value is gone":             {"UPDATE jumpcloud_user SET email = NULL WHERE rowid = 2", true},
		"the manifest follows":        {"DELETE FROM jumpcloud_user WHERE rowid = 1; UPDATE manifest SET json = json_set(json, '$.entities.jumpcloud_user', json_extract(json, '$.entities.jumpcloud_user') - 1)", true},
		"a collection is complete":    {"UPDATE collection SET reason = 'x'", true},
		"a value is not assumed":      {"DELETE FROM unknown; INSERT INTO unknown VALUES ('o', 't', 'k', 'p', 'assumed', 1)", true},
		"people are gone":             {"DELETE FROM employee", true},
		"an index is gone":            {"DROP INDEX employee_email", true},
		"a table is a view":           {"ALTER TABLE source RENAME TO other; CREATE VIEW source AS SELECT * FROM other", true},
		"the hash is empty":           {"UPDATE checksum SET sha256 = ''", true},
		"there is no hash":            {"DELETE FROM checksum", true},
		"the hash is that of nothing": {"UPDATE checksum SET sha256 = '" + strings.Repeat("0", 64) + "'", true},
		"there is no place for it":    {"DROP TABLE checksum", false},
	} {
		changed := copyOf(t, path, tt.statements)
		db, err := sqlite.Open(changed)
		if (err == nil) != tt.opens {
			t.Errorf("%s: Open: %v", name, err)
		}
		if err != nil {
			continue
		}
		if err := db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "collect again") {
			t.Errorf("%s: Verify: %v", name, err)
		}
		sink := &nowhere{}
		if err := jumpgraph.Replay(t.Context(), db, sink); err == nil || sink.batches+sink.commits > 0 {
			t.Errorf("%s: Replay: %v after %d batches and %d commits", name, err, sink.batches, sink.commits)
		}
		if err := db.Relationships(t.Context(), func(string, []relationships.Relationship) error { return nil }); err == nil {
			t.Errorf("%s: the relationships are believed", name)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestVerify_NoticesADamagedByte damages each page of a database, one at a time.
func TestVerify_NoticesADamagedByte(t *testing.T) {
	t.Parallel()
	path := copyOf(t, demoDatabase(t), "")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	own := column(t, db, "SELECT rootpage FROM sqlite_schema WHERE name = 'checksum'")[0].(int64)
	const size = 8192
	for page := range int64(len(whole) / size) {
		for _, at := range []int64{150, size / 2, size - 1} {
			if page+1 == own && at != size-1 { // the page that has the hash, which stands at its end
				continue
			}
			damaged := append([]byte(nil), whole...)
			damaged[page*size+at] ^= 0x40
			if err := os.WriteFile(path+"2", damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := verified(path + "2"); err == nil {
				t.Errorf("byte %d of page %d is another, and nobody notices", at, page+1)
			}
		}
	}
	for _, n := range []int{1, size, len(whole) / 2} {
		if err := os.WriteFile(path+"2", whole[:len(whole)-n], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := verified(path + "2"); err == nil {
			t.Errorf("%d bytes are missing, and nobody notices", n)
		}
	}
	if err := os.WriteFile(path+"2", append(whole, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verified(path + "2"); err == nil {
		t.Error("there is a byte more, and nobody notices")
	}
}

// TestVerify_HoldsForTheOpenDatabase also when its path leads somewhere else, or nowhere, by then.
func TestVerify_HoldsForTheOpenDatabase(t *testing.T) {
	t.Parallel()
	path := copyOf(t, demoDatabase(t), "")
	db := open(t, path)
	if err := os.Remove(path); err != nil {
		t.Skip("this system keeps open files:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	for range 2 {
		if err := db.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestVerify_HoldsForAPartialDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/api/v2/usergroups", Status: 403}); !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatal(err)
	}
	if err := verified(sqlite.PartialPath(path)); err != nil {
		t.Error(err)
	}
	if err := verified(copyOf(t, sqlite.PartialPath(path), "DELETE FROM jumpcloud_user")); err == nil {
		t.Error("rows are gone, and nobody notices")
	}
}

func TestCheck_HandsOnWhatSQLiteFinds(t *testing.T) {
	t.Parallel()
	path := demoDatabase(t)
	findings := func(path string) (list []string) {
		db := open(t, path)
		if err := db.Check(t.Context(), func(f string) { list = append(list, f) }); err != nil {
			t.Error(err)
		}
		if _, err := db.Query(t.Context(), "PRAGMA integrity_check", nil, func([]any) error { return nil }); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("after it, a statement may do more than read: %v", err)
		}
		return list
	}
	if list := findings(path); len(list) > 0 {
		t.Errorf("a good database: %q", list)
	}
	changed := copyOf(t, path, `PRAGMA writable_schema = ON;
		UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'jumpcloud_user_is_employee_from') WHERE name = 'employee_email';`)
	if list := findings(changed); len(list) == 0 {
		t.Error("an index that is that of another table: nothing was found")
	}
}

func TestSink_RefusesAManifestThatCountsSomethingElse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	s := sqlite.New(path)
	if err := s.Begin(t.Context(), jumpgraph.Run{}); err != nil {
		t.Fatal(err)
	}
	m := &jumpgraph.Manifest{
		Status: jumpgraph.Complete, Organizations: []*jumpgraph.Organization{{ID: "o", Collections: []*jumpgraph.Collection{}}},
		Entities: map[string]int64{"jumpcloud_user": 1}, Relationships: map[string]int64{},
	}
	if err := s.Commit(t.Context(), m); err == nil || !strings.Contains(err.Error(), "counts 1 of jumpcloud_user") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a database: %v", err)
	}
}

// TestOpen_RefusesAManifestThatSaysNothing also where it is JSON.
func TestOpen_RefusesAManifestThatSaysNothing(t *testing.T) {
	t.Parallel()
	path := demoDatabase(t)
	for _, set := range []string{
		"json = 'null'", "json = ''", "json = '{}'", "json = '[]'", `json = '{"status":"complete"}'`, "json = json_set(json, '$.organizations', json('[]'))",
		"json = json_set(json, '$.organizations', NULL)", "json = json_set(json, '$.organizations', json('[null]'))", "json = json_set(json, '$.organizations', json('[{}]'))",
		"json = json_set(json, '$.organizations[0].collections', NULL)", "json = json_set(json, '$.organizations[0].collections[1]', NULL)",
		"json = json_set(json, '$.organizations[0].collections[1]', json('{}'))", "json = json_set(json, '$.entities', NULL)", "json = json_set(json, '$.relationships', NULL)",
		"json = json_set(json, '$.status', NULL)", "json = json_set(json, '$.status', 'fine')",
	} {
		if db, err := sqlite.Open(copyOf(t, path, "UPDATE manifest SET "+set)); !errors.Is(err, jumpgraph.ErrNoResult) {
			t.Errorf("%s: got %v, %v; want ErrNoResult", set, db, err)
		}
	}
	if db, err := sqlite.Open(copyOf(t, path, "DELETE FROM manifest")); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("no manifest: got %v, %v; want ErrNoResult", db, err)
	}
}
