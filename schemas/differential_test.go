package schemas_test

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// texts are values that formats, patterns and enumerations accept or refuse, often only just.
var texts = []string{
	"", "a", "ab", "JumpCloud", "5f00000000000000000000cc", "short", "exactly_10", "nine_char", "ключ-ключ-ключ", "\xff\xfe bad", "a|b|c|d|e|f",
	"host-1", "-host", "host-", "host.example.com", strings.Repeat("h", 63), strings.Repeat("h", 64), "x.y", "a.co", "1.2.3.4", "256.1.1.1", "10.0.0.1",
	"::1", "fe80::1%en0", "2001:db8::17", "::ffff:1.2.3.4", "https://x.example/a b", "https://x.example", "x.example", "mailto:a@b.c", "://", "http://[::1",
	"a4:83:e7:00:00:01", "A4:83:E7:00:00:01", "a4-83-e7-00-00-01", "a483e7000001", "staged", "activated", "suspended", "ACTIVATED", "darwin", "linux", "other", "beos",
	"Apple", "apple", "a@b.example", "a b@c.d", "\u2028", "<script>", "null", "host_name", "exa mple.com", "example.c", "example.c0m", ".example.com", "example..com",
}

// numbers are values around the bounds that the model has.
var numbers = []float64{0, 1, -1, 0.5, 1e18, -1e18, 253402300799999, 253402300800000, math.MaxInt64, math.NaN(), math.Inf(1), math.Inf(-1), 494.38}

// pool holds the values to try.
type pool struct {
	texts   []string
	numbers []float64
}

// poolOf returns the values above, and those that the schemas name.
var poolOf = once(func(t testing.TB) *pool {
	t.Helper()
	p := &pool{slices.Clone(texts), slices.Clone(numbers)}
	for _, s := range readSchemas(t) {
		for _, name := range s.names() {
			for _, r := range s.properties[name] {
				p.add(t, &r)
			}
		}
	}
	return p
})

// add adds the values of an enumeration and those around bounds.
func (p *pool) add(t testing.TB, r *rules) {
	t.Helper()
	for _, v := range r.Enum {
		if text, ok := v.(string); ok && !slices.Contains(p.texts, text) {
			p.texts = append(p.texts, text)
		}
	}
	for _, bound := range []*json.Number{r.Minimum, r.Maximum} {
		if bound == nil {
			continue
		}
		f, err := bound.Float64()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []float64{f - 1, f, f + 1} {
			if !slices.Contains(p.numbers, n) {
				p.numbers = append(p.numbers, n)
			}
		}
	}
}

// fill puts random values into a struct, most of them good ones.
func (p *pool) fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(p.texts[r.IntN(len(p.texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64:
		if f := p.numbers[r.IntN(len(p.numbers))]; !math.IsNaN(f) && math.Abs(f) < math.MaxInt64 {
			v.SetInt(int64(f))
		}
	case reflect.Float64:
		v.SetFloat(p.numbers[r.IntN(len(p.numbers))])
	case reflect.Pointer:
		if r.IntN(3) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		p.fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		if r.IntN(4) == 0 {
			v.SetZero()
		}
		for range r.IntN(3) {
			e := reflect.New(v.Type().Elem()).Elem()
			p.fill(r, e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Struct:
		for _, f := range fields(v) {
			p.fill(r, f)
		}
	}
}

// fields returns the fields of a struct that the checks look at, those of embedded structs among them: all but the raw
// data, which is left to the schema, and what is always null.
func fields(v reflect.Value) []reflect.Value {
	var all []reflect.Value
	for f, value := range v.Fields() {
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			all = append(all, fields(value)...)
		case value.CanSet() && f.Type != reflect.TypeFor[entities.Null]() && f.Type != reflect.TypeFor[[]entities.RawData]():
			all = append(all, value)
		}
	}
	return all
}

// checked is a value that has a fast check.
type checked interface{ Valid() bool }

// typed returns entities and relationships of all types in their Go form.
func typed(t *testing.T) []checked {
	t.Helper()
	var all []checked
	for _, e := range demo(t) {
		all = append(all, e.(checked))
	}
	for _, r := range oneOfEach() {
		all = append(all, &r)
	}
	structs := map[string]reflect.Type{}
	for _, m := range entities.Models() {
		structs[m.Type] = m.Struct
	}
	for _, r := range relationships.Rules() {
		structs[r.Type] = reflect.TypeFor[relationships.Relationship]()
	}
	for _, typ := range schemas.Types() {
		if slices.ContainsFunc(all, func(v checked) bool { return typeOf(v) == typ }) {
			continue
		}
		v := reflect.New(structs[typ]).Interface()
		if err := json.Unmarshal(encode(t, stored(t)[typ][0]), v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v.(checked))
	}
	return all
}

// typeOf returns the _type of a typed value.
func typeOf(v checked) string {
	if e, ok := v.(entities.Entity); ok {
		return e.Header().Type
	}
	return v.(*relationships.Relationship).Type
}

// copied returns a copy of a value whose fields can be set, and the fields.
func copied(v checked) (checked, []reflect.Value) {
	c := reflect.New(reflect.TypeOf(v).Elem())
	c.Elem().Set(reflect.ValueOf(v).Elem())
	return c.Interface().(checked), fields(c.Elem())
}

// every returns all values to try in a field of a type: each text and number as it is, behind a pointer and in a list,
// and none.
func (p *pool) every(of reflect.Type) []reflect.Value {
	var all []reflect.Value
	add := func(v any) { all = append(all, reflect.ValueOf(v).Convert(of)) }
	switch of.Kind() {
	case reflect.String:
		for _, text := range p.texts {
			add(text)
		}
	case reflect.Bool:
		add(false)
		add(true)
	case reflect.Int64:
		for _, f := range p.numbers {
			if !math.IsNaN(f) && math.Abs(f) < math.MaxInt64 {
				add(int64(f))
			}
		}
	case reflect.Float64:
		for _, f := range p.numbers {
			add(f)
		}
	case reflect.Pointer:
		all = append(all, reflect.Zero(of))
		for _, v := range p.every(of.Elem()) {
			to := reflect.New(of.Elem())
			to.Elem().Set(v)
			all = append(all, to)
		}
	case reflect.Slice:
		all = append(all, reflect.Zero(of), reflect.MakeSlice(of, 0, 0))
		for _, v := range p.every(of.Elem()) {
			all = append(all, reflect.Append(reflect.Zero(of), v))
		}
	case reflect.Struct:
		for i, f := range fields(reflect.New(of).Elem()) {
			for _, v := range p.every(f.Type()) {
				s := reflect.New(of).Elem()
				fields(s)[i].Set(v)
				all = append(all, s)
			}
		}
	}
	return all
}

// variants returns what to try in a field that has a value elsewhere: that value and, of a list, all elements twice and
// each of them wrong.
func variants(v reflect.Value) []reflect.Value {
	all := []reflect.Value{v}
	if v.Kind() != reflect.Slice {
		return all
	}
	list := reflect.AppendSlice(reflect.Zero(v.Type()), v)
	all = append(all, reflect.AppendSlice(list.Slice3(0, list.Len(), list.Len()), v))
	for i := range v.Len() {
		wrong := reflect.AppendSlice(reflect.Zero(v.Type()), v)
		wrong.Index(i).SetZero()
		all = append(all, wrong)
	}
	return all
}

// TestFastChecks_AgreeOnEveryValueOfEveryField tries every value in every field of every type, with all else as it should
// be.
func TestFastChecks_AgreeOnEveryValueOfEveryField(t *testing.T) {
	t.Parallel()
	byType, byStruct := map[string][]checked{}, map[reflect.Type][]checked{}
	for _, v := range typed(t) {
		byType[typeOf(v)] = append(byType[typeOf(v)], v)
		byStruct[reflect.TypeOf(v)] = append(byStruct[reflect.TypeOf(v)], v)
	}
	for typ, bases := range byType {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			for i := range fields(reflect.ValueOf(bases[0]).Elem()) {
				agreeOnField(t, i, bases, byStruct[reflect.TypeOf(bases[0])])
			}
			for _, base := range bases {
				value, _ := copied(base)
				if e, ok := value.(entities.Entity); ok {
					e.Header().RawData = []entities.RawData{{Name: "default", RawData: json.RawMessage("{}")}}
					if value.Valid() {
						t.Error("the fast check judges raw data, which is left to the schema")
					}
				}
			}
		})
	}
}

// agreeOnField tries every value in a field of valid values. What the field has in others of the same struct is put in
// where it had a value, and where it had none.
func agreeOnField(t *testing.T, i int, bases, others []checked) {
	t.Helper()
	agreeWith := func(base checked, v reflect.Value) bool {
		value, f := copied(base)
		f[i].Set(v)
		return agree(t, value)
	}
	field := func(v checked) reflect.Value { return fields(reflect.ValueOf(v).Elem())[i] }
	for _, v := range poolOf(t).every(field(bases[0]).Type()) {
		agreeWith(bases[0], v)
	}
	either, tried, valid := map[bool]checked{}, map[string]bool{}, 0
	for _, base := range bases {
		either[field(base).IsZero()] = base
	}
	for _, other := range others {
		for _, v := range variants(field(other)) {
			text := string(encode(t, v.Interface()))
			for _, base := range either {
				if !tried[text] && agreeWith(base, v) {
					valid++
				}
			}
			tried[text] = true
		}
	}
	if valid == 0 {
		t.Errorf("no value of field %d was valid", i)
	}
}

var rounds = flag.Int("rounds", 10_000, "how many values to compare the fast checks and the schemas on")

// TestFastChecks_AgreeWithTheSchemas compares the generated checks with the schema validator, the judge, on values with
// several random changes: what passes here is valid there, and the other way round.
func TestFastChecks_AgreeWithTheSchemas(t *testing.T) {
	t.Parallel()
	var nodes, edges []checked
	for _, v := range typed(t) {
		if _, ok := v.(entities.Entity); ok {
			nodes = append(nodes, v)
		} else {
			edges = append(edges, v)
		}
	}
	p := poolOf(t)
	const workers = 2
	for w := range workers {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2026, uint64(w)))
			valid := 0
			for range *rounds / workers {
				var value checked
				if r.IntN(12) == 0 {
					value = p.mixed(r, *edges[r.IntN(len(edges))].(*relationships.Relationship))
				} else {
					var f []reflect.Value
					value, f = copied(nodes[r.IntN(len(nodes))])
					for range 1 + r.IntN(3) {
						p.fill(r, f[r.IntN(len(f))])
					}
				}
				if agree(t, value) {
					valid++
				}
			}
			if share := valid * workers * 100 / *rounds; share < 20 || share > 80 {
				t.Errorf("%d %% of the values were valid: the test does not try both", share)
			}
		})
	}
}

// agree compares the fast check of a value with the schema's judgement, and returns it.
func agree(t *testing.T, value checked) bool {
	t.Helper()
	fast, judged := value.Valid(), verdict(value)
	if fast != (judged == nil) {
		b, _ := json.Marshal(value)
		t.Fatalf("the fast check says %v, the schema %v: %+v\n%s", fast, judged, value, b)
	}
	return fast
}

// verdict is the schema's judgement by the type that the value should have.
func verdict(value any) error {
	if v, ok := value.(entities.Entity); ok {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		for _, m := range entities.Models() {
			if m.Struct == reflect.TypeOf(v).Elem() {
				return schemas.ValidateJSON(m.Type, b)
			}
		}
	}
	return schemas.Validate(value)
}

// mixed changes a valid relationship, sometimes to the type of another kind, with or without the properties of that.
func (p *pool) mixed(r *rand.Rand, base relationships.Relationship) *relationships.Relationship {
	if rules := relationships.Rules(); r.IntN(2) == 0 {
		rule := rules[r.IntN(len(rules))]
		base.Type, base.Class, base.DisplayName = rule.Type, rule.Class, string(rule.Class)
		switch {
		case r.IntN(8) == 0: // those of the other kind stay
		case rule.Struct == nil || r.IntN(8) == 0:
			base.Properties = nil
		default:
			own := reflect.New(rule.Struct).Elem()
			for _, f := range fields(own) {
				p.fill(r, f)
			}
			base.Properties = own.Interface()
		}
	}
	f := fields(reflect.ValueOf(&base).Elem())
	for range r.IntN(3) {
		p.fill(r, f[r.IntN(len(f))])
	}
	return &base
}

// BenchmarkFastCheck measures the generated check, and the schema validator beside it.
func BenchmarkFastCheck(b *testing.B) {
	all := demo(b)
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if !all[i%len(all)].(checked).Valid() {
				b.Fatal("a demo entity is not valid")
			}
		}
	})
	b.Run("schema", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := schemas.Validate(all[i%len(all)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
