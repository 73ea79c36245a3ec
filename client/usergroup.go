package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
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
	MemberQuery             json.RawMessage       `json:"memberQuery,omitzero"` // in one of two dialects
	MemberQueryExemptions   List[MemberExemption] `json:"memberQueryExemptions,omitzero"`
	MemberQueryErrorFlags   List[string]          `json:"memberQueryErrorFlags,omitzero"`
	MemberSuggestionsNotify Bool                  `json:"memberSuggestionsNotify,omitzero"`
	SuggestionCounts        *SuggestionCounts     `json:"suggestionCounts,omitzero"`
	OrganizationObjectID    string                `json:"organizationObjectId,omitzero" identity:"owner"`
	// Created is not part of today's answers.
	Created Time `json:"created,omitzero"`
}

func (g *UserGroup) recordID() string { return cmp.Or(g.ID, g.OtherID) }

// GroupAttributes are what a group gives its members.
type GroupAttributes struct {
	Sudo         *Sudo            `json:"sudo,omitzero"`
	LDAPGroups   List[LDAPGroup]  `json:"ldapGroups,omitzero"`
	POSIXGroups  List[POSIXGroup] `json:"posixGroups,omitzero"`
	RADIUS       *RADIUS          `json:"radius,omitzero"`
	SambaEnabled Bool             `json:"sambaEnabled,omitzero"`

	raw json.RawMessage
}

// UnmarshalJSON reads the attributes and keeps the object as it came.
func (a *GroupAttributes) UnmarshalJSON(data []byte) error {
	type plain GroupAttributes
	*a = GroupAttributes{}
	if string(data) == "null" {
		return nil
	}
	if json.Unmarshal(data, (*plain)(a)) != nil {
		return forgive(a, data)
	}
	a.raw = slices.Clone(data)
	return nil
}

func (a *GroupAttributes) readJSON(data []byte, o *oddities) bool {
	type plain GroupAttributes
	*a = GroupAttributes{}
	readStruct(reflect.ValueOf((*plain)(a)).Elem(), data, o)
	a.raw = slices.Clone(data) // whatever it is
	return true
}

// MarshalJSON writes the attributes as they came, unknown ones included, or null when there are none.
func (a GroupAttributes) MarshalJSON() ([]byte, error) {
	if a.raw == nil {
		return []byte("null"), nil
	}
	return a.raw, nil
}

// IsZero reports that there are no attributes.
func (a GroupAttributes) IsZero() bool { return a.raw == nil }

// Text returns the attributes as compact JSON, in JumpCloud's order of names; empty when there are none.
func (a GroupAttributes) Text() string {
	var b bytes.Buffer
	if a.raw == nil || json.Compact(&b, a.raw) != nil {
		return ""
	}
	return b.String()
}

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

// RADIUSReply is one attribute of a RADIUS answer.
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
	return all[Edge](ctx, s.c, options, &source{route: userGroupMembers, params: []string{groupID}, most: 100, edges: true, other: userGroupMembership})
}
