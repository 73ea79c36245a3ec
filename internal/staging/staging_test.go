package staging_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// TestOpenDir_RunsSideBySideKeepTheirAreas: none may take the area of another for one that a killed run has left.
func TestOpenDir_RunsSideBySideKeepTheirAreas(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	var runs sync.WaitGroup
	for range 16 {
		runs.Go(func() {
			for range 60 {
				a, err := staging.OpenDir(dir, func(string) error { return nil })
				if err != nil {
					t.Error(err)
					return
				}
				if err := staging.WriteFile(filepath.Join(a.Dir, "file"), []byte("x")); err != nil {
					t.Errorf("the area of a run was taken away: %v", err)
				}
				if err := a.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	runs.Wait()
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
