package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

const (
	postgresFormat = "postgres"
	// postgresURL is the variable with the address of the database. It may hold a password, which an argument may not.
	postgresURL = "JUMPGRAPH_POSTGRES_URL"
	// postgresHelp says in the help of a command how a database is named.
	postgresHelp = `
postgres://USER@HOST/DATABASE?schema=NAME is a PostgreSQL database, and postgres:// alone the one in ` + postgresURL + `. Its
password comes from there, or from PGPASSWORD, PGPASSFILE or PGSERVICE, not from the command line.`
)

// postgresAddress returns the address that an argument means, and refuses one with a password: others see the arguments of a
// program.
func postgresAddress(argument string, env environment) (string, error) {
	switch {
	case argument == "postgres://" || argument == "postgresql://":
		if address := env(postgresURL); address != "" {
			return address, nil
		}
		return "", usage(fmt.Errorf("%s is not set: set it to an address such as postgres://user@host/database", postgresURL))
	case postgres.HasPassword(argument):
		return "", usage(fmt.Errorf("the address holds a password, which others can see in the list of processes: leave it out and set PGPASSWORD or PGPASSFILE, or set the whole address as %s and write postgres://", postgresURL))
	}
	return argument, nil
}

// postgresOptions are the flags of what is written into a PostgreSQL database.
type postgresOptions struct {
	ignore []string
	keep   time.Duration
}

func (o *postgresOptions) flags(f *pflag.FlagSet) {
	f.StringSliceVar(&o.ignore, "changes-ignore", nil, "with --format postgres: a property whose changes are not recorded (default lastSeenOn)")
	f.DurationVar(&o.keep, "changes-keep", 0, "with --format postgres: how long changes stay recorded, such as 8760h (default: for ever)")
}

// only refuses the flags for forms that have no place for them.
func (o *postgresOptions) only(form string) error {
	switch {
	case o.keep < 0:
		return usage(errors.New("--changes-keep must not be negative"))
	case form == postgresFormat, len(o.ignore) == 0 && o.keep == 0:
		return nil
	}
	return usage(errors.New("--changes-ignore and --changes-keep are for --format postgres"))
}

// postgresSink writes into a PostgreSQL database, to which it connects when a run begins.
type postgresSink struct {
	address string
	env     environment
	options postgresOptions

	inner jumpgraph.Sink
	close func()
}

// Begin connects.
func (s *postgresSink) Begin(ctx context.Context, run jumpgraph.Run) error {
	address, err := postgresAddress(s.address, s.env)
	if err != nil {
		return err
	}
	pool, o, err := postgres.Connect(context.WithoutCancel(ctx), address)
	if err != nil {
		return err
	}
	if len(s.options.ignore) > 0 {
		o.IgnoreChanges = s.options.ignore
	}
	o.KeepChanges = s.options.keep
	s.inner, s.close = postgres.New(pool, o), pool.Close
	if err := s.inner.Begin(ctx, run); err != nil {
		s.end()
		return err
	}
	return nil
}

func (s *postgresSink) end() {
	s.close()
	s.inner = nil
}

// Entities hands on entities.
func (s *postgresSink) Entities(ctx context.Context, org string, batch []entities.Entity) error {
	return s.inner.Entities(ctx, org, batch)
}

// Relationships hands on relationships.
func (s *postgresSink) Relationships(ctx context.Context, org string, batch []relationships.Relationship) error {
	return s.inner.Relationships(ctx, org, batch)
}

// Commit ends the run and the connections.
func (s *postgresSink) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	if s.inner == nil {
		return errors.New("postgres: Commit comes after Begin")
	}
	err := s.inner.Commit(ctx, m)
	if err == nil { // else Abort follows
		s.end()
	}
	return err
}

// Abort drops the run and ends the connections.
func (s *postgresSink) Abort(ctx context.Context, m *jumpgraph.Manifest, cause error) error {
	if s.inner == nil {
		return nil
	}
	defer s.end()
	return s.inner.Abort(ctx, m, cause)
}

// postgresDB is an open database that closes its connections.
type postgresDB struct {
	*postgres.DB

	pool interface{ Close() }
}

// Close ends reading.
func (db postgresDB) Close() error {
	err := db.DB.Close()
	db.pool.Close()
	return err
}

// openPostgres opens a database, for some organizations or for all.
func openPostgres(ctx context.Context, argument string, env environment, orgs []string) (postgresDB, error) {
	address, err := postgresAddress(argument, env)
	if err != nil {
		return postgresDB{}, err
	}
	pool, o, err := postgres.Connect(context.WithoutCancel(ctx), address)
	if err != nil {
		return postgresDB{}, usage(err)
	}
	o.Organizations = orgs
	db, err := postgres.Open(ctx, pool, o)
	if err != nil {
		pool.Close()
		return postgresDB{}, err
	}
	return postgresDB{db, pool}, nil
}

func postgresCommand(env environment, stderr io.Writer) *cobra.Command {
	group := &cobra.Command{
		Use:   "postgres",
		Short: "Make the tables of a PostgreSQL database, and remove what is not needed in it",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	group.AddCommand(postgresMigrateCommand(env, stderr), postgresPruneCommand(env, stderr))
	return group
}

func postgresMigrateCommand(env environment, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate [ADDRESS]",
		Short: "Make the tables of a PostgreSQL database, or bring them to the newest version",
		Long: `Make the tables of a PostgreSQL database, or bring them to the newest version. Nothing is lost. collect does the same where
its role may; this is for a role of its own.` + postgresHelp + ` Without ADDRESS, it is postgres://.`,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := postgresAddress(oneAddress(args), env)
			if err != nil {
				return err
			}
			pool, o, err := postgres.Connect(cmd.Context(), address)
			if err != nil {
				return usage(err)
			}
			defer pool.Close()
			if err := postgres.Migrate(cmd.Context(), pool, o); err != nil {
				return err
			}
			say(stderr, "The tables are those of this version.")
			return nil
		},
	}
}

// oneAddress returns the address that a command about a database alone means.
func oneAddress(args []string) string {
	if len(args) == 0 {
		return "postgres://"
	}
	return args[0]
}

// pruneOptions are the flags of postgres prune.
type pruneOptions struct {
	env       environment
	orgs      []string
	left      time.Duration
	all, real bool
}

func postgresPruneCommand(env environment, stderr io.Writer) *cobra.Command {
	o := pruneOptions{env: env}
	c := &cobra.Command{
		Use:   "prune [ADDRESS] (--model | --org ID | --left-for TIME) [--yes]",
		Short: "Remove organizations, and what an earlier data model had",
		Long: `Remove organizations with their rows, changes and manifests, and columns and tables that an earlier data model had. Without
--yes it only says what it would remove.` + postgresHelp + ` Without ADDRESS, it is postgres://.`,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        cobra.MaximumNArgs(1),
		RunE:        func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), oneAddress(args), stderr) },
	}
	f := c.Flags()
	f.BoolVar(&o.all, "model", false, "remove what an earlier data model had and this one has no place for")
	f.StringSliceVar(&o.orgs, "org", nil, "id of an organization to remove")
	f.DurationVar(&o.left, "left-for", 0, "remove organizations that were marked as left so long ago, such as 720h")
	f.BoolVar(&o.real, "yes", false, "yes, remove it")
	return c
}

func (o *pruneOptions) run(ctx context.Context, argument string, stderr io.Writer) error {
	if !o.all && len(o.orgs) == 0 && o.left <= 0 {
		return usage(errors.New("say what to remove: --model, --org ID or --left-for TIME"))
	}
	address, err := postgresAddress(argument, o.env)
	if err != nil {
		return err
	}
	pool, options, err := postgres.Connect(ctx, address)
	if err != nil {
		return usage(err)
	}
	defer pool.Close()
	p := postgres.Pruning{Model: o.all, Organizations: o.orgs, DryRun: !o.real}
	if o.left > 0 {
		p.LeftBefore = time.Now().Add(-o.left)
	}
	done, err := postgres.Prune(ctx, pool, options, p)
	if err != nil {
		return err
	}
	verb := "Removed"
	if !o.real {
		verb = "Would remove, with --yes,"
	}
	for _, part := range []struct {
		what  string
		names []string
	}{{"organizations", done.Organizations}, {"tables", done.Tables}, {"columns", done.Columns}} {
		say(stderr, fmt.Sprintf("%s %d %s: %s", verb, len(part.names), part.what, cell(strings.Join(part.names, ", "))))
	}
	return nil
}
