// Package staging replaces the result of an earlier run all at once: a directory or a file, made beside its place and
// then put there in one step.
//
// The sinks share it. It knows nothing of what is written.
package staging

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Area is a directory of its own in which a result is made, beside the place where it belongs. It is locked: later runs
// clear away what killed ones have left, and nothing else.
type Area struct {
	// Dir is where to write.
	Dir string

	place  string // where the result belongs, without symlinks
	inside bool   // the place cannot be exchanged, so it is filled from inside
	unlock func()
}

const (
	mark    = ".staging-"
	oldMark = mark + "old" // a name that nobody else gives to a directory
)

// PartialSuffix ends the name beside a result under which a run that is not complete says why.
const PartialSuffix = ".partial"

// OpenDir makes an area for a directory. The check refuses a place that holds what would be lost.
func OpenDir(dir string, check func(dir string) error) (*Area, error) {
	place, err := placeOf(dir)
	if err != nil {
		return nil, fmt.Errorf("the output directory %s: %w", dir, err)
	}
	if err := recoverOld(place); err != nil {
		return nil, err
	}
	return open(&Area{place: place}, check, pinned)
}

// OpenFile makes an area for a single file. The check refuses a place that holds what would be lost.
func OpenFile(file string, check func(file string) error) (*Area, error) {
	place, err := placeOf(file)
	if err != nil {
		return nil, fmt.Errorf("the output file %s: %w", file, err)
	}
	return open(&Area{place: place}, check, func(string) bool { return false })
}

func open(a *Area, check func(string) error, pinned func(string) bool) (*Area, error) {
	if err := check(a.place); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(a.place), 0o700); err != nil {
		return nil, err
	}
	parent, prefix := filepath.Dir(a.place), "."+filepath.Base(a.place)+mark
	if a.inside = pinned(a.place); a.inside {
		parent, prefix = a.place, mark
	}
	if err := sweep(parent, prefix); err != nil {
		return nil, err
	}
	for range 100 {
		var err error
		if a.Dir, err = os.MkdirTemp(parent, strings.ReplaceAll(prefix, "*", "_")+"*"); err != nil {
			return nil, fmt.Errorf("the output cannot be written: %w", err)
		}
		unlock, held := lock(a.Dir)
		if _, err := os.Lstat(a.Dir); held && err == nil {
			a.unlock = unlock
			return a, nil
		}
		unlock() // another run took it for one that a killed run has left, before it was locked
	}
	return nil, fmt.Errorf("the output cannot be written: other runs clear away what is staged in %s", parent)
}

// placeOf returns where a path leads.
func placeOf(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return resolve(abs)
}

// Is reports that a path is an area, or was one of a run that was killed: nothing in it is a result.
func Is(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && strings.Contains(filepath.Base(abs), mark)
}

// Partial returns where a run into a directory says why it is not complete: beside it, or, where the directory is a
// mount point or the working directory, in partial inside it.
func Partial(dir string) string {
	if place, err := placeOf(dir); err == nil && pinned(place) {
		return filepath.Join(place, strings.TrimPrefix(PartialSuffix, "."))
	}
	return filepath.Clean(dir) + PartialSuffix
}

// resolve follows symlinks, also where one points to a directory that does not exist yet.
func resolve(path string) (string, error) {
	for range 40 {
		if real, err := filepath.EvalSymlinks(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return real, err
		}
		to, err := os.Readlink(path)
		if err != nil { // not a link: the directory is new
			if parent, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
				return filepath.Join(parent, filepath.Base(path)), nil
			}
			return path, nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", errors.New("too many links")
}

// sweep removes what killed runs have staged. What a run that goes on has staged is locked, and left alone.
func sweep(parent, prefix string) error {
	list, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range list {
		path := filepath.Join(parent, e.Name())
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) || strings.HasSuffix(e.Name(), oldMark) {
			continue
		}
		unlock, held := lock(path)
		if held { // and nobody else can have it while it is removed
			errs = append(errs, removeAll(path))
		}
		unlock()
	}
	return errors.Join(errs...)
}

// Lock keeps a directory for this process until it ends or unlock is called, where the system can do that. It fails when
// another one has it.
func Lock(dir string) (unlock func(), err error) {
	unlock, held := lock(dir)
	if !held {
		unlock()
		return nil, fmt.Errorf("another process uses %s", dir)
	}
	return unlock, nil
}

// ReplaceFile replaces a file that is private to its owner all at once, and makes sure that it is on the disk.
func ReplaceFile(name string, data []byte) error {
	fresh := name + mark + "new"
	if err := WriteFile(fresh, data); err != nil {
		return err
	}
	if err := os.Rename(fresh, name); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(name))
}

// removeAll removes a directory of ours, whatever its mode has become.
func removeAll(dir string) error {
	if err := os.Chmod(dir, 0o700); errors.Is(err, fs.ErrNotExist) { // gone, perhaps by another run
		return nil
	}
	return os.RemoveAll(dir)
}

// oldOf is where a result waits while another takes its place, on systems that cannot exchange them.
func oldOf(dir string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+oldMark)
}

// recoverOld puts back a result that a killed run had moved away and not yet replaced.
func recoverOld(dir string) error {
	old := oldOf(dir)
	if _, err := os.Lstat(old); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(old, dir)
	}
	return removeAll(old)
}

// PublishDir puts the staged files in the place of the old ones. The last file is the one that makes it a result.
func (a *Area) PublishDir(files ...string) error {
	if err := SyncDir(a.Dir); err != nil {
		return err
	}
	if a.inside {
		return a.fill(files)
	}
	if err := os.Chmod(a.Dir, 0o700); err != nil {
		return err
	}
	switch err := exchange(a.Dir, a.place); {
	case err == nil:
		// The new result stands. What is left of the old one is cleared away by the next run, should that fail here.
		_ = errors.Join(SyncDir(filepath.Dir(a.place)), a.Remove())
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := os.Rename(a.Dir, a.place); err != nil {
			return err
		}
	case errors.Is(err, errNoExchange):
		if err := a.swap(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("put the result in its place: %w", err)
	}
	_ = SyncDir(filepath.Dir(a.place))
	a.unlock()
	return nil
}

// PartialFile returns where a run into a file leaves what it has read when it is not complete: beside it.
func PartialFile(file string) string {
	if place, err := placeOf(file); err == nil {
		return place + PartialSuffix
	}
	return filepath.Clean(file) + PartialSuffix
}

// PublishFile puts a staged file in the place of the old one, or, when it is partial, beside it.
func (a *Area) PublishFile(name string, partial bool) error {
	to := a.place
	if partial {
		to = PartialFile(a.place)
	}
	if err := os.Rename(filepath.Join(a.Dir, name), to); err != nil {
		return fmt.Errorf("put the result in its place: %w", err)
	}
	_ = errors.Join(SyncDir(filepath.Dir(a.place)), a.Remove())
	return nil
}

// swap replaces the old result by two renames, for file systems that cannot exchange. A run that is killed between them
// leaves the old result beside; the next one puts it back.
func (a *Area) swap() error {
	old := oldOf(a.place)
	if err := os.Rename(a.place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(a.Dir, a.place); err != nil {
		return errors.Join(err, os.Rename(old, a.place))
	}
	_ = removeAll(old) // the new result stands; the next run tries again
	return nil
}

// fill replaces the files one by one, for directories that cannot be renamed. Without its manifest the directory is no
// result, so that goes first and comes last.
func (a *Area) fill(files []string) error {
	last := files[len(files)-1]
	if err := os.Remove(filepath.Join(a.place, last)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := SyncDir(a.place); err != nil {
		return err
	}
	for _, name := range files {
		to := filepath.Join(a.place, name)
		if info, err := os.Lstat(to); err == nil && info.IsDir() { // a rename does not replace a full directory
			if err := removeAll(to); err != nil {
				return err
			}
		}
		if err := os.Rename(filepath.Join(a.Dir, name), to); err != nil {
			return err
		}
	}
	_ = errors.Join(a.Remove(), SyncDir(a.place))
	return nil
}

// Remove drops what was staged.
func (a *Area) Remove() error {
	err := removeAll(a.Dir)
	a.unlock()
	return err
}

// SyncDir makes sure that the names in a directory are on the disk, where the system can do that.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// WriteFile writes a file that is private to its owner, and makes sure that it is on the disk.
func WriteFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Foreign reports an error when a directory holds anything but these names and areas of ours. A directory that is not
// there holds nothing.
func Foreign(dir string, names ...string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the output directory cannot be read: %w", err)
	}
	for _, e := range list {
		if name := e.Name(); !slices.Contains(names, name) && !strings.HasPrefix(name, mark) && "."+name != PartialSuffix {
			return fmt.Errorf("%s holds %q, which is not part of a result: choose a new or empty directory", dir, name)
		}
	}
	return nil
}

// errNoExchange says that two directories cannot be exchanged in one step here.
var errNoExchange = errors.New("no exchange")
