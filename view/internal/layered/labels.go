package layered

import "math"

// Where a label may stand on a curve, the middle first.
var stands = []float64{0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78, 0.15, 0.85}

// mostLooked is up to how many links the labels keep away from lines, too, and look at their whole line.
const mostLooked = 64

// What it costs when a label stands on something else.
const (
	onLabel, onBox, onLine = 1000, 1000, 8
)

// writeLabels finds places for the labels, on their lines, where they hide no other label, no box, and few lines.
func (p *part) writeLabels() {
	var points [][]Point
	if len(p.links) <= mostLooked {
		for _, line := range p.drawn {
			points = append(points, line.points())
		}
	}
	var written []Rect
	for i, link := range p.links {
		if link.Label.Width <= 0 {
			continue
		}
		least := math.Inf(1)
		var best Rect
		for k := range len(p.drawn[i].Runs) - 1 {
			if k > 0 && points == nil {
				break
			}
			curve := p.drawn[i].Curve(k)
			for n, t := range stands {
				at := bezier(curve, t)
				r := Rect{at.X - link.Label.Width/2, at.Y - link.Label.Height/2, link.Label.Width, link.Label.Height}
				if cost := float64(n+3*k) + p.hides(r, i, written, points); cost < least {
					least, best, p.drawn[i].Label = cost, r, at
				}
			}
		}
		written = append(written, best)
	}
}

// hides says what it costs to write the label of a link there.
func (p *part) hides(r Rect, link int, written []Rect, points [][]Point) float64 {
	cost := 0.0
	for _, w := range written {
		if r.meets(w) {
			cost += onLabel
		}
	}
	for _, it := range p.items[:len(p.boxes)] {
		if r.meets(Rect{it.x, it.y - it.h/2, it.w, it.h}) {
			cost += onBox
		}
	}
	if r.X < 0 || r.Y < 0 || r.X+r.Width > p.size.Width || r.Y+r.Height > p.size.Height {
		cost += onBox
	}
	for i, line := range points {
		if i == link {
			continue
		}
		for _, q := range line {
			if q.X > r.X && q.X < r.X+r.Width && q.Y > r.Y && q.Y < r.Y+r.Height {
				cost += onLine
			}
		}
	}
	return cost
}

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

func bezier(c [4]Point, t float64) Point {
	u := 1 - t
	a, b, d, e := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return Point{a*c[0].X + b*c[1].X + d*c[2].X + e*c[3].X, a*c[0].Y + b*c[1].Y + d*c[2].Y + e*c[3].Y}
}
