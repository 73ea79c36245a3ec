package jumpgraph_test

import (
	"errors"
	"slices"
	"strings"
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
