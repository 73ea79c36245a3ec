package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
	"github.com/jumpgraph/jumpgraph/schemas"
)

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// quoted returns the name of the schema as SQL has it.
func (o *Options) quoted() string { return `"` + o.schema() + `"` }

// check refuses a name of a schema that PostgreSQL would not take as it stands, or keeps for itself.
func (o *Options) check() error {
	if name := o.schema(); !schemaName.MatchString(name) || strings.HasPrefix(name, "pg_") || name == "information_schema" {
		return fmt.Errorf("postgres: the schema %q: use up to 63 small letters, digits and underscores, and no name that begins with pg_", name)
	}
	return nil
}

// enter makes the tables of the schema those that statements mean. Temporary tables come last, so that one of somebody else on
// the same connection hides none of them.
func (o *Options) enter() string { return "SET LOCAL search_path TO " + o.quoted() + ", pg_temp" }

// ErrNewer says that the database was made by a newer version of this library.
var ErrNewer = errors.New("postgres: the database is of a newer version")

// readCommitted are the transactions that write: each statement sees what others have committed, so that a run that had to wait
// for another one of its organization sees the rows of that.
var readCommitted = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}

// Migrate makes the tables, or brings them to the newest version. It loses nothing: what a later data model has no place for
// stays until [Prune]. It needs a role that may create in the schema, or make the schema. Several that start at once wait for
// each other. A database of a newer version is [ErrNewer].
func Migrate(ctx context.Context, pool *pgxpool.Pool, o Options) error {
	if pool == nil {
		return errNoPool
	}
	if err := o.check(); err != nil {
		return err
	}
	return explain(again(ctx, busy, func() error {
		return pgx.BeginTxFunc(ctx, pool, readCommitted, func(tx pgx.Tx) error { return o.migrate(ctx, tx) })
	}))
}

// lock lets one transaction alone change the tables of the schema.
func (o *Options) lock(ctx context.Context, tx pgx.Tx) error {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("jumpgraph " + o.schema()))
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(hash.Sum64())) //nolint:gosec // any number will do
	return err
}

func (o *Options) migrate(ctx context.Context, tx pgx.Tx) error {
	if err := o.lock(ctx, tx); err != nil {
		return err
	}
	v, err := o.version(ctx, tx)
	if err != nil || v.current() {
		return err
	}
	if v.model == "" {
		if err := o.newSchema(ctx, tx); err != nil {
			return err
		}
	}
	statements := slices.Concat([]string{o.enter()}, tableStatements(v.there), []string{graphsql.Functions()}, viewStatements(v), comments(), sources())
	if _, err := tx.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return err
	}
	text, err := json.Marshal(v.everMade())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO jumpgraph_version (one, tablesVersion, modelVersion, fingerprint, toolVersion, made, migratedAt)
		VALUES (1, $1, $2, $3, $4, $5, (extract(epoch FROM now()) * 1000)::bigint)
		ON CONFLICT (one) DO UPDATE SET tablesVersion = EXCLUDED.tablesVersion, modelVersion = EXCLUDED.modelVersion,
			fingerprint = EXCLUDED.fingerprint, toolVersion = EXCLUDED.toolVersion, made = EXCLUDED.made, migratedAt = EXCLUDED.migratedAt`,
		tablesVersion, schemas.ModelVersion, fingerprint, buildinfo.Read().Version, string(text))
	return err
}

// newSchema makes the schema, unless it is there. One that holds tables of somebody else is refused.
func (o *Options) newSchema(ctx context.Context, tx pgx.Tx) error {
	var encoding string
	var there bool
	var foreign *string
	err := tx.QueryRow(ctx, `SELECT pg_encoding_to_char(d.encoding), EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
			(SELECT min(c.relname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND to_regclass($2) IS NULL)
		FROM pg_database d WHERE d.datname = current_database()`, o.schema(), o.quoted()+".jumpgraph_version").Scan(&encoding, &there, &foreign)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("postgres: the database has the encoding %s and cannot hold all texts: make one with createdb --encoding UTF8 --template template0", encoding)
	case foreign != nil:
		return fmt.Errorf("postgres: the schema %s holds %s, which is not of jumpgraph: choose another schema", o.schema(), *foreign)
	case !there:
		_, err = tx.Exec(ctx, "CREATE SCHEMA "+o.quoted())
	}
	return err
}

// version is what the database says of its tables; model is empty where there are none.
type version struct {
	tables                   int
	model, tool, fingerprint string
	made                     []string
	there                    standing
}

// current reports that the tables are those of this version, and that nobody has removed a part of them.
func (v *version) current() bool {
	return v.model != "" && v.tables == tablesVersion && v.fingerprint == fingerprint && v.missing() == ""
}

// everMade names the columns that this version makes, and those that others have made.
func (v *version) everMade() []string {
	all := append(made(), v.made...)
	slices.Sort(all)
	return slices.Compact(all)
}

// missing names a table or column that is not there; it is empty when there is none.
func (v *version) missing() string {
	for _, t := range allTables() {
		for _, c := range t.columns {
			if v.there.column(t.name, c.stored()) == nil {
				return t.name + "." + c.name
			}
		}
	}
	return ""
}

// changed says which column has another type than this version makes.
func (v *version) changed() error {
	for _, t := range allTables() {
		for _, c := range t.columns {
			if is := v.there.column(t.name, c.stored()); is != nil && is.typ != c.form.typeName() {
				return fmt.Errorf("postgres: the column %s of the table %s has the type %s and must have %s: somebody has changed the table; change it back with ALTER TABLE",
					c.name, t.name, is.typ, c.form.typeName())
			}
		}
	}
	return nil
}

// version reads what the database says of its tables. A newer one is an error, and so is a column of another type.
func (o *Options) version(ctx context.Context, tx pgx.Tx) (*version, error) {
	v := &version{}
	name := o.quoted() + ".jumpgraph_version"
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there); err != nil || !there {
		return v, err
	}
	var made string
	err := tx.QueryRow(ctx, "SELECT tablesVersion, modelVersion, fingerprint, toolVersion, made FROM "+name).Scan(&v.tables, &v.model, &v.fingerprint, &v.tool, &made)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	if made != "" {
		if err := json.Unmarshal([]byte(made), &v.made); err != nil {
			return nil, fmt.Errorf("postgres: the column made of the table jumpgraph_version is not a JSON array: somebody has changed it: %w", err)
		}
	}
	if v.tables > tablesVersion || newer(v.model, schemas.ModelVersion) {
		return nil, fmt.Errorf("%w: it was made by jumpgraph %s for the data model %s, and this program knows the data model %s: use jumpgraph %s or later",
			ErrNewer, v.tool, v.model, schemas.ModelVersion, v.tool)
	}
	if v.there, err = o.standing(ctx, tx); err != nil {
		return nil, err
	}
	return v, v.changed()
}

// newer reports that a version is later than another.
func newer(a, b string) bool {
	var x, y [3]int
	_, _ = fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2])
	_, _ = fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2])
	return slices.Compare(x[:], y[:]) > 0
}

// standing are the columns that the tables and views of the schema have, in order.
type standing map[string][]standingColumn

type standingColumn struct{ name, typ string }

// column returns a column of a table; nil when it is not there.
func (s standing) column(table, name string) *standingColumn {
	i := slices.IndexFunc(s[table], func(c standingColumn) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &s[table][i]
}

// standing reads which columns there are.
func (o *Options) standing(ctx context.Context, tx pgx.Tx) (standing, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`, o.schema())
	if err != nil {
		return nil, err
	}
	all := standing{}
	var table string
	var c standingColumn
	_, err = pgx.ForEachRow(rows, []any{&table, &c.name, &c.typ}, func() error {
		all[table] = append(all[table], c)
		return nil
	})
	return all, err
}
