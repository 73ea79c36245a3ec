// Package schemas holds the JSON Schemas of the graph's entities and relationships, and judges values by them.
//
// The schemas are generated from the Go structs of packages entities and relationships; see docs/data-model.md. They
// are JSON Schema draft 2020-12. The schema of a type is closed: it joins the open schemas of its JupiterOne classes
// with the type's own properties and allows nothing else, except tag.* and _rawData. Formats are asserted.
//
// Judging costs 0.1 ms and more a value. All functions are safe for concurrent use; the first use of a type compiles
// its schema.
package schemas

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/jumpgraph/jumpgraph/internal/format"
)

//go:embed index.json *.schema.json class/*.schema.json
var files embed.FS

const (
	suffix = ".schema.json"
	base   = "https://github.com/jumpgraph/jumpgraph/schemas/"
)

type index struct {
	Entities      []string `json:"entities"`
	Relationships []string `json:"relationships"`
}

var readIndex = sync.OnceValue(func() index {
	var i index
	if b, err := files.ReadFile("index.json"); err == nil {
		_ = json.Unmarshal(b, &i) // generated and embedded; a test reads it
	}
	return i
})

// Types returns the types of entities and then those of relationships, each in the order of the documentation. The
// result is the caller's own.
func Types() []string { return append(EntityTypes(), RelationshipTypes()...) }

// EntityTypes returns the types of entities in the order of the documentation.
func EntityTypes() []string { return slices.Clone(readIndex().Entities) }

// RelationshipTypes returns the types of relationships in the order of the documentation.
func RelationshipTypes() []string { return slices.Clone(readIndex().Relationships) }

// For returns the JSON Schema of a type as it stands in this package. Its references to classes are relative to its
// $id.
func For(typ string) ([]byte, error) {
	if !slices.Contains(Types(), typ) {
		return nil, unknownType(typ)
	}
	return files.ReadFile(typ + suffix)
}

func unknownType(typ string) error {
	return fmt.Errorf("schemas: unknown type %q: the types are %s", typ, strings.Join(Types(), ", "))
}

// compiled is a type's schema, ready for use.
type compiled struct {
	schema     *jsonschema.Schema
	known      map[string]bool   // all properties that any part of the schema names
	patterns   []*regexp.Regexp  // further properties that are allowed
	lists      map[string]string // lists that properties must be equal to, as JSON
	deprecated []string
}

// knows reports whether some part of the schema allows a property.
func (c *compiled) knows(name string) bool {
	return c.known[name] || slices.ContainsFunc(c.patterns, func(p *regexp.Regexp) bool { return p.MatchString(name) })
}

var compile = sync.OnceValues(func() (map[string]func() (*compiled, error), error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.ExtractAnnotations = true
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s is not a schema of this package", url)
	}
	for name, check := range format.Checks {
		c.Formats[name] = func(v any) bool {
			s, ok := v.(string)
			return !ok || check(s)
		}
	}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, suffix) {
			return err
		}
		b, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		return c.AddResource(base+path, bytes.NewReader(b))
	})
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex // the compiler is not safe for concurrent use
	all := map[string]func() (*compiled, error){}
	for _, typ := range Types() {
		all[typ] = sync.OnceValues(func() (*compiled, error) {
			mu.Lock()
			defer mu.Unlock()
			s, err := c.Compile(base + typ + suffix)
			if err != nil {
				return nil, err
			}
			out := &compiled{schema: s, known: map[string]bool{}, lists: map[string]string{}}
			out.collect(s)
			slices.Sort(out.deprecated)
			out.deprecated = slices.Compact(out.deprecated)
			return out, nil
		})
	}
	return all, nil
})

// collect notes the properties of a schema and of those that it is made of.
func (c *compiled) collect(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for name, p := range s.Properties {
		c.known[name] = true
		if p.Deprecated {
			c.deprecated = append(c.deprecated, name)
		}
		if len(p.Constant) > 0 {
			if b, err := json.Marshal(p.Constant[0]); err == nil && b[0] == '[' {
				c.lists[name] = string(b)
			}
		}
	}
	for p := range s.PatternProperties {
		c.patterns = append(c.patterns, p)
	}
	c.collect(s.Ref)
	for _, part := range s.AllOf {
		c.collect(part)
	}
}

func load(typ string) (*compiled, error) {
	all, err := compile()
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	get := all[typ]
	if get == nil {
		return nil, unknownType(typ)
	}
	c, err := get()
	if err != nil {
		return nil, fmt.Errorf("schemas: %s: %w", typ, err)
	}
	return c, nil
}

// Deprecated returns the deprecated properties that a stored value uses, sorted. Using them is not an error.
func Deprecated(typ string, data []byte) ([]string, error) {
	c, err := load(typ)
	if err != nil {
		return nil, err
	}
	var value map[string]json.RawMessage
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("schemas: %s: not a JSON object: %w", typ, err)
	}
	return slices.DeleteFunc(slices.Clone(c.deprecated), func(name string) bool {
		_, used := value[name]
		return !used
	}), nil
}
