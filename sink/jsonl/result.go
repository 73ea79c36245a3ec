package jsonl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/lines"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Result is a stored result that was opened to read. Its files stay the same, whatever is put in its place meanwhile. It is
// safe for concurrent use until it is closed.
type Result struct {
	dir      string
	manifest *jumpgraph.Manifest
	files    map[string]file
}

// file is a data file of a result.
type file struct {
	*os.File

	size int64
}

var _ jumpgraph.Source = (*Result)(nil)

// Open opens the result in a directory that [New] wrote, and compares its files with the hashes and the counts in its
// manifest, so it reads them. A directory without a result, a result of another form, and one whose run was not complete give
// [jumpgraph.ErrNoResult].
func Open(dir string) (*Result, error) {
	if err := resultdir.NotStaged(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // opened to read
	b, err := root.ReadFile(resultdir.ManifestName)
	m, err := resultdir.Parse(dir, b, err)
	if err != nil {
		return nil, err
	}
	if err := otherForm(m, dir); err != nil {
		return nil, err
	}
	if m.Status != jumpgraph.Complete {
		return nil, fmt.Errorf("%w: the run of %s was not complete: %s", jumpgraph.ErrNoResult, dir, m.Status)
	}
	if !resultdir.Whole(m) {
		return nil, fmt.Errorf("%w: something is missing in %s: collect again", jumpgraph.ErrNoResult, filepath.Join(dir, resultdir.ManifestName))
	}
	r := &Result{dir: dir, manifest: m, files: map[string]file{}}
	for _, name := range dataFiles() {
		if err := r.open(root, name); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	if err := r.counted(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// counted compares the lines with the counts in the manifest.
func (r *Result) counted() error {
	counts := map[string]int64{}
	for _, name := range []string{EntitiesName, RelationshipsName} {
		err := lines.EachObject(r.lines(name), filepath.Join(r.dir, name), func(_ []byte, h lines.Head) error {
			counts[h.Type]++
			return nil
		})
		if err != nil {
			return fmt.Errorf("jsonl: %w", err)
		}
	}
	for _, typ := range schemas.Types() {
		if want := r.manifest.Entities[typ] + r.manifest.Relationships[typ]; counts[typ] != want {
			return fmt.Errorf("%s: the manifest counts %d of %s, the files hold %d: collect again", r.dir, want, typ, counts[typ])
		}
	}
	return nil
}

// open opens a file of the result and compares it with its hash in the manifest.
func (r *Result) open(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("jsonl: %s: %w", r.dir, err)
	}
	r.files[name] = file{File: f}
	i := slices.IndexFunc(r.manifest.Files, func(f jumpgraph.File) bool { return f.Name == name })
	if i < 0 {
		return fmt.Errorf("jsonl: %s: the manifest does not name %s: collect again", r.dir, name)
	}
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	r.files[name] = file{f, size}
	if hex.EncodeToString(sum.Sum(nil)) != r.manifest.Files[i].SHA256 {
		return fmt.Errorf("jsonl: %s is not the file that the manifest describes: collect again", filepath.Join(r.dir, name))
	}
	return nil
}

// otherForm refuses a result that another sink wrote.
func otherForm(m *jumpgraph.Manifest, dir string) error {
	if len(m.Files) == 0 || slices.ContainsFunc(m.Files, func(f jumpgraph.File) bool { return f.Name == EntitiesName || f.Name == RelationshipsName }) {
		return nil
	}
	return fmt.Errorf("%w in the form of JSON Lines: %s holds files of another form, such as %s", jumpgraph.ErrNoResult, dir, m.Files[0].Name)
}

// String is the directory.
func (r *Result) String() string { return r.dir }

// Manifest returns the proof of the run. It must not be changed.
func (r *Result) Manifest() *jumpgraph.Manifest { return r.manifest }

// Close closes the files.
func (r *Result) Close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// EntityLines returns entities.jsonl: one entity on each line. It is read on its own: readers do not disturb each other.
func (r *Result) EntityLines() *io.SectionReader { return r.lines(EntitiesName) }

// RelationshipLines returns relationships.jsonl: one relationship on each line.
func (r *Result) RelationshipLines() *io.SectionReader { return r.lines(RelationshipsName) }

func (r *Result) lines(name string) *io.SectionReader {
	return io.NewSectionReader(r.files[name], 0, r.files[name].size)
}

// organization returns the organization that the lines belong to. They do not say it themselves: in a result of several it
// is empty.
func (r *Result) organization() string {
	if list := r.manifest.Organizations; len(list) == 1 {
		return list[0].ID
	}
	return ""
}

// Entities hands on the entities in the order of the file. Lines do not say which organization they belong to: in a result
// of several it is empty.
func (r *Result) Entities(ctx context.Context, take func(org string, batch []entities.Entity) error) error {
	if take == nil {
		return errNoTake
	}
	structs := map[string]reflect.Type{}
	for _, m := range entities.Models() {
		structs[m.Type] = m.Struct
	}
	unknown, stop, err := r.unknown()
	defer stop()
	if err != nil {
		return err
	}
	org := r.organization()
	out := batches[entities.Entity]{take: func(b []entities.Entity) error { return take(org, b) }}
	err = lines.EachObject(r.EntityLines(), filepath.Join(r.dir, EntitiesName), func(line []byte, h lines.Head) error {
		t, known := structs[h.Type]
		if !known {
			return fmt.Errorf("jsonl: %s: %s is not a type of the data model", r.dir, h.Type)
		}
		e := reflect.New(t).Interface().(entities.Entity)
		if err := json.Unmarshal(line, e); err != nil {
			return fmt.Errorf("jsonl: %s: %s %s: %w", r.dir, h.Type, h.Key, err)
		}
		if err := unknown.tell(e.Header()); err != nil {
			return err
		}
		return out.add(ctx, h.Type, e)
	})
	if err != nil {
		return err
	}
	if unknown.next != nil {
		return fmt.Errorf("jsonl: %s: %s names %s %s, which is not there or not in its place", r.dir, UnknownName, unknown.next.Type, unknown.next.Key)
	}
	return out.flush(ctx)
}

// unknowns reads unknown.jsonl, whose lines are in the order of the entities.
type unknowns struct {
	next *unknown // nil at the end
	read func() (*unknown, error, bool)
}

// unknown begins to read what is unknown of the entities.
func (r *Result) unknown() (*unknowns, func(), error) {
	read, stop := iter.Pull2(func(yield func(*unknown, error) bool) {
		_, err := lines.Each(r.lines(UnknownName), filepath.Join(r.dir, UnknownName), func(n int, line []byte) error {
			u := &unknown{}
			if err := json.Unmarshal(line, u); err != nil {
				return fmt.Errorf("jsonl: %s:%d: not a JSON object with properties", filepath.Join(r.dir, UnknownName), n)
			}
			if !yield(u, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	})
	u := &unknowns{read: read}
	return u, stop, u.forward()
}

// errNoTake says that a reader was given nothing to hand on to.
var errNoTake = errors.New("jsonl: reading needs a function that takes the batches")

// errStopped says that nobody reads on.
var errStopped = errors.New("stopped")

// tell tells an entity what is unknown of it.
func (u *unknowns) tell(head *entities.Meta) error {
	if u.next == nil || u.next.Key != head.Key || u.next.Type != head.Type {
		return nil
	}
	head.SetUnknown(u.next.Properties)
	return u.forward()
}

func (u *unknowns) forward() error {
	next, err, more := u.read()
	u.next = next
	if !more {
		u.next = nil
	}
	return err
}

// Relationships hands on the relationships in the order of the file; see [Result.Entities] for the organization.
func (r *Result) Relationships(ctx context.Context, take func(org string, batch []relationships.Relationship) error) error {
	if take == nil {
		return errNoTake
	}
	org := r.organization()
	out := batches[relationships.Relationship]{take: func(b []relationships.Relationship) error { return take(org, b) }}
	err := lines.EachObject(r.RelationshipLines(), filepath.Join(r.dir, RelationshipsName), func(line []byte, h lines.Head) error {
		var rel relationships.Relationship
		if err := rel.UnmarshalJSON(line); err != nil {
			return fmt.Errorf("jsonl: %s: %s %s: %w", r.dir, h.Type, h.Key, err)
		}
		return out.add(ctx, h.Type, rel)
	})
	if err != nil {
		return err
	}
	return out.flush(ctx)
}

// batchSize is how many entities or relationships are handed on at once.
const batchSize = 256

// batches collects values of one type until there are enough.
type batches[T any] struct {
	take  func([]T) error
	typ   string
	batch []T
}

func (b *batches[T]) add(ctx context.Context, typ string, v T) error {
	if typ != b.typ || len(b.batch) == batchSize {
		if err := b.flush(ctx); err != nil {
			return err
		}
		b.typ = typ
	}
	b.batch = append(b.batch, v)
	return nil
}

func (b *batches[T]) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(b.batch) == 0 {
		return nil
	}
	err := b.take(b.batch)
	b.batch = b.batch[:0]
	return err
}
