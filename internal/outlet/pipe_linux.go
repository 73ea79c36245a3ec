package outlet

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeState returns how many bytes wait in a pipe, and whether anybody could read them.
func pipeState(f *os.File) (unread int, readers bool, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	controlled := raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}} //nolint:gosec // descriptors are small
		if _, err = unix.Poll(poll, 0); err == nil {
			readers = poll[0].Revents&unix.POLLERR == 0
			unread, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		}
		if err == unix.EINTR { //nolint:errorlint // a bare number
			unread, readers, err = 1, true, nil // not known yet
		}
	})
	if controlled != nil {
		err = controlled
	}
	return unread, readers, err
}
