package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// decodersOf renders the decoders of a package client with one file.
func decodersOf(t *testing.T, types string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "client"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "package client\n\ntype Record struct{ odd []string }\ntype List[T any] []T\ntype Kind string\n" + types
	if err := os.WriteFile(filepath.Join(dir, "client", "x.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := readWire(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := w.decoders()
	return string(files["client/zz_decode.go"]), err
}

func TestDecoders_ReadEveryKindOfField(t *testing.T) {
	t.Parallel()
	code, err := decodersOf(t, "type Part struct { A string }\ntype Own struct{}\nfunc (o *Own) UnmarshalJSON([]byte) error { return nil }\ntype Unused struct { A string }\n"+`type New struct {
	Record
	Part
	ID string `+"`json:\"_id,omitzero\" identity:\"id\"`"+`
	Kind Kind `+"`json:\"kind\"`"+`
	Hidden string `+"`json:\"-\"`"+`
	none string
	Flag Bool
	N Int
	When Time
	Raw json.RawMessage
	Raws List[json.RawMessage]
	Key Secret
	One Part
	Maybe *Part
	Parts List[Part]
	Names List[List[string]]
	Own Own
	Owns List[Own]
	Map map[string]Part
	Count int
}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"func (v *New) readQuick", "func (v *Part) readQuick", `case "_id":`, "v.ID = q.text()", `case "A":`, "v.A = q.text()", `case "kind":`, "v.Kind = Kind(q.text())", "v.Flag = q.bool()",
		"v.N = q.int()", "v.When = q.time()", "v.Raw = q.raw()", "func(v *json.RawMessage, q *quick) { *v = q.raw() }", "q.skip()", "v.One.readQuick(q)",
		"v.Maybe = quickPointer(q, (*Part).readQuick)", "v.Parts = quickList(q, (*Part).readQuick)", "*v = quickList(q, func(v *string, q *quick) { *v = q.text() })",
		"quickOther(q, &v.Own)", "func(v *Own, q *quick) { quickOther(q, v) }", "quickOther(q, &v.Map)", "quickOther(q, &v.Count)", `"_id", "kind", "flag"`,
	} {
		if !strings.Contains(code, want) {
			t.Errorf("the decoders do not have %s", want)
		}
	}
	for _, wrong := range []string{"Hidden", "none", "Unused", "*Own) readQuick", "*Record"} {
		if strings.Contains(code, wrong) {
			t.Errorf("the decoders have %s", wrong)
		}
	}
	if t.Failed() {
		t.Log(code)
	}
}

func TestDecoders_OfRecordsWithAMethodOfTheirOwn(t *testing.T) {
	t.Parallel()
	const method = "func (o *Own) UnmarshalJSON([]byte) error { return nil }\n"
	code, err := decodersOf(t, "type Own struct { Record }\n"+method)
	if err != nil || strings.Contains(code, "Own") {
		t.Errorf("a record that only its own method can read has a decoder, %v:\n%s", err, code)
	}
	code, err = decodersOf(t, "type Own struct { Record }\n"+method+"type wireOwn struct { A string }\n")
	if err != nil || !strings.Contains(code, "v.takeQuick(q, &w)") || !strings.Contains(code, "func (v *wireOwn) readQuick") {
		t.Errorf("a record that is read by way of another struct, %v:\n%s", err, code)
	}
}

func TestDecoders_RefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	for types, want := range map[string]string{
		"type New struct { Record; A string `json:\"a,string\"` }":              `client.New: A: the option string of the json tag is not known`,
		"type New struct { Record; A string `json:\"ä\"` }":                     `client.New: A: write one field on a line, with a name of ASCII letters`,
		"type New struct { Record; A, B string }":                               `client.New: A: write one field on a line`,
		"type New struct { Record; A string `json:\"b\"`; C Int `json:\"b\"` }": `client.New: two fields are named "b" in JSON`,
		"type New struct { Record; time.Time }":                                 `client.New: embed structs of package client only`,
	} {
		if _, err := decodersOf(t, types); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", types, err, want)
		}
	}
}
