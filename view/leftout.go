package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
)

// addRest finds what each node is joined to and the picture does not show. Where there is space, it adds a node that
// represents it.
func (w *walk) addRest() {
	for _, b := range w.bundles {
		b.rest = w.notShown(b.keys)
		if b.more && len(b.rest) > 0 {
			w.addMore(b)
		}
	}
}

// addMore adds a node that represents the rest of a bundle.
func (w *walk) addMore(b *bundle) {
	g, m, rest := &w.graph, w.models[b.typ], int64(len(b.rest))
	id, word := "more:"+b.rule.Type+":"+b.node, strings.ToLower(m.Resource)
	if rest > 1 {
		word += "s"
	}
	g.Nodes = append(g.Nodes, Node{
		ID: id, Name: "+ " + thousands(rest) + " more " + word, Type: b.typ, Class: m.Classes[0], Count: rest, More: true,
	})
	e := Edge{From: id, To: b.node, Label: string(b.rule.Class), Count: rest}
	if b.out {
		e.From, e.To = e.To, e.From
	}
	g.Edges = append(g.Edges, e)
}

// notFit says how many entities next to what is shown did not fit, and which limits are the reason.
func (w *walk) notFit() []string {
	parts := w.quantities()
	if len(parts) == 0 {
		return nil
	}
	deep := w.options.Depth > 1
	var why []string
	if deep {
		why = append(why, fmt.Sprintf("a node shows up to %d of a kind", w.share(nil)+1))
	}
	if !deep || w.left == 0 {
		why = append(why, "the picture has up to "+quantity(int64(w.options.MaxNodes), "node"))
	}
	s := fmt.Sprintf("%s next to what is shown did not fit: %s", list(parts), list(why))
	if deep {
		s += "; what lies beyond them was not looked at"
	}
	return []string{s + "."}
}

// quantities says of each type how many entities did not fit. An entity next to several nodes counts once.
func (w *walk) quantities() []string {
	rest := map[string]map[string]bool{} // keys, by type
	for _, b := range w.bundles {
		for _, key := range b.rest {
			if rest[b.typ] == nil {
				rest[b.typ] = map[string]bool{}
			}
			rest[b.typ][key] = true
		}
	}
	var parts []string
	for _, m := range entities.Models() {
		if n := int64(len(rest[m.Type])); n > 0 {
			parts = append(parts, quantity(n, strings.ToLower(m.Resource)))
		}
	}
	return parts
}

// notLooked says that the picture ends at the neighbors of the focus because they are many.
func (w *walk) notLooked() []string {
	if w.many == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Only what is next to %s is shown, since that is %s; a depth of 2 shows what lies beyond.",
		called(w.graph.Nodes[0], maxName), quantity(int64(w.many), "neighbor"))}
}

// notFollowed names the accounts of which the picture does not show what belongs to them.
func (w *walk) notFollowed() []string {
	if w.options.Depth == 1 {
		return nil // a picture of one step shows nothing that is next to an account, unless the account is the focus
	}
	var all []string
	for _, n := range w.graph.Nodes {
		if n.Type == accountType && !n.Focus {
			all = append(all, "What else belongs to "+called(n, maxName)+" is not followed: it has everything.")
		}
	}
	return all
}

// notRead says which relationships of the types in the picture could not all be read, and why.
func (w *walk) notRead() []string {
	var missing gaps
	for _, r := range w.rules {
		if slices.ContainsFunc(w.graph.Nodes, func(n Node) bool { return n.Type == r.From || n.Type == r.To }) {
			missing.add(w.db.Manifest(), r.Type)
		}
	}
	return missing.sentences()
}

// gaps collects the types of which not all is known, by reason.
type gaps struct {
	reasons []string
	types   map[string][]string
}

// add adds a type if not all of it could be read, and reports whether that is so.
func (g *gaps) add(m *jumpgraph.Manifest, typ string) bool {
	if !m.Asked(typ) {
		return false // of a layer that was not chosen
	}
	reason := m.Missing(typ)
	switch {
	case reason != "":
	case m.Reason != "":
		reason = "the run ended early: " + m.Reason
	case len(m.Organizations) == 0:
		reason = "no organization was read"
	default:
		return false
	}
	if g.types == nil {
		g.types = map[string][]string{}
	}
	if !slices.Contains(g.reasons, reason) {
		g.reasons = append(g.reasons, reason)
	}
	g.types[reason] = append(g.types[reason], typ)
	return true
}

// sentences says what is not known, and why.
func (g *gaps) sentences() []string {
	var all []string
	for _, reason := range g.reasons {
		all = append(all, fmt.Sprintf("Not all is known of %s: %s.", list(g.types[reason]), strings.TrimRight(shorten(clean(reason), maxReason), ".")))
	}
	return all
}
