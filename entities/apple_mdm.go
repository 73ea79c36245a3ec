package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var appleMDM = register[AppleMDM](5, "jumpcloud_apple_mdm", "Configuration", "Configuration")

// AppleMDM is an Apple device manager.
type AppleMDM struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	// DEPServerTokenState says whether the token for automated enrolment is there and still valid.
	DEPServerTokenState string `json:"depServerTokenState,omitzero" jc:"depServerTokenState"`
	// APNSCertExpiry is when the certificate for push messages ends, as JumpCloud writes it.
	APNSCertExpiry string `json:"apnsCertExpiry,omitzero" jc:"apnsCertExpiry"`
	// AppleCertSerialNumber is the serial number of the certificate that Apple signed.
	AppleCertSerialNumber string `json:"appleCertSerialNumber,omitzero" jc:"appleCertSerialNumber"`
}

// NewAppleMDM is the short form of [Converter.AppleMDM].
func NewAppleMDM(m *client.AppleMDM) (*AppleMDM, error) { return Converter{}.AppleMDM(m) }

// AppleMDM makes an entity of an Apple device manager.
func (c Converter) AppleMDM(m *client.AppleMDM) (*AppleMDM, error) {
	if m == nil {
		return nil, errNone(appleMDM)
	}
	id := cmp.Or(m.ID, m.OtherID)
	d, err := c.begin(appleMDM, id, m.Name, m)
	if err != nil {
		return nil, err
	}
	name := cmp.Or(m.Name, id)
	return &AppleMDM{
		Meta:                  d.meta,
		ID:                    id,
		Name:                  name,
		DisplayName:           name,
		DEPServerTokenState:   m.DEPServerTokenState,
		APNSCertExpiry:        m.APNSCertExpiry.Text,
		AppleCertSerialNumber: m.AppleCertSerialNumber,
	}, nil
}
