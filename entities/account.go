package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var account = register[Account](1, "jumpcloud_account", "Organization", "Account", "Organization")

// Account is a JumpCloud organization.
type Account struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"displayName,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"displayName,_id,id"`
	// Vendor is always JumpCloud.
	Vendor string `json:"vendor" class:"Account"`
	// LogoURL is where the logo of the organization can be found.
	LogoURL   string  `json:"logoUrl,omitzero" jc:"logoUrl"`
	CreatedOn *Millis `json:"createdOn,omitzero" class:"Entity" jc:"created"`
	// WebLink is the address of the admin console.
	WebLink string `json:"webLink,omitzero" class:"Entity"`
}

// NewAccount is the short form of [Converter.Account].
func NewAccount(o *client.Organization) (*Account, error) { return Converter{}.Account(o) }

// Account makes an entity of an organization.
func (c Converter) Account(o *client.Organization) (*Account, error) {
	if o == nil {
		return nil, errNone(account)
	}
	id := cmp.Or(o.ID, o.OtherID)
	d, err := c.begin(account, id, o.DisplayName, o)
	if err != nil {
		return nil, err
	}
	name := cmp.Or(o.DisplayName, id)
	return &Account{
		Meta:        d.meta,
		ID:          id,
		Name:        name,
		DisplayName: name,
		Vendor:      "JumpCloud",
		LogoURL:     o.LogoURL,
		CreatedOn:   millis(o.Created),
		WebLink:     c.console(),
	}, nil
}
