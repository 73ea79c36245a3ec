package relationships_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// TestProperties_AreWrittenAsEncodingJSONWritesThem compares the generated code with encoding/json, with each property empty
// and not.
func TestProperties_AreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, rule := range relationships.Rules() {
		if rule.Struct == nil {
			continue
		}
		for filled := range 1 << min(rule.Struct.NumField(), 10) {
			p := reflect.New(rule.Struct).Elem()
			for i := range p.NumField() {
				if filled&(1<<i) != 0 {
					set(p.Field(i))
				}
			}
			own, ok := reflect.TypeAssert[jsontext.Appender](p)
			if !ok {
				t.Fatalf("the properties of %s are written by reflection: run go generate ./...", rule.Type)
			}
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(own); err != nil {
				t.Fatal(err)
			}
			want := "x" + strings.TrimSuffix(b.String(), "\n")
			if got, err := own.AppendJSON([]byte("x")); err != nil || string(got) != want {
				t.Errorf("the properties of %s are written as %s, %v, by encoding/json as %s", rule.Type, got, err, want)
			}
			compared++
		}
	}
	if compared == 0 {
		t.Error("no kind of edge has properties: nothing was compared")
	}
}

// set gives a value some content.
func set(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(5)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.String:
		v.SetString(`a "text" <é>`)
	case reflect.Slice:
		v.Set(reflect.ValueOf([]string{"a", ""}).Convert(v.Type()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem())
	}
}
