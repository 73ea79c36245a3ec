package client

import (
	"cmp"
	"context"
	"iter"
)

// IPList is a list of addresses that conditional access policies use.
type IPList struct {
	Record

	// ID is the id of the list.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID     string `json:"_id,omitzero" identity:"id"`
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	// IPs are addresses, ranges with a hyphen, and networks in CIDR form; nil where JumpCloud sends none, which is not the
	// same as an empty list.
	IPs []string `json:"ips,omitzero"`
}

func (l *IPList) recordID() string { return cmp.Or(l.ID, l.OtherID) }

var listIPLists = register(route{method: "GET", version: 2, template: "/iplists", query: "limit skip filter", repeat: true})

// IPListsService reads lists of addresses: https://docs.jumpcloud.com/api/2.0/index.html#tag/IP-Lists
type IPListsService struct{ c *Client }

// Page reads one page of up to 100 lists of addresses. It costs one request.
func (s *IPListsService) Page(ctx context.Context, options ...ListOption) (*Page[IPList], error) {
	return onePage[IPList](ctx, s.c, options, &source{route: listIPLists, most: 100})
}

// All reads all lists of addresses. It costs one request per 99.
func (s *IPListsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*IPList, error] {
	return all[IPList](ctx, s.c, options, &source{route: listIPLists, most: 100})
}
