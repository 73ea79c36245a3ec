package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// explain adds to an error about a path that holds no result what is there instead, and where results are.
func explain(path string, err error) error {
	if err == nil || !errors.Is(err, jumpgraph.ErrNoResult) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	said := []string{err.Error()}
	if errors.Is(err, fs.ErrNotExist) {
		absent := absence(path)
		if absent == "" { // it is about a part of the result
			return err
		}
		said[0] = fmt.Sprintf("%v: %s", jumpgraph.ErrNoResult, absent)
	}
	if there := contents(path); there != "" {
		said = append(said, there)
	}
	if partial := path + ".partial"; exists(partial) {
		said = append(said, "A run into it was not complete; "+legible(partial)+" says why.")
	}
	if near := nearResults(path); len(near) > 0 {
		said = append(said, "Results are at "+strings.Join(near, ", ")+".")
	} else if !exists(path) {
		said = append(said, "jumpgraph collect writes a result; jumpgraph collect --demo needs no key.")
	}
	return &whereError{strings.Join(said, "\n"), err}
}

// absence says that nothing stands under a path; empty when something does.
func absence(path string) string {
	if _, err := os.Stat(path); err == nil {
		return ""
	}
	if to, err := os.Readlink(path); err == nil {
		return legible(path) + " is a link to " + legible(to) + ", where nothing stands"
	}
	return "nothing stands at " + legible(path)
}

// legible is a path as a text shows it: as it is, or, where that would not be seen or would break the line, in quotation marks.
func legible(path string) string {
	if path == "" || path != strings.TrimSpace(path) || path != clean(path) || strings.ContainsAny(path, "\n\t") || !utf8.ValidString(path) {
		return strconv.Quote(path)
	}
	return path
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
	case info.Mode().IsRegular():
		return fmt.Sprintf("%s is a file of %d bytes.", legible(path), info.Size())
	case !info.IsDir():
		return legible(path) + " is a pipe or a device."
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return ""
	}
	if len(list) == 0 {
		return legible(path) + " is an empty directory."
	}
	names := make([]string, 0, mostShown)
	for _, e := range list[:min(len(list), mostShown)] {
		names = append(names, legible(e.Name()))
	}
	text := fmt.Sprintf("%s is a directory with %s", legible(path), strings.Join(names, ", "))
	if more := len(list) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "."
}

// nearResults returns the first results in a directory, or beside what is none; the directory, when that is one itself.
func nearResults(path string) []string {
	dir := path
	if !isDir(path) {
		dir = filepath.Dir(path)
		if exists(filepath.Join(dir, resultdir.ManifestName)) {
			return []string{legible(dir)}
		}
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
			found = append(found, legible(p))
		}
	}
	return found
}
