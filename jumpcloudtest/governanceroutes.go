package jumpcloudtest

import (
	"net/http"
	"slices"
)

// governanceRoutes serves administrators and what governs access.
func (s *Server) governanceRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/users", s.acrossOrgs(s.administrators))
	mux.HandleFunc("GET /api/v2/organizations/{id}/administratorlinks", s.acrossOrgs(s.administratorLinks))
	mux.HandleFunc("GET /api/v2/roles", s.inOrg(wrapped(func(o *Organization) *[]Object { return &o.Roles })))
	mux.HandleFunc("GET /api/v2/service-accounts", s.inOrg(wrapped(func(o *Organization) *[]Object { return &o.ServiceAccounts })))
	mux.HandleFunc("GET /api/v2/authn/policies", s.inOrg(listV2(10, func(o *Organization) *[]Object { return &o.AuthnPolicies })))
	mux.HandleFunc("GET /api/v2/iplists", s.inOrg(listV2(10, func(o *Organization) *[]Object { return &o.IPLists })))
	mux.HandleFunc("GET /api/v2/directories", s.inOrg(uncounted(func(o *Organization) *[]Object { return &o.Directories })))
	mux.HandleFunc("GET /api/v2/activedirectories", s.inOrg(uncounted(func(o *Organization) *[]Object { return &o.ActiveDirectories })))
	mux.HandleFunc("GET /api/v2/workdays", s.inOrg(uncounted(func(o *Organization) *[]Object { return &o.Workdays })))
	mux.HandleFunc("GET /api/radiusservers", s.inOrg(listV1(func(o *Organization) *[]Object { return &o.RADIUSServers })))
}

// administrators serves those of all organizations that the key can see, each once.
func (s *Server) administrators(w http.ResponseWriter, r *http.Request) {
	var list []Object
	for _, o := range s.orgs {
		for _, a := range o.Administrators {
			if !slices.ContainsFunc(list, func(known Object) bool { return known.ID() == a.ID() }) {
				list = append(list, a)
			}
		}
	}
	listV1(func(*Organization) *[]Object { return &list })(w, r, nil)
}

// administratorLinks serves who may administer an organization. JumpCloud does not count them.
func (s *Server) administratorLinks(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.orgs, func(o *Organization) bool { return o.Self.ID() == r.PathValue("id") })
	if i < 0 {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	links := []Object{}
	for _, a := range s.orgs[i].Administrators {
		links = append(links, Object{"administrator": a.ID(), "organization": s.orgs[i].Self.ID()})
	}
	uncounted(func(*Organization) *[]Object { return &links })(w, r, s.orgs[i])
}

// wrapped serves a list of API v2 that comes in an object with its total.
func wrapped(list func(*Organization) *[]Object) handler {
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		limit, skip, problem := window(r, 10)
		if problem != "" {
			failV2(w, http.StatusBadRequest, problem)
			return
		}
		all := shifted(r, *list(o), skip, Object.renamed)
		reply(w, http.StatusOK, map[string]any{"results": nonNil(cut(all, limit, skip)), "totalCount": len(all)})
	}
}

// uncounted serves a list of API v2 without its total.
func uncounted(list func(*Organization) *[]Object) handler {
	serve := listV2(10, list)
	return func(w http.ResponseWriter, r *http.Request, o *Organization) {
		serve(headerless{w}, r, o)
	}
}

// headerless leaves the total out of an answer.
type headerless struct{ http.ResponseWriter }

// WriteHeader begins the answer.
func (w headerless) WriteHeader(status int) {
	w.Header().Del("X-Total-Count")
	w.ResponseWriter.WriteHeader(status)
}
