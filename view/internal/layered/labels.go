package layered

import "math"

// labelPlaces are where a label may be on a curve, the middle first.
var labelPlaces = []float64{0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78, 0.15, 0.85}

// mostLooked is how many links there may be so that labels also avoid lines, and may be on each curve of their line.
const mostLooked = 64

// What it costs when a label hides something.
const (
	onLabel, onBox, onLine = 1000, 1000, 8
)

// labels finds places for the labels of a part.
type labels struct {
	*part

	points  [][]Point // on each line; nil when there are too many lines to look at
	written []Rect    // the labels that have a place
}

// writeLabels puts each label on its line, where it hides no other label, no box, and few lines.
func (p *part) writeLabels() {
	w := labels{part: p}
	if len(p.links) <= mostLooked {
		for _, line := range p.drawn {
			w.points = append(w.points, line.points())
		}
	}
	for i, link := range p.links {
		if link.Label.Width > 0 {
			p.drawn[i].Label = w.write(i)
		}
	}
}

// write returns the middle of the label of a link, where it costs least. Places near the middle of a curve cost less, and so do
// the first curves.
func (w *labels) write(link int) (middle Point) {
	line, size := w.drawn[link], w.links[link].Label
	curves := len(line.Runs) - 1
	if w.points == nil {
		curves = min(curves, 1)
	}
	var best Rect
	least := math.MaxInt
	for k := range curves {
		curve := line.Curve(k)
		for n, t := range labelPlaces {
			at := bezier(curve, t)
			r := Rect{at.X - size.Width/2, at.Y - size.Height/2, size.Width, size.Height}
			if cost := n + 3*k + w.hides(r, link); cost < least {
				least, best, middle = cost, r, at
			}
		}
	}
	w.written = append(w.written, best)
	return middle
}

// hides returns what it costs to write the label of a link in a rectangle.
func (w *labels) hides(r Rect, link int) int {
	cost := 0
	for _, other := range w.written {
		if r.meets(other) {
			cost += onLabel
		}
	}
	for _, it := range w.items[:len(w.boxes)] {
		if r.meets(Rect{it.x, it.y - it.h/2, it.w, it.h}) {
			cost += onBox
		}
	}
	if r.X < 0 || r.Y < 0 || r.X+r.Width > w.size.Width || r.Y+r.Height > w.size.Height {
		cost += onBox
	}
	for i, line := range w.points {
		if i != link {
			cost += onLine * r.count(line)
		}
	}
	return cost
}

// count says how many points are in a rectangle.
func (r Rect) count(points []Point) int {
	n := 0
	for _, q := range points {
		if q.X > r.X && q.X < r.X+r.Width && q.Y > r.Y && q.Y < r.Y+r.Height {
			n++
		}
	}
	return n
}

// meets reports that two rectangles overlap.
func (r Rect) meets(o Rect) bool {
	return r.X < o.X+o.Width && o.X < r.X+r.Width && r.Y < o.Y+o.Height && o.Y < r.Y+r.Height
}

// points returns points on the curves of a line.
func (l Line) points() []Point {
	const steps = 24
	var all []Point
	for i := range len(l.Runs) - 1 {
		c := l.Curve(i)
		for k := range steps + 1 {
			all = append(all, bezier(c, float64(k)/steps))
		}
	}
	return all
}

// bezier returns a point on a curve: t is 0 at its start and 1 at its end.
func bezier(c [4]Point, t float64) Point {
	u := 1 - t
	a, b, d, e := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return Point{a*c[0].X + b*c[1].X + d*c[2].X + e*c[3].X, a*c[0].Y + b*c[1].Y + d*c[2].Y + e*c[3].Y}
}
