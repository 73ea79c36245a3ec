package main

import (
	"errors"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/entities/class"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// property is one property of an entity, a class or a relationship.
type property struct {
	Name        string
	Description string
	Replacement string   // what to use instead, when deprecated
	Required    bool     // always there
	Nullable    bool     // may be null
	Class       string   // inherited from; empty for an own property
	Sources     []string // fields of JumpCloud's object
	Schema      *jsonschema.Schema

	field   reflect.StructField
	omitted bool // left out when zero
}

// deprecated reports that another property should be used.
func (p *property) deprecated() bool { return p.Replacement != "" }

// classDef is a JupiterOne class.
type classDef struct {
	Name, Description string
	Parent            string // empty for the root
	Properties        []property
}

// entityDef is an entity type.
type entityDef struct {
	entities.Model

	Description string
	Properties  []property // own and inherited, in the order of the struct
}

// own returns the properties that are not inherited.
func (e *entityDef) own() []property {
	return slices.DeleteFunc(slices.Clone(e.Properties), func(p property) bool { return p.Class != "" })
}

// relationshipDef is a kind of relationship.
type relationshipDef struct {
	relationships.Rule

	Properties []property // beyond those that all have
}

// required reports that an edge of this kind must have own properties.
func (r *relationshipDef) required() bool {
	return slices.ContainsFunc(r.Properties, func(p property) bool { return p.Required })
}

// model is the data model, read from the Go structs.
type model struct {
	Classes       []classDef
	Entities      []entityDef
	Base          []property // what all relationships have
	Relationships []relationshipDef

	source *source
}

// readModel reads the data model and says everything that is wrong with it.
func readModel(s *source) (*model, error) {
	m := &model{source: s}
	return m, errors.Join(m.readClasses(), m.readEntities(), m.readRelationships())
}

func (m *model) readClasses() error {
	var errs []error
	for _, c := range class.All() {
		properties, err := m.source.properties(c.Struct)
		errs = append(errs, err)
		def := classDef{Name: c.Struct.Name(), Description: m.source.describe(c.Struct, ""), Properties: properties}
		if c.Parent != nil {
			def.Parent = c.Parent.Name()
		}
		m.Classes = append(m.Classes, def)
	}
	return errors.Join(errs...)
}

func (m *model) readEntities() error {
	var errs []error
	for _, e := range entities.Models() {
		properties, err := m.source.properties(e.Struct)
		def := entityDef{Model: e, Description: m.source.describe(e.Struct, ""), Properties: properties}
		errs = append(errs, err, m.inherit(&def), m.source.checkProperties(e.Struct, def.Properties))
		m.Entities = append(m.Entities, def)
	}
	return errors.Join(errs...)
}

func (m *model) readRelationships() error {
	var err error
	m.Base, err = m.source.properties(reflect.TypeFor[relationships.Relationship]())
	errs := []error{err}
	for _, r := range relationships.Rules() {
		def := relationshipDef{Rule: r}
		if r.Struct != nil {
			def.Properties, err = m.source.properties(r.Struct)
			errs = append(errs, err, m.source.checkProperties(r.Struct, def.Properties))
			for i := range def.Properties {
				if p := &def.Properties[i]; find(m.Base, p.Name) != nil {
					errs = append(errs, m.source.errorf(r.Struct, p.field.Name, "all relationships have %q: choose another name", p.Name))
				}
			}
		}
		m.Relationships = append(m.Relationships, def)
	}
	return errors.Join(errs...)
}

// classOf returns a class by its name.
func (m *model) classOf(name string) *classDef {
	for i := range m.Classes {
		if m.Classes[i].Name == name {
			return &m.Classes[i]
		}
	}
	return nil
}

// lineage returns the names of classes and all their parents.
func (m *model) lineage(names []string) []string {
	var all []string
	for _, n := range names {
		for c := m.classOf(n); c != nil; c = m.classOf(c.Parent) {
			if !slices.Contains(all, c.Name) {
				all = append(all, c.Name)
			}
		}
	}
	return all
}

func find(list []property, name string) *property {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}
