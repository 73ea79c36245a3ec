// Package diff says what changed between two stored results, of whatever form: JSON Lines, a database, or any other
// [jumpgraph.Source].
package diff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/lines"
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

// maxObjects is how many objects of the older result are held at a time.
const maxObjects = 300_000

// Between compares two results and hands each difference to report: entities before relationships; of each, what was added
// or changed in the order of the newer result, then what was removed in the order of the older. An error of report ends it.
//
// A type is compared only when the collection that it comes from is complete on both sides: what was left out, or
// could not be read, is no deletion. Between returns the types that are not compared, with the reason. Both results must
// be complete and of the same organizations; others are [jumpgraph.ErrNoResult] and [jumpgraph.ErrUsage]. The property
// _rawData is not compared.
//
// Its memory is bounded: it looks at up to 300,000 objects of the older result at a time, which takes about 50 MB, and reads
// the results once for each of these parts. Where there is more than one, the differences come in as many groups, each in the
// order above; the same results always give the same order. A source that has no lines of JSON to be read is written to a
// temporary file first.
func Between(ctx context.Context, older, newer jumpgraph.Source, report func(Change) error) (notCompared map[string]string, err error) {
	return between(ctx, maxObjects, older, newer, report)
}

// between is Between with up to so many objects in memory.
func between(ctx context.Context, objects int64, older, newer jumpgraph.Source, report func(Change) error) (notCompared map[string]string, err error) {
	if older == nil || newer == nil || report == nil {
		return nil, errors.New("diff: two results and a function that takes the changes are needed")
	}
	if older.Manifest() == nil || newer.Manifest() == nil {
		return nil, fmt.Errorf("%w: a result without a manifest cannot be compared", jumpgraph.ErrNoResult)
	}
	was, is := side{older, nameOf(older, "the older result")}, side{newer, nameOf(newer, "the newer result")}
	if err := comparable(was, is); err != nil {
		return nil, err
	}
	notCompared = missing(is, was)
	for _, half := range halves {
		c := comparison{ctx: ctx, skip: notCompared, report: report, seed: maphash.MakeSeed()}
		var dropOlder, dropNewer func() error
		if c.older, dropOlder, err = textOf(ctx, older, half); err != nil {
			return nil, err
		}
		if c.newer, dropNewer, err = textOf(ctx, newer, half); err != nil {
			return nil, errors.Join(err, dropOlder())
		}
		err = errors.Join(c.run(half.count(older.Manifest()), objects), dropOlder(), dropNewer())
		if err != nil {
			return nil, err
		}
	}
	return notCompared, nil
}

// side is one of the two results.
type side struct {
	jumpgraph.Source

	name string
}

// nameOf returns what a source calls itself.
func nameOf(s jumpgraph.Source, otherwise string) string {
	if named, ok := s.(fmt.Stringer); ok {
		return named.String()
	}
	return otherwise
}

// comparable reports why two results cannot be compared.
func comparable(was, is side) error {
	for _, s := range []side{was, is} {
		if status := s.Manifest().Status; status != jumpgraph.Complete {
			return fmt.Errorf("%w: the run of %s was not complete: %s", jumpgraph.ErrNoResult, s.name, status)
		}
		if len(s.Manifest().Organizations) == 0 { // then it says of no type that all were read
			return fmt.Errorf("%w: the manifest of %s names no organization", jumpgraph.ErrNoResult, s.name)
		}
	}
	if a, b := was.organizations(), is.organizations(); !slices.Equal(a, b) {
		return fmt.Errorf("%w: %s is of the organizations %v, %s of %v: compare results of the same ones", jumpgraph.ErrUsage, was.name, a, is.name, b)
	}
	return nil
}

// organizations returns the ids, in order.
func (s side) organizations() []string {
	var ids []string
	for _, o := range s.Manifest().Organizations {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return ids
}

// missing returns the types of which one of the results may not hold all, with the reason.
func missing(sides ...side) map[string]string {
	all := map[string]string{}
	for _, typ := range schemas.Types() {
		if !slices.ContainsFunc(sides, func(s side) bool { return s.Manifest().Asked(typ) }) {
			continue // neither has any, and neither was meant to
		}
		for _, s := range sides {
			if reason := s.Manifest().Missing(typ); reason != "" {
				all[typ] = s.name + ": " + reason
			}
		}
	}
	return all
}

// comparison compares the entities, or the relationships, of two results. Objects with the same key are the same object,
// whatever their type.
type comparison struct {
	ctx          context.Context //nolint:containedctx // of one call
	older, newer *text
	skip         map[string]string // types that are not compared
	report       func(Change) error

	seed   maphash.Seed
	places map[uint64]place // objects of the older result that were not found in the newer, by the hash of their key
}

// place is where an object stands in the older result, and the hash of its line.
type place struct {
	offset int64
	sum    uint64
}

// run compares in as many parts as it takes to hold no more than so many objects.
func (c *comparison) run(count, objects int64) error {
	const shortest = 40 // bytes of a line with a _type and a _key
	count = max(0, min(count, c.older.lines.Size()/shortest))
	parts := 1 + count/objects
	for part := range parts {
		in := func(h lines.Head) bool {
			_, skipped := c.skip[h.Type]
			return !skipped && (parts == 1 || partOf(h.Key, parts) == part)
		}
		c.places = make(map[uint64]place, count/parts)
		for _, step := range []func(func(lines.Head) bool) error{c.remember, c.match} {
			if err := step(in); err != nil {
				return err
			}
		}
		if err := c.removed(); err != nil {
			return err
		}
	}
	return nil
}

// partOf says in which part of the objects a key is.
func partOf(key string, parts int64) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // it never fails
	return int64(h.Sum32()) % parts
}

// each hands on the objects of a text that belong to a part, with where their lines begin.
func (c *comparison) each(t *text, in func(lines.Head) bool, each func(line []byte, h lines.Head, offset int64) error) error {
	var offset int64
	return lines.EachObject(t.all(), t.name, func(line []byte, h lines.Head) error {
		at := offset
		offset += int64(len(line)) + 1
		if !in(h) {
			return nil
		}
		if err := c.ctx.Err(); err != nil {
			return err
		}
		return each(line, h, at)
	})
}

// remember notes the objects of the older result.
func (c *comparison) remember(in func(lines.Head) bool) error {
	return c.each(c.older, in, func(line []byte, h lines.Head, offset int64) error {
		c.places[maphash.String(c.seed, h.Key)] = place{offset, maphash.Bytes(c.seed, line)}
		return nil
	})
}

// match reports what is new or different in the newer result, and forgets what it has found.
func (c *comparison) match(in func(lines.Head) bool) error {
	return c.each(c.newer, in, func(line []byte, h lines.Head, _ int64) error {
		key := maphash.String(c.seed, h.Key)
		was, known := c.places[key]
		delete(c.places, key)
		switch {
		case !known:
			return c.report(Change{Kind: Added, Type: h.Type, Key: h.Key, Object: line})
		case was.sum == maphash.Bytes(c.seed, line):
			return nil
		}
		before, err := lines.At(c.older.lines, was.offset)
		if err != nil {
			return err
		}
		properties, err := propertyChanges(before, line)
		if err != nil || len(properties) == 0 {
			return err
		}
		return c.report(Change{Kind: Changed, Type: h.Type, Key: h.Key, Properties: properties, Object: line})
	})
}

// removed reports the objects of the older result that the newer does not have.
func (c *comparison) removed() error {
	gone := make([]int64, 0, len(c.places))
	for _, p := range c.places {
		gone = append(gone, p.offset)
	}
	slices.Sort(gone)
	for _, offset := range gone {
		line, err := lines.At(c.older.lines, offset)
		if err != nil {
			return err
		}
		var h lines.Head
		if err := json.Unmarshal(line, &h); err != nil {
			return err
		}
		if err := c.report(Change{Kind: Removed, Type: h.Type, Key: h.Key, Object: line}); err != nil {
			return err
		}
	}
	return nil
}

// propertyChanges compares two objects property by property.
func propertyChanges(older, newer []byte) ([]PropertyChange, error) {
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
