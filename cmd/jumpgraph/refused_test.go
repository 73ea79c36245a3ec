package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// before puts a handler in front of a server; it may answer itself.
func before(t *testing.T, env map[string]string, handle func(http.ResponseWriter, *http.Request) bool) map[string]string {
	t.Helper()
	target, err := url.Parse(env["JUMPCLOUD_API_URL"])
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !handle(w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	return map[string]string{"JUMPCLOUD_API_KEY": env["JUMPCLOUD_API_KEY"], "JUMPCLOUD_API_URL": front.URL, "JUMPCLOUD_MAX_RPS": "100000"}
}

// refuse answers with a status when a condition holds.
func refuse(status int, when func(*http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !when(r) {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprint(w, `{"message":"Unauthorized"}`)
		return true
	}
}

func path(suffix string) func(*http.Request) bool {
	return func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, suffix) }
}

// threeOrganizations are organizations with three users each.
func threeOrganizations() (orgs []*jumpcloudtest.Organization, ids []string) {
	for i := range 3 {
		id := fmt.Sprintf("60000000000000000000000%x", 10+i)
		o := jumpcloudtest.Synthetic(uint64(30+i), jumpcloudtest.Size{Users: 3})
		o.Self["_id"], o.Self["id"] = id, id
		for _, u := range o.SystemUsers {
			u["organization"] = id
		}
		orgs, ids = append(orgs, o), append(ids, id)
	}
	return orgs, ids
}

func TestRefused_OnePartDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	orgs, ids := threeOrganizations()
	three, one := server(t, orgs...), server(t, jumpcloudtest.Demo())
	demo := jumpcloudtest.Demo().Self.ID()
	of := func(id string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Header.Get("x-org-id") == id }
	}
	for name, tt := range map[string]struct {
		env    map[string]string
		refuse func(http.ResponseWriter, *http.Request) bool
		args   []string
		code   int
		lines  []string // begin like this
		split  []string // results below --out
	}{
		"one collection": {one, refuse(401, path("/applemdms")), nil, exitIncomplete, []string{
			"organization " + demo + ": applemdms: forbidden: client: GET /api/v2/applemdms: 401 Unauthorized",
			"organization " + demo + ": applemdms/devices: forbidden: needs applemdms",
		}, nil},
		"one of three organizations": {three, refuse(401, of(ids[1])), []string{"--all-orgs"}, exitIncomplete, []string{
			"organization " + ids[1] + ": systemusers: forbidden: client: POST /api/search/systemusers: 401 Unauthorized",
		}, nil},
		"one of three organizations, apart": {three, refuse(401, of(ids[1])), []string{"--all-orgs", "--split"}, exitIncomplete, []string{
			"organization " + ids[1] + ": systemusers: forbidden: client: POST /api/search/systemusers: 401 Unauthorized",
		}, []string{ids[0], ids[2]}},
		"all that an organization has":          {one, refuse(401, func(r *http.Request) bool { return !path("/organizations")(r) }), nil, exitPermission, nil, nil},
		"the key":                               {one, refuse(401, func(*http.Request) bool { return true }), nil, exitAuth, nil, nil},
		"the list of organizations":             {three, refuse(403, path("/organizations")), []string{"--org", ids[1]}, exitOK, nil, nil},
		"the list of organizations, apart":      {three, refuse(403, path("/organizations")), []string{"--org", ids[1], "--split"}, exitOK, nil, []string{ids[1]}},
		"the list of organizations, none named": {three, refuse(403, path("/organizations")), nil, exitPermission, nil, nil},
		"the organizations, and the one by its id": {three, refuse(403, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/organizations") }), []string{"--org", ids[1]}, exitIncomplete, []string{
			"organization " + ids[1] + ": organizations: forbidden: client: GET /api/organizations/{id}: 403 Forbidden",
		}, nil},
	} {
		for _, quiet := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, quiet %t", name, quiet), func(t *testing.T) {
				t.Parallel()
				out := filepath.Join(t.TempDir(), "graph")
				args := append([]string{"collect", "--out", out}, tt.args...)
				if quiet {
					args = append(args, "--quiet")
				}
				code, _, stderr := jump(t, before(t, tt.env, tt.refuse), args...)
				if code != tt.code {
					t.Errorf("exit %d, want %d; stderr:\n%s", code, tt.code, stderr)
				}
				for _, line := range tt.lines {
					if !strings.Contains("\n"+stderr, "\n"+line) {
						t.Errorf("no line begins with %q; stderr:\n%s", line, stderr)
					}
				}
				for _, id := range tt.split {
					if _, err := os.Stat(filepath.Join(out, id, "manifest.json")); err != nil {
						t.Errorf("no result of %s: %v", id, err)
					}
				}
			})
		}
	}
}
