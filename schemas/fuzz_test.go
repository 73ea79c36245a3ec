package schemas_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/schemas"
)

// FuzzValidateJSON judges any bytes as a value of any type: no panic, and every error names the type and is of one of
// the documented forms. What Validate says of a value is the same.
func FuzzValidateJSON(f *testing.F) {
	types := schemas.Types()
	for i, typ := range types {
		for _, v := range oneOfEach() {
			if text, err := json.Marshal(v); err == nil && v.Type == typ {
				f.Add(uint8(i), text)
			}
		}
		f.Add(uint8(i), []byte(`{"_type":"`+typ+`","_key":"0123456789","_class":[],"tag.x":null,"a_b":1,"lastSeenOn":1e1000001,"fqdn":["a","a",5]}`))
	}
	f.Add(uint8(0), []byte(`{"_type":"jumpcloud_account","_class":["Account","Organization"],"_key":"0123456789","id":"0","name":"","displayName":"","vendor":"JumpCloud","webLink":"https://example.com","_rawData":[{"name":"default","rawData":{}}],"tag.a":1}`))
	f.Add(uint8(1), []byte(`{"active":true,"mfaExclusionUntil":-0.5e3,"state":"ACTIVATED","":1,"~1%2F/'\"\\":{}}`))
	f.Add(uint8(2), []byte(`{} {}`))
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		typ := types[int(i)%len(types)]
		err := schemas.ValidateJSON(typ, data)
		if err == nil && !json.Valid(data) {
			t.Fatalf("%q is no JSON but passed as %s", data, typ)
		}
		if err == nil {
			if again := schemas.Validate(json.RawMessage(data)); again != nil {
				t.Fatalf("%s passed ValidateJSON, but Validate says %v", data, again)
			}
			return
		}
		if !strings.HasPrefix(err.Error(), "schemas: "+typ+": ") {
			t.Fatalf("%q: the error does not name the type %s: %v", data, typ, err)
		}
		if e, ok := errors.AsType[*schemas.Error](err); ok {
			for _, finding := range e.Findings {
				if finding.Rule == "" || finding.Message == "" || finding.Rule == "schema" {
					t.Fatalf("%q as %s: a finding says nothing: %+v", data, typ, finding)
				}
			}
			if len(e.Findings) == 0 || !slices.IsSortedFunc(e.Findings, func(a, b schemas.Finding) int { return strings.Compare(a.Property, b.Property) }) {
				t.Fatalf("%q as %s: the findings are empty or not sorted: %v", data, typ, err)
			}
		}
	})
}
