package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var group = register[Group](3, "jumpcloud_group", "Group", "Group")

// Group is a group of users.
type Group struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	// Attributes are what the group gives its members, as JSON text.
	Attributes string  `json:"attributes,omitzero" jc:"attributes"`
	CreatedOn  *Millis `json:"createdOn,omitzero" class:"Entity" jc:"created"`
	WebLink    string  `json:"webLink,omitzero" class:"Entity" jc:"id,_id"`
}

// NewGroup is the short form of [Converter.Group].
func NewGroup(g *client.UserGroup) (*Group, error) { return Converter{}.Group(g) }

// Group makes an entity of a group of users.
func (c Converter) Group(g *client.UserGroup) (*Group, error) {
	if g == nil {
		return nil, errNone(group)
	}
	id := cmp.Or(g.ID, g.OtherID)
	d, err := c.begin(group, id, g.Name, g)
	if err != nil {
		return nil, err
	}
	name := cmp.Or(g.Name, id)
	return &Group{
		Meta:        d.meta,
		ID:          id,
		Name:        name,
		DisplayName: name,
		Description: g.Description,
		Attributes:  g.Attributes.Text(),
		CreatedOn:   millis(g.Created),
		WebLink:     d.link("/#/groups/user/{id}/details"),
	}, nil
}
