package jumpcloudtest_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// governed is a size with all that governs access.
var governed = jumpcloudtest.Size{Administrators: 14, Roles: 8, ServiceAccounts: 5, AuthnPolicies: 17, IPLists: 13, Directories: 11, RADIUSServers: 5}

func TestSynthetic_GovernanceChangesNothingElse(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 10, Systems: 10, Groups: 3, Applications: 3, AppleDevices: 3, GroupMembers: 4, DeadRecords: true, SystemGroups: 2, Commands: 2}
	without := jumpcloudtest.Synthetic(5, size)
	edges := len(without.Associations)
	more := governed
	more.Users, more.Systems, more.Groups, more.Applications, more.AppleDevices = size.Users, size.Systems, size.Groups, size.Applications, size.AppleDevices
	more.GroupMembers, more.DeadRecords, more.SystemGroups, more.Commands = size.GroupMembers, size.DeadRecords, size.SystemGroups, size.Commands
	with := jumpcloudtest.Synthetic(5, more)
	if len(with.Administrators) != 14 || len(with.Roles) != 8 || len(with.AuthnPolicies) != 17 || len(with.Associations) <= edges {
		t.Errorf("%d administrators, %d roles, %d policies, %d edges", len(with.Administrators), len(with.Roles), len(with.AuthnPolicies), len(with.Associations))
	}
	if asJSON(t, with) != asJSON(t, with.Clone()) {
		t.Error("a clone differs from its original")
	}
	with.Administrators, with.Roles, with.ServiceAccounts, with.AuthnPolicies, with.IPLists = nil, nil, nil, nil, nil
	with.Directories, with.ActiveDirectories, with.Workdays, with.RADIUSServers = nil, nil, nil, nil
	with.Associations = with.Associations[:edges]
	with.Self = without.Self // the settings
	i := slices.IndexFunc(with.SystemUsers, func(u jumpcloudtest.Object) bool { return u["state"] == "SUSPENDED" })
	with.SystemUsers[i]["ssh_keys"] = without.SystemUsers[i]["ssh_keys"]
	if asJSON(t, with) != asJSON(t, without) {
		t.Error("what governs access changed the other objects")
	}
}

// TestSynthetic_GovernedObjectsHaveIDsOfTheirOwn: neither two of one seed nor two of different ones have the same.
func TestSynthetic_GovernedObjectsHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	size := governed
	size.Users, size.SystemGroups, size.Commands = 9, 40, 9
	seen := map[string]bool{}
	for seed := range uint64(200) {
		o := jumpcloudtest.Synthetic(seed, size)
		for _, list := range [][]jumpcloudtest.Object{
			o.SystemUsers, o.SystemGroups, o.Commands, o.Administrators, o.Roles, o.ServiceAccounts, o.AuthnPolicies, o.IPLists, o.Directories, o.RADIUSServers,
		} {
			for _, v := range list {
				if id := v.ID(); seen[id] || !isID(id) {
					t.Fatalf("seed %d: the id %q is no id, or was there before", seed, id)
				}
				seen[v.ID()] = true
			}
		}
	}
}

// TestServer_ListsOfGovernanceHaveTheirQuirks: an envelope, no total, one list for all organizations.
func TestServer_ListsOfGovernanceHaveTheirQuirks(t *testing.T) {
	t.Parallel()
	a, b := jumpcloudtest.Synthetic(1, governed), jumpcloudtest.Synthetic(2, governed)
	s := jumpcloudtest.NewServer(a, b)
	t.Cleanup(s.Close)
	for path, want := range map[string]struct {
		body, total string
		status      int
	}{
		"/api/v2/roles?limit=1":            {`{"results":[{`, "", 200},
		"/api/v2/service-accounts?limit=1": {`{"results":[{`, "", 200},
		"/api/v2/authn/policies?limit=1":   {`[{`, "17", 200},
		"/api/v2/directories?limit=1":      {`[{`, "", 200},
		"/api/radiusservers?limit=1":       {`{"results":[{`, "", 200},
		"/api/users?limit=100":             {`"organization not allowed`, "", 403},
	} {
		status, header, body := answer(t, s, path, a.Self.ID())
		if path == "/api/users?limit=100" {
			if status != http.StatusForbidden {
				t.Errorf("%s with an organization: %d", path, status)
			}
			if _, _, all := answer(t, s, path, ""); !strings.Contains(all, `"totalCount":28`) {
				t.Errorf("%s: %.200s, want the 28 of both organizations", path, all)
			}
			continue
		}
		if status != want.status || !strings.HasPrefix(body, want.body) || header.Get("X-Total-Count") != want.total {
			t.Errorf("%s: %d, total %q, %.80s; want %d, %q, %s", path, status, header.Get("X-Total-Count"), body, want.status, want.total, want.body)
		}
	}
}

func TestGrant_RoutesNeedTheirScopes(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(1, governed)
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	for path, scope := range map[string]string{
		"/api/v2/roles": "roles", "/api/v2/service-accounts": "serviceaccounts", "/api/v2/iplists": "authn", "/api/v2/authn/policies": "authn",
		"/api/v2/directories": "directories", "/api/radiusservers": "radius", "/api/users": "administrators", "/api/systemusers": "users",
		"/api/organizations/" + o.Self.ID(): "organizations", "/api/v2/radiusservers/" + o.RADIUSServers[0].ID() + "/associations?targets=user_group": "associations",
	} {
		for granted, want := range map[string]int{scope: 200, scope + ".readonly": 200, "other": 403} {
			s.Grant(granted)
			if status, _, _ := answer(t, s, path, ""); status != want {
				t.Errorf("%s with the scope %s: %d, want %d", path, granted, status, want)
			}
		}
	}
}

// answer sends a request, about an organization unless that is empty.
func answer(t *testing.T, s *jumpcloudtest.Server, path, org string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-api-key", s.Key)
	if org != "" {
		r.Header.Set("x-org-id", org)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}
