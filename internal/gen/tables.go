package main

import (
	"bytes"
	"fmt"
	"go/format"
	"reflect"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/entities/class"
)

// The tables of the SQLite sink: one per entity and relationship type, and the Go code that fills and reads them.

// column says how a property stands in a table.
type column struct {
	sql   string // the type, with NOT NULL where the property is always a value
	write string // a Go call that binds the value of %s
	read  string // a Go expression that reads it back
}

// columnOf returns the column of a field.
func columnOf(f reflect.StructField, p *property) (column, error) {
	t := f.Type
	switch {
	case t == reflect.TypeFor[entities.Null]():
		return column{"TEXT", "w.null()", ""}, nil
	case t.Kind() == reflect.Bool:
		return column{"INTEGER", "w.bool(%s)", "r.bool()"}, nil
	case t.Kind() == reflect.String:
		c := column{"TEXT NOT NULL", "w.text(string(%s))", fmt.Sprintf("%s(r.text())", t)}
		if p.omitted {
			c.sql, c.write = "TEXT", "w.optional(string(%s))"
		}
		if t == reflect.TypeFor[string]() {
			c.write, c.read = strings.Replace(c.write, "string(%s)", "%s", 1), "r.text()"
		}
		return c, nil
	case t == reflect.TypeFor[[]string]():
		return column{"TEXT", "w.list(%s)", "r.list()"}, nil
	case t == reflect.TypeFor[*bool]():
		return column{"INTEGER", "w.maybeBool(%s)", "r.maybeBool()"}, nil
	case t == reflect.TypeFor[*class.Millis]():
		return column{"INTEGER", "w.maybeMillis(%s)", "r.maybeMillis()"}, nil
	case t == reflect.TypeFor[*float64]():
		return column{"REAL", "w.maybeFloat(%s)", "r.maybeFloat()"}, nil
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String:
		return column{"TEXT", "maybeText(w, %s)", fmt.Sprintf("readText[%s](r)", t.Elem())}, nil
	}
	return column{}, fmt.Errorf("the generator has no column for %s", t)
}

// ddl is a table as it is created.
type ddl struct {
	b    strings.Builder
	rows [][2]string // definition and comment of each column
}

func (d *ddl) add(name, sql, comment string) {
	d.rows = append(d.rows, [2]string{name + " " + sql, comment})
}

// end writes the statement, with the comments in it, so that the database explains itself.
func (d *ddl) end(comment, table string) string {
	fmt.Fprintf(&d.b, "\n-- %s\nCREATE TABLE %s (\n", comment, table)
	for i, row := range d.rows {
		comma := ","
		if i == len(d.rows)-1 {
			comma = ""
		}
		fmt.Fprintf(&d.b, "\t%s%s -- %s\n", row[0], comma, row[1])
	}
	d.b.WriteString(") STRICT;\n")
	return d.b.String()
}

const (
	organizationColumn = "Id of the organization."
	rawColumn          = "What JumpCloud sent, as JSON; null unless raw data was asked for."
	listNote           = " A JSON array."
	flagNote           = " 1 or 0."
	assumedNote        = " 1 or 0; null where JumpCloud does not say and the data model demands false."
)

// tables renders the schema of the database and the code for it.
func (m *model) tables() (map[string][]byte, error) {
	var sql strings.Builder
	sql.WriteString("-- " + notice + "\n")
	var b bytes.Buffer
	b.WriteString(checksHead + "sqlite\n\nimport (\n\"" + module + "/entities\"\n\"" + module + "/entities/class\"\n)\n")
	var list bytes.Buffer
	for i := range m.Entities {
		e := &m.Entities[i]
		text, err := e.table(&b)
		if err != nil {
			return nil, err
		}
		sql.WriteString(text)
		name := e.Struct.Name()
		fmt.Fprintf(&list, "{typ: %q, columns: []string{%s}, write: func(w *writer, e entities.Entity) { write%s(w, e.(*entities.%s)) }, read: func(r *reader) entities.Entity { return read%s(r) }},\n",
			e.Type, e.columnNames(), name, name, name)
	}
	b.WriteString("\nvar entityTables = []entityTable{\n" + list.String() + "}\n")
	for i := range m.Relationships {
		sql.WriteString(m.Relationships[i].table())
	}
	code, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("sink/sqlite/zz_tables.go: %w", err)
	}
	return map[string][]byte{"sink/sqlite/zz_tables.sql": []byte(sql.String()), "sink/sqlite/zz_tables.go": code}, nil
}

// columnNames lists the columns of the table of an entity, as Go strings.
func (e *entityDef) columnNames() string {
	names := []string{"_organization", "_key"}
	for i := range e.Properties {
		names = append(names, e.Properties[i].Name)
	}
	return `"` + strings.Join(append(names, "_rawData"), `", "`) + `"`
}

// table renders the table of an entity, and adds the code for it.
func (e *entityDef) table(b *bytes.Buffer) (string, error) {
	var d ddl
	name := e.Struct.Name()
	var read strings.Builder
	fmt.Fprintf(b, "\nfunc write%s(w *writer, e *entities.%s) {\n", name, name)
	fmt.Fprintf(&read, "\nfunc read%s(r *reader) *entities.%s {\ne := &entities.%s{}\ne.Meta = r.meta(%q", name, name, name, e.Type)
	for _, c := range e.Classes {
		fmt.Fprintf(&read, ", %q", c)
	}
	read.WriteString(")\n")
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_key", "TEXT NOT NULL", "Key of the entity: JumpCloud's id.")
	for i := range e.Properties {
		p := &e.Properties[i]
		field := fieldOf(e.Struct, p.Name)
		f, _ := e.Struct.FieldByName(field)
		c, err := columnOf(f, p)
		if err != nil {
			return "", fmt.Errorf("%s.%s: %w", name, field, err)
		}
		comment := strings.TrimSuffix(p.describe(), ".") + "."
		switch {
		case p.Schema.Items != nil:
			comment += listNote
		case f.Type.Kind() == reflect.Bool:
			comment += assumedNote
		case p.Schema.Type == "boolean":
			comment += flagNote
		}
		d.add(p.Name, c.sql, comment)
		b.WriteString(strings.Replace(c.write, "%s", "e."+field, 1) + "\n")
		if c.read == "" {
			read.WriteString("r.skip()\n")
		} else {
			fmt.Fprintf(&read, "e.%s = %s\n", field, c.read)
		}
	}
	d.add("_rawData", "TEXT", rawColumn)
	b.WriteString("}\n")
	b.WriteString(read.String() + "return e\n}\n")
	return d.end(e.Description, e.Type), nil
}

// table renders the table of a relationship.
func (r *relationshipDef) table() string {
	var d ddl
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_fromEntityKey", "TEXT NOT NULL", "Key of the "+r.From+".")
	d.add("_toEntityKey", "TEXT NOT NULL", "Key of the "+r.To+".")
	for _, p := range r.Properties {
		d.add(p.Name, "INTEGER NOT NULL", p.Description+flagNote)
	}
	d.add("_key", fmt.Sprintf("TEXT GENERATED ALWAYS AS (_fromEntityKey || '|%s|' || _toEntityKey) VIRTUAL", strings.ToLower(string(r.Class))), "Key of the relationship.")
	return d.end(fmt.Sprintf("%s %s %s.", r.From, r.Class, r.To), r.Type)
}
