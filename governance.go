package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// The names of the collections of the layer governance that others need.
const (
	settingsName        = "organizations/settings"
	sshKeysName         = "systemusers/sshkeys"
	mfaName             = "systemusers/mfa"
	rolesName           = "roles"
	administratorsName  = "administrators"
	serviceAccountsName = "serviceaccounts"
	ipListsName         = "iplists"
	authnPoliciesName   = "authn/policies"
	directoriesName     = "directories"
	radiusServersName   = "radiusservers"
)

// governed is what collections of the layer governance leave for those that are made of them. Each part is written by one
// step before it is done, and read by steps that need it.
type governed struct {
	emails         map[string][]string // ids of users by e-mail address in small letters, two at most
	administrators []*client.Administrator
	accounts       []*client.ServiceAccountRecord
	policies       []*client.AuthnPolicy
	kinds          map[string]client.Kind // of directories, by id
}

// keeping adds to an inventory that its objects are kept for the collections that are made of it.
func keeping[T any, E entities.Entity](in inventory[T, E], list *[]*T) inventory[T, E] {
	in.each = func(_ context.Context, v *T, _ E) error {
		*list = append(*list, v)
		return nil
	}
	return in
}

func (t *task) readRoles(ctx context.Context) error {
	return read(ctx, t, inventory[client.Role, *entities.Role]{
		list:    t.client.Roles.All,
		convert: t.convert.Role,
		edge: func(r *entities.Role) relationships.Relationship {
			return relationships.AccountHasRole(t.account, entities.RoleKey(r.Key))
		},
	})
}

func (t *task) readServiceAccounts(ctx context.Context) error {
	return read(ctx, t, keeping(inventory[client.ServiceAccountRecord, *entities.ServiceAccount]{
		list:    t.client.ServiceAccounts.All,
		owner:   func(a *client.ServiceAccountRecord) string { return a.Organization },
		convert: t.convert.ServiceAccount,
		edge: func(a *entities.ServiceAccount) relationships.Relationship {
			return relationships.AccountHasServiceAccount(t.account, entities.ServiceAccountKey(a.Key))
		},
	}, &t.governed.accounts))
}

func (t *task) readIPLists(ctx context.Context) error {
	return read(ctx, t, inventory[client.IPList, *entities.IPList]{
		list:    t.client.IPLists.All,
		convert: t.convert.IPList,
		edge: func(l *entities.IPList) relationships.Relationship {
			return relationships.AccountHasIPList(t.account, entities.IPListKey(l.Key))
		},
	})
}

func (t *task) readAuthnPolicies(ctx context.Context) error {
	return read(ctx, t, keeping(inventory[client.AuthnPolicy, *entities.AuthnPolicy]{
		list:    t.client.AuthnPolicies.All,
		convert: t.convert.AuthnPolicy,
		edge: func(p *entities.AuthnPolicy) relationships.Relationship {
			return relationships.AccountHasAuthnPolicy(t.account, entities.AuthnPolicyKey(p.Key))
		},
	}, &t.governed.policies))
}

func (t *task) readRADIUSServers(ctx context.Context) error {
	return read(ctx, t, inventory[client.RADIUSServer, *entities.RADIUSServer]{
		list:    t.client.RADIUSServers.All,
		owner:   func(r *client.RADIUSServer) string { return r.Organization },
		convert: t.convert.RADIUSServer,
		edge: func(r *entities.RADIUSServer) relationships.Relationship {
			return relationships.AccountHasRADIUSServer(t.account, entities.RADIUSServerKey(r.Key))
		},
	})
}

// readAdministrators reads the administrators. JumpCloud: their list is that of all organizations that the key can see. Where
// there may be several, the links say whose they are, or else the organization that an administrator names.
func (t *task) readAdministrators(ctx context.Context) error {
	linked, err := t.links(ctx)
	if err != nil {
		return err
	}
	var unknown []string
	in := keeping(inventory[client.Administrator, *entities.Administrator]{
		list: func(ctx context.Context, options ...client.ListOption) iter.Seq2[*client.Administrator, error] {
			return t.whose(t.client.Administrators.All(ctx, options...), linked, &unknown)
		},
		convert: t.convert.Administrator,
		edge: func(a *entities.Administrator) relationships.Relationship {
			return relationships.AccountHasAdministrator(t.account, entities.AdministratorKey(a.Key))
		},
	}, &t.governed.administrators)
	if err := read(ctx, t, in); err != nil {
		return err
	}
	if len(unknown) > 0 {
		return fmt.Errorf("whose %d administrators are is not known, since the administrator links could not be read: %s",
			len(unknown), strings.Join(unknown[:min(len(unknown), maxSamples)], ", "))
	}
	return nil
}

// links returns the ids of the administrators of the organization where there may be several organizations; nil otherwise,
// and where the links may not be read.
func (t *task) links(ctx context.Context) (map[string]bool, error) {
	if t.client.OrgID() == "" {
		return nil, nil //nolint:nilnil // all are those of the only organization
	}
	linked := map[string]bool{}
	for l, err := range t.client.Administrators.Links(ctx, t.org.ID, client.OnBadRecord(t.bad)) {
		switch {
		case err != nil && notReadable(t.run.confirm(ctx, err)):
			return nil, nil //nolint:nilnil // the administrators themselves may say whose they are
		case err != nil:
			return nil, err
		}
		linked[l.Administrator] = true
	}
	return linked, nil
}

// whose leaves out the administrators of other organizations, and notes those of whom that is not known.
func (t *task) whose(all iter.Seq2[*client.Administrator, error], linked map[string]bool, unknown *[]string) iter.Seq2[*client.Administrator, error] {
	return func(yield func(*client.Administrator, error) bool) {
		for a, err := range all {
			if err == nil && t.client.OrgID() != "" && !linked[cmp.Or(a.ID, a.OtherID)] && a.Organization != t.org.ID {
				if linked == nil && a.Organization == "" {
					*unknown = append(*unknown, cmp.Or(a.ID, a.OtherID))
				}
				t.col.Dropped++
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// readSettings reads the organization itself, for its settings and its password policy.
func (t *task) readSettings(ctx context.Context) error {
	o, err := t.client.Organizations.Get(ctx, t.org.ID)
	if err == nil {
		err = same(t.org.ID, o)
	}
	if err != nil {
		return err
	}
	t.counts(&client.ListReport{Route: t.step.Endpoint, Expected: 1, Received: 1, Pages: 1})
	settings, err := t.convert.OrganizationSettings(o)
	if err != nil {
		t.reject(err)
		return nil
	}
	if err := t.belongs(ctx, settings, relationships.AccountHasOrganizationSettings(t.account, entities.OrganizationSettingsKey(settings.Key))); err != nil {
		return err
	}
	if o.Settings == nil || o.Settings.PasswordPolicy == nil {
		return errors.New("JumpCloud sent no password policy: the key may not see the settings")
	}
	policy, err := t.convert.PasswordPolicy(o)
	if err != nil {
		t.reject(err)
		return nil
	}
	return t.belongs(ctx, policy, relationships.AccountHasPasswordPolicy(t.account, entities.PasswordPolicyKey(policy.Key)))
}

// belongs hands on an entity and the edge from what it belongs to.
func (t *task) belongs(ctx context.Context, e entities.Entity, r relationships.Relationship) error {
	if ok, err := t.entity(ctx, e); !ok || err != nil {
		return err
	}
	return t.relationship(ctx, r)
}

// directoryKinds are the kinds of graph objects of the directories that have edges.
var directoryKinds = []client.Kind{client.KindActiveDirectory, client.KindGSuite, client.KindLDAPServer, client.KindOffice365}

// joinable are the directories that have edges.
func joinable(kinds map[string]client.Kind, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(directoryKinds, kinds[id]) })
}

// readDirectories reads the directories, and of those that have one the list that tells their state.
func (t *task) readDirectories(ctx context.Context) error {
	var all []*client.Directory
	var report client.ListReport
	defer func() { t.counts(&report) }()
	for d, err := range t.client.Directories.All(ctx, client.OnBadRecord(t.bad), client.ReportTo(&report)) {
		if err != nil {
			return err
		}
		if err := t.mine(d.Organization); err != nil {
			return err
		}
		all = append(all, d)
	}
	more, unknown := t.states(ctx, all)
	if fatal(ctx, unknown) {
		return unknown
	}
	t.governed.kinds = map[string]client.Kind{}
	for _, d := range all {
		e, err := t.convert.Directory(d)
		if err != nil {
			t.reject(err)
			continue
		}
		if add := more[e.Key]; add != nil {
			add(e)
		}
		t.governed.kinds[e.Key] = client.Kind(d.Type)
		if err := t.belongs(ctx, e, relationships.AccountHasDirectory(t.account, entities.DirectoryKey(e.Key))); err != nil {
			return err
		}
	}
	if unknown != nil {
		return fmt.Errorf("the state of some directories is not known: %w", unknown)
	}
	return nil
}

// states reads what other lists hold of directories, by the id of the directory: what to do with its entity.
func (t *task) states(ctx context.Context, all []*client.Directory) (map[string]func(*entities.Directory), error) {
	has := func(typ string) bool {
		return slices.ContainsFunc(all, func(d *client.Directory) bool { return d.Type == typ })
	}
	more := map[string]func(*entities.Directory){}
	if has(string(client.KindActiveDirectory)) {
		for v, err := range t.client.Directories.ActiveDirectories(ctx, client.OnBadRecord(t.bad)) {
			if err != nil {
				return more, err
			}
			more[cmp.Or(v.ID, v.OtherID)] = func(e *entities.Directory) { t.oddIn("activeDirectory", e.Key, v.OddFields()); e.AddActiveDirectory(v) }
		}
	}
	if has(workday) {
		for v, err := range t.client.Directories.Workdays(ctx, client.OnBadRecord(t.bad)) {
			if err != nil {
				return more, err
			}
			more[cmp.Or(v.ID, v.OtherID)] = func(e *entities.Directory) { t.oddIn("workday", e.Key, v.OddFields()); e.AddWorkday(v) }
		}
	}
	return more, nil
}

// workday is the type of the directories that have no edges.
const workday = "workday"

// oddIn counts the odd fields of what another list holds of an entity.
func (t *task) oddIn(list, key string, fields []client.OddField) {
	for _, f := range fields {
		t.odd(list+"."+f.Path, client.OddCount{Count: 1, IDs: []string{key}})
	}
}

// edgesOf reads the edges of each parent, which is of a kind, and hands on an edge of the graph for each whose end is known.
func (t *task) edgesOf(ctx context.Context, parents []string, kind func(string) client.Kind, list edgeList, ends string, edge func(parent, end string) relationships.Relationship) error {
	known := t.ids(ends)
	err := t.fanOut(ctx, fan{
		window: t.run.window, parents: parents,
		exists: func(context.Context, string) error { return nil }, // the list of the parents was read a moment ago
		read: func(ctx context.Context, parent string, f *found) {
			f.read(ctx, func(ctx context.Context, o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return list(ctx, client.Ref{ID: parent, Kind: kind(parent)}, o...)
			})
		},
		each: func(parent string, f *found) error {
			for _, c := range f.lists[0] {
				if err := t.edge(ctx, edge(parent, c.id), known.Has(c.id)); err != nil {
					return err
				}
			}
			return nil
		},
	})
	return cmp.Or(err, t.wholeSources())
}

// edgeList is a list of edges of an object.
type edgeList func(ctx context.Context, of client.Ref, options ...client.ListOption) iter.Seq2[*client.Edge, error]

// groupsOf lists the groups that are joined to an object directly.
func (t *task) groupsOf(ctx context.Context, of client.Ref, options ...client.ListOption) iter.Seq2[*client.Edge, error] {
	return t.client.Graph.Associations(ctx, of, client.KindUserGroup, options...)
}

// usersOf lists the users that an object reaches, directly or by a group.
func (t *task) usersOf(ctx context.Context, of client.Ref, options ...client.ListOption) iter.Seq2[*client.Edge, error] {
	return t.client.Graph.Reachable(ctx, of, client.KindUser, options...)
}

func (t *task) kindOfDirectory(id string) client.Kind { return t.governed.kinds[id] }

func (t *task) readDirectoryGroups(ctx context.Context) error {
	return t.edgesOf(ctx, joinable(t.governed.kinds, t.parents(directoriesName)), t.kindOfDirectory, t.groupsOf, groupsName, func(directory, group string) relationships.Relationship {
		return relationships.GroupAssignedDirectory(entities.GroupKey(group), entities.DirectoryKey(directory))
	})
}

func (t *task) readDirectoryUsers(ctx context.Context) error {
	return t.edgesOf(ctx, joinable(t.governed.kinds, t.parents(directoriesName)), t.kindOfDirectory, t.usersOf, usersName, func(directory, user string) relationships.Relationship {
		return relationships.UserAssignedDirectory(entities.UserKey(user), entities.DirectoryKey(directory))
	})
}

func (t *task) readRADIUSGroups(ctx context.Context) error {
	kind := func(string) client.Kind { return client.KindRADIUSServer }
	return t.edgesOf(ctx, t.parents(radiusServersName), kind, t.groupsOf, groupsName, func(server, group string) relationships.Relationship {
		return relationships.GroupAssignedRADIUSServer(entities.GroupKey(group), entities.RADIUSServerKey(server))
	})
}
