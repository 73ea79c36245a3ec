package layered

import (
	"cmp"
	"slices"
)

const (
	tail, head = 4.0, 13.0 // the horizontal parts at the ends of a line
	mostApart  = 6.0       // between ends at a box
	endMargin  = 6.0       // between the ends and the corners of a box
	leastReach = 4.0       // of an item

	loopFirst, loopNext = 18.0, 7.0 // how far links of a box to itself reach
	mostLoops           = 5
)

// draw makes the lines of the links.
func (p *part) draw() {
	p.drawn = make([]Line, len(p.links))
	starts, ends := p.spreadEnds(true), p.spreadEnds(false)
	loops := make([]int, len(p.boxes))
	for i, l := range p.links {
		if l.From == l.To {
			p.drawn[i] = p.loop(p.items[l.From], min(loops[l.From], mostLoops-1))
			loops[l.From]++
			continue
		}
		p.drawn[i] = Line{Runs: p.runs(p.paths[i], p.paths[i][0] != l.From, starts[i], ends[i]), Shared: p.shared[i]}
	}
}

// runs returns the horizontal parts of a line along a path. start and end say how far below the middles of the boxes its ends
// are. A line that goes back begins where the path ends.
func (p *part) runs(path []int, back bool, start, end float64) []Run {
	from, to := p.items[path[0]], p.items[path[len(path)-1]]
	first, last := tail, head
	if back {
		first, last = head, tail
	}
	runs := []Run{{from.x + from.w, p.spans[from.layer].right + first, from.y + start}}
	for _, it := range path[1 : len(path)-1] {
		s := p.spans[p.items[it].layer]
		runs = append(runs, Run{s.left - tail, s.right + tail, p.items[it].y})
	}
	runs = append(runs, Run{p.spans[to.layer].left - last, to.x, to.y + end})
	if back {
		slices.Reverse(runs)
		for i, r := range runs {
			runs[i].X1, runs[i].X2 = r.X2, r.X1
		}
	}
	return runs
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

// spreadEnds says how far below the middle of its box each line starts or ends, so that they are apart and do not cross there.
func (p *part) spreadEnds(atStart bool) []float64 {
	offsets := make([]float64, len(p.links))
	for box, ends := range p.ends(atStart) {
		slices.SortStableFunc(ends, func(a, b end) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.next, b.next)) })
		places := p.endPlaces(ends)
		last := 0
		if len(places) > 0 {
			last = places[len(places)-1]
		}
		step := 0.0
		if last > 0 {
			step = min(mostApart, 2*p.endReach(box, atStart)/float64(last))
		}
		for i, e := range ends {
			offsets[e.link] = step * (float64(places[i]) - float64(last)/2)
		}
	}
	return offsets
}

// end is where a line starts or ends at a box.
type end struct {
	link, next int     // the link, and the item that its line goes to or comes from
	y          float64 // the height of that item
}

// ends returns the ends of the lines at each box: where they start, or where they end.
func (p *part) ends(atStart bool) [][]end {
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
	return at
}

// endPlaces numbers the places of sorted ends from 0. Lines that share their next item have one place.
func (p *part) endPlaces(ends []end) []int {
	places := make([]int, len(ends))
	for i := 1; i < len(ends); i++ {
		places[i] = places[i-1]
		if next := ends[i].next; next != ends[i-1].next || p.items[next].box >= 0 {
			places[i]++
		}
	}
	return places
}

// endReach is how far from the middle of a box lines may start or end.
func (p *part) endReach(box int, atStart bool) float64 {
	it := p.items[box]
	reach := it.h/2 - endMargin
	if p.twoRows[it.layer] && it.second != atStart { // the lines pass between two boxes of the other row
		reach = min(reach, it.reach)
	}
	return reach
}
