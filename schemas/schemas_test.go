package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// broken checks that a value breaks one property and nothing else: that there is a finding of that rule at that place,
// that all findings are about that property, that none shows what is wrong with the value, and that Validate says the
// same as ValidateJSON.
func (s *schema) broken(t *testing.T, v value, place, rule string) {
	t.Helper()
	text := encode(t, v)
	err := schemas.ValidateJSON(s.typ, text)
	e, ok := errors.AsType[*schemas.Error](err)
	if !ok {
		t.Errorf("%s: %s gave %v, want a *schemas.Error with the rule %s; the value is %s", s.typ, place, err, rule, text)
		return
	}
	property, _, _ := strings.Cut(place, "/")
	found := false
	for _, f := range e.Findings {
		if of, _, _ := strings.Cut(f.Property, "/"); of != property {
			t.Errorf("%s: only %s is wrong, but %s was found too: %v", s.typ, property, f.Property, err)
		}
		if f.Message == "" || !strings.Contains(err.Error(), f.String()) {
			t.Errorf("%s: the finding %+v has no message, or is not part of the error: %v", s.typ, f, err)
		}
		found = found || f.Property == place && f.Rule == rule
	}
	if !found {
		t.Errorf("%s: want the rule %s to be broken by %s, got %v; the value is %s", s.typ, rule, place, err, text)
	}
	if e.Type != s.typ || !strings.Contains(err.Error(), s.typ) {
		t.Errorf("%s: the error names the type %q: %v", s.typ, e.Type, err)
	}
	if !slices.IsSortedFunc(e.Findings, func(a, b schemas.Finding) int {
		return strings.Compare(a.Property+"\x00"+a.Rule, b.Property+"\x00"+b.Rule)
	}) {
		t.Errorf("%s: the findings are not sorted: %v", s.typ, err)
	}
	if showsValue(err.Error()) || showsValue(fmt.Sprintf("%+v", e.Findings)) {
		t.Errorf("%s: the error shows the value, which may be personal: %v", s.typ, err)
	}
	if property == "_type" {
		return // Validate judges by another type then
	}
	if again := schemas.Validate(v); again == nil || again.Error() != err.Error() {
		t.Errorf("%s: ValidateJSON says %v, Validate says %v", s.typ, err, again)
	}
}

// valid checks that a value passes.
func (s *schema) valid(t *testing.T, what string, v value) {
	t.Helper()
	if err := schemas.ValidateJSON(s.typ, encode(t, v)); err != nil {
		t.Errorf("%s: %s: ValidateJSON says %v", s.typ, what, err)
	}
	if err := schemas.Validate(v); err != nil {
		t.Errorf("%s: %s: Validate says %v", s.typ, what, err)
	}
}

// eachProperty runs a test for every property of every type, with a valid value that has the property;
// TestValidate_StoredValuesPass proves that it is valid.
func eachProperty(t *testing.T, test func(t *testing.T, s *schema, name string, base value)) {
	t.Helper()
	all := stored(t)
	for _, s := range readSchemas(t) {
		t.Run(s.typ, func(t *testing.T) {
			t.Parallel()
			for _, name := range s.names() {
				test(t, s, name, s.pick(t, all[s.typ], name))
			}
		})
	}
}

func TestValidate_StoredValuesPass(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		if len(all[s.typ]) == 0 {
			t.Errorf("there is no example of %s", s.typ)
		}
		for _, v := range all[s.typ] {
			s.valid(t, "an example", v)
		}
	}
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		s.valid(t, "with "+name, base)
	})
}

func TestValidate_MissingProperty_IsNamedIfRequired(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		v := base.without(name)
		switch needed := slices.DeleteFunc(slices.Clone(s.together[name]), func(o string) bool { _, ok := base[o]; return !ok }); {
		case s.required[name]:
			s.broken(t, v, name, "required")
		case len(needed) > 0:
			s.broken(t, v, name, "dependentRequired")
			s.valid(t, "without "+name+" and what needs it", v.without(needed...))
		default:
			s.valid(t, "without "+name+", which is optional", v)
		}
	})
}

// TestValidate_WhatIdentifiesAValue_MustBeThere holds by name what no entity and no edge can do without.
func TestValidate_WhatIdentifiesAValue_MustBeThere(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		names, empty := []string{"_key", "_type", "_class"}, map[string]string{"_type": "const"}
		if slices.Contains(entityTypes(), s.typ) {
			empty["_key"] = "minLength"
		} else {
			names = append(names, "_fromEntityKey", "_toEntityKey")
			empty["_key"], empty["_fromEntityKey"], empty["_toEntityKey"] = "minLength", "minLength", "minLength"
		}
		for _, name := range names {
			s.broken(t, all[s.typ][0].without(name), name, "required")
			s.broken(t, all[s.typ][0].with(t, name, nil), name, "type")
		}
		for name, rule := range empty {
			s.broken(t, all[s.typ][0].with(t, name, ""), name, rule)
		}
	}
}

func TestValidate_WrongType_NamesTheProperty(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		allowed := s.types(name)
		typed := slices.ContainsFunc(s.properties[name], func(r rules) bool { return len(r.Type) > 0 })
		if !typed {
			t.Errorf("%s: no part of the schema says of which type %s is", s.typ, name)
		}
		tried := 0
		for kind, wrong := range kindsOf() {
			if slices.Contains(allowed, kind) || kind == "integer" && slices.Contains(allowed, "number") {
				continue
			}
			tried++
			s.broken(t, base.with(t, name, wrong), name, "type")
		}
		if tried < 4 {
			t.Errorf("%s: %s allows %v: only %d wrong types could be tried", s.typ, name, allowed, tried)
		}
		if slices.Contains(allowed, "null") {
			s.valid(t, name+" as null", base.with(t, name, nil))
		}
	})
}

func TestValidate_WrongConst_NamesTheProperty(t *testing.T) {
	t.Parallel()
	all, seen := stored(t), map[string]bool{}
	for _, s := range readSchemas(t) {
		base := all[s.typ][0]
		for _, name := range s.names() {
			c := s.fixed(name)
			if c == nil {
				continue
			}
			seen[s.typ+" "+name] = true
			if c[0] != '[' {
				s.broken(t, base.with(t, name, marker), name, "const")
				s.broken(t, base.with(t, name, strings.ToUpper(string(c[1:len(c)-1]))+" "), name, "const")
				continue
			}
			var list []any
			if err := json.Unmarshal(c, &list); err != nil {
				t.Fatal(err)
			}
			s.broken(t, base.with(t, name, []any{marker}), name, "const")
			s.broken(t, base.with(t, name, append(slices.Clone(list), marker)), name, "const")
			s.broken(t, base.with(t, name, []any{}), name, "const")
			if len(list) > 1 {
				slices.Reverse(list)
				s.broken(t, base.with(t, name, list), name, "const")
			}
		}
	}
	want := []string{"jumpcloud_apple_device make"}
	for _, typ := range schemas.Types() {
		want = append(want, typ+" _type", typ+" _class")
	}
	for _, typ := range schemas.RelationshipTypes() {
		want = append(want, typ+" displayName")
	}
	checkTried(t, want, seen)
}

// checkTried makes sure that a test did not pass for want of something to try.
func checkTried(t *testing.T, want []string, tried map[string]bool) {
	t.Helper()
	for _, name := range want {
		if !tried[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

func TestValidate_WrongEnum_NamesTheProperty(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		if s.fixed(name) != nil {
			return
		}
		for _, r := range s.properties[name] {
			if len(r.Enum) == 0 {
				continue
			}
			for _, allowed := range r.Enum {
				s.valid(t, fmt.Sprintf("%s as %v", name, allowed), base.with(t, name, allowed))
				if text, ok := allowed.(string); ok {
					s.broken(t, base.with(t, name, strings.ToUpper(text)), name, "enum")
				}
			}
			s.broken(t, base.with(t, name, marker), name, "enum")
			s.broken(t, base.with(t, name, ""), name, "enum")
		}
	})
	tried := map[string]bool{}
	for _, s := range readSchemas(t) {
		for _, name := range s.names() {
			for _, r := range s.properties[name] {
				if len(r.Enum) > 0 && s.fixed(name) == nil {
					tried[s.typ+" "+name] = true
				}
			}
		}
	}
	checkTried(t, []string{
		"jumpcloud_apple_device osType", "jumpcloud_apple_device status", "jumpcloud_device osType", "jumpcloud_device status",
		"jumpcloud_user state",
	}, tried)
}

func TestValidate_WrongFormatOrPattern_NamesTheProperty(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		if slices.Equal(s.types(name), []string{"null"}) {
			return
		}
		for _, r := range s.properties[name] {
			if rule := textRule(&r); rule != "" {
				s.broken(t, base.with(t, name, marker+"_ "), name, rule)
				s.broken(t, base.with(t, name, ""), name, rule)
			}
			if r.Items == nil {
				continue
			}
			if rule := textRule(r.Items); rule != "" {
				good := s.good(t, name).([]any)[0]
				s.broken(t, base.with(t, name, []any{marker + "_ "}), name+"/0", rule)
				s.broken(t, base.with(t, name, []any{good, marker + "_ "}), name+"/1", rule)
			}
		}
	})
}

// textRule returns the rule that a wrong text breaks; empty when any text will do.
func textRule(r *rules) string {
	switch {
	case r.Format != "":
		return "format"
	case r.Pattern != "":
		return "pattern"
	}
	return ""
}

func TestValidate_WrongSize_NamesTheProperty(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		if slices.Equal(s.types(name), []string{"null"}) {
			return
		}
		for _, r := range s.properties[name] {
			if r.MinLength > 0 {
				s.broken(t, base.with(t, name, strings.Repeat("é", r.MinLength-1)), name, "minLength")
				if s.fixed(name) == nil {
					s.valid(t, name+" of the least length", base.with(t, name, strings.Repeat("é", r.MinLength)))
				}
			}
			if r.MinItems > 0 {
				s.broken(t, base.with(t, name, []any{}), name, "minItems")
			}
			if r.Minimum != nil {
				s.broken(t, base.with(t, name, plus(t, *r.Minimum, -1)), name, "minimum")
				s.broken(t, base.with(t, name, json.Number("-8642097531")), name, "minimum")
				s.valid(t, name+" at its least", base.with(t, name, *r.Minimum))
			}
			if r.Maximum != nil {
				s.broken(t, base.with(t, name, plus(t, *r.Maximum, 1)), name, "maximum")
				s.broken(t, base.with(t, name, json.Number("8642097531086420")), name, "maximum")
				s.valid(t, name+" at its most", base.with(t, name, *r.Maximum))
			}
		}
	})
}

// plus adds to a whole number of any length.
func plus(t *testing.T, n json.Number, delta int64) json.Number {
	t.Helper()
	i, ok := new(big.Int).SetString(n.String(), 10)
	if !ok {
		t.Fatalf("%s is not a whole number", n)
	}
	return json.Number(i.Add(i, big.NewInt(delta)).String())
}

func TestValidate_WrongListElement_NamesTheProperty(t *testing.T) {
	t.Parallel()
	eachProperty(t, func(t *testing.T, s *schema, name string, base value) {
		if !slices.Contains(s.types(name), "array") || s.fixed(name) != nil {
			return
		}
		good := s.good(t, name).([]any)
		for _, r := range s.properties[name] {
			if r.Items == nil {
				t.Errorf("%s: the elements of %s may be anything", s.typ, name)
				continue
			}
			for kind, wrong := range kindsOf() {
				if !slices.Contains(r.Items.Type, kind) {
					s.broken(t, base.with(t, name, []any{wrong}), name+"/0", "type")
					s.broken(t, base.with(t, name, append(slices.Clone(good), wrong)), name+"/1", "type")
				}
			}
			s.valid(t, name+" as an empty list", base.with(t, name, []any{}))
			if r.UniqueItems {
				s.broken(t, base.with(t, name, []any{good[0], good[0]}), name, "uniqueItems")
			}
		}
	})
}

func TestValidate_BrokenRawData_NamesThePlace(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		base := all[s.typ][0]
		entry := map[string]any{"name": "default", "rawData": map[string]any{"any": []any{nil, 1}}}
		if _, ok := s.properties["_rawData"]; !ok {
			s.broken(t, base.with(t, "_rawData", []any{entry}), "_rawData", "unevaluatedProperties")
			continue
		}
		s.valid(t, "with raw data", base.with(t, "_rawData", []any{entry, map[string]any{"name": "more", "rawData": "text"}}))
		for _, tt := range []struct {
			entry       map[string]any
			place, rule string
		}{
			{map[string]any{"rawData": map[string]any{}}, "name", "required"},
			{map[string]any{"name": marker}, "rawData", "required"},
			{map[string]any{"name": 8642, "rawData": marker}, "name", "type"},
			{map[string]any{"name": "default", "rawData": []any{marker}}, "rawData", "type"},
			{map[string]any{"name": "default", "rawData": nil}, "rawData", "type"},
			{map[string]any{"name": "default", "rawData": marker, "more": marker}, "more", "additionalProperties"},
		} {
			s.broken(t, base.with(t, "_rawData", []any{tt.entry}), "_rawData/0/"+tt.place, tt.rule)
			s.broken(t, base.with(t, "_rawData", []any{entry, tt.entry}), "_rawData/1/"+tt.place, tt.rule)
		}
	}
}

func TestValidate_UnknownProperty_IsNamed(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		base := all[s.typ][0]
		for _, name := range []string{"neverHeardOf", "a name with spaces", "Name", "NAME", "_id", "tags.x", "a-b.c"} {
			for _, wrong := range kindsOf() {
				s.broken(t, base.with(t, name, wrong), name, "unevaluatedProperties")
			}
		}
	}
}

// TestValidate_UnknownPropertyAndAnotherFault_AreBothNamed guards against the validator, which forgets what a part of the
// schema knows as soon as that part fails.
func TestValidate_UnknownPropertyAndAnotherFault_AreBothNamed(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		v := all[s.typ][0].with(t, "neverHeardOf", marker).with(t, "alsoNew", marker).with(t, "displayName", 8642097531)
		e, ok := errors.AsType[*schemas.Error](schemas.ValidateJSON(s.typ, encode(t, v)))
		if !ok {
			t.Errorf("%s: no *schemas.Error", s.typ)
			continue
		}
		var got []string
		for _, f := range e.Findings {
			got = append(got, f.Property+" "+f.Rule)
		}
		want := []string{"alsoNew unevaluatedProperties", "displayName type", "neverHeardOf unevaluatedProperties"}
		if s.fixed("displayName") != nil {
			want = slices.Insert(want, 1, "displayName const")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", s.typ, diff)
		}
	}
}

func TestValidate_ImpossibleName_IsNamedAsItIs(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		for _, name := range []string{"a_b", "__a", "a:b", "é", `a"b`, "50%25", "~tilde~0~1", "tag.a_b", "'quoted'", "\n", "%zz"} {
			s.broken(t, all[s.typ][0].with(t, name, marker), name, "propertyNames")
		}
		// A slash in a name cannot be told from a place.
		if err := schemas.ValidateJSON(s.typ, encode(t, all[s.typ][0].with(t, "a/b", marker))); err == nil || !strings.Contains(err.Error(), "a/b") {
			t.Errorf("%s: a property with a slash gave %v, want an error that names it", s.typ, err)
		}
	}
}

func TestValidate_Tags(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		base := all[s.typ][0]
		for kind, v := range kindsOf() {
			tagged := base.with(t, "tag.AccountName", v)
			switch {
			case !s.tags:
				s.broken(t, tagged, "tag.AccountName", "unevaluatedProperties")
			case slices.Contains([]string{"string", "number", "integer", "boolean"}, kind):
				s.valid(t, "a tag that is a "+kind, tagged)
			default:
				s.broken(t, tagged, "tag.AccountName", "type")
			}
		}
		if entity := slices.Contains(entityTypes(), s.typ); s.tags != entity {
			t.Errorf("%s: tags are allowed: %t, want %t", s.typ, s.tags, entity)
		}
	}
}

func TestValidate_TagNextToAFault_IsNotNamed(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, s := range readSchemas(t) {
		if s.tags {
			s.broken(t, all[s.typ][0].with(t, "tag.Production", true).with(t, "name", 8642097531), "name", "type")
		}
	}
}

func TestValidate_NumberOutOfThisWorld_NamesTheProperty(t *testing.T) {
	t.Parallel()
	s := &schema{typ: "jumpcloud_device"}
	base := stored(t)[s.typ][0]
	for _, huge := range []json.Number{"1e1000001", "-1e99999999999999999999", "1e-1000001"} {
		s.broken(t, base.with(t, "lastSeenOn", huge), "lastSeenOn", "type")
	}
	s.broken(t, base.with(t, "lastSeenOn", json.Number("1e400")), "lastSeenOn", "maximum")
}

func TestValidate_SeveralFaults_AreAllFound(t *testing.T) {
	t.Parallel()
	text := `{"_type":"jumpcloud_user","_class":["Device"],"_key":"short","id":"short","name":"n","suspended":false,"mfaExclusion":"no",
		"mfaExclusionUntil":5,"mfaConfigured":true,"externallyManaged":true,"ldapBindingUser":true,"sudo":true,"state":"ACTIVATED",
		"webLink":"not a link","userIds":["a","a"],"risk":11,"extra":1}`
	e, ok := errors.AsType[*schemas.Error](schemas.ValidateJSON("jumpcloud_user", []byte(text)))
	if !ok {
		t.Fatal("want a *schemas.Error")
	}
	want := []schemas.Finding{
		{Property: "_class", Rule: "const", Message: `value must be ["User"]`},
		{Property: "_key", Rule: "minLength", Message: "length must be >= 10"},
		{Property: "displayName", Rule: "required", Message: "is required"},
		{Property: "extra", Rule: "unevaluatedProperties", Message: "is not a property of this type"},
		{Property: "mfaExclusion", Rule: "type", Message: "expected boolean, but got string"},
		{Property: "mfaExclusionEndOn", Rule: "dependentRequired", Message: "must be there when mfaExclusionUntil is"},
		{Property: "risk", Rule: "maximum", Message: "must be <= 10"},
		{Property: "sambaServiceUser", Rule: "required", Message: "is required"},
		{Property: "state", Rule: "enum", Message: `value must be one of "staged", "activated", "suspended"`},
		{Property: "userIds", Rule: "uniqueItems", Message: "holds the same element twice"},
		{Property: "webLink", Rule: "format", Message: "must be a valid uri"},
	}
	if diff := cmp.Diff(want, e.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestValidate_MessagesSayWhatIsWanted(t *testing.T) {
	t.Parallel()
	all := stored(t)
	for _, tt := range []struct {
		typ, property string
		wrong         any
		want          string
	}{
		{"jumpcloud_device", "osType", "beos", `osType: value must be one of "darwin", "linux", "unix", "windows", "android", "ios", "chromeos", "legacy", "embedded", "other", null (enum)`},
		{"jumpcloud_device", "hostname", "a_b", `hostname: does not match pattern '^[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$' (pattern)`},
		{"jumpcloud_device", "fqdn", []any{"a"}, `fqdn/0: must be a valid fqdn (format)`},
		{"jumpcloud_device", "lastSeenOn", -1, `lastSeenOn: must be >= 0 (minimum)`},
		{"jumpcloud_device", "_class", []any{"Host"}, `_class: value must be ["Device"] (const)`},
		{"jumpcloud_account", "_class", []any{}, `_class: value must be ["Account","Organization"] (const); _class: minimum 1 items required (minItems)`},
		{"jumpcloud_apple_device", "make", "Pear", `make: value must be "Apple" (const)`},
		{"jumpcloud_apple_device", "lastSeenOn", 1, `lastSeenOn: expected null, but got number (type)`},
		{"jumpcloud_device", "a_b", 1, `a_b: has a name that is not allowed (propertyNames); a_b: is not a property of this type (unevaluatedProperties)`},
		{"jumpcloud_group_has_user", "_class", "ASSIGNED", `_class: value must be "HAS" (const)`},
	} {
		err := schemas.ValidateJSON(tt.typ, encode(t, all[tt.typ][0].with(t, tt.property, tt.wrong)))
		if want := "schemas: " + tt.typ + ": " + tt.want; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestValidateJSON_NotAnObject(t *testing.T) {
	t.Parallel()
	for _, s := range readSchemas(t) {
		for text, got := range map[string]string{`null`: "null", `[]`: "array", `"` + marker + `"`: "string", `8642097531`: "number", `true`: "boolean"} {
			err := schemas.ValidateJSON(s.typ, []byte(text))
			want := "schemas: " + s.typ + ": the value: expected object, but got " + got + " (type)"
			if _, ok := errors.AsType[*schemas.Error](err); !ok || err.Error() != want {
				t.Errorf("%s as %s: got %v, want the *schemas.Error %s", text, s.typ, err, want)
			}
		}
	}
}

func TestValidateJSON_NotOneJSONValue(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"empty":      {``, "not JSON: EOF"},
		"cut":        {`{"name": "` + marker, "not JSON: unexpected EOF"},
		"no JSON":    {marker, "not JSON: "},
		"HTML":       {`<html>` + marker + `</html>`, "not JSON: "},
		"two values": {`{} {"name":"` + marker + `"}`, "more than one JSON value"},
		"a rest":     {`{} ` + marker, "more than one JSON value"},
		"a comma":    {`{"name":"x",}`, "not JSON: "},
	} {
		err := schemas.ValidateJSON("jumpcloud_user", []byte(tt.text))
		if _, ok := errors.AsType[*schemas.Error](err); ok || err == nil || !strings.HasPrefix(err.Error(), "schemas: jumpcloud_user: "+tt.want) {
			t.Errorf("%s: got %v, want an error of its own that begins with %q", name, err, tt.want)
		}
		if err != nil && showsValue(err.Error()) {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
}

func TestValidate_ValueWithoutAType(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		v    any
		want string
	}{
		"no object":              {5, "schemas: not a JSON object with a _type"},
		"a list":                 {[]any{marker}, "schemas: not a JSON object with a _type"},
		"a type that is a list":  {map[string]any{"_type": []any{marker}}, "schemas: not a JSON object with a _type"},
		"a type that is null":    {map[string]any{"_type": nil}, "schemas: not a JSON object with a _type"},
		"no type":                {map[string]any{"name": marker}, "schemas: not a JSON object with a _type"},
		"a type by another name": {map[string]any{"_Type": "jumpcloud_user"}, "schemas: not a JSON object with a _type"},
		"nil":                    {nil, "schemas: not a JSON object with a _type"},
		"a nil entity":           {(*entities.User)(nil), "schemas: not a JSON object with a _type"},
		"no entity":              {entities.Entity(nil), "schemas: not a JSON object with a _type"},
		"a nil relationship":     {(*relationships.Relationship)(nil), "schemas: not a JSON object with a _type"},
		"a nil map":              {map[string]any(nil), "schemas: not a JSON object with a _type"},
		"a nil JSON text":        {json.RawMessage(nil), "schemas: not a JSON object with a _type"},
		"cannot be encoded":      {func() {}, "schemas: encode the value: "},
		"an empty entity":        {&entities.User{}, `schemas: unknown type ""`},
		"an empty relationship":  {relationships.Relationship{}, `schemas: unknown type ""`},
	} {
		err := schemas.Validate(tt.v)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || showsValue(err.Error()) {
			t.Errorf("%s: got %v, want an error that begins with %q", name, err, tt.want)
		}
	}
}

func TestUnknownType_ListsTheTypes(t *testing.T) {
	t.Parallel()
	_, forErr := schemas.For("jumpcloud_printer")
	_, deprecatedErr := schemas.Deprecated("jumpcloud_printer", []byte(`{}`))
	for name, err := range map[string]error{
		"ValidateJSON": schemas.ValidateJSON("jumpcloud_printer", []byte(`{}`)),
		"Validate":     schemas.Validate(map[string]any{"_type": "jumpcloud_printer"}),
		"For":          forErr,
		"Deprecated":   deprecatedErr,
	} {
		want := `schemas: unknown type "jumpcloud_printer": the types are ` + strings.Join(schemas.Types(), ", ")
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	for _, name := range []string{"", "class/user", "../schemas/jumpcloud_user", "index"} {
		if _, err := schemas.For(name); err == nil {
			t.Errorf("For(%q) gave a schema, want an error", name)
		}
	}
}

func TestTypes_AreTheModelInItsOrder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ want, got []string }{
		"EntityTypes":       {entityTypes(), schemas.EntityTypes()},
		"RelationshipTypes": {relationshipTypes(), schemas.RelationshipTypes()},
		"Types":             {slices.Concat(entityTypes(), relationshipTypes()), schemas.Types()},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-model +schemas):\n%s", name, diff)
		}
	}
	core := slices.Concat(coreEntities, coreRelationships)
	got := slices.DeleteFunc(schemas.Types(), func(typ string) bool { return !slices.Contains(core, typ) })
	if diff := cmp.Diff(core, got); diff != "" {
		t.Errorf("types that are known by name (-want +got):\n%s", diff)
	}
	schemas.Types()[0] = "changed"
	if schemas.Types()[0] == "changed" {
		t.Error("changing what Types returned changed the types")
	}
}

func TestFor_GivesTheSchemaOfTheType(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		b, err := schemas.For(typ)
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		var d struct {
			ID                    string `json:"$id"`
			Schema                string `json:"$schema"`
			UnevaluatedProperties *bool  `json:"unevaluatedProperties"`
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		if want := "https://github.com/jumpgraph/jumpgraph/schemas/" + typ + ".schema.json"; d.ID != want {
			t.Errorf("%s: the $id is %s, want %s", typ, d.ID, want)
		}
		if d.Schema != "https://json-schema.org/draft/2020-12/schema" || d.UnevaluatedProperties == nil || *d.UnevaluatedProperties {
			t.Errorf("%s: the schema is not a closed one of draft 2020-12: %s", typ, b)
		}
		if file, err := os.ReadFile(typ + ".schema.json"); err != nil || string(file) != string(b) {
			t.Errorf("%s: For does not give the file as it stands (%v)", typ, err)
		}
		b[0] = 'x'
		if again, err := schemas.For(typ); err != nil || again[0] != '{' {
			t.Errorf("%s: changing what For returned changed the schema", typ)
		}
	}
}

func TestFiles_EachIsInUse(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var mark func(file string)
	mark = func(file string) {
		if used[file] {
			return
		}
		used[file] = true
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), `"$ref": "`)[1:] {
			ref, _, _ := strings.Cut(part, `"`)
			mark(filepath.Join(filepath.Dir(file), filepath.FromSlash(ref)))
		}
	}
	for _, typ := range schemas.Types() {
		mark(typ + ".schema.json")
	}
	for _, pattern := range []string{"*.schema.json", "class/*.schema.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if !used[file] {
				t.Errorf("%s belongs to no type", file)
			}
		}
	}
}

func TestDeprecated_ListsWhatTheValueUses(t *testing.T) {
	t.Parallel()
	all := stored(t)
	core := slices.Concat(coreEntities, coreRelationships)
	want := map[string][]string{
		"jumpcloud_user":         {"active", "mfaEnabled", "mfaExclusionUntil"},
		"jumpcloud_apple_device": {"createdAt", "depRegistered", "enrolled"},
	}
	for _, s := range readSchemas(t) {
		v := maps.Clone(all[s.typ][0])
		var marked []string
		for _, name := range s.names() {
			v = v.with(t, name, nil) // whether a value is right does not matter
			if slices.ContainsFunc(s.properties[name], func(r rules) bool { return r.Deprecated }) {
				marked = append(marked, name)
			}
		}
		if diff := cmp.Diff(want[s.typ], marked); diff != "" && slices.Contains(core, s.typ) {
			t.Errorf("%s: deprecated in the schema (-want +got):\n%s", s.typ, diff)
		}
		got, err := schemas.Deprecated(s.typ, encode(t, v))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(append([]string{}, marked...), append([]string{}, got...)); diff != "" {
			t.Errorf("%s: deprecated and in use (-want +got):\n%s", s.typ, diff)
		}
		for _, name := range marked {
			got, err := schemas.Deprecated(s.typ, []byte(`{"`+name+`":1,"name":"x"}`))
			if err != nil || !slices.Equal(got, []string{name}) {
				t.Errorf("%s with %s: got %v, %v", s.typ, name, got, err)
			}
		}
		if got, err := schemas.Deprecated(s.typ, []byte(`{}`)); err != nil || len(got) != 0 {
			t.Errorf("%s without properties: got %v, %v; want nothing", s.typ, got, err)
		}
	}
	for _, text := range []string{``, `[]`, `"` + marker + `"`, `{"a"`} {
		if _, err := schemas.Deprecated("jumpcloud_user", []byte(text)); err == nil || showsValue(err.Error()) {
			t.Errorf("Deprecated of %q: %v, want an error without the value", text, err)
		}
	}
}

// TestConcurrentUse judges values of all types at once; the race detector looks on.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	all := stored(t)
	var wg sync.WaitGroup
	for range 4 {
		for typ, values := range all {
			wg.Go(func() {
				text := string(encodeOnly(values[0]))
				if err := schemas.ValidateJSON(typ, []byte(text)); err != nil {
					t.Errorf("%s: %v", typ, err)
				}
				if err := schemas.ValidateJSON(typ, []byte(`{}`)); err == nil {
					t.Errorf("%s: an empty object passed", typ)
				}
				if err := schemas.Validate(values[0]); err != nil {
					t.Errorf("%s: %v", typ, err)
				}
				if _, err := schemas.Deprecated(typ, []byte(text)); err != nil {
					t.Errorf("%s: %v", typ, err)
				}
				if _, err := schemas.For(typ); err != nil {
					t.Errorf("%s: %v", typ, err)
				}
			})
		}
	}
	wg.Wait()
}

// encodeOnly writes JSON where a test cannot be ended.
func encodeOnly(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the test's own value
	}
	return b
}

func TestModelVersion_IsThreeNumbers(t *testing.T) {
	t.Parallel()
	var major, minor, patch int
	if n, err := fmt.Sscanf(schemas.ModelVersion, "%d.%d.%d", &major, &minor, &patch); n != 3 || err != nil || major < 1 {
		t.Errorf("ModelVersion is %q, want three numbers", schemas.ModelVersion)
	}
}
