// Package resultdir reads and writes the manifest of a stored result that is a directory, and of the partial directory
// beside one. It is shared by the sinks that write directories and by those who look into them.
package resultdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// ManifestName is the name of the manifest in a result.
const ManifestName = "manifest.json"

// toolName is who writes results.
const toolName = "jumpgraph"

// Read reads the manifest of the result in a directory. A directory without one gives [jumpgraph.ErrNoResult].
func Read(dir string) (*jumpgraph.Manifest, error) {
	if err := NotStaged(dir); err != nil {
		return nil, err
	}
	return read(dir)
}

func read(dir string) (*jumpgraph.Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	return Parse(dir, b, err)
}

// Parse makes a manifest of what was read in a directory, or an error of why it was not.
func Parse(dir string, b []byte, err error) (*jumpgraph.Manifest, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no %s", jumpgraph.ErrNoResult, dir, ManifestName)
	}
	if err != nil {
		return nil, err
	}
	var m jumpgraph.Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Tool.Name != toolName {
		return nil, fmt.Errorf("%w: %s is not a manifest of %s", jumpgraph.ErrNoResult, filepath.Join(dir, ManifestName), toolName)
	}
	if m.ManifestVersion > jumpgraph.ManifestVersion {
		return nil, fmt.Errorf("jumpgraph: the manifest of %s has version %d; this program reads up to %d: use a newer one", dir, m.ManifestVersion, jumpgraph.ManifestVersion)
	}
	return &m, nil
}

// Whole reports that a manifest has everything without which nothing may be concluded from it, and null nowhere in its place.
func Whole(m *jumpgraph.Manifest) bool {
	if m == nil || m.Organizations == nil || m.Entities == nil || m.Relationships == nil {
		return false
	}
	nothing := func(c *jumpgraph.Collection) bool { return c == nil || c.Name == "" }
	for _, o := range m.Organizations {
		if o == nil || o.ID == "" || o.Collections == nil || slices.ContainsFunc(o.Collections, nothing) {
			return false
		}
	}
	return m.Status == jumpgraph.Partial || m.Status == jumpgraph.Complete && len(m.Organizations) > 0
}

// ErrHollow says that a result with a manifest that is not [Whole] could not be opened.
var ErrHollow = errors.New("the manifest lacks organizations, collections or counts")

// NotStaged refuses a directory in which a run was making a result, or dropping an old one, when it was killed.
func NotStaged(dir string) error {
	if staging.Is(dir) {
		return fmt.Errorf("%w: %s is where a run makes one; the next run clears it away", jumpgraph.ErrNoResult, dir)
	}
	return nil
}

// Ours reports an error unless a directory is missing, empty, or a result with these names and a manifest of this library:
// anything else would be lost.
func Ours(dir string, names ...string) error {
	allowed := append(slices.Clone(names), ManifestName)
	if explanation(filepath.Join(dir, partialName)) == nil {
		allowed = append(allowed, partialName)
	}
	if err := staging.Foreign(dir, allowed...); err != nil {
		return err
	}
	if there(dir, ManifestName) {
		return manifestOfOurs(dir)
	}
	for _, name := range names {
		if there(dir, name) {
			if there(dir, ManifestName) { // another run has put its result here meanwhile
				return manifestOfOurs(dir)
			}
			return fmt.Errorf("%s holds %q but no %s of %s, so another tool made it: choose a new or empty directory", dir, name, ManifestName, toolName)
		}
	}
	return nil
}

func there(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// manifestOfOurs reports an error unless the manifest in a directory is one of this library.
func manifestOfOurs(dir string) error {
	info, err := os.Lstat(filepath.Join(dir, ManifestName))
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err == nil {
		_, err = read(dir)
	}
	if err != nil {
		return fmt.Errorf("%s holds somebody else's %s: choose a new or empty directory: %w", dir, ManifestName, err)
	}
	return nil
}

// Write writes the manifest into a directory and makes sure that it is on the disk.
func Write(dir string, m *jumpgraph.Manifest) error {
	b, err := jsontext.Indent(m)
	if err != nil {
		return fmt.Errorf("jumpgraph: encode the manifest: %w", err)
	}
	return staging.WriteFile(filepath.Join(dir, ManifestName), b)
}

// Partial returns the directory in which a run into a directory that is not complete says why: beside it, or, where the
// directory is a mount point or the working directory, inside it.
func Partial(dir string) string { return staging.Partial(dir) }

// partialName is the name of such a directory inside another.
var partialName = strings.TrimPrefix(staging.PartialSuffix, ".")

// explanation reports an error unless a directory is missing, empty, or holds nothing but the manifest of a run of this
// library that was not complete.
func explanation(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: move it away", dir)
	}
	if err := staging.Foreign(dir, ManifestName); err != nil || !there(dir, ManifestName) {
		return err
	}
	if err := manifestOfOurs(dir); err != nil {
		return err
	}
	if m, err := read(dir); err != nil || m.Status == jumpgraph.Complete {
		return errors.Join(err, fmt.Errorf("%s holds a result: move it away", dir))
	}
	return nil
}

// WritePartial writes the manifest of a run into a directory that is not complete to [Partial], all at once: the result in
// the directory stays. Only what an earlier run wrote there so is replaced.
func WritePartial(dir string, m *jumpgraph.Manifest) error {
	partial := Partial(dir)
	if err := writePartial(partial, m); err != nil {
		return fmt.Errorf("jumpgraph: why the run is not complete cannot be written to %s: %w", partial, err)
	}
	return nil
}

func writePartial(partial string, m *jumpgraph.Manifest) error {
	if err := explanation(partial); err != nil { // not where a symlink leads
		return err
	}
	area, err := staging.OpenDir(partial, explanation)
	if err != nil {
		return err
	}
	if err := Write(area.Dir, m); err != nil {
		return errors.Join(err, area.Remove())
	}
	if err := area.PublishDir(ManifestName); err != nil {
		return errors.Join(err, area.Remove())
	}
	return nil
}

// RemovePartial drops what [WritePartial] wrote for an earlier run, and nothing else: the result is newer.
func RemovePartial(dir string) error {
	partial := Partial(dir)
	if err := explanation(partial); err != nil || !there(partial, ManifestName) {
		return err
	}
	if err := os.Remove(filepath.Join(partial, ManifestName)); err != nil {
		return err
	}
	return os.Remove(partial)
}
