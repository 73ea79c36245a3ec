// Package relationships holds the edges of the graph: a table of rules, and a constructor for each.
//
// The constructors take the keys of both ends, not the entities: while a graph streams, only ids are known. They are
// pure and cannot fail.
//
// A kind of edge that has properties of its own has a file of its own: a struct of these properties, the rule and the
// constructor, which takes the struct. Its fields are written by the rules of package entities: the json tag is the name,
// no omitzero means required, the comment is the description. Schema, documentation, check and database column follow from
// them. A kind whose properties are all optional takes the struct as a last, variadic parameter, so that those who know none
// of them need not say so.
package relationships

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/entities"
)

// Class is a JupiterOne relationship class.
type Class string

// The relationship classes in use.
const (
	Assigned Class = "ASSIGNED"
	Has      Class = "HAS"
	Is       Class = "IS"
	// Overrides is the class of what a rule does not apply to.
	Overrides Class = "OVERRIDES"
	Uses      Class = "USES"
)

// Relationship is an edge of the graph.
type Relationship struct {
	// Key identifies the edge within one account: the key of its source, its class and the key of its target.
	Key string `json:"_key" jsonschema:"minLength=1"`
	// Type is the kind of the edge.
	Type string `json:"_type"`
	// Class is the JupiterOne class of the edge.
	Class Class `json:"_class"`
	// FromEntityKey is the key of the source.
	FromEntityKey string `json:"_fromEntityKey" jsonschema:"minLength=1"`
	// ToEntityKey is the key of the target.
	ToEntityKey string `json:"_toEntityKey" jsonschema:"minLength=1"`
	// DisplayName is the class again.
	DisplayName string `json:"displayName"`
	// Properties are what only this kind of edge has, as the struct that its [Rule] names, by value; nil where it has none,
	// or where none is known and none is required. In JSON they stand beside the others.
	Properties any `json:"-"`
}

// Rule is a kind of relationship.
type Rule struct {
	// Type is the _type of the edges.
	Type string
	// Class is their class.
	Class Class
	// From and To are the types of the entities at both ends.
	From, To string
	// Struct is the Go type of the properties that only this kind has; nil where it has none.
	Struct reflect.Type

	required bool   // own properties must be there
	infix    string // what stands between the keys of both ends in that of the edge
}

// Properties returns the names of the properties that only this kind has.
func (r Rule) Properties() []string {
	if r.Struct == nil {
		return nil
	}
	var names []string
	for f := range r.Struct.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// The rules of edges without properties of their own.
var (
	accountHasAppleMDM       = rule("jumpcloud_account", Has, "jumpcloud_apple_mdm")
	accountHasApplication    = rule("jumpcloud_account", Has, "jumpcloud_application")
	accountHasDevice         = rule("jumpcloud_account", Has, "jumpcloud_device")
	accountHasGroup          = rule("jumpcloud_account", Has, "jumpcloud_group")
	accountHasUser           = rule("jumpcloud_account", Has, "jumpcloud_user")
	appleDeviceHasAppleMDM   = rule("jumpcloud_apple_device", Has, "jumpcloud_apple_mdm")
	groupAssignedApplication = rule("jumpcloud_group", Assigned, "jumpcloud_application")
	groupHasUser             = rule("jumpcloud_group", Has, "jumpcloud_user")
)

var rules []Rule

// rule adds a kind of edge without properties of its own.
func rule(from string, class Class, to string) Rule {
	r := Rule{Type: typeOf(from, class, to), Class: class, From: from, To: to, infix: "|" + strings.ToLower(string(class)) + "|"}
	rules = append(rules, r)
	return r
}

// ruleWith adds a kind of edge that has the properties of a struct.
func ruleWith[P any](from string, class Class, to string) Rule {
	r := rule(from, class, to)
	r.Struct = reflect.TypeFor[P]()
	for f := range r.Struct.Fields() {
		r.required = r.required || !strings.HasSuffix(f.Tag.Get("json"), ",omitzero")
	}
	rules[len(rules)-1] = r
	return r
}

// Rules returns all kinds of relationships, by source, target and class. The result is the caller's own.
func Rules() []Rule { return slices.Clone(sorted()) }

var sorted = sync.OnceValue(func() []Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b Rule) int {
		return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), strings.Compare(string(a.Class), string(b.Class)))
	})
})

// typeOf names a kind of relationship as JupiterOne does: the target loses the words that it shares with the beginning
// of the source, but not the last of several.
func typeOf(from string, class Class, to string) string {
	source, target := strings.Split(from, "_"), strings.Split(to, "_")
	shared := 0
	for shared < len(source) && shared < max(1, len(target)-1) && source[shared] == target[shared] {
		shared++
	}
	return from + "_" + strings.ToLower(string(class)) + "_" + strings.Join(target[shared:], "_")
}

func (r Rule) between(from, to string) Relationship {
	return Relationship{
		Key:           from + r.infix + to,
		Type:          r.Type,
		Class:         r.Class,
		FromEntityKey: from,
		ToEntityKey:   to,
		DisplayName:   string(r.Class),
	}
}

// AccountHasAppleMDM says that a device manager belongs to an organization.
func AccountHasAppleMDM(a entities.AccountKey, m entities.AppleMDMKey) Relationship {
	return accountHasAppleMDM.between(string(a), string(m))
}

// AccountHasApplication says that an application belongs to an organization.
func AccountHasApplication(a entities.AccountKey, app entities.ApplicationKey) Relationship {
	return accountHasApplication.between(string(a), string(app))
}

// AccountHasDevice says that a device belongs to an organization.
func AccountHasDevice(a entities.AccountKey, d entities.DeviceKey) Relationship {
	return accountHasDevice.between(string(a), string(d))
}

// AccountHasGroup says that a group belongs to an organization.
func AccountHasGroup(a entities.AccountKey, g entities.GroupKey) Relationship {
	return accountHasGroup.between(string(a), string(g))
}

// AccountHasUser says that a user belongs to an organization.
func AccountHasUser(a entities.AccountKey, u entities.UserKey) Relationship {
	return accountHasUser.between(string(a), string(u))
}

// AppleDeviceHasAppleMDM says which device manager knows a device. JupiterOne's model draws it from the device.
func AppleDeviceHasAppleMDM(d entities.AppleDeviceKey, m entities.AppleMDMKey) Relationship {
	return appleDeviceHasAppleMDM.between(string(d), string(m))
}

// GroupAssignedApplication says that the members of a group may use an application.
func GroupAssignedApplication(g entities.GroupKey, app entities.ApplicationKey) Relationship {
	return groupAssignedApplication.between(string(g), string(app))
}

// GroupHasUser says that a user is a member of a group.
func GroupHasUser(g entities.GroupKey, u entities.UserKey) Relationship {
	return groupHasUser.between(string(g), string(u))
}
