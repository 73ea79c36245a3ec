package jumpcloudtest

import (
	"net/http"
	"slices"
)

// systemGroupRoutes serves groups of systems.
func (s *Server) systemGroupRoutes(mux *http.ServeMux) {
	groups := func(o *Organization) *[]Object { return &o.SystemGroups }
	mux.HandleFunc("GET /api/v2/systemgroups", s.inOrg(listV2(10, groups)))
	mux.HandleFunc("POST /api/v2/systemgroups", s.changing(createSystemGroup))
	mux.HandleFunc("GET /api/v2/systemgroups/{id}", s.inOrg(single(groups)))
	mux.HandleFunc("DELETE /api/v2/systemgroups/{id}", s.changing(deleteSystemGroup))
	mux.HandleFunc("GET /api/v2/systemgroups/{id}/members", s.inOrg(members("system_group")))
	mux.HandleFunc("GET /api/v2/systemgroups/{id}/membership", s.inOrg(membership("system_group")))
	mux.HandleFunc("POST /api/v2/systemgroups/{id}/members", s.changing(changeMembers("system_group", "system")))
}

func createSystemGroup(w http.ResponseWriter, r *http.Request, o *Organization) {
	g, err := readObject(r)
	switch name := text(g, "name"); {
	case err != nil || name == "":
		failV2(w, http.StatusBadRequest, "Bad Request: a group needs a name")
	case slices.ContainsFunc(o.SystemGroups, func(g Object) bool { return text(g, "name") == name }):
		failV2(w, http.StatusConflict, "Conflict: there is a group of this name")
	default:
		g["id"], g["type"], g["organizationObjectId"] = o.newID(), "system_group", o.Self.ID()
		o.SystemGroups = append(o.SystemGroups, g)
		reply(w, http.StatusCreated, g)
	}
}

func deleteSystemGroup(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	g := byID(o.SystemGroups, id)
	if g == nil {
		failV2(w, http.StatusNotFound, "Not Found")
		return
	}
	o.SystemGroups = slices.DeleteFunc(slices.Clone(o.SystemGroups), func(g Object) bool { return g.ID() == id })
	delete(o.SystemGroupMembers, id)
	o.isolate(Node{"system_group", id})
	reply(w, http.StatusOK, g)
}
