package staging_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
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

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func anything(string) error { return nil }

// TestSweep_RemovesOnlyWhatCarriesOurMark: a name alone makes nothing ours.
func TestSweep_RemovesOnlyWhatCarriesOurMark(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "graph")
	foreign := []string{".graph.staging-notes", ".graph.staging-old", ".graph.staging-123", ".graph.staging-abcdefghijklmnop", ".graph.staging-aaaaaaaaaaaaaaaa"}
	for _, name := range foreign {
		put(t, filepath.Join(parent, name, "thesis.doc"), "x")
	}
	put(t, filepath.Join(parent, foreign[4], staging.MarkName), "my own text")
	left := filepath.Join(parent, ".graph.staging-bbbbbbbbbbbbbbbb")
	put(t, filepath.Join(left, staging.MarkName), "")
	put(t, filepath.Join(left, "new", "data"), "half")
	if err := os.Mkdir(filepath.Join(parent, ".graph.staging-cccccccccccccccc"), 0o700); err != nil { // killed before the mark
		t.Fatal(err)
	}
	for range 2 {
		if err := generation(dir, "x"); err != nil {
			t.Fatal(err)
		}
		for _, name := range foreign {
			if _, err := os.Stat(filepath.Join(parent, name, "thesis.doc")); err != nil {
				t.Errorf("a run removed what is not its own: %v", err)
			}
		}
		if got := names(t, parent); len(got) != len(foreign)+1 {
			t.Errorf("left are %v, want what is foreign and the result", got)
		}
	}
}

// TestPublishDir_LosesNothingThatCameDuringTheRun: the check of the beginning is made again.
func TestPublishDir_LosesNothingThatCameDuringTheRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if err := generation(dir, "first"); err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]func(string) error{
		"before it is replaced": ours,
		"while it is replaced": func(place string) error {
			if err := ours(place); err != nil || filepath.Base(place) != "graph" {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600) // after the last check of the place
		},
	} {
		refusesToReplace(t, name, dir, check)
	}
}

// refusesToReplace begins a run without a check and publishes with one.
func refusesToReplace(t *testing.T, name, dir string, check func(string) error) {
	t.Helper()
	armed := false
	a, err := staging.OpenDir(dir, func(place string) error {
		if !armed {
			return nil
		}
		return check(place)
	})
	if err != nil {
		t.Fatal(err)
	}
	armed = true
	notes := filepath.Join(dir, "notes.txt")
	if name == "before it is replaced" {
		put(t, notes, "mine")
	}
	put(t, filepath.Join(a.Dir, "manifest"), "second")
	if err := a.PublishDir("manifest"); err == nil {
		t.Errorf("%s: the directory was replaced", name)
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{notes: "mine", filepath.Join(dir, "manifest"): "first"} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s: %s holds %q, %v; want %q", name, path, text, err, want)
		}
	}
	if err := os.Remove(notes); err != nil {
		t.Fatal(err)
	}
}

// TestReplaceFile_FollowsNoPlantedLink: names of what is being written cannot be known before.
func TestReplaceFile_FollowsNoPlantedLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim, name := filepath.Join(dir, "victim"), filepath.Join(dir, "picture.svg")
	put(t, victim, "precious")
	for _, planted := range []string{".staging-new", ".tmp", ".new"} {
		if err := os.Symlink(victim, name+planted); err != nil {
			t.Skipf("no symlinks here: %v", err)
		}
	}
	if err := staging.ReplaceFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "picture")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{victim: "precious", name: "picture"} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v; want %q", path, text, err, want)
		}
	}
	if err := staging.WriteFile(name+".new", []byte("x")); err == nil {
		t.Error("a symlink was followed")
	}
}

// TestOpenFile_ReplacesOnlyRegularFiles, and leaves nothing beside others.
func TestOpenFile_ReplacesOnlyRegularFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Skipf("no sockets here: %v", err)
	}
	defer listener.Close() //nolint:errcheck // of a test
	for _, name := range []string{socket, dir, os.DevNull} {
		if _, err := staging.OpenFile(name, anything); err == nil {
			t.Errorf("%s would be replaced", name)
		}
	}
	a, err := staging.OpenFile(filepath.Join(dir, "graph.db"), anything)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(a.Dir, "x"), "x")
	if err := os.Rename(socket, filepath.Join(dir, "graph.db")); err != nil { // since the check
		t.Fatal(err)
	}
	if err := a.PublishFile("x", false); err == nil {
		t.Error("a socket was replaced")
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
}

func TestForeign_SaysThatAFileIsNoDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := staging.Foreign(file, "file"); err == nil || !strings.Contains(err.Error(), file+" is no directory: choose") {
		t.Errorf("got %v, want what it is and what to do", err)
	}
}
