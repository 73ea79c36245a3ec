package jumpgraph

import (
	"context"

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
