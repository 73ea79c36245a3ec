package relationships

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// MarshalJSON writes the edge as one object: what all edges have, then its own properties.
func (r Relationship) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil) }

// AppendJSON adds the JSON of the edge to dst, without the escapes that only HTML needs. When it fails, dst is returned as it
// was.
func (r Relationship) AppendJSON(dst []byte) ([]byte, error) {
	b := dst
	for _, m := range [...]struct{ name, value string }{
		{`{"_key":`, r.Key},
		{`,"_type":`, r.Type},
		{`,"_class":`, string(r.Class)},
		{`,"_fromEntityKey":`, r.FromEntityKey},
		{`,"_toEntityKey":`, r.ToEntityKey},
		{`,"displayName":`, r.DisplayName},
	} {
		b = append(b, m.name...)
		b = jsontext.AppendString(b, m.value)
	}
	if r.Properties != nil {
		at := len(b)
		own, err := jsontext.Append(b, r.Properties)
		if err != nil {
			return dst, fmt.Errorf("relationships: %s %s: %w", r.Type, r.Key, err)
		}
		if own[at] != '{' {
			return dst, fmt.Errorf("relationships: %s %s: its properties are a %T, not a struct", r.Type, r.Key, r.Properties)
		}
		if own[at] = ','; own[at+1] == '}' { // none of them has a value
			own = slices.Delete(own, at, at+1)
		}
		return own, nil
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads an edge with the properties that its type has. Others are passed over. Where all are optional and none
// is there, Properties is nil.
func (r *Relationship) UnmarshalJSON(b []byte) error {
	type base Relationship // without this method
	r.Properties = nil
	if err := json.Unmarshal(b, (*base)(r)); err != nil {
		return err
	}
	i := slices.IndexFunc(sorted(), func(rule Rule) bool { return rule.Type == r.Type })
	if i < 0 || sorted()[i].Struct == nil {
		return nil
	}
	own := reflect.New(sorted()[i].Struct)
	if err := json.Unmarshal(b, own.Interface()); err != nil {
		return err
	}
	if rule := sorted()[i]; rule.required || !own.Elem().IsZero() {
		r.Properties = own.Elem().Interface()
	}
	return nil
}
