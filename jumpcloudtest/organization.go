package jumpcloudtest

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
)

// Object is an object of JumpCloud's API as it is sent: the JSON names of its fields and their values.
type Object map[string]any

// ID returns the id of an object, whichever name it has.
func (o Object) ID() string {
	for _, name := range []string{"_id", "id", "objectId"} {
		if id, ok := o[name].(string); ok && id != "" {
			return id
		}
	}
	return ""
}

// Organization is what a fake JumpCloud holds for one organization. A server reads it as it stands when a request
// comes; to change it while the server runs, use [Server.Change].
type Organization struct {
	// Quirks say how the organization's server behaves where it could behave otherwise.
	Quirks Quirks
	// Self is the organization as its own object.
	Self Object
	// The inventory, in the order in which it is listed where no other is asked for.
	SystemUsers, Systems, Applications, UserGroups, AppleMDMs []Object
	// AppleMDMDevices are the devices by the id of their device manager.
	AppleMDMDevices map[string][]Object
	// Members are the ids of users by the id of their group. An id that no user has is a dead record: it takes a place
	// in its page and is left out of it.
	Members map[string][]string
	// ApplicationUsers and ApplicationGroups are the ids of what is bound to an application, by its id. Dead records
	// behave as in Members.
	ApplicationUsers, ApplicationGroups map[string][]string
	// SystemGroups are the groups of systems, and SystemGroupMembers the ids of their systems by the id of the group.
	// Dead records behave as in Members.
	SystemGroups       []Object
	SystemGroupMembers map[string][]string
	// Commands are whole commands; the server itself cuts what a list holds of them.
	Commands []Object
	// CommandResults are the results by the id of their command, in the form in which a single one is served. A result
	// that the server makes is running when it is read for the first time and has ended when it is read again; those
	// that the test gives stay as they are.
	CommandResults map[string][]Object
	// Administrators are those who may administer the organization. The same one may stand in several organizations.
	Administrators []Object
	// Roles, ServiceAccounts, AuthnPolicies, IPLists, Directories and RADIUSServers govern access.
	Roles, ServiceAccounts, AuthnPolicies, IPLists, Directories, RADIUSServers []Object
	// ActiveDirectories and Workdays are what further lists hold of the directories of these types.
	ActiveDirectories, Workdays []Object
	// Lists are the objects of further lists of API v2 by their path, such as policies for GET /api/v2/policies.
	Lists map[string][]Object
	// Associations are the direct edges besides those of ApplicationUsers and ApplicationGroups. Objects of kinds that
	// have no inventory here, such as policies and directories, exist where an edge names them.
	Associations []Association

	running map[string]bool // ids of results that end when they have been read
	made    int             // how many ids the server has made
}

// Node names an object of the graph by its kind, spelt as the API spells it, and its id.
type Node struct{ Kind, ID string }

// Association is a direct edge. It is seen from both of its ends.
type Association struct {
	From, To Node
	// Attributes belong to the edge, such as {"sudo":{"enabled":true}}; nil when there are none.
	Attributes Object
}

// Quirks are ways in which JumpCloud may answer, where that is not known for sure or where it differs.
type Quirks struct {
	// SearchPage is the most records that a search serves a page; 0 means 1,000. A longer page is cut to it silently.
	SearchPage int
	// DeadUncounted leaves dead records out of the totals of lists of edges; they still take a place in their page.
	DeadUncounted bool
	// NoTotals sends no total with lists of API v2.
	NoTotals bool
	// Unsorted ignores the order that a search is asked for.
	Unsorted bool
	// ManyTargets says how a list of direct edges answers that is asked for several kinds at once.
	ManyTargets ManyTargets
}

// ManyTargets is how a list of direct edges answers that is asked for several kinds of targets at once.
type ManyTargets int

// The ways in which it may answer. JumpCloud describes the first; which one it has is not known.
const (
	// TargetsServed: all edges come, and the total counts them all.
	TargetsServed ManyTargets = iota
	// TargetsRefused: 400.
	TargetsRefused
	// TargetsFirst: only the edges to the first kind come, with their total.
	TargetsFirst
	// TargetsTotalOfFirst: all edges come, and the total counts those to the first kind.
	TargetsTotalOfFirst
	// TargetsEdgeMissing: the last edge does not come, but it is counted.
	TargetsEdgeMissing
	// TargetsOfAnother: the edges of the next object come.
	TargetsOfAnother
)

// Clone returns a copy that shares nothing with the original.
func (o *Organization) Clone() *Organization {
	return &Organization{
		Self:               clone(o.Self),
		SystemUsers:        cloneAll(o.SystemUsers),
		Systems:            cloneAll(o.Systems),
		Applications:       cloneAll(o.Applications),
		UserGroups:         cloneAll(o.UserGroups),
		AppleMDMs:          cloneAll(o.AppleMDMs),
		AppleMDMDevices:    cloneMap(o.AppleMDMDevices, cloneAll),
		Members:            cloneMap(o.Members, cloneIDs),
		ApplicationUsers:   cloneMap(o.ApplicationUsers, cloneIDs),
		ApplicationGroups:  cloneMap(o.ApplicationGroups, cloneIDs),
		SystemGroups:       cloneAll(o.SystemGroups),
		SystemGroupMembers: cloneMap(o.SystemGroupMembers, cloneIDs),
		Commands:           cloneAll(o.Commands),
		CommandResults:     cloneMap(o.CommandResults, cloneAll),
		Administrators:     cloneAll(o.Administrators),
		Roles:              cloneAll(o.Roles),
		ServiceAccounts:    cloneAll(o.ServiceAccounts),
		AuthnPolicies:      cloneAll(o.AuthnPolicies),
		IPLists:            cloneAll(o.IPLists),
		Directories:        cloneAll(o.Directories),
		RADIUSServers:      cloneAll(o.RADIUSServers),
		ActiveDirectories:  cloneAll(o.ActiveDirectories),
		Workdays:           cloneAll(o.Workdays),
		Lists:              cloneMap(o.Lists, cloneAll),
		Associations:       cloneEdges(o.Associations),
		Quirks:             o.Quirks,
		running:            maps.Clone(o.running),
		made:               o.made,
	}
}

// clone copies an object through JSON, which is what it will become anyway.
func clone(o Object) Object {
	b, err := json.Marshal(o)
	if err != nil {
		panic("jumpcloudtest: an object that is not JSON: " + err.Error()) // a mistake in the test's own data
	}
	var c Object
	if err := json.Unmarshal(b, &c); err != nil {
		panic("jumpcloudtest: " + err.Error())
	}
	return c
}

func cloneAll(list []Object) []Object {
	c := slices.Clone(list)
	for i, o := range list {
		c[i] = clone(o)
	}
	return c
}

func cloneEdges(list []Association) []Association {
	c := slices.Clone(list)
	for i, a := range c {
		if a.Attributes != nil {
			c[i].Attributes = clone(a.Attributes)
		}
	}
	return c
}

func cloneIDs(ids []string) []string { return slices.Clone(ids) }

func cloneMap[V any](m map[string]V, each func(V) V) map[string]V {
	c := maps.Clone(m)
	for k, v := range c {
		c[k] = each(v)
	}
	return c
}

// newID makes an id above those of [Synthetic], so that ids still ascend. Organizations with different ids make different
// ones: 38 bits of each are taken from the organization's.
func (o *Organization) newID() string {
	o.made++
	of := fnv.New64a()
	_, _ = of.Write([]byte(o.Self.ID()))
	return objectID(0x70000000, of.Sum64()>>24|madeSeries, o.made)
}
