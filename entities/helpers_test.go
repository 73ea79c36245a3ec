package entities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// kind joins a type of entities with the API objects that they are made of.
type kind struct {
	typ     string
	wire    reflect.Type
	entity  reflect.Type
	convert func(c entities.Converter, source any) (entities.Entity, error)
	// demo are the objects of this kind in the demonstration. It is nil for kinds that the tests do not know by name: of
	// these they know only what the model says.
	demo func(o *jumpcloudtest.Organization) []jumpcloudtest.Object
}

// demos are the objects of the demonstration of the core types.
var demos = map[string]func(o *jumpcloudtest.Organization) []jumpcloudtest.Object{
	"jumpcloud_account":     func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return []jumpcloudtest.Object{o.Self} },
	"jumpcloud_user":        func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.SystemUsers },
	"jumpcloud_group":       func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.UserGroups },
	"jumpcloud_application": func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Applications },
	"jumpcloud_apple_mdm":   func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.AppleMDMs },
	"jumpcloud_apple_device": func(o *jumpcloudtest.Organization) []jumpcloudtest.Object {
		var all []jumpcloudtest.Object
		for _, mdm := range o.AppleMDMs {
			all = append(all, o.AppleMDMDevices[mdm.ID()]...)
		}
		return all
	},
	"jumpcloud_device": func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Systems },
}

// kinds are those of the model, in its order, that are made of one object.
var kinds = readKinds()

func readKinds() []*kind {
	var all []*kind
	for _, m := range entities.Models() {
		for f := range reflect.TypeFor[entities.Converter]().Methods() {
			if f.Type.NumIn() == 2 && f.Type.NumOut() == 2 && f.Type.Out(0) == reflect.PointerTo(m.Struct) {
				all = append(all, kindOf(m, f))
			}
		}
	}
	return all
}

// kindOf makes a kind of a type and the method that converts it. A type for which no full object is written out below
// gets one made of samples.
func kindOf(m entities.Model, method reflect.Method) *kind {
	k := &kind{typ: m.Type, wire: method.Type.In(1).Elem(), entity: m.Struct, demo: demos[m.Type]}
	k.convert = func(c entities.Converter, source any) (entities.Entity, error) {
		out := method.Func.Call([]reflect.Value{reflect.ValueOf(c), reflect.ValueOf(source)})
		if err, ok := reflect.TypeAssert[error](out[1]); ok {
			return nil, err
		}
		return out[0].Interface().(entities.Entity), nil
	}
	if full[k.typ] == nil {
		for field, value := range leaves(k.wire, "") {
			switch text, ok := value.(string); {
			case field == "id" || field == "_id" || field == "objectId":
				value = "5f0c1d2e3a4b5c6d7e8f9000"
			case ok && text == sampleText:
				value = text + " in " + field
			}
			full[k.typ] = set(full[k.typ], field, value)
		}
	}
	return k
}

// demoKinds are the kinds that the demonstration is known to have.
func demoKinds() []*kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k *kind) bool { return k.demo == nil })
}

// kindNamed returns the kind with a type.
func kindNamed(typ string) *kind {
	return kinds[slices.IndexFunc(kinds, func(k *kind) bool { return k.typ == typ })]
}

// decode reads an API object as the client does.
func (k *kind) decode(data []byte) (any, error) {
	v := reflect.New(k.wire).Interface()
	return v, json.Unmarshal(data, v)
}

// make reads an API object and converts it; both must succeed.
func (k *kind) make(t *testing.T, c entities.Converter, object any) entities.Entity {
	t.Helper()
	source, err := k.decode(encode(t, object))
	if err != nil {
		t.Fatalf("%s: decode: %v", k.typ, err)
	}
	e, err := k.convert(c, source)
	if err != nil {
		t.Fatalf("%s: convert: %v", k.typ, err)
	}
	return e
}

// demoEntities converts the objects of this kind in the demonstration.
func (k *kind) demoEntities(t *testing.T, c entities.Converter) []entities.Entity {
	t.Helper()
	var all []entities.Entity
	for _, o := range k.demo(jumpcloudtest.Demo()) {
		all = append(all, k.make(t, c, o))
	}
	if len(all) == 0 {
		t.Fatalf("the demonstration has no %s", k.typ)
	}
	return all
}

// demoTexts returns the properties of the entities of this kind in the demonstration, written as JSON.
func (k *kind) demoTexts(t *testing.T) []map[string]string {
	t.Helper()
	var all []map[string]string
	for _, e := range k.demoEntities(t, entities.Converter{}) {
		all = append(all, topLevel(t, e))
	}
	return all
}

// property is a field of an entity's struct as the model reads it.
type property struct {
	name    string
	sources []string // fields of the API object, in dotted form
	field   reflect.StructField
}

// properties returns the properties of this kind, without those that all entities have.
func (k *kind) properties() []property {
	var all []property
	for f := range k.entity.Fields() {
		if f.Anonymous {
			continue
		}
		p := property{field: f}
		p.name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
		if jc := f.Tag.Get("jc"); jc != "" {
			p.sources = strings.Split(jc, ",")
		}
		all = append(all, p)
	}
	return all
}

// sources returns the fields of the API object that any property is made of, sorted.
func (k *kind) sources() []string {
	set := map[string]bool{}
	for _, p := range k.properties() {
		for _, s := range p.sources {
			set[s] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// encode writes JSON as results are written, without escapes for HTML, or ends the test.
func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encode %T: %v", v, err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// topLevel splits a JSON object into its properties.
func topLevel(t *testing.T, v any) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(encode(t, v), &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for name, value := range raw {
		all[name] = string(value)
	}
	return all
}

// schemaOf is what the schemas say of a property, as far as these tests ask.
type schemaOf struct {
	Const      any   `json:"const"`
	Enum       []any `json:"enum"`
	Deprecated bool  `json:"deprecated"`
}

// schema reads the schema of a type with all that it refers to. It returns every part that names a property, and the
// pairs of properties that come together: the deprecated one and its replacement.
func (k *kind) schema(t *testing.T) (parts map[string][]schemaOf, pairs map[string]string) {
	t.Helper()
	type document struct {
		Ref               string              `json:"$ref"`
		AllOf             []json.RawMessage   `json:"allOf"`
		Properties        map[string]schemaOf `json:"properties"`
		DependentRequired map[string][]string `json:"dependentRequired"`
	}
	parts, pairs = map[string][]schemaOf{}, map[string]string{}
	var read func(file string, text []byte)
	read = func(file string, text []byte) {
		var d document
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, p := range d.Properties {
			parts[name] = append(parts[name], p)
			if need := d.DependentRequired[name]; p.Deprecated && len(need) == 1 {
				pairs[name] = need[0]
			}
		}
		for _, part := range d.AllOf {
			read(file, part)
		}
		if d.Ref != "" {
			other := path.Join(path.Dir(file), d.Ref)
			read(other, readSchema(t, other))
		}
	}
	file := k.typ + ".schema.json"
	read(file, readSchema(t, file))
	return parts, pairs
}

func readSchema(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "schemas", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// set puts a value into a copy of an object, at a dotted path; the value absent takes the field away.
func set(object map[string]any, dotted string, value any) map[string]any {
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	name, rest, nested := strings.Cut(dotted, ".")
	switch {
	case nested:
		inner, _ := object[name].(map[string]any)
		object[name] = set(inner, rest, value)
	case value == absent:
		delete(object, name)
	default:
		object[name] = value
	}
	return object
}

// absent stands for a field that is not there.
var absent any = new(struct{ absent bool })

// show writes a value for a message.
func show(v any) string {
	if v == absent {
		return "(absent)"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// parse reads a JSON object of a test's own.
func parse(text string) map[string]any {
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err) // a mistake in the test's own text
	}
	return o
}

// full holds, by type, an object of the API with every field that a property is made of. Texts differ from one
// another, so that it shows which of them is used.
var full = map[string]map[string]any{
	"jumpcloud_account": parse(`{
		"_id": "5f0c1d2e3a4b5c6d7e8f9001", "id": "5f0c1d2e3a4b5c6d7e8f9001", "displayName": "Harbour Works",
		"logoUrl": "https://cdn.example.com/harbour.png", "created": "2021-03-04T05:06:07.089Z"
	}`),
	"jumpcloud_user": parse(`{
		"_id": "5f0c1d2e3a4b5c6d7e8f9002", "id": "5f0c1d2e3a4b5c6d7e8f9002", "username": "mira", "email": "mira@example.com",
		"firstname": "Mira", "lastname": "Okafor", "displayname": "Mira O.", "state": "ACTIVATED", "activated": true,
		"suspended": false, "employeeType": "employee", "employeeIdentifier": "E00042", "company": "Harbour Works",
		"department": "Docks", "jobTitle": "Pilot", "description": "Speaks five languages", "externally_managed": false,
		"ldap_binding_user": false, "samba_service_user": false, "sudo": false, "totp_enabled": true,
		"mfa": {"configured": true, "exclusion": false, "exclusionUntil": "2027-01-02T03:04:05.006Z"},
		"created": "2021-03-04T05:06:07.089Z"
	}`),
	"jumpcloud_group": parse(`{
		"id": "5f0c1d2e3a4b5c6d7e8f9003", "_id": "5f0c1d2e3a4b5c6d7e8f9003", "name": "Pilots", "description": "All who steer",
		"attributes": {"sudo": {"enabled": true, "withoutPassword": false}}, "created": "2021-03-04T05:06:07.089Z"
	}`),
	"jumpcloud_application": parse(`{
		"_id": "5f0c1d2e3a4b5c6d7e8f9004", "id": "5f0c1d2e3a4b5c6d7e8f9004", "name": "tides", "displayName": "Tides",
		"displayLabel": "Tide tables", "description": "High and low water", "active": true,
		"ssoUrl": "https://sso.example.com/saml2/tides", "created": "2021-03-04T05:06:07.089Z"
	}`),
	"jumpcloud_apple_mdm": parse(`{
		"id": "5f0c1d2e3a4b5c6d7e8f9005", "_id": "5f0c1d2e3a4b5c6d7e8f9005", "name": "Tablets of the quay",
		"depServerTokenState": "valid", "apnsCertExpiry": "2027-01-02T03:04:05.006Z", "appleCertSerialNumber": "0F1E2D3C"
	}`),
	"jumpcloud_apple_device": parse(`{
		"id": "5f0c1d2e3a4b5c6d7e8f9006", "_id": "5f0c1d2e3a4b5c6d7e8f9006", "serialNumber": "C02HARBOUR", "udid": "00008103-0042",
		"depRegistered": true, "enrolled": true, "hasActivationLockBypassCodes": true, "createdAt": "2021-03-04T05:06:07.089Z",
		"osVersion": "15.1", "mdmOsFamily": "macOS", "modelFamily": "Mac",
		"deviceInformation": {"deviceName": "Quay 3", "isSupervised": true, "deviceCapacity": 494.38, "wifiMac": "A4-83-E7-00-00-01",
			"modelName": "MacBook Pro", "osMarketingName": "macOS Sequoia"}
	}`),
	"jumpcloud_device": parse(`{
		"_id": "5f0c1d2e3a4b5c6d7e8f9007", "id": "5f0c1d2e3a4b5c6d7e8f9007", "displayName": "Crane computer",
		"hostname": "crane-7.quay.example.com", "serialNumber": "SN0042", "lastContact": "2026-01-02T03:04:05.006Z",
		"systemTimezone": -8, "allowSshPasswordAuthentication": true, "allowSshRootLogin": true, "sshRootEnabled": true,
		"allowMultiFactorAuthentication": true, "allowPublicKeyAuthentication": true, "templateName": "ubuntu-linux-x86_64",
		"agentVersion": "2.41.0", "fileSystem": "ext4", "fde": {"active": true, "keyPresent": true}, "desktopCapable": true,
		"isPolicyBound": true, "secureLogin": {"enabled": true, "supported": true}, "secureLoginEnabled": true,
		"osFamily": "linux", "os": "Ubuntu", "version": "24.04 LTS", "hwVendor": "Dell Inc.", "remoteIP": "203.0.113.7",
		"osVersionDetail": {"osName": "Ubuntu Linux", "version": "24.04.1", "major": "24", "minor": "04", "patch": "1"},
		"networkInterfaces": [
			{"name": "lo", "family": "IPv4", "address": "127.0.0.1", "internal": true},
			{"name": "eth0", "family": "IPv4", "address": "10.20.30.40", "internal": false},
			{"name": "eth0", "family": "IPv6", "address": "2001:db8::7", "internal": false}
		],
		"active": true, "description": "Moves containers", "created": "2021-03-04T05:06:07.089Z"
	}`),
}

// Bool, Int and the like are read by the tests by their types.
var (
	boolType  = reflect.TypeFor[client.Bool]()
	intType   = reflect.TypeFor[client.Int]()
	floatType = reflect.TypeFor[client.Float]()
	timeType  = reflect.TypeFor[client.Time]()
	rawType   = reflect.TypeFor[json.RawMessage]()
)
