package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
)

// AuthnPolicy is a conditional access policy.
type AuthnPolicy struct {
	Record

	// ID is the id of the policy.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID     string `json:"_id,omitzero" identity:"id"`
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	Type        string `json:"type,omitzero"` // user_portal, application, ldap or admin_portal
	Disabled    Bool   `json:"disabled,omitzero"`
	MonitorOnly Bool   `json:"monitorOnly,omitzero"`

	Effect  *AuthnPolicyEffect  `json:"effect,omitzero"`
	Targets *AuthnPolicyTargets `json:"targets,omitzero"`
	// Conditions is an expression of nested objects, as it came: all, any and not over ipAddressIn, locationIn,
	// deviceManaged and deviceEncrypted.
	Conditions json.RawMessage `json:"conditions,omitzero"`
}

func (p *AuthnPolicy) recordID() string { return cmp.Or(p.ID, p.OtherID) }

// AuthnPolicyEffect is what happens to a login that a policy applies to.
type AuthnPolicyEffect struct {
	Action             string                  `json:"action,omitzero"` // allow, deny or unknown
	Obligations        *AuthnPolicyObligations `json:"obligations,omitzero"`
	CustomErrorMessage *AuthnPolicyMessage     `json:"custom_error_message,omitzero"`
}

// AuthnPolicyObligations are what a user has to do.
type AuthnPolicyObligations struct {
	MFA              *AuthnPolicyMFA          `json:"mfa,omitzero"`
	UserVerification *AuthnPolicyVerification `json:"userVerification,omitzero"`
	MFAFactors       List[AuthnPolicyFactor]  `json:"mfaFactors,omitzero"`
}

// AuthnPolicyMFA says whether a second factor is needed.
type AuthnPolicyMFA struct {
	Required Bool `json:"required,omitzero"`
}

// AuthnPolicyVerification says whether the user must prove to be there.
type AuthnPolicyVerification struct {
	Requirement string `json:"requirement,omitzero"` // none, optional or required
}

// AuthnPolicyFactor is a kind of second factor that a policy takes.
type AuthnPolicyFactor struct {
	Type string `json:"type,omitzero"` // DURT, WEBAUTHN, PUSH, DUO, TOTP or SMS_OTP
}

// AuthnPolicyMessage is what a user reads who is refused.
type AuthnPolicyMessage struct {
	Message       string           `json:"message,omitzero"`
	Enabled       Bool             `json:"enabled,omitzero"`
	PrimaryHelp   *AuthnPolicyLink `json:"primary_help,omitzero"`
	SecondaryHelp *AuthnPolicyLink `json:"secondary_help,omitzero"`
}

// AuthnPolicyLink leads to a page that helps.
type AuthnPolicyLink struct {
	Text string `json:"text,omitzero"`
	URL  string `json:"url,omitzero"`
}

// AuthnPolicyTargets say which logins a policy applies to.
type AuthnPolicyTargets struct {
	// Users are ids of users, or the text ALL.
	Users                *AuthnPolicyIDs            `json:"users,omitzero"`
	UserGroups           *AuthnPolicyScope          `json:"userGroups,omitzero"`
	UserAttributes       *AuthnPolicyUserAttributes `json:"userAttributes,omitzero"`
	Resources            List[AuthnPolicyResource]  `json:"resources,omitzero"`
	ExcludedApplications List[string]               `json:"excludedApplications,omitzero"`
}

// AuthnPolicyIDs are the ids of what a policy includes.
type AuthnPolicyIDs struct {
	Inclusions List[string] `json:"inclusions,omitzero"`
}

// AuthnPolicyScope are the ids of what a policy includes and excludes.
type AuthnPolicyScope struct {
	Inclusions List[string] `json:"inclusions,omitzero"`
	Exclusions List[string] `json:"exclusions,omitzero"`
}

// AuthnPolicyUserAttributes choose users by their attributes; policies for LDAP alone have them.
type AuthnPolicyUserAttributes struct {
	Inclusions List[AuthnPolicyAttribute] `json:"inclusions,omitzero"`
	Exclusions List[AuthnPolicyAttribute] `json:"exclusions,omitzero"`
}

// AuthnPolicyAttribute compares an attribute of a user.
type AuthnPolicyAttribute struct {
	Field    string          `json:"field,omitzero"`
	Operator string          `json:"operator,omitzero"`
	Value    json.RawMessage `json:"value,omitzero"`
}

// AuthnPolicyResource is what users log in to. Without an id it is every one of its type.
type AuthnPolicyResource struct {
	Type string `json:"type,omitzero"` // admin_portal, user_portal, application or ldap
	ID   string `json:"id,omitzero"`
}

var listAuthnPolicies = register(route{method: "GET", version: 2, template: "/authn/policies", query: "limit skip filter", repeat: true})

// AuthnPoliciesService reads conditional access policies: https://docs.jumpcloud.com/api/2.0/index.html#tag/Authentication-Policies
type AuthnPoliciesService struct{ c *Client }

// Page reads one page of up to 100 conditional access policies. It costs one request.
func (s *AuthnPoliciesService) Page(ctx context.Context, options ...ListOption) (*Page[AuthnPolicy], error) {
	return onePage[AuthnPolicy](ctx, s.c, options, &source{route: listAuthnPolicies, most: 100})
}

// All reads all conditional access policies. It costs one request per 99.
func (s *AuthnPoliciesService) All(ctx context.Context, options ...ListOption) iter.Seq2[*AuthnPolicy, error] {
	return all[AuthnPolicy](ctx, s.c, options, &source{route: listAuthnPolicies, most: 100})
}
