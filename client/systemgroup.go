package client

import (
	"cmp"
	"context"
	"iter"
)

// SystemGroup is a group of systems. It does not hold its members; see [SystemGroupsService.Members].
type SystemGroup struct {
	Record

	// ID is the id of the group.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID     string `json:"_id,omitzero" identity:"id"`
	Name        string `json:"name,omitzero"`
	Type        string `json:"type,omitzero"` // system_group
	Description string `json:"description,omitzero"`
	Email       string `json:"email,omitzero"`

	Attributes GroupAttributes `json:"attributes,omitzero"`
	// MembershipMethod is NOTSET, STATIC, DYNAMIC_REVIEW_REQUIRED or DYNAMIC_AUTOMATED.
	MembershipMethod        string                `json:"membershipMethod,omitzero"`
	MemberQuery             MemberQuery           `json:"memberQuery,omitzero"` // in one of two dialects
	MemberQueryExemptions   List[MemberExemption] `json:"memberQueryExemptions,omitzero"`
	MemberQueryErrorFlags   List[string]          `json:"memberQueryErrorFlags,omitzero"`
	MemberSuggestionsNotify Bool                  `json:"memberSuggestionsNotify,omitzero"`
	OrganizationObjectID    string                `json:"organizationObjectId,omitzero" identity:"owner"`
}

func (g *SystemGroup) recordID() string { return cmp.Or(g.ID, g.OtherID) }

var (
	getSystemGroup        = register(route{method: "GET", version: 2, template: "/systemgroups/{id}", repeat: true})
	listSystemGroups      = register(route{method: "GET", version: 2, template: "/systemgroups", query: "limit skip sort fields filter", repeat: true})
	systemGroupMembers    = register(route{method: "GET", version: 2, template: "/systemgroups/{group_id}/members", query: "limit skip", repeat: true})
	systemGroupMembership = register(route{method: "GET", version: 2, template: "/systemgroups/{group_id}/membership", query: "limit skip", repeat: true})
)

// SystemGroupsService reads groups of systems: https://docs.jumpcloud.com/api/2.0/index.html#tag/System-Groups
type SystemGroupsService struct{ c *Client }

// Get reads one group. It costs one request.
func (s *SystemGroupsService) Get(ctx context.Context, id string) (*SystemGroup, error) {
	return get[SystemGroup](ctx, s.c, getSystemGroup, id)
}

// Page reads one page of up to 100 groups in the order of their names. It costs one request.
func (s *SystemGroupsService) Page(ctx context.Context, options ...ListOption) (*Page[SystemGroup], error) {
	return onePage[SystemGroup](ctx, s.c, options, &source{route: listSystemGroups, most: 100, sort: "name"})
}

// All reads all groups in the order of their names. It costs one request per 99 groups.
func (s *SystemGroupsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*SystemGroup, error] {
	return all[SystemGroup](ctx, s.c, options, &source{route: listSystemGroups, most: 100, sort: "name"})
}

// Members reads the systems of a group; their order is JumpCloud's own. It costs one request per 100 members, one or two
// more where dead records shorten the pages, and some more where a whole page holds none that is alive.
func (s *SystemGroupsService) Members(ctx context.Context, groupID string, options ...ListOption) iter.Seq2[*Edge, error] {
	return all[Edge](ctx, s.c, options, &source{route: systemGroupMembers, params: []string{groupID}, most: 100, edges: true, others: []*route{systemGroupMembership}})
}
