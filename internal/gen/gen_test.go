package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/jumpgraph/jumpgraph/entities"
)

const root = "../.."

// TestGenerated_IsUpToDate fails when a struct of the model was changed without go generate.
func TestGenerated_IsUpToDate(t *testing.T) {
	t.Parallel()
	stale, err := (&generator{root: root, check: true}).run()
	if err != nil {
		t.Error(err)
	}
	if len(stale) > 0 {
		t.Errorf("stale, run go generate ./...: %s", strings.Join(stale, ", "))
	}
}

// tree copies what the generator reads.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range []string{"client", "entities", "relationships", "sink/sqlite", "sink/postgres", "internal/rows", "schemas"} {
		if err := os.CopyFS(filepath.Join(dir, p), os.DirFS(filepath.Join(root, p))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRun_WritesWhatCheckMisses(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	removed, left := filepath.Join(dir, "schemas", "jumpcloud_user.schema.json"), filepath.Join(dir, "schemas", "jumpcloud_printer.schema.json")
	if err := errors.Join(os.Remove(removed), os.WriteFile(left, []byte("{}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	check := &generator{root: dir, check: true}
	want := []string{"schemas/jumpcloud_printer.schema.json", "docs/data-model.md", "docs/queries.md", "schemas/jumpcloud_user.schema.json"}
	if stale, err := check.run(); err != nil || !slices.Equal(stale, want) {
		t.Fatalf("check says %v, %v; want %v", stale, err, want)
	}
	if _, err := (&generator{root: dir}).run(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the schema of a type that is gone was left")
	}
	if stale, err := check.run(); err != nil || len(stale) > 0 {
		t.Errorf("after a run: %v, %v; want nothing stale", stale, err)
	}
}

// TestVersion_CannotBeForgotten changes a schema and then, step by step, what says which version it is.
func TestVersion_CannotBeForgotten(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"schemas/a.schema.json": []byte("one"), "docs/data-model.md": []byte("text")}
	dir := t.TempDir()
	set := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	record := func(keep bool) error {
		b, forgotten, err := version(dir, files, keep)
		if err != nil {
			t.Fatal(err)
		}
		set(versionFile, string(b))
		return forgotten
	}
	set("schemas/version.go", "package schemas\n\nconst ModelVersion = \"1.0.0\"\n")
	if err := record(false); err != nil {
		t.Errorf("the first record: %v", err)
	}
	files["docs/data-model.md"] = []byte("other text")
	if err := record(false); err != nil {
		t.Errorf("a change of the documentation alone asks for a new version: %v", err)
	}
	files["schemas/a.schema.json"] = []byte("two")
	for range 2 { // it is said again and again
		if err := record(false); err == nil || !strings.Contains(err.Error(), "version.go:3:7: the schemas have changed, ModelVersion is still 1.0.0") {
			t.Errorf("a changed schema with the old version: %v", err)
		}
	}
	set("schemas/version.go", "package schemas\n\nconst ModelVersion = \"1.1.0\"\n")
	if err := record(false); err != nil {
		t.Errorf("a changed schema with a new version: %v", err)
	}
	files["schemas/a.schema.json"] = []byte("three")
	if err := record(true); err != nil {
		t.Errorf("a changed schema of a version that may be kept: %v", err)
	}
	if err := record(false); err != nil {
		t.Errorf("nothing changed since: %v", err)
	}
}

// TestGenerator_BuildsWithoutWhatItWrites proves that a stale or missing generated file cannot lock it out.
func TestGenerator_BuildsWithoutWhatItWrites(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "jumpgraph_gen", "-f", "{{.ImportPath}} {{.GoFiles}} {{.EmbedFiles}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, module) && (strings.Contains(line, "zz_") || strings.Contains(line, ".json")) {
			t.Errorf("the generator needs generated files: %s", line)
		}
	}
}

func TestProperties_RefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s, err := readSource(root, "entities", "entities/class", "relationships")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		of   any
		want string
	}{
		"unknown tag": {struct {
			A string `json:"a" jcc:"x"`
		}{}, `unknown tag "jcc"`},
		"unknown rule": {struct {
			A string `json:"a" jsonschema:"requird"`
		}{}, `unknown rule "requird"`},
		"rule of another kind": {struct {
			A string `json:"a" jsonschema:"minimum=1"`
		}{}, `unknown rule "minimum" in the jsonschema tag: a text takes nullable, optional, format, pattern, minLength`},
		"rule for a bool": {struct {
			A bool `json:"a" jsonschema:"format=uri"`
		}{}, `a bool takes nullable, optional`},
		"no json name": {struct {
			A string `jc:"x"`
		}{}, "no json name"},
		"omitempty": {struct {
			A string `json:"a,omitempty"`
		}{}, "only omitzero is known"},
		"embedded type": {struct{ entities.RawData }{}, "flat structs"},
		"no kind": {struct {
			A map[string]string `json:"a"`
		}{}, "the model has no map[string]string: use string,"},
		"pointer to a pointer": {struct {
			A **bool `json:"a"`
		}{}, "the model has no **bool"},
	} {
		if _, err := s.properties(reflect.TypeOf(tt.of)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

func TestCheckProperties_RefusesWhatLosesValues(t *testing.T) {
	t.Parallel()
	s, err := readSource(root, "entities", "entities/class", "relationships")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		of   any
		want string
	}{
		"false would be left out": {struct {
			A bool `json:"a,omitzero"`
		}{}, "omitzero leaves out false, which is a value: use *bool"},
		"zero would be left out": {struct {
			A float64 `json:"a,omitzero"`
		}{}, "omitzero leaves out 0, which is a value: use *float64"},
		"time zero would be left out": {struct {
			A entities.Millis `json:"a,omitzero"`
		}{}, "use *class.Millis"},
		"name twice": {reflect.New(reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"a"`}, {Name: "B", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
		})).Elem().Interface(), `another field is called "a", too`},
		"no description": {struct {
			A string `json:"a"`
		}{}, "a property needs a description"},
	} {
		list, err := s.properties(reflect.TypeOf(tt.of))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.checkProperties(reflect.TypeOf(tt.of), list); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

func TestErrors_SayWhereTheFieldStands(t *testing.T) {
	t.Parallel()
	s := loadModel(t).source
	for want, err := range map[string]error{
		"User.Email: wrong": s.errorf(reflect.TypeFor[entities.User](), "Email", "wrong"),
		"User: wrong":       s.errorf(reflect.TypeFor[entities.User](), "", "wrong"),
	} {
		if where := regexp.MustCompile(`entities/user\.go:\d+: ` + want + `$`); !where.MatchString(err.Error()) {
			t.Errorf("got %q, want it to match %s", err, where)
		}
	}
}

// TestBroken_HasCodeForEveryRuleOrRefuses takes every kind of value with every rule of every other.
func TestBroken_HasCodeForEveryRuleOrRefuses(t *testing.T) {
	t.Parallel()
	length := new(uint64(3))
	rules := map[string]*jsonschema.Schema{
		"format": {Format: "uri"}, "pattern": {Pattern: `^([0-9a-f]{2}:){5}([0-9a-f]{2})$`}, "minLength": {MinLength: length},
		"minimum": {Minimum: "1"}, "maximum": {Maximum: "9"}, "minItems": {MinItems: length}, "uniqueItems": {UniqueItems: true},
		"no such format": {Format: "colour"}, "no such pattern": {Pattern: "^x$"}, "const": {Const: "x"}, "enum": {Enum: []any{"a", "b"}},
	}
	for name, s := range rules {
		for _, of := range []any{"", new(""), true, new(true), int64(1), new(int64(1)), 1.5, new(1.5), entities.Millis(1), new(entities.Millis(1)), []string{}} {
			p := &property{field: reflect.StructField{Name: "A", Type: reflect.TypeOf(of)}}
			k, err := kindOf(p.field.Type)
			if err != nil {
				t.Fatal(err)
			}
			text := k.elem.Kind() == reflect.String
			known := slices.Contains(k.rules, name) || text && (name == "const" || name == "enum")
			switch code, err := broken("v.A", p, s); {
			case known && (err != nil || code == ""):
				t.Errorf("%s for a %T: %q, %v; want code", name, of, code, err)
			case !known && err == nil:
				t.Errorf("%s for a %T is dropped in silence: %q", name, of, code)
			}
		}
	}
}

// documented are the own properties of the seven core entities.
var documented = map[string]string{
	"jumpcloud_account": "logoUrl",
	"jumpcloud_user": "state suspended login email employeeType employeeId company department jobTitle mfaExclusion mfaExclusionUntil " +
		"mfaExclusionEndOn mfaConfigured externallyManaged ldapBindingUser sambaServiceUser sudo id",
	"jumpcloud_group":       "attributes",
	"jumpcloud_application": "ssoUrl",
	"jumpcloud_apple_mdm":   "depServerTokenState apnsCertExpiry appleCertSerialNumber",
	"jumpcloud_apple_device": "depRegistered isDepRegistered enrolled isEnrolled createdAt hasActivationLockBypassCodes isSupervised " +
		"deviceCapacity macAddress lastSeenOn make",
	"jumpcloud_device": "lastSeenOn systemTimezone templateName isSshPasswordAuthenticationEnabled isSshRootLoginEnabled isSshRootEnabled " +
		"isMultiFactorAuthenticationEnabled isPublicKeyAuthenticationEnabled agentVersion fileSystem encrypted isEncryptionKeyPresent " +
		"isDesktopCapable isPolicyBound isSecureLoginEnabled isSecureLoginSupported platform",
}

// TestOwnProperties_AreTheDocumentedOnes holds the 52 own properties of the core against the structs, the schemas and the
// documentation.
func TestOwnProperties_AreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile(filepath.Join(root, "docs", "data-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	m, total := loadModel(t), 0
	for i := range m.Entities {
		e := &m.Entities[i]
		if documented[e.Type] == "" {
			continue // not of the core
		}
		want := slices.Sorted(strings.FieldsSeq(documented[e.Type]))
		total += len(want)
		var tags []string
		for _, p := range e.own() {
			tags = append(tags, p.Name)
		}
		slices.Sort(tags)
		for place, got := range map[string][]string{"struct": tags, "schema": ownInSchema(t, e.Type), "documentation": ownInDocs(string(docs), e.Type)} {
			if !slices.Equal(got, want) {
				t.Errorf("%s in the %s: own properties\n%v\nwant\n%v", e.Type, place, got, want)
			}
		}
	}
	if total != 52 {
		t.Errorf("%d own properties were compared, want 52", total)
	}
}

// ownInSchema returns the properties of the last part of a schema, which is the entity's own.
func ownInSchema(t *testing.T, typ string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "schemas", typ+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		AllOf []struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"allOf"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	own := s.AllOf[len(s.AllOf)-1].Properties
	delete(own, "_type")
	delete(own, "_class")
	return slices.Sorted(maps.Keys(own))
}

// ownInDocs returns the rows of the first table in the section of a type.
func ownInDocs(docs, typ string) []string {
	_, section, _ := strings.Cut(docs, "\n`"+typ+"` inherits from ")
	section, _, _ = strings.Cut(section, "\nAll properties of ")
	var names []string
	for line := range strings.Lines(section) {
		name, _, row := strings.Cut(strings.TrimPrefix(line, "| "), " ")
		if row && strings.HasPrefix(line, "| ") && name != "Property" && !strings.HasPrefix(name, "---") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestInherit_ChecksThePromisesOfTheClasses(t *testing.T) {
	t.Parallel()
	m := loadModel(t)
	check := func(classes []string, of any) error {
		properties, err := m.source.properties(reflect.TypeOf(of))
		if err != nil {
			return err
		}
		return m.inherit(&entityDef{Model: entities.Model{Classes: classes, Struct: reflect.TypeOf(of)}, Properties: properties})
	}
	for name, tt := range map[string]struct {
		classes []string
		of      any
		want    string
	}{
		"missing": {[]string{"Account"}, struct {
			Name        string `json:"name" class:"Entity"`
			DisplayName string `json:"displayName" class:"Entity"`
		}{}, `class Account requires the property "vendor"`},
		"wrong type": {[]string{"Group"}, struct {
			Name        string `json:"name" class:"Entity"`
			DisplayName bool   `json:"displayName" class:"Entity"`
		}{}, "the type boolean is not string"},
		"null not allowed": {[]string{"Group"}, struct {
			Name        string  `json:"name" class:"Entity"`
			DisplayName *string `json:"displayName" class:"Entity"`
		}{}, "null is not allowed"},
		"foreign class": {[]string{"Group"}, struct {
			Serial string `json:"serial" class:"Device"`
		}{}, "Device is not a class of this entity"},
		"not in the class": {[]string{"Group"}, struct {
			Size string `json:"size" class:"Entity"`
		}{}, `class Entity has no property "size"`},
		"no such class": {[]string{"Printer"}, struct {
			Size string `json:"size"`
		}{}, "there is no class Printer: add it to entities/class"},
	} {
		if err := check(tt.classes, tt.of); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

// loadModel reads the model of this module.
func loadModel(t *testing.T) *model {
	t.Helper()
	s, err := readSource(root, "entities", "entities/class", "relationships")
	if err != nil {
		t.Fatal(err)
	}
	m, err := readModel(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// core leaves of a model what the documented one has: later layers change nothing of it.
func core(m *model) *model {
	known := func(typ string) bool { return documented[typ] != "" }
	return &model{
		Entities: slices.DeleteFunc(slices.Clone(m.Entities), func(e entityDef) bool { return !known(e.Type) }),
		Relationships: slices.DeleteFunc(slices.Clone(m.Relationships), func(r relationshipDef) bool {
			return !known(r.From) || !known(r.To)
		}),
	}
}

// golden compares a rendering of the model with the documented one, of which only length and hash are kept.
func golden(t *testing.T, text string, size int, sum string) {
	t.Helper()
	got := sha256.Sum256([]byte(text))
	if len(text) != size || hex.EncodeToString(got[:]) != sum {
		t.Errorf("the model is not the documented one: %d bytes with hash %x, want %d bytes with hash %s\n%s", len(text), got, size, sum, text)
	}
}

// TestModel_IsTheDocumentedOne_Tables renders the two tables as JupiterOne's own documentation command does.
func TestModel_IsTheDocumentedOne_Tables(t *testing.T) {
	t.Parallel()
	m := core(loadModel(t))
	stars := strings.Repeat("*", 80)
	text := fmt.Sprintf(`<!-- {J1_DOCUMENTATION_MARKER_START} -->
<!--
%[1]s
NOTE: ALL OF THE FOLLOWING DOCUMENTATION IS GENERATED USING THE
"j1-integration document" COMMAND. DO NOT EDIT BY HAND! PLEASE SEE THE DEVELOPER
DOCUMENTATION FOR USAGE INFORMATION:

https://github.com/JupiterOne/sdk/blob/main/docs/integrations/development.md
%[1]s
-->

## Data Model

### Entities

The following entities are created:

%[2]s

### Relationships

The following relationships are created:

%[3]s

<!--
%[1]s
END OF GENERATED DOCUMENTATION AFTER BELOW MARKER
%[1]s
-->
<!-- {J1_DOCUMENTATION_MARKER_END} -->`, stars, m.entityTable(), m.relationshipTable())
	golden(t, text, 2387, "8e3d9f830cc9c26e08cac1ca60293fcadcea3a4320c0afbd35b018bedf3c700c")
}
