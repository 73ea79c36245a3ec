package entities

import (
	"cmp"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var radiusServer = governs[RADIUSServer](7, "jumpcloud_radius_server", "RADIUS Server", "Service")

// RADIUSServer is a client of JumpCloud's RADIUS service, such as an access point.
type RADIUSServer struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"name,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,_id,id"`
	// Category is always network.
	Category []string `json:"category" class:"Service"`
	// Function is always IAM.
	Function []string `json:"function" class:"Service"`
	// MFA says when a second factor is asked for: DISABLED, ENABLED, REQUIRED or ALWAYS.
	MFA string `json:"mfa,omitzero" jc:"mfa"`
	// MFAEnabled says whether a second factor is asked for at all.
	MFAEnabled *bool `json:"mfaEnabled,omitzero" jc:"mfa"`
	// NetworkSourceIP is the address that the server asks from.
	NetworkSourceIP string `json:"networkSourceIp,omitzero" jc:"networkSourceIp"`
	// AuthIDP is who checks passwords: AZURE or JUMPCLOUD.
	AuthIDP string `json:"authIdp,omitzero" jc:"authIdp"`
	// UserLockoutAction is what happens to the access of a user who is locked.
	UserLockoutAction string `json:"userLockoutAction,omitzero" jc:"userLockoutAction"`
	// UserPasswordExpirationAction is what happens to the access of a user whose password has ended.
	UserPasswordExpirationAction string `json:"userPasswordExpirationAction,omitzero" jc:"userPasswordExpirationAction"`
	// UserPasswordEnabled says whether users log in by password.
	UserPasswordEnabled *bool `json:"userPasswordEnabled,omitzero" jc:"userPasswordEnabled"`
	// UserCertEnabled says whether users log in by certificate.
	UserCertEnabled *bool `json:"userCertEnabled,omitzero" jc:"userCertEnabled"`
	// DeviceCertEnabled says whether devices log in by certificate.
	DeviceCertEnabled *bool `json:"deviceCertEnabled,omitzero" jc:"deviceCertEnabled"`
	// RequireTLSAuth says whether only certificates are taken.
	RequireTLSAuth *bool `json:"requireTlsAuth,omitzero" jc:"requireTlsAuth"`
	// RADSecEnabled says whether RADIUS over TLS is taken.
	RADSecEnabled *bool `json:"radsecEnabled,omitzero" jc:"radsecEnabled"`
	// RequireRADSec says whether only RADIUS over TLS is taken.
	RequireRADSec *bool `json:"requireRadsec,omitzero" jc:"requireRadsec"`
}

// NewRADIUSServer is the short form of [Converter.RADIUSServer].
func NewRADIUSServer(r *client.RADIUSServer) (*RADIUSServer, error) {
	return Converter{}.RADIUSServer(r)
}

// RADIUSServer makes an entity of a client of JumpCloud's RADIUS service.
func (c Converter) RADIUSServer(r *client.RADIUSServer) (*RADIUSServer, error) {
	if r == nil {
		return nil, errNone(radiusServer)
	}
	id := cmp.Or(r.ID, r.OtherID)
	d, err := c.begin(radiusServer, id, r.Name, r)
	if err != nil {
		return nil, err
	}
	var enabled *bool
	switch strings.ToUpper(r.MFA) {
	case "DISABLED":
		enabled = new(false)
	case "ENABLED", "REQUIRED", "ALWAYS":
		enabled = new(true)
	case "":
	default:
		d.oddValue("mfa")
	}
	name := cmp.Or(r.Name, id)
	return &RADIUSServer{
		Meta: d.meta, ID: id, Name: name, DisplayName: name, Category: []string{"network"}, Function: []string{"IAM"}, MFA: r.MFA,
		MFAEnabled: enabled, NetworkSourceIP: r.NetworkSourceIP, AuthIDP: r.AuthIDP, UserLockoutAction: r.UserLockoutAction,
		UserPasswordExpirationAction: r.UserPasswordExpirationAction, UserPasswordEnabled: optional(r.UserPasswordEnabled),
		UserCertEnabled: optional(r.UserCertEnabled), DeviceCertEnabled: optional(r.DeviceCertEnabled), RequireTLSAuth: optional(r.RequireTLSAuth),
		RADSecEnabled: optional(r.RADSecEnabled), RequireRADSec: optional(r.RequireRADSec),
	}, nil
}
