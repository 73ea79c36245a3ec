package layered

import (
	"math"
	"slices"
)

// The space between what is in a column, and between columns.
const (
	boxSpace       = 10.0 // between boxes
	passSpace      = 8.0  // between a box and a line that passes it
	lineSpace      = 6.0  // between lines that pass
	columnSpace    = 56.0
	mostSteepSpace = 220.0 // at most, for steep lines
	steep          = 0.14  // the part of their height that they get as space
	labelMargin    = 36.0  // beside a label
	// mostInRow is how many boxes may be in one row. More are in two rows, so that the picture is not too high: each box is
	// beside the space between two boxes of the other row, and its lines pass there.
	mostInRow = 30
	rowSpace  = 14.0
	// mostPulls is about how often arcs are looked at, so that unusual graphs do not take long.
	mostPulls = 40_000
)

// place chooses the coordinates.
func (p *part) place() {
	p.makeRows()
	p.pack()
	for range 2 {
		p.alignAll(onLeft, onRight)
	}
	for range max(2, min(10, mostPulls/(1+p.arcs))) {
		p.alignAll(onLeft|onRight, onLeft|onRight)
	}
	p.shift()
	p.widen()
}

// pack puts the items of each column below each other, as near as they may be.
func (p *part) pack() {
	for l, layer := range p.layers {
		y := 0.0
		for i, it := range layer {
			if i > 0 {
				y += p.apart(l, i)
			}
			p.items[it].y = y
		}
	}
}

// makeRows finds the columns that need two rows, and gives every second box to the second.
func (p *part) makeRows() {
	p.twoRows = make([]bool, len(p.layers))
	for l, layer := range p.layers {
		n := 0
		for _, it := range layer {
			if p.items[it].box >= 0 {
				p.items[it].second = n%2 == 1
				n++
			}
		}
		p.twoRows[l] = n > mostInRow
		for _, i := range layer {
			it := &p.items[i]
			it.second = it.second && p.twoRows[l]
			passes := len(it.right)
			if it.second {
				passes = len(it.left)
			}
			it.reach = max(leastReach, min(it.h/2-endMargin, float64(passes)*0.75))
		}
	}
}

// apart is how far the middle of an item is below that of the one before it, at least.
func (p *part) apart(l, i int) float64 {
	a, b := &p.items[p.layers[l][i-1]], &p.items[p.layers[l][i]]
	switch {
	case a.box < 0 && b.box < 0:
		return lineSpace
	case a.box < 0 || b.box < 0:
		return (a.h+b.h)/2 + passSpace
	case p.twoRows[l]:
		return max(a.h/2+b.reach, b.h/2+a.reach) + passSpace/2
	default:
		return (a.h+b.h)/2 + boxSpace
	}
}

// pull is how strongly an arc brings its ends to the same height. It is strong in long lines, so that these are straight.
func (a arc) pull() float64 {
	switch {
	case a.faint && a.long:
		return 0.2
	case a.faint:
		return 0.02
	case a.long:
		return 6
	default:
		return 1
	}
}

// sides says which neighbors of an item count: those in the column on its left, on its right, or both.
type sides int

const (
	onLeft sides = 1 << iota
	onRight
)

// alignAll moves the items of all columns, from left to right by some of their neighbors, and then back by some.
func (p *part) alignAll(rightwards, leftwards sides) {
	for l := range p.layers {
		p.align(l, rightwards)
	}
	for l := range slices.Backward(p.layers) {
		p.align(l, leftwards)
	}
}

// align moves the items of a column to the middle of their neighbors, as near as their order and the space between them
// allow. Items that want to be at the same place form a block, which is put where it is best for all of them.
func (p *part) align(l int, s sides) {
	layer := p.layers[l]
	var blocks []block
	offset := make([]float64, len(layer)) // how far each is below the first, at least
	for i, it := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + p.apart(l, i)
		}
		sum, weight := p.pulls(it, s)
		blocks = push(blocks, block{sum - weight*offset[i], weight, 1})
	}
	i := 0
	for _, b := range blocks {
		for range b.items {
			p.items[layer[i]].y = b.best() + offset[i]
			i++
		}
	}
}

// pulls returns the sum of the heights of an item's neighbors, each times its pull, and the sum of these pulls. An item without
// neighbors has a small pull to where it is.
func (p *part) pulls(it int, s sides) (sum, weight float64) {
	for side, arcs := range [][]arc{p.items[it].left, p.items[it].right} {
		if s&(onLeft<<side) == 0 {
			continue
		}
		for _, a := range arcs {
			sum, weight = sum+a.pull()*p.items[a.to].y, weight+a.pull()
		}
	}
	if weight == 0 {
		weight = 1e-3
		sum = weight * p.items[it].y
	}
	return sum, weight
}

// block is a number of items, one below the other, that move together.
type block struct {
	sum, weight float64 // of where they want the first item of the column to be
	items       int
}

// best is where the first item of the column is when the block is at its best place.
func (b block) best() float64 { return b.sum / b.weight }

// push puts a block below others. Blocks that would overlap become one.
func push(blocks []block, b block) []block {
	for n := len(blocks); n > 0 && blocks[n-1].best() > b.best(); n-- {
		above := blocks[n-1]
		b = block{above.sum + b.sum, above.weight + b.weight, above.items + b.items}
		blocks = blocks[:n-1]
	}
	return append(blocks, b)
}

// shift moves the part to the top.
func (p *part) shift() {
	top, bottom := p.items[0].y-p.items[0].h/2, p.items[0].y
	for _, it := range p.items {
		top, bottom = min(top, it.y-it.h/2), max(bottom, it.y+it.h/2)
	}
	for i := range p.items {
		p.items[i].y -= top
	}
	p.size.Height = bottom - top
}

// widen gives each column its place from left to right, and its boxes their width.
func (p *part) widen() {
	p.spans = make([]span, len(p.layers))
	loops := p.loops()
	x := 0.0
	for l := range p.layers {
		p.widenColumn(l, x)
		p.size.Width = p.spans[l].right + loopReach(p.loopsIn(l, loops))
		x = p.size.Width + (columnSpace + min(mostSteepSpace, steep*p.steepest(l)) + p.labelSpace(l))
	}
}

// widenColumn gives the boxes of a column the width of the widest, and their places. The second row is on the right.
func (p *part) widenColumn(l int, x float64) {
	wide := 0.0
	for _, it := range p.layers[l] {
		wide = max(wide, p.items[it].w)
	}
	s := span{left: x, width: wide, right: x + wide}
	if p.twoRows[l] {
		s.right += wide + rowSpace
	}
	p.spans[l] = s
	for _, it := range p.layers[l] {
		p.items[it].x, p.items[it].w = x, wide
		if p.items[it].second {
			p.items[it].x = x + wide + rowSpace
		}
	}
}

// steepest is how far up or down the lines between a column and the next lead at most.
func (p *part) steepest(l int) float64 {
	most := 0.0
	for _, it := range p.layers[l] {
		for _, a := range p.items[it].right {
			most = max(most, math.Abs(p.items[a.to].y-p.items[it].y))
		}
	}
	return most
}

// loopsIn is how many links to itself a box of a column has at most.
func (p *part) loopsIn(l int, loops []int) int {
	most := 0
	for _, it := range p.layers[l] {
		if box := p.items[it].box; box >= 0 {
			most = max(most, loops[box])
		}
	}
	return most
}

// loopReach is how far the links of a box to itself reach.
func loopReach(loops int) float64 {
	if loops == 0 {
		return 0
	}
	return loopFirst + float64(min(loops, mostLoops))*loopNext
}

// loops counts the links of each box to itself.
func (p *part) loops() []int {
	n := make([]int, len(p.boxes))
	for _, l := range p.links {
		if l.From == l.To {
			n[l.From]++
		}
	}
	return n
}

// labelSpace is the space that the labels need on the right of a column.
func (p *part) labelSpace(l int) float64 {
	most := 0.0
	for _, link := range p.links {
		if link.Label.Width > 0 && min(p.columns[link.From], p.columns[link.To]) == l {
			most = max(most, link.Label.Width+labelMargin)
		}
	}
	return most
}
