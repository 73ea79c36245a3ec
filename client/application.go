package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"reflect"
)

// Application is a single sign-on application.
type Application struct {
	Record

	// ID is the id of the application.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID string `json:"id,omitzero" identity:"id"`
	// Organization is the id of the organization.
	Organization string `json:"organization,omitzero" identity:"owner"`

	Name         string `json:"name,omitzero"`         // the kind of connector, not unique
	DisplayName  string `json:"displayName,omitzero"`  // of the connector
	DisplayLabel string `json:"displayLabel,omitzero"` // what the administrators typed
	Description  string `json:"description,omitzero"`
	LearnMore    string `json:"learnMore,omitzero"`
	ParentApp    string `json:"parentApp,omitzero"` // id of the template
	SSOURL       string `json:"ssoUrl,omitzero"`    // absent for OIDC
	Color        string `json:"color,omitzero"`

	Active  Bool `json:"active,omitzero"`
	Beta    Bool `json:"beta,omitzero"`
	AIReady Bool `json:"aiReady,omitzero"`
	Created Time `json:"created,omitzero"` // often missing

	Logo               *ApplicationLogo      `json:"logo,omitzero"`
	SSO                *SSO                  `json:"sso,omitzero"`
	DatabaseAttributes List[json.RawMessage] `json:"databaseAttributes,omitzero"`
	Config             ApplicationConfig     `json:"config,omitzero"`
}

func (a *Application) recordID() string { return cmp.Or(a.ID, a.OtherID) }

// ApplicationLogo is the picture of an application.
type ApplicationLogo struct {
	Color string `json:"color,omitzero"`
	URL   string `json:"url,omitzero"`
}

// SSO tells how an application signs people in.
type SSO struct {
	Type                  string `json:"type,omitzero"` // saml, oidc, bookmark ...
	JIT                   Bool   `json:"jit,omitzero"`  // accounts are made at the first login
	Beta                  Bool   `json:"beta,omitzero"`
	Hidden                Bool   `json:"hidden,omitzero"`
	IDPCertExpirationAt   Time   `json:"idpCertExpirationAt,omitzero"`
	IDPCertificateUpdated Time   `json:"idpCertificateUpdatedAt,omitzero"`
	IDPPrivateKeyUpdated  Time   `json:"idpPrivateKeyUpdatedAt,omitzero"`
	SPCertificateUpdated  Time   `json:"spCertificateUpdatedAt,omitzero"`
}

// ApplicationConfig holds the settings of an application by their names. JumpCloud sends the private key that signs
// logins among them: settings that can hold a key keep no value here, and no encoder writes any of them.
type ApplicationConfig map[string]ConfigSetting

// IsZero is always true, so that omitzero leaves the settings out of whatever is written.
func (ApplicationConfig) IsZero() bool { return true }

// UnmarshalJSON reads the settings without the values of those that can hold a key.
func (c *ApplicationConfig) UnmarshalJSON(data []byte) error {
	var all map[string]ConfigSetting
	if json.Unmarshal(data, &all) != nil {
		return forgive(c, data)
	}
	*c = all
	c.censor()
	return nil
}

func (c *ApplicationConfig) readJSON(data []byte, o *oddities) bool {
	ok := readMap(reflect.ValueOf((*map[string]ConfigSetting)(c)).Elem(), data, o)
	c.censor()
	return ok
}

// censor drops the values of settings that can hold a key.
func (c *ApplicationConfig) censor() {
	for name, s := range *c {
		if !publicSettings[name] {
			s.Value, s.Options = nil, nil
			(*c)[name] = s
		}
	}
}

// publicSettings are the settings whose values are known to hold no credential.
var publicSettings = map[string]bool{
	"acsUrl": true, "constantAttributes": true, "databaseAttributes": true, "idpEntityId": true, "idpInitUrl": true,
	"signAssertion": true, "signResponse": true, "spEntityId": true, "spErrorFlow": true, "subjectField": true,
	"nameIdFormat": true, "authClaimConfiguration": true, "idpLogoutUrl": true, "idpCertExpirationAt": true,
}

// ConfigSetting is one setting of an application; Value is what is wanted, the rest describes a form.
type ConfigSetting struct {
	Label    string          `json:"label,omitzero"`
	Type     string          `json:"type,omitzero"`
	Value    json.RawMessage `json:"value,omitzero"`
	Visible  Bool            `json:"visible,omitzero"`
	ReadOnly Bool            `json:"readOnly,omitzero"`
	Required Bool            `json:"required,omitzero"`
	Mutable  Bool            `json:"mutable,omitzero"`
	Position Int             `json:"position,omitzero"`
	Tooltip  json.RawMessage `json:"tooltip,omitzero"`
	Options  json.RawMessage `json:"options,omitzero"`
	Toggle   json.RawMessage `json:"toggle,omitzero"`
}

var (
	getApplication   = register(route{method: "GET", version: 1, template: "/applications/{id}", repeat: true})
	listApplications = register(route{method: "GET", version: 1, template: "/applications", query: "limit skip sort fields filter", repeat: true})
)

// ApplicationsService reads applications: https://docs.jumpcloud.com/api/1.0/index.html#tag/Applications
type ApplicationsService struct{ c *Client }

// Get reads one application. It costs one request.
func (s *ApplicationsService) Get(ctx context.Context, id string) (*Application, error) {
	return get[Application](ctx, s.c, getApplication, id)
}

// Page reads one page of up to 100 applications in ascending order of ids. It costs one request.
func (s *ApplicationsService) Page(ctx context.Context, options ...ListOption) (*Page[Application], error) {
	return onePage[Application](ctx, s.c, options, &source{route: listApplications, most: 100, sort: "_id"})
}

// All reads all applications in ascending order of ids. It costs one request per 99 applications.
func (s *ApplicationsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Application, error] {
	return all[Application](ctx, s.c, options, &source{route: listApplications, most: 100, sort: "_id"})
}
