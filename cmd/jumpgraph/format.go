package main

import (
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// format is a form in which a graph is kept.
type format struct {
	name   string
	suffix string // of the name of an organization's result, with --split
	sink   func(path string) jumpgraph.Sink
	why    func(path string) string // where a run that is not complete says why
}

// formats are the forms, the usual one first.
var formats = []format{
	{name: "jsonl", sink: jumpgraph.NewJSONLines, why: inPartialDir},
	{name: "sqlite", suffix: ".db", sink: sqlite.New, why: sqlite.PartialPath},
}

func inPartialDir(dir string) string {
	return filepath.Join(jumpgraph.PartialDir(dir), jumpgraph.ManifestName)
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
