// Package jumpcloudtest is a fake JumpCloud for tests: a real HTTP server on the loopback interface that answers as
// JumpCloud does, quirks included, from an organization that the test gives or that [Synthetic] makes up.
//
//	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 50}))
//	defer server.Close()
//	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL))
//
// What it imitates, because programs trip over it: a request without a key is redirected to a login page that answers
// 200; a wrong key gets 401 before the route is looked at; lists serve 10 records unless a limit is sent, Apple device
// managers 1; more than 100 a page is an error, except in searches, which serve 1,000; v1 lists count in the body, v2
// lists in X-Total-Count; a comma list of fields is ignored by v1; dead records shorten pages of edges; direct edges
// and reachable objects have different forms; adding an edge twice is a conflict; lists of commands hold parts of them;
// results of a command come without an envelope; a trigger that nothing listens to is a success; runs end later; routes
// of organizations refuse x-org-id.
//
// # Faults
//
// A test makes the server fail with [Server.Inject]. These faults have names; each can be narrowed to a method, a path, an
// organization and a number of times by the fields of [Fault]:
//
//   - [RateLimited]: 429, and how long to wait
//   - [Unauthorized]: 401, in one organization alone if need be
//   - [CutBody]: the connection breaks in the middle of the body
//   - [EmptyBody]: no body, with the header of a success
//   - [EmptyPage]: a list without its records, with its total
//   - [RowRemoved]: a record in front of a list goes between two pages, so that another slips from page to page
//   - [RowInserted]: a record comes there
//   - [OddValue]: a field of records has a value that JumpCloud does not document
//
// Other statuses, slow answers, pages of HTML and connections that break at once are fields of Fault without a name.
// [Server.LimitRate], [Server.SetKey], [Server.Disturb] and [Server.BeforeEach] are for faults that come with load, with a
// new key, by chance, or as the test says. [Server.Heal] ends them all, but for the key.
//
// The package imports no other package of this module, so that it cannot share a mistake with the client.
package jumpcloudtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Server is a fake JumpCloud. It is safe for concurrent use.
type Server struct {
	// URL is the address of the server, for client.WithBaseURL.
	URL string
	// Key is the API key that the server accepts at first; see [Server.SetKey].
	Key string

	http   *httptest.Server
	faults faults
	key    string // accepted now

	mu       sync.RWMutex
	orgs     []*Organization
	requests []string
	granted  []string // scopes of the key; nil for all
}

// NewServer starts a server that holds the given organizations. Close it when the test ends.
func NewServer(orgs ...*Organization) *Server {
	s := &Server{Key: "jca_fake_0123456789abcdef", orgs: orgs}
	s.key = s.Key
	mux := http.NewServeMux()
	s.routes(mux)
	s.http = httptest.NewServer(s.faulty(s.authorized(mux)))
	s.URL = s.http.URL
	return s
}

// Close stops the server.
func (s *Server) Close() { s.http.Close() }

// Change runs f while no request is being answered; f may change the organizations.
func (s *Server) Change(f func(orgs []*Organization)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.orgs)
}

// Requests returns the method and path of every request so far, in order of arrival.
func (s *Server) Requests() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.requests)
}

// authorized answers requests without a valid key, as JumpCloud does before it looks at the route.
func (s *Server) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		accepted := s.key
		s.mu.Unlock()
		switch key := r.Header.Get("x-api-key"); {
		case r.URL.Path == "/login":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<!DOCTYPE html><html><head><title>JumpCloud</title></head><body>Log in</body></html>")
		case key == "":
			http.Redirect(w, r, "/login", http.StatusFound)
		case key != accepted:
			fail(w, http.StatusUnauthorized, "Unauthorized: api key user not found")
		case !s.may(r):
			fail(w, http.StatusForbidden, "Forbidden: the key lacks a scope")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// fail answers in the error form of API v1, whose texts begin with the name of the status.
func fail(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"message": message, "error": message})
}

func reply(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// handler answers a request about one organization. Nobody else changes the organization meanwhile.
type handler func(w http.ResponseWriter, r *http.Request, o *Organization)

func (s *Server) routes(mux *http.ServeMux) {
	v1 := func(collection string, list func(*Organization) *[]Object) {
		mux.HandleFunc("GET /api/"+collection, s.inOrg(listV1(list)))
		mux.HandleFunc("GET /api/"+collection+"/{id}", s.inOrg(single(list)))
	}
	users := func(o *Organization) *[]Object { return &o.SystemUsers }
	systems := func(o *Organization) *[]Object { return &o.Systems }
	groups := func(o *Organization) *[]Object { return &o.UserGroups }
	v1("systemusers", users)
	v1("systems", systems)
	v1("applications", func(o *Organization) *[]Object { return &o.Applications })
	mux.HandleFunc("POST /api/search/systemusers", s.inOrg(search(users)))
	mux.HandleFunc("POST /api/search/systems", s.inOrg(search(systems)))
	mux.HandleFunc("GET /api/organizations", s.acrossOrgs(s.listOrganizations))
	mux.HandleFunc("GET /api/organizations/{id}", s.acrossOrgs(s.organization))
	mux.HandleFunc("GET /api/v2/providers/{id}/organizations", s.acrossOrgs(s.providerOrganizations))

	mux.HandleFunc("GET /api/v2/usergroups", s.inOrg(listV2(10, groups)))
	mux.HandleFunc("GET /api/v2/usergroups/{id}", s.inOrg(single(groups)))
	mux.HandleFunc("GET /api/v2/usergroups/{id}/members", s.inOrg(members("user_group")))
	mux.HandleFunc("GET /api/v2/usergroups/{id}/membership", s.inOrg(membership("user_group")))
	mux.HandleFunc("GET /api/v2/applemdms", s.inOrg(listV2(1, func(o *Organization) *[]Object { return &o.AppleMDMs })))
	mux.HandleFunc("GET /api/v2/applemdms/{id}/devices", s.inOrg(devices))
	mux.HandleFunc("GET /api/v2/applemdms/{id}/devices/{device}", s.inOrg(oneDevice))
	mux.HandleFunc("GET /api/v2/{list}", s.inOrg(s.furtherList))
	mux.HandleFunc("GET /api/v2/{list}/{id}", s.inOrg(furtherObject))
	s.systemGroupRoutes(mux)
	s.governanceRoutes(mux)
	s.graphRoutes(mux)
	s.commandRoutes(mux)
}

// inOrg serves requests about one organization that change nothing.
func (s *Server) inOrg(next handler) http.HandlerFunc { return s.locked(s.mu.RLocker(), next) }

// changing serves requests that change their organization, one at a time.
func (s *Server) changing(next handler) http.HandlerFunc { return s.locked(&s.mu, next) }

// locked finds the organization of a request. A key that can see several must name one.
func (s *Server) locked(lock sync.Locker, next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		defer lock.Unlock()
		id := r.Header.Get("x-org-id")
		switch {
		case id == "" && len(s.orgs) == 1:
			next(w, r, s.orgs[0])
			return
		case id == "":
			fail(w, http.StatusUnauthorized, "Unauthorized: no organization selected")
			return
		}
		for _, o := range s.orgs {
			if o.Self.ID() == id {
				next(w, r, o)
				return
			}
		}
		fail(w, http.StatusNotFound, "Not Found: organization not found")
	}
}

// acrossOrgs refuses the header that names an organization.
func (s *Server) acrossOrgs(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-org-id") != "" {
			fail(w, http.StatusForbidden, "Forbidden: organization selection not allowed via header")
			return
		}
		s.mu.RLock()
		defer s.mu.RUnlock()
		next(w, r)
	}
}

// listOrganizations serves the few fields that the list has unless more are asked for.
func (s *Server) listOrganizations(w http.ResponseWriter, r *http.Request) {
	var list []Object
	for _, o := range s.orgs {
		item := Object{}
		for _, name := range []string{"_id", "id", "displayName", "logoUrl", "created"} {
			if v, ok := o.Self[name]; ok {
				item[name] = v
			}
		}
		list = append(list, item)
	}
	listV1(func(*Organization) *[]Object { return &list })(w, r, nil)
}

// providerOrganizations lists the organizations whose provider is that of the path.
func (s *Server) providerOrganizations(w http.ResponseWriter, r *http.Request) {
	var list []Object
	for _, o := range s.orgs {
		if o.Self["provider"] == r.PathValue("id") {
			list = append(list, Object{"id": o.Self.ID(), "name": o.Self["displayName"]})
		}
	}
	listV1(func(*Organization) *[]Object { return &list })(w, r, nil)
}

func (s *Server) organization(w http.ResponseWriter, r *http.Request) {
	for i, o := range s.orgs {
		if o.Self.ID() == r.PathValue("id") {
			at(r, i)
			reply(w, http.StatusOK, o.Self)
			return
		}
	}
	fail(w, http.StatusNotFound, "Not Found")
}

// most is how many records a page may hold, but for searches.
const most = 100

// window reads limit and skip.
func window(r *http.Request, byDefault int) (limit, skip int, problem string) {
	limit, skip = byDefault, 0
	q := r.URL.Query()
	for name, into := range map[string]*int{"limit": &limit, "skip": &skip} {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return 0, 0, fmt.Sprintf("Bad Request: request parameter %q is not a number", name)
			}
			*into = n
		}
	}
	if limit > most {
		return 0, 0, fmt.Sprintf("Bad Request: request parameter \"limit\" exceeds maximum value of %d", most)
	}
	return limit, skip, ""
}

// cut returns a page of a list.
func cut[T any](list []T, limit, skip int) []T {
	if skip >= len(list) {
		return []T{}
	}
	return list[skip:min(len(list), skip+limit)]
}

// listV1 serves a list of API v1.
func listV1(list func(*Organization) *[]Object) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		limit, skip, problem := window(r, 10)
		if problem != "" {
			fail(w, http.StatusBadRequest, problem)
			return
		}
		q := r.URL.Query()
		all := sorted(matching(*list(o), q["filter"], true), strings.Fields(q.Get("sort")))
		all = shifted(r, all, skip, Object.renamed)
		page := cut(all, limit, skip)
		reply(w, http.StatusOK, map[string]any{
			"results": project(page, strings.Fields(q.Get("fields")), "_id"), "totalCount": len(all),
		})
	}
}

// search serves a search of API v1, whose parameters are in the body.
func search(list func(*Organization) *[]Object) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		body := struct {
			Fields string   `json:"fields"`
			Filter []string `json:"filter"`
			Sort   string   `json:"sort"`
			Limit  *int     `json:"limit"`
			Skip   int      `json:"skip"`
		}{}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(w, http.StatusBadRequest, "Bad Request: the body is not JSON")
			return
		}
		limit := 10
		if body.Limit != nil {
			limit = *body.Limit
		}
		if limit > 1000 || limit < 0 || body.Skip < 0 {
			fail(w, http.StatusBadRequest, "Bad Request: request parameter \"limit\" exceeds maximum value of 1000")
			return
		}
		if most := o.Quirks.SearchPage; most > 0 {
			limit = min(limit, most)
		}
		all := matching(*list(o), body.Filter, true)
		inOrder := sorted(all, strings.Fields(body.Sort))
		if o.Quirks.Unsorted {
			inOrder = sorted(all, []string{"-_id"})
		}
		inOrder = shifted(r, inOrder, body.Skip, Object.renamed)
		page := cut(inOrder, limit, body.Skip)
		reply(w, http.StatusOK, map[string]any{
			"results": project(page, strings.Fields(body.Fields), "_id"), "totalCount": len(inOrder),
		})
	}
}

// listV2 serves a list of API v2.
func listV2(byDefault int, list func(*Organization) *[]Object) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		limit, skip, problem := window(r, byDefault)
		if problem != "" {
			failV2(w, http.StatusBadRequest, problem)
			return
		}
		q := r.URL.Query()
		var filters []string
		if f := q.Get("filter"); f != "" {
			filters = strings.Split(f, ",")
		}
		all := sorted(matching(*list(o), filters, false), splitComma(q.Get("sort")))
		all = shifted(r, all, skip, Object.renamed)
		page := cut(all, limit, skip)
		o.total(w, len(all))
		reply(w, http.StatusOK, project(page, splitComma(q.Get("fields")), "id"))
	}
}

// furtherList serves a list that needs no code of its own. One that no organization has is not there.
func (s *Server) furtherList(w http.ResponseWriter, r *http.Request, o *Organization) {
	name := r.PathValue("list")
	if !slices.ContainsFunc(s.orgs, func(o *Organization) bool { return o.Lists[name] != nil }) {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	list := o.Lists[name]
	listV2(10, func(*Organization) *[]Object { return &list })(w, r, o)
}

// furtherObject serves an object of such a list.
func furtherObject(w http.ResponseWriter, r *http.Request, o *Organization) {
	list := o.Lists[r.PathValue("list")]
	single(func(*Organization) *[]Object { return &list })(w, r, o)
}

// total sends how many records a list of API v2 has.
func (o *Organization) total(w http.ResponseWriter, n int) {
	if !o.Quirks.NoTotals {
		w.Header().Set("X-Total-Count", strconv.Itoa(n))
	}
}

func splitComma(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func failV2(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"code": status, "message": message, "status": strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", ""))})
}

// single serves one object by its id.
func single(list func(*Organization) *[]Object) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		if found := byID(*list(o), r.PathValue("id")); found != nil {
			placed(r, *list(o), found)
			reply(w, http.StatusOK, found)
			return
		}
		fail(w, http.StatusNotFound, "Not Found")
	}
}

func byID(list []Object, id string) Object {
	// Synthetic lists are in the order of their ids; others are looked through.
	if i, ok := slices.BinarySearchFunc(list, id, func(o Object, id string) int { return strings.Compare(o.ID(), id) }); ok {
		return list[i]
	}
	for _, o := range list {
		if o.ID() == id {
			return o
		}
	}
	return nil
}

func devices(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	if byID(o.AppleMDMs, id) == nil {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	list := o.AppleMDMDevices[id]
	listV2(10, func(*Organization) *[]Object { return &list })(w, r, o)
}

func oneDevice(w http.ResponseWriter, r *http.Request, o *Organization) {
	list := o.AppleMDMDevices[r.PathValue("id")]
	if found := byID(list, r.PathValue("device")); found != nil {
		placed(r, list, found)
		reply(w, http.StatusOK, found)
		return
	}
	failV2(w, http.StatusNotFound, "Not Found")
}

// matching returns the objects that fulfil all filters: field:$eq:value in v1, field:eq:value in v2.
func matching(list []Object, filters []string, dollar bool) []Object {
	if len(filters) == 0 {
		return list
	}
	var kept []Object
	for _, o := range list {
		if !slices.ContainsFunc(filters, func(f string) bool { return !matches(o, f, dollar) }) {
			kept = append(kept, o)
		}
	}
	return kept
}

func matches(o Object, filter string, dollar bool) bool {
	parts := strings.SplitN(filter, ":", 3)
	if len(parts) != 3 {
		return false
	}
	have, op := fmt.Sprint(o[parts[0]]), parts[1]
	if dollar {
		op = strings.TrimPrefix(op, "$")
	}
	switch op {
	case "eq":
		return have == parts[2]
	case "ne":
		return have != parts[2]
	}
	return false
}

// sorted returns the objects by a field, in descending order after a minus sign.
func sorted(list []Object, by []string) []Object {
	if len(by) == 0 {
		return list
	}
	name, down := strings.CutPrefix(by[0], "-")
	value := func(o Object) string {
		if name == "_id" || name == "id" {
			return o.ID()
		}
		s, _ := o[name].(string)
		return s
	}
	order := func(a, b Object) int {
		c := strings.Compare(value(a), value(b))
		if down {
			return -c
		}
		return c
	}
	if slices.IsSortedFunc(list, order) {
		return list
	}
	return slices.SortedStableFunc(slices.Values(list), order)
}

// project leaves only the fields that were asked for, and the id. A list with a comma is no field: it is ignored.
func project(list []Object, fields []string, id string) []Object {
	if len(fields) == 0 || slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(f, ",") }) {
		return nonNil(list)
	}
	out := make([]Object, 0, len(list))
	for _, o := range list {
		p := Object{id: o.ID()}
		for _, f := range fields {
			if v, ok := o[f]; ok {
				p[f] = v
			}
		}
		out = append(out, p)
	}
	return out
}

func nonNil(list []Object) []Object {
	if list == nil {
		return []Object{}
	}
	return list
}
