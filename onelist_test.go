package jumpgraph_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// medium is the organization of docs/performance.md.
var medium = jumpcloudtest.Size{Users: 5000, Groups: 200, GroupMembers: 50, Applications: 100, Systems: 3000, AppleDevices: 500}

// small is one that is collected quickly.
var small = jumpcloudtest.Size{Users: 200, Groups: 10, GroupMembers: 10, Applications: 20, Systems: 50, AppleDevices: 20}

// associations counts the requests for lists of associations.
func associations(s *jumpcloudtest.Server) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r, "/associations") {
			n++
		}
	}
	return n
}

// unlimited is a client of a server, without a limit of its own.
func unlimited(t *testing.T, s *jumpcloudtest.Server) *client.Client {
	t.Helper()
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestOneList_IsReliedOnOnlyWhereItAnswersAsTwoDo collects organizations from a server that answers one list of users
// and groups in the ways that are possible. The graph is the same and whole each time.
func TestOneList_IsReliedOnOnlyWhereItAnswersAsTwoDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		way           jumpcloudtest.ManyTargets
		size          jumpcloudtest.Size
		requests      int // for associations
		proof, reason string
	}{
		// 200 without one list.
		"served":  {jumpcloudtest.TargetsServed, medium, 106, "combined", ""},
		"refused": {jumpcloudtest.TargetsRefused, medium, 201, "compared", "was refused: client: GET /api/v2/applications/{id}/associations: 400"},
		// 40 without one list, and one to find out; three where an edge looks dead at first.
		"served a small one":      {jumpcloudtest.TargetsServed, small, 26, "combined", ""},
		"refused a small one":     {jumpcloudtest.TargetsRefused, small, 41, "compared", "was refused"},
		"only the first target":   {jumpcloudtest.TargetsFirst, small, 41, "compared", "has other edges than two lists"},
		"total of one kind":       {jumpcloudtest.TargetsTotalOfFirst, small, 41, "compared", "counts 2 edges, two lists count 3"},
		"an edge missing":         {jumpcloudtest.TargetsEdgeMissing, small, 43, "compared", "has other edges than two lists"},
		"edges of another object": {jumpcloudtest.TargetsOfAnother, small, 41, "compared", "has other edges than two lists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Synthetic(7, tt.size)
			o.Quirks.ManyTargets = tt.way
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			c := unlimited(t, s)
			plan, err := jumpgraph.Plan(t.Context(), c)
			if err != nil || plan.OneList != (tt.reason == "") {
				t.Errorf("the plan says %+v, %v; want one list: %v", plan, err, tt.reason == "")
			}
			before := associations(s)
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), unlimited(t, s), sink)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(truth(o), keys(sink)); diff != "" {
				t.Errorf("the graph differs from what the server holds (-want +got):\n%.2000s", diff)
			}
			col := collection(t, m, "applications/assignments")
			if col.Status != jumpgraph.Complete || col.Proof != tt.proof || (tt.reason == "") != (col.Reason == "") || !strings.Contains(col.Reason, tt.reason) {
				t.Errorf("status %s, proof %s, reason %q; want proof %s and %q", col.Status, col.Proof, col.Reason, tt.proof, tt.reason)
			}
			if math.Abs(float64(int64(plan.Requests)-m.Requests)) > max(2, 0.02*float64(m.Requests)) {
				t.Errorf("the plan says %d requests, the run took %d", plan.Requests, m.Requests)
			}
			if n := associations(s) - before; n != tt.requests {
				t.Errorf("%d requests for associations, want %d", n, tt.requests)
			}
		})
	}
}

// id is what the fake server writes for an object in a path.
var id = regexp.MustCompile(`[0-9a-f]{24}|[0-9a-f-]{36}`)

// TestRequests_OfAMediumOrganization counts them by endpoint, so that a change of their number is seen.
func TestRequests_OfAMediumOrganization(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(7, medium))
	t.Cleanup(s.Close)
	m, err := jumpgraph.Collect(t.Context(), unlimited(t, s), &memory{t: t})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range s.Requests() {
		count[id.ReplaceAllString(r, "{id}")]++
	}
	var b strings.Builder
	for _, endpoint := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&b, "%4d %s\n", count[endpoint], endpoint)
	}
	fmt.Fprintf(&b, "%4d in all\n", m.Requests)
	golden(t, "testdata/requests.txt", b.String())
}

func TestPlan_WithoutARateTakesNoTime(t *testing.T) {
	t.Parallel()
	for _, p := range []jumpgraph.RequestPlan{{}, {Requests: 5}, {Requests: 5, RPS: math.Inf(1)}} {
		if d := p.Duration(); d != 0 {
			t.Errorf("%+v takes %v, want 0", p, d)
		}
	}
}

// TestOneList_IsProvenByApplicationsWithBothKinds: one without users, or without groups, would hide that a kind is left out.
func TestOneList_IsProvenByApplicationsWithBothKinds(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 40, Groups: 5, GroupMembers: 6, Applications: 12}
	for name, tt := range map[string]struct {
		only     []int // the applications that have no groups, by place
		requests int   // for associations
		proof    string
	}{
		"the first ones have one kind":  {[]int{0, 1, 4}, 2*6 + 3 + 6, "combined"},
		"two have both kinds":           {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2*12 + 2, "compared"},
		"none has both kinds":           {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 2 * 12, "compared"},
		"all have both kinds":           {nil, 3*3 + 9, "combined"},
		"only the last ones have both":  {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 2*12 + 3, "compared"},
		"one of the others has no user": {[]int{5}, 3*3 + 9, "combined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Synthetic(8, size)
			for _, i := range tt.only {
				delete(o.ApplicationGroups, o.Applications[i].ID())
			}
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), unlimited(t, s), sink)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(truth(o), keys(sink)); diff != "" {
				t.Errorf("the graph differs (-want +got):\n%s", diff)
			}
			if col := collection(t, m, "applications/assignments"); associations(s) != tt.requests || col.Proof != tt.proof {
				t.Errorf("%d requests for associations, proof %s; want %d and %s", associations(s), col.Proof, tt.requests, tt.proof)
			}
		})
	}
}

// TestOneList_ThatFailsLaterIsReadInTwo: a refusal after the proof concerns the applications that follow, too.
func TestOneList_ThatFailsLaterIsReadInTwo(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(9, jumpcloudtest.Size{Users: 40, Groups: 5, GroupMembers: 6, Applications: 30})
	var n atomic.Int32
	c := fake(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Query().Get("targets"), ",") || n.Add(1) < 6 { // three were proven
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		return true
	}, o)
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), c, sink)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth(o), keys(sink)); diff != "" {
		t.Errorf("the graph differs (-want +got):\n%s", diff)
	}
	if col := collection(t, m, "applications/assignments"); col.Status != jumpgraph.Complete || !strings.Contains(col.Reason, "failed: client: ") {
		t.Errorf("status %s, reason %q, want the refusal in the manifest of a complete collection", col.Status, col.Reason)
	}
}
