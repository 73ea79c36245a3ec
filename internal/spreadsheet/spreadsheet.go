// Package spreadsheet makes texts safe for spreadsheets.
package spreadsheet

import "strings"

// NoFormula puts an apostrophe before a text that a spreadsheet would take for a formula. It looks at the first character
// alone: remove control characters before, a formula may stand behind one.
func NoFormula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
