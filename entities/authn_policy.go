package entities

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var authnPolicy = governs[AuthnPolicy](4, "jumpcloud_authn_policy", "Conditional Access Policy", "AccessPolicy")

// AuthnPolicy is a conditional access policy.
type AuthnPolicy struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	// PolicyType is what the policy is about: admin_portal, application, ldap or user_portal.
	PolicyType string `json:"policyType,omitzero" jc:"type"`
	// Disabled says whether the policy is switched off.
	Disabled *bool `json:"disabled,omitzero" jc:"disabled"`
	// MonitorOnly says whether the policy only notes what it would do.
	MonitorOnly *bool `json:"monitorOnly,omitzero" jc:"monitorOnly"`
	// Active says whether the policy is in force: neither switched off nor only monitoring.
	Active *bool `json:"active,omitzero" class:"Entity" jc:"disabled,monitorOnly"`
	// Action is what happens to a login: allow, deny or unknown.
	Action string `json:"action,omitzero" jc:"effect.action"`
	// MFARequired says whether a second factor is needed. It is false for a policy that names none, and missing where that
	// cannot be told.
	MFARequired *bool `json:"mfaRequired,omitzero" jc:"effect.action,effect.obligations.mfa.required"`
	// MFAFactors are the kinds of second factors that the policy takes, sorted; missing where it takes all.
	MFAFactors []string `json:"mfaFactors,omitzero" jc:"effect.obligations.mfaFactors"`
	// UserVerification says whether the user must prove to be there: none, optional or required.
	UserVerification string `json:"userVerification,omitzero" jc:"effect.obligations.userVerification.requirement"`
	// Resources are the kinds of what users log in to, sorted.
	Resources []string `json:"resources,omitzero" jc:"targets.resources"`
	// AllApplications says whether the policy applies to all applications but those that are excluded.
	AllApplications *bool `json:"allApplications,omitzero" jc:"targets.resources"`
	// AllUsers says whether the policy applies to all users but those that are excluded. It is missing where the policy names
	// no users.
	AllUsers *bool `json:"allUsers,omitzero" jc:"targets.users.inclusions"`
	// UserAttributes says whether users are chosen by their attributes, too.
	UserAttributes *bool `json:"userAttributes,omitzero" jc:"targets.userAttributes.inclusions"`
	// Scoped says whether the policy applies to anybody: to all users, to some, to groups, or by attributes.
	Scoped *bool `json:"scoped,omitzero" jc:"targets.users.inclusions,targets.userGroups.inclusions,targets.userAttributes.inclusions"`
	// ConditionKinds are the operators of the conditions, sorted; all, any and not are left out.
	ConditionKinds []string `json:"conditionKinds,omitzero" jc:"conditions"`
	// Countries are the codes of countries that the conditions name.
	Countries []string `json:"countries,omitzero" jc:"conditions"`
	// ExcludedCountries are the codes of countries that the conditions exclude.
	ExcludedCountries []string `json:"excludedCountries,omitzero" jc:"conditions"`
	// DeviceManaged says what the conditions demand of the device; missing where they say nothing, or both.
	DeviceManaged *bool `json:"deviceManaged,omitzero" jc:"conditions"`
	// DeviceEncrypted says what the conditions demand of the device's disk; missing where they say nothing, or both.
	DeviceEncrypted *bool `json:"deviceEncrypted,omitzero" jc:"conditions"`
	// Content is the whole expression of the conditions as JSON; missing where there are none.
	Content string `json:"content,omitzero" class:"AccessPolicy" jc:"conditions"`
}

// NewAuthnPolicy is the short form of [Converter.AuthnPolicy].
func NewAuthnPolicy(p *client.AuthnPolicy) (*AuthnPolicy, error) { return Converter{}.AuthnPolicy(p) }

// AuthnPolicy makes an entity of a conditional access policy. Conditions of which something is not known are counted as odd;
// they are whole in Content.
func (c Converter) AuthnPolicy(p *client.AuthnPolicy) (*AuthnPolicy, error) {
	if p == nil {
		return nil, errNone(authnPolicy)
	}
	id := cmp.Or(p.ID, p.OtherID)
	d, err := c.begin(authnPolicy, id, p.Name, p)
	if err != nil {
		return nil, err
	}
	e := &AuthnPolicy{
		ID: id, Name: cmp.Or(p.Name, id), DisplayName: cmp.Or(p.Name, id), Description: p.Description, PolicyType: p.Type,
		Disabled: optional(p.Disabled), MonitorOnly: optional(p.MonitorOnly), Active: inForce(p),
	}
	e.effect(cmp.Or(p.Effect, &client.AuthnPolicyEffect{}))
	if p.Targets != nil {
		e.targets(p.Targets)
	}
	e.conditions(d, p.Conditions)
	d.leave("mfaRequired", e.MFARequired == nil && lost(p, "effect"))
	d.leave("active", e.Active == nil && (lost(p, "disabled") || lost(p, "monitorOnly")))
	if lost(p, "targets") {
		e.Scoped, e.AllUsers, e.AllApplications = nil, nil, nil
	}
	e.Meta = d.meta
	return e, nil
}

// lost reports that something at a path could not be read.
func lost(p *client.AuthnPolicy, path string) bool {
	return slices.ContainsFunc(p.OddFields(), func(f client.OddField) bool { return f.Lost && within(f.Path, path) })
}

// inForce says whether a policy does anything; nil where JumpCloud does not say.
func inForce(p *client.AuthnPolicy) *bool {
	switch {
	case p.Disabled.V || p.MonitorOnly.V:
		return new(false)
	case !p.Disabled.OK || !p.MonitorOnly.OK:
		return nil
	}
	return new(true)
}

func (e *AuthnPolicy) effect(effect *client.AuthnPolicyEffect) {
	e.Action = effect.Action
	o := cmp.Or(effect.Obligations, &client.AuthnPolicyObligations{})
	if o.UserVerification != nil {
		e.UserVerification = o.UserVerification.Requirement
	}
	for _, f := range o.MFAFactors {
		e.MFAFactors = append(e.MFAFactors, f.Type)
	}
	e.MFAFactors = sortedTexts(e.MFAFactors)
	switch {
	case o.MFA != nil && o.MFA.Required.OK:
		e.MFARequired = new(o.MFA.Required.V)
	case o.MFA == nil && effect.Action != "":
		e.MFARequired = new(false)
	}
}

// everybody is how JumpCloud names all users in the scope of a policy.
const everybody = "ALL"

// TargetUsers returns the ids of the users whom a policy names, sorted, and whether it names all users.
func TargetUsers(p *client.AuthnPolicy) (ids []string, all bool) {
	if p.Targets == nil || p.Targets.Users == nil {
		return nil, false
	}
	for _, id := range sortedTexts(p.Targets.Users.Inclusions) {
		if strings.EqualFold(id, everybody) {
			all = true
		} else {
			ids = append(ids, id)
		}
	}
	return ids, all
}

func (e *AuthnPolicy) targets(t *client.AuthnPolicyTargets) {
	users, all := TargetUsers(&client.AuthnPolicy{Targets: t})
	attributes := t.UserAttributes != nil && len(t.UserAttributes.Inclusions) > 0
	groups := t.UserGroups != nil && len(t.UserGroups.Inclusions) > 0
	e.Scoped = new(all || attributes || groups || len(users) > 0)
	if len(users) > 0 || all {
		e.AllUsers = &all
	}
	if t.UserAttributes != nil {
		e.UserAttributes = &attributes
	}
	var applications bool
	for _, r := range t.Resources {
		e.Resources = append(e.Resources, r.Type)
		applications = applications || r.Type == "application" && r.ID == ""
	}
	if e.Resources = sortedTexts(e.Resources); len(e.Resources) > 0 {
		e.AllApplications = &applications
	}
}

// maxContent is how many bytes of JSON the conditions may have that are kept; longer ones are unknown.
const maxContent = 1 << 20

func (e *AuthnPolicy) conditions(d *draft, raw json.RawMessage) {
	c := readConditions(raw)
	e.ConditionKinds, e.Countries, e.ExcludedCountries = c.kinds, c.countries, c.otherPlaces
	e.DeviceManaged, e.DeviceEncrypted = only(c.managed), only(c.encrypted)
	var b bytes.Buffer
	switch {
	case json.Compact(&b, raw) != nil || b.String() == "null" || b.String() == "{}":
	case b.Len() > maxContent:
		d.oddFields([]client.OddField{{Path: "conditions"}})
		d.leave("content", true)
	default:
		e.Content = b.String()
	}
	if c.odd {
		d.oddFields([]client.OddField{{Path: "conditions"}})
		d.leave("deviceManaged", e.DeviceManaged == nil)
		d.leave("deviceEncrypted", e.DeviceEncrypted == nil)
	}
}

// IPListsOf returns the ids of the lists that the conditions of a policy use, sorted: those that must hold the address, and
// those that must not.
func IPListsOf(p *client.AuthnPolicy) (holding, excluding []string) {
	c := readConditions(p.Conditions)
	return c.ipLists, c.otherIPLists
}
