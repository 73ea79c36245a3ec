package evidence

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/jumpgraph/jumpgraph/internal/spreadsheet"
)

// csvHead are the columns of the CSV form. Their names and their order are stable; new ones come last.
var csvHead = []string{
	"question", "title", "status", "severity", "controls", "summary", "row", "name", "details", "reason", "organization", "key",
}

// CSV writes the report as a table for a spreadsheet: below the names of the columns a line for each row of each answer, and
// one for an answer without rows. The column row says what the row is: finding, unknown, fact, or none where there is no row.
// The reason says why a row, or an answer without rows, is unknown.
//
// Texts are on one line, without control characters; one that a spreadsheet would take for a formula begins with an
// apostrophe. The JSON form has the values as they are.
func (r *Report) CSV(w io.Writer) error {
	if err := r.ready(w, "CSV"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(csvHead); err != nil {
		return fmt.Errorf("evidence: write CSV: %w", err)
	}
	for _, a := range r.Answers {
		if err := a.csv(out); err != nil {
			return fmt.Errorf("evidence: write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("evidence: write CSV: %w", err)
	}
	return nil
}

// csv writes the lines of an answer.
func (a *Answer) csv(out *csv.Writer) error {
	rows := a.everyRow()
	if len(rows) == 0 {
		rows = []found{{kind: rowNone, why: oneLines(a.Reasons, "; ")}}
	}
	q := a.Question
	for _, f := range rows {
		cells := []string{
			oneLine(q.ID), oneLine(q.Title), string(a.Status), string(q.Severity), a.controls(), oneLine(a.Summary), string(f.kind),
			"", "", f.why, cellText(f.row, "organization"), cellText(f.row, "key"),
		}
		if f.row != nil {
			cells[7], cells[8] = a.nameOf(f.row), a.details(f.row, idColumns...)
		}
		for i, c := range cells {
			cells[i] = spreadsheet.NoFormula(c)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return nil
}
