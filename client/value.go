package client

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// emptyText is how JumpCloud writes, in some places, that there is no value.
const emptyText = `""`

// Bool is a boolean that JumpCloud may leave out or send as null.
// The zero value means that JumpCloud did not say, which is not the same as false.
type Bool struct {
	// V is the value; false when OK is false.
	V bool
	// OK tells that JumpCloud sent a value.
	OK bool
}

// IsZero reports that no value was sent, so that omitzero leaves the field out.
func (b Bool) IsZero() bool { return !b.OK }

// MarshalJSON writes the value, or null when there is none.
func (b Bool) MarshalJSON() ([]byte, error) {
	if !b.OK {
		return []byte("null"), nil
	}
	return strconv.AppendBool(nil, b.V), nil
}

// UnmarshalJSON accepts true and false, also as text, the empty string and null. Anything else is unknown.
func (b *Bool) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*b = Bool{V: true, OK: true}
	case "false":
		*b = Bool{OK: true}
	case "null", emptyText:
		*b = Bool{}
	default:
		return forgive(b, data)
	}
	return nil
}

func (b *Bool) readJSON(data []byte, o *oddities) bool {
	*b = Bool{}
	switch text := strings.ToLower(unquoted(data)); text {
	case "":
	case "true", "false":
		*b = Bool{V: text == "true", OK: true}
		if data[0] == '"' {
			return o.doubtful()
		}
	default:
		return o.lost()
	}
	return true
}

// Int is an integer that JumpCloud may leave out, send as null, as text or with a fraction of zero.
// The zero value means that JumpCloud did not say.
type Int struct {
	// V is the value; 0 when OK is false.
	V int64
	// OK tells that JumpCloud sent a value.
	OK bool
}

// IsZero reports that no value was sent, so that omitzero leaves the field out.
func (i Int) IsZero() bool { return !i.OK }

// MarshalJSON writes the value, or null when there is none.
func (i Int) MarshalJSON() ([]byte, error) {
	if !i.OK {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.V, 10), nil
}

// UnmarshalJSON accepts an integer, the same as text or as a float, the empty string and null. Anything else is unknown.
func (i *Int) UnmarshalJSON(data []byte) error {
	if n, err := strconv.ParseInt(string(data), 10, 64); err == nil {
		*i = Int{V: n, OK: true}
		return nil
	}
	if string(data) == emptyText {
		*i = Int{}
		return nil
	}
	return forgive(i, data)
}

func (i *Int) readJSON(data []byte, o *oddities) bool {
	var ok bool
	if *i, ok = wholeNumber(data); !ok {
		return o.lost()
	}
	if i.OK && data[0] == '"' {
		return o.doubtful()
	}
	return true
}

// wholeNumber reads an integer, also as text or as a float; the empty text is none.
func wholeNumber(data []byte) (Int, bool) {
	text := unquoted(data)
	if text == "" {
		return Int{}, true
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Int{V: n, OK: true}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return Int{}, false
	}
	return Int{V: int64(f), OK: true}, true
}

// Float is a number that JumpCloud may leave out, send as null or as text.
// The zero value means that JumpCloud did not say. It is never infinite and never NaN.
type Float struct {
	// V is the value; 0 when OK is false.
	V float64
	// OK tells that JumpCloud sent a value.
	OK bool
}

// IsZero reports that no value was sent, so that omitzero leaves the field out.
func (f Float) IsZero() bool { return !f.OK }

// MarshalJSON writes the value, or null when there is none.
func (f Float) MarshalJSON() ([]byte, error) {
	if !f.OK {
		return []byte("null"), nil
	}
	return json.Marshal(f.V)
}

// UnmarshalJSON accepts a number, the same as text, the empty string and null. Anything else is unknown.
func (f *Float) UnmarshalJSON(data []byte) error { return forgive(f, data) }

func (f *Float) readJSON(data []byte, o *oddities) bool {
	*f = Float{}
	text := unquoted(data)
	if text == "" {
		return true
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return o.lost()
	}
	*f = Float{V: v, OK: true}
	if data[0] == '"' {
		return o.doubtful()
	}
	return true
}

// Time is a point in time as JumpCloud writes it. The zero value means that JumpCloud did not say.
// A text or number that is no time in any form that is known stays readable in Text, with OK false.
type Time struct {
	// V is the time in UTC; the zero time when OK is false.
	V time.Time
	// OK tells that Text is a time.
	OK bool
	// Text is what JumpCloud sent, untouched.
	Text string
}

// IsZero reports that nothing was sent, so that omitzero leaves the field out.
func (t Time) IsZero() bool { return t.Text == "" }

// MarshalJSON writes the text that JumpCloud sent, or null when there was none.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.Text == "" {
		return []byte("null"), nil
	}
	return json.Marshal(t.Text)
}

// The forms in which JumpCloud was seen to write a time, and those that programs beside it write. time.Parse accepts a
// fraction of any length where seconds stand. A form without a zone is UTC.
var timeForms = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly,
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 MST", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006-01-02 15:04:05 -0700 MST", time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC,
}

// UnmarshalJSON accepts a text in one of JumpCloud's forms, the empty string and null, and numbers that can only be seconds or
// milliseconds since 1970. Any other text or number is kept in Text without a value.
func (t *Time) UnmarshalJSON(data []byte) error {
	if string(data) == emptyText {
		*t = Time{}
		return nil
	}
	if n := len(data); n > 2 && data[0] == '"' && data[n-1] == '"' && bytes.IndexByte(data, '\\') < 0 {
		text := string(data[1 : n-1])
		if v, err := time.Parse(time.RFC3339, text); err == nil {
			*t = Time{V: v.UTC(), OK: true, Text: text}
			return nil
		}
	}
	return forgive(t, data)
}

func (t *Time) readJSON(data []byte, o *oddities) bool {
	*t = Time{}
	switch c := data[0]; {
	case c == '"':
		if json.Unmarshal(data, &t.Text) != nil {
			t.Text = ""
		}
		return t.parse() || o.lost()
	case c == '-' || c >= '0' && c <= '9':
		t.Text = string(data)
		if t.epoch() {
			return o.doubtful()
		}
	}
	return o.lost()
}

// parse reads the text. An empty one is no time, and nothing odd.
func (t *Time) parse() bool {
	if t.Text == "" {
		return true
	}
	for _, form := range timeForms {
		if v, err := time.Parse(form, strings.TrimSpace(t.Text)); err == nil {
			t.V, t.OK = v.UTC(), true
			return true
		}
	}
	return t.epoch()
}

// epoch reads the text as seconds or milliseconds since 1970, where its size leaves no doubt: seconds from 2001 to 2100, or
// milliseconds of the same years.
func (t *Time) epoch() bool {
	const from, to = 1_000_000_000, 4_102_444_800
	n, err := strconv.ParseFloat(t.Text, 64)
	switch {
	case err != nil:
		return false
	case n >= from && n < to:
		n *= 1000
	case n < from*1000 || n >= to*1000:
		return false
	}
	t.V, t.OK = time.UnixMilli(int64(n)).UTC(), true
	return true
}

// Millis returns the time in milliseconds since 1970, with finer digits cut off. It reports false when there is no time.
func (t Time) Millis() (int64, bool) {
	if !t.OK {
		return 0, false
	}
	return t.V.UnixMilli(), true
}

// List is a JSON array that may be null and may hold null elements; those are left out.
type List[T any] []T

// UnmarshalJSON accepts an array and null. Elements that cannot be read are left out; anything else is no list.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	if !bytes.Contains(data, []byte("null")) { // null elements are left out
		*l = nil
		if json.Unmarshal(data, (*[]T)(l)) == nil {
			if len(*l) == 0 {
				*l = nil
			}
			return nil
		}
	}
	return forgive(l, data)
}

func (l *List[T]) readJSON(data []byte, o *oddities) bool {
	ok := readSlice(reflect.ValueOf((*[]T)(l)).Elem(), data, o)
	if len(*l) == 0 {
		*l = nil
	}
	return ok
}

// Secret stands for a field that holds a credential. It accepts any JSON, keeps nothing and is never written.
type Secret struct{}

// UnmarshalJSON keeps nothing of what it is given.
func (*Secret) UnmarshalJSON([]byte) error { return nil }

// IsZero is always true, so that omitzero leaves the field out.
func (Secret) IsZero() bool { return true }

// unquoted returns the text of a JSON string without escapes, or any other JSON as it stands.
func unquoted(data []byte) string {
	if len(data) >= 2 && data[0] == '"' {
		return string(data[1 : len(data)-1])
	}
	return string(data)
}

// kindOfJSON says what kind of JSON a value is, but not its content: it may be personal.
func kindOfJSON(data []byte) string {
	if len(data) == 0 {
		return "nothing"
	}
	switch data[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
