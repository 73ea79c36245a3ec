package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// steps are the collections of a run, in their order in the manifest.
var steps = []step{
	{name: usersName, endpoint: "POST /api/search/systemusers", read: (*task).readUsers},
	{name: systemsName, endpoint: "POST /api/search/systems", read: (*task).readSystems},
	{name: groupsName, endpoint: "GET /api/v2/usergroups", read: (*task).readGroups},
	{name: membersName, endpoint: "GET /api/v2/usergroups/{group_id}/members", needs: []string{groupsName, usersName}, read: (*task).readMembers},
	{name: applicationsName, endpoint: "GET /api/applications", read: (*task).readApplications},
	{
		name: assignmentsName, endpoint: "GET /api/v2/applications/{application_id}/associations",
		needs: []string{applicationsName, usersName, groupsName, membersName}, read: (*task).readAssignments,
	},
	{name: mdmsName, endpoint: "GET /api/v2/applemdms", read: (*task).readMDMs},
	{name: mdmDevicesName, endpoint: "GET /api/v2/applemdms/{apple_mdm_id}/devices", needs: []string{mdmsName}, read: (*task).readMDMDevices},
}

// list walks a list, with bad records rejected, and adds it to the counts.
func list[T any](t *task, read func(...client.ListOption) iter.Seq2[*T, error], each func(*T) error) error {
	var report client.ListReport
	defer func() { t.counts(&report) }()
	n := 0
	for v, err := range read(client.OnBadRecord(t.bad), client.ReportTo(&report)) {
		if err != nil {
			return err
		}
		if err := each(v); err != nil {
			return err
		}
		if n++; n%batchSize == 0 {
			t.run.event(Event{Organization: t.org.ID, Collection: t.col.Name, Received: int64(n), Expected: int64(report.Expected)})
		}
	}
	return nil
}

// mine refuses an object of another organization. An object that names none is taken.
func (t *task) mine(organization string) error {
	if organization != "" && organization != t.org.ID {
		return fmt.Errorf("%w: asked for %s, got %s", errMixed, t.org.ID, organization)
	}
	return nil
}

// add converts an object, and hands on the entity with the edge that joins it to its account. It reports the id of an
// object that is part of the graph.
func add[T any, E entities.Entity](ctx context.Context, t *task, v *T, convert func(*T) (E, error), edge func(string) relationships.Relationship) (string, error) {
	e, err := convert(v)
	if err != nil {
		t.reject(err)
		return "", nil
	}
	rejected := t.col.Rejected
	if err := t.entity(ctx, e); err != nil || t.col.Rejected > rejected {
		return "", err
	}
	key := e.Header().Key
	return key, t.relationship(ctx, edge(key))
}

func (t *task) readUsers(ctx context.Context) error {
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.SystemUser, error] {
		return t.client.SystemUsers.All(ctx, o...)
	},
		func(u *client.SystemUser) error {
			if err := t.mine(u.Organization); err != nil {
				return err
			}
			id, err := add(ctx, t, u, t.convert.User, func(key string) relationships.Relationship {
				return relationships.AccountHasUser(t.account, entities.UserKey(key))
			})
			if id != "" {
				t.users.add(id)
			}
			return err
		})
}

func (t *task) readSystems(ctx context.Context) error {
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.System, error] { return t.client.Systems.All(ctx, o...) },
		func(s *client.System) error {
			if err := t.mine(s.Organization); err != nil {
				return err
			}
			_, err := add(ctx, t, s, t.convert.Device, func(key string) relationships.Relationship {
				return relationships.AccountHasDevice(t.account, entities.DeviceKey(key))
			})
			return err
		})
}

func (t *task) readGroups(ctx context.Context) error {
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.UserGroup, error] {
		return t.client.UserGroups.All(ctx, o...)
	},
		func(g *client.UserGroup) error {
			if err := t.mine(g.OrganizationObjectID); err != nil {
				return err
			}
			id, err := add(ctx, t, g, t.convert.Group, func(key string) relationships.Relationship {
				return relationships.AccountHasGroup(t.account, entities.GroupKey(key))
			})
			if id != "" {
				t.groups.add(id)
				t.groupOrder = append(t.groupOrder, id)
			}
			return err
		})
}

func (t *task) readApplications(ctx context.Context) error {
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.Application, error] {
		return t.client.Applications.All(ctx, o...)
	},
		func(a *client.Application) error {
			if err := t.mine(a.Organization); err != nil {
				return err
			}
			id, err := add(ctx, t, a, t.convert.Application, func(key string) relationships.Relationship {
				return relationships.AccountHasApplication(t.account, entities.ApplicationKey(key))
			})
			if id != "" {
				t.applications = append(t.applications, id)
			}
			return err
		})
}

func (t *task) readMDMs(ctx context.Context) error {
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.AppleMDM, error] {
		return t.client.AppleMDMs.All(ctx, o...)
	},
		func(m *client.AppleMDM) error {
			if err := t.mine(m.Organization); err != nil {
				return err
			}
			id, err := add(ctx, t, m, t.convert.AppleMDM, func(key string) relationships.Relationship {
				return relationships.AccountHasAppleMDM(t.account, entities.AppleMDMKey(key))
			})
			if id != "" {
				t.mdms = append(t.mdms, id)
			}
			return err
		})
}

func (t *task) readMDMDevices(ctx context.Context) error {
	for _, mdm := range t.mdms {
		err := list(t, func(o ...client.ListOption) iter.Seq2[*client.AppleMDMDevice, error] {
			return t.client.AppleMDMs.Devices(ctx, mdm, o...)
		},
			func(d *client.AppleMDMDevice) error {
				_, err := add(ctx, t, d, t.convert.AppleDevice, func(key string) relationships.Relationship {
					return relationships.AppleDeviceHasAppleMDM(entities.AppleDeviceKey(key), entities.AppleMDMKey(mdm))
				})
				return err
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// found is what was read below one parent.
type found struct {
	lists   [][]child // one per list, each sorted by id
	reports []*client.ListReport
	bad     []*client.DecodeError
	gone    bool // the parent does not exist any more
	err     error
}

// child is an object below a parent.
type child struct {
	id     string
	direct bool
}

// read reads one list of edges into f. A parent that is gone has none.
func (f *found) read(edges func(...client.ListOption) iter.Seq2[*client.Edge, error]) {
	report := &client.ListReport{}
	var children []child
	for e, err := range edges(client.ReportTo(report), client.OnBadRecord(func(e *client.DecodeError) error {
		f.bad = append(f.bad, e)
		return nil
	})) {
		if errors.Is(err, client.ErrNotFound) {
			// JumpCloud: the parent was deleted a moment ago.
			f.gone = true
			f.lists = append(f.lists, nil)
			return
		}
		if err != nil {
			f.err = err
			return
		}
		children = append(children, child{id: e.To.ID, direct: e.Direct()})
	}
	slices.SortFunc(children, func(a, b child) int { return cmp.Compare(a.id, b.id) })
	f.lists = append(f.lists, children)
	f.reports = append(f.reports, report)
}

// below reads what is below each parent, some parents at a time, and hands it on in the order of the parents.
func (t *task) below(ctx context.Context, parents []string, read func(context.Context, string, *found), each func(string, *found) error) error {
	ctx, cancel := context.WithCancel(ctx)
	workers, ctx := errgroup.WithContext(ctx)
	defer func() {
		cancel()
		_ = workers.Wait() // the workers return no errors of their own
	}()
	slots := make(chan chan *found, t.run.window)
	workers.Go(func() error {
		defer close(slots)
		for _, p := range parents {
			slot := make(chan *found, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return nil
			}
			workers.Go(func() error {
				f := &found{}
				read(ctx, p, f)
				slot <- f
				return nil
			})
		}
		return nil
	})
	gone := 0
	for _, p := range parents {
		var f *found
		select {
		case slot, ok := <-slots:
			if !ok {
				return context.Cause(ctx)
			}
			f = <-slot
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, r := range f.reports {
			t.counts(r)
		}
		for _, e := range f.bad {
			t.reject(e)
		}
		if f.err != nil {
			return f.err
		}
		if f.gone {
			gone++
		}
		if err := each(p, f); err != nil {
			return err
		}
	}
	if gone > 0 && gone == len(parents) {
		// One parent may be deleted during a run; that all are is not believable.
		return fmt.Errorf("%s: JumpCloud answered 404 for every one of the %d parents", t.col.Endpoint, gone)
	}
	return nil
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

func (t *task) readMembers(ctx context.Context) error {
	return t.below(ctx, t.groupOrder,
		func(ctx context.Context, group string, f *found) {
			f.read(func(o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return t.client.UserGroups.Members(ctx, group, o...)
			})
		},
		func(group string, f *found) error {
			var ids []string
			for _, m := range f.lists[0] {
				known := t.users.has(m.id)
				if known {
					ids = append(ids, m.id)
				}
				if err := t.edge(ctx, relationships.GroupHasUser(entities.GroupKey(group), entities.UserKey(m.id)), known); err != nil {
					return err
				}
			}
			t.members[group] = ids
			return nil
		})
}

// readAssignments reads who may use which application. Direct edges and the members of the bound groups say it in the
// fewest requests. That needs all members to be known and the associations to be readable; otherwise the traversals
// say it, with every path in the answer.
func (t *task) readAssignments(ctx context.Context) error {
	read := t.associations
	if t.status(membersName) != Complete {
		read = t.traversals
	}
	err := t.assignments(ctx, read)
	if t.empty() && errors.Is(err, client.ErrForbidden) && t.status(membersName) == Complete {
		*t.col = Collection{Name: t.col.Name, StartedAt: t.col.StartedAt, Assumed: t.col.Assumed, Proof: proofNone}
		t.samples, t.edges = nil, 0
		return t.assignments(ctx, t.traversals)
	}
	return err
}

// associations reads the direct edges of an application, and adds the members of its groups.
func (t *task) associations(ctx context.Context, app string, f *found) {
	ref := client.Ref{ID: app, Kind: client.KindApplication}
	for _, kind := range []client.Kind{client.KindUser, client.KindUserGroup} {
		if f.err == nil {
			f.read(func(o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return t.client.Graph.Associations(ctx, ref, kind, o...)
			})
		}
	}
	if f.err != nil {
		return
	}
	direct := map[string]bool{}
	for _, u := range f.lists[0] {
		direct[u.id] = true
	}
	for _, g := range f.lists[1] {
		for _, id := range t.members[g.id] {
			if _, ok := direct[id]; !ok {
				direct[id] = false
			}
		}
	}
	users := make([]child, 0, len(direct))
	for id, d := range direct {
		users = append(users, child{id, d})
	}
	slices.SortFunc(users, func(a, b child) int { return cmp.Compare(a.id, b.id) })
	f.lists[0] = users
}

// traversals reads all users and groups that reach an application.
func (t *task) traversals(ctx context.Context, app string, f *found) {
	ref := client.Ref{ID: app, Kind: client.KindApplication}
	for _, kind := range []client.Kind{client.KindUser, client.KindUserGroup} {
		if f.err == nil {
			f.read(func(o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return t.client.Graph.Reachable(ctx, ref, kind, o...)
			})
		}
	}
}

func (t *task) assignments(ctx context.Context, read func(context.Context, string, *found)) error {
	return t.below(ctx, t.applications, read, func(app string, f *found) error {
		key := entities.ApplicationKey(app)
		for _, g := range f.lists[1] {
			if err := t.edge(ctx, relationships.GroupAssignedApplication(entities.GroupKey(g.id), key), t.groups.has(g.id)); err != nil {
				return err
			}
		}
		for _, u := range f.lists[0] {
			if err := t.edge(ctx, relationships.UserAssignedApplication(entities.UserKey(u.id), key, u.direct), t.users.has(u.id)); err != nil {
				return err
			}
		}
		return nil
	})
}
