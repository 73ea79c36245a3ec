package main

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// rows writes the rows of a query to standard output: as a table, as CSV, or as JSON Lines.
type rows struct {
	out      io.Writer
	columns  []string
	terminal bool
	begun    bool // the head was written
	n        int  // rows that were written
	table    *tabwriter.Writer
	csv      *csv.Writer
}

// aligned is how many rows of a table are aligned together.
const aligned = 1000

// newRows begins the output of some rows. Close it.
func newRows(out io.Writer, form *choice, columns []string) *rows {
	r := &rows{out: out, columns: columns, terminal: isTerminal(out)}
	switch form.value {
	case "table":
		r.table = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	case "csv":
		r.csv = csv.NewWriter(out)
	}
	return r
}

// head begins a table or a CSV file, unless that was done.
func (r *rows) head() error {
	if r.begun {
		return nil
	}
	r.begun = true
	names := make([]any, len(r.columns))
	for i, c := range r.columns {
		names[i] = c
	}
	if r.table == nil && r.csv == nil {
		return nil
	}
	return r.write(names)
}

// write adds a row.
func (r *rows) write(values []any) error {
	if err := r.head(); err != nil {
		return err
	}
	switch {
	case r.table != nil:
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(valueText(v))
		}
		_, err := fmt.Fprintln(r.table, strings.Join(cells, "\t"))
		if r.n++; r.n%aligned == 0 { // all of them might not fit into memory
			err = errors.Join(err, r.table.Flush())
		}
		return err
	case r.csv != nil:
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = valueText(v)
			if _, text := v.(string); text {
				cells[i] = defused(cells[i])
			}
			if r.terminal {
				cells[i] = clean(cells[i])
			}
		}
		if len(cells) == 1 && cells[0] == "" { // an empty line would be no row to those who read it
			r.csv.Flush()
			_, err := fmt.Fprintln(r.out, `""`)
			return errors.Join(r.csv.Error(), err)
		}
		return r.csv.Write(cells)
	}
	line, err := jsonObject(r.columns, values)
	if err != nil {
		return err
	}
	return printLine(r.out, json.RawMessage(line))
}

// close ends the output; without rows it is a head alone.
func (r *rows) close() error { return errors.Join(r.head(), r.cut()) }

// cut ends the output after an error: what was held back is written, and no more.
func (r *rows) cut() error {
	switch {
	case r.table != nil:
		return r.table.Flush()
	case r.csv != nil:
		r.csv.Flush()
		return r.csv.Error()
	}
	return nil
}

// jsonObject writes a row as a JSON object, in the order of the columns.
func jsonObject(columns []string, values []any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range values {
		switch x := v.(type) {
		case []byte:
			v = valueText(x)
		case float64:
			if math.IsInf(x, 0) { // which JSON cannot say
				v = valueText(x)
			}
		}
		name, err := encode(columns[i])
		if err != nil {
			return nil, err
		}
		value, err := encode(v)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// valueText is a value as text; null is empty.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return evidence.Text(v)
	case []byte:
		return hex.EncodeToString(v)
	}
	return fmt.Sprint(v)
}

// defused makes text of what a spreadsheet would take for a formula.
func defused(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
