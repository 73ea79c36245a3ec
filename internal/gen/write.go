package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// The JSON of entities, and of the own properties of relationships, is written by straight Go code. It is what encoding/json
// writes without the escapes for HTML; tests compare the two.

// writeData is what the templates of the writers are filled with.
type writeData struct {
	Imports []string
	Structs []structWriter
}

// structWriter writes an entity, or the own properties of a relationship.
type structWriter struct {
	Name  string
	Write []string // statements, one for each property
	Fails bool     // one of them may fail
}

// writers renders the files that write JSON.
func (m *model) writers() (map[string][]byte, error) {
	var ofEntities, ofEdges []structWriter
	for i := range m.Entities {
		w, err := m.writer("e.", m.Entities[i].Struct, m.Entities[i].Properties)
		if err != nil {
			return nil, err
		}
		ofEntities = append(ofEntities, w)
	}
	for i := range m.Relationships {
		r := &m.Relationships[i]
		if r.Struct == nil {
			continue
		}
		w, err := m.writer("p.", r.Struct, r.Properties)
		if err != nil {
			return nil, err
		}
		ofEdges = append(ofEdges, w)
	}
	files := map[string][]byte{}
	for pkg, list := range map[string][]structWriter{"entities": ofEntities, "relationships": ofEdges} {
		code, err := renderTemplate("write_"+pkg+".tmpl", writeData{Imports: importsIn(list, func(w structWriter) []string { return w.Write }), Structs: list})
		if err != nil {
			return nil, err
		}
		files[pkg+"/zz_json.go"] = code
	}
	return files, nil
}

// writer makes the statements that write the properties of a struct.
func (m *model) writer(prefix string, t reflect.Type, list []property) (structWriter, error) {
	w := structWriter{Name: t.Name()}
	for i := range list {
		p := &list[i]
		statement, err := appended(prefix+p.field.Name, p)
		if err != nil {
			return w, m.source.errorf(t, p.field.Name, "%w", err)
		}
		w.Write = append(w.Write, statement)
		w.Fails = w.Fails || strings.Contains(statement, "err != nil")
	}
	return w, nil
}

// appended returns the statement that adds a property to b, with a comma before it.
func appended(field string, p *property) (string, error) {
	k, err := kindOf(p.field.Type)
	if err != nil {
		return "", err
	}
	if !k.null() && (implements[json.Marshaler](k.elem) || implements[encoding.TextMarshaler](k.elem)) {
		return "", fmt.Errorf("%s writes its own JSON, which the model does not know: use a type without such a method", k.elem)
	}
	name := fmt.Sprintf("b = append(b, %s...)\n", strconv.Quote(","+strconv.Quote(p.Name)+":"))
	value, guard := field, present(field, p)
	if k.pointer {
		value = "*" + field
	}
	write := strings.ReplaceAll(k.json, "%s", value)
	switch {
	case guard != "":
		return fmt.Sprintf("if %s {\n%s%s\n}", guard, name, write), nil
	case k.pointer:
		return fmt.Sprintf("%sif %s != nil {\n%s\n} else {\nb = append(b, \"null\"...)\n}", name, field, write), nil
	}
	return name + write, nil
}

// implements reports that a type, or a pointer to it, has the methods of an interface.
func implements[I any](t reflect.Type) bool {
	i := reflect.TypeFor[I]()
	return t.Implements(i) || reflect.PointerTo(t).Implements(i)
}
