package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
)

const root = "../.."

// TestGenerated_IsUpToDate fails when a struct of the model was changed without go generate.
func TestGenerated_IsUpToDate(t *testing.T) {
	t.Parallel()
	stale, err := run(root, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("stale, run go generate ./...: %s", strings.Join(stale, ", "))
	}
}

func TestRun_WritesWhatCheckMisses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, p := range []string{"entities", "relationships", "sink/sqlite"} {
		if err := os.CopyFS(filepath.Join(dir, p), os.DirFS(filepath.Join(root, p))); err != nil {
			t.Fatal(err)
		}
	}
	stale, err := run(dir, true)
	if err != nil || len(stale) == 0 {
		t.Fatalf("check of an empty tree: %v, %v; want everything stale", stale, err)
	}
	left := filepath.Join(dir, "schemas", "jumpcloud_printer.schema.json")
	if err := os.MkdirAll(filepath.Dir(left), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the schema of a type that is gone was left")
	}
	if stale, err = run(dir, true); err != nil || len(stale) > 0 {
		t.Errorf("after a run: %v, %v; want nothing stale", stale, err)
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
		"no json name": {struct {
			A string `jc:"x"`
		}{}, "no json name"},
		"embedded type": {struct{ entities.RawData }{}, "flat structs"},
	} {
		if _, err := s.properties(reflect.TypeOf(tt.of)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.want)
		}
	}
}

func TestInherit_ChecksThePromisesOfTheClasses(t *testing.T) {
	t.Parallel()
	s, err := readSource(root, "entities", "entities/class", "relationships")
	if err != nil {
		t.Fatal(err)
	}
	m, err := readModel(s)
	if err != nil {
		t.Fatal(err)
	}
	check := func(classes []string, of any) error {
		properties, err := s.properties(reflect.TypeOf(of))
		if err != nil {
			return err
		}
		e := &entityDef{Model: entities.Model{Classes: classes, Struct: reflect.TypeOf(of)}, Properties: properties}
		return m.inherit(s, e)
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
		"no description": {[]string{"Group"}, struct {
			Size string `json:"size"`
		}{}, "needs a description"},
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
	m := loadModel(t)
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
