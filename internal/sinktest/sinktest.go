// Package sinktest tests what every sink promises: [Run] holds the promises of [jumpgraph.Sink] as subtests.
//
// Only tests of sinks import it.
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

// Target is a kind of sink. It needs both functions.
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

// Recording is a sink that keeps a run in memory, so that it can be written to other sinks.
type Recording struct {
	run      jumpgraph.Run
	calls    []call
	manifest *jumpgraph.Manifest
}

// Record collects an organization from a fake JumpCloud.
func Record(t testing.TB, org *jumpcloudtest.Organization, options ...jumpgraph.Option) *Recording {
	t.Helper()
	if org == nil {
		t.Fatal("sinktest: Record needs an organization, such as jumpcloudtest.Demo()")
	}
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

// Begin keeps the run.
func (r *Recording) Begin(_ context.Context, run jumpgraph.Run) error {
	r.run = run
	return nil
}

// Entities keeps a batch.
func (r *Recording) Entities(_ context.Context, org string, batch []entities.Entity) error {
	r.calls = append(r.calls, call{org: org, entities: slices.Clone(batch)})
	return nil
}

// Relationships keeps a batch.
func (r *Recording) Relationships(_ context.Context, org string, batch []relationships.Relationship) error {
	r.calls = append(r.calls, call{org: org, relationships: slices.Clone(batch)})
	return nil
}

// Commit does nothing.
func (*Recording) Commit(context.Context, *jumpgraph.Manifest) error { return nil }

// Abort does nothing.
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

// Write begins a run at a sink and makes the first n calls of it; all of them when n is negative.
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
	if target.New == nil || target.Read == nil {
		t.Fatal("sinktest: the Target needs both New and Read")
	}
	small := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 5, Groups: 2, GroupMembers: 2, Applications: 1, Systems: 3})
	p := promises{Target: target, older: Record(t, small), newer: Record(t, jumpcloudtest.Demo(), jumpgraph.WithLayers(jumpgraph.DirectoryUsers))}

	t.Run("nothing is a result before Commit, and everything after", p.commitShows)
	t.Run("a new result replaces the old one all at once", p.commitReplaces)
	t.Run("the same run twice gives the same", p.sameRunTwice)
	t.Run("Abort leaves the old result", p.abortKeeps)
	t.Run("a run that just stops leaves the old result, and the next one works", p.stoppedRunKeeps)
	t.Run("Commit without a manifest fails and leaves the old result", p.noManifest)
	t.Run("Abort after a Begin that failed, or without one, does nothing", p.abortAlone)
}

// promises are the subtests, one method for each promise. Each works at a place of its own.
type promises struct {
	Target

	older, newer *Recording // two runs that do not hold the same
}

func (p *promises) commitShows(t *testing.T) {
	t.Parallel()
	at := place(t)
	s := p.write(t, at, p.newer, -1)
	p.shows(t, at, "before Commit", nil)
	commit(t, s, p.newer)
	p.shows(t, at, "after Commit", p.newer)
}

func (p *promises) commitReplaces(t *testing.T) {
	t.Parallel()
	at := place(t)
	p.store(t, at, p.older)
	s := p.write(t, at, p.newer, -1)
	p.shows(t, at, "during the second run", p.older)
	commit(t, s, p.newer)
	p.shows(t, at, "after the second run", p.newer)
}

func (p *promises) sameRunTwice(t *testing.T) {
	t.Parallel()
	at := place(t)
	p.store(t, at, p.newer)
	p.store(t, at, p.newer)
	p.shows(t, at, "after the second run", p.newer)
}

func (p *promises) abortKeeps(t *testing.T) {
	t.Parallel()
	at := place(t)
	for _, n := range []int{0, 3, -1} {
		abort(t, p.write(t, at, p.newer, n), p.newer)
		p.shows(t, at, "after an aborted first run", nil)
	}
	p.store(t, at, p.older)
	abort(t, p.write(t, at, p.newer, 3), p.newer)
	p.shows(t, at, "after an aborted second run", p.older)
	p.store(t, at, p.newer)
	p.shows(t, at, "after the run that followed", p.newer)
}

func (p *promises) stoppedRunKeeps(t *testing.T) {
	t.Parallel()
	at := place(t)
	p.store(t, at, p.older)
	p.write(t, at, p.newer, 5) // neither Commit nor Abort follows
	p.shows(t, at, "after a crash", p.older)
	p.store(t, at, p.newer)
	p.shows(t, at, "after the run that followed", p.newer)
}

func (p *promises) noManifest(t *testing.T) {
	t.Parallel()
	at := place(t)
	p.store(t, at, p.older)
	s := p.write(t, at, p.newer, -1)
	if err := s.Commit(t.Context(), nil); err == nil {
		t.Error("Commit without a manifest makes a result")
	}
	if err := s.Abort(t.Context(), nil, errors.New("test")); err != nil {
		t.Errorf("Abort after it: %v", err)
	}
	p.shows(t, at, "after Commit without a manifest", p.older)
}

func (p *promises) abortAlone(t *testing.T) {
	t.Parallel()
	at := place(t)
	abort(t, p.New(at), p.newer)
	p.shows(t, at, "after Abort alone", nil)
}

// place returns a path at which there is nothing yet.
func place(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "graph")
}

// write begins a run at a place and makes its first n calls. The sink that it returns still waits for Commit or Abort.
func (p *promises) write(t *testing.T, at string, r *Recording, n int) jumpgraph.Sink {
	t.Helper()
	s := p.New(at)
	if err := r.Write(t.Context(), s, n); err != nil {
		t.Fatal(err)
	}
	return s
}

// store writes a whole run to a place.
func (p *promises) store(t *testing.T, at string, r *Recording) {
	t.Helper()
	commit(t, p.write(t, at, r, -1), r)
}

func commit(t *testing.T, s jumpgraph.Sink, r *Recording) {
	t.Helper()
	if err := s.Commit(t.Context(), r.Manifest()); err != nil {
		t.Fatal(err)
	}
}

func abort(t *testing.T, s jumpgraph.Sink, r *Recording) {
	t.Helper()
	m := r.Manifest()
	m.Status, m.Reason = jumpgraph.Partial, "the test ends it"
	if err := s.Abort(t.Context(), m, errors.New("test")); err != nil {
		t.Fatal(err)
	}
}

// shows compares what a reader finds at a place with a run; nil means that there is no result.
func (p *promises) shows(t *testing.T, at, when string, want *Recording) {
	t.Helper()
	var keys []string
	if want != nil {
		keys = want.Keys()
	}
	got, err := p.Read(at)
	if err != nil {
		t.Fatalf("%s: read: %v", when, err)
	}
	slices.Sort(got)
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("%s, a reader finds (-want +got):\n%s", when, diff)
	}
}
