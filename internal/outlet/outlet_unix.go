//go:build linux || darwin

package outlet

import (
	"fmt"
	"os"
	"syscall"
)

// noWait lets an open of a pipe fail where it has no reader, and makes neither a write endless nor a terminal ours.
const noWait = syscall.O_NONBLOCK | syscall.O_NOCTTY

// noReader is that failure.
const noReader = syscall.ENXIO

// named reports an error when a file was removed while it was written to: then nobody will read it.
func named(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink == 0 {
		return fmt.Errorf("%s was removed while it was written to", f.Name())
	}
	return nil
}
