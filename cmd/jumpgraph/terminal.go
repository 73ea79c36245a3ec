package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// isTerminal reports that what is written to w is shown on a terminal.
func isTerminal(w io.Writer) bool { return terminalWidth(w) > 0 }

// usualWidth is how many columns a terminal has that does not say it.
const usualWidth = 80

// terminalWidth returns how many columns the terminal has that shows what is written to w, and 0 when there is none.
func terminalWidth(w io.Writer) int {
	if o, ok := w.(*output); ok {
		w = o.to
	}
	if t, ok := w.(interface{ Columns() int }); ok { // a terminal of a test
		return t.Columns()
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return usualWidth
}

// fit cuts a text to a number of columns.
func fit(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:max(width, 0)])
}

// isControl reports that a character would control a terminal, or would change the direction of the text around it. Tab and
// end of line are allowed.
func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || unicode.Is(unicode.Bidi_Control, r)
}

// clean removes control characters from a text that may hold data.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

// harmless escapes control characters in JSON, which lets some of them through as they are. The values stay the same. Bytes that are
// no text, which some terminals take for control characters, become what readers of JSON make of them.
func harmless(data []byte) []byte {
	var b []byte
	done := 0
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if isControl(r) || r == utf8.RuneError && n == 1 {
			b = append(b, data[done:at]...)
			b = fmt.Appendf(b, `\u%04x`, r)
			done = at + n
		}
		at += n
	}
	if done == 0 {
		return data
	}
	return append(b, data[done:]...)
}

// cell is a value as clean text on one line; a dash where there is none.
func cell(v any) string {
	var text string
	switch v := v.(type) {
	case nil:
	case string:
		text = v
	case json.Number, bool:
		text = fmt.Sprint(v)
	default:
		b, err := jsontext.Marshal(v)
		if err != nil {
			return "?"
		}
		text = string(b)
	}
	text = strings.Join(strings.Fields(clean(text)), " ")
	if text == "" {
		return "-"
	}
	return text
}
