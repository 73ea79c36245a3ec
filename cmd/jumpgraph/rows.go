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

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/spreadsheet"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// rows writes the rows of a query to standard output.
type rows interface {
	// write adds a row.
	write(values []any) error
	// close ends the output. A table or a CSV file has its head even without rows.
	close() error
	// cut ends the output after an error: it only writes what was held back.
	cut() error
}

// newRows begins the output of some rows. The caller closes it.
func newRows(out io.Writer, form *choice, columns []string) rows {
	switch form.value {
	case "table":
		return &tableRows{table: newTable(out, columns)}
	case "csv":
		return &csvRows{out: out, csv: csv.NewWriter(out), columns: columns, terminal: isTerminal(out)}
	}
	return &jsonRows{out: out, columns: columns}
}

// aligned is how many lines of a table are aligned together: all of them might not fit into memory.
const aligned = 1000

// tableRows writes rows as a table.
type tableRows struct {
	*table

	n int // rows that were written
}

func (r *tableRows) write(values []any) error {
	texts := make([]any, len(values))
	for i, v := range values {
		texts[i] = valueText(v)
	}
	err := r.row(texts)
	if r.n++; (r.n+1)%aligned == 0 { // the head is a line, too
		err = errors.Join(err, r.flush())
	}
	return err
}

func (r *tableRows) cut() error { return r.flush() }

// csvRows writes rows as CSV, below the names of the columns.
type csvRows struct {
	out      io.Writer
	csv      *csv.Writer
	columns  []string
	terminal bool // the output is a terminal, which gets no control characters
	begun    bool // the names were written
}

func (r *csvRows) write(values []any) error {
	if err := r.head(); err != nil {
		return err
	}
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = r.shown(valueText(v))
		if _, text := v.(string); text {
			cells[i] = spreadsheet.NoFormula(cells[i])
		}
	}
	return r.line(cells)
}

// head writes the names of the columns, unless that was done.
func (r *csvRows) head() error {
	if r.begun {
		return nil
	}
	r.begun = true
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = spreadsheet.NoFormula(r.shown(c))
	}
	return r.line(names)
}

// shown returns a text as the output may have it. A formula may hide behind a control character, so this comes before [spreadsheet.NoFormula].
func (r *csvRows) shown(text string) string {
	if r.terminal {
		return clean(text)
	}
	return text
}

func (r *csvRows) line(cells []string) error {
	if len(cells) == 1 && cells[0] == "" { // programs that read CSV skip an empty line
		r.csv.Flush()
		_, err := fmt.Fprintln(r.out, `""`)
		return errors.Join(r.csv.Error(), err)
	}
	return r.csv.Write(cells)
}

func (r *csvRows) close() error { return errors.Join(r.head(), r.cut()) }

func (r *csvRows) cut() error {
	r.csv.Flush()
	return r.csv.Error()
}

// jsonRows writes rows as JSON Lines.
type jsonRows struct {
	out     io.Writer
	columns []string
}

func (r *jsonRows) write(values []any) error {
	object, err := jsonObject(r.columns, values)
	if err != nil {
		return err
	}
	return printLine(r.out, json.RawMessage(object))
}

func (*jsonRows) close() error { return nil }

func (*jsonRows) cut() error { return nil }

// jsonObject makes a JSON object of a row, in the order of the columns.
func jsonObject(columns []string, values []any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range values {
		name, err := jsontext.Marshal(columns[i])
		if err != nil {
			return nil, err
		}
		value, err := jsontext.Marshal(jsonValue(v))
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

// jsonValue is a value as JSON can hold it.
func jsonValue(v any) any {
	switch x := v.(type) {
	case []byte:
		return valueText(x)
	case float64:
		if math.IsInf(x, 0) {
			return valueText(x)
		}
	}
	return v
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
