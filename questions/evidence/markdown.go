package evidence

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/markdown"
)

// statuses are all statuses. First are those that somebody must look at.
var statuses = []Status{Fail, Unknown, Pass, Informative}

// Markdown writes the report as Markdown, with at most maxRows rows of each answer, or all of them when that is zero or
// less. Data is escaped, so that it cannot become headings, tables or HTML.
func (r *Report) Markdown(w io.Writer, maxRows int) error {
	if r == nil || w == nil {
		return errors.New("evidence: Markdown needs a report and a writer")
	}
	if slices.ContainsFunc(r.Answers, func(a *Answer) bool { return a == nil || a.Question == nil }) {
		return errors.New("evidence: an answer of the report has no question: make reports with Ask")
	}
	p := &page{w: w}
	p.line("# Evidence\n")
	p.table([]string{"", ""}, [][]string{
		{"Organizations", r.scopes()},
		{"Collected", timeText(r.Run.StartedAt) + " to " + timeText(r.Run.FinishedAt)},
		{"Run", strings.TrimSpace(string(r.Run.Status) + " " + r.Run.Reason)},
		{"Tool", r.Run.Tool.Name + " " + r.Run.Tool.Version + ", data model " + r.Run.ModelVersion},
	})
	for _, f := range r.Files {
		p.line("- %s: %d bytes, SHA-256 `%s`", plain(f.Name), f.Bytes, f.SHA256)
	}
	p.line("")
	p.table([]string{"Answer", "Question", "", "Rows"}, r.overview())
	for _, a := range r.Answers {
		p.answer(a, maxRows)
	}
	return p.err
}

// overview returns a row for each answer, sorted by status.
func (r *Report) overview() [][]string {
	var rows [][]string
	for _, s := range statuses {
		for _, a := range r.Answers {
			if a.Status == s {
				rows = append(rows, []string{strings.ToUpper(string(s)), a.Question.ID, a.Question.Title, strconv.Itoa(len(a.Rows))})
			}
		}
	}
	return rows
}

// scopes names the organizations.
func (r *Report) scopes() string {
	names := make([]string, len(r.Organizations))
	for i, o := range r.Organizations {
		names[i] = strings.TrimSpace(o.Name + " (" + o.ID + ")")
	}
	return strings.Join(names, ", ")
}

// page writes Markdown and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table writes a table, and nothing without rows.
func (p *page) table(head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	p.line("| %s |", strings.Join(plainAll(head), " | "))
	p.line("|%s", strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		p.line("| %s |", strings.Join(plainAll(row), " | "))
	}
	p.line("")
}

func (p *page) answer(a *Answer, maxRows int) {
	q := a.Question
	p.line("## %s: %s\n", strings.ToUpper(string(a.Status)), plain(q.Title))
	p.line("%s A row is %s.\n", plain(q.Description), q.Rows)
	for _, reason := range a.Reasons {
		p.line("- %s", plain(reason))
	}
	if len(a.Reasons) > 0 {
		p.line("")
	}
	p.rows(a.shown(), a.Rows, maxRows)
	if len(a.UnknownRows) > 0 {
		p.line("Unknown:\n")
		p.rows(append(a.shown(), unknownColumn), a.UnknownRows, maxRows)
	}
	if len(q.Evidence) > 0 {
		p.line("May serve: %s.\n", plain(strings.Join(q.Evidence, "; ")))
	}
	p.sources(a.Sources)
	var values []string
	for _, name := range slices.Sorted(maps.Keys(a.Parameters)) {
		values = append(values, name+" = "+Text(a.Parameters[name]))
	}
	p.line("Question `%s`, SQL with the SHA-256 `%s`%s.\n", q.ID, a.SQLSHA256, plain(strings.Join(append([]string{""}, values...), ", ")))
}

func (p *page) sources(list []Source) {
	var rows [][]string
	for _, s := range list {
		read := strconv.FormatInt(s.Received, 10)
		if s.Expected != nil {
			read += fmt.Sprintf(" of %d", *s.Expected)
		}
		rows = append(rows, []string{s.Collection, s.Organization, s.Endpoint, string(s.Status), read, s.Proof, timeText(s.FinishedAt)})
	}
	p.table([]string{"Source", "Organization", "Endpoint", "Status", "Read", "Proof", "Ended"}, rows)
}

// rows writes the first rows of an answer; all of them when most is zero or less.
func (p *page) rows(columns []string, rows []map[string]any, most int) {
	if most <= 0 || most > len(rows) {
		most = len(rows)
	}
	var cells [][]string
	for _, row := range rows[:most] {
		line := make([]string, len(columns))
		for i, c := range columns {
			line[i] = Text(row[c])
		}
		cells = append(cells, line)
	}
	p.table(columns, cells)
	if n := len(rows) - most; n > 0 {
		p.line("... and %d more rows.\n", n)
	}
}

// Text is a value of a row as text; null is empty.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', 0, 64)
		}
	}
	return fmt.Sprint(v)
}

func timeText(t jumpgraph.Timestamp) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func plainAll(list []string) []string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = plain(s)
	}
	return all
}

// plain is a text as Markdown, on one line.
func plain(s string) string { return markdown.Text(s) }
