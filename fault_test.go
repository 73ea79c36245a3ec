package jumpgraph_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestFaults_WholeRunsAreWholeOrSayWhy lets one thing go wrong in a whole run: the output is what the server holds, or
// the run fails and its manifest gives the reason. Nothing is lost silently.
func TestFaults_WholeRunsAreWholeOrSayWhy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault jumpcloudtest.Fault
		is    error // nil: the run is complete
	}{
		"429 with Retry-After":       {jumpcloudtest.Fault{Skip: 5, Times: 3, Status: 429, RetryAfter: "1"}, nil},
		"429 for longer than we may": {jumpcloudtest.Fault{Path: "/members", Skip: 3, Status: 429, RetryAfter: "7200"}, client.ErrRateLimited},
		"500 as JSON":                {jumpcloudtest.Fault{Path: "/members", Skip: 2, Times: 1, Status: 500}, nil},
		"502 as HTML":                {jumpcloudtest.Fault{Path: "/search/systems", Times: 1, Status: 502, HTML: true}, nil},
		"408 on the groups":          {jumpcloudtest.Fault{Path: "/v2/usergroups", Times: 1, Status: 408}, nil},
		"507 on the groups":          {jumpcloudtest.Fault{Path: "/v2/usergroups", Times: 1, Status: 507}, nil},
		"520 on the groups":          {jumpcloudtest.Fault{Path: "/v2/usergroups", Times: 1, Status: 520}, nil},
		"524 on the groups as HTML":  {jumpcloudtest.Fault{Path: "/v2/usergroups", Times: 1, Status: 524, HTML: true}, nil},
		"2^31 seconds to wait":       {jumpcloudtest.Fault{Path: "/members", Skip: 3, Status: 429, RetryAfter: "2147483648"}, client.ErrRateLimited},
		"a 503 with days to wait":    {jumpcloudtest.Fault{Path: "/members", Skip: 3, Status: 503, RetryAfter: "864000"}, client.ErrRateLimited},
		"reset":                      {jumpcloudtest.Fault{Path: "/associations", Skip: 4, Times: 1, Reset: true}, nil},
		"cut body":                   {jumpcloudtest.Fault{Path: "/search/systemusers", Times: 1, Cut: true}, nil},
		"cut for ever":               {jumpcloudtest.Fault{Path: "/applications", Cut: true}, jumpgraph.ErrIncomplete},
		"slow body":                  {jumpcloudtest.Fault{Path: "/v2/usergroups", Times: 1, Drip: 100 * time.Microsecond}, nil},
		"HTML with 200":              {jumpcloudtest.Fault{Path: "/members", Skip: 2, Times: 1, HTML: true}, jumpgraph.ErrIncomplete},
		"members forbidden":          {jumpcloudtest.Fault{Path: "/members", Status: 403}, client.ErrForbidden},
		"searches missing":           {jumpcloudtest.Fault{Path: "/search/systemusers", Status: 404}, nil},
		"associations missing":       {jumpcloudtest.Fault{Path: "/associations", Status: 404}, jumpgraph.ErrIncomplete},
		"key revoked":                {jumpcloudtest.Fault{Skip: 20, Status: 401}, client.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Synthetic(50, jumpcloudtest.Size{Users: 150, Systems: 60, Groups: 8, Applications: 6, AppleDevices: 8, GroupMembers: 30, DeadRecords: true})
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			s.Inject(tt.fault)
			c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(5000), client.WithMaxWait(2*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), c, sink)
			if tt.is == nil {
				if err != nil {
					t.Fatalf("got %v, want a complete run", err)
				}
				if diff := cmp.Diff(truth(o), keys(sink)); diff != "" {
					t.Errorf("the run says it is complete, but (-server +graph):\n%s", diff)
				}
				return
			}
			if !errors.Is(err, tt.is) || m.Status != jumpgraph.Partial || sink.ended != "Abort" {
				t.Errorf("got %v, status %s and %s; want an error that is %v, partial and Abort", err, m.Status, sink.ended, tt.is)
			}
			reasons := m.Reason
			for _, org := range m.Organizations {
				for _, col := range org.Collections {
					reasons += col.Reason
				}
			}
			if reasons == "" {
				t.Error("the manifest gives no reason")
			}
		})
	}
}

// seeds is how many whole runs with faults by chance are made.
var seeds = flag.Int("seeds", 3, "how many whole runs with faults by chance are made")

// TestFaults_ByChance lets answers be cut at any byte, and requests be refused, in whole runs: what a run that is complete
// gives is what a run without faults gives; one that is not says why.
func TestFaults_ByChance(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(53, jumpcloudtest.Size{Users: 250, Systems: 120, Groups: 12, Applications: 9, AppleDevices: 20, GroupMembers: 130, DeadRecords: true})
	want := lines(t, o, func(*jumpcloudtest.Server) {}, nil)
	if want == "" {
		t.Fatal("the run without faults gave nothing")
	}
	var complete, incomplete atomic.Int64
	t.Cleanup(func() { t.Logf("%d runs were complete, %d were not", complete.Load(), incomplete.Load()) })
	for seed := range uint64(*seeds) {
		for name, share := range map[string]float64{"5 %": 0.05, "20 %": 0.2, "45 %": 0.45} { // the latter so that runs fail
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				var m *jumpgraph.Manifest
				got := lines(t, o, func(s *jumpcloudtest.Server) { s.Disturb(seed, share, share) }, &m)
				if m.Status == jumpgraph.Complete {
					complete.Add(1)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("the run says it is complete, but (-without faults +with):\n%s", diff)
					}
					return
				}
				incomplete.Add(1)
				if share < 0.1 {
					t.Logf("not complete: %s", reasons(m))
				}
				if r := strings.TrimSpace(reasons(m)); r == "" || !truthful(r) {
					t.Errorf("the run is not complete for the reason %q, want one of the faults", r)
				}
			})
		}
	}
}

// truthful reports that reasons name a fault that was there.
func truthful(reasons string) bool {
	for _, cause := range []string{" 429", " 500", " 502", " 503", " 504", " 507", " 520", " 524", "empty body", "unexpected EOF", "connection broke"} {
		if strings.Contains(reasons, cause) {
			return true
		}
	}
	return false
}

// lines collects an organization from a server that is not well, and returns all that the sink got, in order.
func lines(t *testing.T, o *jumpcloudtest.Organization, disturb func(*jumpcloudtest.Server), m **jumpgraph.Manifest) string {
	t.Helper()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	disturb(s)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6), client.WithMaxWait(3*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	sink := &memory{t: t}
	manifest, err := jumpgraph.Collect(t.Context(), c, sink)
	if manifest == nil || (err == nil) != (manifest.Status == jumpgraph.Complete) {
		t.Fatalf("the error %v and the manifest %+v do not agree", err, manifest)
	}
	if m != nil {
		*m = manifest
	} else if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range sink.entities {
		all = append(all, line(t, e))
	}
	for _, r := range sink.relationships {
		all = append(all, line(t, r))
	}
	slices.Sort(all)
	return strings.ReplaceAll(strings.Join(all, "\n"), s.URL, "https://console.example")
}

func line(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFaults_UserComesAndAnotherGoesDuringTheRun changes the organization between two pages of users, so that the total
// stays: who was there throughout is in the graph.
func TestFaults_UserComesAndAnotherGoesDuringTheRun(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(51, jumpcloudtest.Size{Users: 2500})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	pages := 0
	before := slices.Clone(o.SystemUsers)
	s.BeforeEach(func(_ int, _, path string) {
		if !strings.HasSuffix(path, "/search/systemusers") {
			return
		}
		if pages++; pages == 2 {
			s.Change(func(orgs []*jumpcloudtest.Organization) {
				late := jumpcloudtest.Object{"_id": "ffffffffffffffffffffffff", "organization": o.Self.ID(), "username": "late"}
				orgs[0].SystemUsers = append(slices.Clone(orgs[0].SystemUsers[1:]), late)
			})
		}
	})
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(5000), client.WithMaxWait(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	sink := &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), c, sink); err != nil {
		t.Fatal(err)
	}
	have := keys(sink)
	for _, u := range before[1:] {
		if have[u.ID()] == "" {
			t.Fatalf("the user %s was there throughout and is lost", u.ID())
		}
	}
	if have["ffffffffffffffffffffffff"] == "" {
		t.Error("the user who came during the run is not in the graph")
	}
}
