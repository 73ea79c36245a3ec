package cassettes_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/cassettes"
)

// update writes the table of the documentation anew.
var update = flag.Bool("update", false, "write the table of the tapes in doc.go anew")

// table writes what is on the tapes as a part of a comment.
func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "tape\trequest\tfields\tanswers\trecords\tpage")
	for _, name := range cassettes.Names() {
		contents, err := cassettes.Contents(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range contents {
			fields, page := "all", ""
			if len(c.Fields) > 0 {
				fields = fmt.Sprint(len(c.Fields))
			}
			if c.PageSize > 0 {
				page = fmt.Sprint(c.PageSize)
			}
			fmt.Fprintf(w, "%s\t%s %s\t%s\t%d\t%d\t%s\n", name, c.Method, c.Path, fields, c.Answers, c.Records, page)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var comment strings.Builder
	for line := range strings.Lines(b.String()) {
		comment.WriteString("//\t" + strings.TrimRight(line, " \n") + "\n")
	}
	return comment.String()
}

func TestContents_AreTheTableInTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), "//\ttape ")
	_, tail, ended := strings.Cut(rest, "\npackage ")
	if !ok || !ended {
		t.Fatal("doc.go has no table that begins with tape, before the name of the package")
	}
	want := head + table(t) + "package " + tail
	if *update {
		if err := os.WriteFile("doc.go", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("doc.go does not say what is on the tapes; go test ./cassettes -update writes it anew (-want +got):\n%s", diff)
	}
}

func TestContents_CountEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, name := range cassettes.Names() {
		contents, err := cassettes.Contents(name)
		if err != nil {
			t.Fatal(err)
		}
		answers := 0
		for _, c := range contents {
			answers += c.Answers
			if strings.ContainsFunc(strings.Replace(c.Path, "office365s", "", 1), func(r rune) bool { return r >= '3' && r <= '9' }) {
				t.Errorf("%s: the path %s holds an id", name, c.Path)
			}
		}
		if recorded := len(cassettes.Transport(name).Unused()); answers != recorded || answers == 0 {
			t.Errorf("%s: the contents count %d answers, the tape holds %d", name, answers, recorded)
		}
	}
	if _, err := cassettes.Contents("printers"); err == nil || !strings.Contains(err.Error(), `no tape "printers": the tapes are applemdms, `) {
		t.Errorf("an unknown tape gave %v, want an error that lists the tapes", err)
	}
}

func TestContents_CountRecordsOnceThatCameOnTwoPages(t *testing.T) {
	t.Parallel()
	contents, err := cassettes.Contents("systemusers")
	want := []cassettes.Content{
		{Method: "POST", Path: "/api/search/systemusers", Answers: 3, Records: 24, PageSize: 10},
		{Method: "GET", Path: "/api/systemusers/{id}", Answers: 2, Records: 2},
	}
	if diff := cmp.Diff(want, contents); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	demo, err := cassettes.Contents("demo")
	users := slices.DeleteFunc(demo, func(c cassettes.Content) bool { return c.Path != "/api/search/systemusers" })
	if err != nil || len(users) != 2 || len(users[0].Fields) != 0 || !slices.Contains(users[1].Fields, "username") {
		t.Errorf("the users of demo are %+v, %v, want them once with all fields and once with some", users, err)
	}
}
