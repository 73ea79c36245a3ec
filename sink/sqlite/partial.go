package sqlite

import (
	"fmt"
	"os"

	"github.com/jumpgraph/jumpgraph"
)

// isPartial reports that a file is what a run that was not complete has left. A link to one is not.
func isPartial(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	db, err := Open(path)
	if err != nil {
		return false
	}
	partial := db.Manifest().Status != jumpgraph.Complete
	return db.Close() == nil && partial
}

// oursPartial reports an error unless a file is missing, empty or what a run that was not complete has left: anything else
// would be lost.
func oursPartial(path string) error {
	if err := ours(path); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil && info.Size() > 0 && !isPartial(path) {
		return fmt.Errorf("%s holds a result: move it away", path)
	}
	return nil
}
