package jumpgraph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/schemas"
)

func TestCollections_GiveEveryTypeOnce(t *testing.T) {
	t.Parallel()
	from := map[string][]string{}
	for _, c := range jumpgraph.Collections() {
		for _, typ := range c.Types {
			from[typ] = append(from[typ], c.Name)
		}
	}
	for _, typ := range schemas.Types() {
		if len(from[typ]) != 1 {
			t.Errorf("%s comes from the collections %v, want exactly one", typ, from[typ])
			continue
		}
		if name, ok := jumpgraph.CollectionOf(typ); !ok || name != from[typ][0] {
			t.Errorf("%s comes from %q, %t; want %s", typ, name, ok, from[typ][0])
		}
		delete(from, typ)
	}
	if len(from) > 0 {
		t.Errorf("collections give types that the model does not have: %v", from)
	}
	if name, ok := jumpgraph.CollectionOf("jumpcloud_printer"); ok || name != "" {
		t.Errorf("a type that no collection gives comes from %q, %t", name, ok)
	}
}

func TestCollections_NeedOnlyEarlierOnes(t *testing.T) {
	t.Parallel()
	var before []string
	for _, c := range jumpgraph.Collections() {
		for _, need := range slices.Concat(c.Needs, c.Uses) {
			if !slices.Contains(before, need) {
				t.Errorf("%s needs %s, which does not come before it", c.Name, need)
			}
		}
		if c.Title == "" || c.Endpoint == "" || c.Layer == "" || c.PageSize == 0 || (c.PerParent > 0 || c.Derived) != (len(c.Needs) > 0) {
			t.Errorf("the row of %s has a gap: %+v", c.Name, c)
		}
		before = append(before, c.Name)
	}
}

func TestCollections_ResultIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	all := jumpgraph.Collections()
	all[0].Name, all[0].Types[0] = "changed", "changed"
	if again := jumpgraph.Collections(); again[0].Name == "changed" || again[0].Types[0] == "changed" {
		t.Error("changing what Collections returned changed the table")
	}
}

// TestCollections_AreDocumented keeps docs/collections.md equal to the table.
func TestCollections_AreDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("<!-- Written by go test . -update from the table in collections.go; DO NOT EDIT. -->\n\n# Collections\n\n" +
		"What a run reads, in the order of its manifest. The names are those of `--skip` and of the manifest. A collection is read as\n" +
		"soon as those that it needs are; what it uses may be read at the same time. Where JumpCloud refuses a search, or the\n" +
		"associations, a run uses another operation, and its manifest names that.\n\n" +
		"| Collection | Reads | Operation | Page | Requests | Needs | Uses | Gives |\n|---|---|---|---|---|---|---|---|\n")
	layer := jumpgraph.Layer("core")
	for _, c := range jumpgraph.Collections() {
		if c.Layer == jumpgraph.Governance && c.Layer != layer {
			layer = c.Layer
			b.WriteString("\n## Further layers\n\nThe following are read only where their layer is chosen: `--with governance`, or `--with directory-users`, which brings\n" +
				"governance with it. What may not be read of them, or is not licensed, does not stop a run.\n\n" +
				"| Collection | Reads | Operation | Page | Requests | Needs | Uses | Gives |\n|---|---|---|---|---|---|---|---|\n")
		}
		title := c.Title
		if c.Optional {
			title += ", where in use"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %d | %s | %s | %s | %s |\n", c.Name, title, c.Endpoint, c.PageSize, requestsOf(c),
			codes(c.Needs), codes(c.Uses), codes(c.Types))
	}
	golden(t, "docs/collections.md", b.String())
}

// requestsOf says in words how many requests reading a collection takes.
func requestsOf(c jumpgraph.CollectionInfo) string {
	requests := "1 for each page"
	if c.Derived {
		requests = "none: made of what it needs"
	}
	if c.PerParent > 0 {
		requests = fmt.Sprintf("%d or more for each of `%s`", c.PerParent, c.Needs[0])
	}
	if c.Samples > 0 {
		requests += fmt.Sprintf(", and 1 for %d of them", c.Samples)
	}
	if c.Proofs > 0 {
		requests += fmt.Sprintf(", and 2 for %d of them to prove that one list says what two do, or else 2 or more for each", c.Proofs)
	}
	if c.Layer == jumpgraph.DirectoryUsers {
		requests += "; layer `directory-users`"
	}
	return requests
}

func codes(names []string) string {
	var list []string
	for _, n := range names {
		list = append(list, "`"+n+"`")
	}
	return strings.Join(list, ", ")
}
