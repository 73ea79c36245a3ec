// Package graphsql says what a stored graph is that answers SQL, whatever database keeps it.
//
// Packages view and questions/evidence ask through [Database]. What they ask is written so that SQLite and PostgreSQL both
// understand it and give the same rows in the same order.
package graphsql

import (
	"context"

	"github.com/jumpgraph/jumpgraph"
)

// Database is a stored graph that answers SQL. The tables and their columns are those of docs/queries.md.
type Database interface {
	// Manifest returns the proof of the run that made the graph. It must not be changed. It is nil where no graph is open, also
	// when it is called of a nil pointer.
	Manifest() *jumpgraph.Manifest
	// Verify reports an error where the graph is not as its run wrote it.
	Verify(ctx context.Context) error
	// Describe says what a statement is about, without running it. A statement that the database does not understand, or that
	// does more than read, is [jumpgraph.ErrUsage].
	Describe(query string) (Statement, error)
	// Query runs one statement that reads, and hands each row to row. Values are nil, int64, float64, string or []byte; the
	// slice is valid during the call only. Arguments are a string, int, int64, float64 or nil, named without the colon that
	// they have in the statement; one that is missing is null. An error of row ends the query and is returned; one for which the
	// statement is to blame is [jumpgraph.ErrUsage].
	Query(ctx context.Context, query string, args map[string]any, row func(values []any) error) (columns []string, err error)
}

// Statement says what a statement is about.
type Statement struct {
	// Columns are the names of the columns that it gives, and Parameters those of its parameters, without their colon.
	Columns, Parameters []string
	// Reads are the columns that it reads, by table and name, as docs/queries.md spells them.
	Reads []Column
}

// Column is a column of a table. The name is empty where a statement needs only the rows, as count(*) does.
type Column struct{ Table, Name string }
