//go:build unix

package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// aside starts a program in a group of its own, so that Ctrl-C does not end it before us. As root, a database runs as the user
// postgres: it refuses root.
func aside(c *exec.Cmd, database bool) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if id, err := databaseUser(); database && err == nil && id != nil {
		c.SysProcAttr.Credential = id
	}
}

// databaseUser is the user postgres when we are root; nil when we are not.
func databaseUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // no other user is needed
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err, err2)
}

// ownFolder makes a folder that belongs to who runs the database.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	id, err := databaseUser()
	if err != nil || id == nil {
		return err
	}
	return os.Chown(dir, int(id.Uid), int(id.Gid))
}
