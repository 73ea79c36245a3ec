package layered_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/jumpgraph/jumpgraph/view/internal/layered"
)

// random returns random boxes and links; some of the links join nothing.
func random(seed uint64, boxes, links, kinds int) ([]layered.Box, []layered.Link) {
	r := rand.New(rand.NewPCG(seed, 1))
	var b []layered.Box
	for range boxes {
		b = append(b, layered.Box{
			Size: layered.Size{Width: 40 + 100*r.Float64(), Height: 20 + 40*r.Float64()},
			Kind: fmt.Sprint(r.IntN(kinds)),
		})
	}
	var l []layered.Link
	for range links {
		link := layered.Link{From: r.IntN(boxes+1) - 1, To: r.IntN(boxes + 1), Faint: r.IntN(3) == 0, Bundle: r.IntN(3)}
		if r.IntN(4) == 0 {
			link.Label = layered.Size{Width: 50, Height: 12}
		}
		l = append(l, link)
	}
	return b, l
}

// check reports what is wrong in a layout.
func check(t *testing.T, boxes []layered.Box, links []layered.Link) {
	t.Helper()
	all := layered.New(boxes, links)
	if len(all.Boxes) != len(boxes) || len(all.Lines) != len(links) {
		t.Fatalf("%d boxes and %d lines of %d and %d", len(all.Boxes), len(all.Lines), len(boxes), len(links))
	}
	const near = 1e-6
	in := func(x, y float64) bool {
		return x >= -near && y >= -near && x <= all.Width+near && y <= all.Height+near
	}
	for i, a := range all.Boxes {
		if !in(a.X, a.Y) || !in(a.X+a.Width, a.Y+a.Height) || a.Width < boxes[i].Width || a.Height < boxes[i].Height {
			t.Errorf("box %d of %+v is at %+v, of %+v", i, boxes[i], a, all.Size)
		}
		for j, b := range all.Boxes[:i] {
			if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
				t.Errorf("boxes %d and %d overlap: %+v, %+v", i, j, a, b)
			}
		}
	}
	for i, l := range links {
		line := all.Lines[i]
		if l.From < 0 || l.To < 0 || l.From >= len(boxes) || l.To >= len(boxes) {
			if len(line.Runs) > 0 {
				t.Errorf("line %d joins nothing", i)
			}
			continue
		}
		if len(line.Runs) < 2 {
			t.Fatalf("line %d is not drawn", i)
		}
		first, last := line.Runs[0], line.Runs[len(line.Runs)-1]
		atSide := func(b layered.Rect, x, y float64) bool {
			side := min(math.Abs(x-b.X), math.Abs(x-b.X-b.Width))
			return side < near && y > b.Y && y < b.Y+b.Height
		}
		if !atSide(all.Boxes[l.From], first.X1, first.Y) || !atSide(all.Boxes[l.To], last.X2, last.Y) {
			t.Errorf("line %d from %+v to %+v does not end at them: %+v", i, all.Boxes[l.From], all.Boxes[l.To], line.Runs)
		}
		if line.Shared >= len(line.Runs) {
			t.Errorf("line %d shares %d of %d runs", i, line.Shared, len(line.Runs))
		}
		if l.Label.Width > 0 && !in(line.Label.X, line.Label.Y) {
			t.Errorf("label %d is at %+v", i, line.Label)
		}
		pass := func(x, y float64) {
			if !in(x, y) {
				t.Errorf("line %d leaves the layout at %v, %v", i, x, y)
			}
			for j, b := range all.Boxes {
				if j != l.From && j != l.To && x > b.X && x < b.X+b.Width && y > b.Y && y < b.Y+b.Height {
					t.Errorf("line %d from %d to %d passes box %d", i, l.From, l.To, j)
				}
			}
		}
		for k, run := range line.Runs {
			for x := range 9 {
				pass(run.X1+(run.X2-run.X1)*float64(x)/8, run.Y)
			}
			if k+1 < len(line.Runs) {
				c := line.Curve(k)
				for n := range 9 {
					f := float64(n) / 8
					g := 1 - f
					at := func(a, b, c, d float64) float64 { return g*g*g*a + 3*g*g*f*b + 3*g*f*f*c + f*f*f*d }
					pass(at(c[0].X, c[1].X, c[2].X, c[3].X), at(c[0].Y, c[1].Y, c[2].Y, c[3].Y))
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	if again := layered.New(boxes, links); !reflect.DeepEqual(all, again) {
		t.Error("the same input gives another layout")
	}
}

func TestNew_DrawsWhatIsThereAndKeepsItApart(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		boxes := 1 + int(seed)%8*6
		for _, kinds := range []int{1, 5} {
			b, l := random(seed, boxes, boxes*int(seed%4), kinds)
			if check(t, b, l); t.Failed() {
				t.Fatalf("seed %d, %d kinds", seed, kinds)
			}
		}
	}
}

// columns returns one box with links to all others, and boxes of some kinds with links in the order of the kinds.
func columns(sizes ...int) ([]layered.Box, []layered.Link) {
	var b []layered.Box
	var l []layered.Link
	before := 0
	for kind, n := range sizes {
		start := len(b)
		for i := range n {
			b = append(b, layered.Box{Size: layered.Size{Width: 80, Height: 34}, Kind: fmt.Sprint(kind)})
			for j := range before {
				if (i*7+j*3)%5 == 0 || kind == 1 {
					l = append(l, layered.Link{From: start - before + j, To: start + i})
				}
			}
			if kind > 1 {
				l = append(l, layered.Link{From: 0, To: start + i, Faint: true, Bundle: 1})
			}
		}
		before = n
	}
	return b, l
}

func TestNew_ColumnsOfManyBoxes(t *testing.T) {
	t.Parallel()
	for _, sizes := range [][]int{{1, 6, 24, 7}, {1, 33, 40, 35}, {70, 7}} {
		b, l := columns(sizes...)
		if check(t, b, l); t.Failed() {
			t.Fatalf("columns of %v", sizes)
		}
	}
}

func TestNew_OneKindIsInOneColumn(t *testing.T) {
	t.Parallel()
	b, l := columns(1, 3, 9, 4)
	all := layered.New(b, l)
	at := map[string]float64{}
	for i, r := range all.Boxes {
		if x, ok := at[b[i].Kind]; ok && x != r.X {
			t.Errorf("a box of kind %s is at %v, another at %v", b[i].Kind, r.X, x)
		}
		at[b[i].Kind] = r.X
	}
	if !(at["0"] < at["1"] && at["1"] < at["2"] && at["2"] < at["3"]) {
		t.Errorf("the columns are not in the order of the links: %v", at)
	}
}

func TestNew_SourcesAreNextToWhatTheyLeadTo(t *testing.T) {
	t.Parallel()
	b := make([]layered.Box, 5)
	for i := range b {
		b[i] = layered.Box{Size: layered.Size{Width: 10, Height: 10}, Kind: fmt.Sprint(i)}
	}
	all := layered.New(b, []layered.Link{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 4, To: 3}})
	if all.Boxes[4].X != all.Boxes[2].X {
		t.Errorf("a source is at %v, what leads to the same at %v", all.Boxes[4].X, all.Boxes[2].X)
	}
}

// TestNew_CrossesAsRarelyAsCanBe tries all orders of small columns. Crossings of faint links count once.
func TestNew_CrossesAsRarelyAsCanBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left, right int
		links       [][2]int
	}{
		"each with each": {3, 3, [][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {2, 0}, {2, 1}, {2, 2}}},
		"upside down":    {4, 4, [][2]int{{0, 3}, {1, 2}, {2, 1}, {3, 0}}},
		"mixed":          {4, 5, [][2]int{{0, 1}, {0, 4}, {1, 0}, {1, 3}, {1, 2}, {2, 4}, {2, 2}, {3, 0}, {3, 1}, {3, 4}}},
		"a ring":         {5, 5, [][2]int{{0, 0}, {0, 1}, {1, 1}, {1, 2}, {2, 2}, {2, 3}, {3, 3}, {3, 4}, {4, 4}, {4, 0}}},
	} {
		var boxes []layered.Box
		for i := range c.left + c.right {
			kind := "left"
			if i >= c.left {
				kind = "right"
			}
			boxes = append(boxes, layered.Box{Size: layered.Size{Width: 10, Height: 10}, Kind: kind})
		}
		var links []layered.Link
		for _, l := range c.links {
			links = append(links, layered.Link{From: l[0], To: c.left + l[1], Faint: true})
		}
		want := math.MaxInt
		permute(c.left, func(a []int) {
			permute(c.right, func(b []int) {
				n := 0
				for i, l := range c.links {
					for _, m := range c.links[:i] {
						if (a[l[0]]-a[m[0]])*(b[l[1]]-b[m[1]]) < 0 {
							n++
						}
					}
				}
				want = min(want, n)
			})
		})
		if got := layered.New(boxes, links).Crossings; got != want {
			t.Errorf("%s: %d crossings, the least is %d", name, got, want)
		}
	}
}

// permute calls a function with all orders of the numbers below n.
func permute(n int, f func([]int)) {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	var step func(int)
	step = func(k int) {
		if k == n {
			f(all)
			return
		}
		for i := k; i < n; i++ {
			all[k], all[i] = all[i], all[k]
			step(k + 1)
			all[k], all[i] = all[i], all[k]
		}
	}
	step(0)
}

func TestNew_LabelsHideNeitherBoxesNorEachOther(t *testing.T) {
	t.Parallel()
	b, l := columns(1, 3, 2, 2)
	for i := range l {
		l[i].Bundle, l[i].Label = 0, layered.Size{Width: 60, Height: 14}
	}
	all := layered.New(b, l)
	var taken []layered.Rect
	taken = append(taken, all.Boxes...)
	for i, line := range all.Lines {
		r := layered.Rect{X: line.Label.X - 30, Y: line.Label.Y - 7, Width: 60, Height: 14}
		for _, o := range taken {
			if r.X < o.X+o.Width && o.X < r.X+r.Width && r.Y < o.Y+o.Height && o.Y < r.Y+r.Height {
				t.Errorf("label %d at %+v hides %+v", i, r, o)
			}
		}
		taken = append(taken, r)
	}
}

// BenchmarkNew lays out pictures that are as large as they may be.
func BenchmarkNew(b *testing.B) {
	boxes, links := columns(1, 60, 100, 39)
	b.Run("columns", func(b *testing.B) {
		for b.Loop() {
			layered.New(boxes, links[:min(len(links), 1500)])
		}
	})
	anyBoxes, anyLinks := random(1, 200, 1000, 1)
	b.Run("anything", func(b *testing.B) {
		for b.Loop() {
			layered.New(anyBoxes, anyLinks)
		}
	})
}
