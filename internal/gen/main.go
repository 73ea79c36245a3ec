// Command gen writes what follows from the data model: the JSON Schemas, their index, docs/data-model.md, the
// fast checks, the tables of the SQLite sink, and docs/queries.md. It reads the Go structs of packages entities, class and
// relationships, and the questions, and is run by go generate in the root of the module.
//
// It is the workshop of the house: nothing imports it, and it builds without anything that it writes.
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
	check := flag.Bool("check", false, "write nothing; say what is stale and exit with 1")
	root := flag.String("root", ".", "the root of the module")
	flag.Parse()
	stale, err := run(*root, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	if len(stale) > 0 {
		fmt.Fprintf(os.Stderr, "gen: stale, run go generate ./...: %s\n", strings.Join(stale, ", "))
		os.Exit(1)
	}
}

// run renders everything and writes what has changed. With check it only returns the names of what would change.
func run(root string, check bool) (stale []string, err error) {
	files, err := render(root)
	if err != nil {
		return nil, err
	}
	old, err := leftovers(root, files)
	if err != nil {
		return nil, err
	}
	for _, name := range old {
		if check {
			stale = append(stale, name)
		} else if err := os.Remove(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(root, name)
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, files[name]) {
			continue
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if check {
			stale = append(stale, name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return nil, err
		}
	}
	return stale, nil
}

// render makes all files, by their path below the root.
func render(root string) (map[string][]byte, error) {
	s, err := readSource(root, "entities", "entities/class", "relationships")
	if err != nil {
		return nil, err
	}
	m, err := readModel(s)
	if err != nil {
		return nil, err
	}
	files, err := m.schemas()
	if err != nil {
		return nil, err
	}
	files["docs/data-model.md"] = m.docs()
	for _, more := range []func() (map[string][]byte, error){m.checks, m.tables} {
		rendered, err := more()
		if err != nil {
			return nil, err
		}
		maps.Copy(files, rendered)
	}
	files["docs/queries.md"], err = queries(root, files["sink/sqlite/zz_tables.sql"])
	return files, err
}

// leftovers returns the generated files that the model no longer has.
func leftovers(root string, files map[string][]byte) ([]string, error) {
	var old []string
	for _, pattern := range []string{"schemas/*.schema.json", "schemas/class/*.schema.json", "entities/zz_*.go", "relationships/zz_*.go", "sink/*/zz_*"} {
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
