package jsontext_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// oracle is what encoding/json writes with the escapes for HTML switched off.
func oracle(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func FuzzAppendString_WritesWhatEncodingJSONWrites(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "<&>", "\u2028", "\xff", "é", "\x00\x1f\x7f", "\b\f\n\r\t", "a\u2029b\xc3", "\ufffd", "\U0001f600/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(jsontext.AppendString([]byte("x"), s)), "x"+oracle(t, s); got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	})
}

func FuzzAppendFloat_WritesWhatEncodingJSONWrites(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -120, 1.5, 1e15, -1e15, 999_999_999_999_999, 1e20, 1e21, 1e-7, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1)} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		got, err := jsontext.AppendFloat([]byte("x"), v)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if err == nil || string(got) != "x" {
				t.Errorf("%v, which JSON does not have, is written as %s, %v", v, got, err)
			}
			return
		}
		if want := "x" + oracle(t, v); err != nil || string(got) != want {
			t.Errorf("%v is written as %s, %v, want %s", v, got, err, want)
		}
	})
}

func TestAppendStrings_WritesWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{nil, {}, {""}, {"a", "\"b\"", "\u2029\xfe"}} {
		if got, want := string(jsontext.AppendStrings(nil, list)), oracle(t, list); got != want {
			t.Errorf("%q is written as %s, want %s", list, got, want)
		}
	}
}

type own struct{}

func (own) AppendJSON(dst []byte) ([]byte, error) { return append(dst, `"own"`...), nil }

func TestAppend_EscapesNothingForHTML(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`{"a":"<b>&"}`: map[string]string{"a": "<b>&"}, `"own"`: own{}, `null`: (*own)(nil), `[1,"x"]`: []any{1, "x"},
	} {
		got, err := jsontext.Append([]byte("> "), v)
		if err != nil || string(got) != "> "+want {
			t.Errorf("got %s, %v; want > %s", got, err, want)
		}
	}
	if got, err := jsontext.Append([]byte("kept"), func() {}); err == nil || string(got) != "kept" {
		t.Errorf("a value that has no JSON gives %s, %v; want what was there and an error", got, err)
	}
}

func TestEncoder_WritesEachValueAlone(t *testing.T) {
	t.Parallel()
	var e jsontext.Encoder
	for _, v := range []any{"a longer text", 1, map[string]int{"n": 2}} {
		got, err := e.Encode(v)
		if err != nil || string(got) != oracle(t, v) {
			t.Errorf("%v is written as %s, %v", v, got, err)
		}
	}
	if got, err := jsontext.Indent(map[string]int{"n": 2}); err != nil || string(got) != "{\n  \"n\": 2\n}\n" {
		t.Errorf("indented: %q, %v", got, err)
	}
}
