package entities

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
)

// modelFacts are what follows from the struct of an entity type.
type modelFacts struct {
	demanded map[string]bool     // the booleans that are always there
	sources  map[string][]string // JumpCloud's fields, by property
}

var factsByType = sync.OnceValue(func() map[string]modelFacts {
	all := map[string]modelFacts{}
	for _, m := range models {
		facts := modelFacts{demanded: map[string]bool{}, sources: map[string][]string{}}
		for f := range m.Struct.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			facts.demanded[name] = f.Type.Kind() == reflect.Bool
			facts.sources[name] = strings.Split(f.Tag.Get("jc"), ",")
		}
		all[m.Type] = facts
	}
	return all
})

// demandedOf returns the booleans of an entity type that are always there.
func demandedOf(typ string) map[string]bool { return factsByType()[typ].demanded }

// oddValue notes that the value of one of JumpCloud's fields has no meaning that is known.
func (d *draft) oddValue(path string) { d.oddFields([]client.OddField{{Path: path, Lost: true}}) }

// oddFields notes odd fields, each path once, and which properties are unknown for that.
func (d *draft) oddFields(fields []client.OddField) {
	for _, f := range fields {
		i := slices.IndexFunc(d.meta.odd, func(known client.OddField) bool { return known.Path == f.Path })
		switch {
		case i < 0:
			d.meta.odd = append(d.meta.odd, f)
		case f.Lost: // it could be read, and then had no meaning
			d.meta.odd[i].Lost = true
		}
		if f.Lost {
			d.lose(strings.ReplaceAll(f.Path, "[]", ""))
		}
	}
	slices.Sort(d.meta.lost)
}

// lose notes that the properties which are made from a field are unknown.
func (d *draft) lose(path string) {
	for property, sources := range factsByType()[d.meta.Type].sources {
		if !slices.Contains(d.meta.lost, property) && slices.ContainsFunc(sources, func(s string) bool { return within(s, path) || within(path, s) }) {
			d.meta.lost = append(d.meta.lost, property)
		}
	}
}

// within reports that a path is another one, or leads below it.
func within(path, above string) bool {
	return above != "" && (path == above || strings.HasPrefix(path, above+"."))
}
