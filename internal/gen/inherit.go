package main

import (
	"errors"
	"fmt"
	"slices"
)

// inherit completes the inherited properties of an entity from its classes, and checks that it keeps their promises.
func (m *model) inherit(e *entityDef) error {
	var errs []error
	lineage := m.lineage(e.Classes)
	for _, name := range e.Classes {
		if m.classOf(name) == nil {
			errs = append(errs, m.source.errorf(e.Struct, "", "there is no class %s: add it to entities/class", name))
		}
	}
	for i := range e.Properties {
		p := &e.Properties[i]
		for _, err := range []error{m.complete(p, lineage), m.keeps(p, lineage)} {
			if err != nil {
				errs = append(errs, m.source.errorf(e.Struct, p.field.Name, "%w", err))
			}
		}
	}
	return errors.Join(append(errs, m.lacking(e, lineage)...)...)
}

// lacking says which properties an entity lacks that its classes require.
func (m *model) lacking(e *entityDef, lineage []string) []error {
	var errs []error
	for _, name := range lineage {
		for _, origin := range m.classOf(name).Properties {
			// What all graph objects must have stands in entities.Meta.
			if origin.Required && name != "GraphObject" && find(e.Properties, origin.Name) == nil {
				errs = append(errs, m.source.errorf(e.Struct, "", "class %s requires the property %q: add the field", name, origin.Name))
			}
		}
	}
	return errs
}

// complete takes from the class what an inherited property does not say itself.
func (m *model) complete(p *property, lineage []string) error {
	if p.Class == "" {
		return nil
	}
	if !slices.Contains(lineage, p.Class) {
		return fmt.Errorf("%s is not a class of this entity: use one of %v", p.Class, lineage)
	}
	origin := find(m.classOf(p.Class).Properties, p.Name)
	if origin == nil {
		return fmt.Errorf("class %s has no property %q: leave out the class tag for an own property", p.Class, p.Name)
	}
	if p.Description == "" && p.Replacement == "" {
		p.Description, p.Replacement = origin.Description, origin.Replacement
	}
	if p.Required = origin.Required; p.Required && p.omitted {
		return fmt.Errorf("class %s requires it, but omitzero leaves it out: remove omitzero", p.Class)
	}
	return nil
}

// keeps reports an error when a property, own or inherited, has values that a class does not allow.
func (m *model) keeps(p *property, lineage []string) error {
	for _, name := range lineage {
		if origin := find(m.classOf(name).Properties, p.Name); origin != nil {
			if err := fits(p, origin); err != nil {
				return fmt.Errorf("class %s: %w", name, err)
			}
		}
	}
	return nil
}

// fits reports whether every value of p is one that the class allows.
func fits(p, origin *property) error {
	null := p.Schema.Type == "null"
	if (null || p.Nullable) && !origin.Nullable {
		return errors.New("null is not allowed: use omitzero")
	}
	if null || p.Schema.Type == origin.Schema.Type {
		return nil
	}
	// Every number that we write for a time is an integer.
	if p.Schema.Type == "number" && origin.Schema.Type == "integer" {
		return nil
	}
	return fmt.Errorf("the type %s is not %s", p.Schema.Type, origin.Schema.Type)
}
