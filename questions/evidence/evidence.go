// Package evidence asks questions of a stored graph and reports the answers together with what they are based on.
//
// The questions come from package questions, which needs no database; this package runs their SQL. An answer is
// pass, fail or unknown, and missing data never makes it a pass: a collection that was not read to the end, a value that
// JumpCloud did not send, and a row that the question itself calls unknown are named in it as reasons.
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
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Status says how an answer ended.
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

// Report holds the answers to some questions and what they are based on. Its JSON form is stable.
type Report struct {
	Run           Run              `json:"run"`
	Organizations []Organization   `json:"organizations"`
	Files         []jumpgraph.File `json:"files"`
	Counts        map[Status]int   `json:"counts"`
	Answers       []*Answer        `json:"answers"`
	// Omitted are the questions that [Report.OmitNotChosen] left out.
	Omitted []Omitted `json:"omitted,omitzero"`
}

// Omitted are questions about a layer beyond the core that was not chosen when the graph was collected.
type Omitted struct {
	Layer     jumpgraph.Layer `json:"layer"`
	Questions []string        `json:"questions"`
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

// Organization is one that the graph was collected from.
type Organization struct {
	ID     string           `json:"id"`
	Name   string           `json:"name"`
	Status jumpgraph.Status `json:"status"`
}

// Answer is the answer to a question.
type Answer struct {
	Question *questions.Question `json:"question"`
	Status   Status              `json:"status"`
	// Summary says the answer in words, such as "4 of 14 devices are not encrypted".
	Summary string `json:"summary"`
	// Population is how many there are in all, of which the rows are some; nil where the question does not count them, or
	// where the answer has no rows because something is missing.
	Population *int64 `json:"population"`
	// Reasons say why the answer is unknown, or what a fail or a fact may miss.
	Reasons []string `json:"reasons"`
	// NotChosen is the layer beyond the core that the answer needs and that was not chosen for any organization: the answer is
	// unknown then. It is empty where the graph has what the question is about, and where that could not be read.
	NotChosen jumpgraph.Layer `json:"notChosen,omitzero"`
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
// report: the method Hash of a database of sink/sqlite names them.
//
// The database must be as its run wrote it, which its method Verify says. All rows of all answers are kept in memory.
func Ask(ctx context.Context, db graphsql.Database, list []*questions.Question, values map[string]any, files ...jumpgraph.File) (*Report, error) {
	if db == nil || db.Manifest() == nil {
		return nil, errors.New("evidence: Ask needs a database that is open, such as sqlite.Open returns")
	}
	if slices.Contains(list, nil) {
		return nil, errors.New("evidence: a question is nil: take questions from questions.Library, Load or Parse")
	}
	if err := checkValues(list, values); err != nil {
		return nil, err
	}
	if err := db.Verify(ctx); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	// All are looked at before the first is asked: a mistake shows at once.
	statements := make([]graphsql.Statement, len(list))
	for i, q := range list {
		var err error
		if statements[i], err = describe(db, q); err != nil {
			return nil, err
		}
	}
	collections, err := collectionsOf(ctx, db)
	if err != nil {
		return nil, err
	}
	g := graph{db: db, manifest: db.Manifest(), collections: collections}
	r := newReport(g.manifest, files)
	for i, q := range list {
		a, err := g.ask(ctx, q, statements[i], values)
		if err != nil {
			return nil, fmt.Errorf("evidence: question %s: %w", q.ID, err)
		}
		a.Summary = a.summary()
		r.Answers = append(r.Answers, a)
		r.Counts[a.Status]++
	}
	return r, nil
}

// newReport makes a report without answers.
func newReport(m *jumpgraph.Manifest, files []jumpgraph.File) *Report {
	r := &Report{
		Run: Run{
			Tool: m.Tool, ModelVersion: m.ModelVersion, Status: m.Status, Reason: m.Reason,
			StartedAt: m.StartedAt, FinishedAt: m.FinishedAt,
		},
		Organizations: []Organization{}, Files: files, Counts: map[Status]int{}, Answers: []*Answer{},
	}
	for _, o := range m.Organizations {
		r.Organizations = append(r.Organizations, Organization{o.ID, o.Name, o.Status})
	}
	return r
}

// checkValues refuses values of parameters that no question has, or that are of another kind.
func checkValues(list []*questions.Question, values map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := checkValue(list, name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(list []*questions.Question, name string, value any) error {
	n, whole := wholeNumber(value)
	found := false
	for _, q := range list {
		p, has := parameter(q, name)
		if !has {
			continue
		}
		found = true
		if isNumber(p.Default) && (!whole || n < 0) {
			return fmt.Errorf("%w: the parameter %s of question %s is a whole number from 0, not %q", jumpgraph.ErrUsage, name, q.ID, Text(value))
		}
	}
	if !found {
		return fmt.Errorf("%w: none of the questions has a parameter %s", jumpgraph.ErrUsage, name)
	}
	return nil
}

// parameter finds a parameter of a question by its name.
func parameter(q *questions.Question, name string) (p questions.Parameter, has bool) {
	i := slices.IndexFunc(q.Parameters, func(p questions.Parameter) bool { return p.Name == name })
	if i < 0 {
		return p, false
	}
	return q.Parameters[i], true
}

// wholeNumber reads a whole number of either type that Go programs use for it.
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
func describe(db graphsql.Database, q *questions.Question) (graphsql.Statement, error) {
	if !slices.Contains([]questions.Meaning{questions.Bad, questions.Good, questions.Informative}, q.Rows) {
		return graphsql.Statement{}, fmt.Errorf("%w: question %s does not say what a row means: bad, good or informative", jumpgraph.ErrUsage, q.ID)
	}
	s, err := db.Describe(q.SQL)
	if err != nil {
		return s, fmt.Errorf("question %s: %w", q.ID, err)
	}
	if _, err := describeAmong(db, q); err != nil {
		return s, err
	}
	for _, name := range s.Parameters {
		if _, has := parameter(q, name); !has && name != questions.Now {
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

// collectionsOf returns the collection that each table is made from. A table that is not among them is about the run itself.
func collectionsOf(ctx context.Context, db graphsql.Database) (map[string]string, error) {
	all := map[string]string{}
	_, err := db.Query(ctx, "SELECT tableName, collection FROM source", nil, func(v []any) error {
		all[Text(v[0])] = Text(v[1])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("evidence: read what the tables are made from: %w", err)
	}
	for _, typ := range schemas.Types() { // a type without a collection could never be unknown
		if all[typ] == "" {
			return nil, fmt.Errorf("%w: its table source does not say where %s comes from: collect again", jumpgraph.ErrNoResult, typ)
		}
	}
	return all, nil
}

// core is the layer that every graph has.
const core jumpgraph.Layer = "core"

// unknownColumn is the column in which a question says why a row is unknown.
const unknownColumn = "unknown"

// graph is a stored graph that is asked.
type graph struct {
	db          graphsql.Database
	manifest    *jumpgraph.Manifest
	collections map[string]string // the collection that a table is made from, by table
}

// ask asks one question.
func (g *graph) ask(ctx context.Context, q *questions.Question, s graphsql.Statement, values map[string]any) (*Answer, error) {
	a := g.newAnswer(q, s, values)
	var reasons []string
	reasons, a.NotChosen = g.missing(a.Sources, s)
	if a.Reasons = append(a.Reasons, reasons...); len(a.Reasons) > 0 {
		a.Status = Unknown
		return a, nil
	}
	_, err := g.db.Query(ctx, q.SQL, a.Parameters, func(v []any) error { return a.row(s.Columns, v) })
	if errors.Is(err, jumpgraph.ErrUsage) { // the other questions can be answered
		a.Rows, a.UnknownRows = a.Rows[:0], a.UnknownRows[:0]
		a.Status, a.Reasons = Unknown, []string{err.Error()}
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := g.count(ctx, a); errors.Is(err, jumpgraph.ErrUsage) {
		a.Reasons = append(a.Reasons, "how many there are in all: "+err.Error())
	} else if err != nil {
		return nil, err
	}
	notSaid, anyRow, err := assumed(ctx, g.db, s.Reads)
	if err != nil {
		return nil, err
	}
	// A question that names its unknown rows knows which values count; of the others, any may.
	if anyRow || !slices.Contains(s.Columns, unknownColumn) {
		a.Reasons = append(a.Reasons, notSaid...)
	}
	a.Reasons = append(a.Reasons, a.unknown()...)
	if len(a.Rows)+len(a.UnknownRows) == 0 && q.Rows != questions.Informative {
		a.Reasons = append(a.Reasons, empty(a.Sources)...)
	}
	a.Status = a.judge(anyRow)
	return a, nil
}

// newAnswer makes an answer without rows and status: what is asked, of what, and with which values.
func (g *graph) newAnswer(q *questions.Question, s graphsql.Statement, values map[string]any) *Answer {
	sum := sha256.Sum256([]byte(q.SQL))
	a := &Answer{
		Question: q, Reasons: []string{}, Parameters: map[string]any{}, Rows: []map[string]any{}, UnknownRows: []map[string]any{},
		Columns: slices.DeleteFunc(slices.Clone(s.Columns), func(c string) bool { return c == unknownColumn }),
		Sources: g.sourcesOf(s), SQLSHA256: hex.EncodeToString(sum[:]),
	}
	if slices.Contains(s.Parameters, questions.Now) {
		a.Parameters[questions.Now] = Collected(g.manifest)
	}
	for _, p := range q.Parameters {
		a.Parameters[p.Name] = p.Default
		if v, given := values[p.Name]; given {
			a.Parameters[p.Name] = v
		}
	}
	return a
}

// empty says that JumpCloud holds nothing that the question could be about.
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

// row keeps a row of the answer: among the unknown ones where the question says why it is unknown.
func (a *Answer) row(columns []string, values []any) error {
	row := map[string]any{}
	for i, name := range columns {
		row[name] = jsonValue(values[i])
	}
	var why any
	if i := slices.Index(columns, unknownColumn); i >= 0 {
		why = values[i]
	}
	switch why.(type) {
	case nil:
		delete(row, unknownColumn)
		a.Rows = append(a.Rows, row)
	case string:
		a.UnknownRows = append(a.UnknownRows, row)
	default:
		return fmt.Errorf("%w: the column unknown holds %s: it takes the reason as a text, or null", jumpgraph.ErrUsage, Text(why))
	}
	return nil
}

// jsonValue is a value of a row as JSON can hold it.
func jsonValue(v any) any {
	switch v := v.(type) {
	case []byte:
		return hex.EncodeToString(v)
	case float64:
		if math.IsInf(v, 0) {
			return Text(v)
		}
	}
	return v
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

// judge says which status the answer has. When nobody knows which rows hold assumed values, any row may be wrong.
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

// Collected is when a graph was collected, in milliseconds since 1970: the value of :now. Without a manifest it is 0.
func Collected(m *jumpgraph.Manifest) int64 {
	switch {
	case m == nil:
		return 0
	case m.FinishedAt.IsZero():
		return m.StartedAt.UnixMilli()
	default:
		return m.FinishedAt.UnixMilli()
	}
}

// sourcesOf returns how the collections were read that a statement reads.
func (g *graph) sourcesOf(s graphsql.Statement) []Source {
	needs := g.needs(s)
	list := []Source{}
	for _, o := range g.manifest.Organizations {
		for _, c := range o.Collections {
			if needs[c.Name] {
				list = append(list, Source{
					Organization: o.ID, Collection: c.Name, Endpoint: c.Endpoint, Status: c.Status, Reason: c.Reason,
					Proof: c.Proof, Expected: c.Expected, Received: c.Received, FinishedAt: c.FinishedAt,
				})
			}
		}
	}
	return list
}

// needs returns the collections that the tables of a statement are made from.
func (g *graph) needs(s graphsql.Statement) map[string]bool {
	needs := map[string]bool{}
	for _, c := range s.Reads {
		if name := g.collections[c.Table]; name != "" {
			needs[name] = true
		}
	}
	return needs
}

// missing says what the answer to a statement needs and the graph does not have, and which layer that no organization was
// asked for it is about.
func (g *graph) missing(list []Source, s graphsql.Statement) (reasons []string, notChosen jumpgraph.Layer) {
	needs := g.needs(s)
	if len(needs) == 0 { // the question is about the run itself
		return nil, ""
	}
	if g.manifest.Reason != "" {
		reasons = append(reasons, "the run ended early: "+g.manifest.Reason)
	}
	lacking, left, notChosen := g.notChosen(needs)
	reasons = append(reasons, lacking...)
	if len(list)+left < len(needs)*max(1, len(g.manifest.Organizations)) {
		reasons = append(reasons, "not every organization has the collections that the answer needs")
	}
	if notChosen != "" { // the others alone give no answer, whatever is wrong with them
		return reasons, notChosen
	}
	for _, source := range incomplete(list) {
		reasons = append(reasons, g.named(source.Organization, source.problem()))
	}
	return reasons, ""
}

// named puts the organization before a reason, where there are several.
func (g *graph) named(organization, reason string) string {
	if len(g.manifest.Organizations) > 1 {
		return organization + ": " + reason
	}
	return reason
}

// notChosen says of which layers beyond the core that were not chosen an answer needs something, and how many collections
// these are; the layer is one that was chosen for no organization.
func (g *graph) notChosen(needs map[string]bool) (reasons []string, collections int, layer jumpgraph.Layer) {
	everywhere, text := true, ""
	for _, o := range g.manifest.Organizations {
		names, lacks := lacking(o, needs)
		if len(names) == 0 {
			everywhere = false
			continue
		}
		collections += len(names)
		layer, text = lacks, fmt.Sprintf("not read: the layer %s was not chosen (%s)", lacks, strings.Join(names, ", "))
		reasons = append(reasons, g.named(o.ID, text))
	}
	if !everywhere || text == "" {
		return reasons, collections, ""
	}
	return []string{text}, collections, layer
}

// lacking names the collections that an answer needs of a layer that was not chosen for an organization.
func lacking(o *jumpgraph.Organization, needs map[string]bool) (names []string, layer jumpgraph.Layer) {
	for _, c := range jumpgraph.Collections() {
		has := func(have *jumpgraph.Collection) bool { return have.Name == c.Name }
		if needs[c.Name] && c.Layer != core && !slices.ContainsFunc(o.Collections, has) {
			names, layer = append(names, c.Name), c.Layer
		}
	}
	return names, layer
}

// OmitNotChosen leaves out the answers about layers beyond the core that were not chosen when the graph was collected, and
// names their questions in Omitted: who asks all questions of a graph need not read that of many of them. A report that would
// have no answer left stays as it is.
func (r *Report) OmitNotChosen() {
	chosen := func(a *Answer) bool { return a.NotChosen == "" }
	if !slices.ContainsFunc(r.Answers, chosen) {
		return
	}
	var kept []*Answer
	for _, a := range r.Answers {
		if chosen(a) {
			kept = append(kept, a)
			continue
		}
		if r.Counts[a.Status]--; r.Counts[a.Status] == 0 {
			delete(r.Counts, a.Status)
		}
		i := slices.IndexFunc(r.Omitted, func(o Omitted) bool { return o.Layer == a.NotChosen })
		if i < 0 {
			i = len(r.Omitted)
			r.Omitted = append(r.Omitted, Omitted{Layer: a.NotChosen})
		}
		r.Omitted[i].Questions = append(r.Omitted[i].Questions, a.Question.ID)
	}
	r.Answers = kept
}

// omitted says in words which questions were left out.
func (r *Report) omitted() []string {
	var all []string
	for _, o := range r.Omitted {
		all = append(all, fmt.Sprintf("%d about the layer %s, which was not chosen: collect --with %s", len(o.Questions), o.Layer, o.Layer))
	}
	return all
}

// incomplete returns the sources that make an answer unknown. An organization that does not use a feature has nothing to add to
// an answer; but when none uses it, there is nothing to answer from.
func incomplete(list []Source) []Source {
	inUse := func(s Source) bool { return !s.unused() }
	enough := func(s Source) bool { return s.Status == jumpgraph.Complete || !inUse(s) }
	if !slices.ContainsFunc(list, inUse) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), enough)
}

// unread names the collections that were not read to the end, each once, in the order in which the answers name them.
func (r *Report) unread() []string {
	var all []string
	for _, a := range r.Answers {
		for _, s := range a.Sources {
			if s.Status == jumpgraph.Complete || s.unused() {
				continue
			}
			name := s.Collection + " (" + string(s.Status) + ")"
			if len(r.Organizations) > 1 {
				name += " of " + s.Organization
			}
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// unused reports that the organization does not use what a collection is about. Of layers beyond the core that is not known: what
// JumpCloud does not know there was not read.
func (s Source) unused() bool {
	return s.Status == jumpgraph.Unavailable && !slices.ContainsFunc(jumpgraph.Collections(), func(c jumpgraph.CollectionInfo) bool {
		return c.Name == s.Collection && c.Layer != core
	})
}

// problem says in words how a collection was read.
func (s Source) problem() string {
	text := fmt.Sprintf("%s is %s", s.Collection, s.Status)
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// assumedSQL asks which values JumpCloud did not send, or could not be read, and whether it is unknown of which rows.
const assumedSQL = `SELECT tableName, property, CAST(sum(rowCount) AS BIGINT), max(CASE WHEN _key IS NULL THEN 1 ELSE 0 END)
	FROM unknown GROUP BY tableName, property ORDER BY tableName, property`

// assumed says which of the columns that an answer reads hold values that JumpCloud did not send, or that could not be read. anyRow means that nobody
// knows in which rows.
func assumed(ctx context.Context, db graphsql.Database, reads []graphsql.Column) (reasons []string, anyRow bool, err error) {
	_, err = db.Query(ctx, assumedSQL, nil, func(v []any) error {
		table, property := Text(v[0]), Text(v[1])
		if !slices.Contains(reads, graphsql.Column{Table: table, Name: property}) {
			return nil
		}
		reason := fmt.Sprintf("%s: JumpCloud does not say %s (%d)", table, property, v[2])
		if v[3] == int64(1) {
			anyRow = true
			reason += ", and this graph does not say of which: collect again"
		}
		reasons = append(reasons, reason)
		return nil
	})
	return reasons, anyRow, err
}
