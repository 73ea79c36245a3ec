// Package sinktest holds the promises that every sink keeps, as tests.
//
// It is the proving ground of the house: only tests of sinks import it.
package sinktest

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Target is a kind of sink.
type Target struct {
	// New returns a sink that writes to a place: a path in a directory that exists, at which there may be nothing yet.
	New func(place string) jumpgraph.Sink
	// Read returns the keys of the entities and relationships that a reader finds at a place; nil when there is no result.
	Read func(place string) ([]string, error)
}

// call is one call of a sink.
type call struct {
	org           string
	entities      []entities.Entity
	relationships []relationships.Relationship
}

// Recording is a run that can be handed to sinks.
type Recording struct {
	run      jumpgraph.Run
	calls    []call
	manifest *jumpgraph.Manifest
}

// Record collects an organization.
func Record(t testing.TB, org *jumpcloudtest.Organization, options ...jumpgraph.Option) *Recording {
	t.Helper()
	s := jumpcloudtest.NewServer(org)
	defer s.Close()
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &Recording{}
	if r.manifest, err = jumpgraph.Collect(t.Context(), c, r, options...); err != nil {
		t.Fatal(err)
	}
	return r
}

// Begin notes the run.
func (r *Recording) Begin(_ context.Context, run jumpgraph.Run) error {
	r.run = run
	return nil
}

// Entities notes a batch.
func (r *Recording) Entities(_ context.Context, org string, batch []entities.Entity) error {
	r.calls = append(r.calls, call{org: org, entities: slices.Clone(batch)})
	return nil
}

// Relationships notes a batch.
func (r *Recording) Relationships(_ context.Context, org string, batch []relationships.Relationship) error {
	r.calls = append(r.calls, call{org: org, relationships: slices.Clone(batch)})
	return nil
}

// Commit accepts the run.
func (*Recording) Commit(context.Context, *jumpgraph.Manifest) error { return nil }

// Abort accepts that there is none.
func (*Recording) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }

// Manifest returns a copy of the run's manifest that a sink may change.
func (r *Recording) Manifest() *jumpgraph.Manifest {
	m := *r.manifest
	m.Files = []jumpgraph.File{}
	return &m
}

// Keys returns the keys of everything in the run, in order.
func (r *Recording) Keys() []string {
	var keys []string
	for _, c := range r.calls {
		for _, e := range c.entities {
			keys = append(keys, e.Header().Key)
		}
		for i := range c.relationships {
			keys = append(keys, c.relationships[i].Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Write begins a run at a sink and hands it the first calls; all of them when n is negative.
func (r *Recording) Write(ctx context.Context, s jumpgraph.Sink, n int) error {
	if err := s.Begin(ctx, r.run); err != nil {
		return err
	}
	for i, c := range r.calls {
		if i == n {
			break
		}
		var err error
		if c.entities != nil {
			err = s.Entities(ctx, c.org, slices.Clone(c.entities))
		} else {
			err = s.Relationships(ctx, c.org, slices.Clone(c.relationships))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Run tests the promises of [jumpgraph.Sink].
func Run(t *testing.T, target Target) {
	small := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 5, Groups: 2, GroupMembers: 2, Applications: 1, Systems: 3})
	older, newer := Record(t, small), Record(t, jumpcloudtest.Demo())
	shows := func(t *testing.T, place, when string, want *Recording) {
		t.Helper()
		var keys []string
		if want != nil {
			keys = want.Keys()
		}
		got, err := target.Read(place)
		if err != nil {
			t.Fatalf("%s: read: %v", when, err)
		}
		slices.Sort(got)
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("%s, a reader finds (-want +got):\n%s", when, diff)
		}
	}
	commit := func(t *testing.T, place string, r *Recording) {
		t.Helper()
		s := target.New(place)
		if err := r.Write(t.Context(), s, -1); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), r.Manifest()); err != nil {
			t.Fatal(err)
		}
	}
	aborted := func(r *Recording) *jumpgraph.Manifest {
		m := r.Manifest()
		m.Status, m.Reason = jumpgraph.Partial, "the test ends it"
		return m
	}
	place := func(t *testing.T) string { return filepath.Join(t.TempDir(), "graph") }

	t.Run("nothing is a result before Commit, and everything after", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		s := target.New(at)
		if err := newer.Write(t.Context(), s, -1); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "before Commit", nil)
		if err := s.Commit(t.Context(), newer.Manifest()); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "after Commit", newer)
	})
	t.Run("a new result replaces the old one all at once", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		commit(t, at, older)
		s := target.New(at)
		if err := newer.Write(t.Context(), s, -1); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "during the second run", older)
		if err := s.Commit(t.Context(), newer.Manifest()); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "after the second run", newer)
	})
	t.Run("the same run twice gives the same", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		commit(t, at, newer)
		commit(t, at, newer)
		shows(t, at, "after the second run", newer)
	})
	t.Run("Abort leaves the old result", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		for _, n := range []int{0, 3, -1} {
			s := target.New(at)
			if err := newer.Write(t.Context(), s, n); err != nil {
				t.Fatal(err)
			}
			if err := s.Abort(t.Context(), aborted(newer), errors.New("test")); err != nil {
				t.Fatal(err)
			}
			shows(t, at, "after an aborted first run", nil)
		}
		commit(t, at, older)
		s := target.New(at)
		if err := newer.Write(t.Context(), s, 3); err != nil {
			t.Fatal(err)
		}
		if err := s.Abort(t.Context(), aborted(newer), errors.New("test")); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "after an aborted second run", older)
		commit(t, at, newer)
		shows(t, at, "after the run that followed", newer)
	})
	t.Run("a run that just stops leaves the old result, and the next one works", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		commit(t, at, older)
		if err := newer.Write(t.Context(), target.New(at), 5); err != nil {
			t.Fatal(err)
		}
		shows(t, at, "after a crash", older)
		commit(t, at, newer)
		shows(t, at, "after the run that followed", newer)
	})
	t.Run("Abort after a Begin that failed, or without one, does nothing", func(t *testing.T) {
		t.Parallel()
		at := place(t)
		if err := target.New(at).Abort(t.Context(), aborted(newer), errors.New("test")); err != nil {
			t.Error(err)
		}
		shows(t, at, "after Abort alone", nil)
	})
}
