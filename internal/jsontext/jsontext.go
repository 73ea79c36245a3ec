// Package jsontext writes JSON as this library stores it: on one line, without the escapes that only HTML needs.
package jsontext

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Appender is a value that writes its own JSON. It is used instead of reflection.
type Appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// Marshal returns the JSON of a value.
func Marshal(v any) ([]byte, error) { return Append(nil, v) }

// Append adds the JSON of a value to dst. When it fails, dst is returned as it was.
func Append(dst []byte, v any) ([]byte, error) {
	if a, ok := v.(Appender); ok && !isNil(v) {
		return a.AppendJSON(dst)
	}
	w := tail{dst}
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return bytes.TrimSuffix(w.b, []byte("\n")), nil
}

// isNil reports that a value is a pointer to nothing, whose JSON is null.
func isNil(v any) bool {
	p := reflect.ValueOf(v)
	return p.Kind() == reflect.Pointer && p.IsNil()
}

// AppendString adds a text as a JSON string to dst.
func AppendString(dst []byte, s string) []byte {
	if !plain(s) {
		b, err := Append(dst, s)
		if err == nil { // a text can always be encoded
			return b
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// plain reports that a text needs no escape.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Indent returns JSON with a line for each member, indented by two spaces, and a line break at the end.
func Indent(v any) ([]byte, error) {
	compact, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// Encoder writes one value after the other into the same memory. The zero value is ready. It is not safe for concurrent
// use.
type Encoder struct{ b []byte }

// Encode returns the JSON of a value. It is valid until the next call.
func (e *Encoder) Encode(v any) ([]byte, error) {
	b, err := Append(e.b[:0], v)
	e.b = b
	return b, err
}

// tail is where json.Encoder writes to.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	return len(p), nil
}
