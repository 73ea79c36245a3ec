//go:build !linux

package outlet

import "os"

// pipeState cannot tell here: what a pipe took counts as read.
func pipeState(*os.File) (unread int, readers bool, err error) { return 0, true, nil }
