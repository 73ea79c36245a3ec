package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// decodePage reads a page from the stream, record by record. The pages of all lists are read here. A list of API v1 is
// an object with results and totalCount, one of v2 a bare array, or for some routes such an object, too. A record that cannot be read is reported and the rest
// is read; an error means that the answer as a whole cannot be read.
// JumpCloud: the results of a command come as an array, and as others do, in an object.
func decodePage[T any](c *Client, in io.Reader, r *route, p *Page[T], report func(*DecodeError)) error {
	o, err := openAnswer(in, cmp.Or(p.Limit, assumedRecords))
	defer o.seen.release()
	d := &pageDecoder[T]{opening: o, names: c.names, route: r, page: p, report: report}
	switch {
	case err != nil:
	case o.first == '{' && (!r.array() || r.bare):
		err = d.envelope()
	case o.first == '[' && r.array():
		if _, err = d.Token(); err == nil {
			err = d.records()
		}
	case !r.array():
		err = fmt.Errorf("expected an object with results, got %s", kindOf(o.first))
	default:
		err = fmt.Errorf("expected an array, got %s", kindOf(o.first))
	}
	if err == nil {
		err = atEnd(d.Decoder)
	}
	if p.Total == 0 && errors.Is(err, onlyNull) {
		return nil // both say that there is none
	}
	if err != nil {
		p.Items = nil // they are no answer, and take memory
		return wrongAnswer(r, err)
	}
	return nil
}

type pageDecoder[T any] struct {
	opening

	names  bool // those of unknown fields are wanted
	route  *route
	page   *Page[T]
	report func(*DecodeError)
}

// envelope reads {"results": [...], "totalCount": n}, in any order and with other keys between.
func (d *pageDecoder[T]) envelope() error {
	if _, err := d.Token(); err != nil {
		return err
	}
	seen, null := false, false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "results":
			seen = true
			null, err = d.results()
		case "totalCount":
			err = d.total()
		default:
			err = d.Decode(&Secret{})
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if !seen {
		return errors.New("an object without results where a list is expected")
	}
	if null {
		return onlyNull
	}
	return nil
}

// results reads the array, or the null that may stand for an empty one.
func (d *pageDecoder[T]) results() (null bool, err error) {
	open, err := d.Token()
	switch {
	case err != nil:
		return false, err
	case open == nil:
		return true, nil
	case open != json.Delim('['):
		return false, errors.New("results is not an array")
	}
	return false, d.records()
}

func (d *pageDecoder[T]) total() error {
	var n Int
	if err := d.Decode(&n); err != nil {
		return fmt.Errorf("totalCount: %w", err)
	}
	if n.OK && n.V >= 0 {
		d.page.Total = int(n.V)
	}
	return nil
}

// records reads the elements of the array, whose bracket was read, up to and with its end.
func (d *pageDecoder[T]) records() error {
	for {
		if err := d.ordinary(); err != nil {
			return err
		}
		if !d.More() {
			break
		}
		if d.page.Received >= d.in.most() {
			return fmt.Errorf("%w %d records, of which %d were asked for", errLarge, d.in.most(), d.in.records)
		}
		d.in.begin()
		v, err := readElement[T](&d.opening, d.names)
		switch {
		case isBroken(err):
			return err
		case err != nil:
			d.report(badRecord(d.route, d.page.Received, v, err))
		case v != nil:
			d.page.Items = append(d.page.Items, v)
		}
		d.page.Received++
	}
	_, err := d.Token()
	return err
}

// readElement reads one record from the stream. A null record gives nil. A record that holds an odd value is read a second
// time, field by field; see [OddField].
func readElement[T any](o *opening, names bool) (*T, error) {
	begin, before := o.place(), oddSeen.Load()
	o.seen.forget(begin)
	var v *T
	err := o.Decode(&v)
	switch {
	case isBroken(err):
		return v, err
	case err == nil && v == nil:
		return nil, nil //nolint:nilnil // null
	case err != nil || oddSeen.Load() != before || o.place()-begin > maxText:
		v, _, err = readRecord[T](o.seen.between(begin, o.place()))
	}
	if r, ok := any(v).(interface{ setUnknown([]string) }); ok && names {
		r.setUnknown(unknownFields(o.seen.between(begin, o.place()), knownFields(reflect.TypeFor[T]())))
	}
	return v, err
}

// unknownFields returns the names in a JSON object that are not known, sorted.
func unknownFields(raw json.RawMessage, known map[string]bool) []string {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var unknown []string
	for name := range all {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

var knownCache sync.Map // reflect.Type to map[string]bool

// knownFields returns the JSON names of a struct's fields.
func knownFields(t reflect.Type) map[string]bool {
	if known, ok := knownCache.Load(t); ok {
		return known.(map[string]bool)
	}
	known := map[string]bool{}
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			known[name] = true
		}
	}
	knownCache.Store(t, known)
	return known
}

// get reads one object by its id, or by the ids of its parents and its own.
func get[T any](ctx context.Context, c *Client, r *route, ids ...string) (*T, error) {
	var v *T
	err := c.do(ctx, call{route: r, params: ids, decode: func(in io.Reader, _ http.Header) (err error) {
		v, err = decodeObject[T](c, in, r)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// decodeObject reads an answer that is one object.
func decodeObject[T any](c *Client, in io.Reader, r *route) (*T, error) {
	o, err := openObject(in)
	if err != nil {
		return nil, wrongAnswer(r, err)
	}
	v, err := readElement[T](&o, c.names)
	if err == nil {
		err = atEnd(o.Decoder)
	}
	if isBroken(err) {
		return nil, wrongAnswer(r, err)
	}
	if err != nil {
		return nil, badRecord(r, -1, v, err)
	}
	return v, nil
}

// atEnd refuses anything after the answer.
func atEnd(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return cmp.Or(err, errors.New("more than one JSON value"))
	}
	return nil
}

// wrongAnswer says that an answer as a whole cannot be read. Where it ends before its JSON does, it was cut off.
func wrongAnswer(r *route, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &DecodeError{Route: r.name(), Index: -1, Err: err}
}

// badRecord names a record that cannot be read, by its id where that could be read.
func badRecord[T any](r *route, index int, v *T, err error) *DecodeError {
	e := &DecodeError{Route: r.name(), Index: index, Err: plain(err)}
	if i, ok := any(v).(identified); ok && v != nil {
		e.ID = i.recordID()
	}
	return e
}

// plain says in our words what encoding/json found, without the value, which may be personal.
func plain(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(t.Value, " ") // "number 5" shows the value
		return fmt.Errorf("field %q: unexpected %s", t.Field, kind)
	}
	return err
}

// isBroken reports that the stream itself is broken, so that nothing after it can be read.
func isBroken(err error) bool {
	_, malformed := errors.AsType[*json.SyntaxError](err)
	return malformed || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errRead) ||
		errors.Is(err, errLarge)
}

// errRead marks an error of the reader below the decoder.
var errRead = errors.New("read")

func kindOf(first byte) string {
	switch first {
	case '<':
		return "HTML"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "something else"
}
