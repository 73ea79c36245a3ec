package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jumpgraph/jumpgraph/view"
)

// FuzzPictures draws pictures with any names, and checks that a name is never more than text.
func FuzzPictures(f *testing.F) {
	for _, name := range odd {
		f.Add(name, "Engineering")
		f.Add("\x00"+name+"\xff\u202e\n", name)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		g := oddGraph(a, b, "third")
		if got := checkPicture(t, g); !slices.Contains(got, "third") {
			t.Errorf("%q: the picture says %q", []string{a, b}, got)
		}
		if got := readDOT(t, g.DOT()); len(got.nodes) != 3 || len(got.edges) != 2 || got.nodes["n2"][0] != "third" {
			t.Errorf("%q: DOT says %+v", []string{a, b}, got)
		}
		plain := oddGraph("first", "second", "third").Mermaid()
		mermaid := g.Mermaid()
		if n, want := strings.Count(mermaid, "\":::")+strings.Count(mermaid, "\"])"), strings.Count(plain, "\":::")+strings.Count(plain, "\"])"); n != want {
			t.Errorf("%q: %d nodes in Mermaid, want %d:\n%s", []string{a, b}, n, want, mermaid)
		}
		for _, bad := range []string{"%%", "<s", "`", "]-->"} {
			if strings.Contains(mermaid, bad) {
				t.Errorf("%q: Mermaid has %q:\n%s", []string{a, b}, bad, mermaid)
			}
		}
		for _, text := range []string{g.DOT(), mermaid, g.SVG()} {
			if i := strings.IndexFunc(text, func(r rune) bool {
				return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
			}); i >= 0 {
				t.Errorf("%q: a character that cannot be seen: %q", []string{a, b}, text[i:min(len(text), i+9)])
			}
		}
	})
}

// FuzzGraphs draws graphs with any nodes and edges.
func FuzzGraphs(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0, 1, 2, 3}, []byte{0, 1, 1, 2, 2, 0, 3, 3, 0, 9})
	f.Add([]byte("\x10\x21\x32\x43\x54\x65\x07\x00"), []byte("\x00\x01\x01\x00\x00\x01\x02\x02\x05\x03\x04\x06"))
	f.Fuzz(func(t *testing.T, nodes, edges []byte) {
		types := []string{"jumpcloud_account", "jumpcloud_group", "jumpcloud_user", "jumpcloud_application", "other", ""}
		classes := []string{"Account", "Group", "User", "Application", "Configuration", "AccessRole", "Device", "Other"}
		g := &view.Graph{}
		for i, b := range nodes[:min(len(nodes), 60)] {
			g.Nodes = append(g.Nodes, view.Node{
				ID: fmt.Sprint(i - int(b)%2), Name: strings.Repeat("name ", int(b)%9), Type: types[int(b>>4)%len(types)], Class: classes[int(b>>3)%len(classes)],
				Count: int64(b) - 1, Focus: b&16 > 0, More: b&32 > 0, Partial: b&64 > 0,
			})
		}
		for i := 0; i+1 < min(len(edges), 400); i += 2 {
			a, b := edges[i], edges[i+1]
			g.Edges = append(g.Edges, view.Edge{
				From: fmt.Sprint(a & 63), To: fmt.Sprint(b & 63), Label: []string{"HAS", "ASSIGNED"}[a>>7], Count: int64(b) - 1, Indirect: a&64 > 0, Partial: b&64 > 0,
			})
		}
		checkPicture(t, g)
		if got := readDOT(t, g.DOT()); len(got.nodes) != len(g.Nodes) || len(got.edges) != view.Joined(g) {
			t.Errorf("DOT has %d nodes and %d edges", len(got.nodes), len(got.edges))
		}
		if first, later := g.SVG(), g.SVG(); first != later {
			t.Error("the same graph gives another picture")
		}
	})
}
