package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/invopop/jsonschema"

	"github.com/jumpgraph/jumpgraph/relationships"
)

// The fast checks are straight Go code for what the schemas say of typed values. A value that passes is valid; one that
// does not goes to the schema validator, which judges and explains. A differential fuzz test proves that they agree.

//go:embed *.tmpl
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"quote": strconv.Quote}).ParseFS(templateFiles, "*.tmpl"))

// renderTemplate fills a template of Go code, and formats it.
func renderTemplate(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	code, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return code, nil
}

// checkData is what the templates of the checks are filled with.
type checkData struct {
	Module  string
	Key     int // the least length of a key
	Imports []string
	Structs []structCheck
	Base    string      // true when what all relationships have is broken
	Plain   []plainEdge // kinds of relationships without own properties, by class
	Own     []structCheck
}

// structCheck is the check of an entity, or of the own properties of a relationship.
type structCheck struct {
	Name, Type string
	Classes    []string
	Broken     []string // conditions, of which none may be true
	Required   bool     // of a relationship: own properties must be there
}

type plainEdge struct {
	Class string
	Types string // as the cases of a switch
}

// checks renders the files with the fast checks.
func (m *model) checks() (map[string][]byte, error) {
	data := checkData{Module: module, Key: int(*find(m.classOf("GraphObject").Properties, "_key").Schema.MinLength)} //nolint:gosec // a small number
	for i := range m.Entities {
		e := &m.Entities[i]
		broken, err := m.conditions("e.", e.Struct, e.Properties, func(p *property) []*jsonschema.Schema { return m.rulesFor(e, p) })
		if err != nil {
			return nil, err
		}
		data.Structs = append(data.Structs, structCheck{e.Struct.Name(), e.Type, e.Classes, broken, true})
	}
	alone := func(p *property) []*jsonschema.Schema { return []*jsonschema.Schema{p.Schema} }
	free := slices.DeleteFunc(slices.Clone(m.Base), func(p property) bool { // what the kind does not fix
		return slices.Contains([]string{"_type", "_class", "displayName"}, p.Name)
	})
	base, err := m.conditions("r.", reflect.TypeFor[relationships.Relationship](), free, alone)
	if err != nil {
		return nil, err
	}
	data.Base = strings.Join(base, " || ")
	plain := map[string][]string{}
	for i := range m.Relationships {
		r := &m.Relationships[i]
		if r.Struct == nil {
			plain[string(r.Class)] = append(plain[string(r.Class)], strconv.Quote(r.Type))
			continue
		}
		broken, err := m.conditions("p.", r.Struct, r.Properties, alone)
		if err != nil {
			return nil, err
		}
		data.Own = append(data.Own, structCheck{r.Struct.Name(), r.Type, []string{string(r.Class)}, broken, r.required()})
	}
	for class, types := range plain {
		data.Plain = append(data.Plain, plainEdge{class, strings.Join(types, ",\n")})
	}
	slices.SortFunc(data.Plain, func(a, b plainEdge) int { return strings.Compare(a.Class, b.Class) })
	files := map[string][]byte{}
	for pkg, list := range map[string][]structCheck{"entities": data.Structs, "relationships": data.Own} {
		data.Imports = importsIn(list, func(c structCheck) []string { return c.Broken })
		if files[pkg+"/zz_checks.go"], err = renderTemplate("checks_"+pkg+".tmpl", data); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// importsIn returns the packages that the code of some structs calls.
func importsIn[T any](list []T, code func(T) []string) []string {
	var all strings.Builder
	for _, c := range list {
		all.WriteString(strings.Join(code(c), "\n"))
	}
	var paths []string
	for _, p := range []struct{ call, path string }{
		{"strconv.", "strconv"}, {"utf8.", "unicode/utf8"}, {"format.", module + "/internal/format"}, {"jsontext.", module + "/internal/jsontext"},
	} {
		if strings.Contains(all.String(), p.call) {
			paths = append(paths, p.path)
		}
	}
	return paths
}

// conditions returns Go code that is true when a property of a struct is broken.
func (m *model) conditions(prefix string, t reflect.Type, list []property, schemas func(*property) []*jsonschema.Schema) ([]string, error) {
	var all []string
	for i := range list {
		p := &list[i]
		for _, s := range schemas(p) {
			condition, err := broken(prefix+p.field.Name, p, s)
			if err != nil {
				return nil, m.source.errorf(t, p.field.Name, "%w", err)
			}
			if condition != "" {
				all = append(all, condition)
			}
		}
		if p.deprecated() {
			if condition := apart(prefix, p, find(list, p.Replacement)); condition != "" {
				all = append(all, condition)
			}
		}
	}
	return all, nil
}

// apart returns Go code that is true when one of two properties that belong together is there without the other.
func apart(prefix string, p, replacement *property) string {
	a, b := present(prefix+p.field.Name, p), present(prefix+replacement.field.Name, replacement)
	switch {
	case a == "" && b == "":
		return ""
	case a == "":
		return "!(" + b + ")"
	case b == "":
		return "!(" + a + ")"
	}
	return "(" + a + ") != (" + b + ")"
}

// rulesFor returns every schema that a property must fit: its own, and those of the classes that have it, too.
func (m *model) rulesFor(e *entityDef, p *property) []*jsonschema.Schema {
	var list []*jsonschema.Schema
	if p.Class == "" {
		list = append(list, p.Schema)
	}
	for _, name := range m.lineage(e.Classes) {
		if origin := find(m.classOf(name).Properties, p.Name); origin != nil && name != "GraphObject" {
			list = append(list, origin.Schema)
		}
	}
	return list
}
