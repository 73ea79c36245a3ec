package client

import (
	"cmp"
	"context"
	"iter"
)

// Administrator is somebody who may administer organizations. It is not a [SystemUser], although both may be one person.
type Administrator struct {
	Record

	// ID is the id of the administrator.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID   string `json:"id,omitzero" identity:"id"`
	Email     string `json:"email,omitzero"`
	Firstname string `json:"firstname,omitzero"`
	Lastname  string `json:"lastname,omitzero"`
	// Organization is the id of the organization; empty for administrators of a provider.
	Organization string `json:"organization,omitzero" identity:"owner"`
	Provider     string `json:"provider,omitzero"` // id of the provider

	// Role is the id of the role. JumpCloud: with several roles it is that of a role called Multi Role, and Roles holds the
	// real ones.
	Role      string       `json:"role,omitzero"`
	Roles     List[string] `json:"roles,omitzero"`
	RoleName  string       `json:"roleName,omitzero"`
	RoleNames List[string] `json:"roleNames,omitzero"`

	EnableMultiFactor Bool   `json:"enableMultiFactor,omitzero"` // MFA is required to log in
	TOTPEnrolled      Bool   `json:"totpEnrolled,omitzero"`
	TOTPUpdatedAt     Time   `json:"totpUpdatedAt,omitzero"`
	PasswordUpdatedAt Time   `json:"passwordUpdatedAt,omitzero"`
	Suspended         Bool   `json:"suspended,omitzero"`
	SessionCount      Int    `json:"sessionCount,omitzero"`
	APIKeyAllowed     Bool   `json:"apiKeyAllowed,omitzero"`
	APIKeySet         Bool   `json:"apiKeySet,omitzero"`
	APIKeyUpdatedAt   Time   `json:"apiKeyUpdatedAt,omitzero"`
	APIKeyHash        Secret `json:"apiKeyHash,omitzero"` // holds the beginning of the key

	Created             Time   `json:"created,omitzero"`
	DisableIntroduction Bool   `json:"disableIntroduction,omitzero"`
	GrowthData          Secret `json:"growthData,omitzero"` // free content, and none that says anything of access
	IsEnterprise        Bool   `json:"isEnterprise,omitzero"`
	LastWhatsNewChecked Time   `json:"lastWhatsNewChecked,omitzero"`
	UsersTimeZone       string `json:"usersTimeZone,omitzero"`
}

func (a *Administrator) recordID() string { return cmp.Or(a.ID, a.OtherID) }

// AdministratorLink says that an administrator may administer an organization.
type AdministratorLink struct {
	Record

	// Administrator is the id of the [Administrator].
	Administrator string `json:"administrator,omitzero" identity:"id"`
	// Organization is the id of the organization.
	Organization string `json:"organization,omitzero" identity:"owner"`
}

func (l *AdministratorLink) recordID() string { return l.Administrator }

// JumpCloud: the list is in no official description; JumpCloud's own command line program reads it. It is the same for all
// organizations that a key can see, so that it is asked for without naming one.
var (
	listAdministrators     = register(route{method: "GET", version: 1, template: "/users", query: "limit skip", repeat: true, noOrg: true})
	listAdministratorLinks = register(route{method: "GET", version: 2, template: "/organizations/{id}/administratorlinks", query: "limit skip", repeat: true, noOrg: true})
)

// AdministratorsService reads administrators: https://docs.jumpcloud.com/api/1.0/index.html#tag/Users
type AdministratorsService struct{ c *Client }

// Page reads one page of up to 100 administrators. It costs one request.
func (s *AdministratorsService) Page(ctx context.Context, options ...ListOption) (*Page[Administrator], error) {
	return onePage[Administrator](ctx, s.c, options, &source{route: listAdministrators, most: 100})
}

// All reads all administrators. It costs one request per 99.
func (s *AdministratorsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Administrator, error] {
	return all[Administrator](ctx, s.c, options, &source{route: listAdministrators, most: 100})
}

// Links reads who may administer an organization. JumpCloud does not count them: it costs one request per 99, and one to
// see the end.
func (s *AdministratorsService) Links(ctx context.Context, organizationID string, options ...ListOption) iter.Seq2[*AdministratorLink, error] {
	return all[AdministratorLink](ctx, s.c, options, &source{route: listAdministratorLinks, params: []string{organizationID}, most: 100})
}
