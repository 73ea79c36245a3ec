package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/internal/outlet"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// destination is where the data of a command goes, and in which form: --out and --format.
type destination struct {
	path string // of a file; empty means standard output
	form choice
}

// newDestination takes the forms that the command has, the usual one first.
func newDestination(forms ...string) destination {
	return destination{form: newChoice(forms[0], forms...)}
}

// flags adds the flags. What says what is written.
func (d *destination) flags(f *pflag.FlagSet, what string) {
	d.outFlag(f, what)
	f.VarP(&d.form, "format", "f", "the form of "+what)
}

func (d *destination) outFlag(f *pflag.FlagSet, what string) {
	f.StringVarP(&d.path, "out", "o", "", "file for "+what+"; its ending chooses the form (default: standard output, as is -)")
}

// endings are the forms that a file with an ending may have; the first one is meant where no form is named. Those in capital
// letters no command writes.
var endings = map[string][]string{
	".txt": {"text", "table"}, ".json": {"json", "sarif"}, ".jsonl": {"json", "jsonl"}, ".ndjson": {"json"}, ".csv": {"csv"},
	".md": {"markdown"}, ".html": {"html"}, ".htm": {"html"}, ".xml": {"junit"}, ".sarif": {"sarif"},
	".svg": {"svg"}, ".dot": {"dot"}, ".gv": {"dot"}, ".mmd": {"mermaid"}, ".mermaid": {"mermaid"},
	".db": {"sqlite"}, ".sqlite": {"sqlite"}, ".sqlite3": {"sqlite"},
	".png": {"PNG"}, ".jpg": {"JPEG"}, ".pdf": {"PDF"}, ".xlsx": {"Excel"}, ".zip": {"ZIP"}, ".gz": {"GZIP"},
}

// chooseForm takes the form from the ending of a path, and refuses one that contradicts the form that was named.
func chooseForm(path string, form *choice) error {
	ext := strings.ToLower(filepath.Ext(path))
	meant := endings[ext]
	if postgres.Is(path) {
		ext, meant = "postgres://", []string{postgresFormat}
	}
	switch {
	case len(meant) == 0, form.given && slices.Contains(meant, form.value):
		return nil
	case form.given:
		return usage(fmt.Errorf("--out %s and --format %s contradict each other: %s means %s", path, form.value, ext, meant[0]))
	}
	for _, m := range meant {
		if slices.Contains(form.allowed, m) {
			form.value = m
			return nil
		}
	}
	return usage(fmt.Errorf("--out %s: %s means %s, which this command does not write: it writes %s", path, ext, meant[0], list(form.allowed)))
}

// standardOutput is how a path names standard output.
const standardOutput = "-"

// resolve settles the form, and refuses a file that would damage a stored graph. It comes before anything is done.
func (d *destination) resolve() error {
	if d.path == standardOutput {
		d.path = ""
	}
	if d.path == "" {
		return nil
	}
	return cmp.Or(chooseForm(d.path, &d.form), spareResults("--out", d.path))
}

// resolveResult does so for a result, which may replace one.
func (d *destination) resolveResult() error {
	if d.path == standardOutput {
		return usage(errors.New("a result is a directory or a database, which standard output cannot take: name a path with --out"))
	}
	return cmp.Or(chooseForm(d.path, &d.form), outsideResults("--out", d.path))
}

// spareResults refuses a file that is a stored graph or lies inside one.
func spareResults(flag, path string) error {
	if sqlite.Is(path) {
		return usage(fmt.Errorf("%s %s: a graph is stored there: name another file", flag, path))
	}
	return outsideResults(flag, path)
}

// outsideResults refuses what lies in a directory that is a result: such a directory holds nothing else.
func outsideResults(flag, path string) error {
	if postgres.Is(path) {
		return nil
	}
	at, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if to, err := filepath.EvalSymlinks(at); err == nil {
		at = to
	}
	dir := filepath.Dir(at)
	if _, err := resultdir.Read(dir); err != nil {
		return nil //nolint:nilerr // it is no result
	}
	return usage(fmt.Errorf("%s %s: %s is a result, and holds nothing else: name a path outside", flag, path, dir))
}

// write has data written to standard output, or into the file, which changes all at once when there was no error. A pipe or a
// device gets the data as it is.
func (d *destination) write(ctx context.Context, stdout io.Writer, data func(io.Writer) error) error {
	if d.path == "" {
		return data(stdout)
	}
	info, err := os.Stat(d.path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return aboutFile(staging.ReplaceFile(d.path, func(w io.Writer) error { return own(data(w)) }))
	}
	f, err := outlet.Open(ctx, d.path)
	if err != nil {
		return aboutFile(err)
	}
	b := bufio.NewWriter(f)
	err = own(data(b))
	if err == nil {
		err = errors.Join(b.Flush(), f.Settle())
	}
	return aboutFile(errors.Join(err, f.Close()))
}

// ownError is an error of the command, not of the file that it writes.
type ownError struct{ error }

// Unwrap returns the error.
func (e ownError) Unwrap() error { return e.error }

func own(err error) error {
	if err == nil {
		return nil
	}
	return ownError{err}
}

// aboutFile says that an error is one of the file.
func aboutFile(err error) error {
	if e, ok := errors.AsType[ownError](err); ok {
		return e.error
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("--out: %w", err)
}

// list joins words with commas, and the last one with "or".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
