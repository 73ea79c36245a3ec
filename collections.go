package jumpgraph

import (
	"context"
	"slices"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// CollectionInfo describes one kind of data that a run reads.
type CollectionInfo struct {
	// Name is what the collection is called in manifests and for [Skip].
	Name string
	// Title is what is read, in words.
	Title string
	// Endpoint is the operation that reads it; a run may have to use another one, which its manifest names.
	Endpoint string
	// Layer is the part of the data model that it belongs to. A run reads all of core, and the layers of [WithLayers], unless
	// [Skip] leaves something out.
	Layer Layer
	// Scope is the right that a key needs to read it, such as users.readonly, besides those for what it needs and uses. It is
	// empty where those are enough. See docs/access.md.
	Scope string
	// Plan is what JumpCloud's documentation says of the plan that an organization needs to have something in it. It is empty
	// where it says nothing.
	Plan string
	// Types are the types of the entities and relationships that come from it.
	Types []string
	// Needs are the collections that are read before it; what it reads lies below the records of the first of them.
	Needs []string
	// Uses are the collections that are read before it is written. They may be read at the same time.
	Uses []string
	// PageSize is how many records a page holds.
	PageSize int
	// PerParent is how many requests it takes at least for each record of the first of Needs, and Samples for how many of
	// them one more is sent, to compare what was concluded with JumpCloud's own count.
	PerParent, Samples int
	// Proofs is for how many of them two more are sent, to prove that one list holds what two lists do. Where it does not, each
	// record takes one more instead.
	Proofs int
	// Derived says that it is made of what the collections that it needs hold, without a request of its own.
	Derived bool
	// Optional says that not every organization uses it: 404 means that there is none.
	Optional bool
}

// collection is a row of the table.
type collection struct {
	CollectionInfo

	read  func(*task, context.Context) error
	total func(context.Context, *client.Client) (int, error) // how many records there are; nil for what lies below others
	// plan says what reading it costs where its pages do not say that, and notes in the plan what others need.
	plan func(context.Context, *client.Client, *RequestPlan) (requests int, err error)
}

// The names of the collections that others need.
const (
	organizationsName = "organizations"
	usersName         = "systemusers"
	groupsName        = "usergroups"
	membersName       = "usergroups/members"
	applicationsName  = "applications"
	mdmsName          = "applemdms"
)

// conditionsPlan is from https://jumpcloud.com/support/get-started-conditional-access-policies, read in November 2026.
const conditionsPlan = "Platform Prime, for conditions in policies of the user portal and of applications"

// samplesOfAssignments is how many applications are compared with their traversals.
const samplesOfAssignments = 3

// table has a row for each collection, in the order of the manifest. Everything that is known of one stands here and in its
// reader below; plans, names, documentation and what sinks say of the steps of a run are derived from it.
var table = []collection{
	{
		CollectionInfo: CollectionInfo{
			Name: organizationsName, Title: "Organizations", Endpoint: "GET /api/organizations", Layer: layerCore, PageSize: 100,
			Scope: "organizations.readonly",
			Types: []string{"jumpcloud_account"},
		},
		// It is read before the others: it says whose they are.
	},
	{
		CollectionInfo: CollectionInfo{
			Name: usersName, Title: "Users", Endpoint: "POST /api/search/systemusers", Layer: layerCore, PageSize: 1000,
			Scope: "users.readonly",
			Types: []string{"jumpcloud_user", "jumpcloud_account_has_user"},
		},
		read: (*task).readUsers,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.SystemUsers.Page(ctx, client.Limit(1), client.Fields("_id")))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "systems", Title: "Devices", Endpoint: "POST /api/search/systems", Layer: layerCore, PageSize: 1000,
			Scope: "systems.readonly",
			Types: []string{"jumpcloud_device", "jumpcloud_account_has_device"},
		},
		read: (*task).readSystems,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.Systems.Page(ctx, client.Limit(1), client.Fields("_id")))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: groupsName, Title: "Groups", Endpoint: "GET /api/v2/usergroups", Layer: layerCore, PageSize: 100,
			Scope: "groups.readonly",
			Types: []string{"jumpcloud_group", "jumpcloud_account_has_group"},
		},
		read: (*task).readGroups,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.UserGroups.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: membersName, Title: "Group Members", Endpoint: "GET /api/v2/usergroups/{group_id}/members", Layer: layerCore,
			PageSize: 100, PerParent: 1, Needs: []string{groupsName, usersName},
			Scope: "users.readonly",
			Types: []string{"jumpcloud_group_has_user"},
		},
		read: (*task).readMembers,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: applicationsName, Title: "Applications", Endpoint: "GET /api/applications", Layer: layerCore, PageSize: 100,
			Scope: "applications.readonly",
			Types: []string{"jumpcloud_application", "jumpcloud_account_has_application"},
		},
		read: (*task).readApplications,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.Applications.Page(ctx, client.Limit(1), client.Fields("_id")))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "applications/assignments", Title: "Application Members", Endpoint: "GET /api/v2/applications/{application_id}/associations",
			Layer: layerCore, PageSize: 100, PerParent: 1, Samples: samplesOfAssignments, Proofs: provenApplications,
			Needs: []string{applicationsName}, Uses: []string{usersName, groupsName, membersName},
			Types: []string{"jumpcloud_group_assigned_application", "jumpcloud_user_assigned_application"},
		},
		read: (*task).readAssignments,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: mdmsName, Title: "Apple MDM", Endpoint: "GET /api/v2/applemdms", Layer: layerCore, PageSize: 100, Optional: true,
			Scope: "mdm.readonly",
			Types: []string{"jumpcloud_apple_mdm", "jumpcloud_account_has_apple_mdm"},
		},
		read: (*task).readMDMs,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.AppleMDMs.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "applemdms/devices", Title: "Apple Devices", Endpoint: "GET /api/v2/applemdms/{apple_mdm_id}/devices", Layer: layerCore,
			PageSize: 100, PerParent: 1, Needs: []string{mdmsName},
			Scope: "mdm.readonly",
			Types: []string{"jumpcloud_apple_device", "jumpcloud_apple_device_has_mdm"},
		},
		read: (*task).readMDMDevices,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: settingsName, Title: "Organization Settings", Endpoint: "GET /api/organizations/{id}", Layer: Governance, PageSize: 1, Optional: true,
			Scope: "organizations.readonly",
			Types: []string{"jumpcloud_organization_settings", "jumpcloud_password_policy", "jumpcloud_account_has_organization_settings", "jumpcloud_account_has_password_policy"},
		},
		read: (*task).readSettings,
		plan: planSettings,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: sshKeysName, Title: "SSH Keys", Endpoint: "POST /api/search/systemusers", Layer: Governance, PageSize: 1000, Optional: true,
			Derived: true, Needs: []string{usersName},
			Types: []string{"jumpcloud_ssh_key", "jumpcloud_user_has_ssh_key"},
		},
		read: (*task).readSide,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: mfaName, Title: "MFA Factors", Endpoint: "POST /api/search/systemusers", Layer: Governance, PageSize: 1000, Optional: true,
			Derived: true, Needs: []string{usersName},
			Types: []string{"jumpcloud_mfa_factor", "jumpcloud_user_assigned_mfa_factor"},
		},
		read: (*task).readSide,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: rolesName, Title: "Roles", Endpoint: "GET /api/v2/roles", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "roles.readonly",
			Types: []string{"jumpcloud_role", "jumpcloud_account_has_role"},
		},
		read: (*task).readRoles,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.Roles.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: administratorsName, Title: "Administrators", Endpoint: "GET /api/users", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "administrators.readonly",
			Types: []string{"jumpcloud_administrator", "jumpcloud_account_has_administrator"},
		},
		read: (*task).readAdministrators,
		plan: planAdministrators,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "administrators/roles", Title: "Administrator Roles", Endpoint: "GET /api/users", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{administratorsName, rolesName},
			Types: []string{"jumpcloud_administrator_assigned_role"},
		},
		read: (*task).readAdministratorRoles,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "administrators/users", Title: "Administrator Users", Endpoint: "GET /api/users", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{administratorsName, usersName},
			Types: []string{"jumpcloud_administrator_is_user"},
		},
		read: (*task).readAdministratorUsers,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: serviceAccountsName, Title: "Service Accounts", Endpoint: "GET /api/v2/service-accounts", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "serviceaccounts.readonly",
			Types: []string{"jumpcloud_service_account", "jumpcloud_account_has_service_account"},
		},
		read: (*task).readServiceAccounts,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.ServiceAccounts.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "serviceaccounts/roles", Title: "Service Account Roles", Endpoint: "GET /api/v2/service-accounts", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{serviceAccountsName, rolesName},
			Types: []string{"jumpcloud_service_account_assigned_role"},
		},
		read: (*task).readServiceAccountRoles,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: ipListsName, Title: "IP Lists", Endpoint: "GET /api/v2/iplists", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "authn.readonly", Plan: conditionsPlan,
			Types: []string{"jumpcloud_ip_list", "jumpcloud_account_has_ip_list"},
		},
		read: (*task).readIPLists,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.IPLists.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: authnPoliciesName, Title: "Conditional Access Policies", Endpoint: "GET /api/v2/authn/policies", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "authn.readonly", Plan: conditionsPlan,
			Types: []string{"jumpcloud_authn_policy", "jumpcloud_account_has_authn_policy"},
		},
		read: (*task).readAuthnPolicies,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.AuthnPolicies.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "authn/policies/groups", Title: "Policy Groups", Endpoint: "GET /api/v2/authn/policies", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{authnPoliciesName, groupsName},
			Types: []string{"jumpcloud_authn_policy_assigned_group", "jumpcloud_group_overrides_authn_policy"},
		},
		read: (*task).readPolicyGroups,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "authn/policies/users", Title: "Policy Users", Endpoint: "GET /api/v2/authn/policies", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{authnPoliciesName, usersName},
			Types: []string{"jumpcloud_authn_policy_assigned_user"},
		},
		read: (*task).readPolicyUsers,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "authn/policies/applications", Title: "Policy Applications", Endpoint: "GET /api/v2/authn/policies", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{authnPoliciesName, applicationsName},
			Types: []string{"jumpcloud_authn_policy_assigned_application", "jumpcloud_application_overrides_authn_policy"},
		},
		read: (*task).readPolicyApplications,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "authn/policies/iplists", Title: "Policy IP Lists", Endpoint: "GET /api/v2/authn/policies", Layer: Governance, PageSize: 100, Optional: true,
			Derived: true, Needs: []string{authnPoliciesName, ipListsName},
			Types: []string{"jumpcloud_authn_policy_uses_ip_list"},
		},
		read: (*task).readPolicyIPLists,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: directoriesName, Title: "Directories", Endpoint: "GET /api/v2/directories", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "directories.readonly",
			Types: []string{"jumpcloud_directory", "jumpcloud_account_has_directory"},
		},
		read: (*task).readDirectories,
		plan: planDirectories,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "directories/groups", Title: "Directory Groups", Endpoint: "GET /api/v2/gsuites/{id}/associations", Layer: Governance, PageSize: 100, Optional: true,
			PerParent: 1, Needs: []string{directoriesName, groupsName},
			Scope: "associations.readonly",
			Types: []string{"jumpcloud_group_assigned_directory"},
		},
		read: (*task).readDirectoryGroups,
		plan: planDirectoryGroups,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "directories/users", Title: "Directory Users", Endpoint: "GET /api/v2/gsuites/{id}/users", Layer: DirectoryUsers, PageSize: 100, Optional: true,
			PerParent: 1, Needs: []string{directoriesName, usersName},
			Scope: "users.readonly",
			Types: []string{"jumpcloud_user_assigned_directory"},
		},
		read: (*task).readDirectoryUsers,
		plan: planDirectoryUsers,
	},
	{
		CollectionInfo: CollectionInfo{
			Name: radiusServersName, Title: "RADIUS Servers", Endpoint: "GET /api/radiusservers", Layer: Governance, PageSize: 100, Optional: true,
			Scope: "radius.readonly",
			Types: []string{"jumpcloud_radius_server", "jumpcloud_account_has_radius_server"},
		},
		read: (*task).readRADIUSServers,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.RADIUSServers.Page(ctx, client.Limit(1)))
		},
	},
	{
		CollectionInfo: CollectionInfo{
			Name: "radiusservers/groups", Title: "RADIUS Server Groups", Endpoint: "GET /api/v2/radiusservers/{id}/associations", Layer: Governance, PageSize: 100, Optional: true,
			PerParent: 1, Needs: []string{radiusServersName, groupsName},
			Scope: "associations.readonly",
			Types: []string{"jumpcloud_group_assigned_radius_server"},
		},
		read: (*task).readRADIUSGroups,
	},
}

// Collections returns the collections of all layers, in their order in the manifest. A run has those of the core, and of the
// layers that [WithLayers] chooses. The result is the caller's own.
func Collections() []CollectionInfo {
	all := make([]CollectionInfo, len(table))
	for i, c := range table {
		all[i] = c.CollectionInfo
		for _, list := range []*[]string{&all[i].Types, &all[i].Needs, &all[i].Uses} {
			*list = slices.Clone(*list)
		}
	}
	return all
}

// CollectionOf returns the name of the collection that the entities or relationships of a type come from; see
// [Collections]. It is not ok for a type that no collection gives.
func CollectionOf(typ string) (name string, ok bool) {
	i := slices.IndexFunc(table, func(c collection) bool { return slices.Contains(c.Types, typ) })
	if i < 0 {
		return "", false
	}
	return table[i].Name, true
}

func (t *task) readUsers(ctx context.Context) error {
	in := inventory[client.SystemUser, *entities.User]{
		list:    t.client.SystemUsers.All,
		fields:  true,
		owner:   func(u *client.SystemUser) string { return u.Organization },
		convert: t.convert.User,
		edge: func(u *entities.User) relationships.Relationship {
			return relationships.AccountHasUser(t.account, entities.UserKey(u.Key))
		},
	}
	if t.run.reads(Governance) {
		in.more, in.each = fieldsOfUsers, t.userParts
	}
	return read(ctx, t, in)
}

func (t *task) readSystems(ctx context.Context) error {
	return read(ctx, t, inventory[client.System, *entities.Device]{
		list:    t.client.Systems.All,
		fields:  true,
		owner:   func(s *client.System) string { return s.Organization },
		convert: t.convert.Device,
		edge: func(d *entities.Device) relationships.Relationship {
			return relationships.AccountHasDevice(t.account, entities.DeviceKey(d.Key))
		},
	})
}

func (t *task) readGroups(ctx context.Context) error {
	return read(ctx, t, inventory[client.UserGroup, *entities.Group]{
		list:    t.client.UserGroups.All,
		owner:   func(g *client.UserGroup) string { return g.OrganizationObjectID },
		convert: t.convert.Group,
		edge: func(g *entities.Group) relationships.Relationship {
			return relationships.AccountHasGroup(t.account, entities.GroupKey(g.Key))
		},
	})
}

func (t *task) readApplications(ctx context.Context) error {
	return read(ctx, t, inventory[client.Application, *entities.Application]{
		list:    t.client.Applications.All,
		fields:  true,
		owner:   func(a *client.Application) string { return a.Organization },
		convert: t.convert.Application,
		edge: func(a *entities.Application) relationships.Relationship {
			return relationships.AccountHasApplication(t.account, entities.ApplicationKey(a.Key))
		},
	})
}

func (t *task) readMDMs(ctx context.Context) error {
	return read(ctx, t, inventory[client.AppleMDM, *entities.AppleMDM]{
		list:    t.client.AppleMDMs.All,
		owner:   func(m *client.AppleMDM) string { return m.Organization },
		convert: t.convert.AppleMDM,
		edge: func(m *entities.AppleMDM) relationships.Relationship {
			return relationships.AccountHasAppleMDM(t.account, entities.AppleMDMKey(m.Key))
		},
	})
}

func (t *task) readMDMDevices(ctx context.Context) error {
	return t.eachParent(mdmsName, func(mdm string) error {
		return read(ctx, t, inventory[client.AppleMDMDevice, *entities.AppleDevice]{
			list:    below(t.client.AppleMDMs.Devices, mdm),
			convert: t.convert.AppleDevice,
			edge: func(d *entities.AppleDevice) relationships.Relationship {
				return relationships.AppleDeviceHasAppleMDM(entities.AppleDeviceKey(d.Key), entities.AppleMDMKey(mdm))
			},
		})
	})
}

func (t *task) readMembers(ctx context.Context) error {
	users := t.ids(usersName)
	return t.fanOut(ctx, fan{
		window:  t.run.window,
		parents: t.parents(groupsName),
		exists:  exists(t.client.UserGroups.Get),
		read: func(ctx context.Context, group string, f *found) {
			f.read(ctx, below(t.client.UserGroups.Members, group))
		},
		each: func(group string, f *found) error {
			places := make([]int32, 0, len(f.lists[0]))
			for _, m := range f.lists[0] {
				place, known := users.Index(m.id)
				if known {
					places = append(places, int32(place)) //nolint:gosec // no organization has two billion users
				}
				if err := t.edge(ctx, relationships.GroupHasUser(entities.GroupKey(group), entities.UserKey(m.id)), known); err != nil {
					return err
				}
			}
			t.members[group] = places
			return nil
		},
	})
}
