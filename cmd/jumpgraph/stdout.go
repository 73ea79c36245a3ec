package main

import (
	"fmt"
	"io"
	"sync"
)

// output is standard output. It remembers the first error, so that a command that lost some of its output does not end as if
// it had not.
type output struct {
	mu  sync.Mutex // guards err
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(p)
	o.err = err
	return n, err
}

// judge returns how a command ended: whatever it says, when its output was lost, that is what happened.
func (o *output) judge(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return fmt.Errorf("standard output: %w", o.err)
	}
	return err
}
