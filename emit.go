package jumpgraph

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// batchSize is how many entities or relationships go to the sink at once.
const batchSize = 256

// lister reads a list of JumpCloud's objects.
type lister[T any] func(context.Context, ...client.ListOption) iter.Seq2[*T, error]

// inventory says how a list of objects becomes a part of the graph.
type inventory[T any, E entities.Entity] struct {
	list    lister[T]
	fields  bool            // the list can be asked for some fields alone
	owner   func(*T) string // the organization that an object names; nil where objects name none
	convert func(*T) (E, error)
	edge    func(E) relationships.Relationship // from the entity to the one that it belongs to
	more    []string                           // further fields to ask for
	each    func(context.Context, *T, E) error // what else becomes of an object that is part of the graph; may be nil
}

// read reads an inventory to its end.
func read[T any, E entities.Entity](ctx context.Context, t *task, in inventory[T, E]) error {
	var report client.ListReport
	defer func() { t.counts(&report) }()
	options := []client.ListOption{client.OnBadRecord(t.bad), client.ReportTo(&report)}
	if in.fields && !t.run.raw {
		options = append(options, client.Fields(withMore(sources()[reflect.TypeFor[E]()], in.more)...))
	}
	n := 0
	for v, err := range in.list(ctx, options...) {
		if err != nil {
			return err
		}
		if err := in.add(ctx, t, v); err != nil {
			return err
		}
		if n++; n%batchSize == 0 {
			t.run.event(Event{Organization: t.org.ID, Collection: t.col.Name, Received: int64(n), Expected: int64(report.Expected)})
		}
	}
	return nil
}

// add converts an object, and hands on the entity with its edge.
func (in *inventory[T, E]) add(ctx context.Context, t *task, v *T) error {
	if in.owner != nil {
		if err := t.mine(in.owner(v)); err != nil {
			return err
		}
	}
	e, err := in.convert(v)
	if err != nil {
		t.reject(err)
		return nil
	}
	if ok, err := t.entity(ctx, e); !ok || err != nil {
		return err
	}
	if err := t.relationship(ctx, in.edge(e)); err != nil || in.each == nil {
		return err
	}
	return in.each(ctx, v, e)
}

// withMore joins names of fields, in their order.
func withMore(names, more []string) []string {
	if len(more) == 0 {
		return names
	}
	all := slices.Concat(names, more)
	slices.Sort(all)
	return slices.Compact(all)
}

// below makes a list of what lies below one parent.
func below[T any](list func(context.Context, string, ...client.ListOption) iter.Seq2[*T, error], parent string) lister[T] {
	return func(ctx context.Context, options ...client.ListOption) iter.Seq2[*T, error] {
		return list(ctx, parent, options...)
	}
}

// eachParent reads what lies below each object of a collection, one after the other.
func (t *task) eachParent(collection string, read func(parent string) error) error {
	for _, p := range t.parents(collection) {
		if err := read(p); err != nil {
			return err
		}
	}
	return nil
}

// sources returns, by entity, the fields of JumpCloud's objects that its converter reads, as the struct tags name them.
// Asking for them alone shrinks the answers; it does not change how many there are.
var sources = sync.OnceValue(func() map[reflect.Type][]string {
	all := map[reflect.Type][]string{}
	for _, m := range entities.Models() {
		names := []string{"_id", "organization"} // the latter shows objects of other organizations
		for f := range m.Struct.Fields() {
			for source := range strings.SplitSeq(f.Tag.Get("jc"), ",") {
				name, _, _ := strings.Cut(source, ".")
				if name != "" && name != "id" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		all[reflect.PointerTo(m.Struct)] = names
	}
	return all
})

// mine refuses an object of another organization. An object that names none is taken.
func (t *task) mine(organization string) error {
	if organization != "" && organization != t.org.ID {
		return fmt.Errorf("%w: asked for %s, got %s", errMixed, t.org.ID, organization)
	}
	return nil
}

// judge says what is wrong with a value. The generated checks see in passing that a value is valid; the schema validator
// judges what they do not pass, and explains it.
func judge(v any) error {
	if c, ok := v.(interface{ Valid() bool }); ok && c.Valid() {
		return nil
	}
	return schemas.Validate(v)
}

// entity judges an entity and hands it on. It is not ok when it was rejected.
func (t *task) entity(ctx context.Context, e entities.Entity) (ok bool, err error) {
	if err := judge(e); err != nil {
		t.reject(fmt.Errorf("%s: %w", e.Header().Key, err))
		return false, nil
	}
	if !t.keep(t.col.Name, e.Header().Key) {
		t.reject(fmt.Errorf("%s: another entity of the organization has this _key, too", e.Header().Key))
		return false, nil
	}
	for _, name := range e.Header().Assumed() {
		t.col.Assumed[name]++
	}
	for _, f := range e.Header().Odd() {
		t.odd(f.Path, client.OddCount{Count: 1, IDs: []string{e.Header().Key}})
	}
	t.entities = append(t.entities, e)
	if len(t.entities) >= batchSize {
		return true, t.flush(ctx)
	}
	return true, nil
}

// edge hands on an edge whose end is known, and counts one whose end is not.
func (t *task) edge(ctx context.Context, r relationships.Relationship, known bool) error {
	t.edges++
	if !known {
		t.unmatched(r)
		return nil
	}
	return t.relationship(ctx, r)
}

// relationship judges a relationship and hands it on.
func (t *task) relationship(ctx context.Context, r relationships.Relationship) error {
	if err := judge(&r); err != nil {
		t.reject(fmt.Errorf("%s: %w", r.Key, err))
		return nil
	}
	t.relationships = append(t.relationships, r)
	if len(t.relationships) >= batchSize {
		return t.flush(ctx)
	}
	return nil
}

// flush hands what was gathered to the sink, one type at a time. The memory is used again.
func (t *task) flush(ctx context.Context) error {
	var err error
	t.entities, err = flush(t, t.entities, func(e *entities.Entity) string { return (*e).Header().Type },
		func(batch []entities.Entity) error { return t.run.emitEntities(ctx, t.org.ID, batch) })
	if err != nil {
		return err
	}
	t.relationships, err = flush(t, t.relationships, func(r *relationships.Relationship) string { return r.Type },
		func(batch []relationships.Relationship) error { return t.run.emitRelationships(ctx, t.org.ID, batch) })
	return err
}

// flush hands values on, one type at a time, and returns their memory.
func flush[T any](t *task, list []T, typ func(*T) string, emit func([]T) error) ([]T, error) {
	for begin := 0; begin < len(list); {
		end := begin + 1
		for end < len(list) && typ(&list[end]) == typ(&list[begin]) {
			end++
		}
		if err := emit(list[begin:end]); err != nil {
			return list, &sinkError{err}
		}
		t.col.Emitted += int64(end - begin)
		begin = end
	}
	clear(list)
	return list[:0], nil
}
