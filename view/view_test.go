package view_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/dialect"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
	"github.com/jumpgraph/jumpgraph/view"
)

// collect collects organizations, with one route that answers otherwise, and opens the database.
func collect(t *testing.T, fault jumpcloudtest.Fault, orgs ...*jumpcloudtest.Organization) *sqlite.DB {
	t.Helper()
	s := jumpcloudtest.NewServer(orgs...)
	defer s.Close()
	s.Inject(fault)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "graph.db")
	var options []jumpgraph.Option
	if len(orgs) > 1 {
		options = append(options, jumpgraph.AllOrgs())
	}
	switch _, err := jumpgraph.Collect(t.Context(), c, sqlite.New(path), options...); {
	case errors.Is(err, jumpgraph.ErrIncomplete) && fault.Status != 0:
		path = sqlite.PartialPath(path)
	case err != nil:
		t.Fatal(err)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

var none = jumpcloudtest.Fault{Path: "/none"}

// second is an organization that can be collected together with the demonstration.
func second() *jumpcloudtest.Organization {
	o := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	id := "60000000000000000000000b"
	o.Self["_id"], o.Self["id"] = id, id
	for i, u := range o.SystemUsers {
		key := fmt.Sprintf("60000000000000000000001%d", i)
		u["_id"], u["id"], u["organization"] = key, key, id
	}
	return o
}

// rows returns what a query gives.
func rows(t *testing.T, db *sqlite.DB, query string) [][]any {
	t.Helper()
	var all [][]any
	if _, err := db.Query(t.Context(), query, nil, func(values []any) error {
		all = append(all, slices.Clone(values))
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

func TestTypes_CountsWhatTheManifestCounts(t *testing.T) {
	t.Parallel()
	for name, orgs := range map[string][]*jumpcloudtest.Organization{
		"one organization": {jumpcloudtest.Demo()}, "several": {jumpcloudtest.Demo(), second()},
	} {
		db := collect(t, none, orgs...)
		g, err := view.Types(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int64{}
		for _, n := range g.Nodes {
			counts[n.ID] = n.Count
		}
		if diff := cmp.Diff(db.Manifest().Entities, counts); diff != "" {
			t.Errorf("%s: entities (-manifest +picture):\n%s", name, diff)
		}
		asked := slices.DeleteFunc(relationships.Rules(), func(r relationships.Rule) bool { return !db.Manifest().Asked(r.Type) })
		for i, r := range asked {
			want := view.Edge{From: r.From, To: r.To, Label: string(r.Class), Count: db.Manifest().Relationships[r.Type]}
			if diff := cmp.Diff(want, g.Edges[i]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", name, r.Type, diff)
			}
		}
		if len(g.LeftOut) > 0 {
			t.Errorf("%s: a complete run leaves out %q", name, g.LeftOut)
		}
	}
}

func TestTypes_WhatWasNotReadIsUnknownAndNotNone(t *testing.T) {
	t.Parallel()
	db := collect(t, jumpcloudtest.Fault{Path: "/api/applications", Status: 403}, jumpcloudtest.Demo())
	g, err := view.Types(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		if unknown := n.ID == "jumpcloud_application"; unknown != n.Partial || unknown != (n.Count < 0) {
			t.Errorf("%s: count %d, partial %v", n.ID, n.Count, n.Partial)
		}
	}
	for _, e := range g.Edges {
		if unknown := e.To == "jumpcloud_application"; unknown != e.Partial || unknown != (e.Count < 0) {
			t.Errorf("%s to %s: count %d, partial %v", e.From, e.To, e.Count, e.Partial)
		}
	}
	if s := strings.Join(g.LeftOut, " "); !strings.Contains(s, "jumpcloud_application") || !strings.Contains(s, "forbidden") {
		t.Errorf("what is left out: %q", s)
	}
	for form, text := range map[string]string{"DOT": g.DOT(), "Mermaid": g.Mermaid()} {
		if !strings.Contains(text, "unknown") || !strings.Contains(text, "dashed") || !strings.Contains(text, "forbidden") {
			t.Errorf("%s does not say what is unknown:\n%s", form, text)
		}
	}
	key := rows(t, db, "SELECT _key FROM jumpcloud_user")[0][0].(string)
	if g, err = view.Neighborhood(t.Context(), db, key, view.Options{}); err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(g.LeftOut, " "); !strings.Contains(s, "jumpcloud_user_assigned_application") {
		t.Errorf("next to a user, what is left out is %q", s)
	}
}

// plain is a graph held in memory.
type plain struct {
	account string
	joined  map[string][]string
	edges   [][2]string
}

func load(t *testing.T, db *sqlite.DB) *plain {
	t.Helper()
	p := &plain{account: rows(t, db, "SELECT _key FROM jumpcloud_account")[0][0].(string), joined: map[string][]string{}}
	for _, r := range relationships.Rules() {
		for _, row := range rows(t, db, "SELECT _fromEntityKey, _toEntityKey FROM "+r.Type) {
			from, to := row[0].(string), row[1].(string)
			p.joined[from], p.joined[to] = append(p.joined[from], to), append(p.joined[to], from)
			p.edges = append(p.edges, [2]string{from, to})
		}
	}
	return p
}

// near is a plain search for what is within some steps.
func (p *plain) near(focus string, depth int) (nodes, edges []string) {
	seen, level := map[string]bool{focus: true}, []string{focus}
	for range depth {
		var next []string
		for _, key := range level {
			if key == p.account && key != focus {
				continue
			}
			for _, other := range p.joined[key] {
				if !seen[other] {
					seen[other] = true
					next = append(next, other)
				}
			}
		}
		level = next
	}
	for _, e := range p.edges {
		if seen[e[0]] && seen[e[1]] {
			edges = append(edges, e[0]+" "+e[1])
		}
	}
	slices.Sort(edges)
	return slices.Sorted(maps.Keys(seen)), edges
}

func TestNeighborhood_IsWhatAPlainSearchFinds(t *testing.T) {
	t.Parallel()
	db := collect(t, none, jumpcloudtest.Demo())
	p := load(t, db)
	for _, m := range entities.Models() {
		if !db.Manifest().Asked(m.Type) {
			continue
		}
		key := rows(t, db, "SELECT _key FROM "+m.Type+" ORDER BY _key DESC")[0][0].(string)
		for depth := 1; depth <= 4; depth++ {
			g, err := view.Neighborhood(t.Context(), db, key, view.Options{Depth: depth, MaxNodes: 200})
			if err != nil {
				t.Fatal(err)
			}
			var nodes, edges []string
			for _, n := range g.Nodes {
				nodes = append(nodes, n.ID)
				if n.Focus != (n.ID == key) || n.More || n.Name == "" {
					t.Errorf("%s at depth %d: node %+v", m.Type, depth, n)
				}
			}
			for _, e := range g.Edges {
				edges = append(edges, e.From+" "+e.To)
			}
			slices.Sort(nodes)
			slices.Sort(edges)
			wantNodes, wantEdges := p.near(key, depth)
			if diff := cmp.Diff(wantNodes, nodes); diff != "" {
				t.Errorf("%s at depth %d: nodes (-want +got):\n%s", m.Type, depth, diff)
			}
			if diff := cmp.Diff(wantEdges, edges); diff != "" {
				t.Errorf("%s at depth %d: edges (-want +got):\n%s", m.Type, depth, diff)
			}
		}
	}
}

func TestNeighborhood_TellsDirectFromIndirectAssignments(t *testing.T) {
	t.Parallel()
	db := collect(t, none, jumpcloudtest.Demo())
	direct := map[string]bool{}
	for _, row := range rows(t, db, "SELECT _fromEntityKey, _toEntityKey, direct FROM jumpcloud_user_assigned_application") {
		direct[row[0].(string)+" "+row[1].(string)] = row[2] == int64(1)
	}
	g, err := view.Neighborhood(t.Context(), db, rows(t, db, "SELECT _key FROM jumpcloud_account")[0][0].(string), view.Options{Depth: 1, MaxNodes: 200})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[bool]int{}
	for _, e := range g.Edges {
		is, assigned := direct[e.From+" "+e.To]
		if e.Indirect != (assigned && !is) {
			t.Errorf("edge %+v, but direct is %v", e, is)
		}
		if assigned {
			seen[is]++
		}
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("the demonstration has too few kinds of assignments: %v", seen)
	}
}

// hub is an organization in which one group and one application have many users.
func hub() (o *jumpcloudtest.Organization, group, app string) {
	o = jumpcloudtest.Synthetic(5, jumpcloudtest.Size{Users: 150, Systems: 10, Groups: 12, Applications: 5, AppleDevices: 3, GroupMembers: 20})
	group, app = o.UserGroups[3].ID(), o.Applications[0].ID()
	o.Members[group], o.ApplicationUsers[app] = nil, nil
	for i, u := range o.SystemUsers {
		if i < 110 {
			o.Members[group] = append(o.Members[group], u.ID())
		}
		o.ApplicationUsers[app] = append(o.ApplicationUsers[app], u.ID())
	}
	return o, group, app
}

func TestNeighborhood_CountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	o, group, app := hub()
	db := collect(t, none, o)
	p := load(t, db)
	for _, focus := range []string{group, app, o.Self.ID(), o.SystemUsers[7].ID()} {
		for _, options := range []view.Options{{Depth: 1}, {}, {Depth: 3, MaxNodes: 25}, {Depth: 2, MaxNodes: 1}, {Depth: 2, MaxNodes: 2}, {Depth: 1, MaxNodes: 3}, {MaxNodes: 100}} {
			name := fmt.Sprintf("%s with %+v", focus, options)
			g, err := view.Neighborhood(t.Context(), db, focus, options)
			if err != nil {
				t.Fatal(err)
			}
			most := options.MaxNodes
			if most == 0 {
				most = 60
			}
			if len(g.Nodes) > most {
				t.Errorf("%s: %d nodes", name, len(g.Nodes))
			}
			shown, drawn := map[string]view.Node{}, map[string]bool{}
			for _, n := range g.Nodes {
				shown[n.ID] = n
			}
			for _, e := range g.Edges {
				drawn[e.From+" "+e.To] = true
			}
			for _, e := range g.Edges { // each node for the rest says how many relationships are not drawn
				more, at := shown[e.From], shown[e.To]
				mine, far := "_toEntityKey", "_fromEntityKey"
				if shown[e.To].More {
					more, at, mine, far = at, more, far, mine
				}
				if !more.More {
					continue
				}
				typ := strings.Split(more.ID, ":")[1]
				rest := int64(0)
				for _, row := range rows(t, db, "SELECT "+far+" FROM "+typ+" WHERE "+mine+" = '"+at.ID+"'") {
					if _, ok := shown[row[0].(string)]; !ok {
						rest++
					}
				}
				if rest != more.Count || e.Count != more.Count || !strings.Contains(more.Name, fmt.Sprint(rest)) {
					t.Errorf("%s: %d are not shown, the node %+v represents others", name, rest, more)
				}
			}
			depth := options.Depth
			if depth == 0 {
				depth = 2
			}
			whole, _ := p.near(focus, depth)
			if left := len(g.LeftOut) > 0 && strings.Contains(g.LeftOut[0], "did not fit"); left != (len(whole) > len(shown)) {
				t.Errorf("%s: %d of %d are shown, left out is %q", name, len(shown), len(whole), g.LeftOut)
			}
		}
	}
	g, err := view.Neighborhood(t.Context(), db, group, view.Options{Depth: 1})
	if err != nil {
		t.Fatal(err)
	}
	users := int64(0)
	for _, n := range g.Nodes {
		if n.Type == "jumpcloud_user" {
			users += n.Count
		}
	}
	if users != 110 {
		t.Errorf("a group of 110 users is shown with %d", users)
	}
}

func TestNeighborhood_EndsAtTheNeighborsOfAFocusThatHasMany(t *testing.T) {
	t.Parallel()
	o, group, _ := hub()
	db := collect(t, jumpcloudtest.Fault{}, o)
	many, err := view.Neighborhood(t.Context(), db, group, view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(many.LeftOut, "\n"); !strings.Contains(many.Title, "within 1 step") || !strings.Contains(said, "a depth of 2 shows what lies beyond") {
		t.Errorf("a focus with many neighbors: %q, left out: %q", many.Title, said)
	}
	asked, err := view.Neighborhood(t.Context(), db, group, view.Options{Depth: 2})
	if err != nil || !strings.Contains(asked.Title, "within 2 steps") {
		t.Errorf("a depth that is asked for: %v", err)
	}
	few, err := view.Neighborhood(t.Context(), collect(t, jumpcloudtest.Fault{}, jumpcloudtest.Demo()), "ada.albrecht0", view.Options{})
	if err != nil || !strings.Contains(few.Title, "within 2 steps") || strings.Contains(strings.Join(few.LeftOut, "\n"), "a depth of 2") {
		t.Errorf("a focus with few neighbors: %v, %+v", err, few)
	}
}

func TestNeighborhood_FindsItsFocusByWhatItIsCalled(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	for i := range 12 {
		o.Systems[i]["hostname"], o.Systems[i]["displayName"] = "twin", fmt.Sprintf("System\x1b[31m\u202e %d", i)
	}
	o.SystemUsers[0]["username"] = "Óscar.Ñ"
	db := collect(t, none, o)
	user := o.SystemUsers[0].ID()
	for _, name := range []string{user, "óSCAR.ñ", strings.ToUpper(o.SystemUsers[0]["email"].(string))} {
		g, err := view.Neighborhood(t.Context(), db, name, view.Options{Depth: 1})
		if err != nil {
			t.Errorf("%q: %v", name, err)
		} else if g.Nodes[0].ID != user {
			t.Errorf("%q gives %+v", name, g.Nodes[0])
		}
	}
	_, err := view.Neighborhood(t.Context(), db, "TWIN", view.Options{})
	if !errors.Is(err, jumpgraph.ErrUsage) {
		t.Fatalf("a name of twelve gives %v", err)
	}
	if n := strings.Count(err.Error(), "\n  jumpcloud_device "); n != 10 || !strings.Contains(err.Error(), "and 2 more") || !strings.Contains(err.Error(), o.Systems[0].ID()) {
		t.Errorf("%d candidates: %v", n, err)
	}
	if strings.ContainsAny(err.Error(), "\x1b\u202e") {
		t.Errorf("the error holds control characters: %q", err)
	}
	for _, name := range []string{"nobody", "", " ", "' OR 1 = 1 --"} {
		if _, err := view.Neighborhood(t.Context(), db, name, view.Options{}); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("%q gives %v", name, err)
		}
	}
	for _, o := range []view.Options{{Depth: -1}, {MaxNodes: -1}, {MaxNodes: 201}} {
		if _, err := view.Neighborhood(t.Context(), db, user, o); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("%+v gives %v", o, err)
		}
	}
}

// TestErrors_BeginWithThePackage also checks that nothing panics when there is no graph.
func TestErrors_BeginWithThePackage(t *testing.T) {
	t.Parallel()
	whole := collect(t, none, jumpcloudtest.Demo())
	late, cancel := context.WithCancel(t.Context())
	cancel()
	named := func(err error) bool { // by this package, or by the condition of another that it is
		return strings.HasPrefix(err.Error(), "view: ") || strings.HasPrefix(err.Error(), jumpgraph.ErrUsage.Error()+": ")
	}
	for name, c := range map[string]struct {
		ctx   context.Context
		db    graphsql.Database
		focus string
		is    error
	}{
		"no database":             {t.Context(), nil, "x", jumpgraph.ErrUsage},
		"a nil database":          {t.Context(), (*sqlite.DB)(nil), "x", jumpgraph.ErrUsage},
		"a database of no file":   {t.Context(), &sqlite.DB{}, "x", jumpgraph.ErrUsage},
		"a focus that is nowhere": {t.Context(), whole, "x", jumpgraph.ErrUsage},
		"no focus":                {t.Context(), whole, "", jumpgraph.ErrUsage},
		"a cancelled run":         {late, whole, "x", context.Canceled},
	} {
		_, err := view.Neighborhood(c.ctx, c.db, c.focus, view.Options{})
		if !errors.Is(err, c.is) || !named(err) {
			t.Errorf("%s: the neighborhood gives %v", name, err)
		}
		if c.db == whole && c.ctx != late { // the types have no focus
			continue
		}
		if _, err := view.Types(c.ctx, c.db); !errors.Is(err, c.is) || !named(err) {
			t.Errorf("%s: the types give %v", name, err)
		}
	}
}

func TestPictures_ANilGraphIsEmpty(t *testing.T) {
	t.Parallel()
	var g *view.Graph
	empty := &view.Graph{}
	if g.SVG() != empty.SVG() || g.DOT() != empty.DOT() || g.Mermaid() != empty.Mermaid() {
		t.Error("a nil graph is not drawn like an empty one")
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

func TestPictures_AskWhatSQLiteAndPostgreSQLUnderstand(t *testing.T) {
	t.Parallel()
	demo := jumpcloudtest.Demo()
	h := &heard{collect(t, none, demo), map[string]bool{}}
	if _, err := view.Types(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	for _, focus := range []string{demo.SystemUsers[0].ID(), demo.UserGroups[0]["name"].(string), demo.Self.ID()} {
		if _, err := view.Neighborhood(t.Context(), h, focus, view.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, queries := range view.Queries(3) {
		for _, query := range queries {
			h.statements[query] = true
		}
	}
	if len(h.statements) < 50 {
		t.Fatalf("only %d statements are heard", len(h.statements))
	}
	for s := range h.statements {
		for _, problem := range dialect.Problems(s) {
			t.Errorf("%s\n%s", problem, s)
		}
	}
}

// TestNeighborhood_FindsByIndexes leaves out tables with no more rows than nodes are asked for: SQLite reads those whole.
func TestNeighborhood_FindsByIndexes(t *testing.T) {
	t.Parallel()
	large := jumpcloudtest.Synthetic(8, jumpcloudtest.Size{Users: 500, Systems: 250, Groups: 12, Applications: 8, AppleDevices: 250, GroupMembers: 60})
	for nodes, org := range map[int]*jumpcloudtest.Organization{2: jumpcloudtest.Demo(), view.MostNodes: large} {
		db := collect(t, none, org)
		asked := 0
		for table, queries := range view.Queries(nodes) {
			if m := db.Manifest(); m.Entities[table]+m.Relationships[table] <= int64(nodes) {
				continue
			}
			for _, query := range queries {
				asked++
				for _, row := range rows(t, db, "EXPLAIN QUERY PLAN "+query) {
					if step, _ := row[3].(string); strings.Contains(step, "SCAN") {
						t.Errorf("%d nodes: %.200s: %s", nodes, query, step)
					}
				}
			}
		}
		if asked < 20 {
			t.Errorf("%d nodes: only %d statements were looked at", nodes, asked)
		}
	}
}

func TestNeighborhood_WorksInADatabaseOfSeveralOrganizations(t *testing.T) {
	t.Parallel()
	other := second()
	db := collect(t, none, jumpcloudtest.Demo(), other)
	g, err := view.Neighborhood(t.Context(), db, other.Self.ID(), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Nodes) != 6 || len(g.Edges) != 5 {
		t.Errorf("an organization of five users is shown with %d nodes and %d edges", len(g.Nodes), len(g.Edges))
	}
}

func TestPictures_AreTheSameEachTime(t *testing.T) {
	t.Parallel()
	o, group, _ := hub()
	db := collect(t, none, o)
	var first string
	for i := range 3 {
		g, err := view.Neighborhood(t.Context(), db, group, view.Options{MaxNodes: 12})
		if err != nil {
			t.Fatal(err)
		}
		if all := g.DOT() + g.Mermaid() + g.SVG(); i == 0 {
			first = all
		} else if all != first {
			t.Errorf("pictures differ (-first +later):\n%s", cmp.Diff(first, all))
		}
	}
}

// odd are names that would change the picture if they were not escaped.
var odd = []string{
	`"><script>alert(1)</script>`, `]-->X`, `\N`, `\\`, `\`, `%%{init: {"theme": "dark"}}%%`, `</text>`, `&lt;b&gt;`, `&amp;`, "end", "graph", "`x`",
	"1. one", "- two", "#35;", "a|b|c", "a\"; n1 -> n2; \"", "<b>bold</b>", "{a|b}", "x:::y", "style a:#fff;", "---", "a@example.com", "www.example.com",
	"日本語のとても長い名前がここにあります、本当に長いです、とても", "é", "_x_ *y*", "ﬂ°°60¶ß", "--> ]]>", "<!-- -->", "javascript:alert(1)", "click n0 href", "👩‍💻",
}

// oddGraph is a picture with odd names.
func oddGraph(names ...string) *view.Graph {
	g := &view.Graph{Title: strings.Join(names, " "), LeftOut: names}
	for i, name := range names {
		g.Nodes = append(g.Nodes, view.Node{ID: fmt.Sprint(i), Name: name, Type: "jumpcloud_user", Class: "User", Count: 1})
		if i > 0 {
			g.Edges = append(g.Edges, view.Edge{From: fmt.Sprint(i - 1), To: fmt.Sprint(i), Label: name, Count: 1})
		}
	}
	return g
}

// texts returns the texts in an SVG, and reports elements and attributes that a picture must not have.
func texts(t *testing.T, svg string) (all []string, nodes int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	within := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nodes
		}
		if err != nil {
			t.Fatalf("the SVG is not XML: %v\n%s", err, svg)
		}
		switch x := token.(type) {
		case xml.StartElement:
			within = x.Name.Local
			if !slices.Contains([]string{"svg", "g", "title", "text", "path"}, within) {
				t.Errorf("the SVG has an element %s", within)
			}
			for _, a := range x.Attr {
				if name := strings.ToLower(a.Name.Local); name == "href" || name == "style" || strings.HasPrefix(name, "on") {
					t.Errorf("the SVG has an attribute %s", name)
				}
				if a.Name.Local == "class" && a.Value == "node" {
					nodes++
				}
			}
		case xml.CharData:
			if within == "text" && strings.TrimSpace(string(x)) != "" {
				all = append(all, string(x))
			}
		case xml.EndElement:
			within = ""
		}
	}
}

func TestPictures_KeepOddNamesAsText(t *testing.T) {
	t.Parallel()
	g := oddGraph(odd...)
	got, nodes := texts(t, g.SVG())
	if nodes != len(odd) {
		t.Errorf("%d nodes in SVG, want %d", nodes, len(odd))
	}
	for _, name := range odd {
		if len([]rune(name)) <= 32 && !slices.Contains(got, name) {
			t.Errorf("the name %q is not in the SVG as it is", name)
		}
	}
	mermaid := g.Mermaid()
	lines := 0
	for line := range strings.Lines(mermaid) {
		if strings.HasPrefix(line, "  n") && strings.Contains(line, "([\"") {
			lines++
		}
	}
	if lines != len(odd) {
		t.Errorf("%d nodes in Mermaid, want %d", lines, len(odd))
	}
	for _, bad := range []string{"<script", "%%", "]-->", "`", "init:", "</", "@", "javascript:"} {
		if strings.Contains(mermaid, bad) {
			t.Errorf("Mermaid has %q as it is", bad)
		}
	}
}

func TestPictures_HaveNoCharactersThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	g := oddGraph("a\x00b\nc\td\u202ee\u2066f\u200bg\ufeffh\x1b[2J \xff\xfe i\u2028j\u0085k\ufffe", "", "\u202e\x07", strings.Repeat("x ", 99))
	svg := g.SVG()
	got, _ := texts(t, svg)
	for _, want := range []string{"ab c defgh[2J \ufffd i j k", "1", "2", "x x x x x x x x x x x x x x x x…"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not in the SVG: %q", want, got)
		}
	}
	for form, text := range map[string]string{"DOT": g.DOT(), "Mermaid": g.Mermaid(), "SVG": svg} {
		if i := strings.IndexAny(text, "\x00\x07\x1b\u202e\u2066\u200b\ufeff\u2028\u0085\ufffe"); i >= 0 || !utf8.ValidString(text) {
			t.Errorf("%s has a character that cannot be seen at %d: %q", form, i, text)
		}
	}
}

func TestSVG_SaysHowLargeItIsAndLoadsNothing(t *testing.T) {
	t.Parallel()
	db := collect(t, none, jumpcloudtest.Demo())
	g, err := view.Types(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	svg := g.SVG()
	var root struct {
		XMLName xml.Name `xml:"svg"`
		Width   string   `xml:"width,attr"`
		Height  string   `xml:"height,attr"`
		ViewBox string   `xml:"viewBox,attr"`
	}
	if err := xml.Unmarshal([]byte(svg), &root); err != nil || root.Width == "" || root.Height == "" || root.ViewBox == "" {
		t.Errorf("the root is %+v, %v", root, err)
	}
	if strings.Contains(svg, "<!") || !strings.Contains(svg, "font-family=\"Helvetica,Arial,sans-serif\"") {
		t.Errorf("unexpected parts in the SVG:\n%s", svg)
	}
	got, _ := texts(t, svg)
	for _, want := range []string{"System", "jumpcloud_device", "14", "Legend", "Account", "Configuration"} {
		if !slices.Contains(got, want) {
			t.Errorf("the picture does not say %q: %q", want, got)
		}
	}
}

func TestSVG_CanBeAskedForAtTheSameTime(t *testing.T) {
	t.Parallel()
	g := oddGraph("one", "two", "three")
	want := g.SVG()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if g.SVG() != want {
				t.Error("a picture made beside others differs")
			}
		})
	}
	wg.Wait()
}

// checkPicture reports what no picture may have, and returns its texts.
func checkPicture(t *testing.T, g *view.Graph) []string {
	t.Helper()
	svg := g.SVG()
	got, nodes := texts(t, svg)
	if nodes != len(g.Nodes) {
		t.Errorf("%d nodes are drawn of %d", nodes, len(g.Nodes))
	}
	if edges := strings.Count(svg, "<g class=\"edge\">"); edges != view.Joined(g) {
		t.Errorf("%d edges are drawn of %d", edges, view.Joined(g))
	}
	boxes := view.Boxes(g)
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
				t.Errorf("two nodes overlap: %+v, %+v", a, b)
			}
		}
	}
	checkInside(t, svg)
	return got
}

var (
	moved   = regexp.MustCompile(`<g[^>]*?transform="translate\(([-.\d]+) ([-.\d]+)\)"`)
	point   = regexp.MustCompile(`-?[\d.]+`)
	parts   = regexp.MustCompile(`[MLHVCAhvZ][-.\d ]*`)
	whole   = regexp.MustCompile(`viewBox="0 0 ([.\d]+) ([.\d]+)"`)
	element = regexp.MustCompile(`<(/?)(g|path|text)( [^>]*)?>`)
	drawn   = regexp.MustCompile(` d="([^"]*)"`)
	placed  = regexp.MustCompile(` x="([-.\d]+)" y="([-.\d]+)"`)
)

// checkInside reports what is drawn outside of the picture.
func checkInside(t *testing.T, svg string) {
	t.Helper()
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("%q is no number", s)
		}
		return n
	}
	size := whole.FindStringSubmatch(svg)
	width, height := number(size[1]), number(size[2])
	x, y := []float64{0}, []float64{0} // how far the groups are moved
	in := func(dx, dy float64, what string) {
		if dx += x[len(x)-1]; dx < 0 || dx > width {
			t.Errorf("%s is at %v across, of %v", what, dx, width)
		}
		if dy += y[len(y)-1]; dy < 0 || dy > height {
			t.Errorf("%s is at %v down, of %v", what, dy, height)
		}
	}
	for _, e := range element.FindAllStringSubmatch(svg, -1) {
		switch {
		case e[1] == "/" && e[2] == "g":
			x, y = x[:len(x)-1], y[:len(y)-1]
		case e[1] == "" && e[2] == "g":
			dx, dy := 0.0, 0.0
			if m := moved.FindStringSubmatch(e[0]); m != nil {
				dx, dy = number(m[1]), number(m[2])
			}
			x, y = append(x, x[len(x)-1]+dx), append(y, y[len(y)-1]+dy)
		case e[1] == "" && e[2] == "text":
			if m := placed.FindStringSubmatch(e[0]); m != nil {
				in(number(m[1]), number(m[2]), e[0])
			}
		case e[1] == "":
			for _, c := range parts.FindAllString(drawn.FindStringSubmatch(e[3])[1], -1) {
				n := point.FindAllString(c, -1)
				switch c[0] {
				case 'M', 'L', 'C':
					for i := 0; i+1 < len(n); i += 2 {
						// A curve does not go through its inner points.
						if c[0] != 'C' || i == 4 {
							in(number(n[i]), number(n[i+1]), e[0])
						}
					}
				case 'H':
					in(number(n[0]), 0, e[0])
				case 'V':
					in(0, number(n[0]), e[0])
				}
			}
		}
	}
}

func TestSVG_OddGraphsAreDrawn(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*view.Graph{
		"nothing":    {},
		"one node":   {Nodes: []view.Node{{}}},
		"loose ends": {Nodes: []view.Node{{ID: "a", Type: "other", Class: "Other"}, {ID: "a"}}, Edges: []view.Edge{{From: "a", To: "none"}, {From: "a", To: "a"}, {}}},
		"a circle": {
			Nodes: []view.Node{{ID: "a", Class: "User"}, {ID: "b", Class: "Group"}, {ID: "c", Class: "Device"}},
			Edges: []view.Edge{{From: "a", To: "b"}, {From: "b", To: "c"}, {From: "c", To: "a"}, {From: "a", To: "c"}},
		},
		"parallel": {
			Nodes: []view.Node{{ID: "a", Class: "Application"}, {ID: "b", Class: "Configuration"}},
			Edges: slices.Concat(slices.Repeat([]view.Edge{{From: "a", To: "b", Label: "ASSIGNED"}}, 30), slices.Repeat([]view.Edge{{From: "b", To: "b"}}, 20)),
		},
		"many that touch nothing": {Nodes: slices.Repeat([]view.Node{{Name: "alone", Class: "Account"}}, 90)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkPicture(t, g)
		})
	}
}

func TestSVG_LargePicturesAreComplete(t *testing.T) {
	t.Parallel()
	o, group, app := hub()
	db := collect(t, none, o)
	for focus, options := range map[string]view.Options{group: {Depth: 1}, app: {MaxNodes: 90}} {
		g, err := view.Neighborhood(t.Context(), db, focus, options)
		if err != nil {
			t.Fatal(err)
		}
		got := checkPicture(t, g)
		for _, want := range []string{g.Title, "Legend", "User"} {
			if !slices.Contains(got, want) {
				t.Errorf("the picture of %s does not say %q", focus, want)
			}
		}
		if left := strings.Join(g.LeftOut, " "); !strings.Contains(strings.Join(got, " "), left) {
			t.Errorf("the picture of %s does not say %q", focus, left)
		}
	}
}

// TestSVG_SaysWhatItsLinesMean checks that the legend has a sample of each kind of line.
func TestSVG_SaysWhatItsLinesMean(t *testing.T) {
	t.Parallel()
	g := &view.Graph{
		Nodes: []view.Node{
			{ID: "o", Name: "Org", Type: "jumpcloud_account", Class: "Account"},
			{ID: "g", Name: "Group", Type: "jumpcloud_group", Class: "Group"},
			{ID: "u", Name: "User", Type: "jumpcloud_user", Class: "User", Focus: true},
			{ID: "a", Name: "App", Type: "jumpcloud_application", Class: "Application"},
			{ID: "m", Name: "+ 7 more users", Type: "jumpcloud_user", Class: "User", Count: 7, More: true},
		},
		Edges: []view.Edge{
			{From: "o", To: "g", Label: "HAS", Count: 1},
			{From: "g", To: "u", Label: "HAS", Count: 1},
			{From: "g", To: "m", Label: "HAS", Count: 7},
			{From: "g", To: "a", Label: "ASSIGNED", Count: 1},
			{From: "u", To: "a", Label: "ASSIGNED", Count: 1, Indirect: true},
		},
	}
	got := checkPicture(t, g)
	for _, want := range []string{"HAS", "of the account", "ASSIGNED", "only through a group", "+ 7 more users"} {
		if !slices.Contains(got, want) {
			t.Errorf("the picture does not say %q: %q", want, got)
		}
	}
	svg := g.SVG()
	for want, n := range map[string]int{
		`stroke-width="3.5"`: 1, `<title>User ASSIGNED App</title>`: 1, `<title>Org (o)</title>`: 1, `<title>+ 7 more users</title>`: 1,
		`stroke-dasharray`: 3, // the edge, its sample, the node for more
	} {
		if got := strings.Count(svg, want); got != n {
			t.Errorf("%q is there %d times, want %d", want, got, n)
		}
	}
}
