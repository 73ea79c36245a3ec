package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// storedHelp says in the help of a command what it can read.
const storedHelp = `
PATH is a database that collect --format sqlite wrote, or a directory of JSON Lines, which is read into a temporary database
first.`

// stored is a graph that was opened to read.
type stored struct {
	*sqlite.DB

	files []jumpgraph.File // of the directory that the graph was read from
	temp  string           // the directory of a temporary database; empty when there is none
}

// openStored opens a database and compares it with its hash, or reads a directory into a temporary one. It warns of a run that was
// not complete.
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
	if err := s.Verify(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
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
func (s *stored) load(ctx context.Context, dir string) (err error) {
	source, err := jsonl.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	s.files = source.Manifest().Files
	if s.temp, err = os.MkdirTemp("", "jumpgraph-"); err != nil {
		return err
	}
	return jumpgraph.Replay(ctx, source, sqlite.New(filepath.Join(s.temp, "graph.db")))
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

// replay hands a stored graph of whatever form to a sink.
func replay(ctx context.Context, path string, sink jumpgraph.Sink) (err error) {
	source, err := openSource(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return jumpgraph.Replay(ctx, source, sink)
}
