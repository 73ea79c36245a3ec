package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// format is a form in which a graph is kept.
type format struct {
	name   string
	suffix string                                                   // of the name of an organization's result, with --split
	sink   func(path string, o ...jupiterone.Option) jumpgraph.Sink // nil for postgres, which needs more
	why    func(path string) string                                 // where a run that is not complete says why
	// open reads a stored graph; nil where the form is for others to read. is reports that a path looks like this form.
	open func(ctx context.Context, path string, s *selection) (jumpgraph.Source, error)
	is   func(path string) bool
}

// formats are the forms, the usual one first. Only that for JupiterOne has options.
var formats = []format{
	{
		name: "jsonl", why: inPartialDir,
		sink: func(path string, _ ...jupiterone.Option) jumpgraph.Sink { return jsonl.New(path) },
		open: func(_ context.Context, path string, _ *selection) (jumpgraph.Source, error) { return jsonl.Open(path) },
		is:   isDir,
	},
	{
		name: "sqlite", suffix: ".db", why: sqlite.PartialPath,
		sink: func(path string, _ ...jupiterone.Option) jumpgraph.Sink { return sqlite.New(path) },
		open: func(_ context.Context, path string, _ *selection) (jumpgraph.Source, error) { return sqlite.Open(path) },
		is:   func(path string) bool { return !isDir(path) && !postgres.Is(path) },
	},
	{
		name: postgresFormat, why: func(string) string { return "" },
		open: func(ctx context.Context, path string, s *selection) (jumpgraph.Source, error) {
			return openPostgres(ctx, path, s.env, s.orgs)
		},
		is: postgres.Is,
	},
	{name: jupiterOneFormat, why: inPartialDir, sink: jupiterone.NewDirectory},
}

const jupiterOneFormat = "j1"

// defaultResult is where a result is when nobody says where.
const defaultResult = "graph"

// jupiterOneOptions are the flags of what is handed to JupiterOne.
type jupiterOneOptions struct {
	tags      []string
	employees bool
}

func (o *jupiterOneOptions) flags(f *pflag.FlagSet, when string) {
	f.StringArrayVar(&o.tags, "tag", nil, when+"NAME=VALUE of a tag that every entity gets, such as AccountName=Example")
	f.BoolVar(&o.employees, "employees", false, when+"map users to people by their e-mail addresses")
}

// given reports that one of the flags was used.
func (o *jupiterOneOptions) given() bool { return len(o.tags) > 0 || o.employees }

// options turns the flags into options of the sinks.
func (o *jupiterOneOptions) options() ([]jupiterone.Option, error) {
	var list []jupiterone.Option
	for _, tag := range o.tags {
		name, value, err := pair("--tag", tag)
		if err != nil {
			return nil, err
		}
		list = append(list, jupiterone.WithTag(name, value))
	}
	if o.employees {
		list = append(list, jupiterone.WithEmployees())
	}
	return list, nil
}

// only refuses the flags for forms that have no place for them.
func (o *jupiterOneOptions) only(format string) error {
	switch {
	case format == jupiterOneFormat, !o.given():
		return nil
	case (format == "sqlite" || format == postgresFormat) && len(o.tags) == 0:
		return nil // a database has its table of employees in any case
	}
	return usage(errors.New("--tag and --employees are for --format j1; a database has the table employee without being asked"))
}

func inPartialDir(dir string) string {
	return filepath.Join(jsonl.PartialPath(dir), resultdir.ManifestName)
}

// explanation reads the manifest of a run that is not complete from where why says.
func explanation(why string) (*jumpgraph.Manifest, error) {
	if why == "" {
		return nil, errors.New("nowhere")
	}
	if filepath.Base(why) == resultdir.ManifestName {
		return resultdir.Read(filepath.Dir(why))
	}
	db, err := sqlite.Open(why)
	if err != nil {
		return nil, err
	}
	return db.Manifest(), db.Close()
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// formatNamed returns a form by its name, which must be one of them.
func formatNamed(name string) *format {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	return nil
}

// exists reports that something stands under a path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
