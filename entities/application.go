package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var application = register[Application](4, "jumpcloud_application", "Application", "Application")

// Application is a single sign-on application.
type Application struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"name,displayName,displayLabel,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"displayName,displayLabel,name,_id,id"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	Active      *bool  `json:"active,omitzero" class:"Entity" jc:"active"`
	// SSOURL is where the application is reached through single sign-on; null when JumpCloud has none.
	SSOURL    *string `json:"ssoUrl" jsonschema:"optional" jc:"ssoUrl"`
	CreatedOn *Millis `json:"createdOn,omitzero" class:"Entity" jc:"created"`
	WebLink   string  `json:"webLink,omitzero" class:"Entity" jc:"_id,id"`
}

// NewApplication is the short form of [Converter.Application].
func NewApplication(a *client.Application) (*Application, error) { return Converter{}.Application(a) }

// Application makes an entity of an application.
func (c Converter) Application(a *client.Application) (*Application, error) {
	if a == nil {
		return nil, errNone(application)
	}
	id := cmp.Or(a.ID, a.OtherID)
	d, err := c.begin(application, id, cmp.Or(a.DisplayName, a.DisplayLabel, a.Name), a)
	if err != nil {
		return nil, err
	}
	return &Application{
		Meta:        d.meta,
		ID:          id,
		Name:        cmp.Or(a.Name, a.DisplayName, a.DisplayLabel, id),
		DisplayName: cmp.Or(a.DisplayName, a.DisplayLabel, a.Name, id),
		Description: a.Description,
		Active:      optional(a.Active),
		SSOURL:      nullable(a.SSOURL),
		CreatedOn:   millis(a.Created),
		WebLink:     d.link("/#/sso/{id}/details"),
	}, nil
}
