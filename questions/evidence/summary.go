package evidence

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/questions"
)

var (
	eitherForm    = regexp.MustCompile(`([\pL']+)\|([\pL']+)`)
	parameterName = regexp.MustCompile(`:([A-Za-z][A-Za-z0-9]*)`)
)

// describeAmong checks the statement that counts what the rows are some of. It returns the parameters of it.
func describeAmong(db graphsql.Database, q *questions.Question) ([]string, error) {
	if q.Among == "" {
		return nil, nil
	}
	s, err := db.Describe(q.Among)
	if err != nil {
		return nil, fmt.Errorf("question %s, among: %w", q.ID, err)
	}
	if len(s.Columns) != 1 {
		return nil, fmt.Errorf("%w: question %s: among has %d columns: write a statement with one number, such as SELECT count(*) FROM jumpcloud_user",
			jumpgraph.ErrUsage, q.ID, len(s.Columns))
	}
	for _, name := range s.Parameters {
		if _, has := parameter(q, name); !has && name != questions.Now {
			return nil, fmt.Errorf("%w: question %s uses :%s in among but has no line that begins with -- parameter: %s", jumpgraph.ErrUsage, q.ID, name, name)
		}
	}
	return s.Parameters, nil
}

// count reads how many there are in all, where the question says it.
func (g *graph) count(ctx context.Context, a *Answer) error {
	names, err := describeAmong(g.db, a.Question)
	if err != nil || a.Question.Among == "" {
		return err
	}
	values := map[string]any{}
	for _, name := range names {
		values[name] = a.Parameters[name]
		if name == questions.Now {
			values[name] = Collected(g.manifest)
		}
	}
	_, err = g.db.Query(ctx, a.Question.Among, values, func(v []any) error {
		if n, whole := v[0].(int64); whole && n >= 0 {
			a.Population = &n
		}
		return nil
	})
	return err
}

// summary says the answer in one sentence without its end, such as "4 of 14 devices are not encrypted, of 2 it is unknown".
func (a *Answer) summary() string {
	if a.withheld() {
		return "unknown: " + a.Reasons[0]
	}
	text := strconv.Itoa(len(a.Rows))
	if a.Population != nil {
		text += fmt.Sprintf(" of %d", *a.Population)
	}
	switch {
	case a.Question.Finding != "":
		text += " " + a.finding()
	case a.Population != nil, len(a.Rows) != 1:
		text += " rows"
	default:
		text += " row"
	}
	if n := len(a.UnknownRows); n > 0 {
		text += fmt.Sprintf(", of %d it is unknown", n)
	}
	return text
}

// withheld reports that the answer has no rows because something is missing.
func (a *Answer) withheld() bool {
	return a.Status == Unknown && len(a.Rows)+len(a.UnknownRows) == 0 && len(a.Reasons) > 0
}

// finding is what the question says of the rows, with the forms for their number and the values of the parameters.
func (a *Answer) finding() string {
	form := "$2"
	if len(a.Rows) == 1 {
		form = "$1"
	}
	text := eitherForm.ReplaceAllString(a.Question.Finding, form)
	return parameterName.ReplaceAllStringFunc(text, func(name string) string {
		if v, has := a.Parameters[name[1:]]; has {
			return Text(v)
		}
		return name
	})
}

// Worst returns the answers with a status, the most severe first, else in the order of the report.
func (r *Report) Worst(s Status) []*Answer {
	var all []*Answer
	for _, a := range r.Answers {
		if a.Status == s {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b *Answer) int { return rank(a) - rank(b) })
	return all
}

// rank is the place of the severity of an answer, from 0 for the worst.
func rank(a *Answer) int {
	order := questions.Severities()
	if i := slices.Index(order, a.Question.Severity); i >= 0 {
		return i
	}
	return len(order)
}

// Family counts the answers that may serve one part of a standard.
type Family struct {
	// Name is the part, such as "SOC 2 CC6"; Short is how it is chosen, such as "soc2:CC6".
	Name   string         `json:"name"`
	Short  string         `json:"short"`
	Counts map[Status]int `json:"counts"`
}

// Families counts the answers by the parts of the standards that they may serve, sorted. An answer counts once in each.
func (r *Report) Families() []Family {
	byName := map[questions.Control]*Family{}
	for _, a := range r.Answers {
		var seen []questions.Control
		for _, c := range a.Question.Controls() {
			c = c.Family()
			if slices.Contains(seen, c) {
				continue
			}
			seen = append(seen, c)
			if byName[c] == nil {
				byName[c] = &Family{Name: c.String(), Short: c.Short(), Counts: map[Status]int{}}
			}
			byName[c].Counts[a.Status]++
		}
	}
	all := make([]Family, 0, len(byName))
	for _, f := range byName {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Family) int { return compareNatural(a.Name, b.Name) })
	return all
}

// compareNatural compares two texts so that the numbers in them are in their order: "CC9" is before "CC10".
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		switch {
		case x == 0 || y == 0:
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
		case x != y:
			return x - y
		default:
			if c := strings.Compare(a[:x], b[:y]); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
		}
	}
	return len(a) - len(b)
}

// digits counts the digits that a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// shown returns the columns in the order in which people read them: names before ids.
func (a *Answer) shown() []string {
	last := func(c string) bool { return c == "key" || c == "organization" }
	columns := slices.DeleteFunc(slices.Clone(a.Columns), last)
	return append(columns, slices.DeleteFunc(slices.Clone(a.Columns), func(c string) bool { return !last(c) })...)
}
