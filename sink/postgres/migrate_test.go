package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/snippets"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// TestMigrate_ManyAtOnce: programs that start together make the tables once.
func TestMigrate_ManyAtOnce(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	var group sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		group.Go(func() {
			if i%2 == 0 {
				errs[i] = postgres.Migrate(t.Context(), pool, o)
				return
			}
			errs[i] = postgres.New(pool, o).Begin(t.Context(), jumpgraph.Run{})
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.jumpgraph_version"); n != 1 {
		t.Errorf("%d rows say which version it is, want 1", n)
	}
}

// TestMigrate_FromAnOlderVersion: columns and tables are missing, others are there that this version does not know.
func TestMigrate_FromAnOlderVersion(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	_, err := collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	for _, statement := range []string{
		"DROP VIEW $S.v_jumpcloud_user", "DROP VIEW $S.v_jumpcloud_device", "DROP VIEW $S.v_jumpcloud_group_has_user",
		"ALTER TABLE $S.jumpcloud_user DROP COLUMN sudo, ADD COLUMN badge text, ADD COLUMN wasflag smallint, ADD COLUMN wason bigint",
		"ALTER TABLE $S.jumpcloud_device DROP COLUMN lastSeenOn", "DROP TABLE $S.jumpcloud_group_has_user",
		"CREATE VIEW $S.v_jumpcloud_user AS SELECT _organization, badge, _key, wasflag <> 0 AS wasflag, to_timestamp(wason / 1000.0) AS wason FROM $S.jumpcloud_user",
		"CREATE VIEW $S.mine AS SELECT badge, _key FROM $S.v_jumpcloud_user", // somebody's own rests on it
		"UPDATE $S.jumpcloud_user SET badge = 'kept', wasflag = 1, wason = 1000",
		`UPDATE $S.jumpgraph_version SET fingerprint = 'older', modelVersion = '0.9.0', made = (made::jsonb || '["jumpcloud_user.badge", "jumpcloud_user.wasflag", "jumpcloud_user.wason"]')::text`,
	} {
		alter(t, pool, o, statement)
	}
	_, err = postgres.Open(t.Context(), pool, o)
	refused(t, "reading an older version", err, nil, "missing", "jumpgraph postgres migrate")
	_, err = collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	holds(t, pool, o, "after the migration", asFiles(t, org(state)))
	if got := one[string](t, pool, o, "SELECT DISTINCT badge || ' ' || wasflag || ' ' || (wason = to_timestamp(1)) FROM $S.v_jumpcloud_user"); got != "kept true true" {
		t.Errorf("the columns that this version does not know hold %q", got)
	}
	if n := one[int](t, pool, o, "SELECT count(sudo) FROM $S.v_jumpcloud_user"); n == 0 {
		t.Error("the view lacks the new column")
	}
	if got := one[string](t, pool, o, "SELECT modelVersion FROM $S.jumpgraph_version"); got == "0.9.0" {
		t.Error("the version is still the old one")
	}
	before := one[string](t, pool, o, "SELECT v::text FROM $S.jumpgraph_version v")
	must(t, postgres.Migrate(t.Context(), pool, o))
	if after := one[string](t, pool, o, "SELECT v::text FROM $S.jumpgraph_version v"); after != before {
		t.Error("a second migration does something")
	}

	// What somebody else has added stays; what an earlier model had goes when it is asked for.
	alter(t, pool, o, "ALTER TABLE $S.jumpcloud_user ADD COLUMN own text")
	alter(t, pool, o, "CREATE TABLE $S.jumpcloud_printer (_organization text, name text); CREATE VIEW $S.v_jumpcloud_printer AS SELECT * FROM $S.jumpcloud_printer; CREATE TABLE $S.jumpcloud_own ()")
	alter(t, pool, o, `UPDATE $S.jumpgraph_version SET made = (made::jsonb || '["jumpcloud_printer._organization", "jumpcloud_printer.name", "jumpcloud_gone.name"]')::text`)
	_, err = postgres.Prune(t.Context(), pool, o, postgres.Pruning{Model: true})
	refused(t, "pruning what a view rests on", err, nil, "of your own")
	alter(t, pool, o, "DROP VIEW $S.mine")
	want := &postgres.Pruned{Tables: []string{"jumpcloud_printer"}, Columns: []string{"jumpcloud_user.badge", "jumpcloud_user.wasflag", "jumpcloud_user.wason"}}
	for _, dry := range []bool{true, false} {
		done, err := postgres.Prune(t.Context(), pool, o, postgres.Pruning{Model: true, DryRun: dry})
		must(t, err)
		if d := cmp.Diff(want, done); d != "" {
			t.Errorf("pruned, dry %v (-want +got):\n%s", dry, d)
		}
	}
	left := one[string](t, pool, o, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$S.jumpcloud_user'::regclass AND attname IN ('badge', 'wasflag', 'wason', 'own')")
	if left != "own" || one[bool](t, pool, o, "SELECT to_regclass('$S.jumpcloud_printer') IS NOT NULL OR to_regclass('$S.jumpcloud_own') IS NULL") {
		t.Errorf("after pruning %q is left", left)
	}
	if done, err := postgres.Prune(t.Context(), pool, o, postgres.Pruning{Model: true}); err != nil || !cmp.Equal(done, &postgres.Pruned{}) {
		t.Errorf("pruning again: %+v, %v", done, err)
	}
	holds(t, pool, o, "after pruning", asFiles(t, org(state)))
	_, err = collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.v_jumpcloud_user"); n != len(state.SystemUsers) {
		t.Errorf("the view has %d users", n)
	}
}

// TestMigrate_RefusesWhatIsNotItsOwn: newer versions, schemas of somebody else, tables that were changed.
func TestMigrate_RefusesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		statement string
		want      error
		texts     []string
	}{
		"newer model":    {"UPDATE $S.jumpgraph_version SET modelVersion = '99.1.0', toolVersion = 'v7.1.0'", postgres.ErrNewer, []string{"99.1.0", "use jumpgraph v7.1.0 or later"}},
		"newer tables":   {"UPDATE $S.jumpgraph_version SET tablesVersion = 99, toolVersion = 'v7.1.0'", postgres.ErrNewer, []string{"v7.1.0"}},
		"other type":     {"DROP VIEW $S.v_jumpcloud_user; ALTER TABLE $S.jumpcloud_user ALTER COLUMN sudo TYPE text", nil, []string{"sudo", "text", "smallint", "ALTER TABLE"}},
		"shorter":        {"DROP VIEW $S.v_jumpcloud_user CASCADE; DROP VIEW $S.employee; ALTER TABLE $S.jumpcloud_user ALTER COLUMN firstname TYPE varchar(300)", nil, []string{"firstName", "character varying(300)"}},
		"broken version": {"UPDATE $S.jumpgraph_version SET made = 'x'", nil, []string{"made"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, o := connect(t)
			_, err := collect(t, postgres.New(pool, o), org(jumpcloudtest.Synthetic(1, small)))
			must(t, err)
			alter(t, pool, o, tt.statement)
			refused(t, "Migrate", postgres.Migrate(t.Context(), pool, o), tt.want, tt.texts...)
			refused(t, "Begin", postgres.New(pool, o).Begin(t.Context(), jumpgraph.Run{}), tt.want, tt.texts...)
			_, err = postgres.Open(t.Context(), pool, o)
			refused(t, "Open", err, tt.want, tt.texts...)
			_, err = postgres.Prune(t.Context(), pool, o, postgres.Pruning{Model: true})
			refused(t, "Prune", err, tt.want, tt.texts...)
		})
	}
	t.Run("foreign schema", func(t *testing.T) {
		t.Parallel()
		pool, o := connect(t)
		alter(t, pool, o, "CREATE SCHEMA $S; CREATE TABLE $S.payroll ()")
		refused(t, "Migrate", postgres.Migrate(t.Context(), pool, o), nil, "payroll", "choose another schema")
		refused(t, "Begin", postgres.New(pool, o).Begin(t.Context(), jumpgraph.Run{}), nil, "payroll")
		_, err := postgres.Open(t.Context(), pool, o)
		refused(t, "Open", err, jumpgraph.ErrNoResult)
		_, err = postgres.Prune(t.Context(), pool, o, postgres.Pruning{Model: true})
		refused(t, "Prune", err, jumpgraph.ErrNoResult)
	})
	t.Run("encoding", func(t *testing.T) {
		t.Parallel()
		pool, o := connect(t)
		alter(t, pool, o, "CREATE DATABASE $S ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
		config, err := pgxpool.ParseConfig(address(t))
		must(t, err)
		config.ConnConfig.Database = o.Schema
		other, err := pgxpool.NewWithConfig(t.Context(), config)
		must(t, err)
		refused(t, "Migrate", postgres.Migrate(t.Context(), other, o), nil, "SQL_ASCII", "UTF8")
		other.Close()
		alter(t, pool, o, "DROP DATABASE $S WITH (FORCE)")
	})
}

// TestSink_WorksWhereTablesWereLost: somebody has dropped one; the next run makes it again.
func TestSink_WorksWhereTablesWereLost(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	_, err := collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	alter(t, pool, o, "DROP TABLE $S.jumpcloud_group_has_user CASCADE; ALTER TABLE $S.jumpcloud_group DROP COLUMN description CASCADE")
	_, err = collect(t, postgres.New(pool, o), org(state))
	must(t, err)
	holds(t, pool, o, "after the next run", asFiles(t, org(state)))
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.v_jumpcloud_group_has_user"); n == 0 {
		t.Error("the view of the table is not there again")
	}
}

// TestViews_HaveRealTypes: booleans, times and JSON.
func TestViews_HaveRealTypes(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	delete(state.SystemUsers[0], "sudo")
	_, err := collect(t, postgres.New(pool, o), org(state), jumpgraph.WithRaw())
	must(t, err)
	types := one[string](t, pool, o, `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attname) FROM pg_attribute
		WHERE attrelid = '$S.v_jumpcloud_user'::regclass AND attname IN ('sudo', 'createdon', 'suspended', '_rawdata', 'firstname')`)
	if want := "_rawdata json, createdon timestamp with time zone, firstname text, sudo boolean, suspended boolean"; types != want {
		t.Errorf("the view has %s, want %s", types, want)
	}
	u := state.SystemUsers[1]
	created, err := time.Parse(time.RFC3339, u["created"].(string))
	must(t, err)
	if got := one[time.Time](t, pool, o, "SELECT createdOn FROM $S.v_jumpcloud_user WHERE _key = $1", u.ID()); !got.Equal(created) {
		t.Errorf("made at %v, want %v", got, created)
	}
	if got := one[bool](t, pool, o, "SELECT sudo FROM $S.v_jumpcloud_user WHERE _key = $1", u.ID()); got != u["sudo"] {
		t.Errorf("sudo is %v, want %v", got, u["sudo"])
	}
	if got := one[*bool](t, pool, o, "SELECT sudo FROM $S.v_jumpcloud_user WHERE _key = $1", state.SystemUsers[0].ID()); got != nil {
		t.Errorf("sudo of which nothing is known is %v, want null", *got)
	}
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.v_jumpcloud_device WHERE jsonb_typeof(ipv4Addresses) = 'array'"); n == 0 {
		t.Error("no list can be read as JSON")
	}
	for _, table := range postgres.Graph() {
		alter(t, pool, o, "SELECT * FROM $S.v_"+table)
	}
	if comment := one[string](t, pool, o, "SELECT col_description('$S.jumpcloud_user'::regclass, 4)"); comment == "" {
		t.Error("the columns are not explained")
	}
}

// TestPrune_RemovesOrganizations: those that have left, and those that are named.
func TestPrune_RemovesOrganizations(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	var orgs []*jumpcloudtest.Organization
	var ids []string
	for seed := range uint64(4) {
		orgs = append(orgs, jumpcloudtest.Synthetic(seed, small))
		ids = append(ids, orgs[seed].Self.ID())
	}
	for range 2 { // so that there are changes
		_, err := collect(t, postgres.New(pool, o), orgs, jumpgraph.AllOrgs())
		must(t, err)
		for _, each := range orgs {
			each.SystemUsers[0]["firstname"] = "Changed"
		}
	}
	must(t, postgres.MarkLeft(t.Context(), pool, o, ids[0], ids[1], "nobody"))
	alter(t, pool, o, "UPDATE $S.organization SET leftAt = leftAt - 1000 * 60 * 60 WHERE id = '"+ids[0]+"'")
	must(t, postgres.MarkLeft(t.Context(), pool, o, ids[0])) // the first mark counts
	holds(t, pool, o, "marked", asFiles(t, orgs, jumpgraph.AllOrgs()))

	prune := func(p postgres.Pruning, want ...string) {
		t.Helper()
		for _, p.DryRun = range []bool{true, false} {
			done, err := postgres.Prune(t.Context(), pool, o, p)
			must(t, err)
			if d := cmp.Diff(&postgres.Pruned{Organizations: want}, done); d != "" {
				t.Errorf("pruned (-want +got):\n%s", d)
			}
		}
	}
	prune(postgres.Pruning{})
	prune(postgres.Pruning{LeftBefore: time.Now().Add(-time.Minute)}, ids[0])
	prune(postgres.Pruning{Organizations: []string{ids[2]}}, ids[2])
	_, err := postgres.Prune(t.Context(), pool, o, postgres.Pruning{Organizations: []string{ids[2], ids[3]}})
	refused(t, "an organization that is not there", err, jumpgraph.ErrUsage, ids[2])
	holds(t, pool, o, "pruned", asFiles(t, []*jumpcloudtest.Organization{orgs[1], orgs[3]}, jumpgraph.AllOrgs()))
	for _, name := range postgres.Made() {
		if table, column, _ := strings.Cut(name, "."); column == "_organization" {
			if n := one[int](t, pool, o, "SELECT count(*) FROM $S."+table+" WHERE _organization = ANY ($1)", []string{ids[0], ids[2]}); n != 0 {
				t.Errorf("%s still has %d rows of organizations that were removed", table, n)
			}
		}
	}
	_, err = collect(t, postgres.New(pool, o), org(orgs[1]))
	must(t, err)
	if n := one[int](t, pool, o, "SELECT count(*) FROM $S.organization WHERE leftAt IS NOT NULL"); n != 0 {
		t.Error("an organization that was read again is still marked as left")
	}
	refused(t, "no pool", postgres.MarkLeft(t.Context(), nil, o, ids[0]), nil, "pool")
	refused(t, "no tables", postgres.MarkLeft(t.Context(), pool, postgres.Options{Schema: "never_made"}, ids[0]), nil, "jumpgraph postgres migrate")
}

// TestPrune_OfAnOrganizationThatIsBeingWritten waits for the run, or the run for it.
func TestPrune_OfAnOrganizationThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	r := record(t, org(state))
	store(t, postgres.New(pool, o), r)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if i%2 == 0 {
				_, err := postgres.Prune(t.Context(), pool, o, postgres.Pruning{LeftBefore: time.Now().Add(time.Hour)})
				if err != nil {
					t.Error(err)
				}
				return
			}
			s := postgres.New(pool, o)
			if err := r.Write(t.Context(), s, -1); err != nil {
				t.Error(err)
			}
			if err := s.Commit(t.Context(), r.Manifest()); err != nil && !strings.Contains(err.Error(), postgres.ErrStale.Error()) {
				t.Error(err)
			}
			if err := postgres.MarkLeft(t.Context(), pool, o, state.Self.ID()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	store(t, postgres.New(pool, o), r)
	holds(t, pool, o, "in the end", asFiles(t, org(state)))
}

// roles makes two roles of the test's own, a reader and a writer, and returns pools of them.
func roles(t *testing.T, pool *pgxpool.Pool, o postgres.Options, grants func(reader, writer string)) (reader, writer *pgxpool.Pool) {
	t.Helper()
	pools := make([]*pgxpool.Pool, 2)
	names := []string{o.Schema + "_reader", o.Schema + "_writer"}
	for _, name := range names {
		alter(t, pool, o, "CREATE ROLE "+name+" LOGIN")
	}
	grants(names[0], names[1])
	for i, name := range names {
		config, err := pgxpool.ParseConfig(address(t))
		must(t, err)
		config.ConnConfig.User = name
		pools[i], err = pgxpool.NewWithConfig(t.Context(), config)
		must(t, err)
	}
	t.Cleanup(func() {
		clean, err := pgxpool.New(context.Background(), address(t))
		must(t, err)
		defer clean.Close()
		for i, name := range names {
			pools[i].Close()
			if _, err := clean.Exec(context.Background(), fmt.Sprintf("DROP OWNED BY %s; DROP ROLE %s", name, name)); err != nil {
				t.Error(err)
			}
		}
	})
	return pools[0], pools[1]
}

// TestRoles_NeedOnlyTheGrantsOfThePage: one may read, and one writes what it may not make.
func TestRoles_NeedOnlyTheGrantsOfThePage(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	reader, writer := roles(t, pool, o, func(string, string) {})
	refused(t, "a writer before the migration", postgres.New(writer, o).Begin(t.Context(), jumpgraph.Run{}), nil, "grants", "jumpgraph postgres migrate")
	must(t, postgres.Migrate(t.Context(), pool, o))
	_, err := postgres.Open(t.Context(), reader, o)
	refused(t, "a reader without grants", err, nil, "docs/postgres.md")
	refused(t, "a writer without grants", postgres.New(writer, o).Begin(t.Context(), jumpgraph.Run{}), nil, "docs/postgres.md")
	for _, statement := range grants(t, o) {
		alter(t, pool, o, statement)
	}
	for i := range 2 {
		state.SystemUsers[0]["firstname"] = fmt.Sprint("Run ", i)
		_, err = collect(t, postgres.New(writer, o), org(state))
		must(t, err)
		holds(t, reader, o, "a role that may only read", asFiles(t, org(state)))
	}
	_, err = collect(t, postgres.New(reader, o), org(state))
	refused(t, "writing as a reader", err, nil, "docs/postgres.md")
	holds(t, reader, o, "after it", asFiles(t, org(state)))
	must(t, postgres.MarkLeft(t.Context(), writer, o, state.Self.ID()))

	// A later migration makes a table and a view; both roles may use them without further grants.
	alter(t, pool, o, "DROP TABLE $S.jumpcloud_group_has_user CASCADE")
	refused(t, "a writer of an older version", postgres.New(writer, o).Begin(t.Context(), jumpgraph.Run{}), nil, "jumpgraph postgres migrate")
	must(t, postgres.Migrate(t.Context(), pool, o))
	_, err = collect(t, postgres.New(writer, o), org(state))
	must(t, err)
	holds(t, reader, o, "after a migration", asFiles(t, org(state)))
	if n := one[int](t, reader, o, "SELECT count(*) FROM $S.v_jumpcloud_group_has_user"); n == 0 {
		t.Error("the reader does not see the new view")
	}
	_, err = postgres.Prune(t.Context(), writer, o, postgres.Pruning{Organizations: []string{state.Self.ID()}})
	must(t, err)
}

// grants are the statements of docs/postgres.md, for the schema and the roles of a test.
func grants(t *testing.T, o postgres.Options) []string {
	t.Helper()
	list, err := snippets.InPage("../../docs/postgres.md")
	must(t, err)
	var all []string
	for _, s := range list {
		if s.Language != "sql" || !strings.Contains(s.Text, "GRANT") {
			continue
		}
		text := strings.NewReplacer("SCHEMA jumpgraph", "SCHEMA "+o.Schema, "jumpgraph.token", o.Schema+".token", "graph_reader", o.Schema+"_reader",
			"graph_writer", o.Schema+"_writer", "ROLE graph_owner", "ROLE CURRENT_USER", "DATABASE inventory", "DATABASE postgres").Replace(s.Text)
		for statement := range strings.SplitSeq(text, ";") {
			if statement = strings.TrimSpace(statement); statement != "" && !strings.HasPrefix(statement, "CREATE ROLE") {
				all = append(all, statement)
			}
		}
	}
	if len(all) < 4 {
		t.Fatalf("docs/postgres.md has %d grants", len(all))
	}
	return all
}
