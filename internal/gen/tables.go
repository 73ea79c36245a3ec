package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities/class"
)

// The tables of the databases: one per entity and relationship type, and the Go code that fills and reads them. SQLite and
// PostgreSQL have the same columns.

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
	keyColumn          = "Key of the entity: JumpCloud's id."
	rawColumn          = "What JumpCloud sent, as JSON; null unless raw data was asked for."
	listNote           = " A JSON array."
	flagNote           = " 1 or 0."
	assumedNote        = " 1 or 0; null where JumpCloud does not say and the data model demands false."
)

// tableData is what the template of the tables is filled with.
type tableData struct {
	Module        string
	Class         bool // package class is used
	Optional      bool // some relationships may have no own properties
	Entities      []tableCode
	Relationships []tableCode // those with own properties
}

// tableCode is the code for a table.
type tableCode struct {
	Name, Type string // of the struct, and of the rows
	Classes    []string
	Columns    []string // all, of an entity
	Write      []string // calls that bind the properties
	Read       []string // statements that read them
	Required   bool     // of a relationship: own properties must be there
	Comment    string
	Postgres   []postgresColumn // all, the generated key of a relationship left out
}

// postgresColumn is a column of a table in PostgreSQL.
type postgresColumn struct {
	Name, Comment string
	// Form is what the column holds, and Key says that it tells the rows apart.
	Form string
	Key  bool
}

// The forms of columns, as sink/postgres calls them.
const (
	formText     = "formText"
	formFlag     = "formFlag"
	formAssumed  = "formAssumed"
	formTime     = "formTime"
	formWhole    = "formWhole"
	formNumber   = "formNumber"
	formDocument = "formDocument"
)

// postgres adds a column to the table in PostgreSQL.
func (t *tableCode) postgres(name, form, comment string, key bool) {
	t.Postgres = append(t.Postgres, postgresColumn{Name: name, Form: form, Comment: comment, Key: key})
}

// formOf returns the form of the values of a property.
func formOf(p *property, assumed bool) string {
	k, _ := kindOf(p.field.Type) // known since its tags were checked
	switch {
	case p.Schema.Items != nil:
		return formDocument
	case p.field.Type.Kind() == reflect.Bool && assumed:
		return formAssumed
	case k.elem.Kind() == reflect.Bool:
		return formFlag
	case k.elem == reflect.TypeFor[class.Millis]():
		return formTime
	case k.elem.Kind() == reflect.Int64:
		return formWhole
	case k.elem.Kind() == reflect.Float64:
		return formNumber
	}
	return formText
}

// tables renders the schema of the database and the code for it.
func (m *model) tables() (map[string][]byte, error) {
	sql := []byte("-- " + notice + "\n")
	data := tableData{Module: module}
	var columns []tableCode
	for i := range m.Entities {
		e := &m.Entities[i]
		d, code := e.table()
		sql = append(sql, d...)
		data.Entities = append(data.Entities, code)
		columns = append(columns, code)
	}
	for i := range m.Relationships {
		r := &m.Relationships[i]
		d, code := r.table()
		sql = append(sql, d...)
		columns = append(columns, code)
		if r.Struct != nil {
			data.Relationships = append(data.Relationships, code)
		}
	}
	for _, t := range slices.Concat(data.Entities, data.Relationships) {
		data.Optional = data.Optional || !t.Required
		data.Class = data.Class || slices.ContainsFunc(t.Read, func(s string) bool { return strings.Contains(s, "class.") })
	}
	code, err := renderTemplate("tables.tmpl", data)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"sink/sqlite/zz_tables.sql": sql, "internal/rows/zz_tables.go": code}
	files["sink/postgres/zz_columns.go"], err = renderTemplate("columns.tmpl", columns)
	return files, err
}

// table returns the statement that makes the table of an entity, and the code for it.
func (e *entityDef) table() (string, tableCode) {
	code := tableCode{Name: e.Struct.Name(), Type: e.Type, Classes: e.Classes, Required: true, Comment: e.Description}
	var d ddl
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_key", "TEXT NOT NULL", keyColumn)
	code.postgres("_organization", formText, organizationColumn, true)
	code.postgres("_key", formText, keyColumn, true)
	for i := range e.Properties {
		code.add(&d, &e.Properties[i], "e.", true)
	}
	d.add("_rawData", "TEXT", rawColumn)
	code.postgres("_rawData", formDocument, rawColumn, false)
	for _, row := range d.rows {
		name, _, _ := strings.Cut(row[0], " ")
		code.Columns = append(code.Columns, name)
	}
	return d.end(e.Description, e.Type), code
}

// table returns the statement that makes the table of a relationship, and the code for its own properties.
func (r *relationshipDef) table() (string, tableCode) {
	code := tableCode{Type: r.Type, Required: r.required(), Comment: fmt.Sprintf("%s %s %s.", r.From, r.Class, r.To)}
	if r.Struct != nil {
		code.Name = r.Struct.Name()
	}
	var d ddl
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_fromEntityKey", "TEXT NOT NULL", "Key of the "+r.From+".")
	d.add("_toEntityKey", "TEXT NOT NULL", "Key of the "+r.To+".")
	code.postgres("_organization", formText, organizationColumn, true)
	code.postgres("_fromEntityKey", formText, "Key of the "+r.From+".", true)
	code.postgres("_toEntityKey", formText, "Key of the "+r.To+".", true)
	for i := range r.Properties {
		code.add(&d, &r.Properties[i], "p.", false)
	}
	d.add("_key", fmt.Sprintf("TEXT GENERATED ALWAYS AS (_fromEntityKey || '|%s|' || _toEntityKey) VIRTUAL", strings.ToLower(string(r.Class))), "Key of the relationship.")
	return d.end(code.Comment, r.Type), code
}

// add adds the column of a property. A boolean of an entity may be null also where the model demands a value: when it was
// assumed.
func (t *tableCode) add(d *ddl, p *property, prefix string, assumed bool) {
	k, _ := kindOf(p.field.Type) // known since its tags were checked
	sql, write, read := k.column(prefix+p.field.Name, p.omitted)
	comment := strings.TrimSuffix(p.describe(), ".") + "."
	switch {
	case p.Schema.Items != nil:
		comment += listNote
	case p.field.Type.Kind() == reflect.Bool && assumed:
		sql = strings.TrimSuffix(sql, " NOT NULL")
		comment += assumedNote
	case p.Schema.Type == "boolean":
		comment += flagNote
	}
	d.add(p.Name, sql, comment)
	t.postgres(p.Name, formOf(p, assumed), comment, false)
	t.Write = append(t.Write, write)
	if read == "" {
		t.Read = append(t.Read, "r.Skip()")
		return
	}
	t.Read = append(t.Read, prefix+p.field.Name+" = "+read)
}
