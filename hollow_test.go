package jumpgraph_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestFaults_AnswersWithoutContent takes the content of one answer, or of all of one kind, in a whole run.
func TestFaults_AnswersWithoutContent(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(52, jumpcloudtest.Size{Users: 40, Systems: 30, Groups: 4, Applications: 5, AppleDevices: 4, GroupMembers: 10})
	app := o.Applications[3].ID() // not one of those that are compared with their traversals
	o.ApplicationGroups[app] = []string{o.UserGroups[0].ID()}
	members := "/usergroups/" + o.UserGroups[1].ID() + "/members"
	associations := "/applications/" + app + "/associations"
	for name, path := range map[string]string{
		"users": "/search/systemusers", "systems": "/search/systems", "applications": "/api/applications", "groups": "/v2/usergroups",
		"members": members, "associations": associations, "device managers": "/v2/applemdms", "devices": "/devices",
	} {
		for kind, tt := range map[string]struct {
			fault  jumpcloudtest.Fault
			whole  bool
			reason string
		}{
			"empty once":          {jumpcloudtest.Fault{Empty: true, Times: 1}, true, ""},
			"empty for ever":      {jumpcloudtest.Fault{Empty: true}, false, "empty body"},
			"no records once":     {jumpcloudtest.Fault{Hollow: true, Times: 1}, true, ""},
			"no records for ever": {jumpcloudtest.Fault{Hollow: true}, false, "incomplete list"},
			"null once":           {jumpcloudtest.Fault{Body: "null", Times: 1}, true, ""},
			"null for ever":       {jumpcloudtest.Fault{Body: "null"}, false, "null where"},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := jumpcloudtest.NewServer(o)
				t.Cleanup(s.Close)
				tt.fault.Path = path
				s.Inject(tt.fault)
				c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(5000), client.WithMaxWait(5*time.Millisecond))
				if err != nil {
					t.Fatal(err)
				}
				sink := &memory{t: t}
				m, err := jumpgraph.Collect(t.Context(), c, sink)
				if tt.whole {
					if err != nil {
						t.Fatalf("got %v, want a complete run", err)
					}
					if diff := cmp.Diff(truth(o), keys(sink)); diff != "" {
						t.Errorf("the run says it is complete, but (-server +graph):\n%s", diff)
					}
					return
				}
				if !errors.Is(err, jumpgraph.ErrIncomplete) || m.Status != jumpgraph.Partial || sink.ended != "Abort" {
					t.Errorf("got %v, status %s and %s; want ErrIncomplete, partial and Abort", err, m.Status, sink.ended)
				}
				if r := reasons(m); !strings.Contains(r, tt.reason) || !strings.Contains(r, "/api/") {
					t.Errorf("the reasons are %q, want the route and %q", r, tt.reason)
				}
			})
		}
	}
}

// reasons returns all reasons that a manifest gives.
func reasons(m *jumpgraph.Manifest) string {
	all := m.Reason
	for _, org := range m.Organizations {
		for _, col := range org.Collections {
			all += col.Reason + "\n"
		}
	}
	return all
}
