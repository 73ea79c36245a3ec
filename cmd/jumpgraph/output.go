package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// outputHelp says in the help of a command what its output looks like.
const outputHelp = `With --format json, a single record is one indented JSON object, and a list is JSON Lines: one object per line. The table
shows some fields only, without control characters; missing values are a dash.`

// records writes records to standard output: as a table, as JSON Lines, or, when there is only one, as indented JSON.
type records struct {
	out    io.Writer
	paths  []string // of the fields that are the columns of the table, with dots between names
	fields []string // all that is shown; empty means everything in JSON, and the columns in a table
	single bool
	table  *table // nil for JSON
}

// newRecords begins the output of some records. The caller closes it.
func newRecords(out io.Writer, form *choice, columns, fields []string, single bool) *records {
	r := &records{out: out, paths: columns, fields: fields, single: single}
	if len(fields) > 0 {
		r.paths = fields
	}
	if form.value == "table" {
		r.table = newTable(out, r.paths)
	}
	return r
}

// write adds a record.
func (r *records) write(v any) error {
	data, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	if r.table != nil {
		return r.row(data)
	}
	if data, err = pick(data, r.fields); err != nil {
		return err
	}
	if r.single {
		return printIndented(r.out, json.RawMessage(data))
	}
	return printLine(r.out, json.RawMessage(data))
}

// row adds a record to the table.
func (r *records) row(data []byte) error {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		return err
	}
	values := make([]any, len(r.paths))
	for i, path := range r.paths {
		values[i] = at(o, path)
	}
	return r.table.row(values)
}

// close ends the output.
func (r *records) close() error {
	if r.table == nil {
		return nil
	}
	return r.table.close()
}

// cut ends the output after an error: it only writes what was held back.
func (r *records) cut() error {
	if r.table == nil {
		return nil
	}
	return r.table.flush()
}

// writeList writes some records, or a single one, and ends the output.
func writeList[T any](out *records, list ...T) error {
	for _, v := range list {
		if err := out.write(v); err != nil {
			return err
		}
	}
	return out.close()
}

// writeAll writes a list that is still being read, or its first records where there is a limit. An error does not lose the
// records before it.
func writeAll[T any](out *records, most limit, list iter.Seq2[T, error]) error {
	var n limit
	for v, err := range list {
		if err != nil {
			return errors.Join(out.cut(), err)
		}
		if err := out.write(v); err != nil {
			return err
		}
		if n++; n == most {
			break
		}
	}
	return out.close()
}

// pick keeps only some fields of an object; all of them when none are named.
func pick(data []byte, fields []string) ([]byte, error) {
	if len(fields) == 0 {
		return data, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	for name := range all {
		if !slices.Contains(fields, name) {
			delete(all, name)
		}
	}
	return jsontext.Marshal(all)
}

// at finds a value by its path; nil when it is not there. Answers name the id of a record _id, or id, or both.
func at(o map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	v, ok := o[name]
	switch {
	case !ok && path == "_id":
		return o["id"]
	case !ok && path == "id":
		return o["_id"]
	case !deeper:
		return v
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return at(inner, rest)
}
