//go:build linux || darwin

package staging

import (
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock marks a directory as in use until the process ends or unlock is called. It is not held when another run has it.
func lock(dir string) (unlock func(), held bool) {
	f, err := os.Open(dir)
	if err != nil {
		return func() {}, true
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) // file systems without locks go without
	return func() { _ = f.Close() }, err != unix.EWOULDBLOCK //nolint:errorlint // a bare number
}

// pinned reports that a directory is on another device than its parent, or the working directory or the root, so
// that it cannot be renamed.
func pinned(dir string) bool {
	own, err := os.Stat(dir)
	if err != nil {
		return false
	}
	parent, err := os.Stat(filepath.Dir(dir))
	if err != nil {
		return false
	}
	if here, err := os.Stat("."); err == nil && os.SameFile(own, here) {
		return true
	}
	a, aok := own.Sys().(*syscall.Stat_t)
	b, bok := parent.Sys().(*syscall.Stat_t)
	return os.SameFile(own, parent) || aok && bok && a.Dev != b.Dev
}
