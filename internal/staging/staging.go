// Package staging replaces the result of an earlier run all at once: a directory or a file, made beside its place and
// then put there in one step.
//
// The sinks share it. It knows nothing of what is written. It removes and replaces only what carries its mark, and what
// the check of its caller lets pass.
package staging

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Area is a directory of its own in which a result is made, beside the place where it belongs. It is marked and locked:
// later runs clear away what killed ones have left, and nothing else.
type Area struct {
	// Dir is where to write.
	Dir string

	root   string // the marked directory that holds Dir
	place  string // where the result belongs, without symlinks
	check  func(place string) error
	inside bool // the place cannot be renamed, so it is filled from inside
	keep   bool // the area holds what the next run needs
	unlock func()
}

// PartialSuffix ends the name beside a result under which a run that is not complete says why.
const PartialSuffix = ".partial"

// partialName is the name of the same inside a directory that cannot be renamed.
var partialName = strings.TrimPrefix(PartialSuffix, ".")

// OpenDir makes an area for a directory, after it has ended what killed runs had begun. The check refuses a place that
// holds what would be lost; it is asked again before the place changes.
func OpenDir(dir string, check func(dir string) error) (*Area, error) {
	place, err := placeOf(dir)
	if err != nil {
		return nil, fmt.Errorf("the output directory %s: %w", dir, err)
	}
	base := filepath.Base(place)
	if err := sweep(filepath.Dir(place), base, base+PartialSuffix); err != nil {
		return nil, err
	}
	if err := exclusively(place, func() error {
		if err := sweep(place, "", partialName); err != nil {
			return err
		}
		return check(place)
	}); err != nil {
		return nil, err
	}
	return open(&Area{place: place, check: check, inside: pinned(place)})
}

// OpenFile makes an area for a single file. The check refuses a place that holds what would be lost; it is asked again
// before the place changes. What is not a regular file is refused in any case.
func OpenFile(file string, check func(file string) error) (*Area, error) {
	place, err := placeOf(file)
	if err != nil {
		return nil, fmt.Errorf("the output file %s: %w", file, err)
	}
	if err := sweep(filepath.Dir(place), filepath.Base(place)); err != nil {
		return nil, err
	}
	if err := errors.Join(regular(place), check(place)); err != nil {
		return nil, err
	}
	return open(&Area{place: place, check: check})
}

func open(a *Area) (*Area, error) {
	parent, base := filepath.Dir(a.place), filepath.Base(a.place)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	if a.inside {
		parent, base = a.place, ""
	}
	var err error
	if a.root, a.unlock, err = newArea(parent, base); err != nil {
		return nil, fmt.Errorf("the output cannot be written: %w", err)
	}
	a.Dir = filepath.Join(a.root, freshName)
	return a, nil
}

// regular refuses what is there and not a regular file: a device, a pipe, a directory.
func regular(file string) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory: name a file", file)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file, and is not replaced by one: choose a new file", file)
	}
	return nil
}

// placeOf returns where a path leads.
func placeOf(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return resolve(abs)
}

// Partial returns where a run into a directory says why it is not complete: beside it, or, where the directory is a
// mount point or the working directory, in partial inside it.
func Partial(dir string) string {
	if place, err := placeOf(dir); err == nil && pinned(place) {
		return filepath.Join(place, partialName)
	}
	return filepath.Clean(dir) + PartialSuffix
}

// PartialFile returns where a run into a file leaves what it has read when it is not complete: beside it.
func PartialFile(file string) string {
	if place, err := placeOf(file); err == nil {
		return place + PartialSuffix
	}
	return filepath.Clean(file) + PartialSuffix
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

// Remove drops what was staged.
func (a *Area) Remove() error {
	defer a.unlock()
	if a.keep {
		return nil
	}
	return removeArea(a.root)
}
