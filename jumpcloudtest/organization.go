package jumpcloudtest

import (
	"encoding/json"
	"maps"
)

// Object is an object of JumpCloud's API as it travels: the JSON names of its fields and their values.
type Object map[string]any

// ID returns the id of an object, whichever name it has.
func (o Object) ID() string {
	for _, name := range []string{"_id", "id"} {
		if id, ok := o[name].(string); ok && id != "" {
			return id
		}
	}
	return ""
}

// Organization is what a fake JumpCloud holds for one organization. A server reads it as it stands when a request
// comes; to change it while the server runs, use [Server.Change].
type Organization struct {
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
}

// Clone returns a copy that shares nothing with the original.
func (o *Organization) Clone() *Organization {
	return &Organization{
		Self:              clone(o.Self),
		SystemUsers:       cloneAll(o.SystemUsers),
		Systems:           cloneAll(o.Systems),
		Applications:      cloneAll(o.Applications),
		UserGroups:        cloneAll(o.UserGroups),
		AppleMDMs:         cloneAll(o.AppleMDMs),
		AppleMDMDevices:   cloneMap(o.AppleMDMDevices, cloneAll),
		Members:           cloneMap(o.Members, cloneIDs),
		ApplicationUsers:  cloneMap(o.ApplicationUsers, cloneIDs),
		ApplicationGroups: cloneMap(o.ApplicationGroups, cloneIDs),
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
	c := make([]Object, len(list))
	for i, o := range list {
		c[i] = clone(o)
	}
	return c
}

func cloneIDs(ids []string) []string { return append([]string(nil), ids...) }

func cloneMap[V any](m map[string]V, each func(V) V) map[string]V {
	c := maps.Clone(m)
	for k, v := range c {
		c[k] = each(v)
	}
	return c
}
