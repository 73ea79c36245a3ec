package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// oddKinds are values of every kind of JSON, and of kinds that can stand for another one.
var oddKinds = []string{`null`, `true`, `5`, `1.5`, `"word"`, `"12"`, `"true"`, `""`, `{}`, `{"odd":1}`, `[]`, `[5]`, `["word"]`, `[null]`}

// fieldType returns the type of the field that a path leads to; nil when the wire type does not have it.
func fieldType(t reflect.Type, path []string) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(path) == 0 {
		return t
	}
	switch t.Kind() {
	case reflect.Slice:
		return fieldType(t.Elem(), path) // the path goes through the elements
	case reflect.Map:
		return fieldType(t.Elem(), path[1:])
	case reflect.Struct:
		for f := range t.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == path[0] {
				return fieldType(f.Type, path[1:])
			}
		}
	}
	return nil
}

// accepts says by the documentation of the types whether a value has the form of a field.
func accepts(t reflect.Type, v any) bool {
	if v == nil {
		return true
	}
	text, isText := v.(string)
	number, isNumber := v.(float64)
	switch t {
	case reflect.TypeFor[client.Bool]():
		_, isBool := v.(bool)
		return isBool || isText && text == ""
	case reflect.TypeFor[client.Int]():
		return isNumber && number == float64(int64(number)) || isText && text == ""
	case reflect.TypeFor[client.Float]():
		return isNumber || isText && text == ""
	case reflect.TypeFor[client.Seconds]():
		return isNumber && number == float64(int64(number)) || isText && strings.Trim(text, "0123456789") == ""
	case reflect.TypeFor[client.Time]():
		return isText && text == "" // no other value that is tried is a time
	case reflect.TypeFor[client.Secret](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[client.MemberQuery]():
		return true
	}
	switch t.Kind() {
	case reflect.String:
		return isText
	case reflect.Struct:
		members, ok := v.(map[string]any)
		for name, m := range members {
			if f := fieldType(t, []string{name}); f != nil && !accepts(f, m) {
				return false
			}
		}
		return ok
	case reflect.Map:
		members, ok := v.(map[string]any)
		for _, m := range members {
			ok = ok && accepts(elem(t), m)
		}
		return ok
	case reflect.Slice:
		elements, ok := v.([]any)
		for _, e := range elements {
			ok = ok && accepts(elem(t), e)
		}
		return ok
	}
	return false
}

func elem(t reflect.Type) reflect.Type {
	t = t.Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// paths returns the paths to everything in a JSON value, through the first element of each list.
func paths(v any, at []string) [][]string {
	var all [][]string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			path := append(slices.Clone(at), name)
			all = append(append(all, path), paths(v[name], path)...)
		}
	case []any:
		if len(v) > 0 {
			all = paths(v[0], at)
		}
	}
	return all
}

// with returns a copy of a JSON value in which a path leads to another value.
func with(v any, path []string, to any) any {
	if len(path) == 0 {
		return to
	}
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		c[path[0]] = with(c[path[0]], path[1:], to)
		return c
	case []any:
		c := slices.Clone(v)
		c[0] = with(c[0], path, to)
		return c
	}
	return v
}

// identity are the names by which a record says which one it is, and whose.
func identity(path []string) bool {
	return len(path) == 1 && slices.Contains([]string{"_id", "id", "organization", "organizationObjectId"}, path[0])
}

// variant is an answer in which one field has another value.
type variant struct {
	record any
	id     string
	path   string
	value  string
	fits   bool
	unsure bool // a time may have many forms
}

// variants puts every kind of value into every field of some records that their wire type knows.
func variants(t *testing.T, wire reflect.Type, objects []jumpcloudtest.Object, kinds []string) []variant {
	t.Helper()
	var all []variant
	done := map[string]bool{}
	for _, o := range objects {
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal(b, &record); err != nil {
			t.Fatal(err)
		}
		for _, path := range paths(record, nil) {
			at := fieldType(wire, path)
			if at == nil || identity(path) || done[strings.Join(path, ".")] {
				continue
			}
			done[strings.Join(path, ".")] = true
			for _, kind := range kinds {
				var value any
				if err := json.Unmarshal([]byte(kind), &value); err != nil {
					t.Fatal(err)
				}
				id := fmt.Sprintf("%024x", len(all)+1)
				changed := with(record, path, value).(map[string]any)
				for _, name := range []string{"_id", "id"} {
					if _, there := changed[name]; there {
						changed[name] = id
					}
				}
				all = append(all, variant{changed, id, strings.Join(path, "."), kind, accepts(at, value), at == reflect.TypeFor[client.Time]() && !slices.Contains(oddKinds, kind)})
			}
		}
	}
	return all
}

// form is how an answer holds its records.
type form int

const (
	envelope form = iota // of a list of API v1
	array                // of a list of API v2
	alone                // one object
)

// resource is a kind of record, and how it is read.
type resource struct {
	wire    reflect.Type
	objects func(*jumpcloudtest.Organization) []jumpcloudtest.Object
	form    form
	// read serves records and reads them again: each must come, with its id, and be odd exactly where it does not fit.
	read func(t *testing.T, all []variant, f form)
}

// record is a record of any kind.
type record[T any] interface {
	*T
	OddFields() []client.OddField
}

func resourceOf[T any, P record[T]](f form, objects func(*jumpcloudtest.Organization) []jumpcloudtest.Object, id func(*T) string,
	list func(context.Context, *client.Client) iter.Seq2[*T, error],
) resource {
	return resource{reflect.TypeFor[T](), objects, f, func(t *testing.T, all []variant, f form) {
		t.Helper()
		readVariants[T, P](t, all, f, id, list)
	}}
}

func readVariants[T any, P record[T]](t *testing.T, all []variant, f form, id func(*T) string, list func(context.Context, *client.Client) iter.Seq2[*T, error]) {
	t.Helper()
	page := 100 // the most that each list serves
	if f == alone {
		page = 1
	}
	if len(all) > page {
		readVariants[T, P](t, all[:page], f, id, list)
		readVariants[T, P](t, all[page:], f, id, list)
		return
	}
	records := make([]any, len(all))
	for i, v := range all {
		records[i] = v.record
	}
	var body any = records
	switch f {
	case envelope:
		body = map[string]any{"results": records, "totalCount": len(records)}
	case alone:
		body = records[0]
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for v, err := range list(t.Context(), serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(records)))
		_, _ = w.Write(text)
	})) {
		if err != nil {
			t.Fatalf("after %d records: %v", got, err)
		}
		want := all[got]
		got++
		if id(v) != want.id {
			t.Fatalf("%s = %s: came as %s, want %s", want.path, want.value, id(v), want.id)
		}
		odd := P(v).OddFields()
		if !want.unsure && (len(odd) == 0) != want.fits {
			t.Errorf("%s = %s: odd fields %v; the value fits: %t", want.path, want.value, odd, want.fits)
		}
	}
	if got != len(all) {
		t.Errorf("%d records came, want %d", got, len(all))
	}
}

// one reads a single object as a list of one.
func one[T any](get func() (*T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(get()) }
}

// resources are all lists of the client, and the single objects that no list holds in that form.
var resources = map[string]resource{
	"systemusers": resourceOf(envelope, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.SystemUsers },
		func(v *client.SystemUser) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.SystemUser, error] {
			return c.SystemUsers.All(ctx)
		}),
	"systems": resourceOf(envelope, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Systems },
		func(v *client.System) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.System, error] {
			return c.Systems.All(ctx)
		}),
	"applications": resourceOf(envelope, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Applications },
		func(v *client.Application) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.Application, error] {
			return c.Applications.All(ctx)
		}),
	"organizations": resourceOf(envelope, self, func(v *client.Organization) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.Organization, error] {
			return c.Organizations.All(ctx)
		}),
	"commands": resourceOf(envelope, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Commands },
		func(v *client.Command) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.Command, error] {
			return c.Commands.All(ctx)
		}),
	"commands/results": resourceOf(array, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return concat(o.CommandResults) },
		func(v *client.CommandResult) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.CommandResult, error] {
			return c.Commands.Results(ctx, "command")
		}),
	"usergroups": resourceOf(array, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.UserGroups },
		func(v *client.UserGroup) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.UserGroup, error] {
			return c.UserGroups.All(ctx)
		}),
	"systemgroups": resourceOf(array, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.SystemGroups },
		func(v *client.SystemGroup) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.SystemGroup, error] {
			return c.SystemGroups.All(ctx)
		}),
	"applemdms": resourceOf(array, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.AppleMDMs },
		func(v *client.AppleMDM) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.AppleMDM, error] {
			return c.AppleMDMs.All(ctx)
		}),
	"applemdms/devices": resourceOf(array, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return concat(o.AppleMDMDevices) },
		func(v *client.AppleMDMDevice) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.AppleMDMDevice, error] {
			return c.AppleMDMs.Devices(ctx, "mdm")
		}),
	"one organization": resourceOf(alone, self, func(v *client.Organization) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.Organization, error] {
			return one(func() (*client.Organization, error) { return c.Organizations.Get(ctx, "o") })
		}),
	"one command": resourceOf(alone, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Commands },
		func(v *client.Command) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.Command, error] {
			return one(func() (*client.Command, error) { return c.Commands.Get(ctx, "c") })
		}),
	"one system group": resourceOf(alone, func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.SystemGroups },
		func(v *client.SystemGroup) string { return v.ID },
		func(ctx context.Context, c *client.Client) iter.Seq2[*client.SystemGroup, error] {
			return one(func() (*client.SystemGroup, error) { return c.SystemGroups.Get(ctx, "g") })
		}),
}

func self(o *jumpcloudtest.Organization) []jumpcloudtest.Object {
	return []jumpcloudtest.Object{o.Self}
}

func concat(m map[string][]jumpcloudtest.Object) []jumpcloudtest.Object {
	var all []jumpcloudtest.Object
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[key]...)
	}
	return all
}

// TestOdd_OneValueNeverCostsARecord puts each kind of JSON into each field of each resource.
func TestOdd_OneValueNeverCostsARecord(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	for name, r := range resources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := variants(t, r.wire, r.objects(o), oddKinds)
			if len(all) < 2*len(oddKinds) {
				t.Fatalf("only %d values are tried", len(all))
			}
			r.read(t, all, r.form)
		})
	}
}

func TestOdd_IsReportedByPathWithSomeIDs(t *testing.T) {
	t.Parallel()
	var records []string
	for i := range 7 {
		records = append(records, fmt.Sprintf(`{"_id":"id%d","firstname":%d,"mfa":"yes","addresses":[{"type":"work"},5,{"type":[]}],"sudo":"true"}`, i, i))
	}
	records = append(records, `{"_id":"plain","firstname":"Ada"}`)
	body := `{"results":[` + strings.Join(records, ",") + `],"totalCount":8}`
	var report client.ListReport
	list, err := users(t.Context(), serve(t, answer(200, body)), client.ReportTo(&report))
	if err != nil || len(list) != 8 || report.Received != 8 || report.Bad != 0 {
		t.Fatalf("got %d users, %+v, %v", len(list), report, err)
	}
	ids := []string{"id0", "id1", "id2", "id3", "id4"}
	want := map[string]client.OddCount{}
	for _, path := range []string{"firstname", "mfa", "addresses[]", "addresses[].type", "sudo"} {
		want[path] = client.OddCount{Count: 7, IDs: ids}
	}
	if diff := cmp.Diff(want, report.Odd); diff != "" {
		t.Errorf("odd fields (-want +got):\n%s", diff)
	}
	u := list[3]
	if u.Firstname != "3" || u.MFA != nil || len(u.Addresses) != 2 || u.Sudo != (client.Bool{V: true, OK: true}) {
		t.Errorf("read as %+v", u)
	}
	for _, f := range u.OddFields() {
		if lost := f.Path != "firstname" && f.Path != "sudo"; f.Lost != lost {
			t.Errorf("%s is lost: %t, want %t", f.Path, f.Lost, lost)
		}
	}
	if string(u.OddValues()["mfa"]) != `"yes"` || u.OddValues()["addresses"] == nil {
		t.Errorf("the values as they came are %s", u.OddValues())
	}
}

func TestOdd_IdentityIsRequired(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"_id":"a","organization":5}`:      `field "organization": it must be a text`,
		`{"_id":"a","organization":["o"]}`:  `field "organization": it must be a text`,
		`{"_id":5,"firstname":"Ada"}`:       "no id",
		`{"_id":{},"id":5}`:                 "no id",
		`{"_id":5,"id":"b"}`:                "",
		`{"_id":"a","organization":null}`:   "",
		`{"_id":"a","firstname":{"x":"y"}}`: "",
	} {
		var bad []string
		list, err := users(t.Context(), serve(t, answer(200, `{"results":[`+body+`],"totalCount":1}`)), client.OnBadRecord(func(e *client.DecodeError) error {
			bad = append(bad, e.Error())
			return nil
		}))
		switch {
		case err != nil:
			t.Errorf("%s: %v", body, err)
		case want == "" && (len(list) != 1 || len(bad) > 0):
			t.Errorf("%s: %d users, rejected %q; want one", body, len(list), bad)
		case want != "" && (len(list) != 0 || len(bad) != 1 || !strings.Contains(bad[0], want)):
			t.Errorf("%s: %d users, rejected %q; want %q", body, len(list), bad, want)
		}
	}
	edges := `[{"to":{"id":"u1","type":"user"},"attributes":5},{"to":{"id":7,"type":"user"}},{"to":"u3"},{"to":{"id":"u4","type":8},"paths":{}}]`
	var ids []string
	bad := 0
	for e, err := range serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Total-Count", "4")
		_, _ = w.Write([]byte(edges))
	}).UserGroups.Members(t.Context(), "g", client.OnBadRecord(func(*client.DecodeError) error { bad++; return nil })) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.To.ID)
	}
	if !slices.Equal(ids, []string{"u1", "u4"}) || bad != 2 {
		t.Errorf("edges to %v, %d rejected; want u1 and u4, 2 rejected", ids, bad)
	}
}

func TestOdd_ATextThatIsTooLongIsUnknown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	body := `{"results":[{"_id":"a","firstname":"` + long + `","lastname":"Ada"},{"_id":"b","firstname":"Bea"}],"totalCount":2}`
	list, err := users(t.Context(), serve(t, answer(200, body)))
	if err != nil || len(list) != 2 || list[0].Firstname != "" || list[0].Lastname != "Ada" || list[1].Firstname != "Bea" {
		t.Fatalf("got %d users, %v", len(list), err)
	}
	if odd := list[0].OddFields(); len(odd) != 1 || odd[0] != (client.OddField{Path: "firstname", Lost: true}) {
		t.Errorf("odd in %v, want firstname", odd)
	}
}

func TestOdd_SecretsAreNotKept(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-marker"
	body := `{"results":[{"_id":"a","config":"` + secret + `","name":5},{"_id":"b","config":{"idpPrivateKey":{"label":{},"value":"` + secret + `"}}}],"totalCount":2}`
	for a, err := range serve(t, answer(200, body)).Applications.All(t.Context()) {
		if err != nil || len(a.OddFields()) == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		if text := fmt.Sprintf("%+v %s", a, a.OddValues()); strings.Contains(text, secret) {
			t.Errorf("the secret was kept: %s", text)
		}
	}
}

// FuzzOdd_ValueAnywhere puts a value into a field of any record, and expects the record.
func FuzzOdd_ValueAnywhere(f *testing.F) {
	names := slices.Sorted(maps.Keys(resources))
	for i, kind := range oddKinds {
		f.Add(uint(i), uint(i*7), kind)
	}
	o := jumpcloudtest.Demo()
	f.Fuzz(func(t *testing.T, which, at uint, value string) {
		var any any
		if json.Unmarshal([]byte(value), &any) != nil {
			t.Skip("no JSON")
		}
		r := resources[names[which%uint(len(names))]]
		all := variants(t, r.wire, r.objects(o), []string{value})
		r.read(t, []variant{all[at%uint(len(all))]}, r.form)
	})
}
