package watch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// write writes events as lines of JSON.
func write(w io.Writer, events Events) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := events(func(ev *Event) error { return e.Encode(ev) }); err != nil {
		return err
	}
	return out.Flush()
}

// File appends each event to a file as a line of JSON, and makes sure that it is on the disk. A line that an earlier watch
// had begun when it was killed is cut off: its event comes again. A new file is private to its owner.
func File(path string) Receiver {
	return func(_ context.Context, events Events) error {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		err = mend(f)
		if err == nil {
			err = write(f, events)
		}
		if err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	}
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
	case bytes.HasPrefix(tail, []byte(begun)), strings.HasPrefix(begun, string(tail)):
		return f.Truncate(size - int64(len(tail)))
	}
	_, err = f.WriteString("\n")
	return err
}

// Command runs a program for the changes between two results, with each event as a line of JSON on its standard input.
// Changes are taken when it has read them all and exits with 0. The program is run as it is named, not by a shell, with the
// environment of this process less the variables that hold keys. What it writes goes to out. When the context ends, it is
// asked to end, and killed after ten seconds.
func Command(out io.Writer, name string, args ...string) Receiver {
	return func(ctx context.Context, events Events) error {
		cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the caller names it
		cmd.Env = slices.DeleteFunc(os.Environ(), secret)
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
		err = errors.Join(write(in, events), in.Close())
		if ended := cmd.Wait(); ended != nil {
			return fmt.Errorf("%s: %w", name, ended)
		}
		if errors.Is(err, syscall.EPIPE) {
			return fmt.Errorf("%s ended before it had read everything", name)
		}
		return err
	}
}

// secret reports that a variable of the environment may hold a key.
func secret(variable string) bool {
	return slices.ContainsFunc([]string{"JUMPCLOUD_", "JC_", "JUPITERONE_"}, func(p string) bool { return strings.HasPrefix(variable, p) })
}
