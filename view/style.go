package view

import (
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// style is how the entities of a class look. Classes differ by shape and by color. The colors are those of Okabe and Ito,
// which color-blind people see as different; behind text they are lighter.
type style struct {
	class         string
	shape, look   string  // in DOT
	textShare     float64 // how much of the shape's width text can fill
	fill, line    string
	before, after string // what Mermaid writes around the text of such a shape
}

// styles are those of the classes that have one of their own.
var styles = []style{
	{"Account", "octagon", "filled", 0.85, "#e3e3e3", "#333333", "[[", "]]"},
	{"User", "box", "filled,rounded", 1, "#d6ebf8", "#0072b2", "([", "])"},
	{"Group", "hexagon", "filled", 0.75, "#fde7bd", "#a86c00", "{{", "}}"},
	{"Application", "component", "filled", 0.85, "#cfeee3", "#00795a", "[/", "/]"},
	{"Configuration", "note", "filled", 0.9, "#f6dceb", "#a3437c", "[\\", "\\]"},
	{"AccessRole", "cds", "filled", 0.85, "#f9dccb", "#ad4800", ">", "]"},
	{"Device", `box3d, margin="0.1,0.1"`, "filled", 0.95, "#fbf6c4", "#7d7200", "[", "]"},
}

// otherStyle is the style of all other classes.
var otherStyle = style{"Other", "box", "filled", 1, "#ffffff", "#555555", "(", ")"}

// styleOf returns the style of a class.
func styleOf(class string) style {
	for _, s := range styles {
		if s.class == class {
			return s
		}
	}
	return otherStyle
}

// legend returns the styles that occur in a picture.
func (g *Graph) legend() []style {
	var all []style
	for _, s := range append(slices.Clone(styles), otherStyle) {
		if slices.ContainsFunc(g.Nodes, func(n Node) bool { return styleOf(n.Class).class == s.class }) {
			all = append(all, s)
		}
	}
	return all
}

// called returns what a node is called, cleaned and shortened so that it can be shown.
func called(n Node, most int) string { return shorten(orElse(clean(n.Name), clean(n.ID), "?"), most) }

// lines returns the text of a node.
func lines(n Node) []string {
	all := []string{called(n, maxName)}
	if n.More {
		return all
	}
	for _, m := range entities.Models() {
		if m.Type != n.Type {
			continue
		}
		if n.ID == n.Type {
			return append(all, m.Type, amount(n.Count, n.Partial))
		}
		return append(all, m.Resource)
	}
	return append(all, shorten(clean(n.Type), maxName))
}

// dashed reports that a node has a dashed outline: it represents entities that are left out, or there may be more of
// them than its count says.
func (n Node) dashed() bool { return n.More || n.Partial || n.Count < 0 }

// dashed reports that an edge is a dashed line: it is only through a group, or there may be more of them than its count
// says.
func (e Edge) dashed() bool { return e.Indirect || e.Partial || e.Count < 0 }

// amount writes a count.
func amount(n int64, partial bool) string {
	switch {
	case n < 0:
		return "unknown"
	case partial:
		return "at least " + thousands(n)
	default:
		return thousands(n)
	}
}

// lines returns the text of an edge. Between entities it is only the class.
func (e Edge) lines(counted bool) []string {
	label := shorten(clean(e.Label), maxName)
	if counted {
		return []string{label, amount(e.Count, e.Partial)}
	}
	return []string{label}
}

// The colors of lines. Assignments also have another arrowhead.
const (
	hasLine, assignedLine, accountLine = "#777777", "#00795a", "#c4c4c4"
)

// mostNamed is up to how many edges between entities have their class written at them.
const mostNamed = 16

// named reports that there is text at the edges: always in a picture of types, else where there are few of them.
func (g *Graph) named() bool { return g.counted() || len(g.Edges) <= mostNamed }

// faint reports that an edge says only that something belongs to an account that the picture is not about.
func (g *Graph) faint(e joined) bool {
	n := g.Nodes[e.from]
	return n.Type == accountType && !n.Focus && !g.counted()
}

// stroke is a kind of line: how it is drawn, and what it means.
type stroke struct {
	color        string
	open, dashed bool   // the arrowhead, and the line
	means, says  string // in a legend with samples of lines, and in one that is only words
}

// strokes returns the kinds of lines that occur in a picture, if they need words.
func (g *Graph) strokes() []stroke {
	if g.counted() {
		return nil
	}
	var all []stroke
	add := func(s stroke, occurs func(joined) bool) {
		if slices.ContainsFunc(g.joined(), occurs) {
			all = append(all, s)
		}
	}
	add(stroke{hasLine, false, false, "HAS", "gray is HAS"}, func(e joined) bool { return e.Label == string(relationships.Has) })
	add(stroke{accountLine, false, false, "of the account", "pale that of the account"}, g.faint)
	add(stroke{assignedLine, true, false, "ASSIGNED", "green with an open head is ASSIGNED"}, func(e joined) bool { return e.Label == string(relationships.Assigned) })
	add(stroke{assignedLine, true, true, "only through a group", "dashed is only through a group"}, func(e joined) bool { return e.Indirect })
	return all
}

// key says what the lines of a picture mean.
func (g *Graph) key() string {
	var says []string
	for _, s := range g.strokes() {
		says = append(says, s.says)
	}
	if len(says) == 0 {
		return ""
	}
	return "Lines: " + strings.Join(says, ", ") + "."
}

// stroke returns how an edge is drawn.
func (g *Graph) stroke(e joined) stroke {
	s := stroke{color: hasLine, dashed: e.dashed()}
	if e.Label == string(relationships.Assigned) {
		s.color, s.open = assignedLine, true
	}
	if g.faint(e) {
		s.color = accountLine
	}
	return s
}

// counted reports that a picture is one of types, so that its nodes and edges have counts.
func (g *Graph) counted() bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == n.Type })
}

// joined is an edge of which both ends are in the picture, with their places among the nodes.
type joined struct {
	Edge

	from, to int
}

// joined returns the edges that can be drawn.
func (g *Graph) joined() []joined {
	at := map[string]int{}
	for i, n := range g.Nodes {
		if _, ok := at[n.ID]; !ok {
			at[n.ID] = i
		}
	}
	var all []joined
	for _, e := range g.Edges {
		from, ok := at[e.From]
		to, also := at[e.To]
		if ok && also {
			all = append(all, joined{e, from, to})
		}
	}
	return all
}
