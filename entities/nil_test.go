package entities_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
)

// TestConverter_NothingGivesAnError calls every method of the converter with nil.
func TestConverter_NothingGivesAnError(t *testing.T) {
	t.Parallel()
	c := reflect.ValueOf(entities.Converter{})
	if c.NumMethod() < 7 {
		t.Fatalf("the converter has %d methods", c.NumMethod())
	}
	for m, call := range c.Methods() {
		out := call.Call([]reflect.Value{reflect.Zero(call.Type().In(0))})
		err, _ := reflect.TypeAssert[error](out[1])
		if err == nil || !strings.HasPrefix(err.Error(), "entities: no object to make a jumpcloud_") || !out[0].IsNil() {
			t.Errorf("%s of nil gives %v, %v; want an error", m.Name, out[0], err)
		}
	}
}
