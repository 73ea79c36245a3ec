package jumpcloudtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
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
	defer func() { _ = res.Body.Close() }()
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
				var v struct {
					Results []any `json:"results"`
				}
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
	a := asJSON(t, jumpcloudtest.Synthetic(9, size))
	b := asJSON(t, jumpcloudtest.Synthetic(9, size).Clone())
	c := asJSON(t, jumpcloudtest.Synthetic(10, size))
	if a != b {
		t.Error("the same seed gave two organizations, or a clone differs from its original")
	}
	if a == c {
		t.Error("two seeds gave the same organization")
	}
}

// asJSON writes what an organization holds.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fleet starts a server with an organization that has commands, groups of systems and edges of every kind.
func fleet(t *testing.T) (*jumpcloudtest.Organization, *jumpcloudtest.Server) {
	t.Helper()
	o := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{
		Users: 12, Systems: 12, Groups: 3, Applications: 2, SystemGroups: 3, Commands: 12, GroupMembers: 4,
	})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	return o, s
}

// joined returns the other end of an edge from an object.
func joined(t *testing.T, o *jumpcloudtest.Organization, from jumpcloudtest.Node, kind string) string {
	t.Helper()
	for _, a := range o.Associations {
		switch {
		case a.From == from && a.To.Kind == kind:
			return a.To.ID
		case a.To == from && a.From.Kind == kind:
			return a.From.ID
		}
	}
	t.Fatalf("no edge from %v to a %s", from, kind)
	return ""
}

// object returns the first object of a kind that an edge names.
func object(t *testing.T, o *jumpcloudtest.Organization, kind string) string {
	t.Helper()
	for _, a := range o.Associations {
		for _, n := range []jumpcloudtest.Node{a.From, a.To} {
			if n.Kind == kind {
				return n.ID
			}
		}
	}
	t.Fatalf("no edge names a %s", kind)
	return ""
}

func TestServer_ServesTheGraphOfEveryKind(t *testing.T) {
	t.Parallel()
	o, _ := fleet(t)
	edge := func(op, kind, id string) string { return `{"op":"` + op + `","type":"` + kind + `","id":"` + id + `"}` }
	command, policy, user := o.Commands[0].ID(), object(t, o, "policy"), object(t, o, "user")
	bound := joined(t, o, jumpcloudtest.Node{Kind: "command", ID: command}, "system")
	group, app := o.SystemGroups[0].ID(), o.Applications[0].ID()
	appUser := o.ApplicationUsers[app][0]
	type step struct {
		method, path, body string
		status             int
		text               string
		total              string
	}
	for name, steps := range map[string][]step{
		"groups of systems": {
			{"GET", "/api/v2/systemgroups?limit=2", "", 200, `"type":"system_group"`, "3"},
			{"GET", "/api/v2/systemgroups/" + group, "", 200, group, ""},
			{"GET", "/api/v2/systemgroups/x", "", 404, "Not Found", ""},
			{"GET", "/api/v2/systemgroups/" + group + "/members?limit=1", "", 200, `"to":{`, "4"},
			{"GET", "/api/v2/systemgroups/" + group + "/members?limit=101", "", 400, "exceeds maximum", ""},
		},
		"a group that is made": {
			{"POST", "/api/v2/systemgroups", `{}`, 400, "name", ""},
			{"POST", "/api/v2/systemgroups", `{"name":"New"}`, 201, `"type":"system_group"`, ""},
			{"POST", "/api/v2/systemgroups", `{"name":"New"}`, 409, "Conflict", ""},
		},
		"members that are added": {
			{"POST", "/api/v2/systemgroups/" + o.SystemGroups[1].ID() + "/members", edge("remove", "system", o.SystemGroupMembers[o.SystemGroups[1].ID()][0]), 204, "", ""},
			{"POST", "/api/v2/systemgroups/" + o.SystemGroups[1].ID() + "/members", edge("remove", "system", o.SystemGroupMembers[o.SystemGroups[1].ID()][0]), 404, "", ""},
			{"POST", "/api/v2/systemgroups/" + o.SystemGroups[1].ID() + "/members", edge("add", "user", user), 400, "", ""},
		},
		"edges are seen from both ends": {
			{"GET", "/api/v2/commands/" + command + "/associations?targets=system", "", 200, bound, "2"},
			{"GET", "/api/v2/systems/" + bound + "/associations?targets=command&limit=100", "", 200, command, ""},
			{"GET", "/api/v2/users/" + appUser + "/associations?targets=application", "", 200, app, ""},
		},
		"targets must be there and fit": {
			{"GET", "/api/v2/commands/" + command + "/associations", "", 400, "targets", ""},
			{"GET", "/api/v2/commands/" + command + "/associations?targets=user", "", 400, "targets", ""},
			{"GET", "/api/v2/commands/x/associations?targets=system", "", 404, "Not Found", ""},
			{"GET", "/api/v2/policies/x/associations?targets=system", "", 404, "Not Found", ""},
		},
		"objects without inventory exist by their edges": {
			{"GET", "/api/v2/policies/" + policy + "/associations?targets=system", "", 200, `"type":"system"`, "1"},
			{"GET", "/api/v2/policies/" + policy + "/systems", "", 200, `"paths":[[`, ""},
			{"GET", "/api/v2/policies/" + policy + "/usergroups", "", 200, `"type":"user_group"`, "1"},
		},
		"an edge is added once and removed once": {
			{"POST", "/api/v2/users/" + user + "/associations", edge("add", "policy", "new"), 204, "", ""},
			{"POST", "/api/v2/users/" + user + "/associations", edge("add", "policy", "new"), 409, "Conflict", ""},
			{"GET", "/api/v2/policies/new/associations?targets=user", "", 200, user, "1"},
			{"POST", "/api/v2/policies/new/associations", `{"op":"update","type":"user","id":"` + user + `","attributes":{"a":1}}`, 204, "", ""},
			{"GET", "/api/v2/policies/new/users", "", 200, `"compiledAttributes":{"a":1}`, "1"},
			{"POST", "/api/v2/policies/new/associations", edge("remove", "user", user), 204, "", ""},
			{"POST", "/api/v2/users/" + user + "/associations", edge("remove", "policy", "new"), 404, "Not Found", ""},
			{"GET", "/api/v2/policies/new/users", "", 404, "Not Found", ""},
		},
		"edges of applications stay theirs": {
			{"POST", "/api/v2/users/" + appUser + "/associations", edge("add", "application", app), 409, "Conflict", ""},
			{"POST", "/api/v2/users/" + appUser + "/associations", edge("remove", "application", app), 204, "", ""},
			{"POST", "/api/v2/applications/" + app + "/associations", edge("remove", "user", appUser), 404, "Not Found", ""},
			{"POST", "/api/v2/applications/" + app + "/associations", edge("add", "user", appUser), 204, "", ""},
		},
		"operations that make no sense": {
			{"POST", "/api/v2/commands/" + command + "/associations", edge("add", "user", user), 400, "Bad Request", ""},
			{"POST", "/api/v2/commands/" + command + "/associations", edge("drop", "system", bound), 400, "Bad Request", ""},
			{"POST", "/api/v2/commands/" + command + "/associations", edge("add", "system", "gone"), 404, "Not Found", ""},
			{"POST", "/api/v2/commands/gone/associations", edge("add", "system", bound), 404, "Not Found", ""},
			{"POST", "/api/v2/commands/" + command + "/associations", "x", 400, "JSON", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, s := fleet(t)
			for _, tt := range steps {
				status, body, total := ask(t, s, tt.method, tt.path, tt.body, http.Header{"X-Api-Key": {s.Key}})
				if status != tt.status || !strings.Contains(body, tt.text) || tt.total != "" && total != tt.total {
					t.Errorf("%s %s %s: status %d, total %q: %.400s; want %d, %q and %q",
						tt.method, tt.path, tt.body, status, total, body, tt.status, tt.total, tt.text)
				}
			}
		})
	}
}

func TestServer_PathsLeadUpAcrossAndDown(t *testing.T) {
	t.Parallel()
	id := func(id string) []jumpcloudtest.Object { return []jumpcloudtest.Object{{"id": id}} }
	o := &jumpcloudtest.Organization{
		Self: jumpcloudtest.Object{"_id": "o"}, SystemUsers: id("u"), UserGroups: id("ug"), Systems: id("s"), SystemGroups: id("sg"),
		Members: map[string][]string{"ug": {"u"}}, SystemGroupMembers: map[string][]string{"sg": {"s"}},
		Associations: []jumpcloudtest.Association{
			{From: jumpcloudtest.Node{Kind: "user_group", ID: "ug"}, To: jumpcloudtest.Node{Kind: "system_group", ID: "sg"}},
			{From: jumpcloudtest.Node{Kind: "user", ID: "u"}, To: jumpcloudtest.Node{Kind: "system", ID: "s"}},
		},
	}
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	for path, want := range map[string][]string{
		"/api/v2/users/u/systems":          {"system s", "user_group ug, system_group sg, system s"},
		"/api/v2/users/u/systemgroups":     {"user_group ug, system_group sg"},
		"/api/v2/usergroups/ug/systems":    {"system_group sg, system s"},
		"/api/v2/systems/s/users":          {"user u", "system_group sg, user_group ug, user u"},
		"/api/v2/systems/s/usergroups":     {"system_group sg, user_group ug"},
		"/api/v2/systemgroups/sg/users":    {"user_group ug, user u"},
		"/api/v2/users/u/applications":     nil,
		"/api/v2/users/u/radiusservers":    nil,
		"/api/v2/systemgroups/sg/policies": nil,
	} {
		status, body, _ := ask(t, s, "GET", path, "", http.Header{"X-Api-Key": {s.Key}})
		var list []struct {
			Paths [][]struct {
				To struct {
					ID   string `json:"id"`
					Type string `json:"type"`
				} `json:"to"`
			} `json:"paths"`
		}
		if err := json.Unmarshal([]byte(body), &list); status != 200 || err != nil {
			t.Errorf("GET %s: %d %s: %v", path, status, body, err)
			continue
		}
		var got []string
		for _, reached := range list {
			for _, p := range reached.Paths {
				var steps []string
				for _, step := range p {
					steps = append(steps, step.To.Type+" "+step.To.ID)
				}
				got = append(got, strings.Join(steps, ", "))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("GET %s: paths %q, want %q", path, got, want)
		}
	}
}

func TestServer_CommandsAndTheirQuirks(t *testing.T) {
	t.Parallel()
	o, s := fleet(t)
	key := http.Header{"X-Api-Key": {s.Key}}
	o.Commands[0]["command"] = strings.Repeat("é", 10_001)
	id, windows := o.Commands[0].ID(), o.Commands[1].ID()
	result := o.CommandResults[id][0].ID()
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		has, lacks         string
	}{
		"a list holds parts":             {"GET", "/api/commands", "", 200, `"listensTo"`, `"user"`},
		"a list cuts scripts":            {"GET", "/api/commands?filter=_id:$eq:" + id, "", 200, strings.Repeat("é", 10_000), strings.Repeat("é", 10_001)},
		"above 100":                      {"GET", "/api/commands?limit=101", "", 400, "exceeds maximum value of 100", ""},
		"one command is whole":           {"GET", "/api/commands/" + id, "", 200, strings.Repeat("é", 10_001), ""},
		"unknown command":                {"GET", "/api/commands/x", "", 404, "Not Found", ""},
		"results have no envelope":       {"GET", "/api/commands/" + id + "/results", "", 200, `[{"_id"`, "totalCount"},
		"results, above 100":             {"GET", "/api/commands/" + id + "/results?limit=101", "", 400, "exceeds maximum value of 100", ""},
		"results of nothing":             {"GET", "/api/commands/x/results", "", 404, "Not Found", ""},
		"one result":                     {"GET", "/api/commandresults/" + result, "", 200, `"workflowInstanceId"`, ""},
		"unknown result":                 {"GET", "/api/commandresults/x", "", 404, "Not Found", ""},
		"created without a name":         {"POST", "/api/commands", `{"command":"id"}`, 400, "name", ""},
		"created without a user":         {"POST", "/api/commands", `{"name":"n","command":"id"}`, 400, "user", ""},
		"created for windows":            {"POST", "/api/commands", `{"name":"w","command":"id","commandType":"windows","_id":"mine"}`, 200, `"commandType":"windows"`, "mine"},
		"created for linux by default":   {"POST", "/api/commands", `{"name":"n","command":"id","user":"u"}`, 200, `"commandType":"linux"`, ""},
		"created from what is no object": {"POST", "/api/commands", `[]`, 400, "JSON object", ""},
		"replaced, all that was is gone": {"PUT", "/api/commands/" + windows, `{"name":"n","command":"id","_id":"mine"}`, 200, `"commandType":"linux"`, "powershell"},
		"replaced without a command":     {"PUT", "/api/commands/" + windows, `{"name":"n"}`, 400, "command", ""},
		"replaced nothing":               {"PUT", "/api/commands/x", `{"name":"n","command":"id"}`, 404, "Not Found", ""},
		"deleted nothing":                {"DELETE", "/api/commands/x", "", 404, "Not Found", ""},
		"nothing listens":                {"POST", "/api/command/trigger/nothing", "", 200, `{"triggered":[]}`, ""},
		"triggered with a list":          {"POST", "/api/command/trigger/nothing", "[]", 400, "JSON object", ""},
		"run by the wrong key":           {"POST", "/api/runCommand", `{"id":"` + id + `"}`, 400, "command id is required", ""},
		"run nothing":                    {"POST", "/api/runCommand", `{"_id":"x"}`, 404, "Not Found", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body, total := ask(t, s, tt.method, tt.path, tt.body, key)
			if status != tt.status || !strings.Contains(body, tt.has) || tt.lacks != "" && strings.Contains(body, tt.lacks) || total != "" {
				t.Errorf("status %d, total %q: %.300s; want %d, no total, with %.40q and without %.40q", status, total, body, tt.status, tt.has, tt.lacks)
			}
		})
	}
}

// run is what the tests read of a result.
type run struct {
	ID                 string  `json:"_id"`
	SystemID           string  `json:"systemId"`
	ResponseTime       *string `json:"responseTime"`
	WorkflowInstanceID string  `json:"workflowInstanceId"`
	Response           *struct {
		ID string `json:"id"`
	} `json:"response"`
}

func runsOf(t *testing.T, s *jumpcloudtest.Server, command string) []run {
	t.Helper()
	_, body, _ := ask(t, s, "GET", "/api/commands/"+command+"/results?limit=100", "", http.Header{"X-Api-Key": {s.Key}})
	var list []run
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("results: %v: %.300s", err, body)
	}
	return list
}

func TestServer_RunsEndWhenTheyHaveBeenSeen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method, path, body string
		systems            int // on which it runs
		answer             string
	}{
		"trigger":           {"POST", "/api/command/trigger/go%2Fnow", `{"x":1}`, 3, `{"triggered":["Go"]}`},
		"run on all":        {"POST", "/api/runCommand", `{"_id":"c"}`, 3, `"workflowInstanceId":"`},
		"run on one":        {"POST", "/api/runCommand", `{"_id":"c","systemIds":["s3","gone"]}`, 1, `"queueIds":["`},
		"an empty schedule": {"PUT", "/api/commands/c", `{"name":"Go","command":"id","schedule":""}`, 3, `"_id":"c"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := jumpcloudtest.NewServer(&jumpcloudtest.Organization{
				Self:               jumpcloudtest.Object{"_id": "o"},
				Systems:            []jumpcloudtest.Object{{"_id": "s1"}, {"_id": "s2"}, {"_id": "s3"}, {"_id": "s4"}},
				SystemGroups:       []jumpcloudtest.Object{{"id": "g"}},
				SystemGroupMembers: map[string][]string{"g": {"s2", "s3", "dead"}},
				Commands:           []jumpcloudtest.Object{{"_id": "c", "name": "Go", "command": "id", "launchType": "trigger", "trigger": "go/now"}},
				Associations: []jumpcloudtest.Association{
					{From: jumpcloudtest.Node{Kind: "command", ID: "c"}, To: jumpcloudtest.Node{Kind: "system", ID: "s1"}},
					{From: jumpcloudtest.Node{Kind: "system", ID: "s2"}, To: jumpcloudtest.Node{Kind: "command", ID: "c"}},
					{From: jumpcloudtest.Node{Kind: "command", ID: "c"}, To: jumpcloudtest.Node{Kind: "system_group", ID: "g"}},
				},
			})
			t.Cleanup(s.Close)
			status, body, _ := ask(t, s, tt.method, tt.path, tt.body, http.Header{"X-Api-Key": {s.Key}})
			if status != 200 || !strings.Contains(body, tt.answer) {
				t.Fatalf("%d %s, want 200 and %s", status, body, tt.answer)
			}
			first, second := runsOf(t, s, "c"), runsOf(t, s, "c")
			if len(first) != tt.systems || len(second) != tt.systems {
				t.Fatalf("%d results, then %d; want %d", len(first), len(second), tt.systems)
			}
			for i := range first {
				if first[i].ResponseTime != nil || first[i].Response != nil {
					t.Errorf("a result had ended when it was read for the first time: %+v", first[i])
				}
				if second[i].ResponseTime == nil || second[i].Response == nil || second[i].WorkflowInstanceID != first[0].WorkflowInstanceID {
					t.Errorf("a result had not ended, or had another run, when it was read again: %+v", second[i])
				}
			}
		})
	}
}

func TestServer_DeletedCommandLeavesNoEdges(t *testing.T) {
	t.Parallel()
	o, s := fleet(t)
	key := http.Header{"X-Api-Key": {s.Key}}
	command := o.Commands[0].ID()
	system := joined(t, o, jumpcloudtest.Node{Kind: "command", ID: command}, "system")
	if status, body, _ := ask(t, s, "DELETE", "/api/commands/"+command, "", key); status != 200 || !strings.Contains(body, command) {
		t.Fatalf("delete: %d %s", status, body)
	}
	if status, _, _ := ask(t, s, "GET", "/api/commands/"+command, "", key); status != 404 {
		t.Errorf("the command is there after it was deleted: %d", status)
	}
	if _, body, _ := ask(t, s, "GET", "/api/v2/systems/"+system+"/associations?targets=command&limit=100", "", key); strings.Contains(body, command) {
		t.Errorf("an edge to the command is there after it was deleted: %s", body)
	}
}

func TestServer_ConcurrentChanges(t *testing.T) {
	t.Parallel()
	o, s := fleet(t)
	key := http.Header{"X-Api-Key": {s.Key}}
	command := o.Commands[0].ID()
	before := len(runsOf(t, s, command))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			ask(t, s, "POST", "/api/runCommand", `{"_id":"`+command+`","systemIds":["`+o.Systems[0].ID()+`"]}`, key)
			ask(t, s, "GET", "/api/commands/"+command+"/results", "", key)
			ask(t, s, "GET", "/api/v2/commands/"+command+"/systems", "", key)
		})
	}
	wg.Wait()
	if after := len(runsOf(t, s, command)); after != before+4 {
		t.Errorf("%d results after 4 runs, want %d", after, before+4)
	}
}

func TestSynthetic_FleetChangesNothingElse(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 10, Systems: 10, Groups: 3, Applications: 3, AppleDevices: 3, GroupMembers: 4, DeadRecords: true}
	without := jumpcloudtest.Synthetic(5, size)
	size.SystemGroups, size.Commands = 4, 4
	with := jumpcloudtest.Synthetic(5, size)
	if len(with.SystemGroups) != 4 || len(with.Commands) != 4 || len(with.CommandResults) == 0 || len(with.Associations) == 0 {
		t.Errorf("%d groups, %d commands, %d with results, %d edges; want 4, 4 and some",
			len(with.SystemGroups), len(with.Commands), len(with.CommandResults), len(with.Associations))
	}
	if asJSON(t, with) != asJSON(t, with.Clone()) {
		t.Error("a clone differs from its original")
	}
	with.SystemGroups, with.SystemGroupMembers, with.Commands, with.CommandResults, with.Associations = nil, nil, nil, nil, nil
	if asJSON(t, with) != asJSON(t, without) {
		t.Error("groups of systems and commands changed the other objects")
	}
}
