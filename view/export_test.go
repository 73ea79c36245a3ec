package view

import (
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/view/internal/layered"
)

// MostNodes is the most nodes that a picture has.
const MostNodes = mostNodes

// Queries returns the statements that must not read whole tables, by table: those about n nodes.
func Queries(n int) map[string][]string {
	all := map[string][]string{}
	for _, m := range entities.Models() {
		all[m.Type] = append(all[m.Type], namesSQL(m.Type, n))
	}
	for _, r := range relationships.Rules() {
		all[r.Type] = append(all[r.Type], edgesSQL(r, 1, n), edgesSQL(r, n, 1), edgesSQL(r, n, n), neighborsSQL(r, false))
		if r.From != accountType {
			all[r.Type] = append(all[r.Type], neighborsSQL(r, true))
		}
	}
	return all
}

// Boxes returns where the nodes of a picture are.
func Boxes(g *Graph) []layered.Rect { return g.layout(g.joined()).Boxes }

// Joined returns how many edges of a picture can be drawn.
func Joined(g *Graph) int { return len(g.joined()) }
