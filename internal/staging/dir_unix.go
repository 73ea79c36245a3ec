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
	return os.SameFile(own, parent) || aok && bok && a.Dev != b.Dev || mountRoot(dir)
}

// trusted reports that what somebody has left in a directory may be taken for our own: it belongs to us, or to whoever the
// directory belongs to.
func trusted(left os.FileInfo, dir string) bool {
	own, ok := left.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if int64(own.Uid) == int64(os.Geteuid()) {
		return true
	}
	above, err := os.Stat(dir)
	if err != nil {
		return false
	}
	parent, ok := above.Sys().(*syscall.Stat_t)
	return ok && own.Uid == parent.Uid
}

// noFollow lets an open fail where the last name of a path is a symlink.
const noFollow = syscall.O_NOFOLLOW
