package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/questions"
)

// sarifSchema names the schema that the SARIF form keeps.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes the report as SARIF 2.1.0, for programs that collect findings. A question is a rule; a fail has a result for
// each row, with the name of the object, or one result where rows are good and there is none. Unknown rows, and unknown
// answers, have results of the kind open, passed answers one of the kind pass, what is informative one of the kind
// informational. The same report gives the same bytes.
//
// Every result has the first file of the report as its place, since some programs show no result without a file. The
// fingerprint of a result is made from question, organization and key: it stays the same from run to run.
//
// Texts are on one line, without control characters and without links.
func (r *Report) SARIF(w io.Writer) error {
	if err := r.ready(w, "SARIF"); err != nil {
		return err
	}
	s := &sarif{report: r, rules: map[string]int{}, seen: map[string]int{}}
	for _, a := range r.Answers {
		s.answer(a)
	}
	body, err := jsontext.Indent(sarifLog{sarifSchema, "2.1.0", []sarifRun{s.run()}})
	if err != nil {
		return fmt.Errorf("evidence: make SARIF: %w", err)
	}
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("evidence: write SARIF: %w", err)
	}
	return nil
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Invocations []sarifInvocation  `json:"invocations"`
	Artifacts   []sarifArtifact    `json:"artifacts"`
	Results     []sarifResult      `json:"results"`
	Properties  sarifRunProperties `json:"properties"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID            string    `json:"id"`
	Short         sarifText `json:"shortDescription"`
	Full          sarifText `json:"fullDescription"`
	Help          sarifText `json:"help"`
	Configuration struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties sarifRuleProperties `json:"properties"`
}

type sarifRuleProperties struct {
	Tags []string `json:"tags"`
	// Severity is a number as text, by which GitHub says how severe an alert is.
	Severity string `json:"security-severity,omitzero"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Start         string              `json:"startTimeUtc,omitzero"`
	End           string              `json:"endTimeUtc,omitzero"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifArtifact struct {
	Location sarifPlace        `json:"location"`
	Length   int64             `json:"length"`
	Roles    []string          `json:"roles"`
	Hashes   map[string]string `json:"hashes"`
}

type sarifPlace struct {
	URI   string `json:"uri"`
	Index *int   `json:"index,omitempty"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Kind         string            `json:"kind"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifPlace `json:"artifactLocation"`
}

type sarifLogical struct {
	Name string `json:"name,omitzero"`
	Full string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifRunProperties struct {
	CollectedBy   jumpgraph.Tool   `json:"collectedBy"`
	ModelVersion  string           `json:"modelVersion"`
	Status        jumpgraph.Status `json:"status"`
	Reason        string           `json:"reason,omitzero"`
	Organizations []Organization   `json:"organizations"`
	Counts        map[Status]int   `json:"counts"`
	Omitted       []Omitted        `json:"omitted,omitzero"`
}

// sarif makes a run of a report.
type sarif struct {
	report  *Report
	driver  sarifDriver
	rules   map[string]int // the places of the rules, by id
	results []sarifResult
	seen    map[string]int // how often a fingerprint was made
}

// answer adds the results of an answer: one for each row that somebody must look at, else one in all.
func (s *sarif) answer(a *Answer) {
	before := len(s.results)
	for _, f := range a.everyRow() {
		switch f.kind {
		case rowFinding:
			s.add(a, "fail", a.about(f), f.row)
		case rowUnknown:
			s.add(a, "open", a.about(f), f.row)
		default: // facts are told by their number
		}
	}
	switch {
	case len(s.results) > before:
	case a.Status == Fail:
		s.add(a, "fail", a.sentence(), nil)
	case a.Status == Unknown:
		s.add(a, "open", strings.Join(append([]string{a.sentence()}, a.Reasons...), "; "), nil)
	case a.Status == Pass:
		s.add(a, "pass", a.sentence(), nil)
	default:
		s.add(a, "informational", a.sentence(), nil)
	}
}

// about says what a row of an answer is about, by the name of the object.
func (a *Answer) about(f found) string {
	name := a.nameOf(f.row)
	if name == "" {
		name = "An object"
	}
	text := name + ": " + oneLine(a.Question.Title)
	if f.kind == rowUnknown {
		text = name + ": unknown whether it is one of: " + oneLine(a.Question.Title)
		if f.why != "" {
			text += "; " + f.why
		}
	}
	if details := a.details(f.row); details != "" {
		text += " (" + details + ")"
	}
	return text
}

// add adds a result. Its row is nil where it is about the answer as a whole.
func (s *sarif) add(a *Answer, kind, message string, row map[string]any) {
	id := oneLine(a.Question.ID)
	res := sarifResult{RuleID: id, RuleIndex: s.rule(a.Question), Kind: kind, Level: "none", Message: sarifMessage(message)}
	if kind == "fail" { // any other kind has no level
		res.Level = sarifLevel(a.Question)
	}
	var place sarifLocation
	if len(s.report.Files) > 0 {
		first := 0
		place.Physical = &sarifPhysical{sarifPlace{sarifURI(s.report.Files[0].Name), &first}}
	}
	object := objectOf(row)
	if object != "" {
		place.Logical = []sarifLogical{{a.nameOf(row), object, "object"}}
	} else if row != nil { // without a key, its values tell it from others
		object = a.details(row)
	}
	if place.Physical != nil || place.Logical != nil {
		res.Locations = []sarifLocation{place}
	}
	sum := sha256.Sum256([]byte(id + "\n" + object))
	mark := hex.EncodeToString(sum[:])
	s.seen[mark]++
	mark += ":" + strconv.Itoa(s.seen[mark])
	// The second is the only one that GitHub reads.
	res.Fingerprints = map[string]string{"jumpgraphObject/v1": mark, "primaryLocationLineHash": mark}
	s.results = append(s.results, res)
}

// objectOf names the object of a row for programs: its organization, where the row says it, and its key.
func objectOf(row map[string]any) string {
	key, organization := cellText(row, "key"), cellText(row, "organization")
	if key == "" || organization == "" {
		return key
	}
	return organization + "/" + key
}

// rule returns the place of the rule of a question, and makes it the first time.
func (s *sarif) rule(q *questions.Question) int {
	id := oneLine(q.ID)
	if i, has := s.rules[id]; has {
		return i
	}
	rule := sarifRule{ID: id, Short: sarifMessage(q.Title), Full: sarifMessage(q.Description), Help: sarifMessage(q.Description)}
	rule.Configuration.Level = sarifLevel(q)
	rule.Properties.Severity = sarifSeverities[q.Severity]
	if len(q.Evidence) > 0 {
		rule.Help = sarifMessage(q.Description + " May serve: " + strings.Join(q.Evidence, "; "))
	}
	var tags []string
	if q.Rows != questions.Informative { // GitHub reads the severity of what has this tag
		tags = append(tags, "security")
	}
	tags = append(tags, q.Tags...)
	for _, c := range q.Controls() {
		tags = append(tags, c.Short())
	}
	rule.Properties.Tags = []string{}
	for _, tag := range tags {
		if tag = oneLine(tag); !slices.Contains(rule.Properties.Tags, tag) { // the schema wants each once
			rule.Properties.Tags = append(rule.Properties.Tags, tag)
		}
	}
	s.rules[id] = len(s.driver.Rules)
	s.driver.Rules = append(s.driver.Rules, rule)
	return s.rules[id]
}

// sarifSeverities are the severities as numbers from 0 to 10, in the middle of what GitHub calls high, medium and low.
var sarifSeverities = map[questions.Severity]string{questions.High: "8.0", questions.Medium: "5.5", questions.Low: "2.0"}

// sarifLevel is the level of a fail.
func sarifLevel(q *questions.Question) string {
	switch {
	case q.Rows == questions.Informative:
		return "none"
	case q.Severity == questions.High:
		return "error"
	case q.Severity == questions.Low:
		return "note"
	default:
		return "warning"
	}
}

// sarifBraces writes braces, which stand for arguments of a message, and breaks what would be a link.
var sarifBraces = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (")

// sarifMessage is a text as a message: a sentence on one line.
func sarifMessage(text string) sarifText {
	text = sarifBraces.Replace(oneLine(text))
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return sarifText{text}
}

// sarifURI is the name of a file as a relative URI. Two slashes at its start would name a host: one remains.
func sarifURI(name string) string {
	name = oneLine(name)
	if strings.HasPrefix(name, "//") {
		name = "/" + strings.TrimLeft(name, "/")
	}
	return (&url.URL{Path: name}).String()
}

// run is the run with all results.
func (s *sarif) run() sarifRun {
	r := s.report
	run := sarifRun{
		Invocations: []sarifInvocation{r.sarifInvocation()}, Artifacts: []sarifArtifact{}, Results: s.results,
		Properties: sarifRunProperties{
			CollectedBy:  jumpgraph.Tool{Name: oneLine(r.Run.Tool.Name), Version: oneLine(r.Run.Tool.Version)},
			ModelVersion: oneLine(r.Run.ModelVersion), Status: r.Run.Status, Reason: oneLine(r.Run.Reason),
			Organizations: []Organization{}, Counts: r.Counts, Omitted: r.Omitted,
		},
	}
	for _, o := range r.Organizations {
		run.Properties.Organizations = append(run.Properties.Organizations, Organization{oneLine(o.ID), oneLine(o.Name), o.Status})
	}
	for _, f := range r.Files {
		run.Artifacts = append(run.Artifacts, sarifArtifact{
			Location: sarifPlace{URI: sarifURI(f.Name)}, Length: f.Bytes, Roles: []string{"analysisTarget"},
			Hashes: map[string]string{"sha-256": f.SHA256},
		})
	}
	if s.driver.Name = "jumpgraph"; s.driver.Rules == nil {
		s.driver.Rules = []sarifRule{}
	}
	if run.Results == nil {
		run.Results = []sarifResult{}
	}
	run.Tool.Driver = s.driver
	return run
}

// sarifInvocation says when the graph was collected, and whether that went well.
func (r *Report) sarifInvocation() sarifInvocation {
	i := sarifInvocation{Successful: r.Run.Status == jumpgraph.Complete, Start: sarifTime(r.Run.StartedAt), End: sarifTime(r.Run.FinishedAt)}
	if !i.Successful {
		text := "The graph is not complete: the run is " + string(r.Run.Status) + " " + r.Run.Reason
		i.Notifications = []sarifNotification{{"warning", sarifMessage(text)}}
	}
	return i
}

func sarifTime(t jumpgraph.Timestamp) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
