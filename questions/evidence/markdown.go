package evidence

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/markdown"
	"github.com/jumpgraph/jumpgraph/questions"
)

// statuses are all statuses. First are those that somebody must look at.
var statuses = []Status{Fail, Unknown, Pass, Informative}

// Markdown writes the report as Markdown, with at most maxRows rows of each answer, or all of them when that is zero or
// less. First come the counts, by status and by the parts of the standards, then the answers: failed, unknown, passed and
// informative, the most severe first. Data is escaped, so that it cannot become headings, tables or HTML.
func (r *Report) Markdown(w io.Writer, maxRows int) error {
	if err := r.ready(w, "Markdown"); err != nil {
		return err
	}
	p := &page{w: w}
	p.line("# Evidence\n")
	about := [][]string{
		{"Organizations", r.scopes()},
		{"Collected", timeText(r.Run.StartedAt) + " to " + timeText(r.Run.FinishedAt)},
		{"Run", strings.TrimSpace(string(r.Run.Status) + " " + r.Run.Reason)},
		{"Tool", r.Run.Tool.Name + " " + r.Run.Tool.Version + ", data model " + r.Run.ModelVersion},
		{"Answers", strings.Join(r.counted(), ", ")},
	}
	if unread := r.unread(); len(unread) > 0 {
		about = append(about, []string{"Not read", strings.Join(unread, ", ")})
	}
	if omitted := r.omitted(); len(omitted) > 0 {
		about = append(about, []string{"Not asked", strings.Join(omitted, "; ")})
	}
	p.table([]string{"", ""}, about)
	for _, f := range r.Files {
		p.line("- %s: %d bytes, SHA-256 `%s`", plain(f.Name), f.Bytes, f.SHA256)
	}
	p.line("")
	p.table([]string{"Controls", "Failed", "Unknown", "Passed", "Informative"}, r.familyRows())
	all := r.sorted()
	p.table([]string{"Answer", "Severity", "Question", "Summary"}, overview(all))
	for _, a := range all {
		p.answer(a, maxRows)
	}
	if p.err != nil {
		return fmt.Errorf("evidence: write Markdown: %w", p.err)
	}
	return nil
}

// sorted returns the answers by status, those first that somebody must look at, and then by severity.
func (r *Report) sorted() []*Answer {
	var all []*Answer
	for _, s := range statuses {
		all = append(all, r.Worst(s)...)
	}
	return all
}

// counted says how many answers have each status, in words.
func (r *Report) counted() []string {
	words := map[Status]string{Fail: "failed", Unknown: "unknown", Pass: "passed", Informative: "informative"}
	var all []string
	for _, s := range statuses {
		all = append(all, fmt.Sprintf("%d %s", len(r.Worst(s)), words[s]))
	}
	return all
}

// familyRows counts the answers by the parts of the standards that they may serve.
func (r *Report) familyRows() [][]string {
	var rows [][]string
	for _, f := range r.Families() {
		row := []string{f.Name}
		for _, s := range statuses {
			row = append(row, strconv.Itoa(f.Counts[s]))
		}
		rows = append(rows, row)
	}
	return rows
}

// overview returns a row for each answer.
func overview(list []*Answer) [][]string {
	var rows [][]string
	for _, a := range list {
		q := a.Question
		rows = append(rows, []string{strings.ToUpper(string(a.Status)), string(q.Severity), q.ID, a.sentence()})
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
	if a.Summary != "" {
		p.line("**%s.**%s\n", plain(a.Summary), severityText(q))
	}
	p.line("%s A row is %s.\n", plain(q.Description), plain(string(q.Rows)))
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
	p.line("Question `%s`, SQL with the SHA-256 `%s`%s.\n", strings.ReplaceAll(oneLine(q.ID), "`", "'"), a.SQLSHA256, plain(strings.Join(append([]string{""}, values...), ", ")))
}

// severityText names the severity of a question that has one.
func severityText(q *questions.Question) string {
	if q.Severity == "" {
		return ""
	}
	return " Severity: " + plain(string(q.Severity)) + "."
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
