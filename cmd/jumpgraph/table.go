package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table prints rows in columns below a head, each cell on one line and without control characters. It holds rows back until
// they are flushed, so that it can align the columns.
type table struct {
	out     *tabwriter.Writer
	columns []string
	begun   bool // the head was printed
}

// newTable begins a table. The caller closes it.
func newTable(out io.Writer, columns []string) *table {
	return &table{out: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), columns: columns}
}

// row prints a row.
func (t *table) row(values []any) error {
	if err := t.head(); err != nil {
		return err
	}
	return line(t.out, values)
}

// head prints the head, unless that was done.
func (t *table) head() error {
	if t.begun {
		return nil
	}
	t.begun = true
	return line(t.out, t.columns)
}

// line prints values with tabs between them; the tabwriter aligns them there.
func line[T any](w io.Writer, values []T) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = cell(v)
	}
	_, err := fmt.Fprintln(w, strings.Join(cells, "\t"))
	return err
}

// flush prints what was held back.
func (t *table) flush() error { return t.out.Flush() }

// close ends the table; one without rows is a head alone.
func (t *table) close() error { return errors.Join(t.head(), t.flush()) }
