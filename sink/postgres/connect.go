package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Is reports that a text is the address of a PostgreSQL database: it begins with postgres:// or postgresql://.
func Is(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// HasPassword reports that an address holds a password.
func HasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return strings.Contains(address, "@") // whatever stands before it
	}
	_, password := u.User.Password()
	return password || u.Query().Has("password")
}

// Connect makes a pool for an address such as postgres://user@host/database?schema=jumpgraph, and takes the schema from it. What
// the address leaves out comes from the variables that all programs of PostgreSQL read: PGHOST, PGUSER, PGPASSWORD, PGPASSFILE,
// PGSERVICE and so on. It connects when the pool is used for the first time. Close the pool at the end.
func Connect(ctx context.Context, address string) (*pgxpool.Pool, Options, error) {
	var o Options
	u, err := url.Parse(address)
	if err != nil || !Is(address) {
		return nil, o, errors.New("postgres: the address is none: write postgres://user@host/database?schema=jumpgraph")
	}
	query := u.Query()
	o.Schema = query.Get("schema")
	query.Del("schema")
	u.RawQuery = query.Encode()
	if err := o.check(); err != nil {
		return nil, o, err
	}
	pool, err := pgxpool.New(ctx, u.String())
	if err != nil { // its text may hold the address, and so a password
		return nil, o, fmt.Errorf("postgres: the address %s cannot be read: look at its host, port and parameters", u.Redacted())
	}
	return pool, o, nil
}
