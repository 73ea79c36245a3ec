// Package store keeps what a fleet knows of its organizations in tables beside the graph: which there are, how their last runs
// ended, and the leases of package share. It holds names of credentials, and no credential.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// Store is the part of the database that the fleet has.
type Store struct {
	Pool  *pgxpool.Pool
	Graph postgres.Options // where the graph is

	schema string
}

// Open connects to a database for the fleet. idle is how long a transaction may wait for its program: one that was stopped in the
// middle of a commit must not hold the rows for longer. It makes the tables of the graph and of the fleet where they are
// missing and the role may.
func Open(ctx context.Context, address string, idle time.Duration) (*Store, error) {
	pool, o, err := connect(ctx, address, idle)
	if err != nil {
		return nil, err
	}
	s := New(pool, o)
	err = s.checkSchema()
	if err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// connections is how many a worker opens at most, unless the address says something else: commits of large organizations must not
// let the leases wait.
const connections = 16

// connect makes the pool by the rules of package postgres.
func connect(ctx context.Context, address string, idle time.Duration) (*pgxpool.Pool, postgres.Options, error) {
	pool, o, err := postgres.Connect(ctx, address)
	if err != nil {
		return nil, o, err
	}
	config := pool.Config()
	pool.Close()
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = connections
	}
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(idle.Milliseconds(), 10)
	config.ConnConfig.RuntimeParams["application_name"] = "jumpgraph-fleet"
	pool, err = pgxpool.NewWithConfig(ctx, config)
	return pool, o, err
}

// New makes a store of a pool.
func New(pool *pgxpool.Pool, graph postgres.Options) *Store {
	name := graph.Schema
	if name == "" {
		name = "jumpgraph"
	}
	return &Store{Pool: pool, Graph: graph, schema: name + "_fleet"}
}

// checkSchema refuses a name that PostgreSQL would cut, perhaps to that of the graph.
func (s *Store) checkSchema() error {
	const longest = 63
	if len(s.schema) > longest {
		return fmt.Errorf("the schema %s is too long a name: the fleet needs one with _fleet behind it, which may have %d characters", s.graph(), longest)
	}
	return nil
}

// Schema is the schema of the fleet's tables: that of the graph with _fleet behind it.
func (s *Store) Schema() string { return s.schema }

// graph is the schema of the graph's tables.
func (s *Store) graph() string { return s.schema[:len(s.schema)-len("_fleet")] }

// statements make the tables. Each may be run again.
var statements = []string{
	`CREATE TABLE IF NOT EXISTS member (
		organization text PRIMARY KEY, name text NOT NULL, credential text NOT NULL, listed text NOT NULL, settings text NOT NULL DEFAULT '',
		first_seen timestamptz NOT NULL, last_seen timestamptz NOT NULL, left_at timestamptz)`,
	`CREATE TABLE IF NOT EXISTS outcome (
		organization text PRIMARY KEY, ended timestamptz NOT NULL, status text NOT NULL, reason text NOT NULL, requests bigint NOT NULL,
		changes bigint NOT NULL, seconds double precision NOT NULL, completed timestamptz)`,
	`CREATE TABLE IF NOT EXISTS lease (
		credential text, worker text, rate double precision NOT NULL, expires timestamptz NOT NULL, PRIMARY KEY (credential, worker))`,
	`COMMENT ON TABLE member IS 'The organizations of the fleet, as they were listed last, with the name of the credential that collects them.'`,
	`COMMENT ON TABLE outcome IS 'How the last run of each organization ended.'`,
	`COMMENT ON TABLE lease IS 'Which part of the request rate of a credential each worker has.'`,
}

// migrate makes what is missing: of the graph, then of the fleet. A role that may not make tables is enough once they are there.
func (s *Store) migrate(ctx context.Context) error {
	if err := postgres.Migrate(ctx, s.Pool, s.Graph); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 7361))", s.schema); err != nil {
			return err
		}
		var there int
		err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename IN ('member', 'outcome', 'lease')", s.schema).Scan(&there)
		if err != nil || there == 3 {
			return err
		}
		name := pgx.Identifier{s.schema}.Sanitize()
		if _, err := tx.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+name+"; SET LOCAL search_path = "+name); err != nil {
			return err
		}
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	return explain("make the tables of the fleet", err)
}

// explain says what was being done, and what helps.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch said.Code {
		case "42501":
			return fmt.Errorf("%s: %w (the role may not do this: docs/fleet.md has the grants)", doing, err)
		case "42P01", "3F000":
			return fmt.Errorf("%s: %w (jumpgraph-fleet migrate makes the tables, with a role that may)", doing, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Away reports that an error says only that the database is not there now: no connection, starting, shutting down, or full.
func Away(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return false
	}
	said, ok := errors.AsType[*pgconn.PgError](err)
	return !ok || strings.HasPrefix(said.Code, "57P") || said.Code == "53300"
}

// table is the name of a table of the fleet.
func (s *Store) table(name string) string { return pgx.Identifier{s.schema, name}.Sanitize() }

// Member is an organization of the fleet.
type Member struct {
	Organization *client.Organization // as it was listed
	Credential   string               // the name of the credential that collects it
	Settings     string               // of its schedule, when it was written last; empty when it is not known
	Left         time.Time            // when no credential saw it any more; zero while one does
}

// ErrNotMember says that an organization is not one of the fleet.
var ErrNotMember = errors.New("the organization is not one of the fleet")

// Member returns an organization, unless it has left.
func (s *Store) Member(ctx context.Context, id string) (*Member, error) {
	members, err := s.members(ctx, "WHERE organization = $1 AND left_at IS NULL", id)
	if err == nil && len(members) == 0 {
		err = fmt.Errorf("%w: %s", ErrNotMember, id)
	}
	if err != nil {
		return nil, err
	}
	return members[0], nil
}

// Members returns all organizations, those that have left included, by id.
func (s *Store) Members(ctx context.Context) ([]*Member, error) { return s.members(ctx, "") }

func (s *Store) members(ctx context.Context, where string, args ...any) ([]*Member, error) {
	rows, err := s.Pool.Query(ctx, "SELECT listed, credential, settings, left_at FROM "+s.table("member")+" "+where+" ORDER BY organization", args...)
	if err != nil {
		return nil, explain("read the organizations of the fleet", err)
	}
	members, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Member, error) {
		var listed string
		var left *time.Time
		m := &Member{Organization: &client.Organization{}}
		if err := row.Scan(&listed, &m.Credential, &m.Settings, &left); err != nil {
			return nil, err
		}
		if left != nil {
			m.Left = *left
		}
		return m, json.Unmarshal([]byte(listed), m.Organization)
	})
	return members, explain("read the organizations of the fleet", err)
}

// Keep writes which organizations there are. Those with a time in Left have left; the time of the first mark stays.
func (s *Store) Keep(ctx context.Context, members []*Member) error {
	var batch pgx.Batch
	for _, m := range members {
		listed, err := json.Marshal(m.Organization)
		if err != nil {
			return err
		}
		var left *time.Time
		if !m.Left.IsZero() {
			left = &m.Left
		}
		o := m.Organization
		batch.Queue("INSERT INTO "+s.table("member")+` AS m (organization, name, credential, listed, settings, first_seen, last_seen, left_at)
			VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), $6)
			ON CONFLICT (organization) DO UPDATE SET name = EXCLUDED.name, credential = EXCLUDED.credential, listed = EXCLUDED.listed, settings = EXCLUDED.settings,
				last_seen = CASE WHEN EXCLUDED.left_at IS NULL THEN EXCLUDED.last_seen ELSE m.last_seen END,
				left_at = CASE WHEN EXCLUDED.left_at IS NULL THEN NULL ELSE coalesce(m.left_at, EXCLUDED.left_at) END`,
			o.ID, writable(Name(o)), m.Credential, string(listed), m.Settings, left)
	}
	return explain("write the organizations of the fleet", pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() }))
}

// Forget removes organizations from the fleet's tables.
func (s *Store) Forget(ctx context.Context, ids ...string) error {
	for _, table := range []string{"member", "outcome"} {
		if _, err := s.Pool.Exec(ctx, "DELETE FROM "+s.table(table)+" WHERE organization = ANY ($1)", ids); err != nil {
			return explain("remove organizations", err)
		}
	}
	return nil
}

// writable is a text that PostgreSQL can hold.
func writable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// Name is how people call an organization.
func Name(o *client.Organization) string {
	if o.DisplayName != "" {
		return o.DisplayName
	}
	return o.ID
}
