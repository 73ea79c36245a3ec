package jsontext_test

import (
	"bytes"
	"encoding/json"
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
	for _, s := range []string{"", "plain", `a"b\c`, "<&>", "\u2028", "\xff", "é", "\x00\x1f\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(jsontext.AppendString([]byte("x"), s)), "x"+oracle(t, s); got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	})
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
