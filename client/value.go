package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

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

// UnmarshalJSON accepts true, false, the same as text, the empty string and null.
func (b *Bool) UnmarshalJSON(data []byte) error {
	switch strings.ToLower(unquoted(data)) {
	case "true":
		*b = Bool{V: true, OK: true}
	case "false":
		*b = Bool{OK: true}
	case "null", "":
		*b = Bool{}
	default:
		return wrongValue("boolean", data)
	}
	return nil
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

// UnmarshalJSON accepts an integer, the same as text or as a float, the empty string and null.
func (i *Int) UnmarshalJSON(data []byte) error {
	text := unquoted(data)
	if text == "null" || text == "" {
		*i = Int{}
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		*i = Int{V: n, OK: true}
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return wrongValue("integer", data)
	}
	*i = Int{V: int64(f), OK: true}
	return nil
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

// UnmarshalJSON accepts a number, the same as text, the empty string and null.
func (f *Float) UnmarshalJSON(data []byte) error {
	text := unquoted(data)
	if text == "null" || text == "" {
		*f = Float{}
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return wrongValue("number", data)
	}
	*f = Float{V: v, OK: true}
	return nil
}

// Time is a point in time as JumpCloud writes it. The zero value means that JumpCloud did not say.
// A text that is no time in any form that JumpCloud is known to use stays readable in Text, with OK false.
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

// The forms in which JumpCloud was seen to write a time. time.Parse accepts a fraction of any length where seconds
// stand. A form without a zone is UTC.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly}

// UnmarshalJSON accepts a string in one of JumpCloud's forms, the empty string and null. Any other text, and a bare
// number, whose unit nobody knows, is kept in Text without a value.
func (t *Time) UnmarshalJSON(data []byte) error {
	*t = Time{}
	switch {
	case len(data) == 0, string(data) == "null":
		return nil
	case data[0] == '"' && len(data) > 1:
		var text string
		if bytes.IndexByte(data, '\\') < 0 {
			text = string(data[1 : len(data)-1])
		} else if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		t.Text = text
	case data[0] == '-' || data[0] >= '0' && data[0] <= '9':
		t.Text = string(data)
		return nil
	default:
		return wrongValue("time", data)
	}
	for _, form := range timeForms {
		if v, err := time.Parse(form, t.Text); err == nil {
			t.V, t.OK = v.UTC(), true
			break
		}
	}
	return nil
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

// UnmarshalJSON accepts an array and null.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*l = nil
	for _, r := range raw {
		if string(r) == "null" {
			continue
		}
		var v T
		if err := json.Unmarshal(r, &v); err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
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

// wrongValue says what was expected and what kind of JSON came instead, but not its content: it may be personal.
func wrongValue(want string, got []byte) error {
	kind := "a malformed value"
	if len(got) > 0 {
		switch got[0] {
		case '"':
			kind = "a string"
		case '{':
			kind = "an object"
		case '[':
			kind = "an array"
		case 't', 'f':
			kind = "a boolean"
		default:
			kind = "a number"
		}
	}
	article := "a"
	if strings.ContainsRune("aeio", rune(want[0])) {
		article = "an"
	}
	return fmt.Errorf("expected %s %s, got %s", article, want, kind)
}
