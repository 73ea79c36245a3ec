package view

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph/relationships"
)

// DOT returns the picture in the language of Graphviz.
func (g *Graph) DOT() string {
	g = g.orEmpty()
	var b strings.Builder
	b.WriteString("digraph jumpgraph {\n")
	apart := "nodesep=0.12, ranksep=1"
	if g.counted() {
		apart = "nodesep=0.35, ranksep=1.2"
	}
	b.WriteString("\tgraph [rankdir=LR, charset=\"UTF-8\", bgcolor=white, pad=0.2, " + apart + ", outputorder=edgesfirst,\n")
	b.WriteString("\t\tfontname=\"" + fonts + "\", fontsize=11, labelloc=b, labeljust=l")
	note := g.note()
	if key := g.key(); key != "" {
		note = append([]string{key}, note...)
	}
	if len(note) > 0 {
		b.WriteString(", fontcolor=\"#444444\", label=" + quote(padded(note), `\l`))
	}
	b.WriteString("]\n")
	b.WriteString("\tnode [fontname=\"" + fonts + "\", fontsize=11, margin=\"0.1,0.05\", height=0.4]\n")
	b.WriteString("\tedge [fontname=\"" + fonts + "\", fontsize=9, fontcolor=\"#444444\", arrowsize=0.7]\n")
	g.dotLegend(&b)
	b.WriteString("\tsubgraph cluster_picture {\n")
	b.WriteString("\t\tgraph [label=" + quote(padded([]string{orElse(clean(g.Title), "?")}), `\l`) + ", labelloc=t, labeljust=l, fontsize=16, fontcolor=black, peripheries=0]\n")
	for i, n := range g.Nodes {
		s := styleOf(n.Class)
		if n.dashed() {
			s.look += ",dashed"
		}
		pen := "1.2"
		if n.Focus {
			pen = "3.5"
		}
		all := lines(n)
		fmt.Fprintf(&b, "\t\tn%d [%s, width=%.2f, penwidth=%s, label=%s]\n", i, s.dot(), s.width(all, 11), pen, quote(all, `\n`))
	}
	for _, e := range g.joined() {
		fmt.Fprintf(&b, "\t\tn%d -> n%d [%s]\n", e.from, e.to, strings.Join(g.dotEdge(e), ", "))
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

// dot returns the attributes of a style.
func (s style) dot() string {
	return fmt.Sprintf("shape=%s, style=%q, fillcolor=%q, color=%q", s.shape, s.look, s.fill, s.line)
}

// width is how wide a node is at least, in inches, so that its lines fit also in a wide font. Graphviz calculates
// with Helvetica, and a viewer may have another font.
func (s style) width(lines []string, points float64) float64 {
	most := 0
	for _, line := range lines {
		n := 0
		for _, r := range line {
			n++
			if r >= 0x1100 { // scripts with wide letters begin here
				n++
			}
		}
		most = max(most, n)
	}
	return (float64(most)*points*0.61/72 + 0.2) / s.textShare
}

// dotEdge returns the attributes of an edge.
func (g *Graph) dotEdge(e joined) []string {
	line := hasLine
	var all []string
	if e.Label == string(relationships.Assigned) {
		line = assignedLine
		all = append(all, "arrowhead=empty")
	}
	faint := g.faint(e)
	switch {
	case !g.named():
		all = append(all, "tailport=e", "headport=w")
	case !faint:
		all = append(all, "label="+quote(e.lines(g.counted()), `\n`))
	}
	if faint { // it must not change where its nodes are
		line = accountLine
		all = append(all, "weight=0")
	}
	if e.dashed() {
		all = append(all, "style=dashed")
	}
	return append(all, fmt.Sprintf("color=%q", line))
}

// fonts are names of which every system has one.
const fonts = "Helvetica,Arial,sans-serif"

// dotLegend adds a node for each class that occurs.
func (g *Graph) dotLegend(b *strings.Builder) {
	b.WriteString("\tsubgraph cluster_legend {\n")
	b.WriteString("\t\tgraph [label=\"Legend\", labelloc=t, labeljust=l, fontsize=9, color=\"#cccccc\", margin=6]\n")
	b.WriteString("\t\tnode [fontsize=9, margin=\"0.08,0.03\", height=0.25]\n")
	for i, s := range slices.Backward(g.legend()) { // Graphviz puts the last one on top
		fmt.Fprintf(b, "\t\tl%d [%s, width=%.2f, label=%q]\n", i, s.dot(), s.width([]string{s.class}, 9), s.class)
	}
	b.WriteString("\t}\n")
}

// padded adds spaces to lines, so that they fit also in a wide font.
func padded(lines []string) []string {
	var all []string
	for _, line := range lines {
		all = append(all, line+strings.Repeat(" ", 2+utf8.RuneCountInString(line)*2/5))
	}
	return all
}

// note returns the lines below the picture.
func (g *Graph) note() []string {
	var all []string
	for _, s := range g.LeftOut {
		all = append(all, wrap(clean(s), maxLine)...)
	}
	return all
}

// quote writes lines as a string of DOT. It escapes what has a meaning in labels of DOT: quotes, the backslash, which begins
// escapes such as \N, and the ampersand, which begins the name of a character.
func quote(lines []string, end string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, s := range lines {
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(s))
		if i < len(lines)-1 || end == `\l` {
			b.WriteString(end)
		}
	}
	b.WriteByte('"')
	return b.String()
}
