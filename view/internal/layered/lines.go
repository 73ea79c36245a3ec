package layered

import (
	"cmp"
	"slices"
)

const (
	tail, head = 4.0, 13.0 // the level parts at the ends of a line
	mostApart  = 6.0       // between ends at a box
	endMargin  = 6.0       // between the ends and the corners of a box
	leastReach = 4.0

	loopFirst, loopNext = 18.0, 7.0 // how far links of a box to itself reach
	mostLoops           = 5
)

// draw makes the lines of the links.
func (p *part) draw() {
	p.drawn = make([]Line, len(p.links))
	starts, ends := p.spread(true), p.spread(false)
	loops := make([]int, len(p.boxes))
	for i, l := range p.links {
		if l.From == l.To {
			p.drawn[i] = p.loop(p.items[l.From], min(loops[l.From], mostLoops-1))
			loops[l.From]++
			continue
		}
		path := p.paths[i]
		from, to := p.items[path[0]], p.items[path[len(path)-1]]
		back := path[0] != l.From
		first, last := tail, head
		if back {
			first, last = head, tail
		}
		runs := []Run{{from.x + from.w, p.spans[from.layer].right + first, from.y + starts[i]}}
		for _, it := range path[1 : len(path)-1] {
			s := p.spans[p.items[it].layer]
			runs = append(runs, Run{s.left - tail, s.right + tail, p.items[it].y})
		}
		runs = append(runs, Run{p.spans[to.layer].left - last, to.x, to.y + ends[i]})
		if back {
			slices.Reverse(runs)
			for j, r := range runs {
				runs[j].X1, runs[j].X2 = r.X2, r.X1
			}
		}
		p.drawn[i] = Line{Runs: runs, Shared: p.shared[i]}
	}
}

// loop draws a link of a box to itself, at the upper end of its right side.
func (p *part) loop(it item, n int) Line {
	right, top := it.x+it.w, it.y-it.h/2
	start, end := top+it.h*(0.28-0.04*float64(n)), top+it.h*(0.56+0.04*float64(n))
	reach := p.spans[it.layer].right + tail
	return Line{
		Runs:  []Run{{right, reach, start}, {reach + head - tail, right, end}},
		bulge: loopFirst - tail + loopNext*float64(n),
	}
}

// spread says how far from the middle of its box each line starts or ends, so that they are apart and do not cross there.
func (p *part) spread(atStart bool) []float64 {
	type end struct {
		link, next int // the item it comes from or leads to
		y          float64
	}
	at := make([][]end, len(p.boxes))
	for i, path := range p.paths {
		if len(path) == 0 {
			continue
		}
		box, next := path[0], path[1]
		if !atStart {
			box, next = path[len(path)-1], path[len(path)-2]
		}
		at[box] = append(at[box], end{i, next, p.items[next].y})
	}
	offsets := make([]float64, len(p.links))
	for box, ends := range at {
		slices.SortStableFunc(ends, func(a, b end) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.next, b.next)) })
		place, places := make([]int, len(ends)), 0
		for i, e := range ends {
			// What shares a line further on begins with it.
			if i > 0 && (e.next != ends[i-1].next || p.items[e.next].box >= 0) {
				places++
			}
			place[i] = places
		}
		it := p.items[box]
		room := it.h/2 - endMargin
		if p.twin[it.layer] && it.second != atStart { // others stand above and below
			room = min(room, it.reach)
		}
		step := 0.0
		if places > 0 {
			step = min(mostApart, 2*room/float64(places))
		}
		for i, e := range ends {
			offsets[e.link] = step * (float64(place[i]) - float64(places)/2)
		}
	}
	return offsets
}
