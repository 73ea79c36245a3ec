package jumpgraph

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The data files of a result.
const (
	EntitiesName      = "entities.jsonl"
	RelationshipsName = "relationships.jsonl"
)

// NewJSONLines returns a sink that writes a result into a directory: entities.jsonl and relationships.jsonl, with one
// JSON object per line, and manifest.json. The directory changes all at once when the run is complete, and not at all
// when it is not: then DIR.partial holds a manifest that says why. A directory that holds anything but a result of this
// library is refused. Files have the mode 0600, directories 0700.
//
// The lines are in the order of the types and, within a type, in JumpCloud's: the same organization gives the same
// bytes.
func NewJSONLines(dir string) Sink { return &jsonLines{dir: dir} }

type jsonLines struct {
	dir    string
	area   *staging.Area
	spools map[string]*spool // by type
	buf    bytes.Buffer
}

// spool holds the lines of one type until all are known.
type spool struct {
	file *os.File
	w    *bufio.Writer
}

// Begin prepares the staging directory.
func (s *jsonLines) Begin(context.Context, Run) error {
	area, err := staging.OpenDir(s.dir, ours)
	if err != nil {
		return fmt.Errorf("jumpgraph: %w", err)
	}
	s.area, s.spools = area, map[string]*spool{}
	return nil
}

// Entities appends a line per entity.
func (s *jsonLines) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	for _, e := range batch {
		if err := s.line(e.Header().Type, e); err != nil {
			return err
		}
	}
	return nil
}

// Relationships appends a line per relationship.
func (s *jsonLines) Relationships(_ context.Context, _ string, batch []relationships.Relationship) error {
	for i := range batch {
		if err := s.line(batch[i].Type, &batch[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *jsonLines) line(typ string, v any) error {
	sp := s.spools[typ]
	if sp == nil {
		f, err := os.OpenFile(filepath.Join(s.area.Dir, "."+typ+".spool"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		sp = &spool{file: f, w: bufio.NewWriterSize(f, 32<<10)}
		s.spools[typ] = sp
	}
	s.buf.Reset()
	enc := json.NewEncoder(&s.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := sp.w.Write(s.buf.Bytes())
	return err
}

// Commit joins the spools, writes the manifest and puts the result in its place.
func (s *jsonLines) Commit(_ context.Context, m *Manifest) error {
	for name, types := range map[string][]string{
		EntitiesName: schemas.EntityTypes(), RelationshipsName: schemas.RelationshipTypes(),
	} {
		f, err := s.join(name, types)
		if err != nil {
			return errors.Join(err, s.discard())
		}
		m.Files = append(m.Files, f)
	}
	if len(m.Files) == 2 && m.Files[0].Name != EntitiesName {
		m.Files[0], m.Files[1] = m.Files[1], m.Files[0]
	}
	if err := WriteManifest(s.area.Dir, m); err != nil {
		return errors.Join(err, s.discard())
	}
	if err := s.area.PublishDir(EntitiesName, RelationshipsName, ManifestName); err != nil {
		return errors.Join(fmt.Errorf("jumpgraph: %w", err), s.discard())
	}
	_ = RemovePartial(s.dir)
	return nil
}

// join concatenates the spools of some types into a data file.
func (s *jsonLines) join(name string, types []string) (File, error) {
	out, err := os.OpenFile(filepath.Join(s.area.Dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	sum := &counted{hash: sha256.New(), to: out}
	for _, typ := range types {
		if err := s.spools[typ].drainTo(sum); err != nil {
			return File{}, errors.Join(err, out.Close())
		}
		delete(s.spools, typ)
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return File{}, err
	}
	return File{Name: name, SHA256: hex.EncodeToString(sum.hash.Sum(nil)), Bytes: sum.n}, nil
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
func (s *jsonLines) discard() error {
	var errs []error
	for _, sp := range s.spools {
		errs = append(errs, sp.remove())
	}
	s.spools = nil
	return errors.Join(append(errs, s.area.Remove())...)
}

// Abort drops what was staged and writes DIR.partial with the manifest. The old result stays.
func (s *jsonLines) Abort(_ context.Context, m *Manifest, _ error) error {
	if s.area == nil {
		return nil
	}
	return errors.Join(s.discard(), WritePartial(s.dir, m))
}

// ours reports an error unless a directory is missing, empty or a result of ours: anything else would be lost.
func ours(dir string) error {
	if err := staging.Foreign(dir, EntitiesName, RelationshipsName, ManifestName); err != nil {
		return err
	}
	return oursManifest(dir)
}
