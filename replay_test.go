package jumpgraph_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// stored is a source of one entity and one relationship.
type stored struct{ manifest jumpgraph.Manifest }

func (s *stored) Manifest() *jumpgraph.Manifest { return &s.manifest }
func (s *stored) Close() error                  { return nil }

func (s *stored) Entities(_ context.Context, take func(string, []entities.Entity) error) error {
	return take("org", []entities.Entity{&entities.Account{}})
}

func (s *stored) Relationships(_ context.Context, take func(string, []relationships.Relationship) error) error {
	return take("org", []relationships.Relationship{{}})
}

func TestReplay_HandsOnWhatIsStored(t *testing.T) {
	t.Parallel()
	source, sink := &stored{jumpgraph.Manifest{Status: jumpgraph.Complete, Files: []jumpgraph.File{{Name: "a"}}}}, &memory{t: t}
	if err := jumpgraph.Replay(t.Context(), source, sink); err != nil {
		t.Fatal(err)
	}
	if len(sink.entities) != 1 || len(sink.relationships) != 1 || sink.ended != "Commit" {
		t.Errorf("the sink got %d entities, %d relationships and %q", len(sink.entities), len(sink.relationships), sink.ended)
	}
	if len(source.manifest.Files) != 1 {
		t.Error("the manifest of the source was changed")
	}
}

func TestReplay_RefusesWhatIsNotComplete(t *testing.T) {
	t.Parallel()
	sink := &memory{t: t}
	if err := jumpgraph.Replay(t.Context(), &stored{jumpgraph.Manifest{Status: jumpgraph.Partial}}, sink); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a partial source: %v, want ErrNoResult", err)
	}
	if len(sink.entities) > 0 || sink.ended != "" {
		t.Error("the sink saw something of a source that is not complete")
	}
	if err := jumpgraph.Replay(t.Context(), nil, sink); err == nil {
		t.Error("no source is no error")
	}
	if err := jumpgraph.Replay(t.Context(), &stored{}, nil); err == nil {
		t.Error("no sink is no error")
	}
}

// unproved is a source without a manifest.
type unproved struct{ stored }

func (*unproved) Manifest() *jumpgraph.Manifest { return nil }

func TestReplay_RefusesASourceWithoutManifest(t *testing.T) {
	t.Parallel()
	sink := &memory{t: t}
	if err := jumpgraph.Replay(t.Context(), &unproved{}, sink); !errors.Is(err, jumpgraph.ErrNoResult) || sink.ended != "" {
		t.Errorf("got %v and %q, want ErrNoResult and a sink that saw nothing", err, sink.ended)
	}
}

// failing takes entities and refuses relationships.
type failing struct {
	memory

	aborted *jumpgraph.Manifest
}

func (*failing) Relationships(context.Context, string, []relationships.Relationship) error {
	return errors.New("full")
}

func (f *failing) Abort(ctx context.Context, m *jumpgraph.Manifest, _ error) error {
	f.aborted = m
	return ctx.Err()
}

func TestReplay_AbortsASinkThatFails(t *testing.T) {
	t.Parallel()
	f := &failing{memory: memory{t: t}}
	err := jumpgraph.Replay(t.Context(), &stored{jumpgraph.Manifest{Status: jumpgraph.Complete}}, f)
	if err == nil || err.Error() != "full" {
		t.Errorf("got %v, want the sink's error", err)
	}
	if f.aborted == nil || f.aborted.Status != jumpgraph.Partial || f.aborted.Reason != "full" {
		t.Errorf("aborted with %+v, want a partial manifest with the reason", f.aborted)
	}
}
