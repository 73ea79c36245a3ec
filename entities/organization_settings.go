package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var organizationSettings = governs[OrganizationSettings](8, "jumpcloud_organization_settings", "Organization Settings", "Configuration")

// OrganizationSettings are what an organization demands of its administrators, and what it has bought.
type OrganizationSettings struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"displayName,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"displayName,_id,id"`
	// RequireAdminMFA says whether administrators need a second factor.
	RequireAdminMFA *bool `json:"requireAdminMfa,omitzero" jc:"settings.requireAdminMFA"`
	// PasswordCompliance is which rules passwords follow: custom, pci3 or windows.
	PasswordCompliance string `json:"passwordCompliance,omitzero" jc:"settings.passwordCompliance"`
	// Products are the names of what the organization has bought, sorted.
	Products []string `json:"products,omitzero" jc:"entitlement.entitlementProducts"`
	// DirectoryInsights says whether events are kept.
	DirectoryInsights *bool `json:"directoryInsights,omitzero" jc:"settings.features.directoryInsights.enabled"`
	// DirectoryInsightsPremium says whether events are kept for long.
	DirectoryInsightsPremium *bool `json:"directoryInsightsPremium,omitzero" jc:"settings.features.directoryInsightsPremium.enabled"`
	// SystemInsights says whether details of devices are kept.
	SystemInsights *bool `json:"systemInsights,omitzero" jc:"settings.features.systemInsights.enabled"`
	// DisableLDAP says whether the LDAP service is switched off.
	DisableLDAP *bool `json:"disableLdap,omitzero" jc:"settings.disableLdap"`
	// DisableGoogleLogin says whether administrators may not log in by Google.
	DisableGoogleLogin *bool `json:"disableGoogleLogin,omitzero" jc:"settings.disableGoogleLogin"`
	// UserPortalIdleMins is after how many idle minutes a session in the user portal ends.
	UserPortalIdleMins *int64 `json:"userPortalIdleMins,omitzero" jc:"settings.userPortal.idleSessionDurationMinutes"`
}

// OrganizationSettings makes an entity of the settings of an organization. Its key is the organization's with :settings after
// it.
func (c Converter) OrganizationSettings(o *client.Organization) (*OrganizationSettings, error) {
	if o == nil {
		return nil, errNone(organizationSettings)
	}
	id := cmp.Or(o.ID, o.OtherID)
	d, err := c.begin(organizationSettings, id, o.DisplayName, o)
	if err != nil {
		return nil, err
	}
	d.meta.Key += ":settings"
	d.onlyOdd(oddOf(o, false))
	name := cmp.Or(o.DisplayName, id)
	e := &OrganizationSettings{ID: id, Name: name, DisplayName: name}
	if o.Entitlement != nil {
		for _, p := range o.Entitlement.EntitlementProducts {
			e.Products = append(e.Products, p.Name)
		}
		e.Products = sortedTexts(e.Products)
	}
	s := cmp.Or(o.Settings, &client.OrganizationSettings{})
	e.RequireAdminMFA, e.PasswordCompliance = optional(s.RequireAdminMFA), s.PasswordCompliance
	e.DisableLDAP, e.DisableGoogleLogin = optional(s.DisableLDAP), optional(s.DisableGoogleLogin)
	if s.UserPortal != nil {
		e.UserPortalIdleMins = whole(s.UserPortal.IdleSessionDurationMinutes)
	}
	if f := s.Features; f != nil {
		e.DirectoryInsights, e.DirectoryInsightsPremium = switched(f.DirectoryInsights), switched(f.DirectoryInsightsPremium)
		if f.SystemInsights != nil {
			e.SystemInsights = optional(f.SystemInsights.Enabled)
		}
	}
	e.Meta = d.meta
	return e, nil
}

// onlyOdd replaces the odd fields of an entity that is made of a part of an object.
func (d *draft) onlyOdd(fields []client.OddField) {
	d.meta.odd, d.meta.lost = nil, nil
	d.oddFields(fields)
}

// oddOf returns the odd fields of an organization: those of its password policy, or all others.
func oddOf(o *client.Organization, policy bool) []client.OddField {
	var kept []client.OddField
	for _, f := range o.OddFields() {
		if within(f.Path, "settings.passwordPolicy") == policy {
			kept = append(kept, f)
		}
	}
	return kept
}

func switched(f *client.FeatureSwitch) *bool {
	if f == nil {
		return nil
	}
	return optional(f.Enabled)
}
