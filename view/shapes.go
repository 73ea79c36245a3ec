package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph/view/internal/layered"
)

// How the shapes of the classes differ from a box, in pixels.
const (
	cut    = 9.0  // the size of the cut corners of an account
	round  = 10.0 // the radius of the corners of a user
	slant  = 13.0 // the width of the sloping sides of a group
	tab    = 5.0  // the width of the tabs outside of an application
	fold   = 9.0  // the size of the folded corner of a configuration
	relief = 5.0  // the depth of a device, which is drawn as a box
	point  = 11.0 // the width of the pointed side of a role
)

// margins is how much of a shape text cannot fill, on the left and on the right.
func (s style) margins() (left, right float64) {
	switch s.class {
	case "Group":
		return slant + 2, slant + 2
	case "Application":
		return 8, 2*tab + 4
	case "Device":
		return 8, 8 + relief
	case "Configuration":
		return 8, 8 + fold/2
	case "AccessRole":
		return 8, point + 2
	default:
		return 10, 10
	}
}

// outline returns the paths of a shape: the filled one, and lines in front of it.
func (s style) outline(r layered.Rect) (body, front string) {
	x, y, x2, y2 := r.X, r.Y, r.X+r.Width, r.Y+r.Height
	switch s.class {
	case "Account":
		c := min(cut, r.Height*0.3)
		return path("M", x+c, y, "L", x2-c, y, x2, y+c, x2, y2-c, x2-c, y2, x+c, y2, x, y2-c, x, y+c, "Z"), ""
	case "User":
		c := min(round, r.Height/2)
		return path("M", x+c, y, "H", x2-c, "A", c, c, 0, 0, 1, x2, y+c, "V", y2-c, "A", c, c, 0, 0, 1, x2-c, y2,
			"H", x+c, "A", c, c, 0, 0, 1, x, y2-c, "V", y+c, "A", c, c, 0, 0, 1, x+c, y, "Z"), ""
	case "Group":
		m := y + r.Height/2
		return path("M", x+slant, y, "H", x2-slant, "L", x2, m, x2-slant, y2, "H", x+slant, "L", x, m, "Z"), ""
	case "Application":
		a, b := y+r.Height*0.16, y2-r.Height*0.16-4
		front = path("M", x2, a, "h", -2*tab, "v", 4, "h", 2*tab, "Z", "M", x2, b, "h", -2*tab, "v", 4, "h", 2*tab, "Z")
		return path("M", x, y, "H", x2-tab, "V", y2, "H", x, "Z"), front
	case "Configuration":
		return path("M", x, y, "H", x2-fold, "L", x2, y+fold, "V", y2, "H", x, "Z"), path("M", x2-fold, y, "V", y+fold, "H", x2)
	case "AccessRole":
		return path("M", x, y, "H", x2-point, "L", x2, y+r.Height/2, x2-point, y2, "H", x, "Z"), ""
	case "Device":
		return path("M", x, y+relief, "L", x+relief, y, "H", x2, "V", y2-relief, "L", x2-relief, y2, "H", x, "Z"),
			path("M", x, y+relief, "H", x2-relief, "V", y2, "M", x2-relief, y+relief, "L", x2, y)
	default:
		return path("M", x, y, "H", x2, "V", y2, "H", x, "Z"), ""
	}
}

// inset is how far the shape is from the side of its box, at a height.
func (s style) inset(r layered.Rect, y float64, right bool) float64 {
	above, below := y-r.Y, r.Y+r.Height-y
	edge := max(0, min(above, below))
	switch s.class {
	case "Account":
		return max(0, min(cut, r.Height*0.3)-edge)
	case "User":
		c := min(round, r.Height/2)
		d := max(0, c-edge)
		return c - math.Sqrt(c*c-d*d)
	case "Group":
		return slant * (1 - min(1, edge/(r.Height/2)))
	case "Application":
		if right {
			return tab
		}
	case "Configuration":
		if right {
			return max(0, fold-max(0, above))
		}
	case "AccessRole":
		if right {
			return point * (1 - min(1, edge/(r.Height/2)))
		}
	case "Device":
		if right {
			return max(0, relief-max(0, below))
		}
		return max(0, relief-max(0, above))
	}
	return 0
}

// path writes commands and numbers of a path.
func path(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		switch x := p.(type) {
		case string:
			b.WriteString(x)
			continue
		case float64:
			b.WriteString(decimal(x))
		case int:
			b.WriteString(strconv.Itoa(x))
		}
		if i+1 < len(parts) {
			if _, command := parts[i+1].(string); !command {
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// decimal writes a number with one digit at most after the point.
func decimal(x float64) string {
	if x = math.Round(x*10) / 10; x == 0 { // without the sign of a zero
		x = 0
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// drawShape draws a shape with lines of text in its middle, the first of them bold.
func drawShape(b *strings.Builder, s style, r layered.Rect, texts []string, size, pen float64, dashed bool) {
	body, front := s.outline(r)
	line := fmt.Sprintf("stroke=%q stroke-width=\"%s\" stroke-linejoin=\"round\"", s.line, decimal(pen))
	if dashed {
		line += ` stroke-dasharray="5 3"`
	}
	fmt.Fprintf(b, "<path d=%q fill=%q %s/>\n", body, s.fill, line)
	if front != "" {
		fmt.Fprintf(b, "<path d=%q fill=%q %s/>\n", front, s.fill, line)
	}
	left, right := s.margins()
	x, y := r.X+left+(r.Width-left-right)/2, r.Y+r.Height/2
	if s.class == "Device" {
		y += relief / 2
	}
	high := lineHeight(size)
	y += size*0.36 - high*float64(len(texts)-1)/2
	for i, t := range texts {
		bold := ""
		if i == 0 && len(texts) > 1 {
			bold = ` font-weight="bold"`
		}
		fmt.Fprintf(b, "<text x=%q y=%q font-size=%q text-anchor=\"middle\"%s>%s</text>\n",
			decimal(x), decimal(y+high*float64(i)), decimal(size), bold, escape(t))
	}
}

// shapeSize is how large a shape is with lines of text.
func (s style) shapeSize(texts []string, size float64) layered.Size {
	left, right := s.margins()
	wide := 0.0
	for i, t := range texts {
		wide = max(wide, textWidth(t, size, i == 0 && len(texts) > 1))
	}
	high := lineHeight(size)*float64(len(texts)) + size*0.7
	if s.class == "Device" {
		high += relief
	}
	return layered.Size{Width: left + wide + right, Height: high}
}

// lineHeight is how high a line of text is.
func lineHeight(size float64) float64 { return size * 1.2 }
