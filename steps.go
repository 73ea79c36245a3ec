package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// steps are the collections of a run, in their order in the manifest.
var steps = []step{
	{
		name: usersName, endpoint: "POST /api/search/systemusers", read: (*task).readUsers,
		types: []string{"jumpcloud_user", "jumpcloud_account_has_user"},
	},
	{
		name: systemsName, endpoint: "POST /api/search/systems", read: (*task).readSystems,
		types: []string{"jumpcloud_device", "jumpcloud_account_has_device"},
	},
	{
		name: groupsName, endpoint: "GET /api/v2/usergroups", read: (*task).readGroups,
		types: []string{"jumpcloud_group", "jumpcloud_account_has_group"},
	},
	{
		name: membersName, endpoint: "GET /api/v2/usergroups/{group_id}/members", needs: []string{groupsName, usersName}, read: (*task).readMembers,
		types: []string{"jumpcloud_group_has_user"},
	},
	{
		name: applicationsName, endpoint: "GET /api/applications", read: (*task).readApplications,
		types: []string{"jumpcloud_application", "jumpcloud_account_has_application"},
	},
	{
		name: assignmentsName, endpoint: "GET /api/v2/applications/{application_id}/associations",
		needs: []string{applicationsName}, uses: []string{usersName, groupsName, membersName}, read: (*task).readAssignments,
		types: []string{"jumpcloud_group_assigned_application", "jumpcloud_user_assigned_application"},
	},
	{
		name: mdmsName, endpoint: "GET /api/v2/applemdms", optional: true, read: (*task).readMDMs,
		types: []string{"jumpcloud_apple_mdm", "jumpcloud_account_has_apple_mdm"},
	},
	{
		name: mdmDevicesName, endpoint: "GET /api/v2/applemdms/{apple_mdm_id}/devices", needs: []string{mdmsName}, optional: true, read: (*task).readMDMDevices,
		types: []string{"jumpcloud_apple_device", "jumpcloud_apple_device_has_mdm"},
	},
}

// CollectionOf returns the name of the collection that the entities or relationships of a type come from; see
// [Collections]. What no other collection gives is made of the organizations.
func CollectionOf(typ string) string {
	for _, s := range steps {
		if slices.Contains(s.types, typ) {
			return s.name
		}
	}
	return organizationsName
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
				t.users.Add(id)
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
				t.groups.Add(id)
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
		}, func(d *client.AppleMDMDevice) error {
			_, err := add(ctx, t, d, t.convert.AppleDevice, func(key string) relationships.Relationship {
				return relationships.AppleDeviceHasAppleMDM(entities.AppleDeviceKey(key), entities.AppleMDMKey(mdm))
			})
			return err
		})
		if errors.Is(err, client.ErrNotFound) && len(t.mdms) > 1 {
			// Not the end of the others, and not a collection that is not in use either.
			err = fmt.Errorf("the devices of one of %d device managers: %v", len(t.mdms), err) //nolint:errorlint // on purpose: it must not count as unavailable
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *task) readMembers(ctx context.Context) error {
	exists := func(ctx context.Context, id string) error { _, err := t.client.UserGroups.Get(ctx, id); return err }
	return t.below(ctx, t.run.window, t.groupOrder, exists,
		func(ctx context.Context, group string, f *found) {
			f.read(func(o ...client.ListOption) iter.Seq2[*client.Edge, error] {
				return t.client.UserGroups.Members(ctx, group, o...)
			})
		},
		func(group string, f *found) error {
			places := make([]int32, 0, len(f.lists[0]))
			for _, m := range f.lists[0] {
				place, known := t.users.Index(m.id)
				if known {
					places = append(places, int32(place)) //nolint:gosec // JumpCloud has no two milliards of users
				}
				if err := t.edge(ctx, relationships.GroupHasUser(entities.GroupKey(group), entities.UserKey(m.id)), known); err != nil {
					return err
				}
			}
			t.members[group] = places
			return nil
		})
}
