package jumpcloudtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// ask sends a request and returns the status, the body and the header with the total.
func ask(t *testing.T, s *jumpcloudtest.Server, method, path, body string, header http.Header) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := hc.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header.Get("X-Total-Count")
}

func TestServer_ImitatesTheQuirks(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 30, Systems: 12, Groups: 2, Applications: 1, AppleDevices: 2, GroupMembers: 20})
	o.AppleMDMs = append(o.AppleMDMs, jumpcloudtest.Object{"id": "5f0000000000000000000099"})
	group := o.UserGroups[0].ID()
	o.Members[group] = append([]string{"dead"}, o.Members[group]...)
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	key := http.Header{"X-Api-Key": {s.Key}}
	app := o.Applications[0].ID()
	for name, tt := range map[string]struct {
		method, path, body string
		header             http.Header
		status             int
		length             int    // of the list; -1 to leave it
		total              string // in the header
		text               string
	}{
		"no key":                       {"GET", "/api/systemusers", "", nil, 302, -1, "", ""},
		"wrong key before the route":   {"GET", "/api/nothing", "", http.Header{"X-Api-Key": {"x"}}, 401, -1, "", "api key user not found"},
		"default of 10":                {"GET", "/api/systemusers", "", key, 200, 10, "", `"totalCount":30`},
		"above 100":                    {"GET", "/api/systems?limit=101", "", key, 400, -1, "", "exceeds maximum value of 100"},
		"search serves 1000":           {"POST", "/api/search/systemusers", `{"limit":1000}`, key, 200, 30, "", ""},
		"search above 1000":            {"POST", "/api/search/systemusers", `{"limit":1001}`, key, 400, -1, "", ""},
		"past the end":                 {"GET", "/api/systemusers?skip=30", "", key, 200, 0, "", `"totalCount":30`},
		"a comma list is ignored":      {"GET", "/api/systemusers?limit=1&fields=username,email", "", key, 200, 1, "", `"sudo"`},
		"total of v2":                  {"GET", "/api/v2/usergroups?limit=1", "", key, 200, 1, "2", ""},
		"device managers come singly":  {"GET", "/api/v2/applemdms", "", key, 200, 1, "2", ""},
		"dead record shortens a page":  {"GET", "/api/v2/usergroups/" + group + "/members?limit=5", "", key, 200, 4, "21", `"to":{`},
		"associations need targets":    {"GET", "/api/v2/applications/" + app + "/associations", "", key, 400, -1, "", "targets"},
		"reachable objects have paths": {"GET", "/api/v2/applications/" + app + "/users?limit=1", "", key, 200, 1, "", `"paths":[[`},
		"organizations refuse a name":  {"GET", "/api/organizations", "", http.Header{"X-Api-Key": {s.Key}, "X-Org-Id": {o.Self.ID()}}, 403, -1, "", "not allowed via header"},
		"unknown organization":         {"GET", "/api/systemusers", "", http.Header{"X-Api-Key": {s.Key}, "X-Org-Id": {"x"}}, 404, -1, "", ""},
		"unknown id":                   {"GET", "/api/systems/x", "", key, 404, -1, "", "Not Found"},
		"v2 filter":                    {"GET", "/api/v2/usergroups?filter=id:eq:" + group, "", key, 200, 1, "1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body, total := ask(t, s, tt.method, tt.path, tt.body, tt.header)
			if status != tt.status || !strings.Contains(body, tt.text) || tt.total != "" && total != tt.total {
				t.Errorf("status %d, total %q: %.300s; want %d, %q and %q", status, total, body, tt.status, tt.total, tt.text)
			}
			if tt.length < 0 {
				return
			}
			var list []any
			if strings.HasPrefix(body, "{") {
				var v struct{ Results []any }
				if err := json.Unmarshal([]byte(body), &v); err != nil {
					t.Fatal(err)
				}
				list = v.Results
			} else if err := json.Unmarshal([]byte(body), &list); err != nil {
				t.Fatal(err)
			}
			if len(list) != tt.length {
				t.Errorf("%d records, want %d", len(list), tt.length)
			}
		})
	}
}

func TestServer_ManyOrganizationsMustBeNamed(t *testing.T) {
	t.Parallel()
	a, b := jumpcloudtest.Demo(), jumpcloudtest.Demo()
	b.Self["_id"] = "5f00000000000000000000bb"
	s := jumpcloudtest.NewServer(a, b)
	t.Cleanup(s.Close)
	status, body, _ := ask(t, s, "GET", "/api/systemusers", "", http.Header{"X-Api-Key": {s.Key}})
	if status != 401 || !strings.Contains(body, "no organization selected") {
		t.Errorf("no organization named: %d %s", status, body)
	}
	s.Change(func(orgs []*jumpcloudtest.Organization) { orgs[1].SystemUsers = nil })
	_, body, _ = ask(t, s, "GET", "/api/systemusers", "", http.Header{"X-Api-Key": {s.Key}, "X-Org-Id": {"5f00000000000000000000bb"}})
	if !strings.Contains(body, `"totalCount":0`) {
		t.Errorf("after a change: %s", body)
	}
}

func TestSynthetic_SameSeedSameOrganization(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 40, Systems: 20, Groups: 5, Applications: 5, AppleDevices: 5, GroupMembers: 10, DeadRecords: true}
	a, _ := json.Marshal(jumpcloudtest.Synthetic(9, size))
	b, _ := json.Marshal(jumpcloudtest.Synthetic(9, size).Clone())
	c, _ := json.Marshal(jumpcloudtest.Synthetic(10, size))
	if string(a) != string(b) {
		t.Error("the same seed gave two organizations, or a clone differs from its original")
	}
	if string(a) == string(c) {
		t.Error("two seeds gave the same organization")
	}
}
