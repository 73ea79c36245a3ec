package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var directory = governs[Directory](6, "jumpcloud_directory", "Directory", "Directory")

// Directory is a directory that users are synchronized with.
type Directory struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	// DirectoryType is the kind of directory: active_directory, g_suite, ldap_server, office_365 or workday.
	DirectoryType string `json:"type,omitzero" class:"Directory" jc:"type"`
	// Domain is the domain of the directory.
	Domain string `json:"domain,omitzero" jc:"defaultDomain.domain"`
	// TokenBroken says whether JumpCloud's access to the directory fails. It is false where JumpCloud gives the state of a token
	// without an error, also of one that has ended: see expiresOn. It is missing where JumpCloud does not say.
	TokenBroken *bool `json:"tokenBroken,omitzero" jc:"oAuthStatus.error,oAuthStatus.isValid,oAuthStatus.expiry"`
	// TokenError is why it fails, in JumpCloud's words.
	TokenError string `json:"tokenError,omitzero" jc:"oAuthStatus.error,oAuthStatus.message,oAuthStatus.isValid,oAuthStatus.expiry"`
	// ExpiresOn is when JumpCloud's access ends, in milliseconds since 1970.
	ExpiresOn *Millis `json:"expiresOn,omitzero" class:"Entity" jc:"oAuthStatus.expiry"`
	// UseCase is which side leads in an Active Directory.
	UseCase string `json:"useCase,omitzero"`
	// DelegationState says whether an Active Directory checks the passwords: ENABLED, PENDING or DISABLED.
	DelegationState string `json:"delegationState,omitzero"`
	// LastImportOn is when users were last read from Workday, in milliseconds since 1970.
	LastImportOn *Millis `json:"lastImportOn,omitzero"`
}

// NewDirectory is the short form of [Converter.Directory].
func NewDirectory(d *client.Directory) (*Directory, error) { return Converter{}.Directory(d) }

// Directory makes an entity of a directory. [Directory.AddActiveDirectory] and [Directory.AddWorkday] add what other lists
// hold of it.
func (c Converter) Directory(v *client.Directory) (*Directory, error) {
	if v == nil {
		return nil, errNone(directory)
	}
	id := cmp.Or(v.ID, v.OtherID)
	d, err := c.begin(directory, id, v.Name, v)
	if err != nil {
		return nil, err
	}
	e := &Directory{Meta: d.meta, ID: id, Name: cmp.Or(v.Name, id), DisplayName: cmp.Or(v.Name, id), DirectoryType: v.Type}
	if v.DefaultDomain != nil {
		e.Domain = v.DefaultDomain.Domain
	}
	if s := v.OAuthStatus; s != nil {
		e.token(s.IsValid, s.Expiry, cmp.Or(s.Error, s.Message), s.Error != "")
	}
	return e, nil
}

// token notes the state of a credential.
func (e *Directory) token(valid client.Bool, expiry client.Time, text string, failed bool) {
	e.ExpiresOn, e.TokenError = millis(expiry), text
	switch {
	case failed:
		e.TokenBroken = new(true)
	case valid.OK:
		e.TokenBroken = new(!valid.V)
	case expiry.OK:
		e.TokenBroken = new(false)
	}
	if e.TokenBroken == nil || !*e.TokenBroken {
		e.TokenError = ""
	}
}

// AddActiveDirectory adds what the list of the Active Directories holds of a directory.
func (e *Directory) AddActiveDirectory(v *client.ActiveDirectory) {
	e.Domain = cmp.Or(e.Domain, v.Domain)
	e.UseCase, e.DelegationState = v.UseCase, v.DelegationState
}

// AddWorkday adds what the list of the Workdays holds of a directory.
func (e *Directory) AddWorkday(v *client.Workday) {
	e.LastImportOn = millis(v.LastImport)
	if v.Auth == nil || e.TokenBroken != nil {
		return
	}
	if info := cmp.Or(v.Auth.OAuth, v.Auth.Basic); info != nil {
		e.token(info.IsValid, info.Expiry, info.Message, false)
	}
}
