package entities

import (
	"cmp"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var user = register[User](2, "jumpcloud_user", "User", "User")

// User is one person in the JumpCloud directory.
type User struct {
	Meta
	Name        string `json:"name" class:"Entity" jc:"firstname,lastname,displayname,username,email,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"username,firstname,lastname,displayname,email,_id,id"`
	// State is the lifecycle state of the account.
	State UserState `json:"state,omitzero" jc:"state"`
	// Suspended says whether the user is locked out.
	Suspended bool `json:"suspended" jc:"suspended"`
	// Login is the name the user logs in with.
	Login    string `json:"login,omitzero" jc:"username"`
	Username string `json:"username,omitzero" class:"User" jc:"username"`
	// Email is the e-mail address of the user.
	Email     string `json:"email,omitzero" jc:"email"`
	FirstName string `json:"firstName,omitzero" class:"User" jc:"firstname"`
	LastName  string `json:"lastName,omitzero" class:"User" jc:"lastname"`
	// EmployeeType is the kind of contract, such as employee or contractor.
	EmployeeType string `json:"employeeType,omitzero" jc:"employeeType"`
	// EmployeeID is the number that the employer gave the user.
	EmployeeID string `json:"employeeId,omitzero" jc:"employeeIdentifier"`
	// Company is the company the user works for.
	Company string `json:"company,omitzero" jc:"company"`
	// Department is the department the user works in.
	Department string `json:"department,omitzero" jc:"department"`
	// JobTitle is the position of the user.
	JobTitle    string `json:"jobTitle,omitzero" jc:"jobTitle"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	// MFAExclusion says whether the user is excluded from multi-factor authentication.
	MFAExclusion bool `json:"mfaExclusion" jc:"mfa.exclusion"`
	// Deprecated: Use mfaExclusionEndOn instead
	MFAExclusionUntil *Millis `json:"mfaExclusionUntil,omitzero" jc:"mfa.exclusionUntil"`
	// MFAExclusionEndOn is when the exclusion ends, in milliseconds since 1970. It is missing when there is no end.
	MFAExclusionEndOn *Millis `json:"mfaExclusionEndOn,omitzero" jc:"mfa.exclusionUntil"`
	// MFAConfigured says whether multi-factor authentication is set up.
	MFAConfigured bool `json:"mfaConfigured" jc:"mfa.configured"`
	// ExternallyManaged says whether another directory manages the user.
	ExternallyManaged bool `json:"externallyManaged" jc:"externally_managed"`
	// LDAPBindingUser says whether the user may bind to JumpCloud's LDAP service.
	LDAPBindingUser bool `json:"ldapBindingUser" jc:"ldap_binding_user"`
	// SambaServiceUser says whether the user is a service account for Samba.
	SambaServiceUser bool `json:"sambaServiceUser" jc:"samba_service_user"`
	// Sudo says whether the user is an administrator on all systems bound to them.
	Sudo bool `json:"sudo" jc:"sudo"`
	// ID is JumpCloud's id of the user.
	ID           string  `json:"id" jc:"_id,id"`
	Active       *bool   `json:"active,omitzero" class:"User" jc:"state,suspended,activated"`
	IsActive     *bool   `json:"isActive,omitzero" class:"User" jc:"state,suspended,activated"`
	MFAEnabled   *bool   `json:"mfaEnabled,omitzero" class:"User" jc:"totp_enabled"`
	IsMFAEnabled *bool   `json:"isMfaEnabled,omitzero" class:"User" jc:"totp_enabled"`
	CreatedOn    *Millis `json:"createdOn,omitzero" class:"Entity" jc:"created"`
	WebLink      string  `json:"webLink,omitzero" class:"Entity" jc:"_id,id"`
}

// UserState is a stage in the life of a user's account.
type UserState string

// The stages in the life of a user's account.
const (
	UserStaged    UserState = "staged"
	UserActivated UserState = "activated"
	UserSuspended UserState = "suspended"
)

// NewUser is the short form of [Converter.User].
func NewUser(u *client.SystemUser) (*User, error) { return Converter{}.User(u) }

// User makes an entity of a user.
func (c Converter) User(u *client.SystemUser) (*User, error) {
	if u == nil {
		return nil, errNone(user)
	}
	id := cmp.Or(u.ID, u.OtherID)
	name := cmp.Or(words(u.Firstname, u.Lastname), u.Displayname, u.Username, u.Email, id)
	d, err := c.begin(user, id, name, u)
	if err != nil {
		return nil, err
	}
	mfa := cmp.Or(u.MFA, &client.MFA{})
	state := userState(u.State)
	if state == "" && strings.TrimSpace(u.State) != "" {
		d.oddValue("state")
	}
	active, enabled := userActive(state, u), optional(u.TOTPEnabled)
	excludedUntil := millis(mfa.ExclusionUntil)
	e := &User{
		Name:              name,
		DisplayName:       cmp.Or(u.Username, name),
		State:             state,
		Suspended:         d.demanded("suspended", u.Suspended),
		Login:             u.Username,
		Username:          u.Username,
		Email:             u.Email,
		FirstName:         u.Firstname,
		LastName:          u.Lastname,
		EmployeeType:      u.EmployeeType,
		EmployeeID:        u.EmployeeIdentifier,
		Company:           u.Company,
		Department:        u.Department,
		JobTitle:          u.JobTitle,
		Description:       u.Description,
		MFAExclusion:      d.demanded("mfaExclusion", mfa.Exclusion),
		MFAExclusionUntil: excludedUntil,
		MFAExclusionEndOn: excludedUntil,
		MFAConfigured:     d.demanded("mfaConfigured", mfa.Configured),
		ExternallyManaged: d.demanded("externallyManaged", u.ExternallyManaged),
		LDAPBindingUser:   d.demanded("ldapBindingUser", u.LDAPBindingUser),
		SambaServiceUser:  d.demanded("sambaServiceUser", u.SambaServiceUser),
		Sudo:              d.demanded("sudo", u.Sudo),
		ID:                id,
		Active:            active,
		IsActive:          active,
		MFAEnabled:        enabled,
		IsMFAEnabled:      enabled,
		CreatedOn:         millis(u.Created),
		WebLink:           d.link("/#/users/{id}/details"),
	}
	e.Meta = d.meta
	return e, nil
}

// userState reads the state in any case. An unknown one gives none.
func userState(s string) UserState {
	switch state := UserState(strings.ToLower(s)); state {
	case UserStaged, UserActivated, UserSuspended:
		return state
	}
	return ""
}

// userActive says whether the user can log in, or nil when that cannot be told. The state is the truth; the booleans
// are older and may lag behind it.
func userActive(state UserState, u *client.SystemUser) *bool {
	switch {
	case state == UserSuspended, state != UserActivated && u.Suspended.V:
		return new(false)
	default:
		return optional(u.Activated)
	}
}
