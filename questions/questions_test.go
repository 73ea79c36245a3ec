package questions_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/internal/dialect"
	"github.com/jumpgraph/jumpgraph/questions"
)

func TestLibrary_QuestionsAreWhole(t *testing.T) {
	t.Parallel()
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, q := range list {
		if titles[q.Title] {
			t.Errorf("%s: another question has the title %q", q.ID, q.Title)
		}
		titles[q.Title] = true
		if len(q.Tags) == 0 || len(q.Evidence) == 0 || !strings.HasSuffix(q.Description, ".") {
			t.Errorf("%s: tags %v, evidence %v, description %q", q.ID, q.Tags, q.Evidence, q.Description)
		}
		if q.Finding == "" || (q.Severity == "") != (q.Rows == questions.Informative) {
			t.Errorf("%s: finding %q, severity %q", q.ID, q.Finding, q.Severity)
		}
		if !strings.Contains(q.SQL, "AS key") && !strings.Contains(q.SQL, "_key AS key") {
			t.Errorf("%s has no column key, by which answers are compared over time", q.ID)
		}
		if !strings.Contains(q.SQL, "ORDER BY") {
			t.Errorf("%s: without ORDER BY the same graph may give another answer", q.ID)
		}
	}
}

func TestLibrary_IsForSQLiteAndPostgreSQL(t *testing.T) {
	t.Parallel()
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		for _, problem := range slices.Concat(dialect.Problems(q.SQL), dialect.Problems(q.Among)) {
			t.Errorf("%s: %s", q.ID, problem)
		}
	}
}

const good = `-- title: Old devices
-- description: Devices that are old,
--   and known to be.
-- rows: bad
-- severity: high
-- finding: devices is|are old
-- among: SELECT count(*)
--   FROM jumpcloud_device
-- tags: a, b
-- evidence: X 1; Y 2
-- parameter: days = 30: How many: at least one.
-- parameter: name: A name.
SELECT 1 -- not: a field
WHERE :days AND :name
`

func TestParse_ReadsEveryField(t *testing.T) {
	t.Parallel()
	for _, text := range []string{good, "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n")} {
		got, err := questions.Parse("old-devices.sql", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := &questions.Question{
			ID: "old-devices", Title: "Old devices", Description: "Devices that are old, and known to be.", Rows: questions.Bad,
			Severity: questions.High, Finding: "devices is|are old", Among: "SELECT count(*) FROM jumpcloud_device",
			Tags: []string{"a", "b"}, Evidence: []string{"X 1", "Y 2"},
			Parameters: []questions.Parameter{{"days", "How many: at least one.", int64(30)}, {"name", "A name.", nil}},
			SQL:        "SELECT 1 -- not: a field\nWHERE :days AND :name",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("question (-want +got):\n%s", diff)
		}
	}
}

func TestParse_AFailIsOfMediumSeverityUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	q, err := questions.Parse("a.sql", []byte(strings.Replace(good, "-- severity: high\n", "", 1)))
	if err != nil || q.Severity != questions.Medium {
		t.Errorf("got %v, %v, want the severity medium", q, err)
	}
}

func TestControls_AreChosenByStandardPartAndNumber(t *testing.T) {
	t.Parallel()
	q := &questions.Question{Evidence: []string{"SOC 2 CC6.1, CC6.3", "ISO/IEC 27001:2022 A.8.1", "CIS Controls 8 3.6", "Rule"}}
	for pattern, want := range map[string]string{
		"soc2:CC6.1": "SOC 2 CC6.1", "SOC2:cc6": "SOC 2 CC6.1, SOC 2 CC6.3", "soc2:CC": "", "soc2:CC6.": "", "iso27001": "ISO/IEC 27001:2022 A.8.1",
		"iso": "ISO/IEC 27001:2022 A.8.1", "iso27001:A.8": "ISO/IEC 27001:2022 A.8.1", "cis8:3.6": "CIS Controls 8 3.6", "cis:3": "CIS Controls 8 3.6",
		"rule": "Rule", "": "", ":CC6.1": "", "soc2:CC6.11": "",
	} {
		var got []string
		for _, c := range q.Controls() {
			if c.Matches(pattern) {
				got = append(got, c.String())
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q chooses %q, want %q", pattern, got, want)
		}
	}
	for _, c := range q.Controls() {
		if !c.Matches(c.Short()) || !c.Matches(c.Family().Short()) {
			t.Errorf("%s is not chosen by its short forms %q and %q", c, c.Short(), c.Family().Short())
		}
	}
}

func TestParse_SaysWhichLineIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, text, want string }{
		"no field":           {"a.sql", "-- hello\n" + good, "a.sql:1: begin"},
		"unknown field":      {"a.sql", "-- titel: X\n" + good, "a.sql:1: titel is no field"},
		"twice":              {"a.sql", "-- title: X\n" + good, "a.sql:2: title stands there twice"},
		"odd meaning":        {"a.sql", strings.Replace(good, "rows: bad", "rows: worse", 1), `a.sql:4: rows are bad, good or informative, not "worse"`},
		"no rows":            {"a.sql", strings.Replace(good, "-- rows: bad\n", "", 1), "-- rows: ... is missing"},
		"odd severity":       {"a.sql", strings.Replace(good, "severity: high", "severity: huge", 1), `a.sql:5: the severity is high, medium or low, not "huge"`},
		"severity of facts":  {"a.sql", strings.Replace(good, "rows: bad", "rows: informative", 1), "leave the line -- severity"},
		"no SQL":             {"a.sql", "-- title: X\n-- description: Y\n-- rows: good\n\n", "no SQL"},
		"parameter":          {"a.sql", strings.Replace(good, "name: A name.", "name", 1), "a.sql:12: write a parameter"},
		"parameter is now":   {"a.sql", strings.Replace(good, "name: A", "now: A", 1), "a.sql:12: the parameter now is there already"},
		"name of the file":   {"My Question.sql", good, "small letters"},
		"nothing":            {"a.sql", "", "-- title: ... is missing"},
		"SQL without a head": {"a.sql", "SELECT 1", "-- title: ... is missing"},
	} {
		_, err := questions.Parse(tt.file, []byte(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), "questions: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want questions: ... %q", name, err, tt.want)
		}
	}
}

func TestLoad_ListsEveryFileThatIsNoQuestion(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{
		"b.sql": {Data: []byte(good)}, "a.sql": {Data: []byte(good)}, "notes.txt": {Data: []byte("x")},
		"c.sql": {Data: []byte("x")}, "d.sql": {Data: []byte("y")},
	}
	list, err := questions.Load(folder)
	if err == nil || !strings.Contains(err.Error(), "c.sql") || !strings.Contains(err.Error(), "d.sql") {
		t.Errorf("got %v, want both files named", err)
	}
	if len(list) != 2 || list[0].ID != "a" || list[1].ID != "b" {
		t.Errorf("got %v", list)
	}
}

func TestLoad_OfNoFolderFails(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]fs.FS{"one that is not there": os.DirFS(filepath.Join(t.TempDir(), "nowhere")), "nil": nil} {
		if list, err := questions.Load(folder); err == nil || !strings.HasPrefix(err.Error(), "questions: ") {
			t.Errorf("%s: got %d questions and the error %v", name, len(list), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("-- title: x\n--   y\n-- parameter: a = b: c\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := questions.Parse("a.sql", text)
		if (q == nil) == (err == nil) {
			t.Errorf("question %v with error %v", q, err)
		}
		if err == nil && (q.Title == "" || q.SQL == "" || q.Rows == "") {
			t.Errorf("half a question: %+v", q)
		}
	})
}
