package staging

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// errNoExchange says that two directories cannot be exchanged in one step here.
var errNoExchange = errors.New("no exchange")

// swapDirs exchanges two directories. Tests replace it.
var swapDirs = exchange

// PublishDir puts the staged files in the place of the old ones. The last file is the one that makes it a result. When the
// process is killed meanwhile, the next run finds the old result or the new one whole.
func (a *Area) PublishDir(files ...string) error {
	if err := SyncDir(a.Dir); err != nil {
		return err
	}
	if a.inside {
		return exclusively(a.place, func() error { return a.fill(files) })
	}
	if err := a.check(a.place); err != nil { // somebody may have used it since
		return err
	}
	if err := os.Chmod(a.Dir, 0o700); err != nil {
		return err
	}
	if err := a.replace(); err != nil {
		return fmt.Errorf("put the result in its place: %w", err)
	}
	// The new result stands. What is left of the old one is cleared away by the next run, should that fail here.
	_ = errors.Join(SyncDir(filepath.Dir(a.place)), a.Remove())
	return nil
}

// replace puts the staged directory in the place of the old one, by the best means that there is.
func (a *Area) replace() error {
	err := swapDirs(a.Dir, a.place)
	switch {
	case err == nil: // now the old one is in the area, where nobody finds it
		if err := a.check(a.Dir); err != nil {
			return errors.Join(err, swapDirs(a.Dir, a.place))
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return rename(a.Dir, a.place)
	case errors.Is(err, errNoExchange):
		return a.swap()
	}
	return err
}

// swap replaces the old result by two renames, for file systems that cannot exchange. A run that is killed between them
// leaves the old result in its area; the next one puts it back.
func (a *Area) swap() error {
	old := filepath.Join(a.root, oldName)
	for range 100 {
		if err := rename(a.place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err := a.checkOld(old)
		if err == nil {
			err = rename(a.Dir, a.place)
		}
		if err == nil {
			return nil
		}
		if !exists(old) {
			return err
		}
		if !exists(a.place) {
			back := rename(old, a.place)
			a.keep = back != nil
			return errors.Join(err, back)
		}
		if err := os.RemoveAll(old); err != nil { // another run has put a newer result there meanwhile
			return err
		}
	}
	return fmt.Errorf("other runs replace %s", a.place)
}

// checkOld checks what was moved away from the place, if there was anything.
func (a *Area) checkOld(old string) error {
	if !exists(old) {
		return nil
	}
	return a.check(old)
}

// fill replaces the files one by one, for directories that cannot be renamed. Without its manifest the directory is no
// result, so that goes first and comes last. From the moment when the journal is written, the next run goes on with it.
func (a *Area) fill(files []string) error {
	if err := a.check(a.place); err != nil {
		return err
	}
	if err := writeJournal(a.root, files); err != nil {
		return err
	}
	if err := fill(a.root, a.place, files); err != nil {
		a.keep = true
		return fmt.Errorf("put the result in its place: %w: the next run goes on with it", err)
	}
	_ = errors.Join(a.Remove(), SyncDir(a.place))
	return nil
}

// writeJournal notes which names are put in their places from now on.
func writeJournal(root string, names []string) error {
	fresh := filepath.Join(root, journalName+".new")
	if err := WriteFile(fresh, []byte(strings.Join(names, "\n"))); err != nil {
		return err
	}
	if err := rename(fresh, filepath.Join(root, journalName)); err != nil {
		return err
	}
	return SyncDir(root)
}

// readJournal returns what writeJournal noted; nil when it did not get so far.
func readJournal(root string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := strings.Split(string(text), "\n")
	for _, name := range names {
		if name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
			return nil, fmt.Errorf("%s is damaged: remove this directory to go on", root)
		}
	}
	return names, nil
}

// fill moves files from an area to their places, the last one last, and goes on where it was interrupted.
func fill(root, place string, names []string) error {
	last := names[len(names)-1]
	if exists(filepath.Join(root, freshName, last)) {
		if err := aside(root, filepath.Join(place, last)); err != nil {
			return err
		}
		if err := SyncDir(place); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := move(root, place, name); err != nil {
			return err
		}
	}
	return nil
}

// move moves a file or a directory from an area to its place, unless it is there already.
func move(root, place, name string) error {
	from, to := filepath.Join(root, freshName, name), filepath.Join(place, name)
	if !exists(from) {
		return nil
	}
	if info, err := os.Lstat(to); err == nil && !info.Mode().IsRegular() { // a rename does not replace a full directory
		if err := aside(root, to); err != nil {
			return err
		}
	}
	if err := rename(from, to); err != nil {
		return err
	}
	return SyncDir(place)
}

// aside moves what stands in the way into the area, with which it is removed.
func aside(root, path string) error {
	err := rename(path, filepath.Join(root, asidePrefix+rand.Text()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// PublishFile puts a staged file in the place of the old one, or, when it is partial, beside it.
func (a *Area) PublishFile(name string, partial bool) error {
	to, err := a.place, error(nil)
	if partial {
		to = PartialFile(a.place)
	} else {
		err = a.check(to) // somebody may have used it since
	}
	if err = errors.Join(err, regular(to)); err != nil {
		return err
	}
	if err := rename(filepath.Join(a.Dir, name), to); err != nil {
		return fmt.Errorf("put the result in its place: %w", err)
	}
	_ = errors.Join(SyncDir(filepath.Dir(a.place)), a.Remove())
	return nil
}
