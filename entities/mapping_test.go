package entities_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
)

// The tests in this file change one field of an API object and look at which properties change. So they prove that the
// jc tags, which the documentation is made of, say neither too little nor too much.

// replacementsOf are values for fields whose text must be of a certain kind to make a difference.
var replacementsOf = map[string]map[string][]any{
	"jumpcloud_user": {
		"state": {"STAGED", "SUSPENDED", "activated", "RETIRED"},
	},
	"jumpcloud_group": {
		"attributes": {parse(`{}`), parse(`{"sudo": null}`), parse(`{"ldapGroups": [{"name": "pilots"}, null]}`)},
	},
	"jumpcloud_apple_device": {
		"mdmOsFamily":                 {"iOS", "iPadOS", "visionOS"},
		"modelFamily":                 {"iPhone", "iPad", "Vision"},
		"deviceInformation.modelName": {"iPhone 15", "iPad Air", "Vision Pro"},
		"deviceInformation.wifiMac":   {"a4:83:e7:00:00:02", "A483E7000003", "no address"},
	},
	"jumpcloud_device": {
		"osFamily":    {"windows", "ios", "android", "plan9"},
		"os":          {"Windows", "iOS", "Android", "Plan 9"},
		"hostname":    {"crane-8", "crane_8", "crane-8.quay.example.net"},
		"remoteIP":    {"198.51.100.9", "2001:db8::9", "no address"},
		"hwVendor":    {"LENOVO ", "   "},
		"version":     {"22.04 LTS"},
		"lastContact": {"1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z"},
		"networkInterfaces": {
			[]any{},
			[]any{nil, parse(`{"name": "eth0", "family": "IPv4", "address": "198.51.100.23", "internal": false}`)},
			[]any{parse(`{"name": "eth0", "family": "IPv6", "address": "fd00::1%eth0"}`), parse(`{}`)},
		},
	},
}

// replacements are values to put into a field, by the type that it is read into; the last ones are those that stand for
// nothing.
func (k *kind) replacements(t *testing.T, field string, as reflect.Type) []any {
	t.Helper()
	values := slices.Clone(replacementsOf[k.typ][field])
	switch {
	case field == "id" || field == "_id":
		values = append(values, "5f0c1d2e3a4b5c6d7e8f9fff")
	case as == boolType:
		values = append(values, true, false, "True")
	case as == intType || as == floatType:
		values = append(values, 7, "-3")
	case as == timeType:
		values = append(values, "2022-02-03T04:05:06.007Z", "2022-02-03", "at noon")
	case as.Kind() == reflect.String:
		values = append(values, "Something else")
	case len(values) == 0 && k.demo == nil:
		values = append(values, sampleOr(as))
	case len(values) == 0:
		t.Fatalf("%s: no replacements for %s, which is read into %s", k.typ, field, as)
	}
	if as == boolType || as == intType || as == floatType || as == timeType || as.Kind() == reflect.String {
		values = append(values, "")
	}
	return append(values, nil, absent)
}

// base is an object on which changes are tried, and the entity that is made of it.
type base struct {
	object map[string]any
	entity entities.Entity
}

// bases are the objects on which changes are tried: the full one, and for each property the full one without the first,
// the first two ... of the fields that it is made of, so that every fall-back comes to light.
func (k *kind) bases(t *testing.T) []base {
	t.Helper()
	var all []base
	seen := map[string]bool{}
	keep := func(o map[string]any) {
		text := string(encode(t, o))
		_, id := o["id"]
		_, other := o["_id"]
		_, third := o["objectId"]
		if !seen[text] && (id || other || third) {
			seen[text] = true
			all = append(all, base{o, k.make(t, entities.Converter{}, o)})
		}
	}
	keep(full[k.typ])
	for _, p := range k.properties() {
		o := full[k.typ]
		for _, s := range p.sources {
			o = set(o, s, absent)
			keep(o)
			if first := p.sources[0]; s != first { // what stands in for two of them
				keep(set(set(full[k.typ], first, absent), s, absent))
			}
		}
	}
	return all
}

// wireField returns the type that a field of the API object, in dotted form, is read into; nil when there is none.
func wireField(t reflect.Type, dotted string) reflect.Type {
	name, rest, nested := strings.Cut(dotted, ".")
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.Fields() {
		if have, _, _ := strings.Cut(f.Tag.Get("json"), ","); have == name {
			if nested {
				return wireField(f.Type, rest)
			}
			return f.Type
		}
	}
	return nil
}

func TestMapping_EverySourceIsAFieldOfTheObject(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, s := range k.sources() {
			if wireField(k.wire, s) == nil {
				t.Errorf("%s: the source %s is not a field of %s", k.typ, s, k.wire)
			}
		}
	}
}

func TestMapping_KindsAreTheModel(t *testing.T) {
	t.Parallel()
	var core []string
	for _, k := range demoKinds() {
		core = append(core, k.typ)
	}
	want := []string{
		"jumpcloud_account", "jumpcloud_user", "jumpcloud_group", "jumpcloud_application", "jumpcloud_apple_mdm",
		"jumpcloud_apple_device", "jumpcloud_device",
	}
	if diff := cmp.Diff(want, core); diff != "" {
		t.Errorf("types that are known by name (-want +got):\n%s", diff)
	}
	made := map[reflect.Type]bool{}
	for f := range reflect.TypeFor[entities.Converter]().Methods() {
		made[f.Type.Out(0)] = true
		if f.Type.Out(0).Kind() == reflect.Slice { // of those that are parts of an object
			made[f.Type.Out(0).Elem()] = true
		}
	}
	for _, m := range entities.Models() {
		if !made[reflect.PointerTo(m.Struct)] {
			t.Errorf("no method of Converter makes a %s", m.Type)
		}
	}
}

// TestMapping_EveryPropertyFollowsItsSources changes every source of every property: only the properties that name the
// field may change, and each of them must change at least once. Of a kind that is not known by name, whose objects are
// made of samples, each property that has a value must follow one of its sources.
func TestMapping_EveryPropertyFollowsItsSources(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.typ, func(t *testing.T) {
			t.Parallel()
			naming := map[string][]string{}
			for _, p := range k.properties() {
				for _, s := range p.sources {
					naming[s] = append(naming[s], p.name)
					if p.name == "id" {
						naming[s] = append(naming[s], "_key")
					}
				}
			}
			bases := k.bases(t)
			follows := map[string]bool{}
			for _, field := range k.sources() {
				as := wireField(k.wire, field)
				if as == nil {
					t.Errorf("the source %s is not a field of %s", field, k.wire)
					continue
				}
				changed := map[string]bool{}
				for _, base := range bases {
					for _, value := range k.replacements(t, field, as) {
						after := k.entityOf(t, set(base.object, field, value))
						if after == nil && slices.Contains([]string{"id", "_id", "objectId"}, field) {
							continue // without any id there is no entity
						}
						for name := range differences(base.entity, after) {
							changed[name] = true
							if !slices.Contains(naming[field], name) {
								t.Errorf("%s does not name %s as its source, but changed when that became %s in %s, from %s to %s",
									name, field, show(value), show(base.object), show(base.entity), show(after))
							}
						}
					}
				}
				for _, name := range naming[field] {
					if !changed[name] && k.demo != nil {
						t.Errorf("%s names %s as its source, but no change of that field changed it", name, field)
					}
				}
				maps.Copy(follows, changed)
			}
			values := topLevel(t, bases[0].entity)
			for _, p := range k.properties() {
				if text, ok := values[p.name]; ok && text != "null" && len(p.sources) > 0 && !follows[p.name] {
					t.Errorf("%s is %s and follows none of its sources %v", p.name, text, p.sources)
				}
			}
		})
	}
}

// TestMapping_OtherFieldsChangeNothing changes every field of the API object that no property names: one by one in the
// full object, and all at once in those that lack something.
func TestMapping_OtherFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.typ, func(t *testing.T) {
			t.Parallel()
			sources := k.sources()
			bases := k.bases(t)
			others := leaves(k.wire, "")
			maps.DeleteFunc(others, func(field string, _ any) bool {
				return slices.ContainsFunc(sources, func(s string) bool { return field == s || strings.HasPrefix(field, s+".") })
			})
			if len(others) == 0 && k.demo != nil {
				t.Error("no field was tried")
			}
			for field, value := range others {
				for name := range differences(bases[0].entity, k.entityOf(t, set(bases[0].object, field, value))) {
					t.Errorf("%s changed when %s became %s, which no property names, in %s", name, field, show(value), show(bases[0].object))
				}
			}
			for _, base := range bases[1:] {
				object := base.object
				for field, value := range others {
					object = set(object, field, value)
				}
				for name := range differences(base.entity, k.entityOf(t, object)) {
					t.Errorf("%s changed when fields that no property names were set in %s", name, show(base.object))
				}
			}
		})
	}
}

// holders returns the objects in the API object that hold sources of properties.
func (k *kind) holders() []string {
	var all []string
	for _, s := range k.sources() {
		if holder, _, nested := strings.Cut(s, "."); nested && !slices.Contains(all, holder) {
			all = append(all, holder)
		}
	}
	return all
}

// TestMapping_MissingObjectsChangeOnlyTheirOwn takes away the objects that hold the sources of properties.
func TestMapping_MissingObjectsChangeOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, k := range kinds {
		for _, holder := range k.holders() {
			tried[holder] = true
			var may []string
			for _, p := range k.properties() {
				if slices.ContainsFunc(p.sources, func(s string) bool { return strings.HasPrefix(s, holder+".") }) {
					may = append(may, p.name)
				}
			}
			before := k.entityOf(t, full[k.typ])
			for _, value := range []any{nil, absent, map[string]any{}} {
				after := k.entityOf(t, set(full[k.typ], holder, value))
				got := slices.Sorted(maps.Keys(differences(before, after)))
				if len(got) == 0 && k.demo != nil {
					t.Errorf("%s: nothing changed when %s became %s", k.typ, holder, show(value))
				}
				for _, name := range got {
					if !slices.Contains(may, name) {
						t.Errorf("%s: %s changed when %s became %s, but is not made of it", k.typ, name, holder, show(value))
					}
				}
			}
		}
	}
	for _, holder := range []string{"mfa", "deviceInformation", "fde", "secureLogin", "osVersionDetail"} {
		if !tried[holder] {
			t.Errorf("%s was not tried", holder)
		}
	}
}

// TestMapping_FullObjectsFillEveryProperty makes sure that the tests above start from something.
func TestMapping_FullObjectsFillEveryProperty(t *testing.T) {
	t.Parallel()
	for _, k := range demoKinds() {
		got := topLevel(t, k.make(t, entities.Converter{}, full[k.typ]))
		var empty, want []string
		for _, p := range k.properties() {
			if text, ok := got[p.name]; !ok || text == "null" {
				empty = append(empty, p.name)
			}
			if p.field.Type == reflect.TypeFor[entities.Null]() {
				want = append(want, p.name)
			}
		}
		if diff := cmp.Diff(want, empty); diff != "" {
			t.Errorf("%s: properties without a value (-those that are always null, +got):\n%s", k.typ, diff)
		}
	}
}

// entityOf converts an object; nil where there is no entity.
func (k *kind) entityOf(t *testing.T, object map[string]any) entities.Entity {
	t.Helper()
	source, err := k.decode(encode(t, object))
	if err != nil {
		t.Fatalf("%s: decode %s: %v", k.typ, show(object), err)
	}
	e, err := k.convert(entities.Converter{}, source)
	if err != nil {
		return nil
	}
	return e
}

// differences returns the names of the properties that are not the same in two entities of a kind. In none, all are
// missing.
func differences(a, b entities.Entity) map[string]bool {
	names := map[string]bool{}
	if b == nil {
		b = reflect.New(reflect.TypeOf(a).Elem()).Interface().(entities.Entity)
	}
	var compare func(a, b reflect.Value)
	compare = func(a, b reflect.Value) {
		for f, v := range a.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch other := b.FieldByIndex(f.Index); {
			case f.Anonymous:
				compare(v, other)
			case f.IsExported() && !reflect.DeepEqual(v.Interface(), other.Interface()):
				names[name] = true
			}
		}
	}
	compare(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
	return names
}

// leaves returns the fields of a wire struct in dotted form, those of nested objects instead of these, each with a value
// that it can be read from.
func leaves(t reflect.Type, prefix string) map[string]any {
	all := map[string]any{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		in := f.Type
		if in.Kind() == reflect.Pointer {
			in = in.Elem()
		}
		if in.Kind() == reflect.Struct && sample(in) == nil {
			maps.Copy(all, leaves(in, prefix+name+"."))
			continue
		}
		all[prefix+name] = sample(in)
	}
	return all
}

// sampleText is the sample of a text.
const sampleText = "something new"

// sample returns a value from which a field of a type can be read; nil for an object with fields of its own.
func sample(t reflect.Type) any {
	switch {
	case t == boolType:
		return true
	case t == intType || t == floatType:
		return 42
	case t == timeType:
		return "2022-02-03T04:05:06.007Z"
	case t == reflect.TypeFor[client.Secret]():
		return "hush"
	case t == rawType:
		return []any{"anything", 1, nil}
	case t.Kind() == reflect.String:
		return sampleText
	case t.Kind() == reflect.Map:
		return map[string]any{"setting": sampleOr(t.Elem())}
	case t.Kind() == reflect.Slice:
		return []any{sampleOr(t.Elem())}
	}
	return nil
}

// sampleOr is sample with an empty object in the place of nil.
func sampleOr(t reflect.Type) any {
	if v := sample(t); v != nil {
		return v
	}
	return map[string]any{}
}
