package entities_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Any JSON gives an error that names the kind of object, or an entity that passes its schema; and the same JSON gives
// the same bytes. There is a target for each converter.

func FuzzAccount(f *testing.F)     { fuzzConverter(f, "jumpcloud_account") }
func FuzzUser(f *testing.F)        { fuzzConverter(f, "jumpcloud_user") }
func FuzzGroup(f *testing.F)       { fuzzConverter(f, "jumpcloud_group") }
func FuzzApplication(f *testing.F) { fuzzConverter(f, "jumpcloud_application") }
func FuzzAppleMDM(f *testing.F)    { fuzzConverter(f, "jumpcloud_apple_mdm") }
func FuzzAppleDevice(f *testing.F) { fuzzConverter(f, "jumpcloud_apple_device") }
func FuzzDevice(f *testing.F)      { fuzzConverter(f, "jumpcloud_device") }

// oddValues are JSON values that were seen in the wild, or might be, in one field or another.
var oddValues = []string{
	`null`, `""`, `" "`, `true`, `"TRUE"`, `"false"`, `0`, `-1`, `1.5`, `1e308`, `-0`, `"12"`, `"1e999"`, `"NaN"`, `[]`, `[null]`, `{}`,
	`"2019-11-04T21:15:21.074Z"`, `"2019-11-04T21:15:21"`, `"2019-11-04 21:15:21"`, `"2019-11-04"`, `"0001-01-01T00:00:00Z"`,
	`"9999-12-31T23:59:59.999Z"`, `"9999-12-31T23:59:59-12:00"`, `"1969-12-31T23:59:59Z"`, `"2019-02-30"`, `1572902121`, `1572902121074`,
	`"ACTIVATED"`, `"suspended"`, `"odd\u0000\ud800\n"`, `"😀😀😀😀😀😀😀😀😀😀"`, `"éé/\\..?#%zz {id}"`, `"` + strings.Repeat("x", 5000) + `"`,
	`"a.b.example.com"`, `"old_box"`, `"-"`, `"."`, `"10.0.0.1"`, `"a4-83-E7-00-00-01"`,
	`[{"address":"fe80::1%en0"},{"address":"::ffff:10.0.0.1"},null,{"address":"10.0.0.1","internal":"true"},{"address":"::"},{"address":"010.1.1.1"}]`,
	`{"enabled":null,"active":"true","exclusionUntil":5,"isSupervised":"","deviceCapacity":"1e5","wifiMac":"a483e7000001","osMarketingName":" ","version":" "}`,
	`{"ldapGroups":[null],"sudo":null,"t":"<\u2028>"}`, `{"idpPrivateKey":{"value":"x"},"":null}`,
}

// oddObjects are objects of a kind: good ones, and such that have an odd value in one field.
func (k *kind) oddObjects() [][]byte {
	var all [][]byte
	add := func(text string) { all = append(all, []byte(text)) }
	if k.demo != nil {
		for _, o := range k.demo(jumpcloudtest.Demo()) {
			add(show(o))
		}
	}
	add(show(full[k.typ]))
	for _, text := range []string{`{}`, `null`, `[]`, `"x"`, `{"_id":"short"}`, `{"ID":"0123456789"}`, `{"id":"0123456789","_id":""}`} {
		add(text)
	}
	for _, field := range k.sources() {
		for _, value := range oddValues {
			// The field inside its object, and the object in its place.
			text, end := `{"id":"éé0123456789",`, `}`
			parts := strings.Split(field, ".")
			for _, holder := range parts[:len(parts)-1] {
				text, end = text+show(holder)+`:{`, end+`}`
			}
			add(text + show(parts[len(parts)-1]) + `:` + value + end)
			if len(parts) > 1 {
				add(`{"_id":"éé0123456789",` + show(parts[0]) + `:` + value + `}`)
			}
		}
	}
	return all
}

func fuzzConverter(f *testing.F, typ string) {
	k := kindNamed(typ)
	for _, o := range k.oddObjects() {
		f.Add(o)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		t.Parallel()
		k.takes(t, data)
	})
}

// TestConverter_OddObjectsOfTypesWithoutATarget does once for all other types what the targets do first.
func TestConverter_OddObjectsOfTypesWithoutATarget(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		if k.demo == nil {
			for _, o := range k.oddObjects() {
				k.takes(t, o)
			}
		}
	}
}

// takes converts an object and checks what comes of it.
func (k *kind) takes(t *testing.T, data []byte) {
	t.Helper()
	source, err := k.decode(data)
	if err != nil {
		return
	}
	raw := entities.Converter{Raw: true}
	e, err := k.convert(raw, source)
	plain, plainErr := k.convert(entities.Converter{}, source)
	if err != nil {
		if plainErr == nil || plainErr.Error() != err.Error() || !strings.Contains(err.Error(), k.typ) {
			t.Fatalf("%q: the errors differ or do not name the kind of object: %v, without raw data %v", data, err, plainErr)
		}
		return
	}
	if err := schemas.Validate(e); err != nil {
		t.Fatalf("%q: the entity breaks its schema: %v\n%s", data, err, encode(t, e))
	}
	again, err := k.convert(raw, source)
	if err != nil || plainErr != nil {
		t.Fatalf("%q: converted once, but not twice, or not without raw data: %v, %v", data, err, plainErr)
	}
	if a, b := encode(t, e), encode(t, again); !bytes.Equal(a, b) {
		t.Fatalf("%q: the same object gave two entities:\n%s\n%s", data, a, b)
	}
	// An entity without raw data is the same in all else, so it passes its schema, too.
	again.Header().RawData = nil
	if a, b := encode(t, again), encode(t, plain); !bytes.Equal(a, b) {
		t.Fatalf("%q: keeping the raw data changed the entity:\n%s\n%s", data, a, b)
	}
}
