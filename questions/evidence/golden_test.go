package evidence_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// update writes the goldens of this package anew.
var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file below testdata, or writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not up to date; go test ./questions/evidence -update writes it anew (-want +got):\n%s", path, diff)
	}
}

// demoReport asks the library, or the named questions of it, about the recorded demonstration. What differs from run to run
// is set to fixed values.
func demoReport(t *testing.T, ids ...string) *evidence.Report {
	t.Helper()
	db, err := demo(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	list := library(t)
	if len(ids) > 0 {
		list = nil
		for _, q := range library(t) {
			for _, id := range ids {
				if q.ID == id {
					list = append(list, q)
				}
			}
		}
	}
	r, err := evidence.Ask(t.Context(), db, list, nil, jumpgraph.File{Name: "graph.db", SHA256: strings.Repeat("0a", 32), Bytes: 4096})
	if err != nil {
		t.Fatal(err)
	}
	r.OmitNotChosen()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r.Run.StartedAt, r.Run.FinishedAt = jumpgraph.Timestamp{Time: began}, jumpgraph.Timestamp{Time: began.Add(time.Minute)}
	r.Run.Tool.Version = "v0.0.0"
	return r
}

// made returns a report of the test's own with one answer of each status. Every text that may hold data is the given one.
func made(text string) *evidence.Report {
	row := func() map[string]any {
		return map[string]any{"key": text, "organization": text, "name": text, "serial": text, "n": int64(-1), "x": nil}
	}
	unknown := row()
	unknown["unknown"] = text
	answer := func(s evidence.Status, m questions.Meaning, v questions.Severity) *evidence.Answer {
		return &evidence.Answer{
			Question: &questions.Question{
				ID: string(s) + "-question", Title: text, Description: text, Rows: m, Severity: v, Finding: text,
				Tags: []string{text, text}, Evidence: []string{text, "SOC 2 CC6.1, CC6.2"},
			},
			Status: s, Summary: text, Reasons: []string{text}, Columns: []string{"key", "organization", "name", "serial", "n", "x"},
			Rows: []map[string]any{row(), row()}, UnknownRows: []map[string]any{unknown},
			Parameters: map[string]any{"p": text},
			Sources:    []evidence.Source{{Organization: text, Collection: text, Endpoint: text, Reason: text, Proof: text}},
		}
	}
	none := answer(evidence.Unknown, questions.Bad, questions.Low)
	none.Question.ID, none.Rows, none.UnknownRows = "withheld-question", nil, nil
	pass := answer(evidence.Pass, questions.Bad, questions.Low)
	pass.Rows, pass.UnknownRows, pass.Reasons = nil, nil, nil
	r := &evidence.Report{
		Run:           evidence.Run{Tool: jumpgraph.Tool{Name: text, Version: text}, ModelVersion: text, Status: jumpgraph.Partial, Reason: text},
		Organizations: []evidence.Organization{{ID: text, Name: text}, {ID: text, Name: text}},
		Files:         []jumpgraph.File{{Name: text, SHA256: "00", Bytes: 1}},
		Counts:        map[evidence.Status]int{evidence.Fail: 1, evidence.Unknown: 2, evidence.Pass: 1, evidence.Informative: 1},
		Answers: []*evidence.Answer{
			answer(evidence.Fail, questions.Bad, questions.High), answer(evidence.Unknown, questions.Bad, questions.Medium), none, pass,
			answer(evidence.Informative, questions.Informative, ""),
		},
	}
	return r
}
