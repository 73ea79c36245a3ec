package jumpgraph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Replay hands a stored result, a directory that [NewJSONLines] wrote, to another sink, as the run that made it did:
// entities first, in the order of the files, then Commit with the manifest of that run, in which Files is empty. When
// something fails, the sink is aborted.
//
// The files are compared with the hashes in the manifest before the sink sees the first entity. Lines do not say which
// organization they belong to: in a result of several, the sink is told an empty one. Which booleans were assumed is
// known to the manifest only, not to the entities.
func Replay(ctx context.Context, dir string, sink Sink) (err error) {
	r, err := openResult(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, name := range []string{EntitiesName, RelationshipsName} {
		if err := r.check(name); err != nil {
			return err
		}
	}
	m := r.manifest
	m.Files = []File{}
	org := ""
	if len(m.Organizations) == 1 {
		org = m.Organizations[0].ID
	}
	if err := sink.Begin(ctx, Run{StartedAt: m.StartedAt, ModelVersion: m.ModelVersion}); err != nil {
		return err
	}
	err = r.replayEntities(ctx, org, sink)
	if err == nil {
		err = r.replayRelationships(ctx, org, sink)
	}
	if err == nil {
		err = sink.Commit(context.WithoutCancel(ctx), m)
	}
	if err != nil {
		m.Status, m.Reason, m.Files = Partial, err.Error(), []File{}
		err = errors.Join(err, sink.Abort(context.WithoutCancel(ctx), m, err))
	}
	return err
}

// replayEntities hands on the entities in batches of one type.
func (r *result) replayEntities(ctx context.Context, org string, sink Sink) error {
	structs := map[string]reflect.Type{}
	for _, m := range entities.Models() {
		structs[m.Type] = m.Struct
	}
	out := batches[entities.Entity]{write: func(b []entities.Entity) error { return sink.Entities(ctx, org, b) }}
	err := eachLine(r.files[EntitiesName], func(line []byte, o object) error {
		t, known := structs[o.Type]
		if !known {
			return fmt.Errorf("%s: %s is not a type of the data model", r.dir, o.Type)
		}
		e := reflect.New(t).Interface().(entities.Entity)
		if err := json.Unmarshal(line, e); err != nil {
			return fmt.Errorf("%s: %s %s: %w", r.dir, o.Type, o.Key, err)
		}
		return out.add(ctx, o.Type, e)
	})
	if err != nil {
		return err
	}
	return out.flush(ctx)
}

// replayRelationships hands on the relationships in batches of one type.
func (r *result) replayRelationships(ctx context.Context, org string, sink Sink) error {
	out := batches[relationships.Relationship]{write: func(b []relationships.Relationship) error { return sink.Relationships(ctx, org, b) }}
	err := eachLine(r.files[RelationshipsName], func(line []byte, o object) error {
		var rel relationships.Relationship
		if err := json.Unmarshal(line, &rel); err != nil {
			return fmt.Errorf("%s: %s %s: %w", r.dir, o.Type, o.Key, err)
		}
		return out.add(ctx, o.Type, rel)
	})
	if err != nil {
		return err
	}
	return out.flush(ctx)
}

// batches collects values of one type until there are enough.
type batches[T any] struct {
	write func([]T) error
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
	err := b.write(b.batch)
	b.batch = b.batch[:0]
	return err
}
