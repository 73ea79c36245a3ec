package client

import (
	"cmp"
	"context"
	"iter"
)

// RADIUSServer is a client of JumpCloud's RADIUS service, such as an access point.
type RADIUSServer struct {
	Record

	// ID is the id of the server.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID      string `json:"id,omitzero" identity:"id"`
	Name         string `json:"name,omitzero"`
	Organization string `json:"organization,omitzero" identity:"owner"`
	// NetworkSourceIP is the address that the server asks from.
	NetworkSourceIP string `json:"networkSourceIp,omitzero"`
	SharedSecret    Secret `json:"sharedSecret,omitzero"`
	MFA             string `json:"mfa,omitzero"`     // DISABLED, ENABLED, REQUIRED or ALWAYS
	AuthIDP         string `json:"authIdp,omitzero"` // JUMPCLOUD or AZURE

	UserLockoutAction            string `json:"userLockoutAction,omitzero"`
	UserPasswordExpirationAction string `json:"userPasswordExpirationAction,omitzero"`
	UserPasswordEnabled          Bool   `json:"userPasswordEnabled,omitzero"`
	UserCertEnabled              Bool   `json:"userCertEnabled,omitzero"`
	DeviceCertEnabled            Bool   `json:"deviceCertEnabled,omitzero"`
	RequireTLSAuth               Bool   `json:"requireTlsAuth,omitzero"`
	RADSecEnabled                Bool   `json:"radsecEnabled,omitzero"`
	RequireRADSec                Bool   `json:"requireRadsec,omitzero"`
	CASource                     string `json:"caSource,omitzero"` // NONE, BYOC or JUMPCLOUD_MANAGED
	CACert                       string `json:"caCert,omitzero"`

	Tags     List[string] `json:"tags,omitzero"`
	TagNames List[string] `json:"tagNames,omitzero"`
}

func (r *RADIUSServer) recordID() string { return cmp.Or(r.ID, r.OtherID) }

var listRADIUSServers = register(route{method: "GET", version: 1, template: "/radiusservers", query: "limit skip sort filter fields", repeat: true})

// RADIUSServersService reads RADIUS servers: https://docs.jumpcloud.com/api/1.0/index.html#tag/Radius-Servers
type RADIUSServersService struct{ c *Client }

// Page reads one page of up to 100 RADIUS servers. It costs one request.
func (s *RADIUSServersService) Page(ctx context.Context, options ...ListOption) (*Page[RADIUSServer], error) {
	return onePage[RADIUSServer](ctx, s.c, options, &source{route: listRADIUSServers, most: 100})
}

// All reads all RADIUS servers. It costs one request per 99.
func (s *RADIUSServersService) All(ctx context.Context, options ...ListOption) iter.Seq2[*RADIUSServer, error] {
	return all[RADIUSServer](ctx, s.c, options, &source{route: listRADIUSServers, most: 100})
}
