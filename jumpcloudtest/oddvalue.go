package jumpcloudtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// at notes which record of its list an answer with one record holds, from 0.
func at(r *http.Request, place int) {
	if t := turnOf(r); t != nil {
		t.first = place
	}
}

// placed notes where in its list the object is that an answer holds.
func placed(r *http.Request, list []Object, found Object) {
	if turnOf(r) != nil { // else nobody asks
		at(r, slices.IndexFunc(list, func(o Object) bool { return o.ID() == found.ID() }))
	}
}

// setFields puts the values of faults into the records of an answer. An error says that a value is not JSON.
func (t *turn) setFields(answer *httptest.ResponseRecorder) error {
	if len(t.fields) == 0 || answer.Code >= http.StatusBadRequest || !json.Valid(answer.Body.Bytes()) {
		return nil // errors, and what is no JSON, have no records
	}
	body, err := decode(answer.Body.Bytes())
	if err != nil {
		return err
	}
	for _, fault := range t.fields {
		value, err := plain(fault.Value)
		if err != nil {
			return fmt.Errorf("jumpcloudtest: the Value for the Field %q of a fault is not JSON: %w", fault.Field, err)
		}
		for i, record := range records(body) {
			if _, object := record.(map[string]any); object && (fault.Record == 0 || fault.Record == t.first+i+1) {
				put(record, strings.Split(fault.Field, "."), value)
			}
		}
	}
	answer.Body.Reset()
	return json.NewEncoder(answer.Body).Encode(body)
}

// plain returns a value as JSON gives it.
func plain(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decode(b)
}

// fresh returns a copy of a value that JSON gave, so that another fault may set a field in it.
func fresh(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, e := range v {
			c[name] = fresh(e)
		}
		return c
	case []any:
		c := make([]any, 0, len(v))
		for _, e := range v {
			c = append(c, fresh(e))
		}
		return c
	default:
		return v
	}
}

// decode reads JSON and keeps the digits of numbers.
func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// records returns the records of an answer: those of a list of API v2 or v1, or the only one.
func records(body any) []any {
	switch body := body.(type) {
	case []any:
		return body
	case map[string]any:
		if list, ok := body["results"].([]any); ok {
			return list
		}
	}
	return []any{body}
}

// put returns v with a value where a path leads. A step through a list leads to all its elements; one that ends in []
// leads to the elements of the list that it names. What is missing on the way, or no object, becomes an object.
func put(v any, path []string, value any) any {
	if len(path) == 0 {
		return fresh(value)
	}
	if list, ok := v.([]any); ok {
		return putEach(list, path, value)
	}
	o, ok := v.(map[string]any)
	if !ok {
		o = map[string]any{}
	}
	name, each := strings.CutSuffix(path[0], "[]")
	if !each {
		o[name] = put(o[name], path[1:], value)
	} else if list, ok := o[name].([]any); ok {
		putEach(list, path[1:], value)
	}
	return o
}

func putEach(list []any, path []string, value any) any {
	for i := range list {
		list[i] = put(list[i], path, value)
	}
	return list
}
