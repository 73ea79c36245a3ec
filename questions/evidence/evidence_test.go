package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/dialect"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// TestAsk_IsUnknownWithoutTheCollection forbids one collection at a time.
func TestAsk_IsUnknownWithoutTheCollection(t *testing.T) {
	t.Parallel()
	list := library(t)
	for path, collection := range map[string]string{
		"/api/search/systemusers": "systemusers", "/api/search/systems": "systems", "/api/v2/usergroups": "usergroups",
		"/api/applications": "applications", "/api/v2/applemdms": "applemdms",
	} {
		t.Run(collection, func(t *testing.T) {
			t.Parallel()
			faults := []jumpcloudtest.Fault{{Path: path, Status: 403}}
			if strings.Contains(path, "search") { // the list is asked when the search is refused
				faults = append(faults, jumpcloudtest.Fault{Path: "/api/" + collection, Status: 403})
			}
			db, err := collected(t, jumpcloudtest.Demo(), faults...)
			if !errors.Is(err, jumpgraph.ErrIncomplete) {
				t.Fatalf("got %v, want ErrIncomplete", err)
			}
			report, err := evidence.Ask(t.Context(), db, list, nil)
			if err != nil {
				t.Fatal(err)
			}
			unknown := 0
			for _, a := range report.Answers {
				missing := slices.ContainsFunc(a.Sources, func(s evidence.Source) bool { return s.Status != jumpgraph.Complete })
				if !missing {
					continue
				}
				unknown++
				if a.Status != evidence.Unknown || len(a.Rows) > 0 || len(a.Reasons) == 0 {
					t.Errorf("%s is %s with %d rows and the reasons %v", a.Question.ID, a.Status, len(a.Rows), a.Reasons)
				}
			}
			if unknown == 0 {
				t.Error("no question reads the collection")
			}
			i := slices.IndexFunc(report.Answers, func(a *evidence.Answer) bool { return a.Question.ID == "collections-not-complete" })
			if a := report.Answers[i]; a.Status != evidence.Fail || !slices.ContainsFunc(a.Rows, func(r map[string]any) bool { return r["name"] == collection }) {
				t.Errorf("collections-not-complete is %s: %v", a.Status, a.Rows)
			}
		})
	}
}

func TestAsk_WithoutDeviceManagersKnowsTheOtherDevices(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/api/v2/applemdms", Status: 404})
	if err != nil {
		t.Fatal(err)
	}
	report, err := evidence.Ask(t.Context(), db, library(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range report.Answers {
		switch a.Question.ID {
		case "device-inventory":
			if a.Status != evidence.Informative || len(a.Rows) != 14 {
				t.Errorf("%s is %s with %d rows", a.Question.ID, a.Status, len(a.Rows))
			}
		case "apple-devices-not-enrolled", "apple-push-certificates-ending":
			if a.Status != evidence.Unknown {
				t.Errorf("%s is %s: nothing is known of Apple devices", a.Question.ID, a.Status)
			}
		}
	}
}

// one asks one question of the demonstration, after a change.
func one(t *testing.T, id string, change func(*jumpcloudtest.Organization)) *evidence.Answer {
	t.Helper()
	org := jumpcloudtest.Demo()
	change(org)
	db, err := collected(t, org)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, db, id)
}

func answer(t *testing.T, db *sqlite.DB, id string) *evidence.Answer {
	t.Helper()
	list := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return q.ID != id })
	report, err := evidence.Ask(t.Context(), db, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report.Answers[0]
}

func TestAsk_AValueThatWasNotSentIsNoPass(t *testing.T) {
	t.Parallel()
	const id = "devices-with-ssh-password-login"
	set := func(value any) func(*jumpcloudtest.Organization) {
		return func(org *jumpcloudtest.Organization) {
			for _, s := range org.Systems {
				s["allowSshPasswordAuthentication"] = false
			}
			if org.Systems[2]["allowSshPasswordAuthentication"] = value; value == nil {
				delete(org.Systems[2], "allowSshPasswordAuthentication")
			}
		}
	}
	for _, tt := range []struct {
		value any
		want  evidence.Status
	}{{false, evidence.Pass}, {true, evidence.Fail}, {nil, evidence.Unknown}} {
		if a := one(t, id, set(tt.value)); a.Status != tt.want {
			t.Errorf("with %v: %s, want %s; %v", tt.value, a.Status, tt.want, a.Reasons)
		}
	}
}

// TestAsk_FilesAnswerAsADatabaseDoes asks every question of both forms of one run, whose values are unknown in places.
func TestAsk_FilesAnswerAsADatabaseDoes(t *testing.T) {
	t.Parallel()
	org := oddGovernance(jumpcloudtest.Demo())
	delete(org.SystemUsers[2]["mfa"].(jumpcloudtest.Object), "configured")
	delete(org.SystemUsers[5], "sudo")
	org.SystemUsers[3]["state"] = "RETIRED"
	org.SystemUsers[4]["mfa"] = "surely"
	org.Systems[1]["fde"] = []any{"none"}
	org.Systems[2]["allowSshRootLogin"] = "perhaps"
	s := jumpcloudtest.NewServer(org)
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dir, first, second := filepath.Join(t.TempDir(), "graph"), filepath.Join(t.TempDir(), "graph.db"), filepath.Join(t.TempDir(), "graph.db")
	if _, err := jumpgraph.Collect(t.Context(), c, sqlite.New(first), governed...); err != nil {
		t.Fatal(err)
	}
	source, err := sqlite.Open(first)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close() //nolint:errcheck // opened to read
	if err := jumpgraph.Replay(t.Context(), source, jsonl.New(dir)); err != nil {
		t.Fatal(err)
	}
	files, err := jsonl.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(jumpgraph.Replay(t.Context(), files, sqlite.New(second)), files.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(second)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // opened to read
	library, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, q := range library {
		want, got := answer(t, source, q.ID), answer(t, again, q.ID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-database +files):\n%s", q.ID, diff)
		}
		named += len(want.Reasons)
	}
	if named == 0 {
		t.Error("no answer gives a reason: the test makes nothing unknown")
	}
}

func TestAsk_RefusesWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	head := "-- title: T\n-- description: D\n-- rows: bad\n"
	for name, tt := range map[string]struct {
		text   string
		values map[string]any
		want   string
	}{
		"a write":                    {head + "DELETE FROM jumpcloud_user", nil, "more than read"},
		"a column that is not there": {head + "SELECT nothing FROM jumpcloud_user", nil, "nothing"},
		"a parameter without a line": {head + "SELECT :days", nil, "parameter: days"},
		"a parameter without use":    {head + "-- parameter: days = 1: D\nSELECT 1", nil, "does not use"},
		"a value for no parameter":   {head + "SELECT 1", map[string]any{"days": int64(1)}, "none of the questions"},
		"a word for a number":        {head + "-- parameter: days = 1: D\nSELECT :days", map[string]any{"days": "thirty"}, "whole number"},
		"less than nothing":          {head + "-- parameter: days = 1: D\nSELECT :days", map[string]any{"days": int64(-5)}, "whole number"},
	} {
		q, err := questions.Parse("mine.sql", []byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.Ask(t.Context(), db, []*questions.Question{q}, tt.values); !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestAsk_ParametersChangeTheAnswer(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return q.ID != "application-access" && q.ID != "devices-not-seen" })
	report, err := evidence.Ask(t.Context(), db, list, map[string]any{"application": "SLACK", "days": int64(100_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Answers[0].Rows {
		if row["application"] != "Slack" {
			t.Errorf("asked for Slack, got %v", row["application"])
		}
	}
	if a := report.Answers[1]; len(a.Rows) != 0 || a.Parameters["days"] != int64(100_000) {
		t.Errorf("no device is out of touch for 273 years: %v, %v", a.Rows, a.Parameters)
	}
}

// TestReport_NamesWhatItRestsOnAndStaysTheSame asks twice, and looks for run, organization, time, endpoint and hash.
func TestReport_NamesWhatItRestsOnAndStaysTheSame(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	org.Systems[0]["displayName"] = "x | y\n# <script> `a` *b* \x1b[31m"
	db, err := collected(t, org)
	if err != nil {
		t.Fatal(err)
	}
	file, err := db.Hash()
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string][]string{}
	for range 2 {
		report, err := evidence.Ask(t.Context(), db, library(t), nil, file)
		if err != nil {
			t.Fatal(err)
		}
		var markdown bytes.Buffer
		if err := report.Markdown(&markdown, 0); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		forms["markdown"] = append(forms["markdown"], markdown.String())
		forms["json"] = append(forms["json"], string(text))
	}
	for form, texts := range forms {
		if texts[0] != texts[1] {
			t.Errorf("%s differs between two times of asking", form)
		}
		collected := db.Manifest().FinishedAt.UTC().Format(map[string]string{"json": "2006-01-02T15:04:05", "markdown": "2006-01-02 15:04:05 UTC"}[form])
		version := db.Manifest().Tool.Version
		tool := map[string]string{"json": `"version":"` + version + `"`, "markdown": "jumpgraph " + version + ", data model"}[form]
		for _, want := range []string{
			file.SHA256, "Brightwater Instruments", org.Self.ID(), "POST /api/search/systems", "chained", tool, "SOC 2", collected,
		} {
			if !strings.Contains(texts[0], want) {
				t.Errorf("%s does not name %q", form, want)
			}
		}
	}
	if want := `x \| y \# \<script\> \` + "`a\\`" + ` \*b\* \[31m`; !strings.Contains(forms["markdown"][0], want) {
		t.Errorf("the name of a device is not escaped; want %s", want)
	}
}

func TestMarkdown_CutsRowsWhereAsked(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return q.ID != "users-with-mfa" })
	report, err := evidence.Ask(t.Context(), db, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := report.Markdown(&b, 3); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "... and 13 more rows.") {
		t.Errorf("16 rows cut to 3 do not say that 13 are missing:\n%s", b.String())
	}
}

// mine asks a question of the test's own.
func mine(t *testing.T, db *sqlite.DB, rows questions.Meaning, sql string) *evidence.Answer {
	t.Helper()
	q, err := questions.Parse("mine.sql", []byte("-- title: T\n-- description: D\n-- rows: "+string(rows)+"\n"+sql))
	if err != nil {
		t.Fatal(err)
	}
	report, err := evidence.Ask(t.Context(), db, []*questions.Question{q}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(report); err != nil {
		t.Errorf("%s: the report is no JSON: %v", sql, err)
	}
	return report.Answers[0]
}

func TestAsk_JudgesByWhatARowMeansAndWhatIsUnknown(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	delete(org.SystemUsers[2], "sudo")
	db, err := collected(t, org)
	if err != nil {
		t.Fatal(err)
	}
	const from = " FROM jumpcloud_user"
	for _, tt := range []struct {
		rows questions.Meaning
		sql  string
		want evidence.Status
	}{
		{questions.Good, "SELECT _key" + from, evidence.Pass},
		{questions.Good, "SELECT _key" + from + " WHERE 0", evidence.Fail},
		{questions.Good, "SELECT _key, CASE WHEN rowid = 1 THEN 'x' END AS unknown" + from, evidence.Unknown},
		{questions.Good, "SELECT 'x' AS unknown" + from, evidence.Unknown},
		{questions.Bad, "SELECT _key" + from, evidence.Fail},
		{questions.Bad, "SELECT _key" + from + " WHERE 0", evidence.Pass},
		{questions.Bad, "SELECT _key, CASE WHEN rowid = 1 THEN 'x' END AS unknown" + from, evidence.Fail},
		{questions.Bad, "SELECT 'x' AS unknown" + from, evidence.Unknown},
		{questions.Informative, "SELECT _key" + from, evidence.Informative},
		{questions.Informative, "SELECT 'x' AS unknown" + from, evidence.Unknown},
		// Without a column unknown, every value that was not sent may count; with one, the question knows.
		{questions.Bad, "SELECT _key" + from + " WHERE sudo AND rowid < 0", evidence.Unknown},
		{questions.Bad, "SELECT _key, NULL AS unknown" + from + " WHERE sudo AND rowid < 0", evidence.Pass},
		{questions.Bad, "SELECT 9e999 AS x, x'00' AS y" + from, evidence.Fail},
		{questions.Bad, "SELECT abs(-9223372036854775807 - 1)" + from, evidence.Unknown},
		{questions.Bad, "SELECT sudo IS NULL AS unknown" + from, evidence.Unknown},
	} {
		if a := mine(t, db, tt.rows, tt.sql); a.Status != tt.want {
			t.Errorf("%s, %s: %s, want %s; %v", tt.rows, tt.sql, a.Status, tt.want, a.Reasons)
		}
	}
}

// TestAsk_OfNothingIsNoPass: an organization without devices has not encrypted them.
func TestAsk_OfNothingIsNoPass(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	org.Systems = nil
	for mdm := range org.AppleMDMDevices {
		org.AppleMDMDevices[mdm] = nil
	}
	db, err := collected(t, org)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"devices-not-encrypted", "devices-not-seen", "apple-devices-not-enrolled"} {
		if a := answer(t, db, id); a.Status != evidence.Unknown || !strings.Contains(strings.Join(a.Reasons, " "), "there are none") {
			t.Errorf("%s is %s: %v", id, a.Status, a.Reasons)
		}
	}
}

func TestAsk_AnUnusedCollectionIsNoFindingAndAnEndedRunIs(t *testing.T) {
	t.Parallel()
	const id = "collections-not-complete"
	db, err := collected(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/api/v2/applemdms", Status: 404})
	if err != nil {
		t.Fatal(err)
	}
	if a := answer(t, db, id); a.Status != evidence.Pass {
		t.Errorf("without Apple MDM: %s, %v", a.Status, a.Rows)
	}
	db, err = collected(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/api/organizations", Status: 401})
	if err == nil {
		t.Fatal("a run without organizations is complete")
	}
	if a := answer(t, db, id); a.Status != evidence.Fail {
		t.Errorf("a run that read nothing: %s", a.Status)
	}
}

func TestAsk_AZeroDateIsNoCertificateThatHasEnded(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]evidence.Status{
		"0001-01-01T00:00:00Z": evidence.Unknown, "now": evidence.Unknown, "2030": evidence.Unknown, nil: evidence.Unknown,
		"2024-02-29T23:23:01.053Z": evidence.Fail, "2999-01-01T00:00:00Z": evidence.Pass,
	} {
		a := one(t, "apple-push-certificates-ending", func(org *jumpcloudtest.Organization) { org.AppleMDMs[0]["apnsCertExpiry"] = value })
		if a.Status != want {
			t.Errorf("%v: %s, want %s", value, a.Status, want)
		}
	}
}

func TestAsk_AnApplicationThatIsNotThereIsUnknown(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return q.ID != "application-access" })
	report, err := evidence.Ask(t.Context(), db, list, map[string]any{"application": "Slakc"})
	if err != nil {
		t.Fatal(err)
	}
	if a := report.Answers[0]; a.Status != evidence.Unknown {
		t.Errorf("%s, %v", a.Status, a.Reasons)
	}
}

// TestAsk_KeepsOrganizationsApart collects two organizations that hold objects with the same ids.
func TestAsk_KeepsOrganizationsApart(t *testing.T) {
	t.Parallel()
	first, second := jumpcloudtest.Demo(), jumpcloudtest.Demo()
	id := "60000000000000000000000b"
	second.Self["_id"], second.Self["id"] = id, id
	for _, o := range slices.Concat(second.SystemUsers, second.Systems, second.Applications, second.UserGroups, second.AppleMDMs) {
		for name, value := range o {
			if value == first.Self.ID() {
				o[name] = id
			}
		}
	}
	for group := range second.Members {
		second.Members[group] = nil
	}
	s := jumpcloudtest.NewServer(first, second)
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "graph.db")
	if _, err := jumpgraph.Collect(t.Context(), c, sqlite.New(path), jumpgraph.AllOrgs()); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // opened to read
	w1, w2 := truthOf(first, db.Manifest().FinishedAt.Time), truthOf(second, db.Manifest().FinishedAt.Time)
	for _, question := range []string{"groups-without-users", "suspended-users-in-groups", "suspended-users-with-applications", "users-without-group", "application-access", "applications-assigned-to-nobody"} {
		want := slices.Concat(answers[question](w1).rows, answers[question](w2).rows)
		slices.Sort(want)
		a := answer(t, db, question)
		if diff := cmp.Diff(want, keys(a.Rows)); diff != "" {
			t.Errorf("%s (-truth +answer):\n%.1000s", question, diff)
		}
	}
}

func TestAsk_AQuestionThatSaysNotWhatARowMeansIsRefused(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Ask(t.Context(), db, []*questions.Question{{ID: "q", SQL: "SELECT 1"}}, nil); !errors.Is(err, jumpgraph.ErrUsage) {
		t.Errorf("got %v, want ErrUsage", err)
	}
	list := slices.DeleteFunc(library(t), func(q *questions.Question) bool { return q.ID != "devices-not-seen" })
	if _, err := evidence.Ask(t.Context(), db, list, map[string]any{"days": 60}); err != nil {
		t.Errorf("a plain int: %v", err)
	}
}

// heard is a database that keeps the statements that it is asked.
type heard struct {
	*sqlite.DB
	statements map[string]bool
}

func (h *heard) Query(ctx context.Context, query string, args map[string]any, row func(values []any) error) ([]string, error) {
	h.statements[query] = true
	return h.DB.Query(ctx, query, args, row)
}

// TestAsk_AsksWhatSQLiteAndPostgreSQLUnderstand also demands quotes around a name of a column with capital letters: PostgreSQL
// makes them small without.
func TestAsk_AsksWhatSQLiteAndPostgreSQLUnderstand(t *testing.T) {
	t.Parallel()
	db, err := collectedWith(t, jumpcloudtest.Demo(), governed)
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{db, map[string]bool{}}
	list := library(t)
	if _, err := evidence.Ask(t.Context(), h, list, nil); err != nil {
		t.Fatal(err)
	}
	if len(h.statements) <= len(list) {
		t.Fatalf("%d statements for %d questions: are not all of them heard?", len(h.statements), len(list))
	}
	for s := range h.statements {
		for _, problem := range dialect.Problems(s) {
			t.Errorf("%s\n%s", problem, s)
		}
	}
	for _, q := range list {
		s, err := db.Describe(q.SQL)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Columns {
			if c != strings.ToLower(c) && !strings.Contains(q.SQL, ` AS "`+c+`"`) {
				t.Errorf(`%s: write %s AS "%s"`, q.ID, c, c)
			}
		}
	}
}

func TestAsk_WithoutADatabaseOrAQuestionIsAnError(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]graphsql.Database{"nil": nil, "nil of a type": (*sqlite.DB)(nil), "one that was not opened": &sqlite.DB{}} {
		if _, err := evidence.Ask(t.Context(), db, library(t), nil); err == nil || !strings.HasPrefix(err.Error(), "evidence: ") {
			t.Errorf("the database is %s: got %v", name, err)
		}
	}
	db, err := collected(t, jumpcloudtest.Demo())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Ask(t.Context(), db, []*questions.Question{nil}, nil); err == nil || !strings.HasPrefix(err.Error(), "evidence: ") {
		t.Errorf("a question is nil: got %v", err)
	}
	if at := evidence.Collected(nil); at != 0 {
		t.Errorf("without a manifest, the graph was collected at %d", at)
	}
}

// TestMarkdown_OfHalfAReportIsAnError: a report may come from a file.
func TestMarkdown_OfHalfAReportIsAnError(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*evidence.Report{
		"no report": nil, "no answer": {Answers: []*evidence.Answer{nil}}, "no question": {Answers: []*evidence.Answer{{}}},
	} {
		if err := r.Markdown(&strings.Builder{}, 0); err == nil || !strings.HasPrefix(err.Error(), "evidence: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := (&evidence.Report{}).Markdown(nil, 0); err == nil {
		t.Error("no writer is no error")
	}
}
