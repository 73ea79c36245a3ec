package postgres

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

var _ graphsql.Database = (*DB)(nil)

// Verify reports an error where the tables do not hold as many rows as the manifests count: somebody has changed them.
func (db *DB) Verify(ctx context.Context) error {
	if db.verified {
		return nil
	}
	for _, t := range graphTables {
		want := db.manifest.Entities[t.name] + db.manifest.Relationships[t.name]
		var have int64
		err := db.tx.QueryRow(ctx, "SELECT count(*) FROM "+t.name+" WHERE $1 OR _organization = ANY ($2)",
			len(db.options.Organizations) == 0, db.options.Organizations).Scan(&have)
		if err != nil {
			return explain(err)
		}
		if have != want {
			return fmt.Errorf("%w: the table %s holds %d rows and the manifests count %d: somebody has changed it; collect again", jumpgraph.ErrNoResult, t.name, have, want)
		}
	}
	db.verified = true
	return nil
}

// Describe says what a statement is about. Which columns it reads is known from SQLite, which has the same tables; for a
// statement that only PostgreSQL understands, they are all columns of the tables in its plan.
func (db *DB) Describe(query string) (graphsql.Statement, error) {
	return db.describe(context.Background(), query)
}

func (db *DB) describe(ctx context.Context, query string) (graphsql.Statement, error) {
	text, names, err := numbered(query)
	if err != nil {
		return graphsql.Statement{}, err
	}
	var s graphsql.Statement
	err = db.apart(ctx, func(tx pgx.Tx) error {
		d, err := tx.Conn().Prepare(ctx, "", text)
		if err != nil {
			return blame(err)
		}
		if len(d.Fields) == 0 {
			return fmt.Errorf("%w: the statement gives no rows: use SELECT", jumpgraph.ErrUsage)
		}
		s = graphsql.Statement{Parameters: names}
		for _, f := range d.Fields {
			s.Columns = append(s.Columns, f.Name)
		}
		return nil
	})
	if err != nil {
		return graphsql.Statement{}, err
	}
	if like, err := sqlite.Describe(query); err == nil && len(like.Columns) == len(s.Columns) {
		s.Columns, s.Reads = like.Columns, like.Reads
		return s, nil
	}
	s.Reads, err = db.planned(ctx, text, len(names))
	return s, err
}

// planned returns all columns of the tables that are in the plan of a statement.
func (db *DB) planned(ctx context.Context, text string, parameters int) ([]graphsql.Column, error) {
	nulls := make([]any, parameters)
	var plan []byte
	err := db.apart(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "EXPLAIN (FORMAT JSON, VERBOSE) "+text, nulls...).Scan(&plan)
	})
	if err != nil {
		return nil, blame(err)
	}
	var nodes any
	if err := json.Unmarshal(plan, &nodes); err != nil {
		return nil, fmt.Errorf("postgres: read the plan: %w", err)
	}
	var all []graphsql.Column
	eachRelation(nodes, func(name string) {
		for _, t := range slices.Concat(runTables, graphTables) {
			if strings.EqualFold(t.name, name) {
				for _, c := range t.columns {
					all = append(all, graphsql.Column{Table: t.name, Name: c.name})
				}
			}
		}
	})
	return all, nil
}

// eachRelation finds the tables in a plan.
func eachRelation(node any, found func(name string)) {
	switch n := node.(type) {
	case []any:
		for _, part := range n {
			eachRelation(part, found)
		}
	case map[string]any:
		if name, ok := n["Relation Name"].(string); ok {
			found(name)
		}
		for _, part := range n {
			eachRelation(part, found)
		}
	}
}

// apart runs something that may fail without ending the transaction.
func (db *DB) apart(ctx context.Context, f func(pgx.Tx) error) error {
	tx, err := db.tx.Begin(ctx)
	if err != nil {
		return explain(err)
	}
	err = f(tx)
	return errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
}

// Query runs one statement that reads, and hands each row to row; see [graphsql.Database]. Where the database was opened for
// some organizations, the statement sees their rows alone.
func (db *DB) Query(ctx context.Context, query string, args map[string]any, row func(values []any) error) (columns []string, err error) {
	if row == nil {
		return nil, errors.New("postgres: Query needs a function that takes the rows")
	}
	about, err := db.describe(ctx, query)
	if err != nil {
		return nil, err
	}
	text, names, err := numbered(query)
	if err != nil {
		return nil, err
	}
	for name := range args {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w: the statement has no parameter :%s", jumpgraph.ErrUsage, name)
		}
	}
	given := make([]any, len(names))
	for i, name := range names {
		given[i] = args[name]
	}
	if len(db.options.Organizations) > 0 {
		text = db.within(text, len(names)+1)
		given = append(given, db.options.Organizations)
	}
	err = db.apart(ctx, func(tx pgx.Tx) error { return stream(ctx, tx, text, given, row) })
	return about.Columns, err
}

// stream runs a statement and hands on its rows.
func stream(ctx context.Context, tx pgx.Tx, text string, given []any, row func(values []any) error) error {
	d, err := tx.Conn().Prepare(ctx, "", text)
	if err != nil {
		return blame(err)
	}
	for i := range given {
		if given[i], err = argument(tx.Conn().TypeMap(), d.ParamOIDs[i], given[i]); err != nil {
			return err
		}
	}
	rows, err := tx.Query(ctx, text, given...)
	if err != nil {
		return blame(err)
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return blame(err)
		}
		for i, v := range values {
			values[i] = plain(v)
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return blame(rows.Err())
}

// argument is the value of a parameter as the type takes it that PostgreSQL expects.
func argument(types *pgtype.Map, oid uint32, value any) (any, error) {
	t, _ := types.TypeForOID(oid)
	switch v := value.(type) {
	case nil, []string:
		return v, nil
	case int:
		return argument(types, oid, int64(v))
	case int64:
		if t != nil && (t.Name == "text" || t.Name == "varchar") {
			return strconv.FormatInt(v, 10), nil
		}
		return v, nil
	case float64, string:
		if s, text := v.(string); text && t != nil && strings.HasPrefix(t.Name, "int") {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%w: a parameter must be a whole number, not %q", jumpgraph.ErrUsage, s)
			}
			return n, nil
		}
		return v, nil
	}
	return nil, fmt.Errorf("%w: a parameter has the type %T: give a string, int, int64, float64 or nil", jumpgraph.ErrUsage, value)
}

// plain is a value as SQLite would give it.
func plain(v any) any {
	switch v := v.(type) {
	case nil, int64, float64, string:
		return v
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case float32:
		return float64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return hex.EncodeToString(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case pgtype.Numeric:
		return number(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// number is a number without limits: whole where it is and fits.
func number(n pgtype.Numeric) any {
	if whole, err := n.Int64Value(); err == nil && whole.Valid {
		return whole.Int64
	}
	f, err := n.Float64Value()
	switch {
	case err != nil, !f.Valid:
		return nil
	case math.IsNaN(f.Float64):
		return "NaN"
	}
	return f.Float64
}

// within makes a statement see the rows of some organizations alone, which are a parameter.
func (db *DB) within(text string, parameter int) string {
	var parts []string
	for _, t := range slices.Concat(runTables, graphTables) {
		column := t.columns[0].name
		if column != "_organization" && t.name != "organization" {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s AS NOT MATERIALIZED (SELECT * FROM %s.%s WHERE %s = ANY ($%d))", t.name, db.options.quoted(), t.name, column, parameter))
	}
	parts = append(parts, "employee AS NOT MATERIALIZED ("+employeeSelect+")")
	return "WITH " + strings.Join(parts, ", ") + " SELECT * FROM (" + strings.TrimRight(text, "; \t\r\n") + "\n) statement"
}

// blame tells what a statement does wrong from what is wrong with the database.
func blame(err error) error {
	said, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return explain(err)
	case said.Code == "25006":
		return fmt.Errorf("%w: the statement does more than read: use SELECT", jumpgraph.ErrUsage)
	case strings.HasPrefix(said.Code, "42") && said.Code != "42501", strings.HasPrefix(said.Code, "22"), strings.HasPrefix(said.Code, "21"):
		return fmt.Errorf("%w: postgres: %s", jumpgraph.ErrUsage, said.Message)
	}
	return explain(err)
}
