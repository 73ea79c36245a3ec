// Package markdown escapes data for Markdown.
package markdown

import (
	"strings"
	"unicode"
)

// Text escapes the characters that mean something in Markdown or HTML, and puts the text on one line.
func Text(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>#|!~&$^", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
