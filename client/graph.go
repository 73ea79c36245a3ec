package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Kind is the kind of a graph object, spelt as the API spells it.
type Kind string

// The kinds of graph objects.
const (
	KindActiveDirectory     Kind = "active_directory"
	KindApplication         Kind = "application"
	KindCommand             Kind = "command"
	KindGSuite              Kind = "g_suite"
	KindIDPRoutingPolicy    Kind = "idp_routing_policy"
	KindLDAPServer          Kind = "ldap_server"
	KindOffice365           Kind = "office_365"
	KindPasswordManagerItem Kind = "password_manager_item"
	KindPolicy              Kind = "policy"
	KindPolicyGroup         Kind = "policy_group"
	KindRADIUSServer        Kind = "radius_server"
	KindSystem              Kind = "system"
	KindSystemGroup         Kind = "system_group"
	KindUser                Kind = "user"
	KindUserGroup           Kind = "user_group"
)

// Ref names a graph object.
type Ref struct {
	ID   string `json:"id" identity:"id"`
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

// wireEdge is an edge in either of its two forms.
type wireEdge struct {
	Ref
	To                 *Ref                 `json:"to"`
	Attributes         json.RawMessage      `json:"attributes"`
	CompiledAttributes json.RawMessage      `json:"compiledAttributes"`
	Paths              List[List[pathStep]] `json:"paths"`
}

// UnmarshalJSON reads both forms of a graph list's items. An edge without the id of its target is an error.
func (e *Edge) UnmarshalJSON(data []byte) error {
	var w wireEdge
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	e.take(&w)
	if e.To.ID == "" {
		return errors.New("an edge without the id of its target")
	}
	return nil
}

func (e *Edge) readJSON(data []byte, o *oddities) bool {
	var w wireEdge
	ok := readStruct(reflect.ValueOf(&w).Elem(), data, o)
	e.take(&w)
	return ok
}

// take makes the edge of either form.
func (e *Edge) take(w *wireEdge) {
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

// kindRoutes is what the API offers for one kind of object.
type kindRoutes struct {
	associations *route          // nil when there are none
	change       *route          // adds and removes associations
	targets      []Kind          // what an association may lead to
	reaches      map[Kind]*route // the lists of reachable objects
}

// graph are the routes by the kind of the object that is asked about.
var graph = map[Kind]kindRoutes{}

// directory are the kinds to which users and groups are given.
var directory = []Kind{KindActiveDirectory, KindGSuite, KindLDAPServer, KindOffice365}

// collections are the path segments under which the API keeps the kinds.
var collections = map[Kind]string{
	KindActiveDirectory:     "activedirectories",
	KindApplication:         "applications",
	KindCommand:             "commands",
	KindGSuite:              "gsuites",
	KindLDAPServer:          "ldapservers",
	KindOffice365:           "office365s",
	KindPasswordManagerItem: "passwordmanageritems",
	KindPolicy:              "policies",
	KindPolicyGroup:         "policygroups",
	KindRADIUSServer:        "radiusservers",
	KindSystem:              "systems",
	KindSystemGroup:         "systemgroups",
	KindUser:                "users",
	KindUserGroup:           "usergroups",
}

func init() {
	people, machines := []Kind{KindUser, KindUserGroup}, []Kind{KindSystem, KindSystemGroup}
	policies := []Kind{KindPolicy, KindPolicyGroup}
	given := slices.Concat(directory, machines, policies, []Kind{KindApplication, KindRADIUSServer})
	bound := append(slices.Clone(given), KindIDPRoutingPolicy, KindPasswordManagerItem)
	// JumpCloud: what may be joined to what, and which lists of reachable objects there are, are not the same.
	for _, k := range []struct {
		kind             Kind
		targets, reaches []Kind
	}{
		{KindActiveDirectory, people, people},
		{KindApplication, people, people},
		{KindCommand, append(slices.Clone(machines), KindPasswordManagerItem), machines},
		{KindGSuite, people, people},
		{KindLDAPServer, people, people},
		{KindOffice365, people, people},
		{KindPasswordManagerItem, append(slices.Clone(people), KindCommand), people},
		{KindPolicy, slices.Concat(machines, people), slices.Concat(machines, people)},
		{KindPolicyGroup, slices.Concat(machines, people), slices.Concat(machines, people)},
		{KindRADIUSServer, append(slices.Clone(people), KindSystemGroup), append(slices.Clone(people), KindSystemGroup)},
		{KindSystem, slices.Concat(people, policies, []Kind{KindCommand}), slices.Concat(people, policies, []Kind{KindCommand})},
		{KindSystemGroup, slices.Concat(people, policies, []Kind{KindCommand, KindRADIUSServer}), slices.Concat(people, policies, []Kind{KindCommand})},
		{KindUser, bound, given},
		{KindUserGroup, bound, given},
	} {
		base := "/" + collections[k.kind] + "/{id}/"
		routes := kindRoutes{
			associations: register(route{method: "GET", version: 2, template: base + "associations", query: "limit skip targets", repeat: true}),
			change:       register(route{method: "POST", version: 2, template: base + "associations", repeat: true}),
			targets:      k.targets,
			reaches:      map[Kind]*route{},
		}
		for _, to := range k.reaches {
			routes.reaches[to] = register(route{method: "GET", version: 2, template: base + collections[to], query: "limit skip filter", repeat: true})
		}
		graph[k.kind] = routes
	}
}

// GraphService reads and changes the edges between objects: https://docs.jumpcloud.com/api/2.0/index.html#tag/Graph
type GraphService struct{ c *Client }

// Associations reads the objects of one kind that are joined to an object by a direct edge. A group's members are not
// among them; see [UserGroupsService.Members]. It costs one request per 100 edges. A read-only key may get
// [ErrForbidden] here and still be allowed to use [GraphService.Reachable].
func (s *GraphService) Associations(ctx context.Context, of Ref, target Kind, options ...ListOption) iter.Seq2[*Edge, error] {
	return s.AssociationsTo(ctx, of, []Kind{target}, options...)
}

// AssociationsTo reads the objects of several kinds that are joined to an object by a direct edge, in one list instead of one
// for each kind: To.Kind of an edge says which it is. It costs one request per 100 edges.
//
// JumpCloud describes lists of several targets, but no program was found that relies on them. Compare the list with those of
// [GraphService.Associations] before you do.
func (s *GraphService) AssociationsTo(ctx context.Context, of Ref, targets []Kind, options ...ListOption) iter.Seq2[*Edge, error] {
	if len(targets) == 0 {
		return fails(joins(of.Kind, ""))
	}
	src := &source{route: graph[of.Kind].associations, params: []string{of.ID}, most: 100, edges: true, direct: true}
	names := make([]string, len(targets))
	for i, target := range targets {
		if err := joins(of.Kind, target); err != nil {
			return fails(err)
		}
		names[i] = string(target)
		if r := graph[of.Kind].reaches[target]; r != nil {
			src.others = append(src.others, r)
		}
	}
	src.extra = url.Values{"targets": {strings.Join(names, ",")}}
	return all[Edge](ctx, s.c, options, src)
}

// Reachable reads the objects of one kind that can be reached from an object, directly or through others. It costs one
// request per 100 objects; the answers carry every path.
func (s *GraphService) Reachable(ctx context.Context, from Ref, target Kind, options ...ListOption) iter.Seq2[*Edge, error] {
	if _, err := routesOf(from.Kind); err != nil {
		return fails(err)
	}
	r, ok := graph[from.Kind].reaches[target]
	if !ok {
		return fails(fmt.Errorf("client: %w: JumpCloud has no list of the kind %s that a %s reaches; there are lists of %s",
			ErrInvalid, target, from.Kind, kindNames(slices.Sorted(maps.Keys(graph[from.Kind].reaches)))))
	}
	return all[Edge](ctx, s.c, options, &source{route: r, params: []string{from.ID}, most: 100, edges: true})
}

// EdgeOption says more about an edge that is made. A nil one is left out.
type EdgeOption func(*graphOperation)

// WithAttributes gives an edge attributes, such as {"sudo":{"enabled":true,"withoutPassword":false}} between a user and
// a system.
func WithAttributes(attributes json.RawMessage) EdgeOption {
	return func(o *graphOperation) { o.Attributes = attributes }
}

type graphOperation struct {
	Op         string          `json:"op"`
	Type       Kind            `json:"type"`
	ID         string          `json:"id"`
	Attributes json.RawMessage `json:"attributes,omitzero"`
}

// Associate joins two objects by a direct edge. An edge that is there already is no error; changed tells whether it was
// made. It changes data, costs one request, and is repeated like a read, since repeating it changes nothing.
func (s *GraphService) Associate(ctx context.Context, of, target Ref, options ...EdgeOption) (changed bool, err error) {
	return s.operate(ctx, "add", of, target, ErrConflict, options...)
}

// Dissociate removes the direct edge between two objects. An edge that is not there is no error; changed tells whether
// one was removed. JumpCloud answers alike when the object itself does not exist. It changes data, costs one request,
// and is repeated like a read.
func (s *GraphService) Dissociate(ctx context.Context, of, target Ref) (changed bool, err error) {
	return s.operate(ctx, "remove", of, target, ErrNotFound)
}

func (s *GraphService) operate(ctx context.Context, op string, of, target Ref, already error, options ...EdgeOption) (bool, error) {
	if err := joins(of.Kind, target.Kind); err != nil {
		return false, err
	}
	if target.ID == "" {
		return false, fmt.Errorf("%w (of the %s)", errBadID, target.Kind)
	}
	body := graphOperation{Op: op, Type: target.Kind, ID: target.ID}
	for _, o := range options {
		if o != nil {
			o(&body)
		}
	}
	err := s.c.do(ctx, call{route: graph[of.Kind].change, params: []string{of.ID}, body: body})
	if errors.Is(err, already) {
		return false, nil
	}
	return err == nil, err
}

// routesOf returns what the API offers for a kind of object.
func routesOf(of Kind) (kindRoutes, error) {
	k, ok := graph[of]
	if !ok {
		return k, fmt.Errorf("client: %w: there are no associations of the kind %q, only of %s", ErrInvalid, of, kindNames(slices.Sorted(maps.Keys(graph))))
	}
	return k, nil
}

// joins reports an error unless an association may lead from one kind to the other.
func joins(of, target Kind) error {
	k, err := routesOf(of)
	if err != nil {
		return err
	}
	if target == "" {
		return fmt.Errorf("client: %w: give the kind of the target: %s", ErrInvalid, kindNames(k.targets))
	}
	if !slices.Contains(k.targets, target) {
		return fmt.Errorf("client: %w: a %s cannot be associated with a %s, only with %s", ErrInvalid, of, target, kindNames(k.targets))
	}
	return nil
}

func kindNames(list []Kind) string {
	texts := make([]string, len(list))
	for i, k := range list {
		texts[i] = string(k)
	}
	return strings.Join(texts, ", ")
}

// fails is a list that ends with an error.
func fails(err error) iter.Seq2[*Edge, error] {
	return func(yield func(*Edge, error) bool) { yield(nil, err) }
}
