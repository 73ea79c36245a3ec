package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// explain adds to an error about a path that holds no result what is there instead, and where results are.
func explain(path string, err error) error {
	if err == nil || !errors.Is(err, jumpgraph.ErrNoResult) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) && exists(path) { // it is about a part of the result
		return err
	}
	said := []string{err.Error()}
	if errors.Is(err, fs.ErrNotExist) {
		said[0] = fmt.Sprintf("%v: nothing stands at %s", jumpgraph.ErrNoResult, path)
	}
	if there := contents(path); there != "" {
		said = append(said, there)
	}
	if partial := path + ".partial"; exists(partial) {
		said = append(said, "A run into it was not complete; "+partial+" says why.")
	}
	if near := nearResults(path); len(near) > 0 {
		said = append(said, "Results are at "+strings.Join(near, ", ")+".")
	} else if !exists(path) {
		said = append(said, "jumpgraph collect writes a result; jumpgraph collect --demo needs no key.")
	}
	return &whereError{strings.Join(said, "\n"), err}
}

// whereError is an error with a better text.
type whereError struct {
	text string
	err  error
}

// Error returns the text.
func (e *whereError) Error() string { return e.text }

// Unwrap returns the error.
func (e *whereError) Unwrap() error { return e.err }

// mostShown is how many names an error lists.
const mostShown = 5

// contents says what stands under a path.
func contents(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return ""
	case !info.IsDir():
		return fmt.Sprintf("%s is a file of %d bytes.", path, info.Size())
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return ""
	}
	if len(list) == 0 {
		return path + " is an empty directory."
	}
	names := make([]string, 0, mostShown)
	for _, e := range list[:min(len(list), mostShown)] {
		names = append(names, e.Name())
	}
	text := fmt.Sprintf("%s is a directory with %s", path, strings.Join(names, ", "))
	if more := len(list) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "."
}

// nearResults returns the first results in a directory, or beside what is none.
func nearResults(path string) []string {
	dir := path
	if !isDir(path) {
		dir = filepath.Dir(path)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range list {
		p := filepath.Join(dir, e.Name())
		if strings.HasSuffix(p, ".partial") || len(found) == mostShown {
			continue
		}
		if e.IsDir() && exists(filepath.Join(p, resultdir.ManifestName)) || e.Type().IsRegular() && sqlite.Is(p) {
			found = append(found, p)
		}
	}
	return found
}
