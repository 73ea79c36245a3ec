package view

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Options say how much a picture shows. The zero value means the default of each.
type Options struct {
	// Depth is how many steps the picture reaches from its focus; 0 means 2, or 1 where the focus has more than 12 neighbors.
	Depth int
	// MaxNodes is the most nodes that it has; 0 means 60. The limit is 200.
	MaxNodes int
}

const (
	defaultDepth, defaultNodes = 2, 60
	mostNodes                  = 200 // a picture with more is too crowded to read
	// leastShare is how many neighbors of one kind a node shows at least, if there is space.
	leastShare = 8
	// manyNeighbors is above how many neighbors of the focus a picture shows nothing else, unless a depth is asked for.
	manyNeighbors = 12
)

// accountType is the type of accounts. Nearly everything belongs to one, and no index finds what belongs to it.
const accountType = "jumpcloud_account"

// Neighborhood returns the picture of what is within some steps of an entity, in either direction, nearest first.
//
// The focus is a _key, or what the entity is called: the whole displayName, name, username, email, serial or hostname, in
// upper or lower case. More than one match, or none, gives an error that wraps [jumpgraph.ErrUsage].
//
// An account is joined to everything. So what else belongs to it is shown only when it is the focus. Where a node has too
// many neighbors of a kind, a node with More set represents the rest.
func Neighborhood(ctx context.Context, db graphsql.Database, focus string, o Options) (*Graph, error) {
	if err := usable(ctx, db); err != nil {
		return nil, err
	}
	if o.Depth < 0 || o.MaxNodes < 0 || o.MaxNodes > mostNodes {
		return nil, usage("give a depth of 1 or more, and up to %d nodes; 0 chooses the depth, and %d nodes", mostNodes, defaultNodes)
	}
	o.MaxNodes = cmp.Or(o.MaxNodes, defaultNodes)
	start, err := find(ctx, db, focus)
	if err != nil {
		return nil, err
	}
	w := &walk{
		ctx: ctx, db: db, options: o, models: map[string]entities.Model{}, rules: relationships.Rules(),
		at: map[string]int{}, left: o.MaxNodes,
	}
	for _, m := range entities.Models() {
		w.models[m.Type] = m
	}
	w.show(start)
	if err := w.chooseDepth(); err != nil {
		return nil, err
	}
	for depth, level := 0, w.graph.Nodes; depth < w.options.Depth && len(level) > 0; depth++ {
		from := len(w.graph.Nodes)
		if err := w.expand(level); err != nil {
			return nil, err
		}
		level = w.graph.Nodes[from:]
	}
	return w.finish()
}

// walk is the search for one picture.
type walk struct {
	ctx     context.Context
	db      graphsql.Database
	options Options
	models  map[string]entities.Model
	rules   []relationships.Rule
	graph   Graph
	at      map[string]int // the places of the nodes, by id
	left    int            // how many more nodes there is space for
	many    int            // how many neighbors the focus has, where that is why the picture ends there
	bundles []*bundle
}

// bundle is what a node is joined to by one kind of relationship, in one direction.
type bundle struct {
	node string
	rule relationships.Rule
	out  bool // the node is the source
	typ  string
	keys []string
	more bool     // there is space for a node that represents the rest
	rest []string // those of the keys that are not shown, when the search is over
}

// chooseDepth sets the depth where none was asked for.
func (w *walk) chooseDepth() error {
	if w.options.Depth != 0 {
		return nil
	}
	w.options.Depth = defaultDepth
	bundles, err := w.neighbors(w.graph.Nodes[0])
	if err != nil {
		return err
	}
	next := map[string]bool{}
	for _, b := range bundles {
		for _, key := range b.keys {
			next[key] = true
		}
	}
	if len(next) > manyNeighbors {
		w.options.Depth, w.many = 1, len(next)
	}
	return nil
}

// show adds an entity to the picture.
func (w *walk) show(n Node) {
	n.Class, n.Count = w.models[n.Type].Classes[0], 1
	w.at[n.ID] = len(w.graph.Nodes)
	w.graph.Nodes = append(w.graph.Nodes, n)
	w.left--
}

// expand adds the neighbors of nodes.
func (w *walk) expand(level []Node) error {
	level = slices.Clone(level)
	for _, n := range level {
		if n.Type == accountType && !n.Focus {
			continue
		}
		bundles, err := w.neighbors(n)
		if err != nil {
			return err
		}
		for _, b := range bundles {
			w.take(b, w.share(bundles))
		}
		w.bundles = append(w.bundles, bundles...)
	}
	return nil
}

// share returns how many neighbors of one kind a node shows. A picture of one step shows as many as there is space for.
func (w *walk) share(bundles []*bundle) int {
	most := max(leastShare, w.options.MaxNodes/leastShare)
	for w.options.Depth == 1 && most < w.options.MaxNodes {
		slots := 1
		for _, b := range bundles {
			slots += min(len(b.keys), most+2)
		}
		if slots > w.options.MaxNodes {
			break
		}
		most++
	}
	return most
}

// take adds the first of the new neighbors, and keeps space for a node that represents the rest.
func (w *walk) take(b *bundle, most int) {
	fresh := w.notShown(b.keys)
	n := min(len(fresh), most+1, w.left)
	if n < len(fresh) && n > 0 {
		b.more = true
		w.left--
		n--
	}
	for _, key := range fresh[:n] {
		w.show(Node{ID: key, Type: b.typ})
	}
}

// notShown returns those of some entities that are not in the picture.
func (w *walk) notShown(keys []string) []string {
	var missing []string
	for _, key := range keys {
		if _, shown := w.at[key]; !shown {
			missing = append(missing, key)
		}
	}
	return missing
}

// neighbors returns what a node is joined to.
func (w *walk) neighbors(n Node) ([]*bundle, error) {
	var bundles []*bundle
	for _, b := range w.possible(n) {
		var err error
		if b.keys, err = texts(w.ctx, w.db, neighborsSQL(b.rule, b.out), map[string]any{"key": n.ID}); err != nil {
			return nil, err
		}
		if len(b.keys) > 0 {
			bundles = append(bundles, b)
		}
	}
	return bundles, nil
}

// possible returns a bundle, still empty, for each kind of relationship and each direction that the rules allow a node.
func (w *walk) possible(n Node) []*bundle {
	var bundles []*bundle
	for _, r := range w.rules {
		if r.To == n.Type {
			bundles = append(bundles, &bundle{node: n.ID, rule: r, typ: r.From})
		}
		if r.From == n.Type {
			bundles = append(bundles, &bundle{node: n.ID, rule: r, out: true, typ: r.To})
		}
	}
	return bundles
}

// finish names the nodes, joins them, and says what is left out.
func (w *walk) finish() (*Graph, error) {
	g := &w.graph
	for _, m := range entities.Models() {
		if err := w.name(m.Type); err != nil {
			return nil, err
		}
	}
	g.Title = fmt.Sprintf("%s and what is within %s", called(g.Nodes[0], maxName), quantity(int64(w.options.Depth), "step"))
	for _, r := range w.rules {
		if err := w.join(r); err != nil {
			return nil, err
		}
	}
	w.addRest()
	g.LeftOut = slices.Concat(w.notFit(), w.notLooked(), w.notFollowed(), w.notRead())
	return g, nil
}

// The statements find everything by the indexes, except what belongs to an account.

// neighborsSQL asks what a node is joined to.
func neighborsSQL(r relationships.Rule, out bool) string {
	near, far := "_toEntityKey", "_fromEntityKey"
	if out {
		near, far = far, near
	}
	return "SELECT " + far + " FROM " + r.Type + " WHERE " + near + " = :key ORDER BY " + far
}

// namesSQL asks for the names of so many entities.
func namesSQL(typ string, n int) string {
	return "SELECT _key, coalesce(nullif(displayName, ''), name) FROM " + typ + " WHERE _key IN " + parameters("key", n) + " ORDER BY _key, _organization"
}

// edgesSQL asks for the relationships between so many entities.
func edgesSQL(r relationships.Rule, from, to int) string {
	direct := "1"
	if slices.Contains(r.Properties(), "direct") {
		direct = "direct"
	}
	return "SELECT _fromEntityKey, _toEntityKey, " + direct + " FROM " + r.Type + " WHERE _toEntityKey IN " + parameters("to", to) +
		" AND _fromEntityKey IN " + parameters("from", from) + " ORDER BY _toEntityKey, _fromEntityKey, _organization"
}

// parameters is a list of so many parameters; [give] gives them their values.
func parameters(name string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = ":" + name + strconv.Itoa(i)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// give sets the values of the parameters of a list.
func give(args map[string]any, name string, values []string) map[string]any {
	for i, v := range values {
		args[name+strconv.Itoa(i)] = v
	}
	return args
}

// ids returns the entities of a type that are shown.
func (w *walk) ids(typ string) []string {
	var keys []string
	for _, n := range w.graph.Nodes {
		if n.Type == typ && !n.More {
			keys = append(keys, n.ID)
		}
	}
	return keys
}

// name gives the nodes of a type their names.
func (w *walk) name(typ string) error {
	ids := w.ids(typ)
	if len(ids) == 0 {
		return nil
	}
	return query(w.ctx, w.db, namesSQL(typ, len(ids)), give(map[string]any{}, "key", ids), func(values []any) error {
		key, _ := values[0].(string)
		if i, ok := w.at[key]; ok {
			w.graph.Nodes[i].Name, _ = values[1].(string)
		}
		return nil
	})
}

// join adds the edges of a kind between the nodes that are shown.
func (w *walk) join(r relationships.Rule) error {
	from, to := w.ids(r.From), w.ids(r.To)
	if len(from) == 0 || len(to) == 0 {
		return nil
	}
	args := give(give(map[string]any{}, "from", from), "to", to)
	first := len(w.graph.Edges)
	err := query(w.ctx, w.db, edgesSQL(r, len(from), len(to)), args, func(values []any) error {
		e := Edge{Label: string(r.Class), Count: 1, Indirect: values[2] == int64(0)}
		e.From, _ = values[0].(string)
		e.To, _ = values[1].(string)
		w.graph.Edges = append(w.graph.Edges, e)
		return nil
	})
	slices.SortStableFunc(w.graph.Edges[first:], func(a, b Edge) int {
		if a.From != b.From {
			return w.at[a.From] - w.at[b.From]
		}
		return w.at[a.To] - w.at[b.To]
	})
	return err
}
