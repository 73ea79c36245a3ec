package evidence_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// forms are all forms in which a report is written for people and programs.
var forms = map[string]func(*evidence.Report, io.Writer) error{
	"text 80": func(r *evidence.Report, w io.Writer) error {
		return r.Text(w, evidence.TextOptions{Rows: 3, Width: 80})
	},
	"text 20":      func(r *evidence.Report, w io.Writer) error { return r.Text(w, evidence.TextOptions{Width: 1}) },
	"text":         func(r *evidence.Report, w io.Writer) error { return r.Text(w, evidence.TextOptions{}) },
	"csv":          (*evidence.Report).CSV,
	"markdown":     func(r *evidence.Report, w io.Writer) error { return r.Markdown(w, 0) },
	"junit":        func(r *evidence.Report, w io.Writer) error { return r.JUnit(w, false) },
	"junit strict": func(r *evidence.Report, w io.Writer) error { return r.JUnit(w, true) },
	"sarif":        (*evidence.Report).SARIF,
}

// write returns a form of a report.
func write(t *testing.T, form string, r *evidence.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := forms[form](r, &b); err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return b.String()
}

// hostileTexts are texts that break careless programs.
var hostileTexts = map[string]string{
	"control characters": "a\x00b\x1b[31mc\x07d\x7fe\u0085f\u009b31mg\r\nh\ti",
	"bidi":               "user\u202egnp.exe\u2066 \u200f\u061c",
	"CDATA":              "]]></failure><![CDATA[ <!-- & \"quotes\" 'too' -->",
	"forbidden in XML":   "\ufffe\uffff\ufdd0\U0001ffff\v\f",
	"no text":            "\xff\xfe\xc0\xaf\xed\xa0\x80ok",
	"a formula":          "=cmd|' /C calc'!A0",
	"a hidden formula":   "\x01\u202e=1+1",
	"only blanks":        " \t\n ",
	"nothing":            "",
	"long":               strings.Repeat("word ", 500) + strings.Repeat("x", 5000),
	"wide":               strings.Repeat("漢字🔐", 200),
	"zero width":         strings.Repeat("e\u0301\u200d", 500),
	"a link":             "[click](https://evil.example) ![x](y) {0} {{1}}",
	"HTML":               "<script>alert(1)</script> | `x` # y",
	"separators":         "a; b=c, d\u2028e\u2029f",
}

func TestForms_HostileDataControlsNothing(t *testing.T) {
	t.Parallel()
	for name, text := range hostileTexts {
		r := made(text)
		for form := range forms {
			got := write(t, form, r)
			if !utf8.ValidString(got) {
				t.Errorf("%s, %s: the output is no UTF-8", form, name)
			}
			if i := strings.IndexFunc(got, dangerous); i >= 0 {
				t.Errorf("%s, %s: a character came through in %q", form, name, got[max(0, i-20):min(len(got), i+20)])
			}
		}
	}
}

// dangerous reports a character that controls a terminal or turns the direction of text.
func dangerous(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

func TestForms_ReturnTheErrorOfTheWriter(t *testing.T) {
	t.Parallel()
	for form, write := range forms {
		for _, room := range []int{0, 10, 3000} {
			err := write(made(strings.Repeat("text ", 300)), &narrow{room: room})
			if !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "evidence: ") {
				t.Errorf("%s: got %v after %d bytes, want the error of the writer", form, err, room)
			}
		}
	}
}

var errFull = errors.New("the disk is full")

// narrow is a writer that takes some bytes, and then none.
type narrow struct{ room int }

func (n *narrow) Write(b []byte) (int, error) {
	if n.room -= len(b); n.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestForms_RefuseHalfAReport(t *testing.T) {
	t.Parallel()
	question := &questions.Question{ID: "q", Title: "Q", Rows: questions.Bad}
	for form, write := range forms {
		for name, r := range map[string]*evidence.Report{
			"no report":   nil,
			"no answer":   {Answers: []*evidence.Answer{nil}},
			"no question": {Answers: []*evidence.Answer{{Status: evidence.Pass}}},
			"no status":   {Answers: []*evidence.Answer{{Question: question}}},
		} {
			var b bytes.Buffer
			if err := write(r, &b); err == nil || !strings.HasPrefix(err.Error(), "evidence: ") || b.Len() > 0 {
				t.Errorf("%s, %s: got the error %v and %d bytes, want an error and nothing", form, name, err, b.Len())
			}
		}
		if err := write(&evidence.Report{}, nil); err == nil {
			t.Errorf("%s takes nil for a writer", form)
		}
	}
}

func TestForms_AnEmptyReportIsWhole(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"text": "Questions: 0 failed, 0 unknown, 0 passed, 0 informative", "csv": "question,title,status", "markdown": "# Evidence",
		"junit": `tests="0"`, "sarif": `"results": []`,
	} {
		if got := write(t, form, &evidence.Report{}); !strings.Contains(got, want) {
			t.Errorf("%s of a report without answers lacks %q:\n%s", form, want, got)
		}
	}
}

func TestForms_OfOneReportAreAlwaysTheSame(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	for form := range forms {
		first := write(t, form, r)
		for range 5 {
			if write(t, form, r) != first {
				t.Fatalf("%s differs between two times of writing the same report", form)
			}
		}
	}
}

// TestForms_NameWhatFailedFirst: somebody who reads the beginning reads what is worst.
func TestForms_NameWhatFailedFirst(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	for _, form := range []string{"text 80", "markdown"} {
		got, at := write(t, form, r), -1
		for _, status := range []evidence.Status{evidence.Fail, evidence.Unknown, evidence.Pass, evidence.Informative} {
			for _, a := range r.Worst(status) {
				where := regexp.MustCompile(`[ |]` + a.Question.ID + `[ :\n]`).FindStringIndex(got)
				if where == nil || where[0] < at {
					t.Fatalf("%s: %s is not there, or too early: want answers by status, then by severity", form, a.Question.ID)
				}
				at = where[0]
			}
		}
	}
}

func TestMarkdown_BeginsWithCountsAndSaysHowSevere(t *testing.T) {
	t.Parallel()
	got := write(t, "markdown", demoReport(t))
	for _, want := range []string{
		"| Answers | 17 failed, 3 unknown, 2 passed, 13 informative |",
		"| SOC 2 CC6 | 16 | 3 | 0 | 12 |",
		"| FAIL | high | devices-not-encrypted | 4 of 14 devices are not encrypted, of 2 it is unknown |",
		"**4 of 14 devices are not encrypted, of 2 it is unknown.** Severity: high.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestText_FitsTheTerminal(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	for _, width := range []int{40, 80} {
		var b strings.Builder
		if err := r.Text(&b, evidence.TextOptions{Rows: 3, Width: width}); err != nil {
			t.Fatal(err)
		}
		golden(t, "text-"+strconv.Itoa(width)+".txt", b.String())
	}
	for name, text := range hostileTexts {
		var b strings.Builder
		if err := made(text).Text(&b, evidence.TextOptions{Width: 30}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > 30 {
				t.Errorf("%s: a line has %d columns of 30: %q", name, n, line)
			}
		}
	}
}

// columns counts those characters of the hostile texts that take room, and the wide ones twice.
func columns(line string) int {
	n := 0
	for _, r := range line {
		switch {
		case r == '\u0301' || r == '\u200d':
		case unicode.Is(unicode.Han, r) || r == '🔐':
			n += 2
		default:
			n++
		}
	}
	return n
}

func TestText_ShowsFactsOnlyWhereFewQuestionsWereAsked(t *testing.T) {
	t.Parallel()
	few := write(t, "text", demoReport(t, "operating-systems"))
	all := write(t, "text", demoReport(t))
	if !strings.Contains(few, "osName") || !strings.Contains(few, "FreeBSD 14.1") {
		t.Errorf("one question was asked, but its facts are not shown:\n%s", few)
	}
	if strings.Contains(all, "osName") || !strings.Contains(all, "operating-systems: 7 versions of operating systems") {
		t.Errorf("facts have more than a line among many answers:\n%s", all)
	}
}

func TestText_CutsRowsOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	r := demoReport(t, "devices-not-encrypted")
	for rows, want := range map[int]bool{0: false, 3: true, 4: false} {
		var b strings.Builder
		if err := r.Text(&b, evidence.TextOptions{Rows: rows, Width: 80}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "... and 1 more"); got != want {
			t.Errorf("with %d of 4 rows: says that one is missing: %t, want %t", rows, got, want)
		}
	}
}

func TestText_NamesTheOrganizationOfARowOnlyWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	r := demoReport(t, "devices-not-encrypted")
	id := r.Organizations[0].ID
	if got := write(t, "text", r); strings.Count(got, id) != 1 {
		t.Errorf("one organization is named more than once:\n%s", got)
	}
	r.Organizations = append(r.Organizations, evidence.Organization{ID: "2", Name: "Second"})
	if got := write(t, "text", r); strings.Count(got, id) != 1+len(r.Answers[0].Rows)+len(r.Answers[0].UnknownRows) {
		t.Errorf("of two organizations, rows do not say which is theirs:\n%s", got)
	}
}

func TestText_SaysHowToSeeAllRows(t *testing.T) {
	t.Parallel()
	r := demoReport(t, "devices-not-encrypted")
	for width, want := range map[int]string{0: "    ... and 1 more; --rows 0 shows all\n", 80: "    ... and 1 more; --rows 0 shows all\n", 24: "    ... and 1 more;\n    --rows 0 shows all\n"} {
		var b strings.Builder
		if err := r.Text(&b, evidence.TextOptions{Rows: 3, Width: width, AllRows: "--rows 0 shows all"}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("on %d columns: %v, want %q in\n%s", width, err, want, b.String())
		}
	}
}

// TestForms_SayWhatWasNotRead, also where no question asks for that.
func TestForms_SayWhatWasNotRead(t *testing.T) {
	t.Parallel()
	r := demoReport(t, "devices-not-encrypted", "users-without-mfa")
	for _, form := range []string{"text", "markdown"} {
		if got := write(t, form, r); strings.Contains(got, "Not read") {
			t.Errorf("%s: all was read, and it says otherwise:\n%s", form, got)
		}
	}
	for _, a := range r.Answers {
		for i := range a.Sources {
			if a.Sources[i].Collection == "systems" {
				a.Sources[i].Status = jumpgraph.Forbidden
			}
		}
	}
	for form, want := range map[string]string{"text": "\nNot read: systems (forbidden)\n", "text 20": "\nNot read: systems\n          (forbidden\n          )\n", "markdown": "| Not read | systems (forbidden) |"} {
		if got := write(t, form, r); strings.Count(got, want) != 1 {
			t.Errorf("%s: want %q once in\n%.900s", form, want, got)
		}
	}
	r.Organizations = append(r.Organizations, evidence.Organization{ID: "2", Name: "Second"})
	if got, want := write(t, "text", r), "systems (forbidden) of "+r.Organizations[0].ID; !strings.Contains(got, want) {
		t.Errorf("of two organizations, want %q in\n%s", want, got)
	}
}
