package sqlite

import (
	"errors"

	"zombiezen.com/go/sqlite"

	"github.com/jumpgraph/jumpgraph/graphsql"
)

// Describe says what a statement is about, in an empty database: other databases with the same tables cannot say which columns
// one reads.
func Describe(query string) (s graphsql.Statement, err error) {
	conn, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite)
	if err != nil {
		return s, err
	}
	db := &DB{conn: conn, read: map[graphsql.Column]bool{}}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := errors.Join(addFunctions(conn), script(conn, Schema())); err != nil {
		return s, err
	}
	if err := conn.SetAuthorizer(sqlite.AuthorizeFunc(db.authorize)); err != nil {
		return s, err
	}
	return db.Describe(query)
}
