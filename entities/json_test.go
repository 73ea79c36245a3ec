package entities_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// oracle is what encoding/json writes with the escapes for HTML switched off.
func oracle(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// fill gives a value, and all that it holds, random content. It is often empty.
func fill(r *rand.Rand, v reflect.Value) {
	if r.IntN(4) == 0 {
		v.SetZero()
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64, reflect.Int:
		v.SetInt([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1_700_000_000_000}[r.IntN(6)])
	case reflect.Float64:
		v.SetFloat([]float64{0, 1, -120, 1.5, 1e21, 1e-9, math.NaN(), math.Inf(-1)}[r.IntN(8)])
	case reflect.String:
		v.SetString([]string{"", "plain", `"\/`, "<&>é\u2028", "\x00\t\n\x7f", "\xff", "63ffde555eed000000000035"}[r.IntN(7)])
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte([]string{`null`, `{"a": ["<"]}`, `5`}[r.IntN(3)]))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Struct:
		for f, part := range v.Fields() {
			switch {
			case f.Name == "RawData" && r.IntN(8) > 0: // it would be there too often
			case f.IsExported():
				fill(r, part)
			}
		}
	default:
		panic("no content for " + v.Type().String())
	}
}

// TestEntities_AreWrittenAsEncodingJSONWritesThem compares the generated code with encoding/json.
func TestEntities_AreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, m := range entities.Models() {
		failed, raw := 0, 0
		for range 2000 {
			e := reflect.New(m.Struct)
			for f, part := range e.Elem().Fields() {
				if f.IsExported() {
					fill(r, part)
				}
			}
			own, ok := reflect.TypeAssert[jsontext.Appender](e)
			if !ok {
				t.Fatalf("%s is written by reflection: run go generate ./...", m.Type)
			}
			want, wantErr := oracle(own)
			got, err := own.AppendJSON([]byte("x"))
			if err != nil {
				want = ""
				failed++
			}
			if (err == nil) != (wantErr == nil) || string(got) != "x"+want {
				t.Fatalf("%s is written as\n%s, %v, by encoding/json as\n%s, %v", m.Type, got, err, want, wantErr)
			}
			if strings.Contains(want, `"_rawData":`) {
				raw++
			}
		}
		if failed > 1000 || raw == 0 || raw > 1000 {
			t.Errorf("%s: of 2,000 entities %d have no JSON and %d raw data, want some with and many without", m.Type, failed, raw)
		}
		if got, err := reflect.Zero(reflect.PointerTo(m.Struct)).Interface().(jsontext.Appender).AppendJSON(nil); err != nil || string(got) != "null" {
			t.Errorf("%s: no entity at all is written as %s, %v, want null", m.Type, got, err)
		}
	}
}
