package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var administrator = governs[Administrator](1, "jumpcloud_administrator", "Administrator", "User")

// Administrator is somebody who may administer the organization.
type Administrator struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"firstname,lastname,email,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"email,firstname,lastname,_id,id"`
	// Email is the e-mail address, by which the administrator logs in.
	Email     string `json:"email,omitzero" class:"User" jc:"email"`
	FirstName string `json:"firstName,omitzero" class:"User" jc:"firstname"`
	LastName  string `json:"lastName,omitzero" class:"User" jc:"lastname"`
	// Suspended says whether the administrator is locked out.
	Suspended  *bool `json:"suspended,omitzero" jc:"suspended"`
	Active     *bool `json:"active,omitzero" class:"User" jc:"suspended"`
	IsActive   *bool `json:"isActive,omitzero" class:"User" jc:"suspended"`
	MFAEnabled *bool `json:"mfaEnabled,omitzero" class:"User" jc:"enableMultiFactor"`
	// IsMFAEnabled says whether a second factor is needed to log in.
	IsMFAEnabled *bool `json:"isMfaEnabled,omitzero" class:"User" jc:"enableMultiFactor"`
	// TOTPEnrolled says whether a code generator is set up as second factor.
	TOTPEnrolled *bool `json:"totpEnrolled,omitzero" jc:"totpEnrolled"`
	// TOTPUpdatedOn is when the code generator was set up, in milliseconds since 1970.
	TOTPUpdatedOn *Millis `json:"totpUpdatedOn,omitzero" jc:"totpUpdatedAt"`
	// RoleNames are the names of the roles, sorted.
	RoleNames []string `json:"roleNames,omitzero" jc:"roleNames,roleName"`
	// APIKeyAllowed says whether the administrator may have an API key.
	APIKeyAllowed *bool `json:"apiKeyAllowed,omitzero" jc:"apiKeyAllowed"`
	// APIKeySet says whether the administrator has an API key.
	APIKeySet *bool `json:"apiKeySet,omitzero" jc:"apiKeySet"`
	// APIKeyUpdatedOn is when the API key was made, in milliseconds since 1970.
	APIKeyUpdatedOn   *Millis `json:"apiKeyUpdatedOn,omitzero" jc:"apiKeyUpdatedAt"`
	PasswordChangedOn *Millis `json:"passwordChangedOn,omitzero" class:"User" jc:"passwordUpdatedAt"`
	// SessionCount is how many sessions the administrator has.
	SessionCount *int64 `json:"sessionCount,omitzero" jc:"sessionCount"`
	// ProviderID is the id of the provider whom the administrator belongs to.
	ProviderID string  `json:"providerId,omitzero" jc:"provider"`
	CreatedOn  *Millis `json:"createdOn,omitzero" class:"Entity" jc:"created"`
}

// NewAdministrator is the short form of [Converter.Administrator].
func NewAdministrator(a *client.Administrator) (*Administrator, error) {
	return Converter{}.Administrator(a)
}

// Administrator makes an entity of an administrator.
func (c Converter) Administrator(a *client.Administrator) (*Administrator, error) {
	if a == nil {
		return nil, errNone(administrator)
	}
	id := cmp.Or(a.ID, a.OtherID)
	name := cmp.Or(words(a.Firstname, a.Lastname), a.Email, id)
	d, err := c.begin(administrator, id, name, a)
	if err != nil {
		return nil, err
	}
	roles := a.RoleNames
	if len(roles) == 0 {
		roles = []string{a.RoleName}
	}
	return &Administrator{
		Meta: d.meta, ID: id, Name: name, DisplayName: cmp.Or(a.Email, name), Email: a.Email, FirstName: a.Firstname, LastName: a.Lastname,
		Suspended: optional(a.Suspended), Active: negated(a.Suspended), IsActive: negated(a.Suspended), MFAEnabled: optional(a.EnableMultiFactor), IsMFAEnabled: optional(a.EnableMultiFactor),
		TOTPEnrolled: optional(a.TOTPEnrolled), TOTPUpdatedOn: millis(a.TOTPUpdatedAt), RoleNames: sortedTexts(roles),
		APIKeyAllowed: optional(a.APIKeyAllowed), APIKeySet: optional(a.APIKeySet), APIKeyUpdatedOn: millis(a.APIKeyUpdatedAt),
		PasswordChangedOn: millis(a.PasswordUpdatedAt), SessionCount: whole(a.SessionCount), ProviderID: a.Provider, CreatedOn: millis(a.Created),
	}, nil
}

// whole returns nil for a number that JumpCloud did not send.
func whole(n client.Int) *int64 {
	if !n.OK {
		return nil
	}
	return &n.V
}
