package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// The tables of the SQLite sink: one per entity and relationship type, and the Go code that fills and reads them.

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
}

// tables renders the schema of the database and the code for it.
func (m *model) tables() (map[string][]byte, error) {
	sql := []byte("-- " + notice + "\n")
	data := tableData{Module: module}
	for i := range m.Entities {
		e := &m.Entities[i]
		d, code := e.table()
		sql = append(sql, d...)
		data.Entities = append(data.Entities, code)
	}
	for i := range m.Relationships {
		r := &m.Relationships[i]
		d, code := r.table()
		sql = append(sql, d...)
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
	return map[string][]byte{"sink/sqlite/zz_tables.sql": sql, "sink/sqlite/zz_tables.go": code}, nil
}

// table returns the statement that makes the table of an entity, and the code for it.
func (e *entityDef) table() (string, tableCode) {
	code := tableCode{Name: e.Struct.Name(), Type: e.Type, Classes: e.Classes, Required: true}
	var d ddl
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_key", "TEXT NOT NULL", "Key of the entity: JumpCloud's id.")
	for i := range e.Properties {
		code.add(&d, &e.Properties[i], "e.", true)
	}
	d.add("_rawData", "TEXT", rawColumn)
	for _, row := range d.rows {
		name, _, _ := strings.Cut(row[0], " ")
		code.Columns = append(code.Columns, name)
	}
	return d.end(e.Description, e.Type), code
}

// table returns the statement that makes the table of a relationship, and the code for its own properties.
func (r *relationshipDef) table() (string, tableCode) {
	code := tableCode{Type: r.Type, Required: r.required()}
	if r.Struct != nil {
		code.Name = r.Struct.Name()
	}
	var d ddl
	d.add("_organization", "TEXT NOT NULL", organizationColumn)
	d.add("_fromEntityKey", "TEXT NOT NULL", "Key of the "+r.From+".")
	d.add("_toEntityKey", "TEXT NOT NULL", "Key of the "+r.To+".")
	for i := range r.Properties {
		code.add(&d, &r.Properties[i], "p.", false)
	}
	d.add("_key", fmt.Sprintf("TEXT GENERATED ALWAYS AS (_fromEntityKey || '|%s|' || _toEntityKey) VIRTUAL", strings.ToLower(string(r.Class))), "Key of the relationship.")
	return d.end(fmt.Sprintf("%s %s %s.", r.From, r.Class, r.To), r.Type), code
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
	t.Write = append(t.Write, write)
	if read == "" {
		t.Read = append(t.Read, "r.skip()")
		return
	}
	t.Read = append(t.Read, prefix+p.field.Name+" = "+read)
}
