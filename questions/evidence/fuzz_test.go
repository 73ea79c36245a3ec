package evidence_test

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzForms writes a report full of one text in every form, and reads the forms for programs again.
func FuzzForms(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := made(text[:min(len(text), 300)]) // longer ones only cost time
		for form := range forms {
			got := write(t, form, r)
			if !utf8.ValidString(got) || strings.ContainsFunc(got, dangerous) {
				t.Errorf("%s lets characters through: %q", form, got)
			}
		}
		rows := 0
		for _, a := range r.Answers {
			rows += max(1, len(a.Rows)+len(a.UnknownRows))
		}
		csv := csvRows(t, r)
		if len(csv) != rows {
			t.Errorf("CSV has %d rows, want %d", len(csv), rows)
		}
		for _, row := range csv {
			for column, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("%q is a formula in the column %s", cell, column)
				}
			}
		}
		if got := cases(t, write(t, "junit", r)); len(got) != len(r.Answers) {
			t.Errorf("JUnit has %d cases, want %d", len(got), len(r.Answers))
		}
		if log := sarifOf(t, r); len(log.Runs[0].Tool.Driver.Rules) != len(r.Answers) {
			t.Errorf("SARIF has %d rules, want %d", len(log.Runs[0].Tool.Driver.Rules), len(r.Answers))
		}
	})
}
