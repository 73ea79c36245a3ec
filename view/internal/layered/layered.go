// Package layered chooses where the boxes and the lines of a picture are: the boxes in columns, and the links between them
// from left to right, so that links rarely cross each other and no link goes through a box of others.
//
// It serves package view, and does not know what the boxes represent. The steps are those of Sugiyama, Tagawa and Toda: choose
// a column for each box, give long links a place in each column that they pass, order the columns, and choose the
// coordinates. The result depends only on the input and its order.
package layered

import (
	"cmp"
	"slices"
)

// Size is how large something is.
type Size struct{ Width, Height float64 }

// Point is a place in a layout. Y is larger further down.
type Point struct{ X, Y float64 }

// Rect is a rectangle in a layout; X and Y are its upper left corner.
type Rect struct{ X, Y, Width, Height float64 }

// Box is a box that gets a place.
type Box struct {
	// Size is the least size of the box. It grows to the width of its column, and where many links meet.
	Size

	// Kind puts boxes in one column: those of the same kind, where the links allow it.
	Kind string
}

// Link joins two boxes.
type Link struct {
	// From and To are places in the list of boxes. A link with a place that is not in it joins nothing.
	From, To int
	// Faint links count less when boxes get their places.
	Faint bool
	// Bundle lets links from one box be one line until they divide: those with the same number, unless it is 0.
	Bundle int
	// Label is the size of what is written at the link, if anything is.
	Label Size
}

// Run is a horizontal part of a line.
type Run struct{ X1, X2, Y float64 }

// Line is how a link is drawn: horizontal parts, and a curve from each to the next.
type Line struct {
	Runs []Run
	// Shared is how many of its runs, from the first, an earlier line of its bundle has, too.
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

// Layout is where everything is, from 0 to Width and Height.
type Layout struct {
	Size

	// Boxes and Lines are in the order of the input. The line of a link that joins nothing has no runs.
	Boxes []Rect
	Lines []Line
	// Crossings is how often links cross; a crossing of faint ones counts less.
	Crossings int
}

// The space between parts, and how wide a row of parts may be. A part that is wider makes all rows wider.
const (
	partSpace = 28
	rowWide   = 900
)

// New lays out boxes and links.
func New(boxes []Box, links []Link) Layout {
	all := Layout{Boxes: make([]Rect, len(boxes)), Lines: make([]Line, len(links))}
	parts := split(boxes, links)
	for _, p := range parts {
		p.layer()
		p.makeItems()
		p.order()
		p.place()
		p.draw()
		p.writeLabels()
		all.Crossings += p.crossings()
	}
	most := float64(rowWide)
	for _, p := range parts {
		most = max(most, p.size.Width)
	}
	x, y, high := 0.0, 0.0, 0.0
	for _, p := range parts {
		if x > 0 && x+p.size.Width > most {
			x, y, high = 0, y+high+partSpace, 0
		}
		p.put(&all, x, y)
		all.Width, high = max(all.Width, x+p.size.Width), max(high, p.size.Height)
		all.Height = max(all.Height, y+high)
		x += p.size.Width + partSpace
	}
	return all
}

// part is a number of boxes that links connect, with these links. Nothing joins it to another part.
type part struct {
	boxes       []Box
	links       []Link
	boxNumbers  []int // the places of the boxes in the input
	linkNumbers []int // the places of the links in the input

	arcs   int // how many there are
	effort int // how many were looked at while the columns were ordered

	columns []int // of the boxes
	items   []item
	layers  [][]int // the items of each column, from above
	paths   [][]int // the items of each link, from left to right; a link of a box to itself has none
	shared  []int   // how many of them, from the first, an earlier link of its bundle has, too
	twoRows []bool  // the columns with two rows of boxes
	spans   []span
	size    Size
	drawn   []Line
}

// item is a box in its column, or the place that a link takes in a column that it passes.
type item struct {
	box         int // its number, which is also that of the item; -1 for the place of a link
	layer, pos  int
	second      bool    // it is in the second row of its column
	reach       float64 // how far from its middle lines may end that pass the other row
	x, y        float64 // its left side, and its middle from above
	w, h        float64
	left, right []arc
}

// span is where a column is, from left to right, and how wide its boxes are.
type span struct{ left, right, width float64 }

// arc leads to an item of the column on the left or on the right.
type arc struct {
	to    int
	faint bool
	long  bool // both ends are places of links
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
		p.boxes, p.boxNumbers = append(p.boxes, b), append(p.boxNumbers, i)
	}
	for i, l := range links {
		if !ok(l) {
			continue
		}
		p := of[together.lowest(l.From)]
		l.From, l.To = place[l.From], place[l.To]
		p.links, p.linkNumbers = append(p.links, l), append(p.linkNumbers, i)
	}
	return parts
}

// put adds a part to the layout, at its place.
func (p *part) put(all *Layout, x, y float64) {
	for i, number := range p.boxNumbers {
		it := p.items[i]
		all.Boxes[number] = Rect{x + it.x, y + it.y - it.h/2, it.w, it.h}
	}
	for i, number := range p.linkNumbers {
		l := p.drawn[i]
		for j := range l.Runs {
			l.Runs[j].X1 += x
			l.Runs[j].X2 += x
			l.Runs[j].Y += y
		}
		l.Label.X += x
		l.Label.Y += y
		all.Lines[number] = l
	}
}

// byPos compares items by their places in their column.
func (p *part) byPos(a, b arc) int { return cmp.Compare(p.items[a.to].pos, p.items[b.to].pos) }

// renumber sets the places of the items in a column.
func (p *part) renumber(l int) {
	for i, it := range p.layers[l] {
		p.items[it].pos = i
	}
}

// copyOrder returns a copy of the order.
func (p *part) copyOrder() [][]int {
	all := make([][]int, len(p.layers))
	for i, l := range p.layers {
		all[i] = slices.Clone(l)
	}
	return all
}
