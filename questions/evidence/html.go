package evidence

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
)

//go:embed html.tmpl html.css
var htmlFiles embed.FS

var htmlTemplate = template.Must(template.New("html.tmpl").
	Funcs(template.FuncMap{"list": func(values ...any) []any { return values }, "words": strings.Fields}).
	ParseFS(htmlFiles, "html.tmpl", "html.css"))

// HTML writes the report as one HTML page with everything in it: it loads nothing, runs no script, and is made to be read on
// a screen of any width and on paper. It begins with what was not read. All rows of all answers are in it. Data is escaped, so
// that it cannot become markup; control characters and those that change the direction of text are left out. The same report
// gives the same bytes. An error of the writer is returned as it is.
func (r *Report) HTML(w io.Writer) error {
	if r == nil || w == nil {
		return errors.New("evidence: HTML needs a report and a writer")
	}
	if slices.ContainsFunc(r.Answers, func(a *Answer) bool { return a == nil || a.Question == nil }) {
		return errors.New("evidence: an answer of the report has no question: make reports with Ask")
	}
	out := bufio.NewWriter(w)
	if err := htmlTemplate.ExecuteTemplate(visibleWriter{out}, "html.tmpl", newHTMLPage(r)); err != nil {
		return err
	}
	return out.Flush()
}

// visibleWriter leaves out what nobody sees but what changes how other text is seen, and repairs invalid UTF-8. Each value of a
// template comes in one call.
type visibleWriter struct{ w *bufio.Writer }

func (v visibleWriter) Write(b []byte) (int, error) {
	if _, err := v.w.WriteString(visible(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// visible is a text without control characters but tabs and line ends, and without those that change its direction.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// htmlPage is what the template shows of a report.
type htmlPage struct {
	Title                                  string
	Report                                 *Report
	Whole                                  bool // the run was complete
	Several                                bool // the report has more than one organization
	Started, Finished                      htmlTime
	Unread                                 htmlUnread
	Counts                                 []htmlCount
	Families                               []htmlFamily
	Failed                                 []htmlGroup
	Unknown, Passed, Informative, Answered []*htmlAnswer
	Sources                                []htmlSource
	Proofs                                 []htmlTerm
	Meanings                               []htmlTerm
}

type (
	htmlTerm  struct{ Name, Text string }
	htmlCount struct {
		Status, Word, Anchor, Text string
		N                          int
	}
	htmlFamily struct {
		Name    string
		Numbers []htmlCount
	}
	// htmlGroup holds the failures of one severity.
	htmlGroup struct {
		Severity, Title, Text string
		Answers               []*htmlAnswer
	}
	htmlTime   struct{ Text, Exact string }
	htmlSource struct {
		Source

		Name, Read string // of the organization, and how much was read
		Ended      htmlTime
		Fix        string
		Affects    []*htmlAnswer
	}
)

// htmlAnswer is an answer as it is shown.
type htmlAnswer struct {
	*Answer

	Anchor, Kind, Word, Means string // Kind is one of the four statuses
	Controls                  []questions.Control
	Found, Open               htmlTable // the rows, and those that are unknown
	Todo                      []string
	Values                    []htmlTerm
	Collections               []string
}

func newHTMLPage(r *Report) *htmlPage {
	p := &htmlPage{
		Title: title(r), Report: r, Whole: r.Run.Status == jumpgraph.Complete, Several: len(r.Organizations) > 1,
		Started: exactTime(r.Run.StartedAt), Finished: exactTime(r.Run.FinishedAt), Meanings: meanings(),
	}
	views := map[*Answer]*htmlAnswer{}
	anchors := map[string]bool{}
	for _, a := range r.Answers {
		if views[a] == nil {
			views[a] = r.htmlAnswer(a, anchors)
		}
		p.Answered = append(p.Answered, views[a])
	}
	p.Failed = failures(r, views)
	p.Unknown, p.Passed, p.Informative = p.with(Unknown), p.with(Pass), p.with(Informative)
	p.Counts = p.counts()
	for _, f := range r.Families() {
		row := htmlFamily{Name: f.Name}
		for _, s := range statuses {
			row.Numbers = append(row.Numbers, htmlCount{Status: string(s), N: f.Counts[s]})
		}
		p.Families = append(p.Families, row)
	}
	p.Sources = htmlSources(r, p.Answered)
	p.Proofs = proofs(p.Sources)
	p.Unread = newHTMLUnread(p)
	return p
}

// title is the title of the page, with the names of the organizations.
func title(r *Report) string {
	var names []string
	for _, o := range r.Organizations {
		names = append(names, organizationName(o))
	}
	if len(names) == 0 {
		return "Evidence"
	}
	return "Evidence of " + strings.Join(names, ", ")
}

func organizationName(o Organization) string {
	if strings.TrimSpace(visible(o.Name)) == "" {
		return o.ID
	}
	return o.Name
}

// shownStatus is one of the four statuses. A status that is none of them says nothing, as unknown does.
func (a *Answer) shownStatus() Status {
	if !slices.Contains(statuses, a.Status) {
		return Unknown
	}
	return a.Status
}

// with returns the answers with a status, in the order of the report.
func (p *htmlPage) with(s Status) []*htmlAnswer {
	var all []*htmlAnswer
	for _, a := range p.Answered {
		if a.shownStatus() == s {
			all = append(all, a)
		}
	}
	return all
}

// statusWords name the statuses, and the parts of the page in which their answers stand.
var statusWords = map[Status]htmlCount{
	Fail:        {Word: "Fail", Anchor: "failed", Text: "failed"},
	Unknown:     {Word: "Unknown", Anchor: "unknown", Text: "unknown"},
	Pass:        {Word: "Pass", Anchor: "passed", Text: "passed"},
	Informative: {Word: "Informative", Anchor: "informative", Text: "informative"},
}

func (p *htmlPage) counts() []htmlCount {
	var all []htmlCount
	for _, s := range statuses {
		c := statusWords[s]
		c.Status, c.N = string(s), len(p.with(s))
		all = append(all, c)
	}
	return all
}

// failures returns the answers that are fail by their severity, the worst first.
func failures(r *Report, views map[*Answer]*htmlAnswer) []htmlGroup {
	var groups []htmlGroup
	for _, a := range r.Worst(Fail) {
		severity := a.Question.Severity
		if len(groups) == 0 || groups[len(groups)-1].Severity != string(severity) {
			groups = append(groups, newHTMLGroup(severity))
		}
		last := &groups[len(groups)-1]
		last.Answers = append(last.Answers, views[a])
	}
	return groups
}

func newHTMLGroup(s questions.Severity) htmlGroup {
	g := htmlGroup{Severity: string(s)}
	switch s {
	case questions.High:
		g.Title, g.Text = "High severity", "Somebody may get in, or data may get out."
	case questions.Medium:
		g.Title, g.Text = "Medium severity", "A protection is missing that another one may replace."
	case questions.Low:
		g.Title, g.Text = "Low severity", "Order is missing, which makes other faults more likely."
	default:
		g.Title, g.Text = "Other severity", "The question does not say how severe a fail is."
		if s != "" {
			g.Text = "The question calls the severity " + string(s) + "."
		}
	}
	return g
}

func (r *Report) htmlAnswer(a *Answer, anchors map[string]bool) *htmlAnswer {
	v := &htmlAnswer{
		Answer: a, Anchor: anchor(a.Question.ID, anchors), Kind: string(a.shownStatus()), Word: statusWords[a.shownStatus()].Word, Means: rowMeans(a.Question.Rows),
		Controls: a.Question.Controls(), Todo: r.todo(a),
	}
	columns := r.columnsOf(a)
	v.Found = newHTMLTable(columns, a.Rows)
	v.Open = newHTMLTable(append(columns, unknownColumn), a.UnknownRows)
	for _, name := range sortedNames(a.Parameters) {
		v.Values = append(v.Values, htmlTerm{name, parameterText(name, a.Parameters[name])})
	}
	for _, s := range a.Sources {
		if !slices.Contains(v.Collections, s.Collection) {
			v.Collections = append(v.Collections, s.Collection)
		}
	}
	return v
}

// anchor makes a name for an answer that no other part of the page has.
func anchor(id string, taken map[string]bool) string {
	base := "q-" + strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(id))
	name := base
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	taken[name] = true
	return name
}

func rowMeans(m questions.Meaning) string {
	switch m {
	case questions.Bad:
		return "A row is a finding."
	case questions.Good:
		return "A row is what should be there."
	default:
		return "A row is a fact, neither good nor bad."
	}
}

func meanings() []htmlTerm {
	return []htmlTerm{
		{"Fail", "Something was found that should not be, or nothing of what should be there. What is unknown besides is said, too."},
		{"Unknown", "What the answer needs was not read, or JumpCloud does not say it. The reasons name what is missing. An answer never passes because data is missing."},
		{"Pass", "Nothing was found that should not be, or what should be there was found, and everything that counts is known."},
		{"Informative", "The rows are facts, such as an inventory. They are neither good nor bad, and everything that counts is known."},
	}
}

// proofs explains the proofs that the sources have.
func proofs(list []htmlSource) []htmlTerm {
	var all []htmlTerm
	for _, t := range []htmlTerm{
		{"chained", "The pages overlap: nothing can be missing between two of them."},
		{"total", "As many records were read as JumpCloud counts."},
		{"compared", "As many records were read as JumpCloud counts, and what follows from them agrees with other counts of JumpCloud."},
		{"combined", "The same, read in one list of two kinds, which was compared with two lists for some."},
		{"given", "It was given by whoever collected, and not read from JumpCloud."},
		{"end", "Pages were read up to an empty one."},
		{"none", "Nothing proves that all of it was read."},
	} {
		if slices.ContainsFunc(list, func(s htmlSource) bool { return s.Proof == t.Name }) {
			all = append(all, t)
		}
	}
	return all
}

// htmlSources returns each collection once, in the order in which the answers name them.
func htmlSources(r *Report, answers []*htmlAnswer) []htmlSource {
	names := map[string]string{}
	for _, o := range r.Organizations {
		names[o.ID] = organizationName(o)
	}
	var all []htmlSource
	for _, a := range answers {
		for _, s := range a.Sources {
			i := slices.IndexFunc(all, func(o htmlSource) bool { return sameSource(o.Source, s) })
			if i < 0 {
				i = len(all)
				all = append(all, htmlSource{Source: s, Name: names[s.Organization], Read: readText(s), Ended: exactTime(s.FinishedAt), Fix: fix(s)})
			}
			if !slices.Contains(all[i].Affects, a) && a.lacks(s) {
				all[i].Affects = append(all[i].Affects, a)
			}
		}
	}
	return all
}

// lacks reports that an answer is unknown for want of a source.
func (a *Answer) lacks(s Source) bool {
	return a.Status == Unknown && slices.ContainsFunc(incomplete(a.Sources), func(o Source) bool { return sameSource(o, s) })
}

// sameSource reports that two sources are one: all is the same, with the number that is expected.
func sameSource(a, b Source) bool {
	if (a.Expected == nil) != (b.Expected == nil) || a.Expected != nil && *a.Expected != *b.Expected {
		return false
	}
	a.Expected, b.Expected = nil, nil
	return a == b
}

func readText(s Source) string {
	if s.Expected == nil {
		return strconv.FormatInt(s.Received, 10)
	}
	return fmt.Sprintf("%d of %d", s.Received, *s.Expected)
}

func exactTime(t jumpgraph.Timestamp) htmlTime {
	if t.IsZero() {
		return htmlTime{Text: timeText(t)}
	}
	return htmlTime{timeText(t), t.UTC().Format("2006-01-02T15:04:05.000Z")}
}
