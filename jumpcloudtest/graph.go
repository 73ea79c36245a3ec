package jumpcloudtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Graph lists have two forms: direct edges, whose target stands in "to", and reachable objects, whose id stands at the
// top beside the paths that lead there.

// edges serves direct edges. Dead records take a place in their page and are left out of it.
func edges(w http.ResponseWriter, r *http.Request, ids []string, kind string, alive func(string) bool) {
	serve(w, r, ids, alive, func(id string) Object {
		return Object{"attributes": nil, "to": Object{"attributes": nil, "id": id, "type": kind}}
	})
}

// reachable serves objects with the paths that lead to them.
func reachable(w http.ResponseWriter, r *http.Request, ids []string, kind string, alive func(string) bool, paths func(string) []any) {
	serve(w, r, ids, alive, func(id string) Object {
		return Object{"id": id, "type": kind, "compiledAttributes": Object{}, "paths": paths(id)}
	})
}

func serve(w http.ResponseWriter, r *http.Request, ids []string, alive func(string) bool, item func(string) Object) {
	limit, skip, problem := window(r, 10, 100)
	if problem != "" {
		failV2(w, http.StatusBadRequest, problem)
		return
	}
	page := []Object{}
	for _, id := range cut(ids, limit, skip) {
		if alive(id) {
			page = append(page, item(id))
		}
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(ids)))
	reply(w, http.StatusOK, page)
}

func (o *Organization) hasUser(id string) bool  { return byID(o.SystemUsers, id) != nil }
func (o *Organization) hasGroup(id string) bool { return byID(o.UserGroups, id) != nil }

func members(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	if !o.hasGroup(id) {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	edges(w, r, o.Members[id], "user", o.hasUser)
}

func associations(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	targets := r.URL.Query().Get("targets")
	switch {
	case byID(o.Applications, id) == nil:
		failV2(w, http.StatusNotFound, "Not Found")
	case targets == "user":
		edges(w, r, o.ApplicationUsers[id], "user", o.hasUser)
	case targets == "user_group":
		edges(w, r, o.ApplicationGroups[id], "user_group", o.hasGroup)
	default:
		failV2(w, http.StatusBadRequest, "Bad Request: targets must name a kind that can be joined to an application, not "+strconv.Quote(targets))
	}
}

// step is one edge of a path; reachable objects say nothing of where it starts.
func step(id, kind string) Object {
	return Object{"attributes": nil, "to": Object{"attributes": nil, "id": id, "type": kind}}
}

func applicationUsers(w http.ResponseWriter, r *http.Request, o *Organization) {
	app := r.PathValue("id")
	if byID(o.Applications, app) == nil {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	ways := map[string][]any{}
	for _, u := range o.ApplicationUsers[app] {
		ways[u] = append(ways[u], []any{step(u, "user")})
	}
	for _, g := range o.ApplicationGroups[app] {
		if !o.hasGroup(g) {
			continue
		}
		for _, u := range o.Members[g] {
			ways[u] = append(ways[u], []any{step(g, "user_group"), step(u, "user")})
		}
	}
	reachable(w, r, sortedKeys(ways), "user", o.hasUser, func(id string) []any { return ways[id] })
}

func applicationGroups(w http.ResponseWriter, r *http.Request, o *Organization) {
	app := r.PathValue("id")
	if byID(o.Applications, app) == nil {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	reachable(w, r, o.ApplicationGroups[app], "user_group", o.hasGroup, func(id string) []any {
		return []any{[]any{step(id, "user_group")}}
	})
}

// sortedKeys returns ids in an order that is neither that of the inventory nor random: graph lists have no sort.
func sortedKeys(m map[string][]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(reverse(a), reverse(b)) })
	return keys
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
