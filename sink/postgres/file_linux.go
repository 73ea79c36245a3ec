package postgres

import (
	"os"

	"golang.org/x/sys/unix"
)

// namelessFile makes a file that never has a name, so that nothing is left of it, at whatever moment the program ends. Where the
// file system cannot, it is that of [unnamedFile].
func namelessFile() (*os.File, error) {
	f, err := os.OpenFile(os.TempDir(), os.O_RDWR|unix.O_TMPFILE, 0o600)
	if err != nil {
		return unnamedFile()
	}
	return f, nil
}
