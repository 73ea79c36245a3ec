package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
)

// Pruning says what [Prune] removes. The zero value removes nothing.
type Pruning struct {
	// Model removes the tables and columns that an earlier data model had and this one has no place for. A table or column that
	// somebody else has added stays.
	Model bool
	// LeftBefore removes the organizations that were marked by [MarkLeft] before that time; the zero time means none.
	LeftBefore time.Time
	// Organizations are further ones to remove, by id. One that is not there is [jumpgraph.ErrUsage].
	Organizations []string
	// DryRun removes nothing, and says what would be.
	DryRun bool
}

// Pruned is what was removed: ids of organizations, names of tables, and columns as table.column; each sorted.
type Pruned struct{ Organizations, Tables, Columns []string }

// MarkLeft notes that the credential does not see organizations any more, so that [Prune] can remove them after some time. Their
// rows stay. One that is marked already keeps the time of the first mark, one that is not there is passed over, and one that is
// read whole again loses the mark.
func MarkLeft(ctx context.Context, pool *pgxpool.Pool, o Options, ids ...string) error {
	if pool == nil {
		return errNoPool
	}
	if err := o.check(); err != nil {
		return err
	}
	_, err := pool.Exec(ctx, "UPDATE "+o.quoted()+".organization SET leftAt = $1 WHERE id = ANY ($2) AND leftAt IS NULL", time.Now().UnixMilli(), ids)
	return explain(err)
}

// Prune removes what is not needed any more, in one transaction: the rows, changes and manifests of organizations, and what an
// earlier data model had. The tables must be of this version: see [Migrate].
//
// A run of an organization that began before it was removed, and ends after, makes it again.
func Prune(ctx context.Context, pool *pgxpool.Pool, o Options, p Pruning) (*Pruned, error) {
	if pool == nil {
		return nil, errNoPool
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var done *Pruned
	err := again(ctx, busy, func() error {
		err := pgx.BeginTxFunc(ctx, pool, readCommitted, func(tx pgx.Tx) (err error) {
			if done, err = o.prune(ctx, tx, p); err == nil && p.DryRun {
				err = errDry
			}
			return err
		})
		if errors.Is(err, errDry) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, explain(err)
	}
	return done, nil
}

// errDry takes back what was only tried.
var errDry = errors.New("postgres: nothing is to be removed")

func (o *Options) prune(ctx context.Context, tx pgx.Tx, p Pruning) (*Pruned, error) {
	if err := o.lock(ctx, tx); err != nil {
		return nil, err
	}
	v, err := o.version(ctx, tx)
	if err != nil {
		return nil, err
	}
	if !v.current() {
		return nil, fmt.Errorf("%w: the schema %s has no tables of this version: jumpgraph postgres migrate makes them", jumpgraph.ErrNoResult, o.schema())
	}
	if _, err := tx.Exec(ctx, o.enter()); err != nil {
		return nil, err
	}
	done := &Pruned{}
	if done.Organizations, err = v.pruneOrganizations(ctx, tx, p); err != nil {
		return nil, err
	}
	if p.Model {
		err = v.pruneModel(ctx, tx, done)
	}
	return done, err
}

// pruneOrganizations removes organizations, and returns their ids.
func (v *version) pruneOrganizations(ctx context.Context, tx pgx.Tx, p Pruning) ([]string, error) {
	var before *int64
	if !p.LeftBefore.IsZero() {
		before = new(p.LeftBefore.UnixMilli())
	}
	// The rows are held, so that no run writes these organizations meanwhile.
	rows, err := tx.Query(ctx, "SELECT id FROM organization WHERE leftAt < $1 OR id = ANY ($2) ORDER BY id FOR UPDATE", before, p.Organizations)
	if err != nil {
		return nil, err
	}
	orgs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, id := range p.Organizations {
		if !slices.Contains(orgs, id) {
			return nil, fmt.Errorf("%w: there is no organization %s", jumpgraph.ErrUsage, id)
		}
	}
	if len(orgs) == 0 {
		return nil, nil
	}
	var c script
	c.add("organization", "DELETE FROM organization WHERE id = ANY ($1)", orgs)
	for _, name := range v.made {
		if table, column, _ := strings.Cut(name, "."); column == "_organization" && v.there.column(table, column) != nil {
			c.add(table, "DELETE FROM "+pgx.Identifier{table}.Sanitize()+" WHERE _organization = ANY ($1)", orgs)
		}
	}
	return orgs, c.run(ctx, tx)
}

// pruneModel removes the tables and columns that the data model has no place for.
func (v *version) pruneModel(ctx context.Context, tx pgx.Tx, done *Pruned) error {
	needed := made()
	var statements []string
	views := map[string]bool{} // to be made again
	for _, name := range v.made {
		table, column, _ := strings.Cut(name, ".")
		known := slices.ContainsFunc(needed, func(n string) bool { return strings.HasPrefix(n, table+".") })
		switch {
		case slices.Contains(needed, name) || v.there[table] == nil:
		case !known && !slices.Contains(done.Tables, table):
			done.Tables = append(done.Tables, table)
			statements = append(statements, "DROP VIEW IF EXISTS "+pgx.Identifier{"v_" + table}.Sanitize(), "DROP TABLE "+pgx.Identifier{table}.Sanitize())
		case known && v.there.column(table, column) != nil:
			done.Columns = append(done.Columns, name)
			if !views[table] && v.there["v_"+table] != nil {
				statements = append(statements, "DROP VIEW "+pgx.Identifier{"v_" + table}.Sanitize())
				views[table] = true
				delete(v.there, "v_"+table)
			}
			statements = append(statements, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s", pgx.Identifier{table}.Sanitize(), pgx.Identifier{column}.Sanitize()))
		}
	}
	statements = append(statements, viewStatements(v)...)
	if _, err := tx.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return err
	}
	text, err := json.Marshal(needed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE jumpgraph_version SET made = $1", string(text))
	return err
}
