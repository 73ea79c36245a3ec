package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

var (
	small = jumpcloudtest.Size{Users: 12, Groups: 4, GroupMembers: 4, Applications: 3, Systems: 8, AppleDevices: 3}
	ample = jumpcloudtest.Size{Users: 300, Groups: 20, GroupMembers: 15, Applications: 9, Systems: 120, AppleDevices: 30}
)

// one organization in a list.
func org(o *jumpcloudtest.Organization) []*jumpcloudtest.Organization {
	return []*jumpcloudtest.Organization{o}
}

// TestSink_KeepsItsPromises: a place of sinktest becomes a schema.
func TestSink_KeepsItsPromises(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	var mu sync.Mutex
	schemas := map[string]string{}
	at := func(place string) postgres.Options {
		mu.Lock()
		defer mu.Unlock()
		if schemas[place] == "" {
			schemas[place] = fmt.Sprintf("%s_%d", o.Schema, len(schemas))
		}
		return postgres.Options{Schema: schemas[place]}
	}
	t.Cleanup(func() {
		for _, s := range schemas {
			if _, err := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+s+" CASCADE"); err != nil {
				t.Error(err)
			}
		}
	})
	id := jumpcloudtest.Demo().Self.ID()
	sinktest.Run(t, sinktest.Target{
		New: func(place string) jumpgraph.Sink { return postgres.New(pool, at(place)) },
		Read: func(place string) ([]string, error) {
			where := at(place)
			db, err := postgres.Open(context.Background(), pool, where)
			if errors.Is(err, jumpgraph.ErrNoResult) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			// sinktest replaces one organization by another; here each has its place. The demonstration is the newer one.
			ids := []string{}
			for _, o := range db.Manifest().Organizations {
				ids = append(ids, o.ID)
			}
			if err := db.Close(); err != nil {
				return nil, err
			}
			where.Organizations = ids
			if len(ids) > 1 {
				where.Organizations = []string{id}
			}
			if db, err = postgres.Open(context.Background(), pool, where); err != nil {
				return nil, err
			}
			r := &sinktest.Recording{}
			err = jumpgraph.Replay(context.Background(), db, r)
			return r.Keys(), errors.Join(err, db.Close())
		},
	})
}

// TestSink_HoldsWhatFilesAndSQLiteHold compares the three forms of a result, object by object.
func TestSink_HoldsWhatFilesAndSQLiteHold(t *testing.T) {
	t.Parallel()
	odd := jumpcloudtest.Synthetic(5, small)
	odd.SystemUsers[0]["firstname"] = 17
	odd.SystemUsers[1]["mfa"] = "no"
	odd.SystemUsers[2]["suspended"] = "perhaps"
	odd.SystemUsers[3]["lastname"] = "Tab\there, line\nand\r\\N and \\. and \"quoted\" 日本"
	delete(odd.SystemUsers[4], "sudo")
	for name, tt := range map[string]struct {
		orgs    []*jumpcloudtest.Organization
		options []jumpgraph.Option
	}{
		"demo":          {org(jumpcloudtest.Demo()), nil},
		"raw data":      {org(jumpcloudtest.Demo()), []jumpgraph.Option{jumpgraph.WithRaw()}},
		"synthetic":     {org(jumpcloudtest.Synthetic(1, ample)), nil},
		"another":       {org(jumpcloudtest.Synthetic(2, small)), nil},
		"odd values":    {org(odd), []jumpgraph.Option{jumpgraph.WithRaw()}},
		"organizations": {[]*jumpcloudtest.Organization{jumpcloudtest.Synthetic(1, ample), jumpcloudtest.Synthetic(2, small)}, []jumpgraph.Option{jumpgraph.AllOrgs()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, o := connect(t)
			files := asFiles(t, tt.orgs, tt.options...)
			path := filepath.Join(t.TempDir(), "graph.db")
			_, err := collect(t, sqlite.New(path), tt.orgs, tt.options...)
			must(t, err)
			lite, err := sqlite.Open(path)
			must(t, err)
			t.Cleanup(func() { _ = lite.Close() })
			for _, run := range []string{"first", "second"} {
				_, err := collect(t, postgres.New(pool, o), tt.orgs, tt.options...)
				must(t, err)
				db := open(t, pool, o)
				want := content(t, lite)
				if d := cmp.Diff(want, content(t, db)); d != "" {
					t.Errorf("%s run: SQLite and PostgreSQL differ (-SQLite +PostgreSQL):\n%s", run, d)
				}
				for _, other := range []jumpgraph.Source{files, lite} {
					_, err := diff.Between(t.Context(), other, db, func(c diff.Change) error {
						t.Errorf("%s run: %s %s %s: %v", run, c.Kind, c.Type, c.Key, c.Properties)
						return nil
					})
					must(t, err)
				}
				for _, typ := range schemas.Types() {
					is, want := one[int64](t, pool, o, "SELECT count(*) FROM $S."+typ), files.Manifest().Entities[typ]+files.Manifest().Relationships[typ]
					if told := db.Manifest().Entities[typ] + db.Manifest().Relationships[typ]; is != want || told != want {
						t.Errorf("%s: %d rows, the manifest says %d, want %d", typ, is, told, want)
					}
				}
				if d := cmp.Diff(people(t, lite), peopleOf(t, pool, o)); d != "" {
					t.Errorf("people (-SQLite +PostgreSQL):\n%s", d)
				}
				if n := one[int](t, pool, o, "SELECT count(*) FROM $S.changes"); n != 0 {
					t.Errorf("%s run: %d changes are recorded, want none: nothing has changed", run, n)
				}
			}
			for _, table := range []string{"collection", "unknown", "source"} {
				query := "SELECT count(*) FROM " + table
				is, want := one[int64](t, pool, o, strings.Replace(query, table, "$S."+table, 1)), sqliteRows(t, lite, query)[0][0]
				if any(is) != want {
					t.Errorf("the table %s has %d rows, in SQLite %v", table, is, want)
				}
			}
		})
	}
}

func sqliteRows(t *testing.T, db *sqlite.DB, query string) (all [][]any) {
	t.Helper()
	_, err := db.Query(t.Context(), query, nil, func(values []any) error {
		all = append(all, slices.Clone(values))
		return nil
	})
	must(t, err)
	return all
}

const peopleQuery = "SELECT email, name, firstName, lastName, employeeType, employeeId, title, users FROM "

func people(t *testing.T, db *sqlite.DB) (all [][]any) {
	t.Helper()
	return sqliteRows(t, db, peopleQuery+"employee ORDER BY email")
}

func peopleOf(t *testing.T, pool querier, o postgres.Options) (all [][]any) {
	t.Helper()
	rows, err := pool.Query(t.Context(), peopleQuery+o.Schema+".employee ORDER BY email")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		must(t, err)
		all = append(all, values)
	}
	must(t, rows.Err())
	return all
}

// TestSink_NeverMixesOrganizations writes some together and others alone.
func TestSink_NeverMixesOrganizations(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	var orgs []*jumpcloudtest.Organization
	for seed := range uint64(5) {
		orgs = append(orgs, jumpcloudtest.Synthetic(10+seed, small))
	}
	orgs[1].SystemUsers[0]["email"] = orgs[0].SystemUsers[0]["email"]
	_, err := collect(t, postgres.New(pool, o), orgs[:3], jumpgraph.AllOrgs())
	must(t, err)
	for _, one := range orgs[3:] {
		_, err := collect(t, postgres.New(pool, o), org(one))
		must(t, err)
	}
	orgs[1].SystemUsers = orgs[1].SystemUsers[:6]
	_, err = collect(t, postgres.New(pool, o), org(orgs[1]))
	must(t, err)
	for i, each := range orgs {
		where := o
		where.Organizations = []string{each.Self.ID()}
		holds(t, pool, where, fmt.Sprint("organization ", i), asFiles(t, org(each)))
	}
	holds(t, pool, o, "all", asFiles(t, orgs, jumpgraph.AllOrgs()))
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.changes WHERE _organization <> $1", orgs[1].Self.ID()); n != 0 {
		t.Errorf("%d changes of organizations that did not change", n)
	}
	o.Organizations = []string{"nobody"}
	_, err = postgres.Open(t.Context(), pool, o)
	refused(t, "an organization that is not there", err, jumpgraph.ErrNoResult, "nobody")
}

// TestSink_RefusesAnOlderRunThatComesLate: two runs of an organization, of which the one that began first ends last.
func TestSink_RefusesAnOlderRunThatComesLate(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	mine, theirs := jumpcloudtest.Synthetic(1, small), jumpcloudtest.Synthetic(1, small)
	theirs.SystemUsers[0]["firstname"] = "Newer"
	older, newer := record(t, org(mine)), record(t, org(theirs))
	late, early := postgres.New(pool, o), postgres.New(pool, o)
	must(t, older.Write(t.Context(), late, -1))
	must(t, newer.Write(t.Context(), early, -1))
	must(t, early.Commit(t.Context(), newer.Manifest()))
	before := one[string](t, pool, o, "SELECT o::text || (SELECT count(*) FROM $S.changes) FROM $S.organization o")
	err := late.Commit(t.Context(), older.Manifest())
	refused(t, "a late run", err, postgres.ErrStale, mine.Self.ID())
	m := older.Manifest()
	m.Status, m.Reason = jumpgraph.Partial, "late"
	must(t, late.Abort(t.Context(), m, err))
	holds(t, pool, o, "after the late run", asFiles(t, org(theirs)))
	if after := one[string](t, pool, o, "SELECT o::text || (SELECT count(*) FROM $S.changes) FROM $S.organization o"); after != before {
		t.Errorf("the late run wrote something: %s, before %s", after, before)
	}
}

// TestSink_TwoRunsAtOnce: many runs of one organization end at the same moment; the one that began last wins, whatever comes first.
func TestSink_TwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	const runs = 6
	sinks, recordings, files := make([]jumpgraph.Sink, runs), make([]*recording, runs), make([]jumpgraph.Source, runs)
	for i := range runs {
		state := jumpcloudtest.Synthetic(1, small)
		state.SystemUsers[i]["firstname"] = fmt.Sprint("Run ", i)
		recordings[i], sinks[i], files[i] = record(t, org(state)), postgres.New(pool, o), asFiles(t, org(state))
		must(t, recordings[i].Write(t.Context(), sinks[i], -1))
	}
	var group sync.WaitGroup
	errs := make([]error, runs)
	for i := range runs {
		group.Go(func() { errs[i] = sinks[i].Commit(t.Context(), recordings[i].Manifest()) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil && !errors.Is(err, postgres.ErrStale) {
			t.Errorf("run %d: %v", i, err)
		}
	}
	if errs[runs-1] != nil {
		t.Errorf("the last run: %v", errs[runs-1])
	}
	holds(t, pool, o, "in the end", files[runs-1])
}

// TestSink_APartialRunLeavesTheRows, and what it says is kept beside them.
func TestSink_APartialRunLeavesTheRows(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	forbidden := func() {
		t.Helper()
		server := jumpcloudtest.NewServer(state)
		defer server.Close()
		server.Inject(jumpcloudtest.Fault{Path: "/systems", Status: 403})
		m, err := collectFrom(t, postgres.New(pool, o), server)
		if err == nil || m.Status != jumpgraph.Partial {
			t.Fatalf("the run is %v, %v; the test needs a partial one", m, err)
		}
	}
	forbidden()
	if _, err := postgres.Open(t.Context(), pool, o); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a partial first run: got %v, want ErrNoResult", err)
	}
	_, err := collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	want := asFiles(t, org(state))
	const partial = "SELECT coalesce(status || ' ' || partialReason || ' ' || (partialManifest::jsonb->>'status'), '') FROM $S.organization"
	if said := one[string](t, pool, o, partial); said != "" {
		t.Errorf("after a complete run the partial one is still noted: %s", said)
	}
	state.SystemUsers = state.SystemUsers[:3]
	forbidden()
	holds(t, pool, o, "after a partial run", want)
	if said := one[string](t, pool, o, partial); !strings.HasPrefix(said, "complete ") || !strings.HasSuffix(said, " partial") || !strings.Contains(said, "403") {
		t.Errorf("beside the rows stands %q, want why the run was not complete", said)
	}
	s := postgres.New(pool, o)
	r := record(t, org(state))
	must(t, r.Write(t.Context(), s, -1))
	m := r.Manifest()
	m.Status = jumpgraph.Partial
	refused(t, "Commit of a partial run", s.Commit(t.Context(), m), nil, "Abort")
	holds(t, pool, o, "after it", want)
}

// TestOpen_SeesOneMomentWhileRunsGoOn: readers meet the old state or the new one, and a reader that stays sees what it saw.
func TestOpen_SeesOneMomentWhileRunsGoOn(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	states := map[string]int{}
	recordings := make([]*recording, 2)
	for i := range recordings {
		state := jumpcloudtest.Synthetic(1, small)
		if i == 1 {
			change1(state, 1)
		}
		recordings[i] = record(t, org(state))
		states[strings.Join(content(t, asFiles(t, org(state))), "\n")] = i
	}
	store(t, postgres.New(pool, o), recordings[0])
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reading := context.WithoutCancel(ctx) // a reader that has begun reads to the end
	var readers sync.WaitGroup
	seen := make([]map[int]int, 2)
	for r := range seen {
		seen[r] = map[int]int{}
		readers.Go(func() {
			for ctx.Err() == nil {
				db, err := postgres.Open(reading, pool, o)
				if err != nil {
					t.Error(err)
					return
				}
				first, err := contentOf(reading, db)
				again, err2 := contentOf(reading, db)
				if err := errors.Join(err, err2, db.Close()); err != nil { //nolint:contextcheck // Close takes none
					t.Error(err)
					return
				}
				i, known := states[strings.Join(first, "\n")]
				if !known {
					t.Error("a reader saw a state that no run has made")
				}
				if !slices.Equal(first, again) {
					t.Error("a reader saw two states in one snapshot")
				}
				seen[r][i]++
			}
		})
	}
	for i := range 60 {
		store(t, postgres.New(pool, o), recordings[(i+1)%2])
	}
	stop()
	readers.Wait()
	for _, s := range seen {
		if s[0]+s[1] == 0 {
			t.Error("a reader has seen nothing")
		}
	}
}

// TestSink_TextsThatPostgreSQLCannotHold are replaced, and counted.
func TestSink_TextsThatPostgreSQLCannotHold(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	long := strings.Repeat("long \t\n\\ ", 1<<20/12-10) // as JSON just below 1 MB, which is the limit of a text
	state.SystemUsers[0]["firstname"] = "a\x00b\x00c"
	state.SystemUsers[1]["description"] = long
	state.Systems[0]["hostname"] = "half \xff and \x00"
	r := record(t, org(state), jumpgraph.WithRaw())
	s := postgres.New(pool, o)
	must(t, r.Write(t.Context(), s, -1))
	user := *userOf(t, r, state.SystemUsers[2].ID())
	user.Meta = entities.Meta{Key: "invalid", Type: user.Type, Class: user.Class, RawData: []entities.RawData{{
		Name: "default", RawData: []byte(`{"a":"\u0000 \\u0000 \ud800 \ud83d\ude00 \udc00","n":1e999999}`),
	}}}
	user.FirstName = "not UTF-8: \xff\xfe"
	id := state.Self.ID()
	must(t, s.Entities(t.Context(), id, []entities.Entity{&user}))
	m := r.Manifest()
	must(t, s.Commit(t.Context(), m))

	name := func(key string) string {
		return one[string](t, pool, o, "SELECT firstName FROM $S.jumpcloud_user WHERE _key = $1", key)
	}
	if got := name(state.SystemUsers[0].ID()); got != "a\uFFFDb\uFFFDc" {
		t.Errorf("U+0000 became %q, want U+FFFD", got)
	}
	if got := name("invalid"); got != "not UTF-8: \uFFFD" {
		t.Errorf("bytes that are no text became %q, want U+FFFD", got)
	}
	if got := one[string](t, pool, o, "SELECT description FROM $S.jumpcloud_user WHERE _key = $1", state.SystemUsers[1].ID()); got != long {
		t.Errorf("a text of %d bytes came back as %d", len(long), len(got))
	}
	raw := one[string](t, pool, o, "SELECT _rawData->0->'rawData'->>'a' FROM $S.v_jumpcloud_user WHERE _key = 'invalid'")
	if want := "\uFFFD \\u0000 \uFFFD 😀 \uFFFD"; raw != want {
		t.Errorf("escapes in raw data became %q, want %q", raw, want)
	}
	from, _ := jumpgraph.CollectionOf("jumpcloud_user")
	i := slices.IndexFunc(m.Organizations[0].Collections, func(c *jumpgraph.Collection) bool { return c.Name == from })
	odd := m.Organizations[0].Collections[i].Odd
	if n := odd["firstName"]; n.Count != 2 || !slices.Equal(n.IDs, []string{state.SystemUsers[0].ID(), "invalid"}) {
		t.Errorf("odd first names: %v, want the two users, each once", n)
	}
	if n := odd["_rawData"]; n.Count != 2 {
		t.Errorf("odd raw data: %v, want two users", n)
	}
	if said := one[string](t, pool, o, "SELECT json FROM $S.manifest"); !strings.Contains(said, `"firstName":{"count":2`) {
		t.Error("the manifest in the database does not count the odd texts")
	}
}

// TestNew_NeedsItsParts refuses what cannot work.
func TestNew_NeedsItsParts(t *testing.T) {
	t.Parallel()
	pool, _ := connect(t)
	for _, name := range []string{"Upper", "pg_mine", "with space", `quo"te`, "information_schema", strings.Repeat("x", 64)} {
		refused(t, name, postgres.New(pool, postgres.Options{Schema: name}).Begin(t.Context(), jumpgraph.Run{}), nil, "the schema")
		_, err := postgres.Open(t.Context(), pool, postgres.Options{Schema: name})
		refused(t, name, err, nil, "the schema")
	}
	refused(t, "no pool", postgres.New(nil, postgres.Options{}).Begin(t.Context(), jumpgraph.Run{}), nil, "pool")
	refused(t, "Commit without Begin", postgres.New(pool, postgres.Options{}).Commit(t.Context(), &jumpgraph.Manifest{}), nil, "Begin")
	_, err := postgres.Open(t.Context(), pool, postgres.Options{Schema: "never_made"})
	refused(t, "no schema", err, jumpgraph.ErrNoResult, "never_made")
}

// TestSink_ForgetsChangesAfterSomeTime.
func TestSink_ForgetsChangesAfterSomeTime(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	o.KeepChanges = time.Hour
	state := jumpcloudtest.Synthetic(1, small)
	for i := range 3 {
		state.SystemUsers[0]["firstname"] = fmt.Sprint("Name ", i)
		_, err := collect(t, postgres.New(pool, o), org(state))
		must(t, err)
		if i == 1 {
			alter(t, pool, o, "UPDATE $S.changes SET at = at - 3600001")
		}
	}
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.changes"); n != 1 {
		t.Errorf("%d changes are kept, want the one of the last hour", n)
	}
	if c := recorded(t, pool, o); len(c) != 1 || c[0].Properties["firstName"] != (oldNew{"Name 1", "Name 2"}) {
		t.Errorf("the change is %v", c)
	}
}
