package entities

import (
	"cmp"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var serviceAccount = governs[ServiceAccount](3, "jumpcloud_service_account", "Service Account", "NHI")

// ServiceAccount is the account of a program.
type ServiceAccount struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"objectId,id"`
	Name        string `json:"name" class:"Entity" jc:"name,objectId,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,objectId,id"`
	// NHIType is always service_account.
	NHIType NHIType `json:"nhiType" class:"NHI"`
	// Status is ACTIVE, EXPIRED or EXPIRING.
	Status string `json:"status,omitzero" class:"Entity" jc:"status"`
	// Expired says whether the credential has ended.
	Expired *bool `json:"expired,omitzero" jc:"status"`
	// ExpiresOn is when the credential ends, in milliseconds since 1970. It is missing where there is no end.
	ExpiresOn *Millis `json:"expiresOn,omitzero" class:"Entity" jc:"expiresAt"`
	// AuthType is the kind of credential: API_KEY or CLIENT_SECRET.
	AuthType string `json:"authType,omitzero" jc:"authType"`
	// RoleName is the name of the role.
	RoleName  string  `json:"roleName,omitzero" jc:"roleName"`
	CreatedOn *Millis `json:"createdOn,omitzero" class:"Entity" jc:"createdAt"`
}

// NHIType is the kind of an account that is no person's.
type NHIType string

// ServiceAccountNHI is the kind of the accounts of programs.
const ServiceAccountNHI NHIType = "service_account"

// NewServiceAccount is the short form of [Converter.ServiceAccount].
func NewServiceAccount(a *client.ServiceAccountRecord) (*ServiceAccount, error) {
	return Converter{}.ServiceAccount(a)
}

// ServiceAccount makes an entity of the account of a program.
func (c Converter) ServiceAccount(a *client.ServiceAccountRecord) (*ServiceAccount, error) {
	if a == nil {
		return nil, errNone(serviceAccount)
	}
	id := cmp.Or(a.ID, a.OtherID)
	d, err := c.begin(serviceAccount, id, a.Name, a)
	if err != nil {
		return nil, err
	}
	var expired *bool
	switch strings.ToUpper(a.Status) {
	case "EXPIRED":
		expired = new(true)
	case "ACTIVE", "EXPIRING":
		expired = new(false)
	case "":
	default:
		d.oddValue("status")
	}
	name := cmp.Or(a.Name, id)
	return &ServiceAccount{
		Meta: d.meta, ID: id, Name: name, DisplayName: name, NHIType: ServiceAccountNHI, Status: a.Status, Expired: expired,
		ExpiresOn: millis(a.ExpiresAt), AuthType: a.AuthType, RoleName: a.RoleName, CreatedOn: millis(a.CreatedAt),
	}, nil
}
