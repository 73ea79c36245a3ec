// Package postgres keeps the graphs of many organizations in a PostgreSQL database: a sink that replaces each organization whole,
// and a source that reads them and answers SQL.
//
// The tables are those of sink/sqlite, in a schema of their own. Names are written without quotation marks, booleans are 1, 0 or
// null, times milliseconds since 1970, lists JSON arrays; for people there is a view of each table, v_jumpcloud_user and so on,
// with booleans, times and JSON as PostgreSQL has them. docs/postgres.md says how to begin, which grants are needed, and what a
// run that is not complete means. It needs PostgreSQL 15 or later.
package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Options say where the graphs are, and what is kept of what changes. The zero value is what most need.
type Options struct {
	// Schema is the schema of the tables: small letters, digits and underscores; empty means jumpgraph.
	Schema string
	// Organizations are those that [Open] reads, by id; none means all.
	Organizations []string
	// IgnoreChanges are properties whose changes are written, but not recorded in the table changes; nil means lastSeenOn, which
	// changes at each read.
	IgnoreChanges []string
	// KeepChanges is how long changes stay recorded; 0 means for ever.
	KeepChanges time.Duration
}

const defaultSchema = "jumpgraph"

func (o *Options) schema() string { return cmp.Or(o.Schema, defaultSchema) }

func (o *Options) ignored() []string {
	if o.IgnoreChanges == nil {
		return []string{"lastSeenOn"}
	}
	return o.IgnoreChanges
}

var errNoPool = errors.New("postgres: no pool: make one with pgxpool.New")

// ErrStale says that a later run of the organization has already written its rows. Nothing was written.
var ErrStale = errors.New("postgres: a later run of the organization was faster")

// New returns a sink that replaces the organizations of a run in the database, all in one transaction: readers see what was
// there before, or all of the new. Rows that did not change are not written. While the run goes on, rows are kept in temporary
// files, and no transaction is open.
//
// A run that is not complete leaves the rows of the last complete one alone; its manifest is kept beside them, in the table
// organization. Begin makes the tables as [Migrate] does, unless they are there. A sink may be used again after Commit or Abort.
//
// A run takes a token when it begins. When a run that began later was written first, Commit is [ErrStale].
func New(pool *pgxpool.Pool, o Options) jumpgraph.Sink { return &sink{pool: pool, options: o} }

type sink struct {
	pool    *pgxpool.Pool
	options Options

	run    string // a random id; empty when there is no run to commit or abort
	token  int64
	spools map[string]*spool // by table
	counts map[string]*count // by organization
	odd    oddTexts
	broken error // the spools cannot be written to
}

// count is how many rows an organization has, by type.
type count struct{ entities, relationships map[string]int64 }

// Begin takes a token.
func (s *sink) Begin(ctx context.Context, _ jumpgraph.Run) error {
	if s.pool == nil {
		return errNoPool
	}
	if err := s.options.check(); err != nil {
		return err
	}
	if err := s.drop(); err != nil {
		return err
	}
	s.run, s.spools, s.counts, s.odd, s.broken = rand.Text(), map[string]*spool{}, map[string]*count{}, oddTexts{}, nil
	err := again(ctx, briefly(), func() error {
		return pgx.BeginTxFunc(ctx, s.pool, readCommitted, func(tx pgx.Tx) error { return s.begin(ctx, tx) })
	})
	if err != nil {
		s.run, s.spools = "", nil // there is nothing to abort
	}
	return explain(err)
}

func (s *sink) begin(ctx context.Context, tx pgx.Tx) error {
	v, err := s.options.version(ctx, tx)
	if err == nil && !v.current() {
		err = s.options.migrate(ctx, tx)
	}
	if err != nil {
		return err
	}
	return tx.QueryRow(ctx, "SELECT nextval($1::regclass)", s.options.quoted()+".token").Scan(&s.token)
}

// into returns the spool of a table.
func (s *sink) into(t *table) (*spool, error) {
	if sp := s.spools[t.name]; sp != nil {
		return sp, nil
	}
	sp, err := newSpool(t, s.oddText)
	if err == nil {
		s.spools[t.name] = sp
	}
	return sp, err
}

// oddText counts a text that PostgreSQL cannot hold as it is.
func (s *sink) oddText(org string, t *table, property, key string) {
	place := oddPlace{org, t.name, property}
	n := s.odd[place]
	n.Add(key)
	s.odd[place] = n
}

func (s *sink) count(org string) *count {
	if s.counts[org] == nil {
		s.counts[org] = &count{map[string]int64{}, map[string]int64{}}
	}
	return s.counts[org]
}

// graphTable returns the table of a type; nil when there is none.
func graphTable(typ string) *table {
	i := slices.IndexFunc(graphTables, func(t table) bool { return t.name == typ })
	if i < 0 {
		return nil
	}
	return &graphTables[i]
}

// Entities keeps a row for each entity.
func (s *sink) Entities(_ context.Context, org string, batch []entities.Entity) error {
	for _, e := range batch {
		if err := s.entity(org, e); err != nil {
			s.broken = fmt.Errorf("postgres: keep the rows: %w", err)
			return s.broken
		}
	}
	return nil
}

func (s *sink) entity(org string, e entities.Entity) error {
	head := e.Header()
	t, err := rows.TableOf(head.Type)
	if err != nil {
		return err
	}
	sp, err := s.into(graphTable(head.Type))
	if err != nil {
		return err
	}
	sp.row.org, sp.row.key = org, head.Key
	t.Write(&sp.Writer, org, e)
	sp.row.unset(head.Assumed())
	if err := sp.end(); err != nil {
		return err
	}
	s.count(org).entities[head.Type]++
	for property, why := range rows.Unknown(e) {
		if err := s.unknown(org, head.Type, head.Key, property, why, 1); err != nil {
			return err
		}
	}
	if u, ok := e.(*entities.User); ok {
		return s.employee(org, u)
	}
	return nil
}

// employee notes which person a user is.
func (s *sink) employee(org string, u *entities.User) error {
	edge, ok := relationships.UserIsEmployee(u)
	if !ok {
		return nil
	}
	sp, err := s.into(runTable("jumpcloud_user_is_employee"))
	if err != nil {
		return err
	}
	sp.row.org, sp.row.key = org, u.Key
	sp.Text(org)
	sp.Text(u.Key)
	sp.Text(edge.Mapping.TargetEntity.Email)
	return sp.end()
}

// unknown notes a property of which nothing may be concluded. Without a key it is that of so many rows.
func (s *sink) unknown(org, table, key, property, why string, count int64) error {
	sp, err := s.into(&unknownTable)
	if err != nil {
		return err
	}
	sp.Text(org)
	sp.Text(table)
	sp.Optional(key)
	sp.Text(property)
	sp.Text(why)
	sp.Int(count)
	return sp.end()
}

// Relationships keeps a row for each relationship.
func (s *sink) Relationships(_ context.Context, org string, batch []relationships.Relationship) error {
	for i := range batch {
		if err := s.relationship(org, &batch[i]); err != nil {
			s.broken = fmt.Errorf("postgres: keep the rows: %w", err)
			return s.broken
		}
	}
	return nil
}

func (s *sink) relationship(org string, r *relationships.Relationship) error {
	t := graphTable(r.Type)
	if t == nil {
		return fmt.Errorf("%s is not a type of the data model", r.Type)
	}
	sp, err := s.into(t)
	if err != nil {
		return err
	}
	sp.row.org, sp.row.key = org, r.Key
	if err := rows.WriteRelationship(&sp.Writer, org, r); err != nil {
		return err
	}
	s.count(org).relationships[r.Type]++
	return sp.end()
}

// Commit replaces the organizations of the manifest. When the connection is lost while the database commits, it finds out
// whether that had happened.
func (s *sink) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	err := s.broken
	switch {
	case err != nil:
	case s.spools == nil:
		err = errors.New("postgres: Commit comes after Begin")
	case !resultdir.Whole(m):
		err = resultdir.ErrHollow
	case m.Status != jumpgraph.Complete:
		err = errors.New("postgres: a run that is not complete replaces nothing: call Abort")
	default:
		s.countOdd(m)
		err = s.replace(ctx, m)
	}
	if err == nil {
		s.run = "" // nothing is left to abort
	}
	return errors.Join(explain(err), s.drop())
}

// countOdd adds the texts that PostgreSQL could not hold to the manifest.
func (s *sink) countOdd(m *jumpgraph.Manifest) {
	for place, n := range s.odd {
		name, _ := jumpgraph.CollectionOf(place.table)
		for _, o := range m.Organizations {
			i := slices.IndexFunc(o.Collections, func(c *jumpgraph.Collection) bool { return c.Name == name })
			if o.ID != place.org || i < 0 {
				continue
			}
			all := maps.Clone(o.Collections[i].Odd)
			if all == nil {
				all = map[string]client.OddCount{}
			}
			sum := all[place.property]
			sum.Count += n.Count
			sum.IDs = slices.Concat(sum.IDs, n.IDs)
			all[place.property] = sum
			o.Collections[i].Odd = all
		}
	}
}

// Abort leaves the rows alone, and keeps the manifest beside them.
func (s *sink) Abort(ctx context.Context, m *jumpgraph.Manifest, _ error) error {
	if s.run == "" {
		return nil
	}
	var err error
	if resultdir.Whole(m) {
		err = explain(again(ctx, busy, func() error { return s.keepPartial(ctx, m) }))
	}
	s.run = ""
	return errors.Join(err, s.drop())
}

// drop removes the spools.
func (s *sink) drop() error {
	var errs []error
	for _, sp := range s.spools {
		errs = append(errs, sp.drop())
	}
	s.spools = nil
	return errors.Join(errs...)
}

// runTable returns a table about the runs.
func runTable(name string) *table {
	i := slices.IndexFunc(runTables, func(t table) bool { return t.name == name })
	return &runTables[i]
}
