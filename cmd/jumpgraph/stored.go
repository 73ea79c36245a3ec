package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// storedHelp says in the help of a command what it can read.
const storedHelp = `
PATH, which is graph unless you name another, is a database that collect --format sqlite wrote, or a directory of JSON Lines,
which is read into a temporary database first.` + postgresHelp

// resultPath is the path of the result that a command reads: its first argument, or the usual one.
func resultPath(args []string) string {
	if len(args) == 0 {
		return defaultResult
	}
	return args[0]
}

// selection says which organizations of a database with many are read.
type selection struct {
	env  environment
	orgs []string
}

func (s *selection) flags(f *pflag.FlagSet) {
	f.StringSliceVar(&s.orgs, "org", nil, "id of an organization, in a PostgreSQL database with many (default: all of them)")
}

// check refuses the flag where all results are read whole.
func (s *selection) check(paths ...string) error {
	if len(s.orgs) > 0 && !slices.ContainsFunc(paths, postgres.Is) {
		return usage(errors.New("--org: only of a PostgreSQL database are some organizations read; another result is read whole"))
	}
	return nil
}

// source opens a stored graph of whatever form.
func (s *selection) source(ctx context.Context, path string) (jumpgraph.Source, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.is != nil && f.is(path) })
	source, err := formats[i].open(ctx, path, s)
	return source, explain(path, err)
}

// stored is a graph that was opened to read.
type stored struct {
	graphsql.Database

	end   func() error                   // closes the database
	hash  func() (jumpgraph.File, error) // of its file; nil where it has none
	files []jumpgraph.File               // of the directory that the graph was read from
	temp  string                         // the directory of a temporary database; empty when there is none
}

// database opens a database that is on a server, or as openStored does.
func (s *selection) database(ctx context.Context, path string, stderr io.Writer) (*stored, error) {
	if err := s.check(path); err != nil {
		return nil, err
	}
	if !postgres.Is(path) {
		return openStored(ctx, path, stderr)
	}
	db, err := openPostgres(ctx, path, s.env, s.orgs)
	if err != nil {
		return nil, err
	}
	return &stored{Database: db, end: db.Close, files: []jumpgraph.File{}}, nil
}

// openStored opens a database and compares it with its hash, or reads a directory into a temporary one. It warns of a run that was
// not complete.
func openStored(ctx context.Context, path string, stderr io.Writer) (*stored, error) {
	s := &stored{}
	if isDir(path) {
		if err := s.load(ctx, path, stderr); err != nil {
			return nil, errors.Join(explain(path, err), s.removeTemp())
		}
		path = filepath.Join(s.temp, "graph.db")
	}
	db, err := sqlite.Open(path)
	if err != nil {
		return nil, errors.Join(explain(path, err), s.removeTemp())
	}
	s.Database, s.end, s.hash = db, db.Close, db.Hash
	if err := s.Verify(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// An open file stays readable where systems let it be removed: then nothing is left of it, however the program ends.
	if s.removeTemp() == nil {
		s.temp = ""
	}
	if m := s.Manifest(); m.Status != jumpgraph.Complete {
		say(stderr, "The run was not complete: conclude nothing from what is not there."+reasonOf(m))
	}
	return s, nil
}

// reasonOf is why a run is not complete, on one line and after a blank; empty where no reason is known for the run as a whole.
func reasonOf(m *jumpgraph.Manifest) string {
	if m.Reason == "" {
		return ""
	}
	return " " + cell(m.Reason)
}

// load reads a directory into a temporary database.
func (s *stored) load(ctx context.Context, dir string, stderr io.Writer) (err error) {
	source, err := jsonl.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	s.files = source.Manifest().Files
	if n := objects(source.Manifest()); n > manyObjects {
		fmt.Fprintf(stderr, "Reading %d entities and relationships into a temporary database first. jumpgraph convert %s %s makes one that stays.\n",
			n, quoted(dir), quoted(filepath.Clean(dir)+".db"))
	}
	if s.temp, err = temporary(ctx); err != nil {
		return err
	}
	return jumpgraph.Replay(ctx, source, sqlite.New(filepath.Join(s.temp, "graph.db")))
}

// temporary makes a temporary directory. The caller removes it; when the context ends, it is removed at once, since a program
// that was told to stop may be ended before it comes to that.
func temporary(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "jumpgraph-")
	if err != nil {
		return "", fmt.Errorf("a temporary directory is needed, and cannot be made in %s, which TMPDIR can change: %v", legible(os.TempDir()), err) //nolint:errorlint // it is not about the result
	}
	context.AfterFunc(ctx, func() { _ = os.RemoveAll(dir) })
	return dir, nil
}

// manyObjects is from how many entities and relationships on a database of its own saves so much time that it is said.
const manyObjects = 100_000

// objects counts the entities and relationships of a result.
func objects(m *jumpgraph.Manifest) int64 {
	var n int64
	for _, counts := range []map[string]int64{m.Entities, m.Relationships} {
		for _, c := range counts {
			n += c
		}
	}
	return n
}

// sources returns the files that the graph was read from, with their hashes.
func (s *stored) sources() ([]jumpgraph.File, error) {
	if s.files != nil {
		return s.files, nil
	}
	file, err := s.hash()
	return []jumpgraph.File{file}, err
}

// Close closes the database and removes a temporary one.
func (s *stored) Close() error { return errors.Join(s.end(), s.removeTemp()) }

func (s *stored) removeTemp() error {
	if s.temp == "" {
		return nil
	}
	return os.RemoveAll(s.temp)
}

// replay hands a stored graph of whatever form to a sink.
func (s *selection) replay(ctx context.Context, path string, sink jumpgraph.Sink) (err error) {
	if err := s.check(path); err != nil {
		return err
	}
	source, err := s.source(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return jumpgraph.Replay(ctx, source, sink)
}
