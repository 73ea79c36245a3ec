package entities

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var role = governs[Role](2, "jumpcloud_role", "Role", "AccessRole")

// Role is what administrators and service accounts that have it may do.
type Role struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	SystemRole  *bool  `json:"systemRole,omitzero" class:"AccessRole" jc:"isCustom"`
	// Custom says whether the organization made the role.
	Custom *bool `json:"custom,omitzero" jc:"isCustom"`
	// PrivilegeNames are the scopes of the role, sorted. It is missing where JumpCloud names none.
	PrivilegeNames []string `json:"privilegeNames,omitzero" class:"AccessRole" jc:"scopes"`
	// WriteScopes are the scopes that may change something, sorted: those that do not end in .readonly.
	WriteScopes []string `json:"writeScopes,omitzero" jc:"scopes"`
	// Writes says whether the role may change anything. It is missing where JumpCloud names no scope.
	Writes *bool `json:"writes,omitzero" jc:"scopes"`
}

// NewRole is the short form of [Converter.Role].
func NewRole(r *client.Role) (*Role, error) { return Converter{}.Role(r) }

// Role makes an entity of a role.
func (c Converter) Role(r *client.Role) (*Role, error) {
	if r == nil {
		return nil, errNone(role)
	}
	id := cmp.Or(r.ID, r.OtherID)
	d, err := c.begin(role, id, r.Name, r)
	if err != nil {
		return nil, err
	}
	scopes := sortedTexts(r.Scopes)
	e := &Role{
		ID: id, Name: cmp.Or(r.Name, id), DisplayName: cmp.Or(r.Name, id), Description: r.Description,
		SystemRole: negated(r.IsCustom), Custom: optional(r.IsCustom), PrivilegeNames: scopes,
		WriteScopes: slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return strings.HasSuffix(strings.ToLower(s), ".readonly") }),
	}
	if len(scopes) > 0 {
		e.Writes = new(len(e.WriteScopes) > 0)
	}
	if len(e.WriteScopes) == 0 {
		e.WriteScopes = nil
	}
	e.Meta = d.meta
	return e, nil
}

// sortedTexts returns the texts that are not blank, sorted, each once; nil for none.
func sortedTexts(list []string) []string {
	var all []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// negated returns the opposite of a boolean; nil where JumpCloud did not send it.
func negated(b client.Bool) *bool {
	if !b.OK {
		return nil
	}
	return new(!b.V)
}
