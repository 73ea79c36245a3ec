// Package rows makes rows of entities and relationships, and reads them back, whatever database keeps them. The order of the
// columns is that of the tables in docs/queries.md. The generated code has a function for each type.
package rows

import (
	"fmt"
	"iter"
	"slices"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Table is the table of an entity type.
type Table struct {
	Type    string
	Columns []string // with the organization, the key and the raw data

	write func(*Writer, entities.Entity) // the properties
	read  func(*Reader) entities.Entity  // the key and the properties
}

// Tables returns the tables of all entity types, in the order of the data model. They must not be changed.
func Tables() []Table { return tables }

var byType = func() map[string]*Table {
	all := map[string]*Table{}
	for i := range tables {
		all[tables[i].Type] = &tables[i]
	}
	return all
}()

// TableOf returns the table of an entity type.
func TableOf(typ string) (*Table, error) {
	if t := byType[typ]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("%s is not a type of the data model", typ)
}

// Write fills a row with an entity of an organization.
func (t *Table) Write(w *Writer, org string, e entities.Entity) {
	w.Text(org)
	w.Text(e.Header().Key)
	t.write(w, e)
	w.raw(e.Header().RawData)
}

// Read reads an entity from a row without the organization.
func (t *Table) Read(r *Reader) entities.Entity {
	e := t.read(r)
	r.json(&e.Header().RawData)
	return e
}

// The reasons for which nothing may be concluded of a property.
const (
	Assumed = "assumed" // the data model demands a boolean that JumpCloud did not send
	Odd     = "odd"     // JumpCloud's value could not be read
)

// Unknown returns the properties of an entity of which nothing may be concluded, and why.
func Unknown(e entities.Entity) iter.Seq2[string, string] {
	return func(yield func(property, why string) bool) {
		assumed := e.Header().Assumed()
		for _, property := range e.Header().Unknown() {
			why := Odd
			if slices.Contains(assumed, property) {
				why = Assumed
			}
			if !yield(property, why) {
				return
			}
		}
	}
}

// own is what the table of a relationship has beyond that of others.
type own struct {
	columns int
	write   func(*Writer, any) bool // false: the properties are not those of this kind
	read    func(*Reader) any
}

// RelationshipColumns is how many columns [WriteRelationship] fills.
func RelationshipColumns(typ string) int {
	const common = 3
	return common + ownColumns[typ].columns
}

// WriteRelationship fills a row with a relationship of an organization. The last column of the table, the key, follows from the
// others.
func WriteRelationship(w *Writer, org string, r *relationships.Relationship) error {
	w.Text(org)
	w.Text(r.FromEntityKey)
	w.Text(r.ToEntityKey)
	if own := ownColumns[r.Type]; own.write != nil && !own.write(w, r.Properties) {
		return fmt.Errorf("%s %s has properties of the type %T, which are not those of its kind", r.Type, r.Key, r.Properties)
	}
	return nil
}

// ReadRelationship reads a relationship from a row without the organization.
func ReadRelationship(r *Reader, rule relationships.Rule) relationships.Relationship {
	rel := relationships.Relationship{
		Type: rule.Type, Class: rule.Class, FromEntityKey: r.Text(), ToEntityKey: r.Text(), DisplayName: string(rule.Class),
	}
	if own := ownColumns[rule.Type]; own.read != nil {
		rel.Properties = own.read(r)
	}
	rel.Key = r.Text()
	return rel
}
