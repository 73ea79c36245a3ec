package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/jumpgraph/jumpgraph/questions"
)

// ready refuses a report that no form can be made of. The form is named in the error.
func (r *Report) ready(w io.Writer, form string) error {
	if r == nil || w == nil {
		return fmt.Errorf("evidence: %s needs a report and a writer", form)
	}
	for _, a := range r.Answers {
		switch {
		case a == nil || a.Question == nil:
			return fmt.Errorf("evidence: %s: an answer of the report has no question: make reports with Ask", form)
		case !slices.Contains(statuses, a.Status):
			return fmt.Errorf("evidence: %s: the answer to %s has no status: make reports with Ask", form, a.Question.ID)
		}
	}
	return nil
}

// oneLine returns a text on one line, without characters that control a terminal or change the direction of the text around
// them. Bytes that are no text become U+FFFD.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// oneLines joins texts, each as [oneLine] has it.
func oneLines(list []string, by string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = oneLine(s)
	}
	return strings.Join(all, by)
}

// sentence says the answer in words that need no title beside them, without a full stop.
func (a *Answer) sentence() string {
	title, summary := oneLine(a.Question.Title), oneLine(a.Summary)
	switch {
	case summary == "":
		return title
	case a.Question.Finding == "" || a.withheld():
		return title + ": " + summary
	}
	return summary
}

// controls names the controls that the answer may serve.
func (a *Answer) controls() string { return oneLines(a.Question.Evidence, "; ") }

// rowKind is what a row is, in the forms that have a line for each row.
type rowKind string

const (
	rowFinding rowKind = "finding"
	rowUnknown rowKind = "unknown"
	rowFact    rowKind = "fact"
	rowNone    rowKind = "none" // of the line of an answer without rows
)

// kindOfRows says what the rows of the answer are. Those of an unknown answer may be findings: nobody knows which.
func (a *Answer) kindOfRows() rowKind {
	switch {
	case a.Question.Rows != questions.Bad:
		return rowFact
	case a.Status == Unknown:
		return rowUnknown
	default:
		return rowFinding
	}
}

// found is a row of an answer with what is said about it.
type found struct {
	kind rowKind
	row  map[string]any
	// why says why the row is unknown.
	why string
}

// everyRow returns the rows of the answer, then the unknown ones.
func (a *Answer) everyRow() []found {
	all := make([]found, 0, len(a.Rows)+len(a.UnknownRows))
	kind, why := a.kindOfRows(), ""
	if kind == rowUnknown {
		why = oneLines(a.Reasons, "; ")
	}
	for _, row := range a.Rows {
		all = append(all, found{kind, row, why})
	}
	for _, row := range a.UnknownRows {
		all = append(all, found{rowUnknown, row, cellText(row, unknownColumn)})
	}
	return all
}

// cellText is a value of a row as text on one line.
func cellText(row map[string]any, column string) string { return oneLine(Text(row[column])) }

// idColumns are the columns that name the object for programs.
var idColumns = []string{"key", "organization"}

// nameColumns are the columns that name an object for people, the best first.
var nameColumns = []string{"name", "displayName", "username", "email"}

// nameOf is the name by which people know the object of a row; its key where it has none.
func (a *Answer) nameOf(row map[string]any) string {
	for _, c := range append(slices.Clone(nameColumns), a.shown()...) {
		if name := cellText(row, c); name != "" {
			return name
		}
	}
	return ""
}

// details are the values of a row with the names of their columns, in the order in which people read them. Columns without
// a value are left out, as are those that are given.
func (a *Answer) details(row map[string]any, without ...string) string {
	var all []string
	for _, c := range a.shown() {
		if text := cellText(row, c); text != "" && !slices.Contains(without, c) {
			all = append(all, oneLine(c)+"="+text)
		}
	}
	return strings.Join(all, "; ")
}
