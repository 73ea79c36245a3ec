package client_test

import (
	"fmt"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestQuirks_EveryRecordComes reads the same organization from servers that behave differently where nobody knows for
// sure how JumpCloud behaves.
func TestQuirks_EveryRecordComes(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]jumpcloudtest.Quirks{
		"as known":                  {},
		"searches cut to 100":       {SearchPage: 100},
		"searches ignore the order": {Unsorted: true},
		"dead records not counted":  {DeadUncounted: true},
		"no totals":                 {NoTotals: true},
		"no totals, dead uncounted": {NoTotals: true, DeadUncounted: true, SearchPage: 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Synthetic(41, jumpcloudtest.Size{Users: 330, Groups: 24, GroupMembers: 140, DeadRecords: true})
			// Dead records at the end of a page, at its beginning, and, where a total could tell, a page full of them.
			first := o.UserGroups[0].ID()
			var members []string
			for _, u := range o.SystemUsers[:140] {
				members = append(members, u.ID())
			}
			dead := 230
			if quirks.NoTotals {
				dead = 130
			}
			for i := range dead {
				members = append(members, fmt.Sprintf("dead%08d", i))
			}
			for _, u := range o.SystemUsers[200:260] {
				members = append(members, u.ID())
			}
			o.Members[first] = members
			o.Quirks = quirks
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			c := dial(t, s.URL, s.Key)
			if list, err := users(t.Context(), c); err != nil || len(list) != 330 {
				t.Errorf("%d users and %v, want 330", len(list), err)
			}
			alive := map[string]bool{}
			for _, u := range o.SystemUsers {
				alive[u.ID()] = true
			}
			groups := 0
			for g, err := range c.UserGroups.All(t.Context(), client.Limit(20)) {
				if err != nil {
					t.Fatal(err)
				}
				groups++
				want := map[string]bool{}
				for _, id := range o.Members[g.ID] {
					if alive[id] {
						want[id] = true
					}
				}
				for m, err := range c.UserGroups.Members(t.Context(), g.ID) {
					if err != nil {
						t.Fatal(err)
					}
					delete(want, m.To.ID)
				}
				if len(want) > 0 {
					t.Errorf("group %s: %d members did not come", g.ID, len(want))
				}
			}
			if groups != 24 {
				t.Errorf("%d groups, want 24", groups)
			}
		})
	}
}

// TestQuirks_MemberThatJumpCloudHasTwice reads a group in which a member stands twice, as was seen in the wild.
func TestQuirks_MemberThatJumpCloudHasTwice(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(42, jumpcloudtest.Size{Users: 150, Groups: 1})
	g := o.UserGroups[0].ID()
	for _, u := range o.SystemUsers {
		o.Members[g] = append(o.Members[g], u.ID())
	}
	o.Members[g] = append(o.Members[g], o.Members[g][3])
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	var rep client.ListReport
	n := 0
	for _, err := range c.UserGroups.Members(t.Context(), g, client.ReportTo(&rep)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 150 || rep.Duplicates != 1 || rep.Dead != 0 || rep.Reread != 1 || !rep.Whole {
		t.Errorf("%d members, report %+v; want 150, one duplicate, and one more look to be sure", n, rep)
	}
}
