package jumpgraph

import (
	"context"
	"errors"
	"fmt"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Sink takes the graph as it streams. Calls are never concurrent. What a sink writes before Commit must not look like a
// result: a run that fails ends with Abort instead.
type Sink interface {
	// Begin comes first, before the first request. A sink that cannot be written to fails here.
	Begin(ctx context.Context, run Run) error
	// Entities takes entities of an organization, all of one type. The slice is valid during the call only.
	Entities(ctx context.Context, org string, batch []entities.Entity) error
	// Relationships takes relationships of an organization, all of one type. The slice is valid during the call only.
	Relationships(ctx context.Context, org string, batch []relationships.Relationship) error
	// Commit makes a result of what was taken. The sink may add the files that it wrote to the manifest.
	Commit(ctx context.Context, m *Manifest) error
	// Abort drops what was taken. It comes with a live context also when the run was cancelled.
	Abort(ctx context.Context, m *Manifest, cause error) error
}

// Run is what a sink is told at the beginning.
type Run struct {
	// StartedAt is when the run began.
	StartedAt Timestamp
	// ModelVersion is the version of the data model.
	ModelVersion string
}

// Source is a stored graph that was opened to read, in whatever form. Packages sink/jsonl and sink/sqlite have one each.
type Source interface {
	// Manifest returns the proof of the run that made the graph. It must not be changed.
	Manifest() *Manifest
	// Entities hands on all entities in batches of one type. The organization is empty where the form does not keep it. The
	// slice is valid during the call only; an error of take ends it.
	Entities(ctx context.Context, take func(org string, batch []entities.Entity) error) error
	// Relationships hands on all relationships in the same way.
	Relationships(ctx context.Context, take func(org string, batch []relationships.Relationship) error) error
	// Close ends reading.
	Close() error
}

// Replay hands a stored graph to a sink, as the run that made it did: entities first, then relationships, then Commit with
// the manifest of that run, in which Files is empty. When something fails, the sink is aborted. It makes no request. A graph
// whose run was not complete is [ErrNoResult]. The source stays open.
func Replay(ctx context.Context, source Source, sink Sink) error {
	if source == nil || sink == nil {
		return errors.New("jumpgraph: replay needs a source and a sink")
	}
	if source.Manifest() == nil {
		return fmt.Errorf("%w: the source has no manifest", ErrNoResult)
	}
	m := *source.Manifest()
	if m.Status != Complete {
		return fmt.Errorf("%w: the run that made the graph was not complete: %s", ErrNoResult, m.Status)
	}
	m.Files = []File{}
	if err := sink.Begin(ctx, Run{StartedAt: m.StartedAt, ModelVersion: m.ModelVersion}); err != nil {
		return err
	}
	err := handOn(ctx, source, sink)
	if err == nil {
		err = sink.Commit(context.WithoutCancel(ctx), &m)
	}
	if err != nil {
		m.Status, m.Reason, m.Files = Partial, err.Error(), []File{}
		err = errors.Join(err, sink.Abort(context.WithoutCancel(ctx), &m, err))
	}
	return err
}

func handOn(ctx context.Context, source Source, sink Sink) error {
	err := source.Entities(ctx, func(org string, batch []entities.Entity) error { return sink.Entities(ctx, org, batch) })
	if err != nil {
		return err
	}
	return source.Relationships(ctx, func(org string, batch []relationships.Relationship) error {
		return sink.Relationships(ctx, org, batch)
	})
}
