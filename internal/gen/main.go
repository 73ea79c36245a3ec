// Command gen writes what follows from the data model: the JSON Schemas, their index, docs/data-model.md, the
// fast checks, the code that writes and reads JSON, the tables of the SQLite sink, and docs/queries.md. It reads the Go structs of
// packages client, entities, class and relationships, and the questions, and is run by go generate in the root of the module.
//
// Whatever in the model it cannot turn into a schema and a fast check is an error that says where it stands and what to
// write instead. Nothing imports it, and it builds without anything that it writes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var g generator
	flag.BoolVar(&g.check, "check", false, "write nothing; say what is stale and exit with 1")
	flag.BoolVar(&g.keepVersion, "keep-version", false, "the schemas have changed, but no release has their version yet: keep it")
	flag.StringVar(&g.root, "root", ".", "the root of the module")
	flag.Parse()
	stale, err := g.run()
	if len(stale) > 0 {
		err = errors.Join(fmt.Errorf("stale, run go generate ./...: %s", strings.Join(stale, ", ")), err)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generator is one run.
type generator struct {
	root        string
	check       bool
	keepVersion bool
}

// run renders everything and writes what has changed. With check it writes nothing and returns the names of what would
// change. A version of the model that was forgotten is an error of a check; otherwise it is only told, since files are
// written often while a model is worked on.
func (g *generator) run() (stale []string, err error) {
	files, forgotten, err := g.render()
	if err != nil {
		return nil, err
	}
	stale, err = changes(g.root, files)
	if err != nil || g.check {
		return stale, errors.Join(err, forgotten)
	}
	for _, name := range stale {
		if err := write(filepath.Join(g.root, filepath.FromSlash(name)), files[name]); err != nil {
			return nil, err
		}
	}
	if forgotten != nil {
		fmt.Fprintln(os.Stderr, "gen:", forgotten)
	}
	return nil, nil
}

// write writes a file, or removes it when it has no text.
func write(path string, text []byte) error {
	if text == nil {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// render makes all files, by their path below the root.
func (g *generator) render() (files map[string][]byte, forgotten, err error) {
	s, err := readSource(g.root, "entities", "entities/class", "relationships")
	if err != nil {
		return nil, nil, err
	}
	m, err := readModel(s)
	if err != nil {
		return nil, nil, err
	}
	files, err = m.schemas()
	if err != nil {
		return nil, nil, err
	}
	if files[versionFile], forgotten, err = version(g.root, files, g.keepVersion); err != nil {
		return nil, nil, err
	}
	files["docs/data-model.md"] = m.docs()
	w, err := readWire(g.root)
	if err != nil {
		return nil, nil, err
	}
	for _, more := range []func() (map[string][]byte, error){m.checks, m.writers, m.tables, w.decoders} {
		rendered, err := more()
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(files, rendered)
	}
	files["docs/queries.md"], err = queries(g.root, files["sink/sqlite/zz_tables.sql"])
	return files, forgotten, err
}

// changes returns the names of the files that are not on the disk as they should be, and of those that the model no longer
// has.
func changes(root string, files map[string][]byte) ([]string, error) {
	names, err := leftovers(root, files)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(have, files[name]) {
			names = append(names, name)
		}
	}
	return names, nil
}

// leftovers returns the generated files that the model no longer has.
func leftovers(root string, files map[string][]byte) ([]string, error) {
	var old []string
	for _, pattern := range []string{"schemas/*.schema.json", "schemas/class/*.schema.json", "client/zz_*.go", "entities/zz_*.go", "relationships/zz_*.go", "sink/*/zz_*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			name, err := filepath.Rel(root, path)
			if err != nil {
				return nil, err
			}
			if name = filepath.ToSlash(name); files[name] == nil {
				old = append(old, name)
			}
		}
	}
	return old, nil
}
