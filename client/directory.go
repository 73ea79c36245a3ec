package client

import (
	"cmp"
	"context"
	"iter"
)

// Directory is a directory that users are synchronized with.
type Directory struct {
	Record

	// ID is the id of the directory.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID string `json:"_id,omitzero" identity:"id"`
	Name    string `json:"name,omitzero"`
	// Type is active_directory, g_suite, ldap_server, office_365 or workday.
	Type string `json:"type,omitzero"`
	// OAuthStatus is the state of the token by which JumpCloud reaches the directory; nil where there is none.
	OAuthStatus   *OAuthStatus     `json:"oAuthStatus,omitzero"`
	DefaultDomain *DirectoryDomain `json:"defaultDomain,omitzero"`
	Organization  string           `json:"organizationId,omitzero" identity:"owner"`
}

func (d *Directory) recordID() string { return cmp.Or(d.ID, d.OtherID) }

// OAuthStatus is the state of a token. JumpCloud: it is described as expiry and error status, without names; what is not
// known here is left out, since it could be the token.
type OAuthStatus struct {
	Expiry  Time   `json:"expiry,omitzero"`
	IsValid Bool   `json:"isValid,omitzero"`
	Error   string `json:"error,omitzero"`
	Message string `json:"message,omitzero"`
}

// DirectoryDomain is the domain of a directory.
type DirectoryDomain struct {
	ID     string `json:"id,omitzero"`
	Domain string `json:"domain,omitzero"`
}

// ActiveDirectory is what is known of a directory of the type active_directory beyond [Directory].
type ActiveDirectory struct {
	Record

	// ID is the id of the directory.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID            string `json:"_id,omitzero" identity:"id"`
	Domain             string `json:"domain,omitzero"`
	UseCase            string `json:"useCase,omitzero"` // UNSET, TWOWAYSYNC, JCASAUTHORITY or ADASAUTHORITY
	GroupsEnabled      Bool   `json:"groupsEnabled,omitzero"`
	DelegationState    string `json:"delegationState,omitzero"` // ENABLED, PENDING or DISABLED
	Permission         string `json:"permission,omitzero"`
	PrimaryAgent       string `json:"primaryAgent,omitzero"`
	PrimaryImportAgent string `json:"primaryImportAgent,omitzero"`
	UpdatedAt          Time   `json:"updatedAt,omitzero"`
	Organization       string `json:"organizationId,omitzero" identity:"owner"`
}

func (d *ActiveDirectory) recordID() string { return cmp.Or(d.ID, d.OtherID) }

// Workday is what is known of a directory of the type workday beyond [Directory].
type Workday struct {
	Record

	// ID is the id of the directory.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID    string       `json:"_id,omitzero" identity:"id"`
	Name       string       `json:"name,omitzero"`
	ReportURL  string       `json:"reportUrl,omitzero"`
	LastImport Time         `json:"lastImport,omitzero"`
	Auth       *WorkdayAuth `json:"auth,omitzero"`
}

func (d *Workday) recordID() string { return cmp.Or(d.ID, d.OtherID) }

// WorkdayAuth is the state of the credential by which JumpCloud reaches Workday, by its kind.
type WorkdayAuth struct {
	Basic *WorkdayAuthInfo `json:"basic,omitzero"`
	OAuth *WorkdayAuthInfo `json:"oauth,omitzero"`
}

// WorkdayAuthInfo is the state of a credential.
type WorkdayAuthInfo struct {
	Expiry  Time   `json:"expiry,omitzero"`
	IsValid Bool   `json:"isValid,omitzero"`
	Message string `json:"message,omitzero"`
}

// JumpCloud: none of these lists counts its records.
var (
	listDirectories       = register(route{method: "GET", version: 2, template: "/directories", query: "limit skip filter fields", repeat: true})
	listActiveDirectories = register(route{method: "GET", version: 2, template: "/activedirectories", query: "limit skip filter fields", repeat: true})
	listWorkdays          = register(route{method: "GET", version: 2, template: "/workdays", query: "limit skip filter fields", repeat: true})
)

// DirectoriesService reads directories: https://docs.jumpcloud.com/api/2.0/index.html#tag/Directories
type DirectoriesService struct{ c *Client }

// Page reads one page of up to 100 directories. It costs one request.
func (s *DirectoriesService) Page(ctx context.Context, options ...ListOption) (*Page[Directory], error) {
	return onePage[Directory](ctx, s.c, options, &source{route: listDirectories, most: 100})
}

// All reads all directories. It costs one request per 99, and one to see the end, since
// JumpCloud does not count them.
func (s *DirectoriesService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Directory, error] {
	return all[Directory](ctx, s.c, options, &source{route: listDirectories, most: 100})
}

// ActiveDirectories reads what is known of the directories of the type active_directory. It costs as much as All.
func (s *DirectoriesService) ActiveDirectories(ctx context.Context, options ...ListOption) iter.Seq2[*ActiveDirectory, error] {
	return all[ActiveDirectory](ctx, s.c, options, &source{route: listActiveDirectories, most: 100})
}

// Workdays reads what is known of the directories of the type workday. It costs as much as All.
func (s *DirectoriesService) Workdays(ctx context.Context, options ...ListOption) iter.Seq2[*Workday, error] {
	return all[Workday](ctx, s.c, options, &source{route: listWorkdays, most: 100})
}
