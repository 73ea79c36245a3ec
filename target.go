package jumpgraph

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// target is a directory whose content is replaced all at once.
type target struct {
	dir     string // where the result belongs, without symlinks
	staging string // where it is made
	inside  bool   // the directory cannot be exchanged, so it is filled from inside
	unlock  func() // lets later runs clear the staging directory away
}

const (
	stagingMark = ".staging-"
	oldMark     = stagingMark + "old" // a name that nobody else gives to a directory
)

// openTarget checks that a directory may be replaced, clears what earlier runs left behind, and makes a staging
// directory beside it.
func openTarget(dir string) (*target, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if abs, err = resolve(abs); err != nil {
		return nil, fmt.Errorf("jumpgraph: the output directory %s: %w", dir, err)
	}
	t := &target{dir: abs}
	if err := recoverOld(abs); err != nil {
		return nil, err
	}
	if err := ours(abs); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o700); err != nil {
		return nil, err
	}
	t.inside = pinned(abs)
	parent, prefix := filepath.Dir(abs), "."+filepath.Base(abs)+stagingMark
	if t.inside {
		parent, prefix = abs, stagingMark
	}
	if err := sweep(parent, prefix); err != nil {
		return nil, err
	}
	if t.staging, err = os.MkdirTemp(parent, strings.ReplaceAll(prefix, "*", "_")+"*"); err != nil {
		return nil, fmt.Errorf("jumpgraph: the output directory cannot be written: %w", err)
	}
	t.unlock = lock(t.staging)
	return t, nil
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

// ours reports an error unless a directory is missing, empty or a result of ours: anything else would be lost.
func ours(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("jumpgraph: the output directory cannot be read: %w", err)
	}
	foreign := ""
	manifest := false
	for _, e := range list {
		switch name := e.Name(); {
		case name == ManifestName:
			manifest = true
		case name == EntitiesName, name == RelationshipsName, strings.HasPrefix(name, stagingMark), "."+name == PartialSuffix:
		default:
			foreign = name
		}
	}
	if foreign != "" {
		return fmt.Errorf("jumpgraph: %s holds %q, which is not part of a result: choose a new or empty directory", dir, foreign)
	}
	if manifest {
		if _, err := ReadManifest(dir); err != nil {
			return fmt.Errorf("jumpgraph: %s holds somebody else's %s: choose a new or empty directory: %w", dir, ManifestName, err)
		}
	}
	return nil
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
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) || strings.HasSuffix(e.Name(), oldMark) || locked(path) {
			continue
		}
		errs = append(errs, removeAll(path))
	}
	return errors.Join(errs...)
}

// removeAll removes a directory of ours, whatever its mode has become.
func removeAll(dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(os.Chmod(dir, 0o700), os.RemoveAll(dir))
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

// publish puts the staged files in the place of the old ones. The last file is the one that makes it a result.
func (t *target) publish(files ...string) error {
	if err := syncDir(t.staging); err != nil {
		return err
	}
	if t.inside {
		return t.fill(files)
	}
	if err := os.Chmod(t.staging, 0o700); err != nil {
		return err
	}
	switch err := exchange(t.staging, t.dir); {
	case err == nil:
		// The new result stands. What is left of the old one is cleared away by the next run, should that fail here.
		_ = errors.Join(syncDir(filepath.Dir(t.dir)), t.remove(), t.removePartial())
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := os.Rename(t.staging, t.dir); err != nil {
			return err
		}
	case errors.Is(err, errNoExchange):
		if err := t.swap(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("jumpgraph: put the result in its place: %w", err)
	}
	_ = errors.Join(syncDir(filepath.Dir(t.dir)), t.removePartial())
	t.unlock()
	return nil
}

// swap replaces the old result by two renames, for file systems that cannot exchange. A run that is killed between them
// leaves the old result beside; the next one puts it back.
func (t *target) swap() error {
	old := oldOf(t.dir)
	if err := os.Rename(t.dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(t.staging, t.dir); err != nil {
		return errors.Join(err, os.Rename(old, t.dir))
	}
	_ = removeAll(old) // the new result stands; the next run tries again
	return nil
}

// fill replaces the files one by one, for directories that cannot be renamed. Without its manifest the directory is no
// result, so that goes first and comes last.
func (t *target) fill(files []string) error {
	last := files[len(files)-1]
	if err := os.Remove(filepath.Join(t.dir, last)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := syncDir(t.dir); err != nil {
		return err
	}
	for _, name := range files {
		if err := os.Rename(filepath.Join(t.staging, name), filepath.Join(t.dir, name)); err != nil {
			return err
		}
	}
	_ = errors.Join(t.remove(), syncDir(t.dir), t.removePartial())
	return nil
}

// remove drops what was staged.
func (t *target) remove() error {
	t.unlock()
	return removeAll(t.staging)
}

// PartialSuffix ends the name of the directory beside a result in which a run that is not complete says why. Where the
// result is a mount point or the working directory, that directory is partial inside it.
const PartialSuffix = ".partial"

// partialDir is where a run that is not complete says why.
func (t *target) partialDir() string {
	if t.inside {
		return filepath.Join(t.dir, strings.TrimPrefix(PartialSuffix, "."))
	}
	return t.dir + PartialSuffix
}

// partial writes a manifest beside the result, which stays.
func (t *target) partial(m *Manifest) error {
	dir := t.partialDir()
	if err := ours(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeManifest(dir, m)
}

// removePartial drops the explanation of an earlier run: the result is newer.
func (t *target) removePartial() error {
	dir := t.partialDir()
	if _, err := ReadManifest(dir); err != nil {
		return nil //nolint:nilerr // nothing there, or nothing of ours
	}
	return os.RemoveAll(dir)
}

// syncDir makes sure that the names in a directory are on the disk, where the system can do that.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// errNoExchange says that two directories cannot be exchanged in one step here.
var errNoExchange = errors.New("no exchange")
