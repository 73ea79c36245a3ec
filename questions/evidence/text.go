package evidence

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// TextOptions says how much of a report is shown on a terminal. The zero value shows everything on lines of any length.
type TextOptions struct {
	// Rows is how many rows of an answer are shown at most; all when it is zero or less.
	Rows int
	// Width is how many characters fit on a line, at least 20. Longer sentences go on in the next line, longer rows of data
	// end with "…". Zero or less: as many as there are.
	Width int
	// AllRows says how a reader gets to see all rows, such as "--rows 0 shows all". It stands wherever rows are left out; empty
	// says nothing.
	AllRows string
}

// fewAnswers is up to how many answers a report also shows rows that are no findings.
const fewAnswers = 3

// Text writes the report for a terminal, without colours: first a summary with counts by the parts of the standards, then
// what failed, the most severe first, then what is unknown and why. What passed or is informative has one line each, with
// its rows only when at most three questions were asked.
//
// Control characters are removed from data. Names come before ids, which are what is cut first.
func (r *Report) Text(w io.Writer, o TextOptions) error {
	if err := r.ready(w, "Text"); err != nil {
		return err
	}
	if o.Width > 0 {
		o.Width = max(o.Width, 20)
	}
	out := bufio.NewWriter(w)
	t := &terminal{page: page{w: out}, TextOptions: o, few: len(r.Answers) <= fewAnswers, one: len(r.Organizations) == 1}
	t.summary(r)
	t.families(r.Families())
	t.section("FAILED", r.Worst(Fail), t.full)
	t.section("UNKNOWN", r.Worst(Unknown), t.full)
	t.section("PASSED", r.Worst(Pass), t.short)
	t.section("INFORMATIVE", r.Worst(Informative), t.short)
	if t.err == nil {
		t.err = out.Flush()
	}
	if t.err != nil {
		return fmt.Errorf("evidence: write text: %w", t.err)
	}
	return nil
}

// terminal writes lines of a width.
type terminal struct {
	page
	TextOptions

	few bool // rows that are no findings are shown, too
	one bool // all rows are of one organization, which the summary names
}

// summary says what the report is about, and counts the answers.
func (t *terminal) summary(r *Report) {
	for i, o := range r.Organizations {
		before := "Organizations: "
		if i > 0 {
			before = strings.Repeat(" ", len(before))
		}
		if t.one {
			before = "Organization: "
		}
		t.wrap(before, o.Name+" ("+o.ID+")")
	}
	t.wrap("Collected: ", timeText(r.Run.StartedAt)+" to "+timeText(r.Run.FinishedAt))
	t.wrap("Run: ", string(r.Run.Status)+" "+r.Run.Reason)
	if unread := r.unread(); len(unread) > 0 {
		t.wrap("Not read: ", strings.Join(unread, ", "))
	}
	t.wrap("Questions: ", strings.Join(r.counted(), ", "))
	if omitted := r.omitted(); len(omitted) > 0 {
		t.wrap("Not asked: ", strings.Join(omitted, "; "))
	}
}

// families counts the answers by the parts of the standards, by their short names where the long ones do not fit.
func (t *terminal) families(list []Family) {
	list = slices.DeleteFunc(list, func(f Family) bool { return f.Counts[Fail]+f.Counts[Unknown]+f.Counts[Pass] == 0 })
	if len(list) == 0 {
		return
	}
	const counts = "  failed  unknown  passed"
	widest := 0
	for _, f := range list {
		widest = max(widest, widthOf(oneLine(f.Name)))
	}
	rows := [][]string{{"Controls", "failed", "unknown", "passed"}}
	for _, f := range list {
		name := f.Name
		if t.Width > 0 && widest+len(counts) > t.Width {
			name = f.Short
		}
		row := []string{oneLine(name)}
		for _, s := range []Status{Fail, Unknown, Pass} {
			row = append(row, strconv.Itoa(f.Counts[s]))
		}
		rows = append(rows, row)
	}
	t.line("")
	t.columns("", rows, 1)
}

// section writes a heading and the answers below it; nothing without answers.
func (t *terminal) section(heading string, list []*Answer, write func(*Answer)) {
	if len(list) == 0 {
		return
	}
	t.line("\n%s: %d", heading, len(list))
	for _, a := range list {
		write(a)
	}
}

// full writes an answer that somebody must look at.
func (t *terminal) full(a *Answer) {
	t.line("")
	sentence := a.sentence()
	if a.Question.Severity != "" {
		sentence = string(a.Question.Severity) + ": " + sentence
	}
	t.wrapTo("", "  ", sentence)
	t.wrap("  ", oneLine(a.Question.ID))
	if controls := a.controls(); controls != "" {
		t.wrap("  ", controls)
	}
	for _, reason := range a.Reasons {
		if !strings.HasSuffix(a.Summary, reason) { // it is the sentence already
			t.wrap("  - ", reason)
		}
	}
	if a.kindOfRows() != rowFact || t.few {
		t.rows(a, "", a.Rows)
	}
	t.rows(a, "Unknown:", a.UnknownRows)
}

// short writes an answer on a line.
func (t *terminal) short(a *Answer) {
	t.wrapTo("  ", "    ", oneLine(a.Question.ID)+": "+a.sentence())
	if t.few {
		t.rows(a, "", a.Rows)
	}
}

// rows writes the first rows of an answer, in columns, below a title.
func (t *terminal) rows(a *Answer, title string, rows []map[string]any) {
	if len(rows) == 0 {
		return
	}
	shown := rows
	if t.Rows > 0 && len(rows) > t.Rows {
		shown = rows[:t.Rows]
	}
	if title != "" {
		t.line("  %s", title)
	}
	columns := slices.DeleteFunc(a.shown(), func(c string) bool {
		empty := !slices.ContainsFunc(shown, func(row map[string]any) bool { return cellText(row, c) != "" })
		return empty || c == "organization" && t.one
	})
	cells := [][]string{make([]string, len(columns))}
	for i, c := range columns {
		cells[0][i] = oneLine(c)
	}
	for _, row := range shown {
		line := make([]string, len(columns))
		for i, c := range columns {
			line[i] = cellText(row, c)
		}
		cells = append(cells, line)
	}
	t.columns("    ", cells, len(columns))
	if n := len(rows) - len(shown); n > 0 {
		more := fmt.Sprintf("... and %d more", n)
		if t.AllRows != "" {
			more += "; " + t.AllRows
		}
		t.wrap("    ", more)
	}
}

// maxColumn is up to which width columns are aligned where lines may be of any length.
const maxColumn = 60

// columns writes rows in columns. None takes more than half of a line; what does not fit on it is cut. From the column right
// on, texts stand on the right.
func (t *terminal) columns(before string, rows [][]string, right int) {
	most := maxColumn
	if t.Width > 0 {
		most = t.Width / 2
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], min(widthOf(text), most))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		b.WriteString(before)
		for i, text := range row {
			if t.Width > 0 {
				text = cut(text, widths[i])
			}
			space := strings.Repeat(" ", max(0, widths[i]-widthOf(text)))
			if i >= right {
				text, space = space+text, ""
			}
			b.WriteString(text + space + "  ")
		}
		line := strings.TrimRight(b.String(), " ")
		if t.Width > 0 {
			line = cut(line, t.Width)
		}
		t.line("%s", line)
	}
}

// cut ends a text that is wider than the width with "…".
func cut(text string, width int) string {
	if widthOf(text) <= width {
		return text
	}
	return text[:fitting(text, width-1)] + "…"
}

// fitting returns how many bytes of a text fit into a width.
func fitting(text string, width int) int {
	for i, r := range text {
		if width -= runeWidth(r); width < 0 {
			return i
		}
	}
	return len(text)
}

// wrap writes a text on lines of the width. Those after the first begin as far from the left as the text does.
func (t *terminal) wrap(before, text string) {
	t.wrapTo(before, strings.Repeat(" ", len(before)), text)
}

// wrapTo writes a text on lines of the width. The first begins with first, the others with next.
func (t *terminal) wrapTo(first, next, text string) {
	text = oneLine(text)
	if t.Width <= 0 {
		t.line("%s", strings.TrimRight(first+text, " "))
		return
	}
	line := first
	for i, word := range wordsOf(text, t.Width-max(len(first), len(next))) {
		switch {
		case i == 0:
			line += word
		case widthOf(line)+1+widthOf(word) > t.Width:
			t.line("%s", line)
			line = next + word
		default:
			line += " " + word
		}
	}
	t.line("%s", strings.TrimRight(line, " "))
}

// wordsOf splits a text into words. One that is wider than the room on a line is split, too.
func wordsOf(text string, room int) []string {
	var all []string
	for word := range strings.FieldsSeq(text) {
		for n := fitting(word, room); n < len(word); n = fitting(word, room) {
			all, word = append(all, word[:n]), word[n:]
		}
		all = append(all, word)
	}
	return all
}

// widthOf is how many columns of a terminal a text takes.
func widthOf(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

// wide are the characters that take two columns: those of East Asia and pictures. It names whole blocks, which is near
// enough for aligning.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// runeWidth is how many columns of a terminal a character takes.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}
