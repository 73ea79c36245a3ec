package view

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Mermaid returns the picture as a flowchart of Mermaid, which many places that show Markdown draw. Mermaid itself refuses
// pictures with 500 edges or more, unless it is set up for them.
func (g *Graph) Mermaid() string {
	g = g.orEmpty()
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\n---\nflowchart LR\n", yaml(orElse(clean(g.Title), "?")))
	for i, n := range g.Nodes {
		b.WriteString("  " + styleOf(n.Class).mermaidNode("n", i, lines(n)))
	}
	g.mermaidEdges(&b)
	b.WriteString("  subgraph legend[\"Legend\"]\n")
	for i, s := range g.legend() {
		b.WriteString("    " + s.mermaidNode("l", i, []string{s.class}))
	}
	b.WriteString("  end\n")
	if note := g.mermaidNote(); len(note) > 0 {
		fmt.Fprintf(&b, "  note[%s]:::note\n", mermaidText(note))
	}
	g.mermaidClasses(&b)
	return b.String()
}

// mermaidNode writes a node of a style. A letter and a number are its name.
func (s style) mermaidNode(letter string, number int, lines []string) string {
	return fmt.Sprintf("%s%d%s%s%s:::%s\n", letter, number, s.before, mermaidText(lines), s.after, strings.ToLower(s.class))
}

// mermaidEdges writes the edges.
func (g *Graph) mermaidEdges(b *strings.Builder) {
	counted, named := g.counted(), g.named()
	for _, e := range g.joined() {
		arrow := "-->"
		if e.dashed() {
			arrow = "-.->"
		}
		if named {
			arrow += "|" + mermaidText(e.lines(counted)) + "|"
		}
		fmt.Fprintf(b, "  n%d %s n%d\n", e.from, arrow, e.to)
	}
}

// mermaidNote returns the lines next to the picture: what dashed lines mean between entities, and what is left out.
func (g *Graph) mermaidNote() []string {
	note := g.note()
	if !g.counted() && slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Indirect }) {
		note = append([]string{"Dashed lines are assignments only through a group."}, note...)
	}
	return note
}

// mermaidClasses says how the nodes look: those of each class, the note, and single nodes that differ.
func (g *Graph) mermaidClasses(b *strings.Builder) {
	for _, s := range g.legend() {
		fmt.Fprintf(b, "  classDef %s fill:%s,stroke:%s,color:#000000\n", strings.ToLower(s.class), s.fill, s.line)
	}
	b.WriteString("  classDef note fill:#ffffff,stroke:#ffffff,color:#444444\n")
	b.WriteString("  classDef focus stroke-width:4px\n  classDef dashed stroke-dasharray:5 4\n")
	for i, n := range g.Nodes {
		if n.Focus {
			fmt.Fprintf(b, "  class n%d focus\n", i)
		}
		if n.dashed() {
			fmt.Fprintf(b, "  class n%d dashed\n", i)
		}
	}
}

// mermaidText writes lines as a quoted text of Mermaid. Mermaid looks for directives, comments, Markdown and HTML in the
// whole source, quoted or not, so everything but letters, digits and a few safe signs is written as a number.
func mermaidText(lines []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, s := range lines {
		if i > 0 {
			b.WriteString("<br/>")
		}
		before := ' '
		for _, r := range s {
			switch {
			case r == ' ', r == ',', unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r), r == '-' && unicode.IsLetter(before):
				b.WriteRune(r)
			default:
				fmt.Fprintf(&b, "#%d;", r)
			}
			before = r
		}
	}
	b.WriteByte('"')
	return b.String()
}

// yaml writes a text as a quoted string of YAML, in which everything but letters, digits and spaces is a number.
func yaml(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == ' ', unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
