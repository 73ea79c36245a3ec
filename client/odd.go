package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// One odd value never costs a record: a field whose value has not the form that JumpCloud documents becomes unknown, or is
// read where there is no doubt what it means, and is reported by its path.
//
// Ordinary records are decoded by encoding/json, which goes on after a mismatch and tells of it. The types of this package
// never fail on a value; they note that there was an odd one. Only then is the record read a second time, field by field.

// OddField is a field whose value had not the form that JumpCloud documents.
type OddField struct {
	// Path is the names that lead to the field, with dots between; a list adds [] to the name.
	Path string
	// Lost says that the value, or a part of it, could not be read and is unknown. A number where a text belongs, and the
	// like, is read.
	Lost bool
}

// OddCount counts the records in which a field was odd.
type OddCount struct {
	// Count is how many records there are.
	Count int `json:"count"`
	// IDs are the ids of some of the records, five at most.
	IDs []string `json:"ids"`
}

// maxText is how many bytes of JSON a text may have; a longer one is odd and unknown. Whoever reads a stored graph has a limit
// for its lines, and what is written must be readable.
const maxText = 1 << 20

// maxOddIDs is how many records are named for each odd field.
const maxOddIDs = 5

// Add counts a record.
func (c *OddCount) Add(id string) {
	c.Count++
	if id != "" && len(c.IDs) < maxOddIDs {
		c.IDs = append(c.IDs, id)
	}
}

// oddSeen counts the odd values that types of this package have met. A decoder that sees it move looks closer.
var oddSeen atomic.Uint64

// forgiving is a type that reads what it can of any JSON but null, and notes what it could not.
type forgiving interface {
	// readJSON reports whether the value as a whole could be read.
	readJSON(data []byte, o *oddities) bool
}

// forgive is UnmarshalJSON for a forgiving type: it never fails.
func forgive(v forgiving, data []byte) error {
	if len(data) == 0 || string(data) == "null" {
		reflect.ValueOf(v).Elem().SetZero()
		return nil
	}
	var o oddities
	v.readJSON(data, &o)
	if len(o.fields) > 0 {
		oddSeen.Add(1)
	}
	return nil
}

// oddities collects the odd fields of a record.
type oddities struct {
	at     []string // the names that lead to the field that is being read
	fields []OddField
	refuse string                     // a field without which the record cannot be used
	raw    map[string]json.RawMessage // of the record's own fields in which something was odd
}

// lost notes that the value of the current field cannot be read.
func (o *oddities) lost() bool {
	o.add(true)
	return false
}

// doubtful notes that the value of the current field was read although it has not the expected form.
func (o *oddities) doubtful() bool {
	o.add(false)
	return true
}

func (o *oddities) add(lost bool) {
	path := strings.Join(o.at, ".")
	for i := range o.fields {
		if o.fields[i].Path == path {
			o.fields[i].Lost = o.fields[i].Lost || lost
			return
		}
	}
	o.fields = append(o.fields, OddField{path, lost})
}

// keep keeps the value of a field of the record as it came.
func (o *oddities) keep(name string, data []byte) {
	if o.raw == nil {
		o.raw = map[string]json.RawMessage{}
	}
	o.raw[name] = bytes.Clone(data)
}

// hiding is a type whose values are not shown as they came, because they can hold a credential.
type hiding interface{ hides() }

func (Secret) hides()            {}
func (ApplicationConfig) hides() {}
func (GroupAttributes) hides()   {}

// hides reports that a type can hold a credential somewhere.
func hides(t reflect.Type) bool {
	if t.Implements(reflect.TypeFor[hiding]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return hides(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if hides(f.Type) {
				return true
			}
		}
	default: // it holds nothing else
	}
	return false
}

// in reads a part of the current value.
func (o *oddities) in(name string, v reflect.Value, data []byte) bool {
	o.at = append(o.at, name)
	ok := readValue(v, data, o)
	o.at = o.at[:len(o.at)-1]
	return ok
}

// readValue reads what it can of a value, and reports whether the value as a whole could be read.
func readValue(v reflect.Value, data []byte, o *oddities) bool {
	if string(data) == "null" {
		v.SetZero()
		return true
	}
	if f, ok := reflect.TypeAssert[forgiving](v.Addr()); ok {
		return f.readJSON(data, o)
	}
	if u, ok := reflect.TypeAssert[json.Unmarshaler](v.Addr()); ok {
		if u.UnmarshalJSON(data) != nil {
			v.SetZero()
			return o.lost()
		}
		return true
	}
	switch v.Kind() {
	case reflect.Pointer:
		return readPointer(v, data, o)
	case reflect.Struct:
		return readStruct(v, data, o)
	case reflect.Slice:
		return readSlice(v, data, o)
	case reflect.Map:
		return readMap(v, data, o)
	case reflect.String:
		return readText(v, data, o)
	default:
		return readScalar(v, data, o)
	}
}

func readPointer(v reflect.Value, data []byte, o *oddities) bool {
	to := reflect.New(v.Type().Elem())
	if !readValue(to.Elem(), data, o) {
		v.SetZero()
		return false
	}
	v.Set(to)
	return true
}

// readScalar reads a boolean or a number that has no type of this package.
func readScalar(v reflect.Value, data []byte, o *oddities) bool {
	if json.Unmarshal(data, v.Addr().Interface()) != nil {
		v.SetZero()
		return o.lost()
	}
	return true
}

// readText reads a text. A number can only mean its digits.
func readText(v reflect.Value, data []byte, o *oddities) bool {
	v.SetString("")
	switch c := data[0]; {
	case len(data) > maxText:
	case c == '"':
		return readScalar(v, data, o)
	case c == '-' || c >= '0' && c <= '9':
		v.SetString(string(data))
		return o.doubtful()
	}
	return o.lost()
}

func readSlice(v reflect.Value, data []byte, o *oddities) bool {
	v.SetZero()
	var parts []json.RawMessage
	if json.Unmarshal(data, &parts) != nil {
		return o.lost()
	}
	all := reflect.MakeSlice(v.Type(), 0, len(parts))
	name := ""
	if n := len(o.at); n > 0 {
		name = o.at[n-1]
		o.at[n-1] += "[]"
		defer func() { o.at[n-1] = name }()
	}
	for _, part := range parts {
		e := reflect.New(v.Type().Elem()).Elem()
		if readValue(e, part, o) && string(part) != "null" { // what cannot be read is left out, and noted
			all = reflect.Append(all, e)
		}
	}
	v.Set(all)
	return true
}

func readMap(v reflect.Value, data []byte, o *oddities) bool {
	v.SetZero()
	var parts map[string]json.RawMessage
	if json.Unmarshal(data, &parts) != nil {
		return o.lost()
	}
	all := reflect.MakeMapWithSize(v.Type(), len(parts))
	for _, name := range sortedKeys(parts) {
		e := reflect.New(v.Type().Elem()).Elem()
		if o.in(name, e, parts[name]) {
			all.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
		}
	}
	v.Set(all)
	return true
}

func readStruct(v reflect.Value, data []byte, o *oddities) bool {
	v.SetZero()
	var parts map[string]json.RawMessage
	if json.Unmarshal(data, &parts) != nil {
		return o.lost()
	}
	for _, f := range wireFields(v.Type()) {
		part, ok := member(parts, f.name)
		if !ok {
			continue
		}
		before := len(o.fields)
		o.in(f.name, v.FieldByIndex(f.index), part)
		if len(o.at) == 0 && len(o.fields) > before && !hides(v.Type().FieldByIndex(f.index).Type) {
			o.keep(f.name, part)
		}
		if f.identity && len(o.fields) > before { // a text that nobody may guess
			v.FieldByIndex(f.index).SetZero()
			o.fields[before].Lost = true
			if len(o.at) == 0 && f.owner {
				o.refuse = f.name
			}
		}
	}
	return true
}

// member finds a member of an object by its name, as encoding/json does: in this spelling, or else in any case.
func member(parts map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if part, ok := parts[name]; ok {
		return part, true
	}
	for _, n := range sortedKeys(parts) {
		if strings.EqualFold(n, name) {
			return parts[n], true
		}
	}
	return nil, false
}

// wireField is a field of a wire type.
type wireField struct {
	name     string
	index    []int
	identity bool // it says which object this is, or whose: an odd value is no id
	owner    bool // it says whose: without it objects of organizations could mix
}

var wireFieldCache sync.Map // reflect.Type to []wireField

// wireFields returns the fields of a struct by their JSON names, those of embedded structs among them. The tag identity
// marks those that say which object this is (id), or whose (owner).
func wireFields(t reflect.Type) []wireField {
	if known, ok := wireFieldCache.Load(t); ok {
		return known.([]wireField)
	}
	var all []wireField
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		tag := f.Tag.Get("identity")
		all = append(all, wireField{name, f.Index, tag != "", tag == "owner"})
	}
	wireFieldCache.Store(t, all)
	return all
}

// readRecord reads a record field by field. An error says why it cannot be used.
func readRecord[T any](data []byte) (*T, []OddField, error) {
	var o oddities
	v := new(T)
	switch ok := readValue(reflect.ValueOf(v).Elem(), data, &o); {
	case !ok:
		return v, nil, fmt.Errorf("expected an object, got %s", kindOfJSON(data))
	case o.refuse != "":
		return v, nil, fmt.Errorf("field %q: it must be a text: it says whose the record is", o.refuse)
	}
	if idOf(v) == "" {
		if _, has := any(v).(identified); has {
			return v, nil, errors.New("no id, without which the record cannot be used")
		}
	}
	if r, ok := any(v).(interface {
		setOdd([]OddField, map[string]json.RawMessage)
	}); ok {
		r.setOdd(o.fields, o.raw)
	}
	return v, o.fields, nil
}

// window keeps what was read of a stream since a place, so that a record can be read a second time. A decoder reads from it.
type window struct {
	r     io.Reader
	buf   []byte
	begin int64 // the place of the first byte of buf
	dead  int   // bytes of buf that nobody asks for any more
	next  int   // bytes of buf that the decoder has read
	err   error // what ended the stream
	quick *quick
}

const (
	// windowSize is how large a window may have become and serve the next answer.
	windowSize = 4 * maxRead
	// windowRead is how much is read at once.
	windowRead = maxRead / 2
)

var windows = sync.Pool{New: func() any { return &window{quick: new(quick)} }}

func newWindow(r io.Reader) *window {
	w := windows.Get().(*window) //nolint:forcetypeassert // the pool holds nothing else
	w.r = r
	return w
}

// release lets the next answer use the window. No value may hold on to what was between two places.
func (w *window) release() {
	if w != nil && cap(w.buf) <= windowSize {
		w.quick.begin(nil)
		*w = window{buf: w.buf[:0], quick: w.quick}
		windows.Put(w)
	}
}

// Read reads what comes next for the decoder.
func (w *window) Read(p []byte) (int, error) {
	if w.next == len(w.buf) && !w.more() {
		return 0, w.err
	}
	n := copy(p, w.buf[w.next:])
	w.next += n
	return n, nil
}

// more reads on, and reports whether the stream goes on.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	if w.dead > len(w.buf)/2 {
		w.buf = append(w.buf[:0], w.buf[w.dead:]...)
		w.begin += int64(w.dead)
		w.next -= w.dead
		w.dead = 0
	}
	w.buf = slices.Grow(w.buf, windowRead)
	n, err := w.r.Read(w.buf[len(w.buf) : len(w.buf)+windowRead])
	w.buf, w.err = w.buf[:len(w.buf)+n], err
	return n > 0 || err == nil
}

// forget drops what stands before a place.
func (w *window) forget(place int64) { w.dead = int(place - w.begin) }

// back lets the decoder read from a place on.
func (w *window) back(place int64) { w.next = int(place - w.begin) }

// rest returns what was read and not forgotten.
func (w *window) rest() []byte { return w.buf[w.dead:] }

// between returns the JSON value between two places, without what parts it from the one before.
func (w *window) between(begin, end int64) []byte {
	return bytes.TrimLeft(w.buf[begin-w.begin:end-w.begin], ", \t\r\n")
}
