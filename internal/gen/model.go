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

// model is the data model, read from the Go structs.
type model struct {
	Classes       []classDef
	Entities      []entityDef
	Base          []property // what all relationships have
	Relationships []relationshipDef
}

// classes lists the classes with their parents. The structs have no embedding, so that is said here.
var classes = []struct {
	of     reflect.Type
	parent string
}{
	{reflect.TypeFor[class.GraphObject](), ""},
	{reflect.TypeFor[class.Entity](), "GraphObject"},
	{reflect.TypeFor[class.Account](), "Entity"},
	{reflect.TypeFor[class.Organization](), "Entity"},
	{reflect.TypeFor[class.Group](), "Entity"},
	{reflect.TypeFor[class.Configuration](), "Entity"},
	{reflect.TypeFor[class.Application](), "Entity"},
	{reflect.TypeFor[class.User](), "Entity"},
	{reflect.TypeFor[class.Device](), "Entity"},
}

// readModel reads the data model and says everything that is wrong with it.
func readModel(s *source) (*model, error) {
	m := &model{}
	var errs []error
	for _, c := range classes {
		properties, err := s.properties(c.of)
		errs = append(errs, err)
		m.Classes = append(m.Classes, classDef{
			Name: c.of.Name(), Description: s.describe(c.of, ""), Parent: c.parent, Properties: properties,
		})
	}
	for _, e := range entities.Models() {
		properties, err := s.properties(e.Struct)
		def := entityDef{Model: e, Description: s.describe(e.Struct, ""), Properties: properties}
		errs = append(errs, err, m.inherit(s, &def))
		m.Entities = append(m.Entities, def)
	}
	base, err := s.properties(reflect.TypeFor[relationships.Relationship]())
	errs = append(errs, err)
	extra := map[string]property{}
	for _, p := range base {
		if p.Required {
			m.Base = append(m.Base, p)
		} else {
			extra[p.Name] = p
		}
	}
	for _, r := range relationships.Rules() {
		def := relationshipDef{Rule: r}
		for _, name := range r.Properties {
			p, ok := extra[name]
			if !ok {
				errs = append(errs, fmt.Errorf("relationship %s: no property %q", r.Type, name))
			}
			p.Required = true // a property that only some kinds have is always there on those
			def.Properties = append(def.Properties, p)
		}
		m.Relationships = append(m.Relationships, def)
	}
	return m, errors.Join(errs...)
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

// inherit completes the inherited properties of an entity from its classes, and checks that it keeps their promises.
func (m *model) inherit(s *source, e *entityDef) error {
	var errs []error
	lineage := m.lineage(e.Classes)
	for i := range e.Properties {
		p := &e.Properties[i]
		fail := func(format string, args ...any) {
			errs = append(errs, s.errorf(e.Struct, fieldOf(e.Struct, p.Name), format, args...))
		}
		if p.Class != "" {
			if !slices.Contains(lineage, p.Class) {
				fail("%s is not a class of this entity", p.Class)
				continue
			}
			origin := find(m.classOf(p.Class).Properties, p.Name)
			if origin == nil {
				fail("class %s has no property %q", p.Class, p.Name)
				continue
			}
			if p.Required = origin.Required; p.Required && p.omitted {
				fail("class %s requires it, but omitzero leaves it out", p.Class)
			}
			if p.Description == "" && p.Replacement == "" {
				p.Description, p.Replacement = origin.Description, origin.Replacement
			}
		}
		if p.Description == "" {
			fail("no comment: a property needs a description")
		}
		if p.deprecated() && find(e.Properties, p.Replacement) == nil {
			fail("deprecated in favour of %q, which does not exist", p.Replacement)
		}
		for _, name := range lineage {
			if origin := find(m.classOf(name).Properties, p.Name); origin != nil {
				if err := fits(p, origin); err != nil {
					fail("class %s: %v", name, err)
				}
			}
		}
	}
	for _, name := range lineage {
		for _, origin := range m.classOf(name).Properties {
			if origin.Required && name != "GraphObject" && find(e.Properties, origin.Name) == nil {
				at := s.at[typeKey(e.Struct)]
				errs = append(errs, fmt.Errorf("%s:%d: %s: class %s requires the property %q", at.Filename, at.Line, e.Struct.Name(), name, origin.Name))
			}
		}
	}
	return errors.Join(errs...)
}

// fits reports whether every value of p is one that the class allows.
func fits(p, origin *property) error {
	null := p.Schema.Type == "null"
	if (null || p.Nullable) && !origin.Nullable {
		return errors.New("null is not allowed")
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

func fieldOf(t reflect.Type, name string) string {
	for f := range t.Fields() {
		if jsonName(f) == name {
			return f.Name
		}
	}
	return ""
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// properties reflects the fields of a struct.
func (s *source) properties(t reflect.Type) ([]property, error) {
	var fields []reflect.StructField
	var errs []error
	for f := range t.Fields() {
		switch {
		case f.Anonymous:
			if f.Type != reflect.TypeFor[entities.Meta]() {
				errs = append(errs, fmt.Errorf("%s embeds %s: the model has flat structs", t.Name(), f.Type))
			}
		case !f.IsExported():
		default:
			fields = append(fields, f)
			errs = append(errs, s.checkTags(t, f))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	reflected := s.reflect(t, fields)
	list := make([]property, 0, len(fields))
	for _, f := range fields {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		schema, ok := reflected.Properties.Get(name)
		if !ok {
			return nil, s.errorf(t, f.Name, "cannot be reflected")
		}
		if len(schema.OneOf) > 0 { // invopop's form of nullable, which hides the rest
			schema = schema.OneOf[0]
		}
		kind := f.Type.Kind()
		omitted := strings.Contains(options, "omitzero")
		p := property{
			Name:        name,
			Description: schema.Description,
			Required:    !omitted && !tagged(f, "optional"),
			Nullable:    tagged(f, "nullable") || !omitted && (kind == reflect.Pointer || kind == reflect.Slice && name != "_class"),
			Class:       f.Tag.Get("class"),
			Schema:      schema,
			omitted:     omitted,
		}
		if jc := f.Tag.Get("jc"); jc != "" {
			p.Sources = strings.Split(jc, ",")
		}
		if use, ok := strings.CutPrefix(p.Description, "Deprecated: Use "); ok {
			if p.Replacement, ok = strings.CutSuffix(use, " instead"); !ok {
				return nil, s.errorf(t, f.Name, "write: Deprecated: Use x instead")
			}
			p.Description = strings.TrimPrefix(p.Description, "Deprecated: ")
		} else {
			p.Description = ours(p.Description, f.Name)
		}
		list = append(list, p)
	}
	return list, nil
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

// knownTags are the struct tags of the model; knownRules are the keywords of the jsonschema tag that it uses.
var (
	knownTags  = []string{"json", "jc", "class", "jsonschema"}
	knownRules = []string{"nullable", "optional", "format", "pattern", "minimum", "maximum", "minLength", "minItems", "uniqueItems"}
)

// checkTags refuses what the generator would silently pass over.
func (s *source) checkTags(t reflect.Type, f reflect.StructField) error {
	for tag := range strings.FieldsSeq(stripValues(string(f.Tag))) {
		if !slices.Contains(knownTags, tag) {
			return s.errorf(t, f.Name, "unknown tag %q", tag)
		}
	}
	if jsonName(f) == "" {
		return s.errorf(t, f.Name, "no json name")
	}
	rules := strings.ReplaceAll(f.Tag.Get("jsonschema"), `\,`, "")
	if rules == "" {
		return nil
	}
	for rule := range strings.SplitSeq(rules, ",") {
		keyword, _, _ := strings.Cut(rule, "=")
		if !slices.Contains(knownRules, keyword) {
			return s.errorf(t, f.Name, "unknown rule %q in the jsonschema tag", keyword)
		}
	}
	return nil
}

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

func tagged(f reflect.StructField, word string) bool {
	return slices.Contains(strings.Split(f.Tag.Get("jsonschema"), ","), word)
}
