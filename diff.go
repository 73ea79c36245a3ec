package jumpgraph

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/jumpgraph/jumpgraph/schemas"
)

// ChangeKind says what became of an entity or a relationship.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two results.
type Change struct {
	Kind ChangeKind `json:"change"`
	Type string     `json:"_type"`
	Key  string     `json:"_key"`
	// Properties are the ones that differ, by name; only of a changed object.
	Properties []PropertyChange `json:"properties,omitempty"`
	// Object is the entity or relationship as it is in the newer result; a removed one as it was in the older. Its bytes
	// are valid during the call only.
	Object json.RawMessage `json:"object"`
}

// PropertyChange is a property that differs. A side that does not have the property is nil, which is not JSON's null.
type PropertyChange struct {
	Name string          `json:"name"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
}

// rawName is the property that keeps what JumpCloud sent. It is there by the caller's choice, and is not compared.
const rawName = "_rawData"

// Diff compares two results, directories that [NewJSONLines] wrote, and hands each difference to report: entities
// before relationships; of each, what was added or changed in the order of the newer result, then what was removed in
// the order of the older. An error of report ends it.
//
// A type is compared only when the collection that it comes from is complete on both sides: what was left out, or
// could not be read, is no deletion. Diff returns the types that are not compared, with the reason. Both results must
// be of the same organizations and are checked against the hashes in their manifests before anything is reported. The
// property _rawData is not compared.
//
// Its memory is bounded: it looks at up to 300,000 objects of the older result at a time, which takes about 50 MB, and reads
// the results once for each of these parts, after a first time for the hashes. Where there is more than one, the differences
// come in as many groups, each in the order above; the same results always give the same order.
func Diff(older, newer string, report func(Change) error) (notCompared map[string]string, err error) {
	return diffWithin(300_000, older, newer, report)
}

// diffWithin is Diff with up to so many objects in memory.
func diffWithin(objects int64, older, newer string, report func(Change) error) (notCompared map[string]string, err error) {
	was, err := openResult(older)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, was.close()) }()
	is, err := openResult(newer)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, is.close()) }()
	if a, b := was.organizations(), is.organizations(); !slices.Equal(a, b) {
		return nil, fmt.Errorf("%w: %s is of the organizations %v, %s of %v: compare results of the same ones", ErrUsage, older, a, newer, b)
	}
	for _, r := range []*result{was, is} {
		for _, name := range []string{EntitiesName, RelationshipsName} {
			if err := r.check(name); err != nil {
				return nil, err
			}
		}
	}
	notCompared = map[string]string{}
	for _, typ := range schemas.Types() {
		for _, r := range []*result{is, was} {
			if reason := r.manifest.Missing(typ); reason != "" {
				notCompared[typ] = r.dir + ": " + reason
			}
		}
	}
	for _, name := range []string{EntitiesName, RelationshipsName} {
		lines, err := was.lines(name)
		if err != nil {
			return nil, err
		}
		parts := 1 + lines/objects
		for part := range parts {
			in := func(key string) bool { return parts == 1 || partOf(key, parts) == part }
			if err := diffFile(was.files[name], is.files[name], notCompared, in, lines/parts, report); err != nil {
				return nil, err
			}
		}
	}
	return notCompared, nil
}

// partOf says in which part of the objects a key is.
func partOf(key string, parts int64) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // it never fails
	return int64(h.Sum32()) % parts
}

// lines returns about how many lines a data file has: what the manifest counts, unless the file cannot hold so many.
func (r *result) lines(name string) (int64, error) {
	counts := r.manifest.Entities
	if name == RelationshipsName {
		counts = r.manifest.Relationships
	}
	var n int64
	for _, c := range counts {
		n += c
	}
	info, err := r.files[name].Stat()
	if err != nil {
		return 0, err
	}
	const shortest = 40 // bytes of a line with a _type and a _key
	return max(0, min(n, info.Size()/shortest)), nil
}

// result is an opened result. Its files stay the same, whatever is put in its place meanwhile.
type result struct {
	dir      string
	manifest *Manifest
	files    map[string]*os.File
}

func openResult(dir string) (*result, error) {
	if err := notStaged(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // opened to read
	b, err := root.ReadFile(ManifestName)
	m, err := manifestOf(dir, b, err)
	if err != nil {
		return nil, err
	}
	if err := m.otherForm(dir); err != nil {
		return nil, err
	}
	if m.Status != Complete {
		return nil, fmt.Errorf("%w: the run of %s was not complete: %s", ErrNoResult, dir, m.Status)
	}
	r := &result{dir: dir, manifest: m, files: map[string]*os.File{}}
	for _, name := range []string{EntitiesName, RelationshipsName} {
		f, err := root.Open(name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), r.close())
		}
		r.files[name] = f
	}
	return r, nil
}

func (r *result) close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// organizations returns the ids, in order.
func (r *result) organizations() []string {
	var ids []string
	for _, o := range r.manifest.Organizations {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return ids
}

// check compares a file with its hash in the manifest.
func (r *result) check(name string) error {
	i := slices.IndexFunc(r.manifest.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return fmt.Errorf("%s: the manifest does not name %s", r.dir, name)
	}
	f, sum := r.files[name], sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != r.manifest.Files[i].SHA256 {
		return fmt.Errorf("%s is not the file that the manifest describes: collect again", filepath.Join(r.dir, name))
	}
	return nil
}

// object is a line of a result.
type object struct {
	Type string `json:"_type"`
	Key  string `json:"_key"`
}

// place is where an object stands in the older file, and the hash of its line.
type place struct {
	offset int64
	sum    uint64
}

// diffFile compares those objects of two files whose keys are in one part. Objects with the same key are the same object,
// whatever their type.
func diffFile(older, newer *os.File, skip map[string]string, in func(key string) bool, about int64, report func(Change) error) error {
	seed, places := maphash.MakeSeed(), make(map[uint64]place, about)
	var offset int64
	err := eachLine(older, func(line []byte, o object) error {
		if _, skipped := skip[o.Type]; !skipped && in(o.Key) {
			places[maphash.String(seed, o.Key)] = place{offset, maphash.Bytes(seed, line)}
		}
		offset += int64(len(line)) + 1
		return nil
	})
	if err != nil {
		return err
	}
	err = eachLine(newer, func(line []byte, o object) error {
		if _, skipped := skip[o.Type]; skipped || !in(o.Key) {
			return nil
		}
		change := Change{Kind: Added, Type: o.Type, Key: o.Key, Object: line}
		hash := maphash.String(seed, o.Key)
		if was, known := places[hash]; known {
			delete(places, hash)
			if was.sum == maphash.Bytes(seed, line) {
				return nil
			}
			before, err := lineAt(older, was.offset)
			if err != nil {
				return err
			}
			change.Kind = Changed
			if change.Properties, err = properties(before, line); err != nil || len(change.Properties) == 0 {
				return err
			}
		}
		return report(change)
	})
	if err != nil {
		return err
	}
	gone := make([]int64, 0, len(places))
	for _, p := range places {
		gone = append(gone, p.offset)
	}
	slices.Sort(gone)
	for _, offset := range gone {
		line, err := lineAt(older, offset)
		if err != nil {
			return err
		}
		var o object
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		if err := report(Change{Kind: Removed, Type: o.Type, Key: o.Key, Object: line}); err != nil {
			return err
		}
	}
	return nil
}

// eachLine hands on the lines of a file. The bytes are valid during the call only.
func eachLine(f *os.File, each func([]byte, object) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; in.Scan(); n++ {
		var o object
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return fmt.Errorf("%s:%d: not a JSON object with a _type and a _key", f.Name(), n)
		}
		if err := each(in.Bytes(), o); err != nil {
			return err
		}
	}
	return in.Err()
}

// lineAt reads the line that begins at an offset.
func lineAt(f *os.File, offset int64) ([]byte, error) {
	line, err := bufio.NewReader(io.NewSectionReader(f, offset, maxLine)).ReadBytes('\n')
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// properties compares two objects property by property.
func properties(older, newer []byte) ([]PropertyChange, error) {
	var was, is map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(older, &was), json.Unmarshal(newer, &is)); err != nil {
		return nil, err
	}
	both := map[string]json.RawMessage{}
	maps.Copy(both, was)
	maps.Copy(both, is)
	delete(both, rawName)
	var changes []PropertyChange
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if !bytes.Equal(was[name], is[name]) {
			changes = append(changes, PropertyChange{Name: name, Old: was[name], New: is[name]})
		}
	}
	return changes, nil
}
