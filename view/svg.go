package view

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/view/internal/layered"
)

// The sizes of text, in pixels, and the space around the picture.
const (
	titleSize, nodeSize, smallSize = 18.0, 12.0, 11.0
	border                         = 20.0
)

// SVG returns the picture as SVG. It holds no scripts, and loads nothing. The same graph gives the same text each time.
func (g *Graph) SVG() string {
	g = g.orEmpty()
	edges := g.joined()
	drawn := g.layout(edges)
	var top, below, body strings.Builder
	width, y := g.drawTitle(&top)
	width = max(width, drawn.Width)
	right, bottom := g.drawBelow(&below, max(width, 560))
	width = max(width, right)
	fmt.Fprintf(&body, "<g transform=\"translate(0 %s)\">\n", decimal(y))
	g.drawEdges(&body, edges, drawn)
	g.drawNodes(&body, drawn)
	body.WriteString("</g>\n")
	if drawn.Height > 0 {
		y += drawn.Height + border
	}
	w, h := decimal(math.Ceil(width)+2*border), decimal(math.Ceil(y+bottom)+2*border)
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=%q height=%q viewBox=\"0 0 %s %s\" font-family=%q>\n", w, h, w, h, fonts)
	fmt.Fprintf(&b, "<path d=%q fill=\"white\"/>\n<g transform=\"translate(%s %s)\">\n", "M0 0H"+w+"V"+h+"H0Z", decimal(border), decimal(border))
	fmt.Fprintf(&b, "%s%s<g transform=\"translate(0 %s)\">\n%s</g>\n</g>\n</svg>\n", top.String(), body.String(), decimal(y), below.String())
	return b.String()
}

// layout places the nodes.
func (g *Graph) layout(edges []joined) layered.Layout {
	var boxes []layered.Box
	for _, n := range g.Nodes {
		boxes = append(boxes, layered.Box{Size: styleOf(n.Class).shapeSize(lines(n), nodeSize), Kind: n.Type})
	}
	named := g.named()
	var kinds []stroke
	var links []layered.Link
	for _, e := range edges {
		l := layered.Link{From: e.from, To: e.to, Faint: g.faint(e)}
		switch s := g.stroke(e); {
		case !named: // lines that look the same may be one line until they divide
			if !slices.Contains(kinds, s) {
				kinds = append(kinds, s)
			}
			l.Bundle = slices.Index(kinds, s) + 1
		case !l.Faint:
			l.Label = layered.Size{Width: textWidth(g.edgeLabel(e), smallSize, false) + 6, Height: lineHeight(smallSize) + 2}
		}
		links = append(links, l)
	}
	return layered.New(boxes, links)
}

// edgeLabel returns the text of an edge, in one line.
func (g *Graph) edgeLabel(e joined) string { return strings.Join(e.lines(g.counted()), " ") }

// drawTitle writes what the picture is about, and returns how wide and how high that is.
func (g *Graph) drawTitle(b *strings.Builder) (width, height float64) {
	for _, line := range wrap(orElse(clean(g.Title), "?"), maxLine) {
		height += lineHeight(titleSize)
		fmt.Fprintf(b, "<text x=\"0\" y=%q font-size=%q>%s</text>\n", decimal(height-titleSize*0.3), decimal(titleSize), escape(line))
		width = max(width, textWidth(line, titleSize, false))
	}
	return width, height + border*0.7
}

// drawNodes draws all nodes.
func (g *Graph) drawNodes(b *strings.Builder, drawn layered.Layout) {
	for i, n := range g.Nodes {
		pen := 1.2
		if n.Focus {
			pen = 3.5
		}
		fmt.Fprintf(b, "<g class=\"node\">\n<title>%s</title>\n", escape(n.hint()))
		drawShape(b, styleOf(n.Class), drawn.Boxes[i], lines(n), nodeSize, pen, n.dashed())
		b.WriteString("</g>\n")
	}
}

// hint is the full name of a node, with its key. Browsers show it when the mouse is on the node.
func (n Node) hint() string {
	name, key := called(n, maxReason), clean(n.ID)
	if n.More || key == name {
		return name
	}
	return name + " (" + key + ")"
}

// drawEdges draws the lines, the pale ones below the others, and then their labels.
func (g *Graph) drawEdges(b *strings.Builder, edges []joined, drawn layered.Layout) {
	for _, faint := range []bool{true, false} {
		for i, e := range edges {
			if g.faint(e) == faint {
				g.drawEdge(b, e, drawn.Lines[i], drawn)
			}
		}
	}
	if !g.named() {
		return
	}
	for i, e := range edges {
		if g.faint(e) {
			continue
		}
		label, at := g.edgeLabel(e), drawn.Lines[i].Label
		w, h := textWidth(label, smallSize, false)+2, lineHeight(smallSize)
		fmt.Fprintf(b, "<path d=%q fill=\"white\" fill-opacity=\"0.85\"/>\n", path("M", at.X-w/2, at.Y-h/2, "h", w, "v", h, "h", -w, "Z"))
		fmt.Fprintf(b, "<text x=%q y=%q font-size=%q text-anchor=\"middle\" fill=\"#444444\">%s</text>\n",
			decimal(at.X), decimal(at.Y+smallSize*0.36), decimal(smallSize), escape(label))
	}
}

// drawEdge draws one line with its arrowhead.
func (g *Graph) drawEdge(b *strings.Builder, e joined, line layered.Line, drawn layered.Layout) {
	from, to := g.Nodes[e.from], g.Nodes[e.to]
	runs := slices.Clone(line.Runs)
	first, last := &runs[0], &runs[len(runs)-1]
	if out := styleOf(from.Class).inset(drawn.Boxes[e.from], first.Y, first.X2 > first.X1); first.X2 > first.X1 {
		first.X1 -= out
	} else {
		first.X1 += out
	}
	if in := styleOf(to.Class).inset(drawn.Boxes[e.to], last.Y, last.X2 < last.X1); last.X2 < last.X1 {
		last.X2 -= in
	} else {
		last.X2 += in
	}
	hint := called(from, maxReason) + " " + clean(e.Label) + " " + called(to, maxReason)
	fmt.Fprintf(b, "<g class=\"edge\">\n<title>%s</title>\n", escape(hint))
	end := *last
	last.X2 = beforeHead(end)
	var d strings.Builder
	start := max(0, line.Shared-1) // an earlier line of the bundle has drawn the runs before
	if line.Shared > 0 {
		d.WriteString(path("M", runs[start].X2, runs[start].Y))
	} else {
		d.WriteString(path("M", first.X1, first.Y))
	}
	for i := start; i < len(runs); i++ {
		d.WriteString(path("H", runs[i].X2))
		if i < len(runs)-1 {
			c := line.Curve(i)
			d.WriteString(path("C", c[1].X, c[1].Y, c[2].X, c[2].Y, c[3].X, c[3].Y))
		}
	}
	drawLine(b, g.stroke(e), d.String(), end)
	b.WriteString("</g>\n")
}

// The size of an arrowhead.
const headLong, headWide = 8.0, 6.0

// beforeHead is where a line ends so that its arrowhead fits before the end of its last run.
func beforeHead(r layered.Run) float64 {
	if r.X2 < r.X1 {
		return r.X2 + headLong
	}
	return r.X2 - headLong
}

// drawLine draws a line, and an arrowhead at the end of its last run.
func drawLine(b *strings.Builder, s stroke, d string, last layered.Run) {
	dashed, fill := "", s.color
	if s.dashed {
		dashed = ` stroke-dasharray="5 3"`
	}
	if s.open {
		fill = "white"
	}
	fmt.Fprintf(b, "<path d=%q fill=\"none\" stroke=%q%s/>\n", d, s.color, dashed)
	x, y := beforeHead(last), last.Y
	fmt.Fprintf(b, "<path d=%q fill=%q stroke=%q/>\n", path("M", x, y-headWide/2, "L", last.X2, y, x, y+headWide/2, "Z"), fill, s.color)
}

// drawBelow draws the legend and the notes, and returns how wide and how high they are.
func (g *Graph) drawBelow(b *strings.Builder, most float64) (width, height float64) {
	width, height = g.drawLegend(b, most)
	for _, line := range g.note() {
		height += lineHeight(smallSize) + 1
		fmt.Fprintf(b, "<text x=\"0\" y=%q font-size=%q fill=\"#444444\">%s</text>\n", decimal(height), decimal(smallSize), escape(line))
		width = max(width, textWidth(line, smallSize, false))
	}
	return width, height
}

// drawLegend draws a sample of each class and of each kind of line in the picture, and returns how wide and how high that is.
func (g *Graph) drawLegend(b *strings.Builder, most float64) (width, height float64) {
	const apart, row, sample = 10.0, 30.0, 34.0
	var in strings.Builder
	x, y := 0.0, row/2
	place := func(wide float64) (left float64) {
		if x > 0 && x+wide > most-apart {
			x, y = 0, y+row
		}
		left = x + apart
		x = left + wide
		width = max(width, x+apart)
		return left
	}
	write := func(text string, x float64) {
		fmt.Fprintf(&in, "<text x=%q y=%q font-size=%q fill=\"#444444\">%s</text>\n", decimal(x), decimal(y+smallSize*0.36), decimal(smallSize), text)
	}
	write("Legend", place(textWidth("Legend", smallSize, false)))
	for _, s := range g.legend() {
		size := s.shapeSize([]string{s.class}, smallSize)
		left := place(size.Width)
		in.WriteString("<g class=\"class\">\n")
		drawShape(&in, s, layered.Rect{X: left, Y: y - size.Height/2, Width: size.Width, Height: size.Height}, []string{s.class}, smallSize, 1.2, false)
		in.WriteString("</g>\n")
	}
	for _, s := range g.strokes() {
		left := place(sample + 6 + textWidth(s.means, smallSize, false))
		last := layered.Run{X1: left, X2: left + sample, Y: y}
		drawLine(&in, s, path("M", left, y, "H", beforeHead(last)), last)
		write(s.means, left+sample+6)
	}
	height = y + row/2
	fmt.Fprintf(b, "<g class=\"legend\">\n<path d=%q fill=\"none\" stroke=\"#cccccc\"/>\n%s</g>\n", path("M", 0, 0, "H", width, "V", height, "H", 0, "Z"), in.String())
	return width, height + 6
}

// escape returns a text as it is written in XML.
func escape(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil { // a strings.Builder never fails
		return ""
	}
	return b.String()
}
