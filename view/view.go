// Package view draws pictures of a stored graph: of its types, or of what is near one entity. A picture is SVG, DOT or
// Mermaid.
//
// The graph is read from a database that answers SQL, such as one of sink/sqlite, because a picture needs a graph that can be
// searched. In SVG, this package chooses where everything is; DOT and Mermaid are for programs that choose that themselves.
//
// A picture never claims more than is known. Its LeftOut says what is not shown and what could not be read, and every form
// shows these sentences. Names are data: whatever characters they hold, they are shown as text.
package view

import (
	"context"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Graph is what a picture shows. A nil graph is drawn like an empty one.
type Graph struct {
	// Title says what the picture is about.
	Title string
	// Nodes and Edges are drawn in their order.
	Nodes []Node
	Edges []Edge
	// LeftOut are sentences that say what is not shown, and why.
	LeftOut []string
}

// Node is an entity of a picture, or a type of entities.
type Node struct {
	// ID is different for each node of a picture: the _key of an entity, or the _type.
	ID string
	// Name is what the node is called.
	Name string
	// Type is the _type of the entities, and Class the first of their classes.
	Type, Class string
	// Count is how many entities the node represents; -1 when that is unknown.
	Count int64
	// Focus marks the entity that the picture is about.
	Focus bool
	// More says that the node represents entities that are left out.
	More bool
	// Partial says that there may be more than Count: not all of them could be read.
	Partial bool
}

// Edge joins two nodes of a picture.
type Edge struct {
	// From and To are ids of nodes.
	From, To string
	// Label is the class of the relationship.
	Label string
	// Count is how many relationships the edge represents; -1 when that is unknown.
	Count int64
	// Indirect marks an assignment that comes only through a group.
	Indirect bool
	// Partial says that there may be more than Count: not all of them could be read.
	Partial bool
}

// Types returns the picture of the types: a node for each type of entities and an edge for each type of relationships,
// with how many there are in all organizations of the database.
func Types(ctx context.Context, db graphsql.Database) (*Graph, error) {
	if err := usable(ctx, db); err != nil {
		return nil, err
	}
	m := db.Manifest()
	g := &Graph{Title: "What there is in " + organizations(m)}
	var missing gaps
	count := func(typ string) (n int64, partial bool, err error) {
		if n, err = number(ctx, db, "SELECT count(*) FROM "+typ); err != nil {
			return 0, false, err
		}
		if partial = missing.add(m, typ); partial && n == 0 {
			n = unknown
		}
		return n, partial, nil
	}
	for _, model := range entities.Models() {
		if !m.Asked(model.Type) {
			continue // of a layer that was not chosen
		}
		n, partial, err := count(model.Type)
		if err != nil {
			return nil, err
		}
		g.Nodes = append(g.Nodes, Node{
			ID: model.Type, Name: model.Resource, Type: model.Type, Class: model.Classes[0], Count: n, Partial: partial,
		})
	}
	for _, r := range relationships.Rules() {
		if !m.Asked(r.Type) {
			continue
		}
		n, partial, err := count(r.Type)
		if err != nil {
			return nil, err
		}
		g.Edges = append(g.Edges, Edge{From: r.From, To: r.To, Label: string(r.Class), Count: n, Partial: partial})
	}
	g.LeftOut = missing.sentences()
	return g, nil
}

// orEmpty returns the graph, or an empty one for nil.
func (g *Graph) orEmpty() *Graph {
	if g == nil {
		return &Graph{}
	}
	return g
}

// unknown is the count where the number is not known.
const unknown = -1

// organizations names the organizations of a run.
func organizations(m *jumpgraph.Manifest) string {
	switch len(m.Organizations) {
	case 0:
		return "no organization"
	case 1:
		return shorten(orElse(clean(m.Organizations[0].Name), clean(m.Organizations[0].ID)), maxName)
	default:
		return thousands(int64(len(m.Organizations))) + " organizations"
	}
}
