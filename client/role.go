package client

import (
	"cmp"
	"context"
	"iter"
)

// Role says what administrators and service accounts that have it may do.
type Role struct {
	Record

	// ID is the id of the role.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID     string `json:"_id,omitzero" identity:"id"`
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	// Scopes are the rights of the role; one that ends in .readonly changes nothing.
	Scopes List[string] `json:"scopes,omitzero"`
	// IsCustom says that the organization made the role, and not JumpCloud.
	IsCustom        Bool         `json:"isCustom,omitzero"`
	ProviderID      string       `json:"providerId,omitzero"`
	OrganizationIDs List[string] `json:"organizationIds,omitzero"`
	CreatedBy       string       `json:"createdBy,omitzero"`
	LastUpdatedBy   string       `json:"lastUpdatedBy,omitzero"`
}

func (r *Role) recordID() string { return cmp.Or(r.ID, r.OtherID) }

// JumpCloud: the list of roles is an object with results, although it is of API v2.
var listRoles = register(route{method: "GET", version: 2, template: "/roles", query: "limit skip filter", repeat: true, wrapped: true})

// RolesService reads roles: https://docs.jumpcloud.com/api/2.0/index.html#tag/Roles
type RolesService struct{ c *Client }

// Page reads one page of up to 100 roles. It costs one request.
func (s *RolesService) Page(ctx context.Context, options ...ListOption) (*Page[Role], error) {
	return onePage[Role](ctx, s.c, options, &source{route: listRoles, most: 100})
}

// All reads all roles. It costs one request per 99.
func (s *RolesService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Role, error] {
	return all[Role](ctx, s.c, options, &source{route: listRoles, most: 100})
}
