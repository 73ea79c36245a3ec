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
	if err := staging.Foreign(dir, append(slices.Clone(names), ManifestName)...); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(dir, ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := Read(dir); err != nil {
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

// WritePartial writes the manifest of a run into a directory that is not complete to [Partial]: the result in the directory
// stays. Names are those of the data files of such a result.
func WritePartial(dir string, m *jumpgraph.Manifest, names ...string) error {
	partial := Partial(dir)
	if err := Ours(partial, names...); err != nil {
		return err
	}
	if err := os.MkdirAll(partial, 0o700); err != nil {
		return err
	}
	return Write(partial, m)
}

// RemovePartial drops what [WritePartial] wrote for an earlier run: the result is newer.
func RemovePartial(dir string) error {
	partial := Partial(dir)
	if _, err := Read(partial); err != nil {
		return nil //nolint:nilerr // nothing there, or nothing of ours
	}
	return os.RemoveAll(partial)
}
