package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// DB is a database that was opened to read, as it stood at that moment: what runs write later is not seen. It is not safe for
// concurrent use.
type DB struct {
	options  Options
	conn     *pgxpool.Conn
	tx       pgx.Tx
	manifest *jumpgraph.Manifest
	verified bool // the tables hold as many rows as the manifests count
}

// Open opens the graphs in a database, those of all organizations or of some. It holds a connection and a transaction that only
// reads until Close. A database without tables of this library, or without a complete run of an organization that was named, is
// [jumpgraph.ErrNoResult]. A role that may only SELECT is enough.
func Open(ctx context.Context, pool *pgxpool.Pool, o Options) (*DB, error) {
	if pool == nil {
		return nil, errNoPool
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, explain(err)
	}
	db := &DB{options: o, conn: conn}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(explain(err), db.Close()) //nolint:contextcheck // it ends whatever the context says
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	if db.tx, err = db.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		return err
	}
	v, err := db.options.version(ctx, db.tx)
	switch {
	case err != nil:
		return err
	case v.model == "":
		return fmt.Errorf("%w: the database has no schema %s of jumpgraph", jumpgraph.ErrNoResult, db.options.schema())
	case v.missing() != "":
		return fmt.Errorf("postgres: %s is missing, since the tables are of an older version or somebody has changed them: jumpgraph postgres migrate adds it", v.missing())
	}
	if _, err := db.tx.Exec(ctx, db.options.enter()); err != nil {
		return err
	}
	return db.readManifest(ctx)
}

// readManifest joins the manifests of the organizations.
func (db *DB) readManifest(ctx context.Context) error {
	rows, err := db.tx.Query(ctx, "SELECT json FROM manifest WHERE $1 OR _organization = ANY ($2) ORDER BY _organization",
		len(db.options.Organizations) == 0, db.options.Organizations)
	if err != nil {
		return err
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	all := &jumpgraph.Manifest{
		ManifestVersion: jumpgraph.ManifestVersion, Status: jumpgraph.Complete, ModelVersion: schemas.ModelVersion,
		Organizations: []*jumpgraph.Organization{}, Entities: map[string]int64{}, Relationships: map[string]int64{}, Files: []jumpgraph.File{},
	}
	found := map[string]bool{}
	for _, text := range texts {
		var m jumpgraph.Manifest
		if err := json.Unmarshal([]byte(text), &m); err != nil || len(m.Organizations) != 1 {
			return fmt.Errorf("%w: a manifest in it cannot be read", jumpgraph.ErrNoResult)
		}
		add(all, &m)
		found[m.Organizations[0].ID] = true
	}
	for _, id := range db.options.Organizations {
		if !found[id] {
			return fmt.Errorf("%w: no run of the organization %s was complete", jumpgraph.ErrNoResult, id)
		}
	}
	if len(texts) == 0 {
		return fmt.Errorf("%w: no run into the schema %s was complete", jumpgraph.ErrNoResult, db.options.schema())
	}
	db.manifest = all
	return nil
}

// add adds the manifest of one organization.
func add(all, m *jumpgraph.Manifest) {
	all.Tool = m.Tool
	if all.StartedAt.IsZero() || m.StartedAt.Before(all.StartedAt.Time) {
		all.StartedAt = m.StartedAt
	}
	if m.FinishedAt.After(all.FinishedAt.Time) {
		all.FinishedAt = m.FinishedAt
	}
	all.Requests += m.Requests
	all.Retries += m.Retries
	all.Organizations = append(all.Organizations, m.Organizations...)
	for typ, n := range m.Entities {
		all.Entities[typ] += n
	}
	for typ, n := range m.Relationships {
		all.Relationships[typ] += n
	}
}

var _ jumpgraph.Source = (*DB)(nil)

// Manifest returns the manifests of the organizations as one: it began when the first of their runs began, and ended when the
// last one ended. It must not be changed.
func (db *DB) Manifest() *jumpgraph.Manifest {
	if db == nil {
		return nil
	}
	return db.manifest
}

// String names the schema.
func (db *DB) String() string { return "postgres schema " + db.options.schema() }

// Close ends reading.
func (db *DB) Close() error {
	var err error
	if db.tx != nil {
		err = db.tx.Rollback(context.Background())
	}
	if db.conn != nil {
		db.conn.Release()
	}
	db.tx, db.conn = nil, nil
	if errors.Is(err, pgx.ErrTxClosed) {
		return nil
	}
	return err
}

// errNoTake says that a reader was given nothing to hand on to.
var errNoTake = errors.New("postgres: reading needs a function that takes the batches")

// batchSize is how many entities or relationships are handed on at once.
const batchSize = 256

// Entities hands on the entities, organization by organization and type by type, sorted by key.
func (db *DB) Entities(ctx context.Context, take func(org string, batch []entities.Entity) error) error {
	if take == nil {
		return errNoTake
	}
	for _, org := range db.manifest.Organizations {
		for _, t := range rows.Tables() {
			unknown, err := db.unknownOf(ctx, org.ID, t.Type)
			if err != nil {
				return explain(err)
			}
			row := func(r *rows.Reader) entities.Entity {
				e := t.Read(r)
				if properties := unknown[e.Header().Key]; properties != nil {
					e.Header().SetUnknown(properties)
				}
				return e
			}
			columns := join(graphTable(t.Type).columns[1:], ", ", func(c column) string { return c.name })
			if err := eachRow(ctx, db, t.Type, columns, org.ID, row, func(batch []entities.Entity) error { return take(org.ID, batch) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknownOf returns what is unknown of the rows of a table, by key.
func (db *DB) unknownOf(ctx context.Context, org, typ string) (map[string][]string, error) {
	rows, err := db.tx.Query(ctx, "SELECT _key, property FROM unknown WHERE _organization = $1 AND tableName = $2 AND _key IS NOT NULL ORDER BY _key, property", org, typ)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	var key, property string
	_, err = pgx.ForEachRow(rows, []any{&key, &property}, func() error {
		all[key] = append(all[key], property)
		return nil
	})
	return all, err
}

// Relationships hands on the relationships in the same order.
func (db *DB) Relationships(ctx context.Context, take func(org string, batch []relationships.Relationship) error) error {
	if take == nil {
		return errNoTake
	}
	for _, org := range db.manifest.Organizations {
		for _, rule := range relationships.Rules() {
			row := func(r *rows.Reader) relationships.Relationship { return rows.ReadRelationship(r, rule) }
			columns := join(graphTable(rule.Type).columns[1:], ", ", func(c column) string { return c.name }) + ", _key"
			give := func(batch []relationships.Relationship) error { return take(org.ID, batch) }
			if err := eachRow(ctx, db, rule.Type, columns, org.ID, row, give); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachRow hands on the rows that a table has of an organization.
func eachRow[T any](ctx context.Context, db *DB, table, columns, org string, row func(*rows.Reader) T, give func([]T) error) error {
	found, err := db.tx.Query(ctx, "SELECT "+columns+" FROM "+table+" WHERE _organization = $1 ORDER BY "+columnsOfKey(table), org)
	if err != nil {
		return explain(err)
	}
	defer found.Close()
	from := &source{}
	r := &rows.Reader{Source: from}
	var batch []T
	for found.Next() {
		values, err := found.Values()
		if err != nil {
			return explain(err)
		}
		from.values, from.at = values, 0
		batch = append(batch, row(r))
		if err := cmp.Or(from.err, r.Err); err != nil {
			return fmt.Errorf("postgres: %s: %w", table, err)
		}
		if len(batch) == batchSize {
			if err := errors.Join(ctx.Err(), give(batch)); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := found.Err(); err != nil {
		return explain(err)
	}
	if len(batch) == 0 {
		return nil
	}
	return errors.Join(ctx.Err(), give(batch))
}

func columnsOfKey(table string) string {
	return join(graphTable(table).keys()[1:], ", ", func(c column) string { return c.name })
}

// source reads the values of a row, in the order of the columns.
type source struct {
	values []any
	at     int
	err    error
}

// next returns the next value.
func (s *source) next() any {
	if s.at >= len(s.values) {
		s.err = errors.New("a row has too few columns")
		return nil
	}
	s.at++
	return s.values[s.at-1]
}

// Null reports that the next value is null, and then moves past it.
func (s *source) Null() bool {
	if s.at < len(s.values) && s.values[s.at] == nil {
		s.at++
		return true
	}
	return false
}

// Skip moves past a value.
func (s *source) Skip() { s.at++ }

// Text reads a text; empty for null.
func (s *source) Text() string { text, _ := s.next().(string); return text }

// Bool reads 1 or 0; false for null.
func (s *source) Bool() bool { return s.Int() != 0 }

// Int reads a whole number; 0 for null.
func (s *source) Int() int64 {
	switch n := s.next().(type) {
	case int64:
		return n
	case int16:
		return int64(n)
	case int32:
		return int64(n)
	}
	return 0
}

// Float reads a number; 0 for null.
func (s *source) Float() float64 { f, _ := s.next().(float64); return f }
