// Package questions holds named questions about a stored graph, written in SQL.
//
// It only reads questions; package evidence, below it, asks them. That keeps the database away from programs that only list
// questions. A question is a file NAME.sql that begins with comments:
//
//	-- title: Devices that were not seen for some time
//	-- description: What a row is, and what it is not. A long text
//	--   goes on in lines that are indented.
//	-- rows: bad
//	-- severity: medium
//	-- finding: devices was|were not seen for :days days
//	-- among: SELECT count(*) FROM jumpcloud_device
//	-- tags: devices, inventory
//	-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.1
//	-- parameter: days = 30: How many days a device may be out of touch.
//	SELECT _key AS key, ... FROM jumpcloud_device WHERE lastSeenOn < :now - CAST(:days AS NUMERIC) * 86400000
//
// Title, description and rows are required. The finding is what is said of the rows after their number, "4 of 14" where among
// counts what they are some of: of a word such as was|were, the first half is taken after 1. docs/queries.md lists the tables; :now is when the graph was collected, in
// milliseconds since 1970, so that the same graph always gives the same answer. A column that is called unknown says in words
// why nobody knows whether a row counts; in rows that count, it is null. A question without that column is unknown as soon as
// it reads a value that JumpCloud did not send.
//
// The questions of [Library] give the same rows in the same order in SQLite and in PostgreSQL; docs/queries.md says how.
package questions

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed library/*.sql
var library embed.FS

// Now is the parameter that every question may use: when the graph was collected, in milliseconds since 1970.
const Now = "now"

// Meaning says what a row of an answer means.
type Meaning string

// The meanings.
const (
	// Bad: a row is a finding. Without one, the question is passed.
	Bad Meaning = "bad"
	// Good: a row is what should be. Without one, the question is failed.
	Good Meaning = "good"
	// Informative: a row is a fact, neither good nor bad.
	Informative Meaning = "informative"
)

// Severity says how bad it is when a question is answered with fail.
type Severity string

// The severities.
const (
	// High: somebody may get in, or data may get out.
	High Severity = "high"
	// Medium: a protection is missing that another one may replace.
	Medium Severity = "medium"
	// Low: order is missing, which makes other faults more likely.
	Low Severity = "low"
)

// Severities returns the severities, the worst first.
func Severities() []Severity { return []Severity{High, Medium, Low} }

// Question is a named question.
type Question struct {
	// ID is the name of the file without its ending: small letters, digits and hyphens.
	ID          string  `json:"id"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Rows        Meaning `json:"rows"`
	// Severity says how bad a fail is: medium where the file does not say. It is empty where rows are informative.
	Severity Severity `json:"severity,omitzero"`
	// Finding is what is said of the rows after their number, with both forms of a word where one and several differ, such as
	// "devices is|are not encrypted". Empty: the title is said.
	Finding string `json:"finding,omitzero"`
	// Among is a statement whose only value is how many there are in all, of which the rows are some. Empty: nobody says.
	Among string `json:"among,omitzero"`
	// Tags are words to choose questions by.
	Tags []string `json:"tags"`
	// Evidence names the controls of standards that the answer may serve. Whether it does is for the auditor to say.
	Evidence   []string    `json:"evidence"`
	Parameters []Parameter `json:"parameters"`
	// SQL is the statement, without the comments before it.
	SQL string `json:"sql"`
}

// Parameter is a value that the person who asks may choose.
type Parameter struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Default is a string, an int64, or nil for null.
	Default any `json:"default"`
}

// Library returns the questions that come with this module, by id.
func Library() ([]*Question, error) {
	sub, err := fs.Sub(library, "library")
	if err != nil {
		return nil, fmt.Errorf("questions: read the library: %w", err)
	}
	return Load(sub)
}

// Load reads the questions in a folder, the files that end in .sql, by id. Its error lists every file that is not one.
func Load(folder fs.FS) ([]*Question, error) {
	if folder == nil {
		return nil, errors.New("questions: Load needs a folder, such as os.DirFS(path)")
	}
	if _, err := fs.ReadDir(folder, "."); err != nil { // for Glob, a folder that is not there is empty
		return nil, fmt.Errorf("questions: read the folder: %w", err)
	}
	names, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("questions: list the folder: %w", err)
	}
	slices.Sort(names)
	var all []*Question
	var errs []error
	for _, name := range names {
		q, err := parseFile(folder, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, q)
	}
	return all, errors.Join(errs...)
}

func parseFile(folder fs.FS, name string) (*Question, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	return Parse(name, text)
}

var (
	idForm        = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	fieldForm     = regexp.MustCompile(`^--\s?([a-z]+):\s*(.*)$`)
	moreForm      = regexp.MustCompile(`^--\s{2,}(.*)$`)
	parameterForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*)\s*(?:=\s*([^:]*?)\s*)?:\s*(.+)$`)
)

// Parse reads a question. The name is that of its file; errors name it with the line.
func Parse(name string, text []byte) (*Question, error) {
	q := &Question{ID: strings.TrimSuffix(name, ".sql"), Tags: []string{}, Evidence: []string{}, Parameters: []Parameter{}}
	if !idForm.MatchString(q.ID) {
		return nil, fmt.Errorf("questions: %s: name the file in small letters, digits and hyphens", name)
	}
	lines := linesOf(text)
	number, seen := 1, map[string]bool{}
	for len(lines) > 0 && strings.HasPrefix(lines[0], "--") {
		key, value, n := field(lines)
		if err := q.setOnce(key, value, seen); err != nil {
			return nil, fmt.Errorf("questions: %s:%d: %w", name, number, err)
		}
		lines, number = lines[n:], number+n
	}
	q.SQL = strings.TrimSpace(strings.Join(lines, "\n"))
	if err := q.whole(); err != nil {
		return nil, fmt.Errorf("questions: %s: %w", name, err)
	}
	return q, nil
}

// linesOf splits a text into lines, whatever system it was written on.
func linesOf(text []byte) []string {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	return strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
}

// field reads the field that begins in the first line, and says how many lines it has. The key is empty when no field begins
// there.
func field(lines []string) (key, value string, n int) {
	first := fieldForm.FindStringSubmatch(lines[0])
	if first == nil {
		return "", "", 1
	}
	parts := []string{first[2]}
	for _, line := range lines[1:] {
		more := moreForm.FindStringSubmatch(line)
		if more == nil {
			break
		}
		parts = append(parts, more[1])
	}
	return first[1], strings.TrimSpace(strings.Join(parts, " ")), len(parts)
}

// setOnce sets a field that was not seen before. Only parameter may stand there several times.
func (q *Question) setOnce(key, value string, seen map[string]bool) error {
	if seen[key] && key != "parameter" {
		return fmt.Errorf("%s stands there twice: keep one of them", key)
	}
	seen[key] = true
	return q.set(key, value)
}

// whole refuses a question that lacks something, and gives it the severity that it does not name.
func (q *Question) whole() error {
	for _, field := range [][2]string{{"title", q.Title}, {"description", q.Description}, {"rows", string(q.Rows)}} {
		if field[1] == "" {
			return fmt.Errorf("a line -- %s: ... is missing", field[0])
		}
	}
	switch {
	case q.SQL == "":
		return errors.New("there is no SQL: write the statement below the comments")
	case q.Rows == Informative && q.Severity != "":
		return errors.New("rows that are informative have no severity: leave the line -- severity: ... out")
	case q.Rows != Informative && q.Severity == "":
		q.Severity = Medium
	}
	return nil
}

// set sets a field from its text in the comments.
func (q *Question) set(key, value string) error {
	switch key {
	case "":
		return errors.New("begin with lines such as -- title: ...; other comments go below the first line of SQL")
	case "title":
		q.Title = value
	case "description":
		q.Description = value
	case "rows":
		q.Rows = Meaning(value)
		if !slices.Contains([]Meaning{Bad, Good, Informative}, q.Rows) {
			return fmt.Errorf("rows are %s, %s or %s, not %q", Bad, Good, Informative, value)
		}
	case "severity":
		q.Severity = Severity(value)
		if !slices.Contains(Severities(), q.Severity) {
			return fmt.Errorf("the severity is %s, %s or %s, not %q", High, Medium, Low, value)
		}
	case "finding":
		q.Finding = value
	case "among":
		q.Among = value
	case "tags":
		q.Tags = list(value, ",")
	case "evidence":
		q.Evidence = list(value, ";")
	case "parameter":
		return q.addParameter(value)
	default:
		return fmt.Errorf("%s is no field of a question: there are title, description, rows, severity, finding, among, tags, evidence and parameter", key)
	}
	return nil
}

// addParameter reads a parameter. Without a default it is null until somebody gives it a value.
func (q *Question) addParameter(text string) error {
	form := parameterForm.FindStringSubmatch(text)
	if form == nil {
		return errors.New("write a parameter as name = default: description, or name: description")
	}
	p := Parameter{Name: form[1], Description: form[3]}
	if form[2] != "" {
		p.Default = Value(form[2])
	}
	if p.Name == Now || slices.ContainsFunc(q.Parameters, func(o Parameter) bool { return o.Name == p.Name }) {
		return fmt.Errorf("the parameter %s is there already: choose another name", p.Name)
	}
	q.Parameters = append(q.Parameters, p)
	return nil
}

// Value is a value of a parameter that was written as text: an int64 where it is a whole number, else the text.
func Value(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n
	}
	return text
}

// list splits a text, and leaves out parts that are empty.
func list(text, by string) []string {
	all := []string{}
	for part := range strings.SplitSeq(text, by) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
