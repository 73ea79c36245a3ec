// Package jsontext writes JSON as this library stores it: on one line, without the escapes that only HTML needs.
package jsontext

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
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

// AppendString adds a text as a JSON string to dst. Bytes that are no UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	begin := 0 // of what was not yet added
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = appendEscape(append(dst, s[begin:i]...), c)
			i++
			begin = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[begin:i]...)
			dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			begin = i + size
		}
		i += size
	}
	dst = append(dst, s[begin:]...)
	return append(dst, '"')
}

// plain are the bytes that stand for themselves in a JSON string.
var plain = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

const hex = "0123456789abcdef"

// appendEscape adds the escape of a character of ASCII.
func appendEscape(dst []byte, c byte) []byte {
	const letters, controls = `"\bfnrt`, "\"\\\b\f\n\r\t"
	if i := strings.IndexByte(controls, c); i >= 0 {
		return append(dst, '\\', letters[i])
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// AppendStrings adds a list of texts to dst, or null for nil.
func AppendStrings(dst []byte, list []string) []byte {
	if list == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, s)
	}
	return append(dst, ']')
}

// AppendFloat adds a number to dst. One that JSON does not have is an error, and dst is returned as it was.
func AppendFloat(dst []byte, f float64) ([]byte, error) {
	if n := int64(f); float64(n) == f && n != 0 && n > -maxWhole && n < maxWhole {
		return strconv.AppendInt(dst, n, 10), nil
	}
	return Append(dst, f)
}

// maxWhole is more than the whole numbers that are written by their digits alone.
const maxWhole = 1_000_000_000_000_000

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
