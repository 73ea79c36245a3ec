package view

import (
	"context"
	"fmt"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
)

// usage returns an error that says what the caller must do first.
func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", jumpgraph.ErrUsage, fmt.Sprintf(format, args...))
}

// unreadable says that an error came from reading the database.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("view: read the database: %w", err)
}

// usable reports what is wrong with a database from which nothing can be read, or nothing may be concluded.
func usable(ctx context.Context, db graphsql.Database) error {
	if db == nil || db.Manifest() == nil {
		return usage("there is no database: give an open one, such as sqlite.Open returns")
	}
	return unreadable(db.Verify(ctx))
}

// query runs a statement and hands each row to row. The values are valid during the call only.
func query(ctx context.Context, db graphsql.Database, sql string, args map[string]any, row func(values []any) error) error {
	_, err := db.Query(ctx, sql, args, row)
	return unreadable(err)
}

// number returns the one number that a statement gives.
func number(ctx context.Context, db graphsql.Database, sql string) (n int64, err error) {
	err = query(ctx, db, sql, nil, func(values []any) error {
		n, _ = values[0].(int64)
		return nil
	})
	return n, err
}

// texts returns the first column of what a statement gives.
func texts(ctx context.Context, db graphsql.Database, sql string, args map[string]any) ([]string, error) {
	var all []string
	err := query(ctx, db, sql, args, func(values []any) error {
		s, _ := values[0].(string)
		all = append(all, s)
		return nil
	})
	return all, err
}
