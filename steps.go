package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/idset"
)

// gather collects one organization: it runs the steps in their order, and keeps what later ones need of earlier ones.
type gather struct {
	run     *run
	client  *client.Client
	org     *Organization
	account entities.AccountKey
	convert entities.Converter

	kept    map[string]*kept   // by collection
	members map[string][]int32 // places among the users, by group

	governed governed
	sides    map[string]*task // of collections that are made while their source is read, by name

	mu       sync.Mutex // guards statuses, and kept while it is filled
	statuses map[string]Status
	byName   map[string]*Collection
	done     map[string]chan struct{}
}

// kept are the ids of the objects of a collection that are part of the graph.
type kept struct {
	set     idset.Set
	ordered bool     // something lies below them
	order   []string // in the order of the list, where they are ordered
}

func newGather(r *run, c *client.Client, org *Organization) *gather {
	g := &gather{
		run: r, client: c, org: org, account: entities.AccountKey(org.ID),
		convert: entities.Converter{ConsoleURL: c.ConsoleURL(), Raw: r.raw},
		kept:    map[string]*kept{organizationsName: {}}, members: map[string][]int32{},
		governed: governed{emails: map[string][]string{}}, sides: map[string]*task{},
		statuses: map[string]Status{}, byName: map[string]*Collection{}, done: map[string]chan struct{}{},
	}
	for _, s := range r.steps() {
		g.done[s.Name] = make(chan struct{})
		g.byName[s.Name] = &Collection{Name: s.Name, Assumed: map[string]int64{}, Odd: map[string]client.OddCount{}, Proof: proofNone}
		g.kept[s.Name] = &kept{}
		if len(s.Needs) > 0 { // which come before
			g.kept[s.Needs[0]].ordered = true
		}
		if (s.Name == sshKeysName || s.Name == mfaName) && !slices.Contains(r.skip, s.Name) {
			g.sides[s.Name] = &task{gather: g, step: s, col: g.byName[s.Name], client: c.ForOrg(c.OrgID())}
		}
	}
	return g
}

// ids returns the objects of a collection that are part of the graph. The collection must have been read.
func (g *gather) ids(name string) *idset.Set { return &g.kept[name].set }

// parents returns the same in the order of the list, for a collection below which others lie.
func (g *gather) parents(name string) []string { return g.kept[name].order }

// keep notes the key of an entity that becomes part of the graph, unless another one of the organization has it.
func (g *gather) keep(collection, key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, k := range g.kept {
		if name != collection && k.set.Has(key) {
			return false
		}
	}
	k := g.kept[collection]
	if !k.set.Add(key) {
		return false
	}
	if k.ordered {
		k.order = append(k.order, key)
	}
	return true
}

// all runs all steps, each as soon as those that it needs are done. An error ends the run; a failure of one
// collection does not.
func (g *gather) all(ctx context.Context) error {
	for _, s := range g.run.steps() {
		g.org.Collections = append(g.org.Collections, g.byName[s.Name])
	}
	workers, ctx := errgroup.WithContext(ctx)
	for _, s := range g.run.steps() {
		workers.Go(func() error {
			defer close(g.done[s.Name])
			if err := g.wait(ctx, s.Needs); err != nil {
				g.byName[s.Name].Status, g.byName[s.Name].Reason = Partial, "the run ended before"
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
	if err := t.wait(ctx, t.step.Uses); err != nil {
		return err
	}
	return t.without(t.step.Name, t.step.Uses)
}

// leftOut says that a collection is not read, and how that counts.
type leftOut struct {
	status Status
	reason string
}

func (e *leftOut) Error() string { return e.reason }

// runStep runs one step and notes how it ended. Its error ends the run.
func (g *gather) runStep(ctx context.Context, s collection) error {
	col := g.byName[s.Name]
	col.Endpoint, col.StartedAt = s.Endpoint, now()
	t := g.sides[s.Name]
	if t == nil {
		t = &task{gather: g, step: s, col: col, client: g.client.ForOrg(g.client.OrgID())}
	}
	var err error
	if err = g.without(s.Name, s.Needs); err == nil {
		err = s.read(t, ctx)
	}
	if flushed := t.end(ctx, err); flushed != nil {
		err = flushed
	}
	err = g.run.confirm(ctx, err)
	t.settle(err)
	stats := t.client.Stats()
	col.Requests, col.Retries, col.FinishedAt = stats.Requests, stats.Retries, now()
	g.mu.Lock()
	g.statuses[s.Name] = col.Status
	g.mu.Unlock()
	var problem error
	if !col.Status.whole() {
		problem = g.run.problem(g.org, col, err)
	}
	g.run.event(Event{
		Organization: g.org.ID, Collection: s.Name, Status: col.Status, Received: col.Received,
		Expected: expected(col), Problem: problem,
	})
	switch {
	case !fatal(ctx, err), s.Layer != layerCore && errors.Is(err, errMixed):
		return nil
	case errors.Is(err, client.ErrUnauthorized):
		return fmt.Errorf("jumpgraph: organization %s: %s: %w", g.org.ID, s.Name, err)
	}
	return err
}

// end hands on what is left of a step that has ended. What a layer beyond the core holds although it could not be read to its
// end is part of the graph, too: the run is complete without the rest.
func (t *task) end(ctx context.Context, err error) error {
	if err != nil && (t.step.Layer == layerCore || fatal(ctx, err)) {
		return nil
	}
	return t.flush(ctx)
}

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
		if status := g.status(need); slices.Contains([]Status{Skipped, Unavailable, Forbidden, Unlicensed}, status) {
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
