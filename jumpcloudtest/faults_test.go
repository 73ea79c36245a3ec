package jumpcloudtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// two starts a server with two organizations that hold the same kinds of objects, in lists of more than a page.
func two(t *testing.T) (first, second *jumpcloudtest.Organization, s *jumpcloudtest.Server) {
	t.Helper()
	size := jumpcloudtest.Size{Users: 12, Systems: 12, Groups: 4, Applications: 3, AppleDevices: 4, SystemGroups: 4, Commands: 4, GroupMembers: 6}
	first, second = jumpcloudtest.Synthetic(3, size), jumpcloudtest.Synthetic(4, size)
	s = jumpcloudtest.NewServer(first, second)
	t.Cleanup(s.Close)
	return first, second, s
}

// headerOf is the header of requests about an organization.
func headerOf(s *jumpcloudtest.Server, o *jumpcloudtest.Organization) http.Header {
	return http.Header{"X-Api-Key": {s.Key}, "X-Org-Id": {o.Self.ID()}}
}

// list is one that can be read in pages.
type list struct {
	method, path, body string // with %d for skip and for limit
	v1                 bool   // counts in the body
	counts             bool
}

// listsOf returns a list of every form that an organization has, by name.
func listsOf(t *testing.T, o *jumpcloudtest.Organization) map[string]list {
	t.Helper()
	app, group := o.Applications[1].ID(), o.UserGroups[0].ID()
	command := o.Commands[0].ID()
	return map[string]list{
		"list of v1":      {"GET", "/api/systemusers?sort=_id&skip=%d&limit=%d", "", true, true},
		"search":          {"POST", "/api/search/systems", `{"sort":"_id","skip":%d,"limit":%d}`, true, true},
		"list of v2":      {"GET", "/api/v2/usergroups?skip=%d&limit=%d", "", false, true},
		"devices":         {"GET", "/api/v2/applemdms/" + o.AppleMDMs[0].ID() + "/devices?skip=%d&limit=%d", "", false, true},
		"members":         {"GET", "/api/v2/usergroups/" + group + "/members?skip=%d&limit=%d", "", false, true},
		"reachable":       {"GET", "/api/v2/applications/" + app + "/users?skip=%d&limit=%d", "", false, true},
		"direct edges":    {"GET", "/api/v2/applications/" + app + "/associations?targets=user_group&skip=%d&limit=%d", "", false, true},
		"commands":        {"GET", "/api/commands?skip=%d&limit=%d", "", true, true},
		"command results": {"GET", "/api/commands/" + command + "/results?skip=%d&limit=%d", "", false, false},
	}
}

// read returns the ids of a page of a list, and the total, -1 where there is none.
func (l list) read(t *testing.T, s *jumpcloudtest.Server, header http.Header, skip, limit int) (ids []string, total int) {
	t.Helper()
	path, body := l.path, l.body
	if body == "" {
		path = fmt.Sprintf(path, skip, limit)
	} else {
		body = fmt.Sprintf(body, skip, limit)
	}
	status, answer, inHeader := ask(t, s, l.method, path, body, header)
	if status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", l.method, path, status, answer)
	}
	var page struct {
		Results    []map[string]any
		TotalCount int
	}
	page.TotalCount = -1
	var err error
	if l.v1 {
		err = json.Unmarshal([]byte(answer), &page)
	} else {
		err = json.Unmarshal([]byte(answer), &page.Results)
		_, _ = fmt.Sscan(inHeader, &page.TotalCount)
	}
	if err != nil {
		t.Fatalf("%s %s: %v: %.300s", l.method, path, err, answer)
	}
	for _, r := range page.Results {
		to, _ := r["to"].(map[string]any)
		for _, id := range []any{r["_id"], r["id"], to["id"]} {
			if id != nil {
				ids = append(ids, fmt.Sprint(id))
				break
			}
		}
	}
	return ids, page.TotalCount
}

func TestFault_RowsSlipBetweenPagesOfEveryList(t *testing.T) {
	t.Parallel()
	sample, _, _ := two(t)
	for name := range listsOf(t, sample) {
		for _, rows := range []int{-1, 1, 2} {
			t.Run(fmt.Sprintf("%s %+d", name, rows), func(t *testing.T) {
				t.Parallel()
				o, other, s := two(t)
				l, header := listsOf(t, o)[name], headerOf(s, o)
				whole, total := l.read(t, s, header, 0, 100)
				if len(whole) < 2 || l.counts != (total == len(whole)) {
					t.Fatalf("%d records and a total of %d: the list is too short for this test", len(whole), total)
				}
				s.Inject(jumpcloudtest.Fault{Shift: rows, Times: 1, Organization: o.Self.ID()})
				first, before := l.read(t, s, header, 0, 1)
				second, after := l.read(t, s, header, 1, 1)
				again, _ := l.read(t, s, header, 0, 100)
				if !slices.Equal(first, whole[:1]) || before != total {
					t.Errorf("the first page holds %v and counts %d, want %v and %d: nothing has slipped yet", first, before, whole[:1], total)
				}
				if l.counts && after != total+rows || len(again) != len(whole)+rows {
					t.Errorf("afterwards the list counts %d and holds %d records, want %d", after, len(again), len(whole)+rows)
				}
				want := append(slices.Clone(again[:max(rows, 0)]), whole[max(-rows, 0):]...)
				if !slices.Equal(again, want) || !slices.Equal(second, want[1:min(2, len(want))]) {
					t.Errorf("the list holds %v, and its second page %v; it held %v", again, second, whole)
				}
				for i := range max(rows, 0) {
					if slices.Contains(whole, again[i]) || i > 0 && again[i] <= again[i-1] || again[i] >= whole[0] {
						t.Errorf("the new ids are %v, want such as come before %s, ascending", again[:rows], whole[0])
					}
				}
				l = listsOf(t, other)[name]
				untouched, _ := l.read(t, s, headerOf(s, other), 0, 100)
				if page, _ := l.read(t, s, headerOf(s, other), 1, 1); !slices.Equal(page, untouched[1:2]) {
					t.Errorf("the list of the other organization slipped: %v, want %v", page, untouched[1:2])
				}
				s.Heal()
				if healed, _ := listsOf(t, o)[name].read(t, s, header, 0, 100); !slices.Equal(healed, whole) {
					t.Errorf("after Heal the list holds %v, want %v", healed, whole)
				}
			})
		}
	}
}

func TestFault_RowsSlipAsOftenAsTheTestSays(t *testing.T) {
	t.Parallel()
	o, _, s := two(t)
	l, header := listsOf(t, o)["list of v1"], headerOf(s, o)
	removed, inserted := jumpcloudtest.RowRemoved(), jumpcloudtest.RowInserted()
	removed.Skip, removed.Times, inserted.Skip = 1, 2, 3
	s.Inject(removed, inserted)
	for i, want := range []int{12, 12, 11, 10, 11, 11} {
		if _, total := l.read(t, s, header, i, 1); total != want { // the first one is the first page and counts for nothing
			t.Errorf("request %d: a total of %d, want %d", i+1, total, want)
		}
	}
	forever := jumpcloudtest.RowRemoved()
	forever.Times = 0
	s.Inject(forever)
	for range 20 {
		l.read(t, s, header, 1, 1)
	}
	if rows, total := l.read(t, s, header, 0, 100); len(rows) != 0 || total != 0 {
		t.Errorf("%v and a total of %d are left of a list from which more records went than it had", rows, total)
	}
}

func TestFault_OddValuesAreInListsAndSingleObjects(t *testing.T) {
	t.Parallel()
	sample, _, _ := two(t)
	user, system, third := sample.SystemUsers[0].ID(), sample.Systems[0].ID(), sample.SystemUsers[2].ID()
	group, device := sample.UserGroups[2].ID(), sample.AppleMDMDevices[sample.AppleMDMs[0].ID()][1].ID()
	mdm, command := sample.AppleMDMs[0].ID(), sample.Commands[0].ID()
	result := sample.CommandResults[command][1].ID()
	for name, tt := range map[string]struct {
		field              string
		value              any
		record             int
		method, path, body string
		text               string // of an odd value
		times              int    // how often it is there
	}{
		"list":                          {"mfa.configured", "maybe", 0, "GET", "/api/systemusers", "", `"configured":"maybe"`, 10},
		"search":                        {"mfa.configured", []int{}, 0, "POST", "/api/search/systemusers", `{"limit":100}`, `"configured":[]`, 12},
		"list of v2":                    {"name", 7, 0, "GET", "/api/v2/usergroups", "", `"name":7`, 4},
		"single object":                 {"mfa.configured", "maybe", 0, "GET", "/api/systemusers/" + user, "", `"configured":"maybe"`, 1},
		"null":                          {"username", nil, 0, "GET", "/api/systemusers?limit=2", "", `"username":null`, 2},
		"an object":                     {"email", jumpcloudtest.Object{"a": 1}, 0, "GET", "/api/systemusers?limit=2", "", `"email":{"a":1}`, 2},
		"each element":                  {"networkInterfaces[].address", false, 0, "GET", "/api/systems/" + system, "", `"address":false`, 3},
		"each element without brackets": {"networkInterfaces.address", false, 0, "GET", "/api/systems/" + system, "", `"address":false`, 3},
		"elements instead of the list":  {"networkInterfaces[]", "x", 0, "GET", "/api/systems/" + system, "", `"networkInterfaces":["x","x","x"]`, 1},
		"elements of what is no list":   {"hostname[]", "x", 0, "GET", "/api/systems/" + system, "", `"x"`, 0},
		"what is missing is made":       {"one.two.three", 3, 0, "GET", "/api/systemusers?limit=5", "", `"one":{"two":{"three":3}}`, 5},
		"what is in the way is gone":    {"username.first", 3, 0, "GET", "/api/systemusers?limit=5", "", `"username":{"first":3}`, 5},
		"an edge":                       {"to.id", 5, 0, "GET", "/api/v2/usergroups/" + group + "/members", "", `"id":5`, 6},
		"the third of a list":           {"username", 5, 3, "GET", "/api/systemusers", "", `"username":5`, 1},
		"the third, on its page":        {"username", 5, 3, "GET", "/api/systemusers?limit=2&skip=2", "", `"username":5`, 1},
		"the third is on another page":  {"username", 5, 3, "GET", "/api/systemusers?limit=2", "", `"username":5`, 0},
		"the third of a search":         {"username", 5, 3, "POST", "/api/search/systemusers", `{"limit":2,"skip":2}`, `"username":5`, 1},
		"the third in another order":    {"username", 5, 3, "GET", "/api/systemusers?sort=-_id&limit=2&skip=2", "", `"username":5`, 1},
		"the third by itself":           {"username", 5, 3, "GET", "/api/systemusers/" + third, "", `"username":5`, 1},
		"the first by itself":           {"username", 5, 3, "GET", "/api/systemusers/" + user, "", `"username":5`, 0},
		"the third group by itself":     {"name", 5, 3, "GET", "/api/v2/usergroups/" + group, "", `"name":5`, 1},
		"the second device":             {"udid", 5, 2, "GET", "/api/v2/applemdms/" + mdm + "/devices/" + device, "", `"udid":5`, 1},
		"the second result":             {"name", 5, 2, "GET", "/api/commandresults/" + result, "", `"name":5`, 1},
		"the second of the results":     {"name", 5, 2, "GET", "/api/commands/" + command + "/results", "", `"name":5`, 1},
		"past the end":                  {"username", 5, 99, "GET", "/api/systemusers?limit=100", "", `"username":5`, 0},
		"an error":                      {"message", 5, 0, "GET", "/api/systemusers/x", "", `"message":5`, 0},
		"what is not JSON":              {"username", func() {}, 0, "GET", "/api/systemusers", "", `the Value for the Field \"username\" of a fault is not JSON`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, other, s := two(t)
			fault := jumpcloudtest.OddValue(tt.field, tt.value)
			fault.Record, fault.Organization = tt.record, o.Self.ID()
			s.Inject(fault)
			_, body, _ := ask(t, s, tt.method, tt.path, tt.body, headerOf(s, o))
			if n := strings.Count(body, tt.text); n != tt.times {
				t.Errorf("%s is there %d times, want %d: %.500s", tt.text, n, tt.times, body)
			}
			if _, body, _ := ask(t, s, tt.method, tt.path, tt.body, headerOf(s, other)); strings.Contains(body, tt.text) {
				t.Errorf("the other organization has an odd value too: %.500s", body)
			}
			s.Heal()
			if _, body, _ := ask(t, s, tt.method, tt.path, tt.body, headerOf(s, o)); tt.times > 0 && strings.Contains(body, tt.text) {
				t.Errorf("the odd value is there after Heal: %.500s", body)
			}
		})
	}
}

func TestFault_OddValuesChangeNothingElse(t *testing.T) {
	t.Parallel()
	o, _, s := two(t)
	const path = "/api/systemusers?limit=100"
	_, before, _ := ask(t, s, "GET", path, "", headerOf(s, o))
	s.Inject(jumpcloudtest.OddValue("username", o.SystemUsers[4]["username"]))
	_, after, _ := ask(t, s, "GET", path, "", headerOf(s, o))
	for _, u := range o.SystemUsers {
		u["username"] = o.SystemUsers[4]["username"]
	}
	s.Heal()
	if _, want, _ := ask(t, s, "GET", path, "", headerOf(s, o)); strings.TrimSpace(after) != want || after == before {
		t.Errorf("with one field set the answer is\n%.300s\nwant\n%.300s", after, want)
	}
}

func TestFault_SeveralComeTogether(t *testing.T) {
	t.Parallel()
	o, _, s := two(t)
	header := headerOf(s, o)
	empty, once := jumpcloudtest.EmptyBody(), jumpcloudtest.OddValue("email", 6)
	empty.Skip, empty.Times, once.Times = 1, 1, 1
	value := jumpcloudtest.Object{"configured": true}
	s.Inject(jumpcloudtest.OddValue("mfa", value), jumpcloudtest.OddValue("mfa.configured", "maybe"), once, empty, jumpcloudtest.RowRemoved())
	const path = "/api/systemusers?limit=3&skip="
	if _, body, _ := ask(t, s, "GET", path+"0", "", header); strings.Count(body, `"mfa":{"configured":"maybe"}`) != 3 || strings.Count(body, `"email":6`) != 3 {
		t.Errorf("three odd values in three records: %s", body)
	}
	if _, body, _ := ask(t, s, "GET", path+"0", "", header); body != "" {
		t.Errorf("the empty body is %q", body)
	}
	if _, body, _ := ask(t, s, "GET", path+"3", "", header); !strings.Contains(body, `"configured":"maybe"`) || strings.Contains(body, `"email":6`) || !strings.Contains(body, `"totalCount":11`) {
		t.Errorf("odd values, one of them no more, and a record that slipped: %s", body)
	}
	third := jumpcloudtest.OddValue("mfa.configured", 3)
	third.Record = 3
	s.Inject(jumpcloudtest.OddValue("mfa", []any{value}), third)
	if _, body, _ := ask(t, s, "GET", path+"0", "", header); strings.Count(body, `"mfa":[{"configured":true}]`) != 2 || strings.Count(body, `"mfa":[{"configured":3}]`) != 1 {
		t.Errorf("a list in three records, in one of which a field is set: %s", body)
	}
	if value["configured"] != true {
		t.Error("the value of the test was changed")
	}
}

func TestFault_ConcernsTheRequestsThatTheTestNames(t *testing.T) {
	t.Parallel()
	sample, other, _ := two(t)
	group, own := sample.UserGroups[0].ID(), sample.Self.ID()
	for name, tt := range map[string]struct {
		fault        jumpcloudtest.Fault
		method, path string
		org          string // that the header names
		concerned    bool
	}{
		"all":                              {jumpcloudtest.Fault{}, "GET", "/api/systems", own, true},
		"the method":                       {jumpcloudtest.Fault{Method: "GET"}, "GET", "/api/systems", own, true},
		"another method":                   {jumpcloudtest.Fault{Method: "POST"}, "GET", "/api/systems", own, false},
		"the end of the path":              {jumpcloudtest.Fault{Path: "/systems"}, "GET", "/api/systems", own, true},
		"a part of a part":                 {jumpcloudtest.Fault{Path: "stems"}, "GET", "/api/systems", own, true},
		"the beginning of the path":        {jumpcloudtest.Fault{Path: "/api"}, "GET", "/api/systems", own, false},
		"any part":                         {jumpcloudtest.Fault{Path: "/usergroups/*/members"}, "GET", "/api/v2/usergroups/" + group + "/members", own, true},
		"any part at the end":              {jumpcloudtest.Fault{Path: "/usergroups/*"}, "GET", "/api/v2/usergroups/" + group, own, true},
		"any part, and more comes":         {jumpcloudtest.Fault{Path: "/usergroups/*"}, "GET", "/api/v2/usergroups/" + group + "/members", own, false},
		"any part, which is not there":     {jumpcloudtest.Fault{Path: "/usergroups/*"}, "GET", "/api/v2/usergroups", own, false},
		"a longer path":                    {jumpcloudtest.Fault{Path: "/a/b/c/d/*/*"}, "GET", "/api/systems", own, false},
		"the organization":                 {jumpcloudtest.Unauthorized(own), "GET", "/api/systems", own, true},
		"another organization":             {jumpcloudtest.Unauthorized(own), "GET", "/api/systems", other.Self.ID(), false},
		"the organization's own object":    {jumpcloudtest.Unauthorized(own), "GET", "/api/organizations/" + own, "", true},
		"another organization's object":    {jumpcloudtest.Unauthorized(own), "GET", "/api/organizations/" + other.Self.ID(), "", false},
		"the list belongs to none":         {jumpcloudtest.Unauthorized(own), "GET", "/api/organizations", "", false},
		"every organization, and the list": {jumpcloudtest.Unauthorized(""), "GET", "/api/organizations", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, s := two(t)
			tt.fault.Status = http.StatusUnauthorized
			s.Inject(tt.fault)
			header := http.Header{"X-Api-Key": {s.Key}}
			if tt.org != "" {
				header.Set("X-Org-Id", tt.org)
			}
			want := http.StatusOK
			if tt.concerned {
				want = http.StatusUnauthorized
			}
			if status, body, _ := ask(t, s, tt.method, tt.path, "", header); status != want {
				t.Errorf("status %d, want %d: %.200s", status, want, body)
			}
		})
	}
}

func TestFault_TheOnlyOrganizationNeedsNoName(t *testing.T) {
	t.Parallel()
	o, s := fleet(t)
	s.Inject(jumpcloudtest.Unauthorized(o.Self.ID()))
	if status, body, _ := ask(t, s, "GET", "/api/systems", "", http.Header{"X-Api-Key": {s.Key}}); status != http.StatusUnauthorized {
		t.Errorf("status %d: %.200s; want 401 for the only organization", status, body)
	}
}

func TestFault_NamedOnesAreWhatTheySay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  jumpcloudtest.Fault
		status int
		header string // Retry-After
		total  string
		text   string
		err    error
	}{
		"rate limited":       {jumpcloudtest.RateLimited(30), 429, "30", "", "Rate limit exceeded", nil},
		"rate limited, by 0": {jumpcloudtest.RateLimited(0), 429, "0", "", "Rate limit exceeded", nil},
		"unauthorized":       {jumpcloudtest.Unauthorized(""), 401, "", "", "Unauthorized", nil},
		"cut body":           {jumpcloudtest.CutBody(), 200, "", "4", `[{"`, io.ErrUnexpectedEOF},
		"empty body":         {jumpcloudtest.EmptyBody(), 200, "", "4", "", nil},
		"empty page":         {jumpcloudtest.EmptyPage(), 200, "", "4", "[]", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, _, s := two(t)
			tt.fault.Times = 1
			s.Inject(tt.fault)
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/api/v2/usergroups", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = headerOf(s, o)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != tt.status || res.Header.Get("Retry-After") != tt.header || res.Header.Get("X-Total-Count") != tt.total {
				t.Errorf("status %d, header %v; want %d, Retry-After %q and a total of %q", res.StatusCode, res.Header, tt.status, tt.header, tt.total)
			}
			if !errors.Is(err, tt.err) || !strings.Contains(string(body), tt.text) || tt.text == "" && len(body) > 0 {
				t.Errorf("the body is %.200q and %v, want %q and %v", body, err, tt.text, tt.err)
			}
			if status, body, _ := ask(t, s, "GET", "/api/v2/usergroups", "", headerOf(s, o)); status != 200 || !strings.Contains(body, o.UserGroups[3].ID()) {
				t.Errorf("once is over, but the answer is %d %.200s", status, body)
			}
		})
	}
}

func TestFault_ManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	first, second, s := two(t)
	always := jumpcloudtest.RowInserted()
	always.Times, always.Organization = 0, first.Self.ID()
	s.Inject(always, jumpcloudtest.OddValue("mfa.configured", "maybe"), jumpcloudtest.Fault{Latency: time.Millisecond, Times: 10})
	var wg sync.WaitGroup
	for range 4 {
		for _, o := range []*jumpcloudtest.Organization{first, second} {
			wg.Go(func() {
				for range 5 {
					ask(t, s, "GET", "/api/systemusers?skip=1", "", headerOf(s, o))
				}
			})
		}
	}
	wg.Wait()
	for o, want := range map[*jumpcloudtest.Organization]int{first: 12 + 20, second: 12} {
		if _, total := listsOf(t, o)["list of v1"].read(t, s, headerOf(s, o), 0, 1); total != want {
			t.Errorf("%s counts %d, want %d: a record for each of its requests", o.Self.ID(), total, want)
		}
	}
}
