package client

import (
	"context"
	"iter"
)

// ProviderOrganization is an organization of a provider, as the provider lists it.
type ProviderOrganization struct {
	Record

	// ID is the id of the organization.
	ID   string `json:"id,omitzero" identity:"id"`
	Name string `json:"name,omitzero"`
	// MaxSystemUsers is how many users the organization may have.
	MaxSystemUsers Int `json:"maxSystemUsers,omitzero"`
}

func (o *ProviderOrganization) recordID() string { return o.ID }

// Organization returns the organization with what the provider says of it, its id and its name, for
// [github.com/jumpgraph/jumpgraph.WithKnownOrg].
func (o *ProviderOrganization) Organization() *Organization {
	return &Organization{ID: o.ID, DisplayName: o.Name}
}

// JumpCloud: the routes of providers answer 403 when x-org-id is sent, and this list has the form of API v1.
var listProviderOrganizations = register(route{
	method: "GET", version: 2, template: "/providers/{provider_id}/organizations", query: "limit skip sort fields filter", repeat: true, noOrg: true, wrapped: true,
})

// ProvidersService reads what belongs to a provider, who manages organizations of others: https://docs.jumpcloud.com/api/2.0/index.html#tag/Providers
type ProvidersService struct{ c *Client }

// OrganizationsPage reads one page of up to 100 organizations of a provider in ascending order of ids. It costs one request.
func (s *ProvidersService) OrganizationsPage(ctx context.Context, provider string, options ...ListOption) (*Page[ProviderOrganization], error) {
	return onePage[ProviderOrganization](ctx, s.c, options, s.organizations(provider))
}

// Organizations reads all organizations of a provider, in ascending order of ids. It costs one request per 99.
func (s *ProvidersService) Organizations(ctx context.Context, provider string, options ...ListOption) iter.Seq2[*ProviderOrganization, error] {
	return all[ProviderOrganization](ctx, s.c, options, s.organizations(provider))
}

func (*ProvidersService) organizations(provider string) *source {
	return &source{route: listProviderOrganizations, params: []string{provider}, most: 100, sort: "id"}
}
