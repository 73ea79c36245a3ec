package client

import (
	"cmp"
	"context"
	"iter"
)

// ServiceAccountRecord is the account of a program. [ServiceAccount] is a credential of one.
type ServiceAccountRecord struct {
	Record

	// ID is the id of the account.
	ID string `json:"objectId,omitzero" identity:"id"`
	// OtherID repeats the id under the name that it has elsewhere.
	OtherID string `json:"id,omitzero" identity:"id"`
	Name    string `json:"name,omitzero"`
	// Status is ACTIVE, EXPIRED or EXPIRING.
	Status    string `json:"status,omitzero"`
	AuthType  string `json:"authType,omitzero"` // AUTH_TYPE_UNSPECIFIED, CLIENT_SECRET or API_KEY
	RoleID    string `json:"roleId,omitzero"`
	RoleName  string `json:"roleName,omitzero"`
	CreatedAt Time   `json:"createdAt,omitzero"`
	ExpiresAt Time   `json:"expiresAt,omitzero"` // missing where the credential has no end

	Organization   string `json:"orgId,omitzero" identity:"owner"`
	OrgCount       Int    `json:"orgCount,omitzero"`
	ProviderID     string `json:"providerId,omitzero"`
	AuthConfigList Secret `json:"authConfigList,omitzero"` // holds credentials where it is sent
}

func (a *ServiceAccountRecord) recordID() string { return cmp.Or(a.ID, a.OtherID) }

// JumpCloud: the list is an object with results, although it is of API v2.
var listServiceAccounts = register(route{method: "GET", version: 2, template: "/service-accounts", query: "limit skip", repeat: true, wrapped: true})

// ServiceAccountsService reads service accounts: https://docs.jumpcloud.com/api/2.0/index.html#tag/Service-Accounts
type ServiceAccountsService struct{ c *Client }

// Page reads one page of up to 100 service accounts. It costs one request.
func (s *ServiceAccountsService) Page(ctx context.Context, options ...ListOption) (*Page[ServiceAccountRecord], error) {
	return onePage[ServiceAccountRecord](ctx, s.c, options, &source{route: listServiceAccounts, most: 100})
}

// All reads all service accounts. It costs one request per 99.
func (s *ServiceAccountsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*ServiceAccountRecord, error] {
	return all[ServiceAccountRecord](ctx, s.c, options, &source{route: listServiceAccounts, most: 100})
}
