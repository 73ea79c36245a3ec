package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/entities/class"
)

// properties reads the fields of a struct of the model.
func (s *source) properties(t reflect.Type) ([]property, error) {
	fields, err := s.modelFields(t)
	if err != nil {
		return nil, err
	}
	reflected := s.reflect(t, fields)
	var errs []error
	list := make([]property, 0, len(fields))
	for _, f := range fields {
		schema, ok := reflected.Properties.Get(jsonName(f))
		if !ok {
			errs = append(errs, s.errorf(t, f.Name, "it cannot be reflected: use a type of the list in internal/gen/kinds.go"))
			continue
		}
		p, err := newProperty(f, schema)
		if err != nil {
			errs = append(errs, s.errorf(t, f.Name, "%w", err))
		}
		list = append(list, p)
	}
	return list, errors.Join(errs...)
}

// modelFields returns the fields of a struct that are properties, and refuses what the generator would pass over.
func (s *source) modelFields(t reflect.Type) ([]reflect.StructField, error) {
	var fields []reflect.StructField
	var errs []error
	for f := range t.Fields() {
		switch {
		case f.Anonymous:
			if f.Type != reflect.TypeFor[entities.Meta]() {
				errs = append(errs, s.errorf(t, "", "it embeds %s: the model has flat structs, write its fields out", f.Type))
			}
		case f.IsExported() && f.Tag.Get("json") != "-":
			fields = append(fields, f)
			errs = append(errs, s.checkTags(t, f))
		}
	}
	return fields, errors.Join(errs...)
}

// newProperty makes a property of a field and of what invopop reflected.
func newProperty(f reflect.StructField, schema *jsonschema.Schema) (property, error) {
	if len(schema.OneOf) > 0 { // invopop's form of nullable, which hides the rest
		schema = schema.OneOf[0]
	}
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	omitted := strings.Contains(options, "omitzero")
	pointed := f.Type.Kind() == reflect.Pointer || f.Type.Kind() == reflect.Slice && name != "_class"
	p := property{
		Name:        name,
		Description: schema.Description,
		Required:    !omitted && !tagged(f, "optional"),
		Nullable:    tagged(f, "nullable") || !omitted && pointed,
		Class:       f.Tag.Get("class"),
		Schema:      schema,
		field:       f,
		omitted:     omitted,
	}
	if jc := f.Tag.Get("jc"); jc != "" {
		p.Sources = strings.Split(jc, ",")
	}
	use, deprecated := strings.CutPrefix(p.Description, "Deprecated: Use ")
	if !deprecated {
		p.Description = ours(p.Description, f.Name)
		return p, nil
	}
	var ok bool
	if p.Replacement, ok = strings.CutSuffix(use, " instead"); !ok {
		return p, errors.New("write: Deprecated: Use x instead")
	}
	p.Description = strings.TrimPrefix(p.Description, "Deprecated: ")
	return p, nil
}

// checkProperties refuses, in a struct whose values are written, what cannot be turned into a schema and a fast check.
func (s *source) checkProperties(t reflect.Type, list []property) error {
	var errs []error
	names := map[string]bool{}
	for i := range list {
		p := &list[i]
		fail := func(format string, args ...any) { errs = append(errs, s.errorf(t, p.field.Name, format, args...)) }
		if names[p.Name] {
			fail("another field is called %q, too: each property has one field", p.Name)
		}
		names[p.Name] = true
		if p.Description == "" {
			fail("no comment: a property needs a description")
		}
		if p.deprecated() && find(list, p.Replacement) == nil {
			fail("deprecated in favour of %q, which does not exist", p.Replacement)
		}
		if err := writable(p); err != nil {
			fail("%w", err)
		}
	}
	return errors.Join(errs...)
}

// writable reports an error when the type of a field loses values on the way.
func writable(p *property) error {
	k, err := kindOf(p.field.Type)
	if err != nil {
		return err
	}
	if p.omitted && !k.pointer && k.zero != "" {
		return fmt.Errorf("omitzero leaves out %s, which is a value: use *%s", k.zero, p.field.Type)
	}
	return nil
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// ours turns a Go comment, which begins with the name of its field, into a description.
func ours(doc, field string) string {
	for _, verb := range []string{" is ", " are ", " says ", " lists ", " holds "} {
		rest, ok := strings.CutPrefix(doc, field+verb)
		if !ok {
			continue
		}
		if verb == " is " || verb == " are " {
			rest = strings.TrimPrefix(rest, "always ")
			if strings.HasPrefix(doc, field+verb+"always ") {
				rest = "always " + rest
			}
		} else {
			rest = strings.TrimSpace(verb) + " " + rest
		}
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return doc
}

// reflect runs invopop over some fields of a struct. A struct of those fields alone has no name, so its comments are
// looked up under that of the original.
func (s *source) reflect(t reflect.Type, fields []reflect.StructField) *jsonschema.Schema {
	part := reflect.StructOf(fields)
	r := &jsonschema.Reflector{
		Anonymous:      true,
		ExpandedStruct: true,
		DoNotReference: true,
		Namer: func(of reflect.Type) string {
			if of == part {
				return t.Name()
			}
			return of.Name()
		},
		LookupComment: func(of reflect.Type, field string) string {
			if of == part {
				return s.describe(t, field)
			}
			return ""
		},
		Mapper: s.mapType,
	}
	return r.ReflectFromType(part)
}

// mapType writes the named types of the model: times are numbers, a type with constants is an enumeration, one with a
// single constant a fixed value.
func (s *source) mapType(t reflect.Type) *jsonschema.Schema {
	switch {
	case t == reflect.TypeFor[entities.Null]():
		return &jsonschema.Schema{Type: "null"}
	case t == reflect.TypeFor[class.Millis]():
		return &jsonschema.Schema{Type: "number"}
	case t.Kind() != reflect.String || t.PkgPath() == "":
		return nil
	}
	values := s.consts[typeKey(t)]
	schema := &jsonschema.Schema{Type: "string"}
	switch {
	case len(values) == 1:
		schema.Const = values[0]
	case len(values) > 1:
		for _, v := range values {
			schema.Enum = append(schema.Enum, v)
		}
	}
	return schema
}

// knownTags are the struct tags of the model; freeRules are the words of the jsonschema tag that fit every kind of value.
var (
	knownTags = []string{"json", "jc", "class", "jsonschema"}
	freeRules = []string{"nullable", "optional"}
)

// checkTags refuses what the generator would silently pass over.
func (s *source) checkTags(t reflect.Type, f reflect.StructField) error {
	for tag := range strings.FieldsSeq(stripValues(string(f.Tag))) {
		if !slices.Contains(knownTags, tag) {
			return s.errorf(t, f.Name, "unknown tag %q: use %s", tag, strings.Join(knownTags, ", "))
		}
	}
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return s.errorf(t, f.Name, "no json name: add a json tag")
	}
	if options != "" && options != "omitzero" {
		return s.errorf(t, f.Name, "unknown word %q in the json tag: only omitzero is known", options)
	}
	k, err := kindOf(f.Type)
	if err != nil {
		return s.errorf(t, f.Name, "%w", err)
	}
	known := slices.Concat(freeRules, k.rules)
	for _, rule := range rulesOf(f) {
		if keyword, _, _ := strings.Cut(rule, "="); !slices.Contains(known, keyword) {
			return s.errorf(t, f.Name, "unknown rule %q in the jsonschema tag: %s takes %s", keyword, k.name, strings.Join(known, ", "))
		}
	}
	return nil
}

// rulesOf returns the parts of the jsonschema tag of a field.
func rulesOf(f reflect.StructField) []string {
	tag := strings.ReplaceAll(f.Tag.Get("jsonschema"), `\,`, "")
	if tag == "" {
		return nil
	}
	return strings.Split(tag, ",")
}

func tagged(f reflect.StructField, word string) bool { return slices.Contains(rulesOf(f), word) }

// stripValues leaves the keys of a struct tag, separated by spaces.
func stripValues(tag string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(tag); i++ {
		switch {
		case tag[i] == '\\' && quoted:
			i++
		case tag[i] == '"':
			quoted = !quoted
		case !quoted && tag[i] != ':':
			b.WriteByte(tag[i])
		}
	}
	return b.String()
}
