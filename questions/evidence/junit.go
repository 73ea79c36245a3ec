package evidence

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/jumpgraph/jumpgraph/questions"
)

// JUnit writes the report as JUnit XML, which CI systems show as tests: one suite with a test case for each answer. The name
// of the case is the id of the question, its class the first tag. A fail is a failure with all rows. An unknown answer never
// counts as passed: it is skipped, which ends no pipeline, or with strict an error, which does. What is informative counts as
// passed.
//
// Texts are without control characters, those of a row on one line.
func (r *Report) JUnit(w io.Writer, strict bool) error {
	if err := r.ready(w, "JUnit"); err != nil {
		return err
	}
	suite := junitSuite{Name: "jumpgraph", Tests: len(r.Answers), Time: "0", Properties: r.junitProperties()}
	if t := r.Run.FinishedAt; !t.IsZero() {
		suite.Timestamp = t.UTC().Format("2006-01-02T15:04:05")
	}
	for _, a := range r.Answers {
		suite.Cases = append(suite.Cases, a.junit(strict))
		switch {
		case a.Status == Fail:
			suite.Failures++
		case a.Status == Unknown && strict:
			suite.Errors++
		case a.Status == Unknown:
			suite.Skipped++
		}
	}
	all := junitSuites{Name: "jumpgraph", Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: "0", Suites: []junitSuite{suite}}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("evidence: make JUnit XML: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(body)+"\n"); err != nil {
		return fmt.Errorf("evidence: write JUnit XML: %w", err)
	}
	return nil
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Time     string       `xml:"time,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Skipped *junitText  `xml:"skipped"`
	Error   *junitFault `xml:"error"`
	Failure *junitFault `xml:"failure"`
	Out     *junitText  `xml:"system-out"`
}

type junitFault struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	junitText
}

// junitText is the text of an element. It is escaped already, with line breaks that stay what they are.
type junitText struct {
	Text string `xml:",innerxml"`
}

func newJUnitText(lines []string) junitText {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(strings.Join(lines, "\n"))) // memory takes everything
	return junitText{strings.ReplaceAll(b.String(), "&#xA;", "\n")}
}

// junitProperties say what the answers are based on.
func (r *Report) junitProperties() []junitProperty {
	all := []junitProperty{
		{"run", oneLine(string(r.Run.Status) + " " + r.Run.Reason)},
		{"collected", timeText(r.Run.StartedAt) + " to " + timeText(r.Run.FinishedAt)},
		{"tool", oneLine(r.Run.Tool.Name + " " + r.Run.Tool.Version + ", data model " + r.Run.ModelVersion)},
	}
	for _, o := range r.Organizations {
		all = append(all, junitProperty{"organization", oneLine(o.Name + " (" + o.ID + ")")})
	}
	for _, text := range r.omitted() {
		all = append(all, junitProperty{"not asked", oneLine(text)})
	}
	for _, f := range r.Files {
		all = append(all, junitProperty{"file", oneLine(fmt.Sprintf("%s: %d bytes, SHA-256 %s", f.Name, f.Bytes, f.SHA256))})
	}
	return all
}

// junit is the test case of an answer.
func (a *Answer) junit(strict bool) junitCase {
	q := a.Question
	c := junitCase{Name: oneLine(q.ID), Class: "jumpgraph.questions", Time: "0"}
	if len(q.Tags) > 0 {
		c.Class = "jumpgraph." + oneLine(q.Tags[0])
	}
	text := newJUnitText(a.junitLines())
	switch {
	case a.Status == Fail:
		c.Failure = &junitFault{string(q.Severity), a.sentence(), text}
	case a.Status == Unknown && strict:
		c.Error = &junitFault{string(Unknown), a.sentence(), text}
	case a.Status == Unknown:
		c.Skipped = &text
	default:
		c.Out = &text
	}
	return c
}

// junitLines are the sentence, what the question is, the reasons and all rows.
func (a *Answer) junitLines() []string {
	lines := []string{a.sentence(), oneLine(a.Question.Description)}
	if a.Question.Rows != questions.Informative {
		lines = append(lines, "Severity: "+string(a.Question.Severity))
	}
	if controls := a.controls(); controls != "" {
		lines = append(lines, "May serve: "+controls)
	}
	for _, reason := range a.Reasons {
		lines = append(lines, "Unknown: "+oneLine(reason))
	}
	for _, f := range a.everyRow() {
		line := "- " + a.details(f.row)
		if f.kind == rowUnknown && f.why != "" {
			line += " (unknown: " + f.why + ")"
		}
		lines = append(lines, line)
	}
	return lines
}
