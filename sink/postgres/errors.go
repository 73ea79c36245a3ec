package postgres

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jumpgraph/jumpgraph"
)

// advice says what to do about an error of PostgreSQL, by the beginning of its code.
var advice = []struct{ code, text string }{
	{"08", "the connection was lost: look at the server, and try again"},
	{"22P05", "the database must have the encoding UTF8: make one with createdb --encoding UTF8 --template template0"},
	{"23505", "two rows have the same key, or somebody has added a condition to the table"},
	{"23", "somebody has added a condition to the table: remove it"},
	{"25006", "the server or the role may only read, such as on a standby: write to the primary, and look at default_transaction_read_only"},
	{"28", "the role may not log in: look at PGUSER, PGPASSWORD or PGPASSFILE, and at pg_hba.conf"},
	{"3D000", "there is no such database: make it with createdb"},
	{"3F000", "there is no such schema: jumpgraph postgres migrate makes it"},
	{"42501", "the role may not do this: docs/postgres.md has the grants; jumpgraph postgres migrate makes the tables with a role that may"},
	{"42P01", "a table is missing: jumpgraph postgres migrate makes it"},
	{"42703", "a column is missing: jumpgraph postgres migrate adds it"},
	{"42883", "a column has another type than this program makes: somebody has changed the table"},
	{"22001", "a column is shorter than this program makes it: somebody has changed the table"},
	{"2BP01", "something of your own, such as a view, rests on it: remove that first"},
	{"42804", "a column has another type than this program makes: somebody has changed the table"},
	{"53100", "the disk of the server is full: make room, and try again"},
	{"53300", "the server has no free connection: raise max_connections, or run less at once"},
	{"55P03", "another transaction holds the rows: try again"},
	{"57014", "the statement took longer than statement_timeout allows: raise it for this role"},
	{"57P", "the server is shutting down or starting: try again"},
	{"40", "other transactions were in the way each time: try again"},
}

// explain adds what to do to an error of PostgreSQL.
func explain(err error) error {
	if err == nil {
		return nil
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		own := func(is error) bool { return errors.Is(err, is) }
		if slices.ContainsFunc([]error{ErrStale, ErrNewer, jumpgraph.ErrUsage, jumpgraph.ErrNoResult}, own) || strings.HasPrefix(err.Error(), "postgres: ") {
			return err
		}
		return fmt.Errorf("postgres: %w", err)
	}
	for _, a := range advice {
		if strings.HasPrefix(said.Code, a.code) {
			return fmt.Errorf("postgres: %w (%s)", err, a.text)
		}
	}
	return fmt.Errorf("postgres: %w", err)
}
