package layered

import "slices"

// layer chooses the columns. Boxes of one kind stand in one column, unless links between the kinds lead in a circle.
func (p *part) layer() {
	kinds, kind := map[string]int{}, make([]int, len(p.boxes))
	for i, b := range p.boxes {
		if _, ok := kinds[b.Kind]; !ok {
			kinds[b.Kind] = len(kinds)
		}
		kind[i] = kinds[b.Kind]
	}
	next := make([][]int, len(kinds))
	for _, l := range p.links {
		if l.From != l.To {
			next[kind[l.From]] = append(next[kind[l.From]], kind[l.To])
		}
	}
	for i := range next {
		slices.Sort(next[i])
		next[i] = slices.Compact(next[i])
	}
	p.columns = make([]int, len(p.boxes))
	if ranks, ok := rank(next); ok {
		for i := range p.boxes {
			p.columns[i] = ranks[kind[i]]
		}
	} else {
		p.columns, _ = rank(p.straight())
	}
	p.squeeze()
}

// rank gives each node the number of the longest way to it, unless there is a circle. Then nodes that more leads from than
// to move next to where they lead.
func rank(next [][]int) (ranks []int, ok bool) {
	ranks = make([]int, len(next))
	into := make([]int, len(next))
	for _, all := range next {
		for _, to := range all {
			into[to]++
		}
	}
	waits := slices.Clone(into)
	var sorted []int
	for i, n := range waits {
		if n == 0 {
			sorted = append(sorted, i)
		}
	}
	for i := 0; i < len(sorted); i++ {
		from := sorted[i]
		for _, to := range next[from] {
			ranks[to] = max(ranks[to], ranks[from]+1)
			if waits[to]--; waits[to] == 0 {
				sorted = append(sorted, to)
			}
		}
	}
	for _, from := range slices.Backward(sorted) {
		if len(next[from]) <= into[from] {
			continue
		}
		nearest := ranks[next[from][0]]
		for _, to := range next[from] {
			nearest = min(nearest, ranks[to])
		}
		ranks[from] = max(ranks[from], nearest-1)
	}
	return ranks, len(sorted) == len(next)
}

// straight returns where the links of each box lead, with those turned around that would close a circle.
func (p *part) straight() [][]int {
	next := make([][]int, len(p.boxes))
	for _, l := range p.links {
		if l.From != l.To {
			next[l.From] = append(next[l.From], l.To)
		}
	}
	straight := make([][]int, len(p.boxes))
	const open, done = 1, 2
	state, at := make([]int, len(p.boxes)), make([]int, len(p.boxes))
	for start := range p.boxes {
		if state[start] != 0 {
			continue
		}
		state[start] = open
		for way := []int{start}; len(way) > 0; {
			from := way[len(way)-1]
			if at[from] == len(next[from]) {
				state[from] = done
				way = way[:len(way)-1]
				continue
			}
			to := next[from][at[from]]
			at[from]++
			if state[to] == open {
				straight[to] = append(straight[to], from)
				continue
			}
			straight[from] = append(straight[from], to)
			if state[to] == 0 {
				state[to] = open
				way = append(way, to)
			}
		}
	}
	return straight
}

// squeeze numbers the columns that have boxes from 0.
func (p *part) squeeze() {
	used := slices.Clone(p.columns)
	slices.Sort(used)
	used = slices.Compact(used)
	for i, c := range p.columns {
		p.columns[i], _ = slices.BinarySearch(used, c)
	}
	p.layers = make([][]int, len(used))
}

// chain makes the items: one for each box, and one for each column that a link or a bundle of links passes.
func (p *part) chain() {
	add := func(box, layer int, s Size) int {
		p.items = append(p.items, item{box: box, layer: layer, w: s.Width, h: s.Height})
		p.layers[layer] = append(p.layers[layer], len(p.items)-1)
		return len(p.items) - 1
	}
	for i, b := range p.boxes {
		add(i, p.columns[i], b.Size)
	}
	bundles := map[[2]int][]int{}
	p.paths, p.shared = make([][]int, len(p.links)), make([]int, len(p.links))
	for i, l := range p.links {
		from, to := l.From, l.To
		if from == to {
			continue
		}
		back := p.columns[from] > p.columns[to]
		if back {
			from, to = to, from
		}
		key, shared := [2]int{from, l.Bundle}, l.Bundle != 0 && !back
		var passed []int
		if shared {
			passed = bundles[key]
		}
		path, known := []int{from}, len(passed)
		for c := p.columns[from] + 1; c < p.columns[to]; c++ {
			k := len(path) - 1
			if k == len(passed) {
				passed = append(passed, add(-1, c, Size{}))
				p.join(path[k], passed[k], l.Faint)
			}
			path = append(path, passed[k])
		}
		if shared {
			bundles[key] = passed
		}
		p.join(path[len(path)-1], to, l.Faint)
		if n := min(known, len(path)-1); n > 0 {
			p.shared[i] = n + 1
		}
		p.paths[i] = append(path, to)
	}
	for l := range p.layers {
		p.renumber(l)
	}
	p.grow()
}

// join adds the arcs between two items.
func (p *part) join(from, to int, faint bool) {
	long := p.items[from].box < 0 && p.items[to].box < 0
	p.items[from].right = append(p.items[from].right, arc{to, faint, long})
	p.items[to].left = append(p.items[to].left, arc{from, faint, long})
}

// How a box grows where many links meet.
const (
	endRoom, mostHigh = 3, 80
)

// grow makes boxes higher where many lines end.
func (p *part) grow() {
	for i := range p.boxes {
		it := &p.items[i]
		most := max(len(it.left), len(it.right))
		it.h = max(it.h, min(mostHigh, float64(most)*endRoom))
	}
}
