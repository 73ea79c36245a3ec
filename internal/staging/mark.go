package staging

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What an area holds.
const (
	markName    = ".jumpgraph-staging" // is made first and removed last
	freshName   = "new"                // what is staged; after an exchange, what stood in its place
	oldName     = "old"                // what stood in its place, where directories cannot be exchanged
	journalName = "publish"            // the names that are being put in their places, once that has begun
	asidePrefix = "aside-"             // what stood in the way of one of them
)

// markText is what the mark holds. A run that is killed while it writes it leaves the beginning.
const markText = "jumpgraph makes a result in this directory, or drops one. Its next run removes it.\n"

// areaName is the form of the names of areas: .BASE.staging-RANDOM beside BASE, .staging-RANDOM inside a directory.
var areaName = regexp.MustCompile(`^\.(?:(.+)\.)?staging-[a-z2-7]{16}$`)

func newName(base string) string {
	if base != "" {
		base += "."
	}
	return "." + base + "staging-" + strings.ToLower(rand.Text()[:16])
}

// rename moves a file or a directory. Tests end the process before one.
var rename = os.Rename

// newArea makes an area and locks it.
func newArea(parent, base string) (root string, unlock func(), err error) {
	for range 100 {
		root = filepath.Join(parent, newName(base))
		if err := os.Mkdir(root, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return "", nil, err
		}
		unlock, held := lock(root)
		if held {
			err = furnish(root)
			if err == nil {
				return root, unlock, nil
			}
		}
		unlock()
		if held && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, errors.Join(err, removeArea(root))
		} // else another run took it for one that a killed run has left, before it was locked
	}
	return "", nil, errors.New("other runs clear away what is staged in " + parent)
}

// furnish makes what every area holds.
func furnish(root string) error {
	if err := WriteFile(filepath.Join(root, markName), []byte(markText)); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(root, freshName), 0o700); err != nil {
		return err
	}
	return SyncDir(root)
}

// Is reports that a path is an area or the directory in one, of a run that goes on or was killed: nothing in it is a result.
func Is(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && (isArea(abs) || isArea(filepath.Dir(abs)))
}

// isArea reports that a path is an area: it has the name of one, an owner that we trust, and the mark. A run that is killed
// before it makes the mark leaves an empty directory of that name.
func isArea(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() || !areaName.MatchString(filepath.Base(path)) || !trusted(info, filepath.Dir(path)) {
		return false
	}
	if marked(path) {
		return true
	}
	list, err := os.ReadDir(path)
	return err == nil && len(list) == 0
}

func marked(root string) bool {
	name := filepath.Join(root, markName)
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := os.ReadFile(name)
	return err == nil && strings.HasPrefix(markText, string(text))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Sweep ends what killed runs had begun in a directory, whatever it was for.
func Sweep(dir string) error { return sweep(dir) }

// sweep ends what killed runs had begun for some names in a directory, or for all. What a run that goes on has staged is
// locked, and left alone.
func sweep(parent string, bases ...string) error {
	if info, err := os.Stat(parent); err != nil || !info.IsDir() { // nothing there to sweep
		return nil //nolint:nilerr // whoever uses it says so
	}
	list, err := os.ReadDir(parent)
	errs := []error{err}
	for _, e := range list {
		name := areaName.FindStringSubmatch(e.Name())
		root := filepath.Join(parent, e.Name())
		if name == nil || len(bases) > 0 && !slices.Contains(bases, name[1]) || !isArea(root) {
			continue
		}
		unlock, held := lock(root)
		if held { // and nobody else can have it while it is settled
			errs = append(errs, settle(root, name[1]))
		}
		unlock()
	}
	return errors.Join(errs...)
}

// settle ends what a killed run had begun: files that were being put in their places get there; a result that had been
// moved away and not yet replaced comes back. What remains is removed.
func settle(root, base string) error {
	if !marked(root) {
		_ = os.Remove(root) // empty, or gone
		return nil
	}
	parent := filepath.Dir(root)
	if base == "" {
		names, err := readJournal(root)
		if err == nil && names != nil {
			err = fill(root, parent, names)
		}
		if err != nil {
			return err
		}
		return removeArea(root)
	}
	old, place := filepath.Join(root, oldName), filepath.Join(parent, base)
	if exists(old) && !exists(place) {
		if err := rename(old, place); err != nil {
			return err
		}
		if err := SyncDir(parent); err != nil {
			return err
		}
	}
	return removeArea(root)
}

// removeArea removes an area, and its mark last. Whatever the modes of the directories in it have become, it can.
func removeArea(root string) error {
	if err := os.Chmod(root, 0o700); errors.Is(err, fs.ErrNotExist) { // gone, perhaps by another run
		return nil
	}
	list, err := os.ReadDir(root)
	errs := []error{err}
	for _, e := range list {
		path := filepath.Join(root, e.Name())
		if e.Name() == markName {
			continue
		}
		if e.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		errs = append(errs, os.RemoveAll(path))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.RemoveAll(root)
}

// Drop removes a directory, so that never half of it is found under its name. It needs no space on the disk.
func Drop(dir string) error {
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is not a directory", dir))
	}
	if err := WriteFile(filepath.Join(dir, markName), nil); err != nil {
		return err
	}
	root := filepath.Join(filepath.Dir(dir), newName(filepath.Base(dir)))
	if err := rename(dir, root); err != nil {
		return err
	}
	return removeArea(root)
}
