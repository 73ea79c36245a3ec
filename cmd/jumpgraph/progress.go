package main

import (
	"fmt"
	"io"

	"github.com/jumpgraph/jumpgraph"
)

// progress shows how far a run is: in one line that changes on a terminal, in plain lines elsewhere. With --quiet it shows
// nothing. The error of the run has a line for each failure.
type progress struct {
	out   io.Writer
	width int // of the terminal; 0 elsewhere
	quiet bool
	drawn bool
}

func (p *progress) event(e jumpgraph.Event) {
	if p.quiet {
		return
	}
	switch {
	case e.Status != "" && p.width == 0:
		fmt.Fprintf(p.out, "%s: %s, %d received\n", clean(e.Collection), e.Status, e.Received)
	case p.width > 0:
		p.erase()
		line := fmt.Sprintf("%s: %d%s received, %d requests", clean(e.Collection), e.Received, of(e.Expected), e.Requests)
		fmt.Fprint(p.out, fit(line, p.width-1)) // a line that fills the last column may go on in the next
		p.drawn = true
	}
}

func of(expected int64) string {
	if expected < 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", expected)
}

// erase clears the line that changes.
func (p *progress) erase() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *progress) end() { p.erase() }
