package jumpcloudtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// kind is what the API offers for one kind of graph objects.
type kind struct {
	name, collection string
	targets          []string // what a direct edge may lead to
	reaches          []string // the kinds of which there is a list of reachable objects
}

var (
	people   = []string{"user", "user_group"}
	machines = []string{"system", "system_group"}
	rules    = []string{"policy", "policy_group"}
	given    = slices.Concat(machines, rules, []string{"active_directory", "application", "g_suite", "ldap_server", "office_365", "radius_server"})
	bindable = append(slices.Clone(given), "idp_routing_policy", "password_manager_item")
)

// kinds are all of them. What may be joined and what can be listed are not the same.
var kinds = []kind{
	{"active_directory", "activedirectories", people, people},
	{"application", "applications", append(slices.Clone(people), "agent_group"), people},
	{"command", "commands", append(slices.Clone(machines), "password_manager_item"), machines},
	{"g_suite", "gsuites", people, people},
	{"ldap_server", "ldapservers", people, people},
	{"office_365", "office365s", people, people},
	{"password_manager_item", "passwordmanageritems", append(slices.Clone(people), "command"), people},
	{"policy", "policies", slices.Concat(people, machines), slices.Concat(people, machines)},
	{"policy_group", "policygroups", slices.Concat(people, machines), slices.Concat(people, machines)},
	{"radius_server", "radiusservers", append(slices.Clone(people), "system_group"), append(slices.Clone(people), "system_group")},
	{"system", "systems", slices.Concat(people, rules, []string{"command"}), slices.Concat(people, rules, []string{"command"})},
	{"system_group", "systemgroups", slices.Concat(people, rules, []string{"command", "radius_server"}), slices.Concat(people, rules, []string{"command"})},
	{"user", "users", bindable, given},
	{"user_group", "usergroups", bindable, given},
}

// collection is the path segment under which the API keeps a kind.
func collection(name string) string {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })].collection
}

// graphRoutes serves the edges of every kind of objects.
func (s *Server) graphRoutes(mux *http.ServeMux) {
	for _, k := range kinds {
		base := " /api/v2/" + k.collection + "/{id}/"
		mux.HandleFunc("GET"+base+"associations", s.inOrg(associations(k)))
		mux.HandleFunc("POST"+base+"associations", s.changing(associate(k)))
		for _, to := range k.reaches {
			mux.HandleFunc("GET"+base+collection(to), s.inOrg(reachable(k.name, to)))
		}
	}
}

// hop is a step from one object to the next: along a direct edge, or from a group to a member or back.
type hop struct {
	to         Node
	attributes Object
	inserted   bool // by a fault: there is no such object
}

// renamed returns a hop that a fault inserts.
func (h hop) renamed(id string) hop {
	return hop{to: Node{h.to.Kind, id}, attributes: h.attributes, inserted: true}
}

// object is a hop as it is sent. It does not say where it starts.
func (h hop) object() Object {
	return Object{"attributes": h.attributes, "to": Object{"attributes": nil, "id": h.to.ID, "type": h.to.Kind}}
}

// edges returns the hops along the direct edges of an object.
func (o *Organization) edges(n Node) []hop {
	list := appHops(n, "user", o.ApplicationUsers)
	list = append(list, appHops(n, "user_group", o.ApplicationGroups)...)
	for _, a := range o.Associations {
		switch n {
		case a.From:
			list = append(list, hop{to: a.To, attributes: a.Attributes})
		case a.To:
			list = append(list, hop{to: a.From, attributes: a.Attributes})
		}
	}
	return list
}

// appHops returns the hops between applications and what is bound to them.
func appHops(n Node, kind string, bound map[string][]string) []hop {
	var list []hop
	switch n.Kind {
	case "application":
		for _, id := range bound[n.ID] {
			list = append(list, hop{to: Node{kind, id}})
		}
	case kind:
		for _, app := range slices.Sorted(maps.Keys(bound)) {
			if slices.Contains(bound[app], n.ID) {
				list = append(list, hop{to: Node{"application", app}})
			}
		}
	}
	return list
}

// membership returns where the members are kept, by group, for a kind of groups, and the kind of the members.
func (o *Organization) membership(group string) (members *map[string][]string, kind string) {
	switch group {
	case "user_group":
		return &o.Members, "user"
	case "system_group":
		return &o.SystemGroupMembers, "system"
	default:
		return nil, ""
	}
}

// members returns the hops from a group to its members; none for what is no group.
func (o *Organization) members(n Node) []hop {
	members, kind := o.membership(n.Kind)
	if members == nil {
		return nil
	}
	var list []hop
	for _, id := range (*members)[n.ID] {
		list = append(list, hop{to: Node{kind, id}})
	}
	return list
}

// groups returns the hops from an object to the groups that it is a member of.
func (o *Organization) groups(n Node) []hop {
	var list []hop
	for _, group := range []string{"user_group", "system_group"} {
		members, kind := o.membership(group)
		if kind != n.Kind {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(*members)) {
			if slices.Contains((*members)[id], n.ID) {
				list = append(list, hop{to: Node{group, id}})
			}
		}
	}
	return list
}

// inventory returns the objects of a kind; listed is false for kinds that have none.
func (o *Organization) inventory(kind string) (list []Object, listed bool) {
	switch kind {
	case "application":
		return o.Applications, true
	case "command":
		return o.Commands, true
	case "system":
		return o.Systems, true
	case "system_group":
		return o.SystemGroups, true
	case "user":
		return o.SystemUsers, true
	case "user_group":
		return o.UserGroups, true
	default:
		return nil, false
	}
}

// exists reports that there is an object. One of a kind without inventory exists where an edge names it.
func (o *Organization) exists(n Node) bool {
	if list, listed := o.inventory(n.Kind); listed {
		return byID(list, n.ID) != nil
	}
	return len(o.edges(n)) > 0 || byID(o.Directories, n.ID) != nil || byID(o.RADIUSServers, n.ID) != nil
}

func (o *Organization) alive(h hop) bool { return h.inserted || o.exists(h.to) }

// Graph lists have two forms: direct edges, whose target stands in "to", and reachable objects, whose id stands at the
// top beside the paths that lead there.

// serve serves a page of a graph list. Dead records take a place in it and are left out of it.
func serve(w http.ResponseWriter, r *http.Request, o *Organization, list []hop, item func(hop) Object) {
	limit, skip, problem := window(r, 10)
	if problem != "" {
		failV2(w, http.StatusBadRequest, problem)
		return
	}
	list = shifted(r, list, skip, hop.renamed)
	page := []Object{}
	for _, h := range cut(list, limit, skip) {
		if o.alive(h) {
			page = append(page, item(h))
		}
	}
	counted := len(list)
	if o.Quirks.DeadUncounted {
		counted = len(slices.DeleteFunc(slices.Clone(list), func(h hop) bool { return !o.alive(h) }))
	}
	o.total(w, counted)
	reply(w, http.StatusOK, page)
}

// members serves the members of groups of a kind.
func members(group string) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		n := Node{group, r.PathValue("id")}
		if !o.exists(n) {
			failV2(w, http.StatusNotFound, "Not Found")
			return
		}
		serve(w, r, o, o.members(n), hop.object)
	}
}

// membership serves the members of groups of a kind in the form of reachable objects.
func membership(group string) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		n := Node{group, r.PathValue("id")}
		if !o.exists(n) {
			failV2(w, http.StatusNotFound, "Not Found")
			return
		}
		serve(w, r, o, o.members(n), func(h hop) Object {
			return Object{"id": h.to.ID, "type": h.to.Kind, "compiledAttributes": Object{}, "paths": []any{[]any{h.object()}}}
		})
	}
}

// associations serves the direct edges of an object that lead to one kind, or to some, with commas between.
func associations(k kind) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		n, asked := Node{k.name, r.PathValue("id")}, r.URL.Query().Get("targets")
		targets := strings.Split(asked, ",")
		wrong := slices.ContainsFunc(targets, func(t string) bool { return !slices.Contains(k.targets, t) })
		switch {
		case !o.exists(n):
			failV2(w, http.StatusNotFound, "Not Found")
		case wrong, len(targets) > 1 && o.Quirks.ManyTargets == TargetsRefused:
			failV2(w, http.StatusBadRequest, "Bad Request: targets must name a kind that can be joined to the "+k.name+", not "+strconv.Quote(asked))
		case len(targets) > 1:
			o.serveMany(w, r, n, targets)
		default:
			serve(w, r, o, o.edgesTo(n, targets), hop.object)
		}
	}
}

// edgesTo returns the direct edges of an object that lead to some kinds, in the order in which they are served.
func (o *Organization) edgesTo(n Node, targets []string) []hop {
	return slices.DeleteFunc(o.edges(n), func(h hop) bool { return !slices.Contains(targets, h.to.Kind) })
}

// serveMany serves the direct edges to several kinds, in the way of the quirk.
func (o *Organization) serveMany(w http.ResponseWriter, r *http.Request, n Node, targets []string) {
	list := o.edgesTo(n, targets)
	total := len(list)
	switch o.Quirks.ManyTargets {
	case TargetsFirst:
		list = o.edgesTo(n, targets[:1])
		total = len(list)
	case TargetsEdgeMissing:
		list = list[:max(len(list)-1, 0)]
	case TargetsOfAnother:
		all, _ := o.inventory(n.Kind)
		i := slices.IndexFunc(all, func(other Object) bool { return other.ID() == n.ID })
		list = o.edgesTo(Node{n.Kind, all[(i+1)%len(all)].ID()}, targets)
		total = len(list)
	case TargetsTotalOfFirst:
		total = len(o.edgesTo(n, targets[:1]))
	case TargetsServed, TargetsRefused: // the last one was answered
		serve(w, r, o, list, hop.object)
		return
	}
	serve(&otherTotal{ResponseWriter: w, total: total}, r, o, list, hop.object)
}

// otherTotal is an answer that has another total than it would.
type otherTotal struct {
	http.ResponseWriter

	total int
}

// WriteHeader writes the header with the other total.
func (t *otherTotal) WriteHeader(status int) {
	if t.Header().Get("X-Total-Count") != "" {
		t.Header().Set("X-Total-Count", strconv.Itoa(t.total))
	}
	t.ResponseWriter.WriteHeader(status)
}

// reachable serves the objects of one kind that an object leads to, with all paths.
func reachable(from, to string) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		n := Node{from, r.PathValue("id")}
		if !o.exists(n) {
			failV2(w, http.StatusNotFound, "Not Found")
			return
		}
		list, paths := o.paths(n, to)
		serve(w, r, o, list, func(h hop) Object {
			merged, ways := Object{}, []any{}
			for _, path := range paths[h.to.ID] {
				steps := []any{}
				for _, step := range path {
					maps.Copy(merged, step.attributes)
					steps = append(steps, step.object())
				}
				ways = append(ways, steps)
			}
			return Object{"id": h.to.ID, "type": to, "compiledAttributes": merged, "paths": ways}
		})
	}
}

// paths returns the objects of a kind that another leads to, and the paths by the id of their end. A path goes up to a
// group or not, along one direct edge, and down to a member or not.
func (o *Organization) paths(from Node, kind string) ([]hop, map[string][][]hop) {
	s := pathSearch{o: o, kind: kind, paths: map[string][][]hop{}}
	s.follow(from)
	for _, up := range o.groups(from) {
		if o.alive(up) {
			s.follow(up.to, up)
		}
	}
	if kind == "user" || kind == "system" {
		shuffle(s.ends)
	}
	return s.ends, s.paths
}

// pathSearch collects the paths that end at objects of one kind.
type pathSearch struct {
	o     *Organization
	kind  string
	ends  []hop              // each object once, in the order in which they were found
	paths map[string][][]hop // by the id of their end
}

// follow goes along the direct edges of an object, and from groups at their ends down to members. The hops that led to
// the object are the beginning of each path.
func (s *pathSearch) follow(start Node, before ...hop) {
	for _, edge := range s.o.edges(start) {
		path := append(slices.Clip(before), edge)
		s.add(path)
		if _, member := s.o.membership(edge.to.Kind); member != s.kind || !s.o.alive(edge) {
			continue
		}
		for _, down := range s.o.members(edge.to) {
			s.add(append(slices.Clip(path), down))
		}
	}
}

// add keeps a path that ends at an object of the kind that is searched for.
func (s *pathSearch) add(path []hop) {
	end := path[len(path)-1].to
	if end.Kind != s.kind {
		return
	}
	if s.paths[end.ID] == nil {
		s.ends = append(s.ends, hop{to: end})
	}
	s.paths[end.ID] = append(s.paths[end.ID], path)
}

// shuffle puts a list into an order that is neither that of the inventory nor random: graph lists have no sort.
func shuffle(list []hop) {
	slices.SortFunc(list, func(a, b hop) int { return strings.Compare(reverse(a.to.ID), reverse(b.to.ID)) })
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// operation is a change of one edge.
type operation struct {
	Op         string `json:"op"`
	Type       string `json:"type"`
	ID         string `json:"id"`
	Attributes Object `json:"attributes"`
}

// associate adds, removes or changes a direct edge.
func associate(k kind) handler {
	return operate(k.name, k.targets, func(o *Organization, n, target Node, op operation) int {
		there := slices.ContainsFunc(o.edges(n), func(h hop) bool { return h.to == target })
		switch {
		case op.Op == "add" && there:
			return http.StatusConflict
		case op.Op != "add" && !there:
			return http.StatusNotFound
		}
		o.disjoin(n, target)
		if op.Op != "remove" {
			o.join(n, target, op.Attributes)
		}
		return http.StatusNoContent
	})
}

// changeMembers adds a member to a group of a kind, or removes it. Changing one changes nothing.
func changeMembers(group, member string) handler {
	return operate(group, []string{member}, func(o *Organization, n, target Node, op operation) int {
		members, _ := o.membership(group)
		there := slices.Contains((*members)[n.ID], target.ID)
		switch {
		case op.Op == "add" && there:
			return http.StatusConflict
		case op.Op != "add" && !there:
			return http.StatusNotFound
		case op.Op == "add":
			with(members, n.ID, target.ID)
		case op.Op == "remove":
			without(members, n.ID, target.ID)
		}
		return http.StatusNoContent
	})
}

// operate reads an operation, checks it, and answers with the status that change returns.
func operate(from string, targets []string, change func(o *Organization, n, target Node, op operation) int) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		var op operation
		if err := json.NewDecoder(r.Body).Decode(&op); err != nil {
			failV2(w, http.StatusBadRequest, "Bad Request: the body is not an operation in JSON")
			return
		}
		n, target := Node{from, r.PathValue("id")}, Node{op.Type, op.ID}
		status := http.StatusBadRequest
		switch _, listed := o.inventory(op.Type); {
		case !slices.Contains([]string{"add", "remove", "update"}, op.Op), !slices.Contains(targets, op.Type), op.ID == "":
		case !o.exists(n), listed && op.Op == "add" && !o.exists(target):
			status = http.StatusNotFound
		default:
			status = change(o, n, target, op)
		}
		if status == http.StatusNoContent {
			w.WriteHeader(status)
			return
		}
		failV2(w, status, http.StatusText(status)+": cannot "+op.Op+" an edge from the "+from+" to "+strconv.Quote(op.Type))
	}
}

// join adds a direct edge. Those of applications that have no attributes are kept with the applications.
func (o *Organization) join(a, b Node, attributes Object) {
	app, other := appFirst(a, b)
	edges := o.appEdges(app, other)
	if edges == nil || attributes != nil {
		o.Associations = append(o.Associations, Association{a, b, attributes})
		return
	}
	with(edges, app.ID, other.ID)
}

// disjoin removes a direct edge, wherever it is kept.
func (o *Organization) disjoin(a, b Node) {
	app, other := appFirst(a, b)
	if edges := o.appEdges(app, other); edges != nil {
		without(edges, app.ID, other.ID)
	}
	o.Associations = slices.DeleteFunc(slices.Clone(o.Associations), func(e Association) bool {
		return e.From == a && e.To == b || e.From == b && e.To == a
	})
}

// isolate removes all direct edges of an object.
func (o *Organization) isolate(n Node) {
	for _, h := range o.edges(n) {
		o.disjoin(n, h.to)
	}
}

// appFirst returns two ends of an edge, the application first if there is one.
func appFirst(a, b Node) (Node, Node) {
	if b.Kind == "application" {
		return b, a
	}
	return a, b
}

// appEdges returns where the edge from an application to what is bound to it is kept; nil for other edges.
func (o *Organization) appEdges(app, other Node) *map[string][]string {
	switch {
	case app.Kind == "application" && other.Kind == "user":
		return &o.ApplicationUsers
	case app.Kind == "application" && other.Kind == "user_group":
		return &o.ApplicationGroups
	default:
		return nil
	}
}

// with adds an id to a list of a map, which may be nil.
func with(lists *map[string][]string, key, id string) {
	if *lists == nil {
		*lists = map[string][]string{}
	}
	(*lists)[key] = append(slices.Clip((*lists)[key]), id)
}

// without removes an id from a list of a map, if it is there.
func without(lists *map[string][]string, key, id string) {
	if slices.Contains((*lists)[key], id) {
		(*lists)[key] = slices.DeleteFunc(slices.Clone((*lists)[key]), func(s string) bool { return s == id })
	}
}
