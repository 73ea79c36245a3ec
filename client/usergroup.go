package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"reflect"
)

// UserGroup is a group of users. It does not hold its members; see [UserGroupsService.Members].
type UserGroup struct {
	Record

	// ID is the id of the group.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID     string `json:"_id,omitzero" identity:"id"`
	Name        string `json:"name,omitzero"`
	Type        string `json:"type,omitzero"` // user_group
	Description string `json:"description,omitzero"`
	Email       string `json:"email,omitzero"`

	Attributes GroupAttributes `json:"attributes,omitzero"`
	// MembershipMethod is NOTSET, STATIC, DYNAMIC_REVIEW_REQUIRED or DYNAMIC_AUTOMATED.
	MembershipMethod        string                `json:"membershipMethod,omitzero"`
	MemberQuery             MemberQuery           `json:"memberQuery,omitzero"` // in one of two dialects
	MemberQueryExemptions   List[MemberExemption] `json:"memberQueryExemptions,omitzero"`
	MemberQueryErrorFlags   List[string]          `json:"memberQueryErrorFlags,omitzero"`
	MemberSuggestionsNotify Bool                  `json:"memberSuggestionsNotify,omitzero"`
	SuggestionCounts        *SuggestionCounts     `json:"suggestionCounts,omitzero"`
	OrganizationObjectID    string                `json:"organizationObjectId,omitzero" identity:"owner"`
	// Created is not part of today's answers.
	Created Time `json:"created,omitzero"`
}

func (g *UserGroup) recordID() string { return cmp.Or(g.ID, g.OtherID) }

// GroupAttributes are what a group gives its members. Only the parts that are known are kept, and the values of those
// RADIUS attributes that are known to hold no credential; of all else only the names are.
type GroupAttributes struct {
	Sudo         *Sudo            `json:"sudo,omitzero"`
	LDAPGroups   List[LDAPGroup]  `json:"ldapGroups,omitzero"`
	POSIXGroups  List[POSIXGroup] `json:"posixGroups,omitzero"`
	RADIUS       *RADIUS          `json:"radius,omitzero"`
	SambaEnabled Bool             `json:"sambaEnabled,omitzero"`

	kept json.RawMessage
}

// UnmarshalJSON reads the attributes. It fails on no JSON: a part that has another form than JumpCloud describes is
// missing in the fields.
func (a *GroupAttributes) UnmarshalJSON(data []byte) error {
	*a = GroupAttributes{}
	if string(data) == "null" {
		return nil
	}
	if json.Unmarshal(data, new(plainAttributes)) != nil {
		return forgive(a, data)
	}
	a.keep(data)
	return nil
}

// plainAttributes are attributes without their methods.
type plainAttributes GroupAttributes

func (a *GroupAttributes) readJSON(data []byte, o *oddities) bool {
	*a = GroupAttributes{}
	readStruct(reflect.ValueOf(new(plainAttributes)).Elem(), data, o) // for what is odd in it
	a.keep(data)
	return true
}

// keep keeps the known parts, and reads the fields from them.
func (a *GroupAttributes) keep(data []byte) {
	a.kept = keepPart(attributesPart, data)
	var members map[string]json.RawMessage
	if a.kept == nil || json.Unmarshal(a.kept, &members) != nil {
		return // an array has no fields
	}
	a.Sudo = field[*Sudo](members["sudo"])
	a.LDAPGroups = field[List[LDAPGroup]](members["ldapGroups"])
	a.POSIXGroups = field[List[POSIXGroup]](members["posixGroups"])
	a.RADIUS = field[*RADIUS](members["radius"])
	a.SambaEnabled = field[Bool](members["sambaEnabled"])
}

// field reads one member, as far as it can be read.
func field[T any](data json.RawMessage) (v T) {
	if len(data) > 0 {
		readValue(reflect.ValueOf(&v).Elem(), data, &oddities{})
	}
	return v
}

// MarshalJSON writes what is kept of the attributes, in JumpCloud's order of names, with the names of the others in
// _unknownFields; null when there are none.
func (a GroupAttributes) MarshalJSON() ([]byte, error) { return writePart(a.kept) }

// IsZero reports that there are no attributes.
func (a GroupAttributes) IsZero() bool { return a.kept == nil }

// Text returns what MarshalJSON writes; empty when there are no attributes.
func (a GroupAttributes) Text() string { return string(a.kept) }

// MemberQuery says who belongs to a group that fills itself: its type, and filters of a field, an operator and a value.
// Only these are kept, and values only of fields that users or systems are known to have and that hold no credential; of
// all else only the names are.
type MemberQuery struct{ kept json.RawMessage }

// UnmarshalJSON reads the query. It fails on no JSON.
func (q *MemberQuery) UnmarshalJSON(data []byte) error {
	q.kept = keepPart(queryPart, data)
	return nil
}

// MarshalJSON writes what is kept of the query, with the names of the others in _unknownFields; null when there is none.
func (q MemberQuery) MarshalJSON() ([]byte, error) { return writePart(q.kept) }

// IsZero reports that there is no query.
func (q MemberQuery) IsZero() bool { return q.kept == nil }

// Text returns what MarshalJSON writes; empty when there is no query.
func (q MemberQuery) Text() string { return string(q.kept) }

// Sudo tells whether members may act as root.
type Sudo struct {
	Enabled         Bool `json:"enabled,omitzero"`
	WithoutPassword Bool `json:"withoutPassword,omitzero"`
}

// LDAPGroup is a group as LDAP shows it.
type LDAPGroup struct {
	Name string `json:"name,omitzero"`
}

// POSIXGroup is a group on the members' systems.
type POSIXGroup struct {
	ID   Int    `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
}

// RADIUS is what RADIUS servers are told about members.
type RADIUS struct {
	Reply List[RADIUSReply] `json:"reply,omitzero"`
}

// RADIUSReply is one attribute of a RADIUS answer. Its value is empty unless the attribute is known to hold no credential.
type RADIUSReply struct {
	Name  string `json:"name,omitzero"`
	Value string `json:"value,omitzero"`
}

// MemberExemption is an object that a group's member query leaves alone.
type MemberExemption struct {
	ID             string `json:"id,omitzero"`
	Type           string `json:"type,omitzero"`
	OrganizationID string `json:"organizationId,omitzero"`
}

// SuggestionCounts counts the changes that a group's member query proposes.
type SuggestionCounts struct {
	Add    Int `json:"add,omitzero"`
	Remove Int `json:"remove,omitzero"`
	Total  Int `json:"total,omitzero"`
}

var (
	getUserGroup        = register(route{method: "GET", version: 2, template: "/usergroups/{id}", repeat: true})
	listUserGroups      = register(route{method: "GET", version: 2, template: "/usergroups", query: "limit skip sort fields filter", repeat: true})
	userGroupMembers    = register(route{method: "GET", version: 2, template: "/usergroups/{group_id}/members", query: "limit skip", repeat: true})
	userGroupMembership = register(route{method: "GET", version: 2, template: "/usergroups/{group_id}/membership", query: "limit skip", repeat: true})
)

// UserGroupsService reads groups of users: https://docs.jumpcloud.com/api/2.0/index.html#tag/User-Groups
type UserGroupsService struct{ c *Client }

// Get reads one group. It costs one request.
func (s *UserGroupsService) Get(ctx context.Context, id string) (*UserGroup, error) {
	return get[UserGroup](ctx, s.c, getUserGroup, id)
}

// Page reads one page of up to 100 groups in the order of their names. It costs one request.
func (s *UserGroupsService) Page(ctx context.Context, options ...ListOption) (*Page[UserGroup], error) {
	return onePage[UserGroup](ctx, s.c, options, &source{route: listUserGroups, most: 100, sort: "name"})
}

// All reads all groups in the order of their names. It costs one request per 99 groups.
func (s *UserGroupsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*UserGroup, error] {
	return all[UserGroup](ctx, s.c, options, &source{route: listUserGroups, most: 100, sort: "name"})
}

// Members reads the users of a group; their order is JumpCloud's own. It costs one request per 100 members, one or two
// more where dead records shorten the pages, and some more where a whole page holds none that is alive.
func (s *UserGroupsService) Members(ctx context.Context, groupID string, options ...ListOption) iter.Seq2[*Edge, error] {
	return all[Edge](ctx, s.c, options, &source{route: userGroupMembers, params: []string{groupID}, most: 100, edges: true, others: []*route{userGroupMembership}})
}
