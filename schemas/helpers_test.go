package schemas_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// document is a schema file, or a part of one.
type document struct {
	ID                string              `json:"$id"`
	Ref               string              `json:"$ref"`
	AllOf             []document          `json:"allOf"`
	Properties        map[string]rules    `json:"properties"`
	PatternProperties map[string]rules    `json:"patternProperties"`
	Required          []string            `json:"required"`
	DependentRequired map[string][]string `json:"dependentRequired"`
}

// rules are what one part of a schema says of a property.
type rules struct {
	Type        oneOrMore       `json:"type"`
	Const       json.RawMessage `json:"const"`
	Enum        []any           `json:"enum"`
	Format      string          `json:"format"`
	Pattern     string          `json:"pattern"`
	MinLength   int             `json:"minLength"`
	MinItems    int             `json:"minItems"`
	UniqueItems bool            `json:"uniqueItems"`
	Minimum     *json.Number    `json:"minimum"`
	Maximum     *json.Number    `json:"maximum"`
	Items       *rules          `json:"items"`
	Deprecated  bool            `json:"deprecated"`

	Properties           map[string]rules `json:"properties"`
	Required             []string         `json:"required"`
	AdditionalProperties *bool            `json:"additionalProperties"`
	Description          string           `json:"description"`
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON accepts both.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		*o = oneOrMore{""}
		return json.Unmarshal(data, &(*o)[0])
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// schema is all that the files say of a type.
type schema struct {
	typ        string
	properties map[string][]rules  // what each part of the schema says of a property
	required   map[string]bool     // by any part
	together   map[string][]string // properties that a property needs
	tags       bool                // tag.* is allowed
}

// once shares between all tests what they only read.
func once[T any](get func(t testing.TB) T) func(t testing.TB) T {
	var (
		mu   sync.Mutex
		done bool
		got  T
	)
	return func(t testing.TB) T {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !done {
			got = get(t)
			done = true
		}
		return got
	}
}

// readSchemas reads the schemas of all types from their files, classes included. It knows every keyword that the files
// use: a new one fails, so that no rule goes untested.
var readSchemas = once(func(t testing.TB) []*schema {
	t.Helper()
	var all []*schema
	for _, typ := range slices.Concat(entityTypes(), relationshipTypes()) {
		s := &schema{typ: typ, properties: map[string][]rules{}, required: map[string]bool{}, together: map[string][]string{}}
		s.read(t, typ+".schema.json")
		all = append(all, s)
	}
	return all
})

func (s *schema) read(t testing.TB, file string) {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	checkKeywords(t, file, b)
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	s.add(t, file, &d)
}

func (s *schema) add(t testing.TB, file string, d *document) {
	t.Helper()
	if d.Ref != "" {
		s.read(t, path.Join(path.Dir(file), d.Ref))
	}
	for i := range d.AllOf {
		s.add(t, file, &d.AllOf[i])
	}
	for name, r := range d.Properties {
		s.properties[name] = append(s.properties[name], r)
	}
	for _, name := range d.Required {
		s.required[name] = true
	}
	for name, need := range d.DependentRequired {
		s.together[name] = append(s.together[name], need...)
	}
	s.tags = s.tags || len(d.PatternProperties) > 0
}

// keywords are those that the tests in this package break one by one, and those that say nothing about values.
var keywords = []string{
	"type", "const", "enum", "format", "pattern", "minLength", "minItems", "uniqueItems", "minimum", "maximum", "items",
	"properties", "required", "additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames",
	"dependentRequired", "allOf", "$ref", "$id", "$schema", "$comment", "title", "description", "deprecated",
}

// checkKeywords fails where a schema uses a keyword that these tests do not know.
func checkKeywords(t testing.TB, file string, text []byte) {
	t.Helper()
	var check func(v any, names bool)
	check = func(v any, names bool) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if !names && !slices.Contains(keywords, name) {
					t.Errorf("%s: the tests do not know the keyword %q", file, name)
				}
				if name != "const" && name != "dependentRequired" {
					check(inner, !names && (name == "properties" || name == "patternProperties"))
				}
			}
		case []any:
			for _, inner := range v {
				check(inner, false)
			}
		}
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	check(v, false)
}

// names returns the properties that the schema knows, sorted.
func (s *schema) names() []string { return slices.Sorted(maps.Keys(s.properties)) }

// types returns the JSON types that all parts allow for a property.
func (s *schema) types(name string) []string {
	allowed := []string{"string", "number", "integer", "boolean", "array", "object", "null"}
	for _, r := range s.properties[name] {
		if len(r.Type) > 0 {
			allowed = slices.DeleteFunc(allowed, func(t string) bool {
				return !slices.Contains(r.Type, t) && (t != "integer" || !slices.Contains(r.Type, "number"))
			})
		}
	}
	return allowed
}

// fixed returns the value that a property must have, if there is just one.
func (s *schema) fixed(name string) json.RawMessage {
	for _, r := range s.properties[name] {
		if r.Const != nil {
			return r.Const
		}
	}
	return nil
}

// good is a text, a number or a list that a property allows; which one is told by the rules of its parts.
func (s *schema) good(t testing.TB, name string) any {
	t.Helper()
	if c := s.fixed(name); c != nil {
		return c
	}
	return goodFor(t, s.properties[name], s.types(name))
}

// goodTexts are examples of the formats and patterns.
var goodTexts = map[string]string{
	"uri": "https://example.com/a", "email": "mira@example.com", "fqdn": "crane.example.com", "ip": "2001:db8::7",
	"ipv4": "203.0.113.7", "ipv6": "2001:db8::7",
	"^[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$": "crane-7",
	"^([0-9a-f]{2}:){5}([0-9a-f]{2})$":           "a4:83:e7:00:00:01",
}

func goodFor(t testing.TB, parts []rules, types []string) any {
	t.Helper()
	if len(types) == 1 && types[0] == "null" {
		return nil
	}
	for _, r := range parts {
		switch {
		case len(r.Enum) > 0:
			return r.Enum[0]
		case r.Format != "" || r.Pattern != "":
			text, ok := goodTexts[r.Format+r.Pattern]
			if !ok {
				t.Fatalf("no example for the format %q, pattern %q", r.Format, r.Pattern)
			}
			return text
		case r.Items != nil:
			if len(r.Items.Properties) > 0 {
				return []any{map[string]any{"name": "default", "rawData": map[string]any{"a": 1}}}
			}
			return []any{goodFor(t, []rules{*r.Items}, r.Items.Type)}
		case r.Minimum != nil:
			return *r.Minimum
		case r.Maximum != nil:
			return *r.Maximum
		}
	}
	switch {
	case slices.Contains(types, "string"):
		return "a text of some length"
	case slices.Contains(types, "number"), slices.Contains(types, "integer"):
		return 5
	case slices.Contains(types, "boolean"):
		return true
	case slices.Contains(types, "object"):
		return map[string]any{}
	}
	return nil
}

// entityTypes and relationshipTypes are the types in the order of the documentation, from the model itself.
func entityTypes() []string {
	var all []string
	for _, m := range entities.Models() {
		all = append(all, m.Type)
	}
	return all
}

func relationshipTypes() []string {
	var all []string
	for _, r := range relationships.Rules() {
		all = append(all, r.Type)
	}
	return all
}

// The types that the tests know by name; a model that has more must pass, too.
var (
	coreEntities = []string{
		"jumpcloud_account", "jumpcloud_user", "jumpcloud_group", "jumpcloud_application", "jumpcloud_apple_mdm",
		"jumpcloud_apple_device", "jumpcloud_device",
	}
	coreRelationships = []string{
		"jumpcloud_account_has_apple_mdm", "jumpcloud_account_has_application", "jumpcloud_account_has_device",
		"jumpcloud_account_has_group", "jumpcloud_account_has_user", "jumpcloud_apple_device_has_mdm",
		"jumpcloud_group_assigned_application", "jumpcloud_group_has_user", "jumpcloud_user_assigned_application",
	}
)

// stored returns, by type, values as they would be stored: the demonstration's entities and one relationship of each
// kind, or else a value with all that its schema demands.
var stored = once(func(t testing.TB) map[string][]value {
	t.Helper()
	all := map[string][]value{}
	for _, e := range demo(t) {
		all[e.Header().Type] = append(all[e.Header().Type], valueOf(t, e))
	}
	for _, r := range oneOfEach() {
		all[r.Type] = append(all[r.Type], valueOf(t, r))
	}
	for _, s := range readSchemas(t) {
		if len(all[s.typ]) > 0 {
			continue
		}
		v := value{}
		for name := range s.required {
			v = v.with(t, name, s.good(t, name))
		}
		all[s.typ] = []value{v}
	}
	return all
})

// demo converts the demonstration.
var demo = once(func(t testing.TB) []entities.Entity {
	t.Helper()
	org := jumpcloudtest.Demo()
	all := convert(t, entities.NewAccount, org.Self)
	all = append(all, convert(t, entities.NewUser, org.SystemUsers...)...)
	all = append(all, convert(t, entities.NewGroup, org.UserGroups...)...)
	all = append(all, convert(t, entities.NewApplication, org.Applications...)...)
	all = append(all, convert(t, entities.NewAppleMDM, org.AppleMDMs...)...)
	all = append(all, convert(t, entities.NewAppleDevice, org.AppleMDMDevices[org.AppleMDMs[0].ID()]...)...)
	return append(all, convert(t, entities.NewDevice, org.Systems...)...)
})

func convert[W any, E entities.Entity](t testing.TB, converter func(*W) (E, error), objects ...jumpcloudtest.Object) []entities.Entity {
	t.Helper()
	var all []entities.Entity
	for _, o := range objects {
		var w W
		b, err := json.Marshal(o)
		if err == nil {
			err = json.Unmarshal(b, &w)
		}
		if err != nil {
			t.Fatal(err)
		}
		e, err := converter(&w)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// oneOfEach returns a relationship of each core kind, the last one in both forms.
func oneOfEach() []relationships.Relationship {
	const from, to = "5f0c1d2e3a4b5c6d7e8f9001", "5f0c1d2e3a4b5c6d7e8f9002"
	return []relationships.Relationship{
		relationships.AccountHasAppleMDM(from, to),
		relationships.AccountHasApplication(from, to),
		relationships.AccountHasDevice(from, to),
		relationships.AccountHasGroup(from, to),
		relationships.AccountHasUser(from, to),
		relationships.AppleDeviceHasAppleMDM(from, to),
		relationships.GroupAssignedApplication(from, to),
		relationships.GroupHasUser(from, to),
		relationships.UserAssignedApplication(from, to, relationships.UserAssignedApplicationProperties{Direct: true}),
		relationships.UserAssignedApplication(from, to, relationships.UserAssignedApplicationProperties{}),
	}
}

// value is a stored value.
type value map[string]json.RawMessage

func valueOf(t testing.TB, v any) value {
	t.Helper()
	var out value
	if err := json.Unmarshal(encode(t, v), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// with returns a copy in which a property has another value.
func (v value) with(t testing.TB, name string, to any) value {
	t.Helper()
	v = maps.Clone(v)
	v[name] = encode(t, to)
	return v
}

// without returns a copy without some properties.
func (v value) without(names ...string) value {
	v = maps.Clone(v)
	for _, name := range names {
		delete(v, name)
	}
	return v
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encode %T: %v", v, err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// kindsOf are values of every JSON type, each with a marker where it can have one: no error may show it.
func kindsOf() map[string]any {
	return map[string]any{
		"string":  marker,
		"number":  json.Number("86420.97531"),
		"integer": json.Number("8642097531"),
		"boolean": false,
		"array":   []any{marker},
		"object":  map[string]any{marker: marker},
		"null":    nil,
	}
}

// marker is part of all wrong values.
const marker = "s3cret-m4rker"

// showsValue reports whether a text holds one of the wrong values.
func showsValue(text string) bool {
	return strings.Contains(text, marker) || strings.Contains(text, "86420")
}

// pick returns the stored value of a type that has a property with a value, or else the first, completed.
func (s *schema) pick(t *testing.T, all []value, name string) value {
	t.Helper()
	for _, v := range all {
		if text, ok := v[name]; ok && string(text) != "null" {
			return v
		}
	}
	v := all[0]
	if _, ok := v[name]; ok {
		return v
	}
	sample := s.good(t, name)
	v = v.with(t, name, sample)
	for _, other := range s.together[name] {
		v = v.with(t, other, sample)
	}
	return v
}
