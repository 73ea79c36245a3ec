package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/idset"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

const (
	proofChained  = "chained"  // pages overlapped, so that nothing can have slipped between them
	proofTotal    = "total"    // read up to JumpCloud's count
	proofCompared = "compared" // edges, read up to JumpCloud's count; samples compared with the traversals
	proofEnd      = "end"      // read to the end of the list, without a count
	proofNone     = "none"
)

// batchSize is how many entities or relationships go to the sink at once.
const batchSize = 256

// maxSamples is how many rejected records or unmatched edges a reason names.
const maxSamples = 3

// unmatchedShare is the share of edges that may lead to an unknown object before a collection counts as partial.
// Objects that were made or deleted while the run went on cause a few.
const unmatchedShare = 0.001

// gather collects one organization. What later steps need of earlier ones is kept here.
type gather struct {
	run     *run
	client  *client.Client
	org     *Organization
	account entities.AccountKey
	convert entities.Converter

	users        idset.Set
	groups       idset.Set
	applications []string // in list order
	groupOrder   []string // in list order
	mdms         []string
	members      map[string][]int32 // places in users, by group

	mu       sync.Mutex
	statuses map[string]Status
	byName   map[string]*Collection
	done     map[string]chan struct{}
}

func newGather(r *run, c *client.Client, org *Organization) *gather {
	g := &gather{
		run: r, client: c, org: org, account: entities.AccountKey(org.ID),
		convert:  entities.Converter{ConsoleURL: c.ConsoleURL(), Raw: r.raw},
		members:  map[string][]int32{},
		statuses: map[string]Status{}, byName: map[string]*Collection{}, done: map[string]chan struct{}{},
	}
	for _, s := range steps {
		g.done[s.name] = make(chan struct{})
		g.byName[s.name] = &Collection{Name: s.name, Assumed: map[string]int64{}, Proof: proofNone}
	}
	return g
}

// step reads one collection.
type step struct {
	name     string
	endpoint string
	types    []string // of the entities and relationships that come from it
	needs    []string // collections that must have been read before it begins
	uses     []string // collections that must have been read before it writes; see await
	read     func(*task, context.Context) error
	optional bool // not every organization has it: 404 means that it is not in use
}

// steps runs all steps, each as soon as those that it needs are done. An error ends the run; a failure of one
// collection does not.
func (g *gather) steps(ctx context.Context) error {
	for _, s := range steps {
		g.org.Collections = append(g.org.Collections, g.byName[s.name])
	}
	workers, ctx := errgroup.WithContext(ctx)
	for _, s := range steps {
		workers.Go(func() error {
			defer close(g.done[s.name])
			if err := g.wait(ctx, s.needs); err != nil {
				g.byName[s.name].Status, g.byName[s.name].Reason = Partial, "the run ended before"
				return err
			}
			return g.runStep(ctx, s)
		})
	}
	return workers.Wait()
}

// wait returns when some collections have been read. When the run ends first, nothing of them may be looked at: the
// error says so.
func (g *gather) wait(ctx context.Context, names []string) error {
	for _, name := range names {
		select {
		case <-g.done[name]:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// await waits for the collections that a step uses, and says which of them was not read.
func (t *task) await(ctx context.Context) error {
	if err := t.wait(ctx, t.step.uses); err != nil {
		return err
	}
	return t.without(t.step.name, t.step.uses)
}

// leftOut says that a collection is not read, and how that counts.
type leftOut struct {
	status Status
	reason string
}

func (e *leftOut) Error() string { return e.reason }

// runStep runs one step and notes how it ended. Its error ends the run.
func (g *gather) runStep(ctx context.Context, s step) error {
	col := g.byName[s.name]
	col.Endpoint, col.StartedAt = s.endpoint, now()
	t := &task{gather: g, step: s, col: col, client: g.client.ForOrg(g.client.OrgID())}
	var err error
	if err = g.without(s.name, s.needs); err == nil {
		err = s.read(t, ctx)
	}
	if err == nil {
		err = t.flush(ctx)
	}
	t.settle(err)
	stats := t.client
	col.Requests, col.Retries, col.FinishedAt = stats.Stats().Requests, stats.Stats().Retries, now()
	g.mu.Lock()
	g.statuses[s.name] = col.Status
	g.mu.Unlock()
	var problem error
	if !col.Status.whole() {
		problem = fmt.Errorf("%s: %s", col.Status, col.Reason)
		if err != nil {
			g.run.note(fmt.Errorf("%s: %w", s.name, err))
		}
	}
	g.run.event(Event{
		Organization: g.org.ID, Collection: s.name, Status: col.Status, Received: col.Received,
		Expected: expected(col), Problem: problem,
	})
	if fatal(ctx, err) {
		return err
	}
	return nil
}

func expected(col *Collection) int64 {
	if col.Expected == nil {
		return -1
	}
	return *col.Expected
}

// note keeps why a run is not complete, for its error.
func (r *run) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.causes = append(r.causes, err)
}

// fatal reports that an error concerns the run, not one collection.
func fatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	_, sink := errors.AsType[*sinkError](err)
	return sink || ctx.Err() != nil || errors.Is(err, client.ErrUnauthorized) || errors.Is(err, errMixed)
}

// sinkError marks an error of the sink: what it did not take cannot be made up for.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return "jumpgraph: the sink failed: " + e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// errMixed says that an answer holds an object of another organization than the one that was asked for.
var errMixed = errors.New("jumpgraph: JumpCloud answered with objects of another organization; nothing was written, to keep them apart")

// without says whether a step is left out, because the caller said so or because a collection that it needs was not
// read.
func (g *gather) without(name string, needs []string) error {
	if slices.Contains(g.run.skip, name) {
		return &leftOut{Skipped, "left out on purpose"}
	}
	for _, need := range needs {
		if slices.Contains(g.run.skip, need) {
			return &leftOut{Skipped, "needs " + need + ", which is left out on purpose"}
		}
	}
	for _, need := range needs {
		if status := g.status(need); status == Skipped || status == Unavailable || status == Forbidden {
			return &leftOut{status, fmt.Sprintf("needs %s, which is %s", need, status)}
		}
	}
	return nil
}

// status returns how a step ended that is done.
func (g *gather) status(name string) Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.statuses[name]
}

// task is the work on one collection.
type task struct {
	*gather

	step          step
	client        *client.Client
	col           *Collection
	entities      []entities.Entity
	relationships []relationships.Relationship
	samples       []string       // what was rejected or unmatched
	edges         int64          // edges seen, for the share of unmatched ones
	expanded      map[string]int // users who reach an application, by its id
}

// settle turns how reading ended into a status.
func (t *task) settle(err error) {
	col := t.col
	out, left := errors.AsType[*leftOut](err)
	switch {
	case left:
		col.Status, col.Reason = out.status, out.reason
	case errors.Is(err, client.ErrForbidden) && t.empty():
		col.Status, col.Reason = Forbidden, err.Error()
	case errors.Is(err, client.ErrNotFound) && t.empty() && t.step.optional:
		col.Status, col.Reason = Unavailable, err.Error()
	case err != nil:
		col.Status, col.Reason = Partial, err.Error()
	case col.Rejected > 0, float64(col.Unmatched) > unmatchedShare*float64(t.edges):
		col.Status, col.Reason = Partial, t.reason()
	default:
		col.Status = Complete
		if col.Pages == 0 { // there is no parent, so nothing below one
			col.Expected, col.Proof = counted64(0), proofTotal
		}
	}
	if col.Status != Complete {
		col.Proof = proofNone
	}
}

// empty reports that nothing of the collection became part of the graph.
func (t *task) empty() bool {
	return t.col.Emitted == 0 && t.col.Rejected == 0 && len(t.entities) == 0 && len(t.relationships) == 0
}

// reason says what is missing of a collection that was read to its end.
func (t *task) reason() string {
	var parts []string
	if t.col.Rejected > 0 {
		parts = append(parts, fmt.Sprintf("%d records were rejected", t.col.Rejected))
	}
	if t.col.Unmatched > 0 {
		parts = append(parts, fmt.Sprintf("%d edges lead to unknown objects", t.col.Unmatched))
	}
	return strings.Join(parts, ", ") + ": " + strings.Join(t.samples, "; ")
}

func (t *task) sample(text string) {
	if len(t.samples) < maxSamples {
		t.samples = append(t.samples, text)
	}
}

// reject counts a record that cannot be part of the graph, and names it.
func (t *task) reject(err error) {
	t.col.Rejected++
	t.sample(err.Error())
	t.run.event(Event{Organization: t.org.ID, Collection: t.col.Name, Received: t.col.Received, Expected: expected(t.col), Problem: err})
}

// bad is the answer to records that cannot be read: go on without them.
func (t *task) bad(err *client.DecodeError) error {
	t.reject(err)
	return nil
}

// unmatched counts an edge whose end is not known.
func (t *task) unmatched(r relationships.Relationship) {
	t.col.Unmatched++
	t.sample(r.Type + " " + r.Key)
}

// judge says what is wrong with a value. The generated checks see in passing that a value is valid; the schema validator
// judges what they do not pass, and explains it.
func judge(v any) error {
	if c, ok := v.(interface{ Valid() bool }); ok && c.Valid() {
		return nil
	}
	return schemas.Validate(v)
}

// entity judges an entity and hands it on.
func (t *task) entity(ctx context.Context, e entities.Entity) error {
	if err := judge(e); err != nil {
		t.reject(fmt.Errorf("%s: %w", e.Header().Key, err))
		return nil
	}
	for _, name := range e.Header().Assumed() {
		t.col.Assumed[name]++
	}
	t.entities = append(t.entities, e)
	if len(t.entities) >= batchSize {
		return t.flush(ctx)
	}
	return nil
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

// flush hands what was gathered to the sink, one type at a time.
func (t *task) flush(ctx context.Context) error {
	for len(t.entities) > 0 {
		n := sameType(len(t.entities), func(i int) string { return t.entities[i].Header().Type })
		if err := t.run.emitEntities(ctx, t.org.ID, t.entities[:n]); err != nil {
			return &sinkError{err}
		}
		t.col.Emitted += int64(n)
		t.entities = t.entities[n:]
	}
	for len(t.relationships) > 0 {
		n := sameType(len(t.relationships), func(i int) string { return t.relationships[i].Type })
		if err := t.run.emitRelationships(ctx, t.org.ID, t.relationships[:n]); err != nil {
			return &sinkError{err}
		}
		t.col.Emitted += int64(n)
		t.relationships = t.relationships[n:]
	}
	t.entities, t.relationships = nil, nil
	return nil
}

// sameType returns how many of n values at the front have the type of the first.
func sameType(n int, typ func(int) string) int {
	for i := 1; i < n; i++ {
		if typ(i) != typ(0) {
			return i
		}
	}
	return n
}

// counts adds how a list was read. The first list of a collection says which operation was used.
func (t *task) counts(r *client.ListReport) {
	col := t.col
	if col.Pages == 0 {
		col.Endpoint, col.Expected, col.Proof = r.Route, counted64(0), proofTotal
		if r.Chained {
			col.Proof = proofChained
		}
	}
	if col.Proof == proofChained && !r.Chained {
		col.Proof = proofTotal
	}
	col.Received += int64(r.Received)
	col.Duplicates += int64(r.Duplicates)
	col.Dead += int64(r.Dead)
	col.Reread += int64(r.Reread)
	col.Pages += int64(r.Pages)
	switch {
	case r.Expected < 0:
		col.Expected, col.Proof = nil, proofEnd
	case col.Expected != nil:
		*col.Expected += int64(r.Expected)
	}
}
