package view

import "unicode"

// advances are how wide the characters from the space to the tilde are in Helvetica and Arial, in thousandths of the size
// of the font.
var advances = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // to the slash
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // to the question mark
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // to O
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // to the underscore
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // to o
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // to the tilde
}

// How wide characters of other scripts are at most.
const (
	otherAdvance = 750
	wideAdvance  = 1050
	emojiAdvance = 1400
)

// textWidth is how wide a text is at most. Viewers without Helvetica and Arial have fonts that are wider, so it is more
// than the width in these two.
func textWidth(s string, size float64, bold bool) float64 {
	sum := 0
	for _, r := range s {
		n := 0
		switch {
		case r >= ' ' && r <= '~':
			n = advances[r-' ']
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
			continue
		case r >= 0x1f000 || r >= 0x2600 && r < 0x2800:
			n = emojiAdvance
		case r >= 0x1100 && r < 0x1200 || r >= 0x2e80: // scripts with wide letters
			n = wideAdvance
		default:
			n = otherAdvance
		}
		if bold {
			sum += n*11/10 + 80
		} else {
			sum += n*103/100 + 55
		}
	}
	return float64(sum) * size / 1000
}
