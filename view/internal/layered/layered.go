// Package layered lays out boxes in columns, so that the links between them run from left to right, cross each other
// rarely, and pass no box that is not theirs.
//
// It is a closet of view, and knows nothing of what the boxes stand for. The steps are those of Sugiyama, Tagawa and Toda:
// choose a column for each box, let long links take a place in each column that they pass, order the columns, and place
// what is in them. All of it depends on nothing but the input, in its order.
package layered

import (
	"cmp"
	"slices"
)

// Size is how large something is.
type Size struct{ Width, Height float64 }

// Point is a place in a layout. Y grows downwards.
type Point struct{ X, Y float64 }

// Rect is a part of a layout.
type Rect struct{ X, Y, Width, Height float64 }

// Box is what to place.
type Box struct {
	// Size is the least size of the box. It grows to the width of its column, and where many links meet.
	Size

	// Kind says what boxes stand in one column, where the links allow it.
	Kind string
}

// Link joins two boxes, by their places among all.
type Link struct {
	From, To int
	// Faint links pull less at what they join.
	Faint bool
	// Bundle lets links from one box share a line as far as they pass others: those with the same number, but 0.
	Bundle int
	// Label is the size of what is written at the link, if anything is.
	Label Size
}

// Run is a part of a line that is level.
type Run struct{ X1, X2, Y float64 }

// Line is how a link is drawn: level parts, and a curve from each to the next.
type Line struct {
	Runs []Run
	// Shared is how many of its runs, from the first, are those of a line before it in their bundle.
	Shared int
	// Label is the middle of what is written at the line.
	Label Point

	bulge float64 // how far a link of a box to itself reaches
}

// Curve returns the four points of the cubic curve from a run to the next.
func (l Line) Curve(i int) [4]Point {
	a, b := l.Runs[i], l.Runs[i+1]
	bend := (b.X1 - a.X2) * 0.45
	c, d := a.X2+bend, b.X1-bend
	if l.bulge > 0 {
		c, d = a.X2+l.bulge, b.X1+l.bulge
	}
	return [4]Point{{a.X2, a.Y}, {c, a.Y}, {d, b.Y}, {b.X1, b.Y}}
}

// Layout is where everything stands, from 0 to Width and Height.
type Layout struct {
	Size

	// Boxes and Lines are in the order of the input. The line of a link that joins nothing has no runs.
	Boxes []Rect
	Lines []Line
	// Crossings is how often links cross; a crossing of faint ones counts less.
	Crossings int
}

// The room between parts that do not touch each other, and how wide they may be side by side.
const (
	partRoom  = 28
	shelfWide = 900
)

// New lays out boxes and links.
func New(boxes []Box, links []Link) Layout {
	all := Layout{Boxes: make([]Rect, len(boxes)), Lines: make([]Line, len(links))}
	parts := split(boxes, links)
	for _, p := range parts {
		p.layer()
		p.chain()
		p.order()
		p.place()
		p.draw()
		p.writeLabels()
		all.Crossings += p.crossings()
	}
	most := float64(shelfWide)
	for _, p := range parts {
		most = max(most, p.size.Width)
	}
	x, y, high := 0.0, 0.0, 0.0
	for _, p := range parts {
		if x > 0 && x+p.size.Width > most {
			x, y, high = 0, y+high+partRoom, 0
		}
		p.put(&all, x, y)
		all.Width, high = max(all.Width, x+p.size.Width), max(high, p.size.Height)
		all.Height = max(all.Height, y+high)
		x += p.size.Width + partRoom
	}
	return all
}

// part is what hangs together: boxes, and the links between them.
type part struct {
	boxes []Box
	links []Link
	names []int // the places of the boxes among all
	lines []int // the places of the links among all

	arcs, effort int // how many there are, and have been looked at

	columns []int // of the boxes
	items   []item
	layers  [][]int // items, from above
	paths   [][]int // the items that each link passes, from left to right; a link to the box itself has none
	shared  []int   // how many of them, from the first, a link before it passes in the same bundle
	twin    []bool  // the columns whose boxes stand in two rows
	spans   []span
	size    Size
	drawn   []Line
}

// item is a box in its column, or the place that a link takes in a column that it passes.
type item struct {
	box         int // the first items are the boxes; -1 is a link
	layer, pos  int
	second      bool    // it is in the second row of its column
	reach       float64 // how far from its middle lines may end where they pass the other row
	x, y        float64 // the left side and the middle
	w, h        float64
	left, right []arc
}

// span is where a column is, from left to right, and how wide its boxes are.
type span struct{ left, right, width float64 }

// arc leads to an item of the next column.
type arc struct {
	to    int
	faint bool
	long  bool // both ends are those of a link that passes
}

// sets divides numbers into sets. Each number leads to a lower one of its set; the lowest leads to itself.
type sets []int

// lowest returns the lowest number of the set that a number is in.
func (s sets) lowest(i int) int {
	for s[i] != i {
		s[i] = s[s[i]] // the next search is shorter
		i = s[i]
	}
	return i
}

// unite makes one set of those that two numbers are in.
func (s sets) unite(i, j int) {
	a, b := s.lowest(i), s.lowest(j)
	s[max(a, b)] = min(a, b)
}

// split finds the parts.
func split(boxes []Box, links []Link) []*part {
	together := make(sets, len(boxes))
	for i := range together {
		together[i] = i
	}
	ok := func(l Link) bool { return min(l.From, l.To) >= 0 && max(l.From, l.To) < len(boxes) }
	for _, l := range links {
		if ok(l) {
			together.unite(l.From, l.To)
		}
	}
	var parts []*part
	of, place := make([]*part, len(boxes)), make([]int, len(boxes))
	for i, b := range boxes {
		r := together.lowest(i)
		if of[r] == nil {
			of[r] = &part{}
			parts = append(parts, of[r])
		}
		p := of[r]
		place[i] = len(p.boxes)
		p.boxes, p.names = append(p.boxes, b), append(p.names, i)
	}
	for i, l := range links {
		if !ok(l) {
			continue
		}
		p := of[together.lowest(l.From)]
		l.From, l.To = place[l.From], place[l.To]
		p.links, p.lines = append(p.links, l), append(p.lines, i)
	}
	return parts
}

// put moves a part to its place in the whole.
func (p *part) put(all *Layout, x, y float64) {
	for i, name := range p.names {
		it := p.items[i]
		all.Boxes[name] = Rect{x + it.x, y + it.y - it.h/2, it.w, it.h}
	}
	for i, name := range p.lines {
		l := p.drawn[i]
		for j := range l.Runs {
			l.Runs[j].X1 += x
			l.Runs[j].X2 += x
			l.Runs[j].Y += y
		}
		l.Label.X += x
		l.Label.Y += y
		all.Lines[name] = l
	}
}

// byPos compares items by their places in their column.
func (p *part) byPos(a, b arc) int { return cmp.Compare(p.items[a.to].pos, p.items[b.to].pos) }

// renumber tells the items of a column their places.
func (p *part) renumber(l int) {
	for i, it := range p.layers[l] {
		p.items[it].pos = i
	}
}

// shape returns a copy of the order.
func (p *part) shape() [][]int {
	all := make([][]int, len(p.layers))
	for i, l := range p.layers {
		all[i] = slices.Clone(l)
	}
	return all
}
