package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// fitHelp makes the help of all commands fit the terminal that shows it. Elsewhere it stays as it is written.
func fitHelp(root *cobra.Command, out io.Writer) {
	width := terminalWidth(out)
	if width == 0 {
		return
	}
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		var b bytes.Buffer
		c.SetOut(&b)
		help(c, args)
		c.SetOut(out)
		_, _ = io.WriteString(out, reflow(b.String(), width)) // the output remembers its error
	})
}

// reflow fits a help into some columns. Sentences go on in the next line, and the second column of a list goes on below
// itself. Commands stay on one line, so that they can be copied.
func reflow(text string, width int) string {
	var out []string
	var prose []string // lines of a paragraph
	for _, line := range append(strings.Split(strings.TrimSuffix(text, "\n"), "\n"), "") {
		if line != "" && line[0] != ' ' {
			prose = append(prose, line)
			continue
		}
		out = append(out, wrapped("", 0, strings.Join(prose, " "), width)...)
		prose = nil
		out = append(out, fitRow(line, width)...)
	}
	return strings.Join(out[:len(out)-1], "\n") + "\n"
}

// fitRow fits a row of a list into some columns. Where the first column leaves the second too little room, that comes below.
func fitRow(line string, width int) []string {
	at := secondColumn(line)
	switch {
	case at == 0:
		return []string{line}
	case at <= width/2:
		return wrapped(line[:at], at, line[at:], width)
	}
	below := min(10, width/4)
	return append([]string{strings.TrimRight(line[:at], " ")}, wrapped(strings.Repeat(" ", below), below, line[at:], width)...)
}

// secondColumn returns where the second column of a row begins; 0 when there is none.
func secondColumn(line string) int {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	gap := strings.Index(line[indent:], "  ")
	if gap < 0 {
		return 0
	}
	rest := line[indent+gap:]
	return len(line) - len(strings.TrimLeft(rest, " "))
}

// wrapped splits a text into lines of a width. The first begins with first, the others with so many blanks. A word that is
// wider than a line stays whole. A text without words has no line.
func wrapped(first string, indent int, text string, width int) []string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil
	}
	var lines []string
	line := first + words[0]
	for _, word := range words[1:] {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = strings.Repeat(" ", indent) + word
			continue
		}
		line += " " + word
	}
	return append(lines, line)
}

// say writes a sentence, on lines of the terminal that shows it.
func say(w io.Writer, sentence string) {
	lines := []string{sentence}
	if width := terminalWidth(w); width > 0 {
		lines = wrapped("", 2, sentence, width)
	}
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}
