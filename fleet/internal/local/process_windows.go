package local

import (
	"os"
	"os/exec"
	"syscall"
)

// aside starts a program in a group of its own, so that Ctrl-C does not end it before us.
func aside(c *exec.Cmd, _ bool) {
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// ownFolder makes a folder that belongs to who runs the database.
func ownFolder(dir string) error { return os.MkdirAll(dir, 0o700) }
