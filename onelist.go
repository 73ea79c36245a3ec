package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
)

// provenApplications is for how many applications one list of users and groups is compared with two lists before it is relied
// on.
const provenApplications = 3

// oneList reads the users and the groups of an application in one list, which halves the requests.
// JumpCloud: lists of several targets are described, but nobody was seen relying on them. So each run proves them first: for
// the first applications that have edges of both kinds, one list must hold the same edges as two, live and dead, and its total
// must be the sum. Until then, and where that is not so, there are two lists for each application.
//
// An application whose turn has not come waits: which ones are read both ways does not depend on timing. One is tried alone, so
// that an organization where it does not work pays one request.
type oneList struct {
	graph  *client.GraphService
	two    readBelow
	places map[string]int // of the applications, in their order

	mu      sync.Mutex
	changed chan struct{} // closed when what is below changes
	next    int           // the place of the application whose turn is next
	trying  int           // applications that are being tried
	proven  int
	why     string // why two lists are read; empty as long as nothing speaks against one
	used    bool   // an application was read in one list alone
}

func newOneList(c *client.Client, apps []string) *oneList {
	l := &oneList{graph: c.Graph, two: both(c.Graph.Associations), places: map[string]int{}, changed: make(chan struct{})}
	for i, app := range apps {
		l.places[app] = i
	}
	return l
}

// way is how an application is read.
type way int

const (
	inTwo way = iota // in two lists
	inOne            // in one, which is proven
	toTry            // in two lists, and in one to prove it
)

// read reads the users and the groups of an application.
func (l *oneList) read(ctx context.Context, app string, f *found) {
	how, err := l.turn(ctx, l.places[app])
	switch {
	case err != nil:
		f.err = err
	case how == inTwo:
		l.two(ctx, app, f)
	case how == inOne:
		l.relied(ctx, app, f)
	default:
		l.two(ctx, app, f)
		l.tried(l.try(ctx, app, f))
	}
}

// turn waits until it is known how the application at a place is read.
func (l *oneList) turn(ctx context.Context, place int) (way, error) {
	for {
		l.mu.Lock()
		how, known := l.decide(place)
		changed := l.changed
		l.mu.Unlock()
		if known {
			return how, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return inTwo, context.Cause(ctx)
		}
	}
}

// decide says how the application at a place is read, where that is known.
func (l *oneList) decide(place int) (how way, known bool) {
	most := provenApplications - l.proven
	if l.proven == 0 {
		most = 1
	}
	switch {
	case l.why != "":
		return inTwo, true
	case l.proven >= provenApplications:
		return inOne, true
	case place != l.next || l.trying >= most:
		return inTwo, false
	}
	l.next++
	l.trying++
	l.signal()
	return toTry, true
}

// signal wakes all who wait. The caller holds the lock.
func (l *oneList) signal() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// tried notes what came of reading an application both ways.
func (l *oneList) tried(agrees bool, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trying--
	switch {
	case why != nil:
		l.why = cmp.Or(l.why, why.Error())
	case agrees:
		l.proven++
	}
	l.signal()
}

// try compares one list of an application with the two that were read. It says nothing of an application without edges of both
// kinds: an answer that leaves one kind out would look the same. An error says why one list cannot be relied on.
func (l *oneList) try(ctx context.Context, app string, two *found) (agrees bool, why error) {
	if !two.hasBoth() {
		return false, nil
	}
	one := l.ask(ctx, app)
	switch {
	case one.err != nil:
		return false, fmt.Errorf("one list of users and groups for an application was refused: %w", one.err)
	case !slices.EqualFunc(one.lists, two.lists, slices.Equal[[]child]):
		return false, fmt.Errorf("one list of users and groups has other edges than two lists for application %s", app)
	case one.total() != two.total():
		return false, fmt.Errorf("one list of users and groups counts %d edges, two lists count %d for application %s", one.total(), two.total(), app)
	}
	return true, nil
}

// hasBoth reports that two lists were read, and that both hold edges.
func (f *found) hasBoth() bool {
	return f.err == nil && !f.gone && len(f.lists[0]) > 0 && len(f.lists[1]) > 0
}

// relied reads an application in one list. Where that fails after all, it is read in two lists, and so are those that follow.
func (l *oneList) relied(ctx context.Context, app string, f *found) {
	one := l.ask(ctx, app)
	if one.err == nil {
		l.mu.Lock()
		l.used = true
		l.mu.Unlock()
		f.add(one)
		return
	}
	l.mu.Lock()
	l.why = cmp.Or(l.why, fmt.Sprintf("one list of users and groups for an application failed: %v", one.err))
	l.mu.Unlock()
	l.two(ctx, app, f)
}

// errOtherKind says that a list holds an edge to a kind that was not asked for.
var errOtherKind = errors.New("it holds an edge to another kind")

// ask reads the users and the groups of an application in one list, and parts them.
func (l *oneList) ask(ctx context.Context, app string) *found {
	all, kinds := &found{}, map[string]client.Kind{}
	all.read(ctx, func(ctx context.Context, o ...client.ListOption) iter.Seq2[*client.Edge, error] {
		return func(yield func(*client.Edge, error) bool) {
			for e, err := range l.graph.AssociationsTo(ctx, client.Ref{ID: app, Kind: client.KindApplication}, targets, o...) {
				if err == nil && !slices.Contains(targets, e.To.Kind) {
					err = errOtherKind
				}
				if err == nil {
					kinds[e.To.ID] = e.To.Kind
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	})
	switch {
	case all.err != nil:
	case all.gone:
		all.lists = [][]child{nil, nil}
	default:
		users := slices.DeleteFunc(slices.Clone(all.lists[0]), func(c child) bool { return kinds[c.id] != client.KindUser })
		groups := slices.DeleteFunc(all.lists[0], func(c child) bool { return kinds[c.id] != client.KindUserGroup })
		all.lists = [][]child{users, groups}
	}
	return all
}

// note says in the manifest how the assignments were read, when they were compared with the traversals.
func (l *oneList) note(col *Collection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used && col.Proof == proofCompared {
		col.Proof = proofCombined
	}
	col.Reason = l.why
}
