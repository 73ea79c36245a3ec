package schemas_test

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
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

// fill puts random values into a struct, most of them good ones.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64:
		if f := numbers[r.IntN(len(numbers))]; !math.IsNaN(f) && math.Abs(f) < math.MaxInt64 {
			v.SetInt(int64(f))
		}
	case reflect.Float64:
		v.SetFloat(numbers[r.IntN(len(numbers))])
	case reflect.Pointer:
		if r.IntN(3) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		if r.IntN(4) == 0 {
			v.SetZero()
		}
		for range r.IntN(3) {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(r, e)
			v.Set(reflect.Append(v, e))
		}
	}
}

// mutate changes some fields of a valid entity.
func mutate(r *rand.Rand, e reflect.Value) {
	for range r.IntN(4) {
		f := e.Field(r.IntN(e.NumField()))
		if f.Type() == reflect.TypeFor[entities.Meta]() {
			f = f.Field(r.IntN(3)) // not the raw data, which is left to the schema
		}
		if f.CanSet() && f.Type() != reflect.TypeFor[entities.Null]() {
			fill(r, f)
		}
	}
}

var rounds = flag.Int("rounds", 200_000, "how many values to compare the fast checks and the schemas on")

// TestFastChecks_AgreeWithTheSchemas compares the generated checks with the schema validator, the judge, on random and
// mutated values: what passes here is valid there, and the other way round.
func TestFastChecks_AgreeWithTheSchemas(t *testing.T) {
	t.Parallel()
	rounds := *rounds
	if raceEnabled || testing.Short() {
		rounds = min(rounds, 10_000)
	}
	base := demo(t)
	const workers = 2
	for w := range workers {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2026, uint64(w)))
			valid := 0
			for range rounds / workers {
				var value interface{ Valid() bool }
				if r.IntN(12) == 0 {
					value = randomRelationship(r)
				} else {
					e := base[r.IntN(len(base))]
					copied := reflect.New(reflect.TypeOf(e).Elem())
					copied.Elem().Set(reflect.ValueOf(e).Elem())
					mutate(r, copied.Elem())
					value = copied.Interface().(interface{ Valid() bool })
				}
				fast, judged := value.Valid(), verdict(value)
				if fast != (judged == nil) {
					b, _ := json.Marshal(value)
					t.Fatalf("the fast check says %v, the schema %v: %+v\n%s", fast, judged, value, b)
				}
				if fast {
					valid++
				}
			}
			if share := valid * workers * 100 / rounds; share < 20 || share > 80 {
				t.Errorf("%d %% of the values were valid: the test does not try both", share)
			}
		})
	}
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

func randomRelationship(r *rand.Rand) *relationships.Relationship {
	rules := relationships.Rules()
	rule := rules[r.IntN(len(rules))]
	one := relationships.GroupHasUser("5f00000000000000000000aa", "5f00000000000000000000bb")
	one.Type, one.Class, one.DisplayName = rule.Type, rule.Class, string(rule.Class)
	if r.IntN(8) == 0 { // perhaps the properties of another kind
		rule = rules[r.IntN(len(rules))]
	}
	if rule.Struct != nil && r.IntN(8) > 0 {
		own := reflect.New(rule.Struct).Elem()
		for i := range own.NumField() {
			fill(r, own.Field(i))
		}
		one.Properties = own.Interface()
	}
	for range r.IntN(3) {
		fill(r, reflect.ValueOf(&one).Elem().Field(r.IntN(6)))
	}
	return &one
}

// BenchmarkFastCheck measures the generated check, and the schema validator beside it.
func BenchmarkFastCheck(b *testing.B) {
	all := demo(b)
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if !all[i%len(all)].(interface{ Valid() bool }).Valid() {
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
