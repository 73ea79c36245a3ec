package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// readAssignments reads who may use which application. Direct edges, of both kinds in one list, and the members of the bound
// groups say it in the fewest requests. That needs all members to be known and the associations to be readable; otherwise the traversals
// say it, with every path in the answer. The associations are read while the members still are.
func (t *task) readAssignments(ctx context.Context) error {
	if err := t.without(t.step.Name, t.step.Uses); err != nil {
		if out, ok := errors.AsType[*leftOut](err); ok && out.status == Skipped {
			return err // known before the first request
		}
	}
	samples := t.samplesOf(t.parents(applicationsName))
	counts := t.reachers(ctx, samples)
	one := newOneList(t.client, t.parents(applicationsName))
	err := t.assignments(ctx, one.read, true)
	reached, failed := counts()
	if err == nil && failed == nil && t.compare(samples, reached) != nil {
		// Something may have changed since the counts were asked for.
		reached, failed = t.reachers(ctx, samples)()
	}
	if err == nil {
		err = cmp.Or(failed, t.compare(samples, reached))
		one.note(t.col)
		return err
	}
	again := errors.Is(err, errMembersUnknown) || errors.Is(err, client.ErrForbidden) && t.empty()
	if !again || t.without(t.step.Name, t.step.Uses) != nil {
		return err
	}
	*t.col = Collection{Name: t.col.Name, StartedAt: t.col.StartedAt, Assumed: t.col.Assumed, Odd: map[string]client.OddCount{}, Proof: proofNone}
	t.samples, t.edges = nil, 0
	return t.assignments(ctx, both(t.client.Graph.Reachable), false)
}

// errMembersUnknown says that not all members of all groups are known, so that assignments cannot be expanded.
var errMembersUnknown = errors.New("not all members of all groups are known")

// samplesOf picks applications from the beginning, the middle and the end.
func (t *task) samplesOf(apps []string) []string {
	if n := len(apps); n > samplesOfAssignments {
		return []string{apps[0], apps[n/2], apps[n-1]}
	}
	return apps
}

// reachers begins to ask JumpCloud itself how many users reach each of some applications. The function that it returns
// waits for the answers: a number each, or -1 where JumpCloud does not say.
func (t *task) reachers(ctx context.Context, apps []string) func() ([]int, error) {
	counts := make([]int, len(apps))
	var workers errgroup.Group
	for i, app := range apps {
		workers.Go(func() error {
			report := &client.ListReport{Expected: -1}
			ref := client.Ref{ID: app, Kind: client.KindApplication}
			for _, err := range t.client.Graph.Reachable(ctx, ref, client.KindUser, client.Limit(1), client.ReportTo(report)) {
				_, counted := errors.AsType[*client.IncompleteError](err) // the count is all that is asked for
				if err != nil && !counted && !errors.Is(err, client.ErrNotFound) {
					return fmt.Errorf("compare with the traversal: %w", err)
				}
				break
			}
			counts[i] = report.Expected
			return nil
		})
	}
	return func() ([]int, error) { return counts, workers.Wait() }
}

// compare compares the expansion with JumpCloud's own counts.
// JumpCloud: the total of a traversal may count dead records, which no expansion can. What people change while the run
// goes on makes a small difference, too; a rule that the expansion does not know makes a large one.
func (t *task) compare(apps []string, counts []int) error {
	if len(apps) == 0 {
		return nil // nothing waited for the members, so nothing of them may be looked at
	}
	dead := int(t.col.Dead + t.byName[membersName].Dead)
	for i, app := range apps {
		have, want := t.expanded[app], counts[i]
		drift := 2 + want/100
		if want < 0 { // no total, or the application is gone
			continue
		}
		if have > want+drift || have+dead+drift < want {
			return fmt.Errorf("application %s: JumpCloud counts %d users who reach it, direct edges and group members give %d", app, want, have)
		}
		t.col.Proof = proofCompared
	}
	return nil
}

// targets are the kinds to which an application is assigned.
var targets = []client.Kind{client.KindUser, client.KindUserGroup}

// route reads the objects of a kind that an application has edges to.
type route func(context.Context, client.Ref, client.Kind, ...client.ListOption) iter.Seq2[*client.Edge, error]

// readBelow reads what lies below an object.
type readBelow func(context.Context, string, *found)

// both reads the users and the groups of an application in two lists, at once.
func both(by route) readBelow {
	return func(ctx context.Context, app string, f *found) {
		to := func(kind client.Kind) lister[client.Edge] {
			return func(ctx context.Context, o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return by(ctx, client.Ref{ID: app, Kind: client.KindApplication}, kind, o...)
			}
		}
		groups := &found{}
		var wg sync.WaitGroup
		wg.Go(func() { groups.read(ctx, to(client.KindUserGroup)) })
		f.read(ctx, to(client.KindUser))
		wg.Wait()
		f.add(groups)
	}
}

// expand adds the members of the bound groups to the users who are bound themselves. User groups hold only users, so
// there is nothing further to follow.
func (t *task) expand(users, groups []child) []child {
	known := t.ids(usersName)
	var all []child
	direct := map[int32]bool{}
	for _, u := range users {
		if place, ok := known.Index(u.id); ok {
			direct[int32(place)] = true //nolint:gosec // as for members
		} else {
			all = append(all, u)
		}
	}
	for _, g := range groups {
		for _, place := range t.members[g.id] {
			if !direct[place] {
				direct[place] = false
			}
		}
	}
	for place, d := range direct {
		all = append(all, child{known.At(int(place)), d})
	}
	slices.SortFunc(all, func(a, b child) int { return cmp.Compare(a.id, b.id) })
	return all
}

// assignments reads the edges of all applications. To expand is to add the members of the bound groups.
func (t *task) assignments(ctx context.Context, read readBelow, expand bool) error {
	t.expanded = map[string]int{}
	ready := false
	return t.fanOut(ctx, fan{
		window:  4 * t.run.window, // what is read waits for the members to be known, so more of it may lie ready: it is little
		parents: t.parents(applicationsName),
		exists:  exists(t.client.Applications.Get),
		read:    read,
		each: func(app string, f *found) error {
			if !ready {
				if err := t.await(ctx); err != nil {
					return err
				}
				if expand && t.status(membersName) != Complete {
					return errMembersUnknown
				}
				ready = true
			}
			users, groups := f.lists[0], f.lists[1]
			if expand {
				users = t.expand(users, groups)
				t.expanded[app] = len(users)
			}
			return t.assign(ctx, entities.ApplicationKey(app), users, groups)
		},
	})
}

// assign hands on the edges of one application.
func (t *task) assign(ctx context.Context, app entities.ApplicationKey, users, groups []child) error {
	for _, g := range groups {
		if err := t.edge(ctx, relationships.GroupAssignedApplication(entities.GroupKey(g.id), app), t.ids(groupsName).Has(g.id)); err != nil {
			return err
		}
	}
	for _, u := range users {
		own := relationships.UserAssignedApplicationProperties{Direct: u.direct}
		if err := t.edge(ctx, relationships.UserAssignedApplication(entities.UserKey(u.id), app, own), t.ids(usersName).Has(u.id)); err != nil {
			return err
		}
	}
	return nil
}
