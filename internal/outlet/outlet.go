// Package outlet writes to what others read: files that grow, pipes and devices. It replaces nothing, and each of its waits
// and writes ends with a context.
package outlet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// pause is how long to wait before something is tried again.
const pause = 20 * time.Millisecond

// File is open to be appended to.
type File struct {
	*os.File

	ctx     context.Context //nolint:containedctx // ends the writes of an io.Writer
	regular bool
	stop    func() bool
}

// Check refuses a name that is not one of a regular file, a pipe or a device that takes characters, and not one that is free.
func Check(name string) error {
	_, err := kindOf(name)
	return err
}

// kindOf returns what stands under a name: nothing, which is as good as a regular file, or one of what Check takes.
func kindOf(name string) (fs.FileMode, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	kind := info.Mode().Type()
	if kind == 0 || kind == fs.ModeNamedPipe || kind == fs.ModeDevice|fs.ModeCharDevice {
		return kind, nil
	}
	return 0, fmt.Errorf("%s is neither a file nor a pipe: choose another name", name)
}

// Open opens a file to append to it; a new one is private to its owner. For a pipe, it waits until somebody reads from it.
func Open(ctx context.Context, name string) (*File, error) {
	for {
		kind, err := kindOf(name)
		if err != nil {
			return nil, err
		}
		flags := os.O_RDWR | os.O_CREATE
		if kind != 0 {
			flags = os.O_WRONLY // a pipe that is opened to read as well has a reader: ourselves
		}
		f, err := os.OpenFile(name, flags|os.O_APPEND|noWait, 0o600)
		switch {
		case err == nil:
			return opened(ctx, f, kind)
		case kind != fs.ModeNamedPipe || !errors.Is(err, noReader):
			return nil, err
		case patience.Wait(ctx, pause) != nil:
			return nil, context.Cause(ctx)
		}
	}
}

// opened makes sure that a file is still of the kind for which it was opened.
func opened(ctx context.Context, f *os.File, kind fs.FileMode) (*File, error) {
	info, err := f.Stat()
	if err == nil && info.Mode().Type() != kind {
		err = fmt.Errorf("%s was replaced while it was opened", f.Name())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) }) // what cannot wait has no deadline
	return &File{File: f, ctx: ctx, regular: kind == 0, stop: stop}, nil
}

// Regular reports that it is a regular file.
func (f *File) Regular() bool { return f.regular }

// Write writes all of p, unless the context ends or nobody reads any more.
func (f *File) Write(p []byte) (int, error) {
	done := 0
	for {
		n, err := f.File.Write(p[done:])
		done += n
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && f.ctx.Err() != nil:
			return done, context.Cause(f.ctx)
		case !errors.Is(err, syscall.EAGAIN):
			return done, err
		case patience.Wait(f.ctx, pause) != nil: // the system cannot wait for this file
			return done, context.Cause(f.ctx)
		}
	}
}

// Settle makes sure that what was written has arrived: a regular file is on the disk and still has a name, what went into a
// pipe was read, where the system can tell.
func (f *File) Settle() error {
	if err := Settle(f.ctx, f.File); err != nil || !f.regular {
		return err
	}
	return staging.SyncDir(filepath.Dir(f.Name())) // the file may be new
}

// Close closes the file.
func (f *File) Close() error {
	f.stop()
	return f.File.Close()
}

// Settle makes sure that what was written to an open file has arrived, as [File.Settle] does.
func Settle(ctx context.Context, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch kind := info.Mode().Type(); {
	case kind == fs.ModeNamedPipe:
		return drained(ctx, f)
	case kind != 0:
		return nil
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return named(f)
}

// drained waits until a pipe is empty.
func drained(ctx context.Context, f *os.File) error {
	for {
		unread, readers, err := pipeState(f)
		switch {
		case err != nil:
			return err
		case unread == 0:
			return nil
		case !readers:
			return fmt.Errorf("the reader of %s has left before it had read everything", f.Name())
		case patience.Wait(ctx, pause) != nil:
			return context.Cause(ctx)
		}
	}
}
