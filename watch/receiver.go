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
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
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
func File(path string) Receiver {
	return func(ctx context.Context, events Events) error {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(appendTo(ctx, f, events), f.Close())
	}
}

// appendTo appends to a file while no other watch does.
func appendTo(ctx context.Context, f *os.File, events Events) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a pipe or a device has nothing to mend, and no disk
		return write(f, events)
	}
	unlock, err := staging.Lock(f.Name())
	for ; err != nil; unlock, err = staging.Lock(f.Name()) {
		if patience.Wait(ctx, 50*time.Millisecond) != nil {
			return context.Cause(ctx)
		}
	}
	defer unlock()
	if err := mend(f); err != nil {
		return err
	}
	if err := write(f, events); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return staging.SyncDir(filepath.Dir(f.Name())) // the file may be new
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
// environment of this process without the variables of this library and those that hold its keys. What it writes goes to out. When the context ends, it is
// asked to end, and killed after ten seconds.
func Command(out io.Writer, name string, args ...string) Receiver {
	return func(ctx context.Context, events Events) error {
		cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the caller names it
		cmd.Env = without(os.Environ())
		cmd.Stdout, cmd.Stderr = out, out
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = 10 * time.Second
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		wrote := make(chan error, 1)
		go func() {
			err := write(in, events)
			_ = in.Close()
			wrote <- err
		}()
		ended := cmd.Wait() // closes the pipe when the program has ended, so that a write to whoever inherited it ends, too
		err = <-wrote
		if ended != nil && !errors.Is(ended, exec.ErrWaitDelay) { // who runs on with our output is not waited for
			return fmt.Errorf("%s: %w", name, ended)
		}
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
			return fmt.Errorf("%s ended before it had read everything", name)
		}
		return err
	}
}
