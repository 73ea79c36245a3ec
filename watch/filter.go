package watch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Filter chooses changes. The zero value takes all.
type Filter struct {
	// Types takes only changes of these entity or relationship types.
	Types []string
	// Kinds takes only additions, removals or changes.
	Kinds []diff.ChangeKind
	// Properties takes only changed objects in which one of these properties differs.
	Properties []string
	// Ignore leaves out properties, and the changes in which nothing else differs.
	Ignore []string
}

// pass applies the filter to a change, which it may cut.
func (f *Filter) pass(c *diff.Change) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, c.Type) || len(f.Kinds) > 0 && !slices.Contains(f.Kinds, c.Kind) {
		return false
	}
	if c.Kind == diff.Changed && len(f.Ignore) > 0 {
		c.Properties = slices.DeleteFunc(c.Properties, func(p diff.PropertyChange) bool { return slices.Contains(f.Ignore, p.Name) })
		if len(c.Properties) == 0 {
			return false
		}
	}
	return len(f.Properties) == 0 || slices.ContainsFunc(c.Properties, func(p diff.PropertyChange) bool {
		return slices.Contains(f.Properties, p.Name)
	})
}

// Check refuses a filter that can never pass, which would be noticed only by what does not come. Run calls it first. Its
// error is [jumpgraph.ErrUsage].
func (f *Filter) Check() error {
	for _, t := range f.Types {
		if !slices.Contains(schemas.Types(), t) {
			return fmt.Errorf("%w: %q is not a type of the data model: use one of %s", jumpgraph.ErrUsage, t, strings.Join(schemas.Types(), ", "))
		}
	}
	properties := propertiesOf(f.Types)
	for _, p := range slices.Concat(f.Properties, f.Ignore) {
		if !properties[p] {
			return fmt.Errorf("%w: no type that is watched has the property %q; docs/data-model.md lists them", jumpgraph.ErrUsage, p)
		}
	}
	for _, k := range f.Kinds {
		if !slices.Contains([]diff.ChangeKind{diff.Added, diff.Removed, diff.Changed}, k) {
			return fmt.Errorf("%w: %q is not a kind of change: use added, removed or changed", jumpgraph.ErrUsage, k)
		}
	}
	if len(f.Properties) > 0 && len(f.Kinds) > 0 && !slices.Contains(f.Kinds, diff.Changed) {
		return fmt.Errorf("%w: only changed objects have properties that differ: leave the kinds out, or add changed", jumpgraph.ErrUsage)
	}
	return nil
}

// propertiesOf returns the names of the properties that some types have, or all.
func propertiesOf(types []string) map[string]bool {
	names := map[string]bool{}
	if len(types) == 0 {
		types = schemas.Types()
	}
	for _, m := range entities.Models() {
		for f := range m.Struct.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); slices.Contains(types, m.Type) {
				names[name] = true
			}
		}
	}
	for _, r := range relationships.Rules() {
		for _, name := range r.Properties() {
			names[name] = names[name] || slices.Contains(types, r.Type)
		}
	}
	return names
}
