package entities

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph/client"
)

// Converter makes entities from JumpCloud's objects. The zero value links to the US console and keeps no raw data.
// It is safe for concurrent use.
type Converter struct {
	// ConsoleURL is the address of the admin console that links point to, without a final slash.
	ConsoleURL string
	// Raw keeps what JumpCloud sent in _rawData: the fields that package client knows, except those that can hold a
	// credential; other fields by name only.
	Raw bool
}

// minKey is the least number of characters that the model allows in a key.
const minKey = 10

// draft is an entity in the making.
type draft struct {
	Converter
	meta Meta
}

// begin starts an entity. Without an id there is none: the error says which object it was.
func (c Converter) begin(m *Model, id, name string, source any) (*draft, error) {
	if id == "" {
		return nil, &NoIDError{Type: m.Type, Name: name}
	}
	if utf8.RuneCountInString(id) < minKey {
		return nil, fmt.Errorf("entities: %s %q: the id has fewer than %d characters, which the data model forbids", m.Type, id, minKey)
	}
	d := &draft{Converter: c, meta: Meta{Key: id, Type: m.Type, Class: m.Classes}}
	if r, ok := source.(interface{ OddFields() []client.OddField }); ok && len(r.OddFields()) > 0 {
		d.oddFields(r.OddFields())
	}
	if c.Raw {
		raw, err := rawData(source)
		if err != nil {
			return nil, fmt.Errorf("entities: %s %q: keep the raw data: %w", m.Type, id, err)
		}
		d.meta.RawData = []RawData{{Name: "default", RawData: raw}}
	}
	return d, nil
}

// errNone says that there is nothing to convert.
func errNone(m *Model) error {
	return fmt.Errorf("entities: no object to make a %s of: it is nil", m.Type)
}

// NoIDError says that an object has no id, without which it cannot be part of a graph.
type NoIDError struct {
	// Type is the _type that the entity would have had.
	Type string
	// Name is what the object is called, as far as that is known.
	Name string
}

// Error names the object as well as it can.
func (e *NoIDError) Error() string {
	if e.Name == "" {
		return "entities: " + e.Type + " without an id and without a name"
	}
	return fmt.Sprintf("entities: %s %q has no id", e.Type, e.Name)
}

// rawData encodes an object of package client. Fields that can hold a credential have types that never encode.
func rawData(source any) (json.RawMessage, error) {
	raw, err := json.Marshal(source)
	if err != nil {
		return nil, err
	}
	if r, ok := source.(interface {
		OddValues() map[string]json.RawMessage
	}); ok && len(r.OddValues()) > 0 {
		if raw, err = withValues(raw, r.OddValues()); err != nil {
			return nil, err
		}
	}
	if r, ok := source.(interface{ UnknownFields() []string }); ok && len(r.UnknownFields()) > 0 {
		names, err := json.Marshal(r.UnknownFields())
		if err != nil {
			return nil, err
		}
		sep := ","
		if string(raw) == "{}" {
			sep = ""
		}
		raw = append(append(append(raw[:len(raw)-1], sep+`"_unknownFields":`...), names...), '}')
	}
	return raw, nil
}

// withValues puts values into an object as they came.
func withValues(object json.RawMessage, values map[string]json.RawMessage) (json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(object, &all); err != nil {
		return nil, err
	}
	maps.Copy(all, values)
	return json.Marshal(all)
}

// link returns an address in the admin console, with the entity's key in the place of {id}.
func (d *draft) link(path string) string {
	return d.console() + strings.Replace(path, "{id}", url.PathEscape(d.meta.Key), 1)
}

func (c Converter) console() string {
	if c.ConsoleURL == "" {
		return client.US.ConsoleURL()
	}
	return strings.TrimRight(c.ConsoleURL, "/")
}

// demanded returns a boolean that the model demands: false, and named as assumed, when JumpCloud did not send it.
func (d *draft) demanded(property string, b client.Bool) bool {
	if !b.OK {
		d.meta.assumed = append(d.meta.assumed, property)
	}
	return b.V
}

// optional returns nil for a boolean that JumpCloud did not send.
func optional(b client.Bool) *bool {
	if !b.OK {
		return nil
	}
	return &b.V
}

// nullable returns nil for an empty text.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// millis returns a time after 1970, or nil.
func millis(t client.Time) *Millis {
	ms, ok := t.Millis()
	if !ok || ms <= 0 {
		return nil
	}
	return new(Millis(ms))
}

// words joins the texts that are not empty with a space.
func words(texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, " ")
}
