//go:build linux || darwin

package jumpgraph

import (
	"os"
	"path/filepath"
	"syscall"
)

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
