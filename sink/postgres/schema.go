package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// form is what a column holds.
type form int

// The forms.
const (
	formText     form = iota
	formFlag          // 1, 0 or null
	formAssumed       // the same, and null where the data model demands false
	formTime          // milliseconds since 1970
	formWhole         // a whole number
	formNumber        // any number
	formDocument      // JSON
)

// typeName returns the type of a column, as PostgreSQL calls it.
func (f form) typeName() string {
	switch f {
	case formFlag, formAssumed:
		return "smallint"
	case formTime, formWhole:
		return "bigint"
	case formNumber:
		return "double precision"
	case formText, formDocument:
	}
	return "text"
}

// column is a column of a table. Its name is written without quotation marks, so that PostgreSQL knows it in small letters.
type column struct {
	name    string
	form    form
	key     bool // it is part of the primary key
	comment string
}

// table is a table, as the newest version of it.
type table struct {
	name, comment string
	columns       []column
}

// names returns the names of the columns with commas between, each after a prefix.
func (t *table) names(prefix string) string {
	return join(t.columns, ", ", func(c column) string { return prefix + c.name })
}

// keys returns the columns of the primary key.
func (t *table) keys() []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return !c.key })
}

// values returns the other columns.
func (t *table) values() []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.key })
}

func join[T any](list []T, by string, text func(T) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = text(v)
	}
	return strings.Join(parts, by)
}

// definition is a column as a table has it. The collation makes PostgreSQL compare texts as SQLite does.
func (c column) definition() string {
	text := c.name + " " + c.form.typeName()
	if c.form.typeName() == "text" {
		text += ` COLLATE "C"`
	}
	return text
}

// stored is the name of a column as PostgreSQL knows it.
func (c column) stored() string { return strings.ToLower(c.name) }

// literal is a text as SQL has it.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// tablesVersion counts the changes of tables and views that do not follow from the data model. Raise it when a view is made in
// another way, so that those that are there are made again.
const tablesVersion = 1

// allTables are the tables of the schema.
func allTables() []table { return slices.Concat(runTables, graphTables) }

// fingerprint tells the tables of this version from those of others. What only explains them does not count.
var fingerprint = func() string {
	sum := sha256.Sum256([]byte(strings.Join(tableStatements(nil), ";\n") + graphsql.Functions()))
	return hex.EncodeToString(sum[:])
}()

// generatedKey is the name of the column that every relationship has, and that no run writes.
const generatedKey = "_key"

// tableStatements make the tables, columns and indexes that are not there. Each of them may be run again.
func tableStatements(there standing) []string {
	all := []string{"CREATE SEQUENCE IF NOT EXISTS token"}
	for _, t := range allTables() {
		all = append(all, t.statements(there)...)
	}
	for _, r := range relationships.Rules() {
		if there.column(r.Type, generatedKey) == nil {
			all = append(all, fmt.Sprintf("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s text COLLATE \"C\" GENERATED ALWAYS AS (%s) STORED", r.Type, generatedKey, edgeKey(r, "")))
		}
		all = append(all, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s_to ON %s (_organization, _toEntityKey, _fromEntityKey)", r.Type, r.Type))
	}
	return append(all,
		"CREATE INDEX IF NOT EXISTS changes_at ON changes (at)",
		"CREATE INDEX IF NOT EXISTS changes_key ON changes (_organization, key)",
		"CREATE INDEX IF NOT EXISTS unknown_key ON unknown (_organization, tableName, _key)",
		"CREATE INDEX IF NOT EXISTS jumpcloud_user_is_employee_email ON jumpcloud_user_is_employee (email)",
	)
}

// edgeKey is the key of a relationship, made of those of its ends.
func edgeKey(r relationships.Rule, prefix string) string {
	return fmt.Sprintf("%s_fromEntityKey || '|%s|' || %s_toEntityKey", prefix, strings.ToLower(string(r.Class)), prefix)
}

// statements make a table, or add the columns that an older version of it lacks. A table that has them all is not locked.
func (t *table) statements(there standing) []string {
	if there[t.name] == nil {
		parts := join(t.columns, ", ", column.definition)
		if keys := t.keys(); len(keys) > 0 {
			parts += ", PRIMARY KEY (" + join(keys, ", ", func(c column) string { return c.name }) + ")"
		}
		return []string{fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", t.name, parts)}
	}
	var all []string
	for _, c := range t.values() {
		if there.column(t.name, c.stored()) == nil {
			all = append(all, fmt.Sprintf("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s", t.name, c.definition()))
		}
	}
	return all
}

// comments explain the tables and columns to whoever looks into the database.
func comments() []string {
	var all []string
	for _, t := range allTables() {
		all = append(all, fmt.Sprintf("COMMENT ON TABLE %s IS %s", t.name, literal(t.comment)))
		for _, c := range t.columns {
			all = append(all, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", t.name, c.name, literal(c.comment)))
		}
	}
	return all
}

// sources say which collection the rows of each table come from.
func sources() []string {
	users, _ := jumpgraph.CollectionOf("jumpcloud_user")
	from := [][2]string{{"jumpcloud_user_is_employee", users}, {"employee", users}}
	for _, t := range graphTables {
		name, _ := jumpgraph.CollectionOf(t.name)
		from = append(from, [2]string{t.name, name})
	}
	values := join(from, ", ", func(f [2]string) string { return "(" + literal(f[0]) + ", " + literal(f[1]) + ")" })
	return []string{"INSERT INTO source (tableName, collection) VALUES " + values + " ON CONFLICT (tableName) DO UPDATE SET collection = EXCLUDED.collection"}
}

// made names everything that a migration makes and a later one may not need: the columns of all tables.
func made() []string {
	var all []string
	for _, t := range allTables() {
		for _, c := range t.columns {
			all = append(all, t.name+"."+c.stored())
		}
	}
	for _, r := range relationships.Rules() {
		all = append(all, r.Type+"."+generatedKey)
	}
	return all
}
