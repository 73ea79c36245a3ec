package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

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
		needs: []string{applicationsName}, uses: []string{usersName, groupsName, membersName}, read: (*task).readAssignments,
	},
	{name: mdmsName, endpoint: "GET /api/v2/applemdms", read: (*task).readMDMs},
	{name: mdmDevicesName, endpoint: "GET /api/v2/applemdms/{apple_mdm_id}/devices", needs: []string{mdmsName}, read: (*task).readMDMDevices},
}

// sources returns, by entity type, the fields of JumpCloud's objects that its converter reads, as the struct tags name
// them. Asking for them alone shrinks the answers; it does not change how many there are.
var sources = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
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
		all[m.Type] = names
	}
	return all
})

// only asks for the fields of an entity type, unless everything is to be kept.
func (t *task) only(options []client.ListOption, typ string) []client.ListOption {
	if t.run.raw {
		return options
	}
	return append(options, client.Fields(sources()[typ]...))
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
		return t.client.SystemUsers.All(ctx, t.only(o, "jumpcloud_user")...)
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
	return list(t, func(o ...client.ListOption) iter.Seq2[*client.System, error] {
		return t.client.Systems.All(ctx, t.only(o, "jumpcloud_device")...)
	},
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
		return t.client.Applications.All(ctx, t.only(o, "jumpcloud_application")...)
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

// add joins what was read elsewhere.
func (f *found) add(other *found) {
	f.lists = append(f.lists, other.lists...)
	f.reports = append(f.reports, other.reports...)
	f.bad = append(f.bad, other.bad...)
	f.gone = f.gone || other.gone
	f.err = cmp.Or(f.err, other.err)
}

// below reads what is below each parent, some parents at a time, and hands it on in the order of the parents.
func (t *task) below(ctx context.Context, window int, parents []string, read func(context.Context, string, *found), each func(string, *found) error) error {
	ctx, cancel := context.WithCancel(ctx)
	workers, ctx := errgroup.WithContext(ctx)
	defer func() {
		cancel()
		_ = workers.Wait() // the workers return no errors of their own
	}()
	slots := make(chan chan *found, window)
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
	return t.below(ctx, t.run.window, t.groupOrder,
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
// say it, with every path in the answer. The associations are read while the members still are.
func (t *task) readAssignments(ctx context.Context) error {
	if err := t.without(t.step.name, t.step.uses); err != nil {
		if out, ok := errors.AsType[*leftOut](err); ok && out.status == Skipped {
			return err // known before the first request
		}
	}
	err := t.assignments(ctx, t.associations, true)
	if err == nil {
		return t.compare(ctx)
	}
	again := errors.Is(err, errMembersUnknown) || errors.Is(err, client.ErrForbidden) && t.empty()
	if !again || t.without(t.step.name, t.step.uses) != nil {
		return err
	}
	*t.col = Collection{Name: t.col.Name, StartedAt: t.col.StartedAt, Assumed: t.col.Assumed, Proof: proofNone}
	t.samples, t.edges = nil, 0
	return t.assignments(ctx, t.traversals, false)
}

// errMembersUnknown says that not all members of all groups are known, so that assignments cannot be expanded.
var errMembersUnknown = errors.New("not all members of all groups are known")

// samplesOfAssignments is how many applications are compared with their traversals.
const samplesOfAssignments = 3

// compare asks JumpCloud itself how many users reach some of the applications, and compares that with the expansion.
// JumpCloud: the total of a traversal may count dead records, which no expansion can. What people change while the run
// goes on makes a small difference, too; a rule that the expansion does not know makes a large one.
func (t *task) compare(ctx context.Context) error {
	apps := t.applications
	if n := len(apps); n > samplesOfAssignments {
		apps = []string{apps[0], apps[n/2], apps[n-1]}
	}
	dead := int(t.col.Dead + t.byName[membersName].Dead)
	compared := 0
	for _, app := range apps {
		want, err := t.reachers(ctx, app)
		if err != nil {
			return fmt.Errorf("compare with the traversal: %w", err)
		}
		have := t.expanded[app]
		drift := 2 + want/100
		switch {
		case want < 0: // no total, or the application is gone
		case have > want+drift || have+dead+drift < want:
			return fmt.Errorf("application %s: JumpCloud counts %d users who reach it, direct edges and group members give %d", app, want, have)
		default:
			compared++
		}
	}
	if compared > 0 {
		t.col.Proof = proofCompared
	}
	return nil
}

// reachers returns how many users reach an application in JumpCloud's own count; -1 when it does not say.
func (t *task) reachers(ctx context.Context, app string) (int, error) {
	report := &client.ListReport{}
	ref := client.Ref{ID: app, Kind: client.KindApplication}
	for _, err := range t.client.Graph.Reachable(ctx, ref, client.KindUser, client.Limit(1), client.ReportTo(report)) {
		if errors.Is(err, client.ErrNotFound) {
			return -1, nil
		}
		if err != nil {
			return 0, err
		}
		break
	}
	return report.Expected, nil
}

// associations reads the direct edges of an application.
func (t *task) associations(ctx context.Context, app string, f *found) {
	t.both(app, f, func(ref client.Ref, kind client.Kind, o ...client.ListOption) iter.Seq2[*client.Edge, error] {
		return t.client.Graph.Associations(ctx, ref, kind, o...)
	})
}

// traversals reads all users and groups that reach an application.
func (t *task) traversals(ctx context.Context, app string, f *found) {
	t.both(app, f, func(ref client.Ref, kind client.Kind, o ...client.ListOption) iter.Seq2[*client.Edge, error] {
		return t.client.Graph.Reachable(ctx, ref, kind, o...)
	})
}

// both reads the users and the groups of an application, at once.
func (t *task) both(app string, f *found, edges func(client.Ref, client.Kind, ...client.ListOption) iter.Seq2[*client.Edge, error]) {
	ref := client.Ref{ID: app, Kind: client.KindApplication}
	read := func(kind client.Kind, f *found) {
		f.read(func(o ...client.ListOption) iter.Seq2[*client.Edge, error] { return edges(ref, kind, o...) })
	}
	groups := &found{}
	var wg sync.WaitGroup
	wg.Go(func() { read(client.KindUserGroup, groups) })
	read(client.KindUser, f)
	wg.Wait()
	f.add(groups)
}

// expand adds the members of the bound groups to the users who are bound themselves. User groups hold only users, so
// there is nothing further to follow.
func (t *task) expand(users, groups []child) []child {
	direct := map[string]bool{}
	for _, u := range users {
		direct[u.id] = true
	}
	for _, g := range groups {
		for _, id := range t.members[g.id] {
			if !direct[id] {
				direct[id] = false
			}
		}
	}
	all := make([]child, 0, len(direct))
	for id, d := range direct {
		all = append(all, child{id, d})
	}
	slices.SortFunc(all, func(a, b child) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (t *task) assignments(ctx context.Context, read func(context.Context, string, *found), expand bool) error {
	ready := false
	t.expanded = map[string]int{}
	// What is read waits for the members to be known, so more of it may lie ready: it is little.
	return t.below(ctx, 4*t.run.window, t.applications, read, func(app string, f *found) error {
		if !ready {
			if err := t.await(ctx); err != nil {
				return err
			}
			if expand && t.status(membersName) != Complete {
				return errMembersUnknown
			}
			ready = true
		}
		key := entities.ApplicationKey(app)
		users, groups := f.lists[0], f.lists[1]
		if expand {
			users = t.expand(users, groups)
			t.expanded[app] = len(users)
		}
		for _, g := range groups {
			if err := t.edge(ctx, relationships.GroupAssignedApplication(entities.GroupKey(g.id), key), t.groups.has(g.id)); err != nil {
				return err
			}
		}
		for _, u := range users {
			if err := t.edge(ctx, relationships.UserAssignedApplication(entities.UserKey(u.id), key, u.direct), t.users.has(u.id)); err != nil {
				return err
			}
		}
		return nil
	})
}
