// Package evidence asks questions of a stored graph and says what the answers rest on.
//
// It is the witness of the house: package questions below holds what is asked and compiles no database; this one asks it.
// An answer is pass, fail or unknown, never a pass for want of data: a collection that was not read to the end, a value that
// JumpCloud did not send, and a row that the question itself calls unknown all show in it, with the reason.
package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// Status is what an answer comes to.
type Status string

// The statuses.
const (
	// Pass: nothing was found where a row is bad, or something where it is good, and all that counts is known.
	Pass Status = "pass"
	// Fail: something was found where a row is bad, or nothing where it is good.
	Fail Status = "fail"
	// Unknown: the graph does not hold what the answer needs. The reasons say what is missing.
	Unknown Status = "unknown"
	// Informative: the rows are facts, neither good nor bad, and all that counts is known.
	Informative Status = "informative"
)

// Report holds the answers to some questions and what they rest on. Its JSON form is stable.
type Report struct {
	Run           Run              `json:"run"`
	Organizations []Organization   `json:"organizations"`
	Files         []jumpgraph.File `json:"files"`
	Counts        map[Status]int   `json:"counts"`
	Answers       []*Answer        `json:"answers"`

	manifest *jumpgraph.Manifest
}

// Run says which run made the graph. The answers tell how things were between its start and its end.
type Run struct {
	Tool         jumpgraph.Tool      `json:"tool"`
	ModelVersion string              `json:"modelVersion"`
	Status       jumpgraph.Status    `json:"status"`
	Reason       string              `json:"reason,omitzero"`
	StartedAt    jumpgraph.Timestamp `json:"startedAt"`
	FinishedAt   jumpgraph.Timestamp `json:"finishedAt"`
}

// Organization is one of which the graph is.
type Organization struct {
	ID     string           `json:"id"`
	Name   string           `json:"name"`
	Status jumpgraph.Status `json:"status"`
}

// Answer is the answer to a question.
type Answer struct {
	Question *questions.Question `json:"question"`
	Status   Status              `json:"status"`
	// Reasons say why the answer is unknown, or what a fail or a fact may miss.
	Reasons []string `json:"reasons"`
	// Parameters are the values that were used, with :now among them where the statement has it.
	Parameters map[string]any `json:"parameters"`
	// Columns are the names of the columns of the rows, in order. Rows are what was found; they are left out where the answer
	// would mislead because a collection is missing.
	Columns []string         `json:"columns"`
	Rows    []map[string]any `json:"rows"`
	// UnknownRows are those that the question calls unknown; their column unknown says why.
	UnknownRows []map[string]any `json:"unknownRows"`
	// Sources are the collections that the answer was made from.
	Sources []Source `json:"sources"`
	// SQLSHA256 is the hash of the statement.
	SQLSHA256 string `json:"sqlSha256"`
}

// Source is how a collection was read.
type Source struct {
	Organization string              `json:"organization"`
	Collection   string              `json:"collection"`
	Endpoint     string              `json:"endpoint"`
	Status       jumpgraph.Status    `json:"status"`
	Reason       string              `json:"reason,omitzero"`
	Proof        string              `json:"proof"`
	Expected     *int64              `json:"expected"`
	Received     int64               `json:"received"`
	FinishedAt   jumpgraph.Timestamp `json:"finishedAt"`
}

// Failed reports that an answer is a fail.
func (r *Report) Failed() bool { return r.Counts[Fail] > 0 }

// Ask asks questions of a graph. The values of parameters go to every question that has one of that name; a name that none
// has is [jumpgraph.ErrUsage], as is a question that cannot be run. The files are what the graph was read from, for the
// report: [sqlite.DB.Hash] names them for a database.
//
// All rows of all answers are kept in memory.
func Ask(ctx context.Context, db *sqlite.DB, list []*questions.Question, values map[string]any, files ...jumpgraph.File) (*Report, error) {
	m := db.Manifest()
	r := &Report{
		Run: Run{
			Tool: m.Tool, ModelVersion: m.ModelVersion, Status: m.Status, Reason: m.Reason,
			StartedAt: m.StartedAt, FinishedAt: m.FinishedAt,
		},
		Organizations: []Organization{}, Files: files, Counts: map[Status]int{}, Answers: []*Answer{}, manifest: m,
	}
	for _, o := range m.Organizations {
		r.Organizations = append(r.Organizations, Organization{o.ID, o.Name, o.Status})
	}
	if err := known(list, values); err != nil {
		return nil, err
	}
	// All are looked at before the first is asked: a mistake shows at once.
	about := make([]sqlite.Statement, len(list))
	for i, q := range list {
		var err error
		if about[i], err = describe(db, q); err != nil {
			return nil, err
		}
	}
	sources, err := sourcesOf(ctx, db)
	if err != nil {
		return nil, err
	}
	for i, q := range list {
		a, err := r.ask(ctx, db, q, about[i], values, sources)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		r.Answers = append(r.Answers, a)
		r.Counts[a.Status]++
	}
	return r, nil
}

// known refuses values of parameters that no question has, or that are of another kind.
func known(list []*questions.Question, values map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		found := false
		for _, q := range list {
			for _, p := range q.Parameters {
				if p.Name != name {
					continue
				}
				found = true
				if n, whole := wholeNumber(values[name]); isNumber(p.Default) && (!whole || n < 0) {
					return fmt.Errorf("%w: the parameter %s of question %s is a whole number from 0, not %q", jumpgraph.ErrUsage, name, q.ID, Text(values[name]))
				}
			}
		}
		if !found {
			return fmt.Errorf("%w: none of the questions has a parameter %s", jumpgraph.ErrUsage, name)
		}
	}
	return nil
}

// wholeNumber takes the two types in which Go programs write one.
func wholeNumber(v any) (int64, bool) {
	if n, ok := v.(int); ok {
		return int64(n), true
	}
	n, ok := v.(int64)
	return n, ok
}

func isNumber(v any) bool {
	_, is := v.(int64)
	return is
}

// describe checks a question against the tables, without running it.
func describe(db *sqlite.DB, q *questions.Question) (sqlite.Statement, error) {
	if !slices.Contains([]questions.Meaning{questions.Bad, questions.Good, questions.Informative}, q.Rows) {
		return sqlite.Statement{}, fmt.Errorf("%w: question %s does not say what a row means: bad, good or informative", jumpgraph.ErrUsage, q.ID)
	}
	s, err := db.Describe(q.SQL)
	if err != nil {
		return s, fmt.Errorf("question %s: %w", q.ID, err)
	}
	for _, name := range s.Parameters {
		if name != questions.Now && !slices.ContainsFunc(q.Parameters, func(p questions.Parameter) bool { return p.Name == name }) {
			return s, fmt.Errorf("%w: question %s uses :%s but has no line that begins with -- parameter: %s", jumpgraph.ErrUsage, q.ID, name, name)
		}
	}
	for _, p := range q.Parameters {
		if !slices.Contains(s.Parameters, p.Name) {
			return s, fmt.Errorf("%w: question %s has a parameter %s that its SQL does not use", jumpgraph.ErrUsage, q.ID, p.Name)
		}
	}
	return s, nil
}

// sourcesOf returns the collection that each table is made from. A table that is not among them is about the run itself.
func sourcesOf(ctx context.Context, db *sqlite.DB) (map[string]string, error) {
	all := map[string]string{}
	_, err := db.Query(ctx, "SELECT tableName, collection FROM source", nil, func(v []any) error {
		all[Text(v[0])] = Text(v[1])
		return nil
	})
	for _, typ := range schemas.Types() { // without it, nothing would ever be unknown
		if err == nil && all[typ] == "" {
			err = fmt.Errorf("%w: its table source does not say where %s comes from", jumpgraph.ErrNoResult, typ)
		}
	}
	return all, err
}

// unknownColumn is the column in which a question says why a row is unknown.
const unknownColumn = "unknown"

// ask asks one question.
func (r *Report) ask(ctx context.Context, db *sqlite.DB, q *questions.Question, about sqlite.Statement, values map[string]any, sources map[string]string) (*Answer, error) {
	sum := sha256.Sum256([]byte(q.SQL))
	a := &Answer{
		Question: q, Reasons: []string{}, Parameters: map[string]any{}, Rows: []map[string]any{}, UnknownRows: []map[string]any{},
		Columns: slices.DeleteFunc(slices.Clone(about.Columns), func(c string) bool { return c == unknownColumn }),
		Sources: r.sources(about, sources), SQLSHA256: hex.EncodeToString(sum[:]),
	}
	if slices.Contains(about.Parameters, questions.Now) {
		a.Parameters[questions.Now] = Collected(r.manifest)
	}
	for _, p := range q.Parameters {
		a.Parameters[p.Name] = p.Default
		if v, given := values[p.Name]; given {
			a.Parameters[p.Name] = v
		}
	}
	if a.Reasons = append(a.Reasons, r.missing(a.Sources, sources, about)...); len(a.Reasons) > 0 {
		a.Status = Unknown
		return a, nil
	}
	_, err := db.Query(ctx, q.SQL, a.Parameters, func(v []any) error { return a.row(about.Columns, v) })
	if errors.Is(err, jumpgraph.ErrUsage) { // the other questions can be answered
		a.Rows, a.UnknownRows = a.Rows[:0], a.UnknownRows[:0]
		a.Status, a.Reasons = Unknown, []string{err.Error()}
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	notSaid, anyRow, err := assumed(ctx, db, about.Reads)
	if err != nil {
		return nil, err
	}
	// A question that names its unknown rows knows which values count; of the others, any may.
	if anyRow || !slices.Contains(about.Columns, unknownColumn) {
		a.Reasons = append(a.Reasons, notSaid...)
	}
	a.Reasons = append(a.Reasons, a.unknown()...)
	if len(a.Rows)+len(a.UnknownRows) == 0 && q.Rows != questions.Informative {
		a.Reasons = append(a.Reasons, empty(a.Sources)...)
	}
	a.Status = a.judge(anyRow)
	return a, nil
}

// empty says that there is nothing of what an answer could be about.
func empty(sources []Source) []string {
	if len(sources) == 0 || slices.ContainsFunc(sources, func(s Source) bool { return s.Received > 0 }) {
		return nil
	}
	var names []string
	for _, s := range sources {
		if !slices.Contains(names, s.Collection) {
			names = append(names, s.Collection)
		}
	}
	return []string{"there are none: JumpCloud holds nothing in " + strings.Join(names, ", ")}
}

// row keeps a row of the answer.
func (a *Answer) row(columns []string, values []any) error {
	row := map[string]any{}
	unknown := false
	for i, name := range columns {
		if name == unknownColumn {
			if _, unknown = values[i].(string); !unknown && values[i] != nil {
				return fmt.Errorf("%w: the column unknown holds %s: it takes the reason as a text, or null", jumpgraph.ErrUsage, Text(values[i]))
			}
			if !unknown {
				continue
			}
		}
		row[name] = values[i]
		switch v := values[i].(type) {
		case []byte:
			row[name] = hex.EncodeToString(v)
		case float64:
			if math.IsInf(v, 0) { // which JSON cannot say
				row[name] = Text(v)
			}
		}
	}
	if unknown {
		a.UnknownRows = append(a.UnknownRows, row)
	} else {
		a.Rows = append(a.Rows, row)
	}
	return nil
}

// unknown counts the unknown rows by their reason.
func (a *Answer) unknown() []string {
	counts := map[string]int{}
	for _, row := range a.UnknownRows {
		counts[Text(row[unknownColumn])]++
	}
	var reasons []string
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		reasons = append(reasons, fmt.Sprintf("%s (%d)", why, counts[why]))
	}
	return reasons
}

// judge says what the rows come to. When nobody knows which rows hold assumed values, any row may be wrong.
func (a *Answer) judge(anyRow bool) Status {
	found, open := len(a.Rows) > 0, len(a.Reasons) > 0
	switch {
	case anyRow:
		return Unknown
	case a.Question.Rows == questions.Bad && found:
		return Fail
	case open:
		return Unknown
	case a.Question.Rows == questions.Good && found:
		return Pass
	case a.Question.Rows == questions.Informative:
		return Informative
	case a.Question.Rows == questions.Good:
		return Fail
	default:
		return Pass
	}
}

// Collected is when a graph was collected, in milliseconds since 1970: what :now stands for.
func Collected(m *jumpgraph.Manifest) int64 {
	if !m.FinishedAt.IsZero() {
		return m.FinishedAt.UnixMilli()
	}
	return m.StartedAt.UnixMilli()
}

// sources returns how the collections were read that a statement reads.
func (r *Report) sources(about sqlite.Statement, from map[string]string) []Source {
	list := []Source{}
	for _, o := range r.manifest.Organizations {
		for _, c := range o.Collections {
			if slices.ContainsFunc(about.Reads, func(col sqlite.Column) bool { return from[col.Table] == c.Name }) {
				list = append(list, Source{
					Organization: o.ID, Collection: c.Name, Endpoint: c.Endpoint, Status: c.Status, Reason: c.Reason,
					Proof: c.Proof, Expected: c.Expected, Received: c.Received, FinishedAt: c.FinishedAt,
				})
			}
		}
	}
	return list
}

// missing says which collections the answer needs and does not have.
func (r *Report) missing(list []Source, from map[string]string, about sqlite.Statement) []string {
	needs := map[string]bool{}
	for _, c := range about.Reads {
		if name := from[c.Table]; name != "" {
			needs[name] = true
		}
	}
	if len(needs) == 0 { // the question is about the run itself
		return nil
	}
	var reasons []string
	if r.manifest.Reason != "" {
		reasons = append(reasons, "the run ended early: "+r.manifest.Reason)
	}
	if len(list) < len(needs)*max(1, len(r.manifest.Organizations)) {
		reasons = append(reasons, "not every organization has the collections that the answer needs")
	}
	// What is not in use somewhere has nothing to add to an answer, but an answer cannot rest on it alone.
	unused := !slices.ContainsFunc(list, func(s Source) bool { return s.Status != jumpgraph.Unavailable })
	for _, s := range list {
		if s.Status == jumpgraph.Complete || s.Status == jumpgraph.Unavailable && !unused {
			continue
		}
		reason := fmt.Sprintf("%s is %s", s.Collection, s.Status)
		if s.Reason != "" {
			reason += ": " + s.Reason
		}
		if len(r.manifest.Organizations) > 1 {
			reason = s.Organization + ": " + reason
		}
		reasons = append(reasons, reason)
	}
	return reasons
}

// assumed says which of the columns that an answer rests on hold values that JumpCloud did not send, and whether it is not
// known in which rows.
func assumed(ctx context.Context, db *sqlite.DB, reads []sqlite.Column) (reasons []string, anyRow bool, err error) {
	_, err = db.Query(ctx, `SELECT tableName, property, sum(rowCount), max(_key IS NULL) FROM assumed GROUP BY tableName, property ORDER BY tableName, property`,
		nil, func(v []any) error {
			table, property := Text(v[0]), Text(v[1])
			if !slices.Contains(reads, sqlite.Column{Table: table, Name: property}) {
				return nil
			}
			reason := fmt.Sprintf("%s: JumpCloud does not say %s (%d)", table, property, v[2])
			if v[3] == int64(1) {
				anyRow = true
				reason += ", and this graph was made of files that do not say of which: collect into a database instead"
			}
			reasons = append(reasons, reason)
			return nil
		})
	return reasons, anyRow, err
}
