// Package jsonl keeps a graph as a directory of JSON Lines: a sink that writes one, a source that reads it, and a check of
// what is stored.
//
// A result is entities.jsonl and relationships.jsonl, with one JSON object per line, unknown.jsonl, which names the properties
// of which nothing may be concluded, and manifest.json, which says how far the others can be trusted. [New] writes one, [Open]
// reads it, [Validate] judges every line by its schema.
package jsonl

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/lines"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The data files of a result.
const (
	EntitiesName      = "entities.jsonl"
	RelationshipsName = "relationships.jsonl"
	// UnknownName is the file that says of which properties of which entities nothing may be concluded.
	UnknownName = "unknown.jsonl"
)

// dataFiles are the files of a result beside its manifest.
func dataFiles() []string { return []string{EntitiesName, RelationshipsName, UnknownName} }

// New returns a sink that writes a result into a directory. The directory changes all at once when the run is complete, and
// not at all when it is not: then [PartialPath] holds a manifest that says why. A directory that holds anything but a result
// of this library is refused. Files have the mode 0600, directories 0700.
//
// The lines are in the order of the types and, within a type, in JumpCloud's: the same organization gives the same
// bytes.
func New(dir string) jumpgraph.Sink { return &sink{dir: dir} }

// PartialPath returns the directory in which a run into a directory that is not complete leaves its manifest, which says
// why: beside it, or, where the directory is a mount point or the working directory, inside it.
func PartialPath(dir string) string { return resultdir.Partial(dir) }

type sink struct {
	dir    string
	area   *staging.Area
	spools map[string]*spool // by type
	enc    jsontext.Encoder
}

// spool holds the lines of one type until all are known.
type spool struct {
	file *os.File
	w    *bufio.Writer
}

// Begin prepares the staging directory.
func (s *sink) Begin(context.Context, jumpgraph.Run) error {
	area, err := staging.OpenDir(s.dir, ours)
	if err != nil {
		return fmt.Errorf("jsonl: %w", err)
	}
	s.area, s.spools = area, map[string]*spool{}
	return nil
}

// Entities appends a line per entity.
func (s *sink) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	for _, e := range batch {
		head := e.Header()
		if err := s.line(head.Type, e); err != nil {
			return err
		}
		if properties := head.Unknown(); len(properties) > 0 {
			if err := s.line(unknownSpool(head.Type), unknown{lines.Head{Type: head.Type, Key: head.Key}, properties}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Relationships appends a line per relationship.
func (s *sink) Relationships(_ context.Context, _ string, batch []relationships.Relationship) error {
	for i := range batch {
		if err := s.line(batch[i].Type, &batch[i]); err != nil {
			return err
		}
	}
	return nil
}

// unknown is a line of unknown.jsonl: the properties of an entity of which nothing may be concluded, because they are assumed
// or JumpCloud's value could not be read.
type unknown struct {
	lines.Head

	Properties []string `json:"properties"`
}

// unknownSpool names the spool of what is unknown of a type.
func unknownSpool(typ string) string { return typ + ".unknown" }

func (s *sink) line(typ string, v any) error {
	sp := s.spools[typ]
	if sp == nil {
		f, err := os.OpenFile(filepath.Join(s.area.Dir, "."+typ+".spool"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		sp = &spool{file: f, w: bufio.NewWriterSize(f, 32<<10)}
		s.spools[typ] = sp
	}
	line, err := s.enc.Encode(v)
	if err != nil {
		return err
	}
	if _, err := sp.w.Write(line); err != nil {
		return err
	}
	return sp.w.WriteByte('\n')
}

// Commit joins the spools, writes the manifest and puts the result in its place.
func (s *sink) Commit(_ context.Context, m *jumpgraph.Manifest) error {
	if !resultdir.Whole(m) {
		return errors.Join(fmt.Errorf("jsonl: write %s: %w", s.dir, resultdir.ErrHollow), s.discard())
	}
	unknown := schemas.EntityTypes()
	for i, typ := range unknown {
		unknown[i] = unknownSpool(typ)
	}
	for _, part := range []struct {
		name   string
		spools []string
	}{{EntitiesName, schemas.EntityTypes()}, {RelationshipsName, schemas.RelationshipTypes()}, {UnknownName, unknown}} {
		f, err := s.join(part.name, part.spools)
		if err != nil {
			return errors.Join(err, s.discard())
		}
		m.Files = append(m.Files, f)
	}
	if err := resultdir.Write(s.area.Dir, m); err != nil {
		return errors.Join(err, s.discard())
	}
	if err := s.area.PublishDir(append(dataFiles(), resultdir.ManifestName)...); err != nil {
		return errors.Join(fmt.Errorf("jsonl: %w", err), s.discard())
	}
	_ = resultdir.RemovePartial(s.dir)
	return nil
}

// join concatenates the spools of some types into a data file.
func (s *sink) join(name string, types []string) (jumpgraph.File, error) {
	out, err := os.OpenFile(filepath.Join(s.area.Dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return jumpgraph.File{}, err
	}
	sum := &counted{hash: sha256.New(), to: out}
	for _, typ := range types {
		if err := s.spools[typ].drainTo(sum); err != nil {
			return jumpgraph.File{}, errors.Join(err, out.Close())
		}
		delete(s.spools, typ)
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return jumpgraph.File{}, err
	}
	return jumpgraph.File{Name: name, SHA256: hex.EncodeToString(sum.hash.Sum(nil)), Bytes: sum.n}, nil
}

// drainTo copies the lines of a spool and removes it. A type without lines has no spool.
func (sp *spool) drainTo(w io.Writer) error {
	if sp == nil {
		return nil
	}
	if err := sp.w.Flush(); err != nil {
		return err
	}
	if _, err := sp.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(w, sp.file); err != nil {
		return err
	}
	return sp.remove()
}

func (sp *spool) remove() error { return errors.Join(sp.file.Close(), os.Remove(sp.file.Name())) }

type counted struct {
	hash hash.Hash
	to   io.Writer
	n    int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// discard removes everything that was staged.
func (s *sink) discard() error {
	var errs []error
	for _, sp := range s.spools {
		errs = append(errs, sp.remove())
	}
	s.spools = nil
	return errors.Join(append(errs, s.area.Remove())...)
}

// Abort drops what was staged and writes DIR.partial with the manifest. The old result stays.
func (s *sink) Abort(_ context.Context, m *jumpgraph.Manifest, _ error) error {
	if s.area == nil {
		return nil
	}
	if m == nil {
		return s.discard()
	}
	return errors.Join(s.discard(), resultdir.WritePartial(s.dir, m))
}

// ours reports an error unless a directory is missing, empty or a result of ours: anything else would be lost.
func ours(dir string) error { return resultdir.Ours(dir, dataFiles()...) }
