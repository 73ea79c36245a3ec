package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// storedHelp says in the help of a command what it can read.
const storedHelp = `PATH is a database that collect --format sqlite wrote, or a directory of JSON Lines, which is read into a temporary database
first.`

// stored is a graph that was opened to read.
type stored struct {
	*sqlite.DB

	files []jumpgraph.File // of the directory that the graph was read from
	temp  string           // the directory of a temporary database; empty when there is none
}

// openStored opens a database, or reads a directory into a temporary one. It warns of a run that was not complete.
func openStored(ctx context.Context, path string, stderr io.Writer) (*stored, error) {
	s := &stored{}
	if isDir(path) {
		if err := s.load(ctx, path); err != nil {
			return nil, errors.Join(err, s.removeTemp())
		}
		path = filepath.Join(s.temp, "graph.db")
	}
	var err error
	if s.DB, err = sqlite.Open(path); err != nil {
		return nil, errors.Join(err, s.removeTemp())
	}
	// An open file stays readable where systems let it be removed: then nothing is left of it, however the program ends.
	if s.removeTemp() == nil {
		s.temp = ""
	}
	if m := s.Manifest(); m.Status != jumpgraph.Complete {
		fmt.Fprintf(stderr, "The run was not complete: conclude nothing from what is not there. %s\n", clean(m.Reason))
	}
	return s, nil
}

// load reads a directory into a temporary database.
func (s *stored) load(ctx context.Context, dir string) error {
	m, err := jumpgraph.ReadManifest(dir)
	if err != nil {
		return err
	}
	s.files = m.Files
	if s.temp, err = os.MkdirTemp("", "jumpgraph-"); err != nil {
		return err
	}
	if err := jumpgraph.Replay(ctx, dir, sqlite.New(filepath.Join(s.temp, "graph.db"))); err != nil {
		return err
	}
	again, err := jumpgraph.ReadManifest(dir)
	if err == nil && !slices.Equal(again.Files, m.Files) {
		err = fmt.Errorf("%s was replaced in the meantime: start over", dir)
	}
	return err
}

// sources returns the files that the graph was read from, with their hashes.
func (s *stored) sources() ([]jumpgraph.File, error) {
	if s.files != nil {
		return s.files, nil
	}
	file, err := s.Hash()
	return []jumpgraph.File{file}, err
}

// Close closes the database and removes a temporary one.
func (s *stored) Close() error { return errors.Join(s.DB.Close(), s.removeTemp()) }

func (s *stored) removeTemp() error {
	if s.temp == "" {
		return nil
	}
	return os.RemoveAll(s.temp)
}

// replay hands a stored graph, in either form, to a sink.
func replay(ctx context.Context, path string, sink jumpgraph.Sink) error {
	if isDir(path) {
		return jumpgraph.Replay(ctx, path, sink)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(db.Replay(ctx, sink), db.Close())
}

// directory returns a stored graph as a directory of JSON Lines, a temporary one if need be, and what removes that.
func directory(ctx context.Context, path string) (dir string, remove func() error, err error) {
	if isDir(path) {
		return path, func() error { return nil }, nil
	}
	temp, err := os.MkdirTemp("", "jumpgraph-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(temp) }
	dir = filepath.Join(temp, "graph")
	if err := replay(ctx, path, jumpgraph.NewJSONLines(dir)); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
