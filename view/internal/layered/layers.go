package layered

import "slices"

// layer chooses the columns. Boxes of one kind are in one column, unless the links between the kinds form a cycle.
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
		p.columns, _ = rank(p.acyclic())
	}
	p.numberColumns()
}

// rank gives each node a number that is higher than those of all nodes that lead to it, as low as possible. Only nodes that
// lead to more nodes than lead to them get a higher one, so that they are next to where they lead. ok is false when there is
// a cycle; then the numbers mean nothing.
func rank(next [][]int) (ranks []int, ok bool) {
	into := make([]int, len(next)) // how many links lead to each node
	for _, all := range next {
		for _, to := range all {
			into[to]++
		}
	}
	ranks = make([]int, len(next))
	sorted := topological(next, into)
	for _, from := range sorted {
		for _, to := range next[from] {
			ranks[to] = max(ranks[to], ranks[from]+1)
		}
	}
	for _, from := range slices.Backward(sorted) {
		if len(next[from]) > into[from] {
			ranks[from] = max(ranks[from], lowest(ranks, next[from])-1)
		}
	}
	return ranks, len(sorted) == len(next)
}

// topological sorts nodes so that each comes after all that lead to it. It leaves out those in a cycle, and those that a cycle
// leads to.
func topological(next [][]int, into []int) []int {
	waits := slices.Clone(into) // how many that lead to each node are not sorted yet
	var sorted []int
	for i, n := range waits {
		if n == 0 {
			sorted = append(sorted, i)
		}
	}
	for i := 0; i < len(sorted); i++ { // the list grows while it is read
		for _, to := range next[sorted[i]] {
			if waits[to]--; waits[to] == 0 {
				sorted = append(sorted, to)
			}
		}
	}
	return sorted
}

// lowest returns the lowest rank of some nodes, of which there is one at least.
func lowest(ranks, nodes []int) int {
	least := ranks[nodes[0]]
	for _, n := range nodes {
		least = min(least, ranks[n])
	}
	return least
}

// acyclic returns where the links of each box lead, with those turned around that close a cycle.
func (p *part) acyclic() [][]int {
	s := &search{next: make([][]int, len(p.boxes)), state: make([]state, len(p.boxes)), acyclic: make([][]int, len(p.boxes))}
	for _, l := range p.links {
		if l.From != l.To {
			s.next[l.From] = append(s.next[l.From], l.To)
		}
	}
	for box := range p.boxes {
		if s.state[box] == unseen {
			s.from(box)
		}
	}
	return s.acyclic
}

// search follows links, depth first. A link that leads back to a box on the current path closes a cycle, and is turned around.
type search struct {
	next    [][]int // where the links of each box lead that were not followed yet
	state   []state
	acyclic [][]int
}

// state says whether a search has come to a box.
type state int

const (
	unseen state = iota
	onPath       // the box is on the current path
	done
)

// from follows all links that can be reached from a box. It keeps the path in a list and does not call itself, so that a
// long path needs no deep stack.
func (s *search) from(start int) {
	s.state[start] = onPath
	for path := []int{start}; len(path) > 0; {
		box := path[len(path)-1]
		if len(s.next[box]) == 0 {
			s.state[box] = done
			path = path[:len(path)-1]
			continue
		}
		to := s.next[box][0]
		s.next[box] = s.next[box][1:]
		if s.state[to] == onPath {
			s.acyclic[to] = append(s.acyclic[to], box)
			continue
		}
		s.acyclic[box] = append(s.acyclic[box], to)
		if s.state[to] == unseen {
			s.state[to] = onPath
			path = append(path, to)
		}
	}
}

// numberColumns numbers the columns that have boxes from 0.
func (p *part) numberColumns() {
	used := slices.Clone(p.columns)
	slices.Sort(used)
	used = slices.Compact(used)
	for i, c := range p.columns {
		p.columns[i], _ = slices.BinarySearch(used, c)
	}
	p.layers = make([][]int, len(used))
}

// bundleOf identifies a bundle: the box that its links begin at, and its number.
type bundleOf struct{ box, number int }

// makeItems makes the items: one for each box, and one for each column that a link or a bundle of links passes.
func (p *part) makeItems() {
	for i, b := range p.boxes {
		p.add(item{box: i, layer: p.columns[i], w: b.Width, h: b.Height})
	}
	p.paths, p.shared = make([][]int, len(p.links)), make([]int, len(p.links))
	bundles := map[bundleOf][]int{}
	for i, l := range p.links {
		if l.From == l.To {
			continue
		}
		from, to, back := p.leftToRight(l)
		if back || l.Bundle == 0 {
			p.paths[i], _ = p.connect(from, to, nil, l.Faint)
			continue
		}
		b := bundleOf{from, l.Bundle}
		known := len(bundles[b])
		p.paths[i], bundles[b] = p.connect(from, to, bundles[b], l.Faint)
		if n := min(known, len(p.paths[i])-2); n > 0 {
			p.shared[i] = n + 1
		}
	}
	for l := range p.layers {
		p.renumber(l)
	}
	p.grow()
}

// add adds an item at the end of its column, and returns its place among all.
func (p *part) add(it item) int {
	i := len(p.items)
	p.items = append(p.items, it)
	p.layers[it.layer] = append(p.layers[it.layer], i)
	return i
}

// leftToRight returns the ends of a link, the left one first, and whether the link goes back, from right to left.
func (p *part) leftToRight(l Link) (left, right int, back bool) {
	if p.columns[l.From] > p.columns[l.To] {
		return l.To, l.From, true
	}
	return l.From, l.To, false
}

// connect makes the path between two boxes. In the columns that it passes it takes the items of its bundle, and adds items
// to it where the bundle is too short.
func (p *part) connect(from, to int, bundle []int, faint bool) (path, longer []int) {
	first, passed := p.columns[from]+1, p.columns[to]-p.columns[from]-1
	for n := len(bundle); n < passed; n++ {
		before := from
		if n > 0 {
			before = bundle[n-1]
		}
		bundle = append(bundle, p.add(item{box: -1, layer: first + n}))
		p.join(before, bundle[n], faint)
	}
	path = slices.Concat([]int{from}, bundle[:passed], []int{to})
	p.join(path[passed], to, faint)
	return path, bundle
}

// join adds the arcs between two items.
func (p *part) join(from, to int, faint bool) {
	long := p.items[from].box < 0 && p.items[to].box < 0
	p.items[from].right = append(p.items[from].right, arc{to, faint, long})
	p.items[to].left = append(p.items[to].left, arc{from, faint, long})
}

// How much higher a box gets for each line that ends there, and how high at most.
const (
	endSpace, mostHigh = 3, 80
)

// grow makes boxes higher where many lines end.
func (p *part) grow() {
	for i := range p.boxes {
		it := &p.items[i]
		most := max(len(it.left), len(it.right))
		it.h = max(it.h, min(mostHigh, float64(most)*endSpace))
	}
}
