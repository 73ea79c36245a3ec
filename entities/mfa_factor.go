package entities

import (
	"cmp"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var mfaFactor = governs[MFAFactor](11, "jumpcloud_mfa_factor", "MFA Factor", "Key", "AccessKey")

// MFAFactor is a second factor that a user has set up, or has begun to.
type MFAFactor struct {
	Meta
	Name        string `json:"name" class:"Entity" jc:"mfaEnrollment"`
	DisplayName string `json:"displayName" class:"Entity" jc:"mfaEnrollment"`
	// Factor is the kind: jcGo, push, sms, totp or webAuthn.
	Factor string `json:"factor" jc:"mfaEnrollment"`
	// Status is how far it is set up: ENROLLED, PENDING_ACTIVATION, ENROLLMENT_EXPIRED, IN_ENROLLMENT or PRE_ENROLLMENT.
	Status string `json:"status" class:"Entity" jc:"mfaEnrollment"`
	// Active says whether it is set up; missing where JumpCloud's word for that is not known.
	Active *bool `json:"active,omitzero" class:"Entity" jc:"mfaEnrollment"`
}

// enrollment says what the statuses of a factor mean: whether it is set up. Those that are not here mean that there is none.
var enrollment = map[string]bool{
	"ENROLLED": true, "PENDING_ACTIVATION": false, "ENROLLMENT_EXPIRED": false, "IN_ENROLLMENT": false, "PRE_ENROLLMENT": false,
}

// MFAFactors makes entities of the second factors of a user that are set up or begun. Their keys are the user's with :mfa: and
// the kind of factor after it. A status that is not known is kept and counted as odd.
func (c Converter) MFAFactors(u *client.SystemUser) ([]*MFAFactor, error) {
	if u == nil {
		return nil, errNone(mfaFactor)
	}
	owner, m := cmp.Or(u.ID, u.OtherID), cmp.Or(u.MFAEnrollment, &client.MFAEnrollment{})
	if owner == "" {
		return nil, &NoIDError{Type: mfaFactor.Type, Name: u.Username}
	}
	c.Raw = false // it is part of the user
	var all []*MFAFactor
	for _, f := range []struct{ name, field, status string }{
		{"jcGo", "jcGoStatus", m.JCGoStatus},
		{"push", "pushStatus", m.PushStatus},
		{"sms", "smsStatus", m.SMSStatus},
		{"totp", "totpStatus", m.TOTPStatus},
		{"webAuthn", "webAuthnStatus", m.WebAuthnStatus},
	} {
		status := strings.ToUpper(strings.TrimSpace(f.status))
		if status == "" || status == "NOT_ENROLLED" || status == "DISABLED" {
			continue
		}
		d, err := c.begin(mfaFactor, owner+":mfa:"+f.name, f.name, nil)
		if err != nil {
			return nil, err
		}
		active, known := enrollment[status]
		e := &MFAFactor{Name: f.name, DisplayName: f.name, Factor: f.name, Status: status}
		if known {
			e.Active = &active
		} else {
			d.oddFields([]client.OddField{{Path: "mfaEnrollment." + f.field}})
			d.leave("active", true)
		}
		e.Meta = d.meta
		all = append(all, e)
	}
	return all, nil
}
