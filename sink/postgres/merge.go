package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jumpgraph/jumpgraph"
)

// replace writes the organizations of a manifest. It tries again where that may help, and finds out whether a commit happened
// whose answer was lost.
func (s *sink) replace(ctx context.Context, m *jumpgraph.Manifest) error {
	unanswered := "" // the transaction whose COMMIT was sent, and not answered
	err := again(ctx, passing, func() (err error) {
		if unanswered != "" {
			committed, err := s.committed(ctx, unanswered, m)
			if err != nil || committed {
				return err
			}
		}
		unanswered, err = s.try(ctx, m)
		return err
	})
	if err == nil || unanswered == "" {
		return err
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), lastAsk)
	defer stop()
	committed := false
	asked := again(ctx, passing, func() (err error) {
		committed, err = s.committed(ctx, unanswered, m)
		return err
	})
	switch {
	case asked != nil:
		return fmt.Errorf("the connection was lost while the database committed, and it cannot be asked: the rows are those of before or of this run, whole; the table organization has the run %s if they are of this one: %w",
			s.run, errors.Join(err, asked))
	case committed:
		return nil
	}
	return err
}

// lastAsk is how long a database may take, in the end, to say whether it has committed.
const lastAsk = 10 * time.Second

// try writes the organizations in one transaction. Where its COMMIT was sent and the answer is not known, it returns the id of
// the transaction.
func (s *sink) try(ctx context.Context, m *jumpgraph.Manifest) (unanswered string, err error) {
	tx, err := s.pool.BeginTx(ctx, readCommitted)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after Commit it does nothing
	id, err := s.merge(ctx, tx, m)
	if err != nil {
		return "", err
	}
	reached(stepCommit)
	err = tx.Commit(ctx)
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) {
		return "", err
	}
	return id, err
}

// errOpen says that a transaction has not ended yet.
var errOpen = errors.New("the server has not ended the transaction yet")

// committed asks whether a transaction of this run was committed. The rows of the organizations are looked at too: a standby
// that took over may have used the number of a transaction again that it has never seen.
func (s *sink) committed(ctx context.Context, id string, m *jumpgraph.Manifest) (bool, error) {
	var status *string
	var stand int
	err := s.pool.QueryRow(ctx, "SELECT pg_xact_status($1::text::xid8), (SELECT count(*) FROM "+s.options.quoted()+".organization WHERE id = ANY ($2) AND token >= $3)",
		id, ids(m), s.token).Scan(&status, &stand)
	if said, ok := errors.AsType[*pgconn.PgError](err); ok && said.Code == "22023" { // the server has never seen it
		return false, nil
	}
	switch {
	case err != nil:
		return false, err
	case status != nil && *status == "in progress":
		return false, errOpen
	}
	return status != nil && *status == "committed" && stand == len(m.Organizations), nil
}

// ids returns the ids of the organizations of a manifest, sorted: so two runs never wait for each other.
func ids(m *jumpgraph.Manifest) []string {
	var all []string
	for _, o := range m.Organizations {
		all = append(all, o.ID)
	}
	slices.Sort(all)
	return all
}

// script is a list of statements that is sent at once.
type script struct {
	batch pgx.Batch
	about []string
}

// add adds a statement, and what it is about.
func (c *script) add(about, sql string, args ...any) {
	c.batch.Queue(sql, args...)
	c.about = append(c.about, about)
}

// run sends the statements.
func (c *script) run(ctx context.Context, tx pgx.Tx) error {
	answers := tx.SendBatch(ctx, &c.batch)
	for _, about := range c.about {
		if _, err := answers.Exec(); err != nil {
			_ = answers.Close() // it repeats the error
			return fmt.Errorf("%s: %w", about, err)
		}
	}
	return answers.Close()
}

// merge replaces the organizations in a transaction, and returns its id.
func (s *sink) merge(ctx context.Context, tx pgx.Tx, m *jumpgraph.Manifest) (id string, err error) {
	// The temporary tables are of very different sizes, which plans that are kept do not know: a loop over all pairs of rows is
	// the one that could take long.
	if _, err := tx.Exec(ctx, s.options.enter()+"; SET LOCAL enable_nestloop = off; SET LOCAL jit = off"); err != nil {
		return "", err
	}
	if id, err = s.take(ctx, tx, m); err != nil {
		return "", err
	}
	reached(stepCopy)
	if err := s.copyAll(ctx, tx); err != nil {
		return "", err
	}
	before, err := wholeBefore(ctx, tx, m)
	if err != nil {
		return "", err
	}
	reached(stepMerge)
	var c script
	for i := range graphTables {
		t := &graphTables[i]
		s.recordChanges(&c, t, compared(t, before, m), m)
		replaceRows(&c, t, ids(m))
	}
	replaceRows(&c, runTable("jumpcloud_user_is_employee"), ids(m))
	if err := s.about(&c, m); err != nil {
		return "", err
	}
	s.forget(&c, m)
	return id, c.run(ctx, tx)
}

// take makes the rows of the organizations those of this run, unless a later run has written one. It holds the rows until the
// end, and returns the id of the transaction.
func (s *sink) take(ctx context.Context, tx pgx.Tx, m *jumpgraph.Manifest) (id string, err error) {
	var batch pgx.Batch
	for _, name := range ids(m) {
		o := organizationOf(m, name)
		batch.Queue(`INSERT INTO organization AS o (id, name, status, requests, token, run, committedAt)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, status = EXCLUDED.status, requests = EXCLUDED.requests, token = EXCLUDED.token,
				run = EXCLUDED.run, committedAt = EXCLUDED.committedAt, partialAt = NULL, partialReason = NULL, partialManifest = NULL, leftAt = NULL
			WHERE coalesce(o.token, 0) <= EXCLUDED.token RETURNING pg_current_xact_id()::text`,
			o.ID, held(o.Name), string(o.Status), o.Requests, s.token, s.run, millis(m.FinishedAt))
	}
	answers := tx.SendBatch(ctx, &batch)
	for _, name := range ids(m) {
		err := answers.QueryRow().Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			err = fmt.Errorf("%w: organization %s", ErrStale, name)
		}
		if err != nil {
			_ = answers.Close() // it repeats the error, or has none
			return "", err
		}
	}
	return id, answers.Close()
}

// organizationOf returns an organization of a manifest.
func organizationOf(m *jumpgraph.Manifest, id string) *jumpgraph.Organization {
	i := slices.IndexFunc(m.Organizations, func(o *jumpgraph.Organization) bool { return o.ID == id })
	return m.Organizations[i]
}

// millis is a time as the tables have it; nil for none.
func millis(t jumpgraph.Timestamp) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixMilli())
}

// held is a text without what PostgreSQL cannot hold.
func held(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}

// stagedTables are the tables whose rows are copied beside them first.
var stagedTables = func() []*table {
	all := []*table{runTable("jumpcloud_user_is_employee"), &unknownTable}
	for i := range graphTables {
		all = append(all, &graphTables[i])
	}
	return all
}()

// staged is the name of the temporary table beside a table. Another version of the table has another one: a pooler may hand a
// connection on that a program of another version has used.
func (t *table) staged() string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(join(t.columns, ", ", column.definition)))
	return fmt.Sprintf("new_%s_%08x", t.name, hash.Sum32())
}

// stage makes the temporary tables, once for a connection.
func stage(ctx context.Context, tx pgx.Tx) error {
	names := make([]string, len(stagedTables))
	create := make([]string, len(stagedTables))
	for i, t := range stagedTables {
		names[i] = t.staged()
		create[i] = fmt.Sprintf("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s) ON COMMIT DELETE ROWS", t.staged(), join(t.columns, ", ", column.definition))
	}
	var there int
	err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = ANY ($1)", names).Scan(&there)
	if err == nil && there < len(names) {
		_, err = tx.Exec(ctx, "SET LOCAL client_min_messages = warning; "+strings.Join(create, "; "))
	}
	return err
}

// copyAll copies the rows of the run into temporary tables.
func (s *sink) copyAll(ctx context.Context, tx pgx.Tx) error {
	if err := stage(ctx, tx); err != nil {
		return err
	}
	for _, t := range stagedTables {
		sp := s.spools[t.name]
		if sp == nil {
			continue
		}
		rows, err := sp.reader()
		if err != nil {
			return err
		}
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, rows, "COPY "+t.staged()+" ("+t.names("")+") FROM STDIN"); err != nil {
			return fmt.Errorf("copy the rows of %s: %w", t.name, err)
		}
	}
	return nil
}

// wholeBefore returns, by the name of a collection, the organizations of which the rows that are there now are all that there was.
func wholeBefore(ctx context.Context, tx pgx.Tx, m *jumpgraph.Manifest) (map[string][]string, error) {
	rows, err := tx.Query(ctx, "SELECT name, _organization FROM collection WHERE _organization = ANY ($1) AND status = $2", ids(m), string(jumpgraph.Complete))
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	var name, org string
	_, err = pgx.ForEachRow(rows, []any{&name, &org}, func() error {
		all[name] = append(all[name], org)
		return nil
	})
	return all, err
}

// compared returns the organizations of which both runs have read all rows of a table: what either did not read is no addition
// and no deletion.
func compared(t *table, before map[string][]string, m *jumpgraph.Manifest) []string {
	name, _ := jumpgraph.CollectionOf(t.name)
	read := func(c *jumpgraph.Collection) bool { return c.Name == name && c.Status == jumpgraph.Complete }
	return slices.DeleteFunc(slices.Clone(before[name]), func(id string) bool { return !slices.ContainsFunc(organizationOf(m, id).Collections, read) })
}

// of is the condition that a row is of one of the organizations.
func of(row string) string { return row + "._organization = ANY ($1)" }

// same is the condition that a row t and a row n have the same key.
func (t *table) same() string {
	return join(t.keys(), " AND ", func(c column) string { return "t." + c.name + " = n." + c.name })
}

// differ is the condition that they have different values; empty where there are none.
func (t *table) differ() string {
	values := t.values()
	if len(values) == 0 {
		return ""
	}
	row := func(name string) string {
		return join(values, ", ", func(c column) string { return name + "." + c.name })
	}
	return fmt.Sprintf("ROW(%s) IS DISTINCT FROM ROW(%s)", row("t"), row("n"))
}

// gone is the condition that a row t is not among those that were copied, and fresh that a row n is not in the table.
func (t *table) gone() string {
	return fmt.Sprintf("%s AND NOT EXISTS (SELECT FROM %s n WHERE %s)", of("t"), t.staged(), t.same())
}

func (t *table) fresh() string {
	return fmt.Sprintf("%s AND NOT EXISTS (SELECT FROM %s t WHERE %s AND %s)", of("n"), t.name, of("t"), t.same())
}

// changed is the condition that a row t and a row n are the same object with other values.
func (t *table) changed() string {
	return fmt.Sprintf("%s AND %s AND %s AND %s", of("t"), of("n"), t.same(), t.differ())
}

// replaceRows makes the rows of the organizations those that were copied, and writes only what differs.
func replaceRows(c *script, t *table, orgs []string) {
	c.add(t.name, fmt.Sprintf("DELETE FROM %s t WHERE %s", t.name, t.gone()), orgs)
	if t.differ() != "" {
		set := join(t.values(), ", ", func(c column) string { return c.name + " = n." + c.name })
		c.add(t.name, fmt.Sprintf("UPDATE %s t SET %s FROM %s n WHERE %s", t.name, set, t.staged(), t.changed()), orgs)
	}
	c.add(t.name, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s n WHERE %s", t.name, t.names(""), t.names("n."), t.staged(), t.fresh()), orgs)
}

// keyOf returns the key of a row: of a relationship, it is made of those of its ends.
func (t *table) keyOf(row string) string {
	if r := ruleOf(t.name); r != nil {
		return edgeKey(*r, row+".")
	}
	return row + "._key"
}

// asJSON is a value of a row as the graph has it.
func (c column) asJSON(row string) string {
	switch value := row + "." + c.name; c.form {
	case formFlag:
		return "to_jsonb(" + value + " <> 0)"
	case formAssumed: // the data model has false there
		return "to_jsonb(coalesce(" + value + ", 0) <> 0)"
	case formDocument:
		return value + "::jsonb"
	case formText, formTime, formWhole, formNumber:
		return "to_jsonb(" + value + ")"
	}
	return ""
}

// recordChanges notes what the run changes in a table, before it does. What JumpCloud sent is not compared: it is there by the
// caller's choice.
func (s *sink) recordChanges(c *script, t *table, orgs []string, m *jumpgraph.Manifest) {
	if len(orgs) == 0 {
		return
	}
	const into = "INSERT INTO changes (_organization, token, type, key, run, at, kind, properties) "
	about := "changes of " + t.name
	row := func(name, kind string) string {
		return fmt.Sprintf("SELECT %s._organization, $2::bigint, %s, %s, $3::text, $4::bigint, '%s', NULL", name, literal(t.name), t.keyOf(name), kind)
	}
	args := []any{orgs, s.token, s.run, millis(m.FinishedAt)}
	c.add(about, fmt.Sprintf("%s%s FROM %s t WHERE %s", into, row("t", "removed"), t.name, t.gone()), args...)
	c.add(about, fmt.Sprintf("%s%s FROM %s n WHERE %s", into, row("n", "added"), t.staged(), t.fresh()), args...)
	values := slices.DeleteFunc(t.values(), func(c column) bool { return c.name == rawColumn })
	if len(values) == 0 {
		return
	}
	pairs := join(values, ", ", func(c column) string {
		return fmt.Sprintf("(%s, %s, %s)", literal(c.name), c.asJSON("t"), c.asJSON("n"))
	})
	c.add(about, fmt.Sprintf(`%sSELECT org, $2::bigint, %s, key, $3::text, $4::bigint, 'changed', properties::text FROM (
			SELECT n._organization AS org, %s AS key, (SELECT jsonb_object_agg(name, jsonb_build_object('old', old, 'new', new))
				FROM (VALUES %s) v (name, old, new) WHERE old IS DISTINCT FROM new AND name <> ALL ($5::text[])) AS properties
			FROM %s t, %s n WHERE %s OFFSET 0) c
		WHERE properties IS NOT NULL`, into, literal(t.name), t.keyOf("n"), pairs, t.name, t.staged(), t.changed()),
		append(args, s.options.ignored())...)
}

// forget removes changes that are older than they are to be kept.
func (s *sink) forget(c *script, m *jumpgraph.Manifest) {
	if s.options.KeepChanges > 0 && !m.FinishedAt.IsZero() {
		c.add("changes", "DELETE FROM changes WHERE _organization = ANY ($1) AND at < $2", ids(m), m.FinishedAt.Add(-s.options.KeepChanges).UnixMilli())
	}
}
