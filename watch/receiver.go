package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/outlet"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// batch is how many bytes of lines are written at a time.
const batch = 64 << 10

// write writes events as lines of JSON, and never part of a line: who is killed between two writes leaves whole ones.
func write(w io.Writer, events Events) error {
	var lines []byte
	flush := func() error {
		_, err := w.Write(lines)
		lines = lines[:0]
		return err
	}
	if err := events(func(e *Event) (err error) {
		if lines, err = jsontext.Append(lines, e); err != nil {
			return err
		}
		if lines = append(lines, '\n'); len(lines) < batch {
			return nil
		}
		return flush()
	}); err != nil {
		return err
	}
	return flush()
}

// File appends each event to a file as a line of JSON, and makes sure that it is on the disk. A line that an earlier watch
// had begun when it was killed is cut off: its event comes again. A new file is private to its owner.
//
// The file may be a named pipe: then File waits for a reader until the context ends, and events are taken when they were
// written whole and, where the system can tell, read. When the reader leaves before that, they come again.
func File(path string) Receiver {
	return func(ctx context.Context, events Events) error {
		f, err := outlet.Open(ctx, path)
		if err != nil {
			return err
		}
		return errors.Join(appendTo(ctx, f, events), f.Close())
	}
}

// appendTo appends to a file while no other watch does.
func appendTo(ctx context.Context, f *outlet.File, events Events) error {
	if f.Regular() { // a pipe or a device has nothing to mend
		unlock, err := staging.Lock(f.Name())
		for ; err != nil; unlock, err = staging.Lock(f.Name()) {
			if patience.Wait(ctx, 50*time.Millisecond) != nil {
				return context.Cause(ctx)
			}
		}
		defer unlock()
		if err := mend(f.File); err != nil {
			return err
		}
	}
	if err := write(f, events); err != nil {
		return err
	}
	return f.Settle()
}

// begun is how every line of ours begins.
const begun = `{"id":"`

// mend makes a file end with a whole line. What is not a line of ours that was begun stays.
func mend(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	var tail []byte
	size := info.Size()
	for at := size; at > 0 && bytes.IndexByte(tail, '\n') < 0; {
		n := min(at, 64<<10)
		at -= n
		part := make([]byte, n)
		if _, err := f.ReadAt(part, at); err != nil {
			return err
		}
		tail = append(part, tail...)
	}
	tail = tail[bytes.LastIndexByte(tail, '\n')+1:]
	switch {
	case len(tail) == 0:
		return nil
	case !json.Valid(tail) && bytes.HasPrefix(tail, []byte(begun)), strings.HasPrefix(begun, string(tail)):
		return f.Truncate(size - int64(len(tail)))
	}
	_, err = f.WriteString("\n")
	return err
}

// Command runs a program for the changes between two results, with each event as a line of JSON on its standard input.
// Changes are taken when it has read them all and exits with 0. The program is run as it is named, not by a shell, with the
// environment of this process without the variables of this library and those that hold its keys. What it writes goes to out.
// When the context ends, it is asked to end, and killed after a second.
func Command(out io.Writer, name string, args ...string) Receiver {
	return func(ctx context.Context, events Events) error {
		cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the caller names it
		cmd.Env = without(os.Environ())
		cmd.Stdout, cmd.Stderr = out, out
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = time.Second
		unread, ended, err := feed(cmd, events)
		if ended != nil && !errors.Is(ended, exec.ErrWaitDelay) { // who runs on with our output is not waited for
			return fmt.Errorf("watch: %s: %w", name, ended)
		}
		if unread {
			return fmt.Errorf("watch: %s ended before it had read everything", name)
		}
		return err
	}
}

// errEnded says that a program has ended, so that nothing more is written to it.
var errEnded = errors.New("the program has ended")

// input is the standard input of a program.
type input struct {
	*os.File

	ended atomic.Bool
}

func (in *input) Write(p []byte) (int, error) {
	if in.ended.Load() {
		return 0, errEnded
	}
	return in.File.Write(p)
}

// feed runs a program and writes the events to its standard input. It returns whether it has left some of them unread, how
// it ended, and why not all could be written.
//
// What a program does not read stays in the pipe. So the reading end stays open here, and what is found there when the
// program has ended was not read, be it in the pipe already or still on its way.
func feed(cmd *exec.Cmd, events Events) (unread bool, ended, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return false, nil, err
	}
	defer r.Close() //nolint:errcheck // opened to read
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		return false, err, w.Close()
	}
	in := &input{File: w}
	wrote := make(chan error, 1)
	go func() {
		err := write(in, events)
		wrote <- errors.Join(err, in.Close())
	}()
	ended = cmd.Wait()
	in.ended.Store(true)
	left, err := io.Copy(io.Discard, r) // until the writing end is closed
	err = errors.Join(err, <-wrote)
	return left > 0 || errors.Is(err, errEnded), ended, err
}
