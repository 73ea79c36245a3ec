package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
)

// SystemUser is a person in the directory. A list and a single answer have the same form.
type SystemUser struct {
	Record

	// ID is the id of the user.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID string `json:"id,omitzero" identity:"id"`
	// Organization is the id of the organization.
	Organization string `json:"organization,omitzero" identity:"owner"`

	Username       string `json:"username,omitzero"`
	SystemUsername string `json:"systemUsername,omitzero"` // the local account, where it has another name
	Email          string `json:"email,omitzero"`
	AlternateEmail string `json:"alternateEmail,omitzero"`
	Firstname      string `json:"firstname,omitzero"`
	Middlename     string `json:"middlename,omitzero"`
	Lastname       string `json:"lastname,omitzero"`
	Displayname    string `json:"displayname,omitzero"`

	Description        string `json:"description,omitzero"`
	Company            string `json:"company,omitzero"`
	CostCenter         string `json:"costCenter,omitzero"`
	Department         string `json:"department,omitzero"`
	EmployeeIdentifier string `json:"employeeIdentifier,omitzero"`
	EmployeeType       string `json:"employeeType,omitzero"`
	JobTitle           string `json:"jobTitle,omitzero"`
	Location           string `json:"location,omitzero"`
	Manager            string `json:"manager,omitzero"` // the id of another user
	ManagedAppleID     string `json:"managedAppleId,omitzero"`
	CreationSource     string `json:"creationSource,omitzero"`
	ExternalDN         string `json:"external_dn,omitzero"`
	ExternalSourceType string `json:"external_source_type,omitzero"`

	// State is STAGED, ACTIVATED or SUSPENDED. It is what counts; Activated and Suspended are older and may be out of date.
	State             string `json:"state,omitzero"`
	Activated         Bool   `json:"activated,omitzero"` // false while the activation is pending
	Suspended         Bool   `json:"suspended,omitzero"`
	AccountLocked     Bool   `json:"account_locked,omitzero"`
	AccountLockedDate Time   `json:"account_locked_date,omitzero"`
	BadLoginAttempts  Int    `json:"badLoginAttempts,omitzero"`
	Created           Time   `json:"created,omitzero"`

	PasswordDate                   Time `json:"password_date,omitzero"`
	PasswordExpirationDate         Time `json:"password_expiration_date,omitzero"`
	ExternalPasswordExpirationDate Time `json:"external_password_expiration_date,omitzero"`
	PasswordExpired                Bool `json:"password_expired,omitzero"`
	PasswordNeverExpires           Bool `json:"password_never_expires,omitzero"`
	PasswordlessSudo               Bool `json:"passwordless_sudo,omitzero"`
	Sudo                           Bool `json:"sudo,omitzero"`
	AllowPublicKey                 Bool `json:"allow_public_key,omitzero"`
	LDAPBindingUser                Bool `json:"ldap_binding_user,omitzero"`
	SambaServiceUser               Bool `json:"samba_service_user,omitzero"`
	EnableManagedUID               Bool `json:"enable_managed_uid,omitzero"`
	DisableDeviceMaxLoginAttempts  Bool `json:"disableDeviceMaxLoginAttempts,omitzero"`
	EnableUserPortalMultifactor    Bool `json:"enable_user_portal_multifactor,omitzero"` // MFA is required
	TOTPEnabled                    Bool `json:"totp_enabled,omitzero"`                   // TOTP is set up
	ExternallyManaged              Bool `json:"externally_managed,omitzero"`
	UnixUID                        Int  `json:"unix_uid,omitzero"`
	UnixGUID                       Int  `json:"unix_guid,omitzero"`

	MFA                *MFA                   `json:"mfa,omitzero"`
	MFAEnrollment      *MFAEnrollment         `json:"mfaEnrollment,omitzero"`
	Addresses          List[Address]          `json:"addresses,omitzero"`
	PhoneNumbers       List[PhoneNumber]      `json:"phoneNumbers,omitzero"`
	Attributes         List[Attribute]        `json:"attributes,omitzero"`
	Relationships      List[UserRelationship] `json:"relationships,omitzero"`
	SSHKeys            List[SSHKey]           `json:"ssh_keys,omitzero"`
	PublicKey          string                 `json:"public_key,omitzero"` // the single key of older accounts
	RecoveryEmail      *RecoveryEmail         `json:"recoveryEmail,omitzero"`
	DelegatedAuthority *DelegatedAuthority    `json:"delegatedAuthority,omitzero"`
	Admin              *UserAdmin             `json:"admin,omitzero"` // set when the user is also an administrator
	RestrictedFields   List[RestrictedField]  `json:"restrictedFields,omitzero"`
	Tags               List[string]           `json:"tags,omitzero"`
}

func (u *SystemUser) recordID() string { return cmp.Or(u.ID, u.OtherID) }

// MFA is the state of a user's multi-factor authentication.
type MFA struct {
	Configured     Bool `json:"configured,omitzero"`
	Exclusion      Bool `json:"exclusion,omitzero"`
	ExclusionUntil Time `json:"exclusionUntil,omitzero"` // missing when the exclusion has no end
	ExclusionDays  Int  `json:"exclusionDays,omitzero"`
}

// MFAEnrollment tells, per factor, how far a user is enrolled: NOT_ENROLLED, DISABLED, PENDING_ACTIVATION,
// ENROLLMENT_EXPIRED, IN_ENROLLMENT, PRE_ENROLLMENT or ENROLLED.
type MFAEnrollment struct {
	OverallStatus  string `json:"overallStatus,omitzero"`
	TOTPStatus     string `json:"totpStatus,omitzero"`
	WebAuthnStatus string `json:"webAuthnStatus,omitzero"`
	PushStatus     string `json:"pushStatus,omitzero"`
	SMSStatus      string `json:"smsStatus,omitzero"`
	JCGoStatus     string `json:"jcGoStatus,omitzero"`
}

// Address is a postal address of a user.
type Address struct {
	ID              string `json:"id,omitzero"`
	Type            string `json:"type,omitzero"` // free text, often work or home
	Country         string `json:"country,omitzero"`
	Region          string `json:"region,omitzero"`
	Locality        string `json:"locality,omitzero"`
	PostalCode      string `json:"postalCode,omitzero"`
	POBox           string `json:"poBox,omitzero"`
	StreetAddress   string `json:"streetAddress,omitzero"`
	ExtendedAddress string `json:"extendedAddress,omitzero"`
}

// PhoneNumber is a telephone number of a user.
type PhoneNumber struct {
	ID     string `json:"id,omitzero"`
	Type   string `json:"type,omitzero"`
	Number string `json:"number,omitzero"`
}

// Attribute is a custom attribute of a user or a system. The value is a string by the description, but any JSON is
// kept as it came.
type Attribute struct {
	ID    string          `json:"_id,omitzero"`
	Name  string          `json:"name,omitzero"`
	Value json.RawMessage `json:"value,omitzero"`
}

// UserRelationship is a relation of a user with another one, such as manager.
type UserRelationship struct {
	Type  string `json:"type,omitzero"`
	Value string `json:"value,omitzero"`
}

// SSHKey is a public key of a user.
type SSHKey struct {
	ID         string `json:"_id,omitzero"`
	Name       string `json:"name,omitzero"`
	PublicKey  string `json:"public_key,omitzero"`
	CreateDate Time   `json:"create_date,omitzero"`
}

// RecoveryEmail is where a user can get a new password.
type RecoveryEmail struct {
	Address    string `json:"address,omitzero"`
	Verified   Bool   `json:"verified,omitzero"`
	VerifiedAt Time   `json:"verifiedAt,omitzero"`
}

// DelegatedAuthority is the directory that checks the user's password instead of JumpCloud.
type DelegatedAuthority struct {
	ID   string `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
}

// UserAdmin tells which administrator a user is.
type UserAdmin struct {
	ID        string       `json:"id,omitzero"`
	RoleName  string       `json:"roleName,omitzero"`
	RoleNames List[string] `json:"roleNames,omitzero"`
}

// RestrictedField is a field of a user that another directory manages.
type RestrictedField struct {
	Field string `json:"field,omitzero"`
	Type  string `json:"type,omitzero"`
	ID    string `json:"id,omitzero"`
}

var (
	getSystemUser     = register(route{method: "GET", version: 1, template: "/systemusers/{id}", repeat: true})
	listSystemUsers   = register(route{method: "GET", version: 1, template: "/systemusers", query: "limit skip sort fields filter", repeat: true})
	searchSystemUsers = register(route{method: "POST", version: 1, template: "/search/systemusers", query: "limit skip", repeat: true})
)

// SystemUsersService reads users: https://docs.jumpcloud.com/api/1.0/index.html#tag/Systemusers
type SystemUsersService struct{ c *Client }

// Get reads one user. It costs one request.
func (s *SystemUsersService) Get(ctx context.Context, id string) (*SystemUser, error) {
	return get[SystemUser](ctx, s.c, getSystemUser, id)
}

// Page reads one page in ascending order of ids: up to 1,000 users by a search, or up to 100 where searches are
// refused. It costs one request, two where searches are refused.
func (s *SystemUsersService) Page(ctx context.Context, options ...ListOption) (*Page[SystemUser], error) {
	return onePage[SystemUser](ctx, s.c, options, inventory(searchSystemUsers, listSystemUsers)...)
}

// All reads all users in ascending order of ids. It costs one request per 999 users, or per 99 where searches are
// refused; see the package documentation for how iterators behave.
func (s *SystemUsersService) All(ctx context.Context, options ...ListOption) iter.Seq2[*SystemUser, error] {
	return all[SystemUser](ctx, s.c, options, inventory(searchSystemUsers, listSystemUsers)...)
}

// inventory are the sources of a v1 list that can also be searched.
// JumpCloud: lists serve at most 100 records a page, searches 1,000; _id never changes and grows with time.
func inventory(search, list *route) []*source {
	return []*source{
		{route: search, most: 1000, body: true, sort: "_id"},
		{route: list, most: 100, sort: "_id"},
	}
}
