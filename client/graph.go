package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
)

// Kind is the kind of a graph object, spelt as the API spells it.
type Kind string

// The kinds of graph objects.
const (
	KindApplication Kind = "application"
	KindSystem      Kind = "system"
	KindUser        Kind = "user"
	KindUserGroup   Kind = "user_group"
)

// collections are the path segments under which the API keeps the kinds.
var collections = map[Kind]string{
	KindApplication: "applications",
	KindSystem:      "systems",
	KindUser:        "users",
	KindUserGroup:   "usergroups",
}

// Ref names a graph object.
type Ref struct {
	ID   string `json:"id"`
	Kind Kind   `json:"type"`
}

// Edge is what a graph list holds: an object, and how it is joined to the one that was asked about. JumpCloud writes
// direct edges and reachable objects in two forms; both are read into this one.
type Edge struct {
	Record

	// To is the object at the other end.
	To Ref
	// Attributes belong to the edge, or are merged over all paths for reachable objects; nil when there are none.
	Attributes json.RawMessage
	// Paths are the ways to a reachable object, each a list of objects that ends with To; empty for direct edges.
	Paths [][]Ref

	reached bool // the item is a reachable object, not a direct edge
}

// UnmarshalJSON reads both forms of a graph list's items.
func (e *Edge) UnmarshalJSON(data []byte) error {
	var w struct {
		Ref
		To                 *Ref                 `json:"to"`
		From               *Ref                 `json:"from"`
		Attributes         json.RawMessage      `json:"attributes"`
		CompiledAttributes json.RawMessage      `json:"compiledAttributes"`
		Paths              List[List[pathStep]] `json:"paths"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*e = Edge{To: w.Ref, Attributes: present(w.CompiledAttributes), reached: true}
	if w.To != nil {
		e.To, e.Attributes, e.reached = *w.To, present(w.Attributes), false
	}
	for _, path := range w.Paths {
		steps := make([]Ref, 0, len(path))
		for _, step := range path {
			steps = append(steps, step.To)
		}
		e.Paths = append(e.Paths, steps)
	}
	if e.To.ID == "" {
		return errors.New("an edge without the id of its target")
	}
	return nil
}

type pathStep struct {
	To Ref `json:"to"`
}

// present turns a JSON null into nothing.
func present(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// Direct reports that the object is joined itself: the item is a direct edge, or one of the paths is a single step.
func (e *Edge) Direct() bool {
	return !e.reached || slices.ContainsFunc(e.Paths, func(p []Ref) bool { return len(p) == 1 })
}

func (e *Edge) recordID() string { return e.To.ID }

var (
	applicationAssociations = register(route{method: "GET", version: 2, template: "/applications/{application_id}/associations", query: "limit skip targets", repeat: true})
	applicationUsers        = register(route{method: "GET", version: 2, template: "/applications/{application_id}/users", query: "limit skip filter", repeat: true})
	applicationUserGroups   = register(route{method: "GET", version: 2, template: "/applications/{application_id}/usergroups", query: "limit skip filter", repeat: true})
)

// associations and reaches are the graph routes by the kind that is asked about, and the kind that is reached.
var (
	associations = map[Kind]*route{KindApplication: applicationAssociations}
	reaches      = map[Kind]map[Kind]*route{
		KindApplication: {KindUser: applicationUsers, KindUserGroup: applicationUserGroups},
	}
)

// GraphService reads the edges between objects: https://docs.jumpcloud.com/api/2.0/index.html#tag/Graph
type GraphService struct{ c *Client }

// Associations reads the objects of one kind that are joined to an object by a direct edge. A group's members are not
// among them; see [UserGroupsService.Members]. It costs one request per 100 edges. A read-only key may get
// [ErrForbidden] here and still be allowed to use [GraphService.Reachable].
func (s *GraphService) Associations(ctx context.Context, of Ref, target Kind, options ...ListOption) iter.Seq2[*Edge, error] {
	r, ok := associations[of.Kind]
	if !ok {
		return fails(fmt.Errorf("client: associations of a %s cannot be read", of.Kind))
	}
	if collections[target] == "" {
		return fails(fmt.Errorf("client: associations with a %s cannot be read", target))
	}
	return all[Edge](ctx, s.c, options, &source{
		route: r, params: []string{of.ID}, most: 100, edges: true, extra: url.Values{"targets": {string(target)}},
	})
}

// Reachable reads the objects of one kind that can be reached from an object, directly or through others. It costs one
// request per 100 objects; the answers carry every path.
func (s *GraphService) Reachable(ctx context.Context, from Ref, target Kind, options ...ListOption) iter.Seq2[*Edge, error] {
	r, ok := reaches[from.Kind][target]
	if !ok {
		return fails(fmt.Errorf("client: the %s of a %s cannot be read", strings.ReplaceAll(string(target), "_", " ")+"s", from.Kind))
	}
	return all[Edge](ctx, s.c, options, &source{route: r, params: []string{from.ID}, most: 100, edges: true})
}

// fails is a list that ends with an error.
func fails(err error) iter.Seq2[*Edge, error] {
	return func(yield func(*Edge, error) bool) { yield(nil, err) }
}
