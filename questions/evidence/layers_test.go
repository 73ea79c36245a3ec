package evidence_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// ofGovernance returns the questions about the layer governance, by their tag.
func ofGovernance(t *testing.T) []*questions.Question {
	t.Helper()
	return slices.DeleteFunc(library(t), func(q *questions.Question) bool { return !slices.Contains(q.Tags, "governance") })
}

// TestAsk_ALayerThatWasNotReadIsUnknownAndSaysWhy: no answer about what was not read is a pass, whatever the reason.
func TestAsk_ALayerThatWasNotReadIsUnknownAndSaysWhy(t *testing.T) {
	t.Parallel()
	every := func(status int) []jumpcloudtest.Fault {
		var faults []jumpcloudtest.Fault
		for _, path := range []string{
			"/api/users", "/v2/roles", "/service-accounts", "/authn/policies", "/iplists", "/directories", "/radiusservers", "/organizations/*",
		} {
			faults = append(faults, jumpcloudtest.Fault{Path: path, Status: status})
		}
		return faults
	}
	skipped := slices.Clone(governed)
	for _, c := range jumpgraph.Collections() {
		if c.Layer == jumpgraph.Governance {
			skipped = append(skipped, jumpgraph.Skip(c.Name))
		}
	}
	for name, tt := range map[string]struct {
		options []jumpgraph.Option
		faults  []jumpcloudtest.Fault
		says    string
	}{
		"not chosen":   {nil, nil, "not read: the layer governance was not chosen ("},
		"skipped":      {skipped, nil, " is skipped"},
		"forbidden":    {governed, every(403), " is forbidden: "},
		"unlicensed":   {governed, every(402), " is unlicensed: "},
		"not provided": {governed, every(404), " is unavailable: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := collectedWith(t, jumpcloudtest.Demo(), tt.options, tt.faults...)
			if err != nil {
				t.Fatal(err)
			}
			r, err := evidence.Ask(t.Context(), db, ofGovernance(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range r.Answers {
				if a.Question.ID == "suspended-users-with-ssh-keys" && len(tt.faults) > 0 {
					continue // they come with the users
				}
				if a.Status != evidence.Unknown || len(a.Rows) > 0 || !strings.Contains(strings.Join(a.Reasons, "\n"), tt.says) {
					t.Errorf("%s is %s with %d rows: %q; want unknown and %q", a.Question.ID, a.Status, len(a.Rows), a.Reasons, tt.says)
				}
				if (a.NotChosen != "") != (name == "not chosen") {
					t.Errorf("%s: the layer %q was not chosen", a.Question.ID, a.NotChosen)
				}
			}
		})
	}
}

// TestAsk_OneForbiddenCollectionLeavesTheOtherAnswers: what does not rest on it is answered as ever.
func TestAsk_OneForbiddenCollectionLeavesTheOtherAnswers(t *testing.T) {
	t.Parallel()
	whole, err := collectedWith(t, jumpcloudtest.Demo(), governed)
	if err != nil {
		t.Fatal(err)
	}
	part, err := collectedWith(t, jumpcloudtest.Demo(), governed, jumpcloudtest.Fault{Path: "/v2/roles", Status: 403})
	if err != nil {
		t.Fatal(err)
	}
	want, err := evidence.Ask(t.Context(), whole, library(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := evidence.Ask(t.Context(), part, library(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range got.Answers {
		ofRoles := a.Question.ID == "roles-that-write-everything" || a.Question.ID == "collections-not-complete"
		if !ofRoles && (a.Status != want.Answers[i].Status || len(a.Rows) != len(want.Answers[i].Rows)) {
			t.Errorf("%s is %s with %d rows, want %s with %d", a.Question.ID, a.Status, len(a.Rows), want.Answers[i].Status, len(want.Answers[i].Rows))
		}
	}
}

// TestReport_WithoutLayersIsTheReportOfTheCore: one line stands for all questions about a layer that was not chosen, in every form.
func TestReport_WithoutLayersIsTheReportOfTheCore(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	core := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return slices.Contains(q.Tags, "governance") })
	want, err := evidence.Ask(t.Context(), db, core, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := evidence.Ask(t.Context(), db, library(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	got.OmitNotChosen()
	if n := len(ofGovernance(t)); len(got.Omitted) != 1 || got.Omitted[0].Layer != jumpgraph.Governance || len(got.Omitted[0].Questions) != n {
		t.Fatalf("omitted are %v, want the %d questions about governance", got.Omitted, n)
	}
	forms := map[string]func(*evidence.Report, io.Writer) error{
		"text":     func(r *evidence.Report, w io.Writer) error { return r.Text(w, evidence.TextOptions{}) },
		"markdown": func(r *evidence.Report, w io.Writer) error { return r.Markdown(w, 0) },
		"html":     (*evidence.Report).HTML,
		"junit":    func(r *evidence.Report, w io.Writer) error { return r.JUnit(w, true) },
		"sarif":    (*evidence.Report).SARIF,
		"csv":      (*evidence.Report).CSV,
		"json":     func(r *evidence.Report, w io.Writer) error { return json.NewEncoder(w).Encode(r) },
	}
	omitted := got.Omitted
	for name, write := range forms {
		var with, without, plain bytes.Buffer
		got.Omitted = omitted
		if err := write(got, &with); err != nil {
			t.Fatal(err)
		}
		got.Omitted = nil
		for r, w := range map[*evidence.Report]io.Writer{got: &without, want: &plain} {
			if err := write(r, w); err != nil {
				t.Fatal(err)
			}
		}
		if without.String() != plain.String() {
			t.Errorf("%s: more than the line differs from a report about the core", name)
		}
		if name != "csv" && strings.Count(with.String(), "governance") == 0 {
			t.Errorf("%s does not say that questions about governance were left out", name)
		}
	}
}

// TestReport_OmitsNothingWhereNothingElseWasAsked: a report about a layer that was not chosen says unknown.
func TestReport_OmitsNothingWhereNothingElseWasAsked(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Ask(t.Context(), db, ofGovernance(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.OmitNotChosen(); len(r.Omitted) > 0 || r.Counts[evidence.Unknown] != len(ofGovernance(t)) {
		t.Errorf("%d are omitted and %d unknown, want none and all", len(r.Omitted), r.Counts[evidence.Unknown])
	}
}
