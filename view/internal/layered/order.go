package layered

import (
	"cmp"
	"math"
	"slices"
)

// How long the search for a good order may take.
const (
	mostRounds = 24
	mostIdle   = 6       // rounds without a better order
	mostEffort = 200_000 // arcs that are looked at
	starts     = 48
	asGiven    = 3 // of these begin with the order of the input, and as many with the reverse of it
)

// weight is how much a crossing with this arc counts.
func (a arc) weight() int {
	if a.faint {
		return 1
	}
	return 3
}

// order sorts the columns, so that links cross rarely. It improves the order from several starts, and keeps the best.
func (p *part) order() {
	for _, it := range p.items {
		p.arcs += len(it.right)
	}
	first, best, least := p.copyOrder(), p.copyOrder(), math.MaxInt
	for start := 0; start < starts && least > 0 && p.canGoOn(); start++ {
		p.restore(first)
		p.shuffle(start)
		now := p.sweeps(start)
		for now > 0 && p.canGoOn() && p.sift() {
			now = p.crossings()
		}
		if now < least {
			best, least = p.copyOrder(), now
		}
	}
	p.restore(best)
}

// canGoOn reports that the search has not yet taken as long as it may.
func (p *part) canGoOn() bool { return p.effort < mostEffort }

// sweeps sorts the columns by their neighbors, from left to right and back, again and again, until that does not help any
// more. It leaves the best order that it came to, and returns its crossings.
func (p *part) sweeps(start int) int {
	var best [][]int
	least := math.MaxInt
	for round, idle := 0, 0; round < mostRounds && idle < mostIdle && least > 0; round++ {
		if round >= 2 && !p.canGoOn() {
			break
		}
		p.sweep((round+start)%2 == 0, start%asGiven < 2)
		p.swap()
		idle++
		if n := p.crossings(); n < least {
			best, least, idle = p.copyOrder(), n, 0
		}
	}
	p.restore(best)
	return least
}

// shuffle changes the order for another start. The order looks random, but is the same each time.
func (p *part) shuffle(start int) {
	next := uint32(start) //nolint:gosec // it is small
	for l, layer := range p.layers {
		switch {
		case start < asGiven:
		case start < 2*asGiven:
			slices.Reverse(layer)
		default:
			for i := len(layer) - 1; i > 0; i-- {
				next = next*1664525 + 1013904223
				j := int(next>>8) % (i + 1)
				layer[i], layer[j] = layer[j], layer[i]
			}
		}
		p.renumber(l)
	}
}

// restore sets the order to a copy of another.
func (p *part) restore(order [][]int) {
	for l := range order {
		p.layers[l] = slices.Clone(order[l])
		p.renumber(l)
	}
}

// crossings counts the crossings of all links.
func (p *part) crossings() int {
	all := 0
	for l := range len(p.layers) - 1 {
		all += p.between(l)
	}
	return all
}

// between counts the crossings between a column and the next. It goes through the arcs from above, and counts for each how
// many of those before it end further down.
func (p *part) between(l int) int {
	n := len(p.layers[l+1])
	tree := make([]int, n+1) // a Fenwick tree: sums of weights, by the place of the end, from below
	all := 0
	for _, from := range p.layers[l] {
		for _, a := range p.items[from].right {
			below := 0
			for i := n - 1 - p.items[a.to].pos; i > 0; i &= i - 1 {
				below += tree[i]
			}
			all += below * a.weight()
		}
		for _, a := range p.items[from].right {
			for i := n - p.items[a.to].pos; i <= n; i += i & -i {
				tree[i] += a.weight()
			}
		}
	}
	return all
}

// sweep sorts all columns but the first, each by the one before it. Items without neighbors there go to the end together if
// toEnd is set, or else stay where they are.
func (p *part) sweep(rightwards, toEnd bool) {
	p.effort += p.arcs
	last := len(p.layers) - 1
	for i := range last {
		if rightwards {
			p.sortBy(i+1, i, toEnd)
		} else {
			p.sortBy(last-i-1, last-i, toEnd)
		}
	}
}

// sortBy sorts a column by where the neighbors of its items are in the column before it, on the left or on the right.
func (p *part) sortBy(l, before int, toEnd bool) {
	scale := float64(len(p.layers[before])) / float64(len(p.layers[l]))
	want := make([]float64, len(p.layers[l])) // where each item is to be, by its place
	for i, number := range p.layers[l] {
		it := &p.items[number]
		arcs := it.left
		if before > l {
			arcs = it.right
		}
		middle, ok := p.middle(arcs)
		switch {
		case ok:
			want[i] = middle
		case toEnd:
			want[i] = math.Inf(1)
		default:
			want[i] = float64(i) * scale
		}
	}
	slices.SortStableFunc(p.layers[l], func(a, b int) int { return cmp.Compare(want[p.items[a].pos], want[p.items[b].pos]) })
	p.renumber(l)
}

// middle returns the mean place of where arcs lead, by their weights, if there are any.
func (p *part) middle(arcs []arc) (mean float64, ok bool) {
	sum, weights := 0.0, 0.0
	for _, a := range arcs {
		w := float64(a.weight())
		sum, weights = sum+w*float64(p.items[a.to].pos), weights+w
	}
	return sum / weights, weights > 0
}

// swap exchanges items that are next to each other in a column, as long as that makes the crossings fewer.
func (p *part) swap() {
	for better, pass := true, 0; better && pass < 8; pass++ {
		better = false
		p.effort += 2 * p.arcs
		for l, layer := range p.layers {
			p.sortArcs(l)
			for i := range len(layer) - 1 {
				if p.gain(layer[i], layer[i+1]) > 0 {
					layer[i], layer[i+1] = layer[i+1], layer[i]
					better = true
				}
			}
			p.renumber(l)
		}
	}
}

// sift moves each item to the place in its column where it crosses least, and reports whether that was better for any.
func (p *part) sift() bool {
	better := false
	for l, layer := range p.layers {
		p.sortArcs(l)
		for _, it := range slices.Clone(layer) {
			at := slices.Index(layer, it)
			if best := p.bestPlace(layer, at); best != at {
				layer = slices.Insert(slices.Delete(layer, at, at+1), best, it)
				better = true
			}
		}
		p.renumber(l)
	}
	return better
}

// bestPlace returns where in its column an item crosses least. It is where it is now, unless another place is better.
func (p *part) bestPlace(layer []int, at int) int {
	it := layer[at]
	p.effort += (len(p.items[it].left) + len(p.items[it].right)) * len(layer)
	best, most := at, 0
	for i, sum := at-1, 0; i >= 0; i-- {
		if sum += p.gain(layer[i], it); sum > most {
			best, most = i, sum
		}
	}
	for i, sum := at+1, 0; i < len(layer); i++ {
		if sum += p.gain(it, layer[i]); sum > most {
			best, most = i, sum
		}
	}
	return best
}

// gain is how many crossings go away when two items of a column change their order.
func (p *part) gain(above, below int) int {
	a, b := &p.items[above], &p.items[below]
	return p.crossed(a.left, b.left) + p.crossed(a.right, b.right) - p.crossed(b.left, a.left) - p.crossed(b.right, a.right)
}

// sortArcs sorts the arcs of a column by where they lead.
func (p *part) sortArcs(l int) {
	for _, it := range p.layers[l] {
		slices.SortFunc(p.items[it].left, p.byPos)
		slices.SortFunc(p.items[it].right, p.byPos)
	}
}

// crossed counts the crossings between the sorted arcs of an item and those of one below it.
func (p *part) crossed(above, below []arc) int {
	all, before, j := 0, 0, 0
	for _, a := range above {
		for j < len(below) && p.items[below[j].to].pos < p.items[a.to].pos {
			before += below[j].weight()
			j++
		}
		all += before * a.weight()
	}
	return all
}
