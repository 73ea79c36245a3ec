package main

import (
	"bytes"
	"io"
	"strings"
	"text/tabwriter"
)

// table takes rows, with a tab after each cell but the last one.
type table struct{ bytes.Buffer }

// print prints the rows in columns, without blanks at the end of a line.
func (t *table) print(w io.Writer) error {
	var aligned strings.Builder
	columns := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	if _, err := t.WriteTo(columns); err != nil {
		return err
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for line := range strings.Lines(aligned.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
