package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

var (
	tagForm       = regexp.MustCompile(`<(/?[a-zA-Z!][^\s>/]*)([^>]*)>`)
	attributeForm = regexp.MustCompile(`([a-zA-Z-]+)(?:="([^"]*)")?`)
)

// element is a tag of a page: its name, with a slash before that of an end, and its attributes.
type element struct {
	name       string
	attributes map[string]string
}

// elements returns the tags of a page in order. Data has no < of its own in it, because it is escaped.
func elements(page string) []element {
	var all []element
	_, body, _ := strings.Cut(page, "</style>")
	head := page[:len(page)-len(body)]
	style := strings.Index(head, "<style>")
	for _, m := range tagForm.FindAllStringSubmatch(head[:max(style, 0)]+body, -1) {
		e := element{m[1], map[string]string{}}
		for _, a := range attributeForm.FindAllStringSubmatch(m[2], -1) {
			e.attributes[a[1]] = html.UnescapeString(a[2])
		}
		all = append(all, e)
	}
	return all
}

// htmlOf returns the page of a report.
func htmlOf(t *testing.T, r *evidence.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// asked asks all questions of an organization, as the command does.
func asked(t *testing.T, org *jumpcloudtest.Organization, faults ...jumpcloudtest.Fault) *evidence.Report {
	t.Helper()
	db, err := collected(t, org, faults...)
	if err != nil && !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatal(err)
	}
	file := jumpgraph.File{Name: "graph.db", SHA256: strings.Repeat("ab", 32), Bytes: 1234}
	r, err := evidence.Ask(t.Context(), db, library(t), nil, file)
	if err != nil {
		t.Fatal(err)
	}
	r.OmitNotChosen()
	return r
}

// article returns the part of a page that shows an answer.
func article(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `<article id="q-`+id+`"`)
	text, _, ended := strings.Cut(rest, "</article>")
	if !found || !ended {
		t.Fatalf("the page has no article for %s", id)
	}
	return text
}

// section returns a part of a page.
func section(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `<section id="`+id+`"`)
	text, _, ended := strings.Cut(rest, "</section>")
	if !found || !ended {
		t.Fatalf("the page has no section %s", id)
	}
	return text
}

// textOf is what of a part of a page is read, without tags and with single blanks.
func textOf(page string) string {
	page = strings.NewReplacer("</td>", " </td>", "</th>", " </th>", "</li>", " </li>").Replace("<" + page) // the part begins within a tag
	return strings.Join(strings.Fields(html.UnescapeString(tagForm.ReplaceAllString(page, ""))), " ")
}

func TestHTML_IsInOrderAndCanBeReadAloud(t *testing.T) {
	t.Parallel()
	r := asked(t, jumpcloudtest.Demo())
	page := htmlOf(t, r)
	var sections, headings []string
	ids, links := map[string]int{}, []string{}
	counts := map[string]int{}
	level := 0
	for _, e := range elements(page) {
		counts[e.name]++
		if id := e.attributes["id"]; id != "" {
			ids[id]++
		}
		switch {
		case e.name == "html" && e.attributes["lang"] != "en":
			t.Errorf("the language is %q, want en", e.attributes["lang"])
		case e.name == "section":
			sections = append(sections, e.attributes["id"])
		case e.name == "a":
			links = append(links, e.attributes["href"])
		case e.name == "th" && e.attributes["scope"] == "":
			t.Error("the head of a column or row has no scope")
		case regexp.MustCompile(`^h[1-6]$`).MatchString(e.name):
			n := int(e.name[1] - '0')
			if n > level+1 {
				t.Errorf("a heading %s follows one of level %d: %v", e.name, level, headings)
			}
			level, headings = n, append(headings, e.name)
		}
	}
	if want := []string{"unread", "summary", "failed", "unknown", "passed", "informative", "basis"}; !slices.Equal(sections, want) {
		t.Errorf("the parts are %v, want %v", sections, want)
	}
	for _, link := range links {
		if id, here := strings.CutPrefix(link, "#"); !here || ids[id] != 1 {
			t.Errorf("the link %q leads to %d places of the page, want 1", link, ids[id])
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%d elements have the id %s", n, id)
		}
	}
	if counts["h1"] != 1 || counts["article"] != len(r.Answers) || counts["table"] == 0 || counts["table"] != counts["caption"] {
		t.Errorf("got %d first headings, %d articles for %d answers, %d captions for %d tables",
			counts["h1"], counts["article"], len(r.Answers), counts["caption"], counts["table"])
	}
	for name, n := range counts {
		if end := counts["/"+name]; !strings.HasPrefix(name, "/") && !slices.Contains([]string{"!DOCTYPE", "meta", "col"}, name) && n != end {
			t.Errorf("%d elements %s begin and %d end", n, name, end)
		}
	}
}

func TestHTML_SaysWhatAnAuditorAsksFirst(t *testing.T) {
	t.Parallel()
	r := asked(t, jumpcloudtest.Demo())
	page := htmlOf(t, r)
	summary := textOf(section(t, page, "summary"))
	for _, want := range []string{
		fmt.Sprintf("%d failed %d unknown %d passed %d informative", r.Counts[evidence.Fail], r.Counts[evidence.Unknown], r.Counts[evidence.Pass], r.Counts[evidence.Informative]),
		"4 of 14 devices are not encrypted, of 2 it is unknown Devices that are not encrypted", "SOC 2 CC6 16 3 0 12",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not say %q:\n%.600s", want, summary)
		}
	}
	failed := section(t, page, "failed")
	for _, pair := range [][2]string{{"High severity", "Medium severity"}, {"Medium severity", "Low severity"}, {`id="q-devices-not-encrypted"`, `id="q-devices-not-seen"`}} {
		if a, b := strings.Index(failed, pair[0]), strings.Index(failed, pair[1]); a < 0 || b < a {
			t.Errorf("%q is at %d and %q at %d, want the worse one first", pair[0], a, pair[1], b)
		}
	}
	one := textOf(article(t, page, "devices-not-encrypted"))
	for _, want := range []string{
		"JumpCloud does not say whether the disk is encrypted (2)", "Name OS details Serial Key Chrome OS 6", "FreeBSD 12", "SOC 2 CC6.7", "ISO/IEC 27001:2022 A.8.24",
		"A row is a finding.", "Unknown 2", "Unknown: why",
	} {
		if !strings.Contains(one, want) {
			t.Errorf("the answer about encryption does not say %q:\n%s", want, one)
		}
	}
	if unknown := textOf(section(t, page, "unknown")); !strings.Contains(unknown, "What to do") {
		t.Errorf("unknown answers do not say what to do:\n%.600s", unknown)
	}
	basis := textOf(section(t, page, "basis"))
	for _, want := range []string{
		r.Run.ModelVersion, strings.Repeat("ab", 32), "GET /api/v2/usergroups", "24 of 24", r.Run.FinishedAt.UTC().Format("2006-01-02 15:04:05 UTC"),
		"An answer never passes because data is missing.", r.Answers[0].SQLSHA256, strings.Join(strings.Fields(r.Answers[0].Question.SQL), " "), "days = 30",
	} {
		if !strings.Contains(basis, want) {
			t.Errorf("what the report rests on does not name %q", want)
		}
	}
}

func TestHTML_LoadsNothingAndRunsNothing(t *testing.T) {
	t.Parallel()
	page := htmlOf(t, asked(t, jumpcloudtest.Demo()))
	policy := ""
	for _, e := range elements(page) {
		if slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "video", "audio"}, e.name) {
			t.Errorf("the page has an element %s", e.name)
		}
		if e.attributes["http-equiv"] == "Content-Security-Policy" {
			policy = e.attributes["content"]
		}
		for name, value := range e.attributes {
			if strings.HasPrefix(name, "on") || slices.Contains([]string{"src", "srcset", "action", "background", "ping"}, name) || name == "href" && !strings.HasPrefix(value, "#") {
				t.Errorf("<%s %s=%q> may load or run something", e.name, name, value)
			}
		}
	}
	if want := "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("the policy is %q, want %q", policy, want)
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	if found := regexp.MustCompile(`(?i)url\(|@import|@font-face|https?:|expression`).FindString(style); found != "" || len(style) < 1000 {
		t.Errorf("the style has %d characters and holds %q", len(style), found)
	}
	for _, want := range []string{"prefers-color-scheme: dark", "@media print", "details::details-content", "break-inside: avoid"} {
		if !strings.Contains(style, want) {
			t.Errorf("the style holds no %q", want)
		}
	}
}

func TestHTML_HoldsEveryRow(t *testing.T) {
	t.Parallel()
	r := asked(t, odd(jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 120, Groups: 12, GroupMembers: 20, Applications: 8, Systems: 60, AppleDevices: 10})))
	page := htmlOf(t, r)
	long := 0
	for _, a := range r.Answers {
		text := article(t, page, a.Question.ID)
		rows, bodies := 0, regexp.MustCompile(`(?s)<tbody>.*?</tbody>`).FindAllString(text, -1)
		for _, body := range bodies {
			rows += strings.Count(body, "<tr>")
		}
		if want := len(a.Rows) + len(a.UnknownRows); rows != want {
			t.Errorf("%s shows %d rows, want %d", a.Question.ID, rows, want)
		}
		if len(a.Rows) > 10 {
			long++
			first := strings.Count(bodies[0], "<tr>")
			more := fmt.Sprintf("<summary>%d more</summary>", len(a.Rows)-10)
			if first != 10 || !strings.Contains(text, more) {
				t.Errorf("%s shows %d rows at once, and %s is there: %v; want 10 and the others behind it", a.Question.ID, first, more, strings.Contains(text, more))
			}
		}
		whole := html.UnescapeString(text)
		for _, row := range slices.Concat(a.Rows, a.UnknownRows) {
			for column, v := range row {
				if s, is := v.(string); is && column != "organization" && !strings.Contains(whole, s) {
					t.Errorf("%s: %s %q is not there", a.Question.ID, column, s)
				}
			}
		}
	}
	if long < 5 {
		t.Errorf("only %d answers have more than 10 rows: the test shows too little", long)
	}
	if !strings.Contains(page, r.Organizations[0].ID) {
		t.Error("the page does not name the organization by its id")
	}
}

func TestHTML_ShowsValuesAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	q := &questions.Question{ID: "q", Title: "Q", Description: "D.", Rows: questions.Informative}
	rows := []map[string]any{
		{"key": "k1", "organization": "other", "encrypted": int64(1), "lastSeenOn": int64(1735689600123), "ends": "2024-02-29T23:23:01.05Z", "count": int64(1), "flag": true, "osName": "a"},
		{"key": "k2", "organization": "one", "encrypted": int64(0), "lastSeenOn": nil, "ends": nil, "count": int64(0), "flag": false, "osName": "2024-02-29T23:23:01Z"},
	}
	r := &evidence.Report{
		Organizations: []evidence.Organization{{ID: "one", Name: "One"}},
		Answers: []*evidence.Answer{{
			Question: q, Status: evidence.Informative, Rows: rows,
			Columns: []string{"key", "organization", "encrypted", "lastSeenOn", "ends", "count", "flag", "osName"},
		}},
	}
	text := article(t, htmlOf(t, r), "q")
	want := "Encrypted Last seen on (UTC) Ends (UTC) Count Flag OS name Key Organization " +
		"yes 2025-01-01 00:00:00 2024-02-29 23:23:01 1 yes a k1 other " +
		"no 0 no 2024-02-29T23:23:01Z k2 one"
	if got := textOf(text); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
	}
	for _, exact := range []string{"2025-01-01T00:00:00.123Z", "2024-02-29T23:23:01.05Z"} {
		if !strings.Contains(text, `<time datetime="`+exact+`">`) {
			t.Errorf("the exact time %s is not kept", exact)
		}
	}
}

func TestHTML_BeginsWithWhatWasNotRead(t *testing.T) {
	t.Parallel()
	page := htmlOf(t, asked(t, jumpcloudtest.Demo(),
		jumpcloudtest.Fault{Path: "/systems", Status: 403}, jumpcloudtest.Fault{Path: "/api/v2/applemdms", Status: 404}))
	unread := textOf(section(t, page, "unread"))
	for _, want := range []string{
		"The run is partial", "Not read, or not to the end", "systems forbidden: client: GET /api/systems: 403", "Devices that are not encrypted",
		"Give the credential a role that may read systems", "Not in use", "applemdms unavailable", "Apple devices that are not enrolled",
		"Not known, though it was read", "JumpCloud does not say in which state the account is (2)",
	} {
		if !strings.Contains(unread, want) {
			t.Errorf("what was not read does not name %q:\n%s", want, unread)
		}
	}
	if strings.Contains(unread, "All of it was read") || !strings.Contains(page, "Not complete") {
		t.Error("the page says that all was read, or does not say that the run was not complete")
	}
	unknown := textOf(article(t, page, "devices-not-encrypted"))
	if !strings.Contains(unknown, "unknown: systems is forbidden") || !strings.Contains(unknown, "What to do Give the credential a role that may read systems") {
		t.Errorf("the unknown answer does not say why and what to do:\n%s", unknown)
	}
}

// source makes a source of an answer.
func source(organization string, s jumpgraph.Status) evidence.Source {
	return evidence.Source{Organization: organization, Collection: "systems", Endpoint: "GET /api/systems", Status: s, Proof: "end", Received: 3}
}

// small is a report with one answer.
func small(change func(*evidence.Report, *evidence.Answer)) *evidence.Report {
	a := &evidence.Answer{
		Question: &questions.Question{ID: "q", Title: "Q", Description: "D.", Rows: questions.Bad}, Status: evidence.Pass,
		Sources: []evidence.Source{source("one", jumpgraph.Complete)},
	}
	r := &evidence.Report{
		Run:           evidence.Run{Status: jumpgraph.Complete, StartedAt: jumpgraph.Timestamp{Time: time.UnixMilli(0)}},
		Organizations: []evidence.Organization{{ID: "one", Name: "One", Status: jumpgraph.Complete}}, Answers: []*evidence.Answer{a},
	}
	change(r, a)
	return r
}

func TestHTML_NamesEachThingThatIsMissing(t *testing.T) {
	t.Parallel()
	const all = "All of it was read"
	for name, tt := range map[string]struct {
		change func(*evidence.Report, *evidence.Answer)
		want   []string
		whole  bool
	}{
		"nothing": {func(*evidence.Report, *evidence.Answer) {}, []string{all}, true},
		"run": {func(r *evidence.Report, _ *evidence.Answer) {
			r.Run.Status, r.Run.Reason = "partial", "the disk is full"
		}, []string{"ended early: the disk is full"}, false},
		"partial": {func(_ *evidence.Report, a *evidence.Answer) {
			a.Sources[0] = source("one", jumpgraph.Partial)
		}, []string{"systems partial", "was not read to its end"}, false},
		"skipped": {func(_ *evidence.Report, a *evidence.Answer) {
			a.Sources[0] = source("one", jumpgraph.Skipped)
		}, []string{"systems skipped", "without leaving out systems"}, false},
		"unavailable": {func(_ *evidence.Report, a *evidence.Answer) {
			a.Sources[0] = source("one", jumpgraph.Unavailable)
		}, []string{"Not in use", "systems unavailable"}, false},
		"new status": {func(_ *evidence.Report, a *evidence.Answer) { a.Sources[0] = source("one", "lost") }, []string{"systems lost"}, false},
		"value":      {func(_ *evidence.Report, a *evidence.Answer) { a.Reasons = []string{"nobody says it (4)"} }, []string{"nobody says it (4)", "Every collection that the questions need was read"}, false},
		"organization": {func(r *evidence.Report, a *evidence.Answer) {
			r.Organizations = append(r.Organizations, evidence.Organization{ID: "two", Name: "Two", Status: jumpgraph.Partial})
			a.Sources = append(a.Sources, source("two", jumpgraph.Forbidden))
			a.Status, a.Reasons = evidence.Unknown, []string{"two: systems is forbidden"}
		}, []string{"The organization Two is partial.", "systems Two two forbidden 3 Q"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unread := textOf(section(t, htmlOf(t, small(tt.change)), "unread"))
			for _, want := range tt.want {
				if !strings.Contains(unread, want) {
					t.Errorf("no %q in: %s", want, unread)
				}
			}
			if strings.Contains(unread, all) != tt.whole {
				t.Errorf("it says that all was read: %v, want %v: %s", !tt.whole, tt.whole, unread)
			}
		})
	}
}

func TestHTML_SaysWhatToDoAboutEachUnknownAnswer(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*evidence.Report, *evidence.Answer){
		"Look in JumpCloud at the objects": func(_ *evidence.Report, a *evidence.Answer) {
			a.UnknownRows, a.Reasons = []map[string]any{{"key": "k", "unknown": "nobody knows"}}, []string{"nobody knows (1)"}
		},
		"See to what the reasons name": func(_ *evidence.Report, a *evidence.Answer) { a.Reasons = []string{"nobody knows"} },
		"If there should be some": func(_ *evidence.Report, a *evidence.Answer) {
			a.Sources[0].Received, a.Reasons = 0, []string{"there are none: JumpCloud holds nothing in systems"}
		},
		"Collect again.": func(r *evidence.Report, a *evidence.Answer) {
			r.Run.Status, r.Run.Reason, a.Reasons = "partial", "stopped", []string{"the run ended early: stopped"}
		},
	} {
		page := htmlOf(t, small(func(r *evidence.Report, a *evidence.Answer) {
			a.Status = evidence.Unknown
			change(r, a)
		}))
		if got := textOf(section(t, page, "unknown")); !strings.Contains(got, "What to do "+want) {
			t.Errorf("got %s, want it to say: %s", got, want)
		}
	}
}

func TestHTML_IsTheSameForTheSameGraph(t *testing.T) {
	t.Parallel()
	db, err := collected(t, odd(jumpcloudtest.Demo()), jumpcloudtest.Fault{Path: "/api/v2/usergroups", Status: 403})
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatal(err)
	}
	var pages []string
	for range 3 {
		r, err := evidence.Ask(t.Context(), db, library(t), map[string]any{"days": 60})
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, htmlOf(t, r))
	}
	if pages[0] != pages[1] || pages[0] != pages[2] {
		t.Error("the same graph gives different pages")
	}
}

// failing is a writer that fails after some bytes.
type failing struct {
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, f.err
	}
	return len(b), nil
}

func TestHTML_ReturnsErrors(t *testing.T) {
	t.Parallel()
	r := asked(t, jumpcloudtest.Demo())
	full := errors.New("full")
	size := len(htmlOf(t, r))
	for _, left := range []int{0, 5000, size / 2, size - 1} {
		if err := r.HTML(&failing{left, full}); !errors.Is(err, full) {
			t.Errorf("a writer that fails after %d bytes: got %v", left, err)
		}
	}
	for name, write := range map[string]func() error{
		"no report":   func() error { return (*evidence.Report)(nil).HTML(&bytes.Buffer{}) },
		"no writer":   func() error { return r.HTML(nil) },
		"no question": func() error { return (&evidence.Report{Answers: []*evidence.Answer{{}}}).HTML(&bytes.Buffer{}) },
		"no answer":   func() error { return (&evidence.Report{Answers: []*evidence.Answer{nil}}).HTML(&bytes.Buffer{}) },
	} {
		if err := write(); err == nil || !strings.HasPrefix(err.Error(), "evidence: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := (&evidence.Report{}).HTML(&bytes.Buffer{}); err != nil {
		t.Errorf("an empty report: %v", err)
	}
}

// full is a report that has a text in every place that data may come from.
func full(text string) *evidence.Report {
	at := jumpgraph.Timestamp{Time: time.UnixMilli(1735689600000)}
	expected := int64(3)
	control := strings.NewReplacer(",", "", " ", "").Replace(strings.Join(strings.Fields(text), ""))
	answer := func(status evidence.Status, severity questions.Severity, n int) *evidence.Answer {
		row := func() map[string]any {
			return map[string]any{text: text, "key": text, "organization": text, "count": 1.5}
		}
		rows := make([]map[string]any, 0, n)
		for range n {
			rows = append(rows, row())
		}
		open := row()
		open["unknown"] = text
		return &evidence.Answer{
			Question: &questions.Question{
				ID: text, Title: text, Description: text, Rows: questions.Meaning(text), Severity: severity, Evidence: []string{control}, SQL: text, Among: text,
			},
			Status: status, Summary: text, Reasons: []string{text}, Parameters: map[string]any{text: text, "now": int64(1735689600000)},
			Columns: []string{"key", text, "organization", "count"}, Rows: rows, UnknownRows: []map[string]any{open}, SQLSHA256: text,
			Sources: []evidence.Source{{text, text, text, jumpgraph.Status(text), text, text, &expected, 1, at}, {text, text, text, jumpgraph.Unavailable, text, "end", nil, 0, at}},
		}
	}
	return &evidence.Report{
		Run:           evidence.Run{jumpgraph.Tool{Name: text, Version: text}, text, jumpgraph.Status(text), "", at, at},
		Organizations: []evidence.Organization{{text, text, jumpgraph.Status(text)}, {text, text, jumpgraph.Partial}},
		Files:         []jumpgraph.File{{Name: text, SHA256: text, Bytes: 1}},
		Answers: []*evidence.Answer{
			answer(evidence.Fail, questions.High, 12), answer(evidence.Fail, questions.Severity(text), 1), answer(evidence.Unknown, questions.Low, 1),
			answer(evidence.Pass, "", 0), answer(evidence.Informative, "", 1), answer(evidence.Status(text), "", 1),
		},
	}
}

// outline is the elements of a page with the names of their attributes.
func outline(page string) []string {
	var all []string
	for _, e := range elements(page) {
		names := make([]string, 0, len(e.attributes))
		for name := range e.attributes {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, e.name+" "+strings.Join(names, " "))
	}
	return all
}

// hostile are texts that try to become something else.
var hostile = []string{
	`<script>alert(1)</script>`, `</title></style><img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`, `' onmouseover='alert(1)`, `{{.Title}}`,
	`<!-- `, `]]>`, `&lt;b&gt;`, `</pre></code></details>`, `javascript:alert(1)`, "\x00\x1b[31m\x7f\u0085", "\u202egnp.exe\u2066\u200f\ufeff", "\xff\xfe<\xc0b>",
	"line\nbreak\r\n<b>\u2028x", strings.Repeat("<i>", 500), "x|y=`z`; , a , b", "`${1}`", "*/ } body { display: none } /*", "#q-1", "%3Cscript%3E",
}

func FuzzHTML_TextsCannotAddElements(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	var b bytes.Buffer
	if err := full("xx").HTML(&b); err != nil {
		f.Fatal(err)
	}
	want := outline(b.String())
	f.Fuzz(func(t *testing.T, text string) {
		page := htmlOf(t, full("x"+text+"x")) // not empty, and no time
		if diff := cmp.Diff(want, outline(page)); diff != "" {
			t.Errorf("%q changes the elements (-harmless +this):\n%.2000s", text, diff)
		}
		for _, e := range elements(page) {
			if href, is := e.attributes["href"]; is && !strings.HasPrefix(href, "#") {
				t.Errorf("%q makes a link to %q", text, href)
			}
		}
		if !utf8.ValidString(page) {
			t.Errorf("%q makes a page that is not valid UTF-8", text)
		}
		if i := strings.IndexFunc(page, hidden); i >= 0 {
			r, _ := utf8.DecodeRuneInString(page[i:])
			t.Errorf("%q puts %U into the page", text, r)
		}
	})
}

// hidden says whether nobody sees a character, though it changes what is seen.
func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' || r == '\u2028' || r == '\u2029'
}

func TestHTML_ShowsHostileTextAsText(t *testing.T) {
	t.Parallel()
	const text = `Ada </td><script>alert("1")</script> & 'co'`
	page := htmlOf(t, full(text))
	if strings.Contains(page, "<script") || strings.Count(page, "Ada ") < 50 {
		t.Errorf("the text became markup, or is missing: it is there %d times", strings.Count(page, "Ada "))
	}
	if _, after, _ := strings.Cut(page, `<td class="id">`); !strings.HasPrefix(html.UnescapeString(after), text) {
		t.Errorf("a cell does not show the text as it is: %.200s", after)
	}
}

// luminance is how bright a color is, as WCAG 2 defines it.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil || len(color) != 7 {
		t.Fatalf("%q is no color", color)
	}
	part := func(shift uint) float64 {
		v := float64(n>>shift&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func TestHTML_ColorsCanBeReadOnTheirGrounds(t *testing.T) {
	t.Parallel()
	style, err := os.ReadFile("html.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`:root \{[^}]*--ink[^}]*\}`).FindAllString(string(style), -1)
	if len(blocks) != 2 {
		t.Fatalf("the style has %d sets of colors, want one for light and one for dark", len(blocks))
	}
	for i, scheme := range []string{"light", "dark"} {
		colors := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(blocks[i], -1) {
			colors[m[1]] = m[2]
		}
		var pairs [][2]string
		for _, status := range []string{"fail", "unknown", "pass", "informative"} {
			pairs = append(pairs, [2]string{status, status + "-ground"}, [2]string{status, "ground"}, [2]string{status, "card"})
		}
		for _, ground := range []string{"ground", "card"} {
			pairs = append(pairs, [2]string{"ink", ground}, [2]string{"muted", ground}, [2]string{"link", ground})
		}
		for _, p := range append(pairs, [2]string{"ink", "panel"}, [2]string{"unknown", "panel"}) {
			a, b := luminance(t, colors[p[0]]), luminance(t, colors[p[1]])
			if contrast := (max(a, b) + 0.05) / (min(a, b) + 0.05); contrast < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want 4.5", scheme, p[0], p[1], contrast)
			}
		}
	}
}

// TestHTML_SaysThatAnOrganizationWasGiven asks about the account of a run that read no list of organizations.
func TestHTML_SaysThatAnOrganizationWasGiven(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "graph.db")
	known := jumpgraph.WithKnownOrg(&client.Organization{ID: jumpcloudtest.Demo().Self.ID(), DisplayName: "Known"})
	if _, err := jumpgraph.Collect(t.Context(), c, sqlite.New(path), known); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // opened to read
	q, err := questions.Parse("accounts.sql", []byte("-- title: Accounts\n-- description: The accounts that there are.\n-- rows: informative\nSELECT _key AS key, name FROM jumpcloud_account"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Ask(t.Context(), db, []*questions.Question{q}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Answers[0]
	if a.Status != evidence.Informative || len(a.Rows) != 1 || len(a.Sources) != 1 || a.Sources[0].Proof != "given" || a.Sources[0].Received != 0 {
		t.Errorf("the answer is %s with %d rows from %+v, want the account, which was given and not read", a.Status, len(a.Rows), a.Sources)
	}
	if page := htmlOf(t, r); !strings.Contains(textOf(page), "givenIt was given by whoever collected, and not read from JumpCloud.") {
		t.Errorf("the page does not say that the organization was given:\n%s", textOf(page))
	}
}
