package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// openapiEnv names the directory that holds the official descriptions, v1.json and v2.json.
const openapiEnv = "JUMPCLOUD_OPENAPI_DIR"

// openapiDir is where the descriptions are looked for when the environment does not say: beside the module.
const openapiDir = "../../shared/openapi"

// operation is what the official description says about a route.
type operation struct {
	// parameters are what may be sent along, each as its place and its name, such as "query limit".
	parameters map[string]bool
	// answer and request are the schemas of a successful answer and of the body; nil when there is none.
	answer, request *jsonschema.Schema
}

// readOfficial reads the description of every registered route, once for all tests.
var readOfficial = sync.OnceValues(func() (map[*route]*operation, error) {
	dir := os.Getenv(openapiEnv)
	chosen := dir != ""
	if !chosen {
		dir = openapiDir
	}
	found := map[*route]*operation{}
	for version, file := range map[int]string{1: "v1.json", 2: "v2.json"} {
		d, err := readDocument(filepath.Join(dir, file))
		if errors.Is(err, fs.ErrNotExist) && !chosen {
			return nil, errNoDescriptions
		}
		if err != nil {
			return nil, err
		}
		for _, r := range routes {
			if r.version != version {
				continue
			}
			if found[r], err = d.operation(r); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", file, r.name(), err)
			}
		}
	}
	return found, nil
})

var errNoDescriptions = errors.New("no descriptions")

// official returns what the official descriptions say about each route, nil for one that they do not know. It skips
// the test where the descriptions are not at hand.
func official(t *testing.T) map[*route]*operation {
	t.Helper()
	found, err := readOfficial()
	if errors.Is(err, errNoDescriptions) {
		t.Skipf("the official API descriptions are not at hand: take docs/api/1.0/index.yaml and docs/api/2.0/index.yaml from "+
			"https://github.com/TheJumpCloud/jumpcloud-docs-public, write them as JSON to v1.json and v2.json in one directory, "+
			"and name that directory in %s", openapiEnv)
	}
	if err != nil {
		t.Fatalf("read the official API descriptions (see %s): %v", openapiEnv, err)
	}
	return found
}

// document is one OpenAPI document.
type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
	} `json:"components"`

	url     string // under which the compiler knows the document
	schemas *jsonschema.Compiler
}

type parameter struct {
	Ref  string `json:"$ref"`
	In   string `json:"in"`
	Name string `json:"name"`
}

func readDocument(file string) (*document, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := &document{url: "openapi:///" + filepath.Base(file), schemas: jsonschema.NewCompiler()}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	d.schemas.Draft = jsonschema.Draft2020
	d.schemas.AssertFormat = true
	d.schemas.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s is outside of the document", url)
	}
	return d, d.schemas.AddResource(d.url, bytes.NewReader(raw))
}

// pathParameter is a parameter in a template; the description may call it by another name.
var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// shape is a template without the names of its parameters.
func shape(template string) string { return pathParameter.ReplaceAllString(template, "{}") }

// operation reads what the document says about a route, nil when it does not know the route.
func (d *document) operation(r *route) (*operation, error) {
	method := strings.ToLower(r.method)
	for template, item := range d.Paths {
		if shape(template) == shape(r.template) && item[method] != nil {
			return d.read(item, template, method)
		}
	}
	return nil, nil
}

func (d *document) read(item map[string]json.RawMessage, template, method string) (*operation, error) {
	var said struct {
		Parameters  []parameter `json:"parameters"`
		RequestBody *struct {
			Ref string `json:"$ref"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Content map[string]json.RawMessage `json:"content"`
		} `json:"responses"`
	}
	var shared []parameter // by all methods of the path
	if raw := item["parameters"]; raw != nil {
		if err := json.Unmarshal(raw, &shared); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(item[method], &said); err != nil {
		return nil, err
	}
	o := &operation{parameters: map[string]bool{}}
	for _, p := range append(shared, said.Parameters...) {
		if p.Ref != "" {
			p = d.Components.Parameters[path.Base(p.Ref)]
		}
		o.parameters[p.In+" "+p.Name] = true
	}
	here := "#/paths/" + pointer(template) + "/" + method
	var err error
	if said.Responses["200"].Content["application/json"] != nil {
		if o.answer, err = d.schemas.Compile(d.url + here + "/responses/200" + jsonContent); err != nil {
			return nil, err
		}
	}
	if body := said.RequestBody; body != nil {
		if body.Ref == "" {
			body.Ref = here + "/requestBody"
		}
		o.request, err = d.schemas.Compile(d.url + body.Ref + jsonContent)
	}
	return o, err
}

// jsonContent leads from an answer or a body to the schema of its JSON form.
const jsonContent = "/content/application~1json/schema"

// pointer writes a key as a step of a JSON pointer.
func pointer(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

// parts returns schemas together with all that they refer to or are composed of.
func parts(schemas ...*jsonschema.Schema) []*jsonschema.Schema {
	var all []*jsonschema.Schema
	for _, s := range schemas {
		if s == nil {
			continue
		}
		all = append(all, s)
		all = append(all, parts(s.Ref)...)
		all = append(all, parts(slices.Concat(s.AllOf, s.AnyOf, s.OneOf)...)...)
	}
	return all
}

// property returns what is said about a property of an object: nothing when it is not described.
func property(schemas []*jsonschema.Schema, name string) []*jsonschema.Schema {
	var found []*jsonschema.Schema
	for _, s := range schemas {
		if p := s.Properties[name]; p != nil {
			found = append(found, parts(p)...)
		}
	}
	return found
}

// properties returns what is said about all properties of an object.
func properties(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	var found []*jsonschema.Schema
	for _, s := range schemas {
		found = append(found, parts(slices.Collect(maps.Values(s.Properties))...)...)
	}
	return found
}

// elements returns what is said about the elements of an array.
func elements(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	var found []*jsonschema.Schema
	for _, s := range schemas {
		found = append(found, parts(s.Items2020)...)
	}
	return found
}

// open reports that any property is welcome: the description names none, or says so.
func open(schemas []*jsonschema.Schema) bool {
	named := false
	for _, s := range schemas {
		named = named || len(s.Properties) > 0
		if s.AdditionalProperties != nil && s.AdditionalProperties != false || len(s.PatternProperties) > 0 {
			return true
		}
	}
	return !named
}

// free reports that the description names no property and welcomes any, so that there is nothing to compare with.
func free(schemas []*jsonschema.Schema) bool {
	said := false
	for _, s := range schemas {
		if len(s.Properties) > 0 {
			return false
		}
		said = said || s.AdditionalProperties == true
	}
	return said
}

// kinds returns the JSON types that the description allows, without null; empty when it does not say.
func kinds(schemas []*jsonschema.Schema) []string {
	var found []string
	for _, s := range schemas {
		for _, kind := range s.Types {
			if kind != "null" && !slices.Contains(found, kind) {
				found = append(found, kind)
			}
		}
	}
	slices.Sort(found)
	return found
}

// records returns what is said about the records of an answer: the elements of a list of API v1 or v2, or the answer.
func records(answer *jsonschema.Schema) []*jsonschema.Schema {
	all := parts(answer)
	if results := property(all, "results"); len(results) > 0 {
		return elements(results)
	}
	if list := elements(all); len(list) > 0 {
		return list
	}
	return all
}

// recordOfList is how the location of a record in a list begins.
var recordOfList = regexp.MustCompile(`^(/results)?/\d+(/|$)`)

// deviations returns where a JSON value does not fit its schema, each as "place: what", the place being the path below
// a record, whose name is given. What is null, undescribed, missing, or the broken rule of the schema.
func deviations(s *jsonschema.Schema, name string, value any) []string {
	var found []string
	add := func(location, what string) {
		location = strings.TrimPrefix(recordOfList.ReplaceAllString(location, "/"), "/")
		at := name
		for step := range strings.SplitSeq(location, "/") {
			switch _, err := strconv.Atoi(step); {
			case step == "":
			case err == nil:
				at += "[]"
			default:
				at += "." + step
			}
		}
		if d := at + ": " + what; !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	undescribed(parts(s), value, "", add)
	if broken, ok := errors.AsType[*jsonschema.ValidationError](s.Validate(value)); ok {
		brokenRules(broken, value, add)
	}
	return found
}

// undescribed finds the properties of a value that the description does not know.
func undescribed(schemas []*jsonschema.Schema, value any, at string, add func(location, what string)) {
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			undescribed(elements(schemas), element, at+"/"+strconv.Itoa(i), add)
		}
	case map[string]any:
		for name, child := range value {
			known := property(schemas, name)
			if len(known) == 0 && !open(schemas) {
				add(at+"/"+name, "undescribed")
				continue
			}
			undescribed(known, child, at+"/"+name, add)
		}
	}
}

// quotedName is a name in a message of the validator.
var quotedName = regexp.MustCompile(`'([^']+)'`)

// brokenRules names the rules at the leaves of a validation error.
func brokenRules(e *jsonschema.ValidationError, value any, add func(location, what string)) {
	for _, cause := range e.Causes {
		brokenRules(cause, value, add)
	}
	if len(e.Causes) > 0 {
		return
	}
	switch rule := path.Base(e.KeywordLocation); {
	case rule == "required":
		for _, missing := range quotedName.FindAllStringSubmatch(e.Message, -1) {
			add(e.InstanceLocation+"/"+missing[1], "missing")
		}
	case lookup(value, e.InstanceLocation) == nil:
		add(e.InstanceLocation, "null")
	default:
		add(e.InstanceLocation, rule)
	}
}

// lookup follows a JSON pointer; nil when it leads nowhere or to null.
func lookup(value any, location string) any {
	for step := range strings.SplitSeq(strings.TrimPrefix(location, "/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		}
	}
	return value
}
