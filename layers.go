package jumpgraph

import (
	"fmt"
	"slices"
	"strings"
)

// Layer is a part of the data model. The core is always read; the others are read where [WithLayers] chooses them. A layer
// never stops the core: what the key may not read of it, or the organization has no licence for, or what came incomplete, is
// not whole in the graph, and the manifest says which and why; the run is complete all the same.
type Layer string

// The layers beyond the core.
const (
	// Governance is who holds the keys: administrators, roles, service accounts, conditional access policies with their lists
	// of addresses, directories, RADIUS servers, the settings and the password policy of the organization, and the SSH keys
	// and second factors of users.
	Governance Layer = "governance"
	// DirectoryUsers are the users that are bound to each directory, directly or by a group. It costs one request for each
	// directory and 100 of its users, and brings Governance with it.
	DirectoryUsers Layer = "directory-users"
)

// layerCore is the layer that a run reads unless told otherwise.
const layerCore = "core"

// WithLayers reads further layers, too.
func WithLayers(layers ...Layer) Option {
	return func(s *settings) { s.layers = append(s.layers, layers...) }
}

// checkLayers refuses layers that there are not.
func (s *settings) checkLayers() error {
	known := []Layer{Governance, DirectoryUsers}
	for _, l := range s.layers {
		if !slices.Contains(known, l) {
			return fmt.Errorf("%w: no layer %q: choose from %s", ErrUsage, string(l), join(known))
		}
	}
	return nil
}

func join(layers []Layer) string {
	texts := make([]string, len(layers))
	for i, l := range layers {
		texts[i] = string(l)
	}
	return strings.Join(texts, ", ")
}

// reads reports that a layer is read.
func (s *settings) reads(l Layer) bool {
	return l == layerCore || slices.Contains(s.layers, l) || l == Governance && slices.Contains(s.layers, DirectoryUsers)
}

// steps returns the collections that are read one by one: all of the layers that were chosen but the organizations.
func (s *settings) steps() []collection {
	return slices.DeleteFunc(slices.Clone(table[1:]), func(c collection) bool { return !s.reads(c.Layer) })
}

// layerOf returns the layer of a collection; empty for one that there is not.
func layerOf(name string) Layer {
	i := slices.IndexFunc(table, func(c collection) bool { return c.Name == name })
	if i < 0 {
		return ""
	}
	return table[i].Layer
}

// stops reports that the run is not complete because of a collection. Those of layers beyond the core stop nothing.
func (c *Collection) stops() bool { return !c.Status.whole() && layerOf(c.Name) == layerCore }
