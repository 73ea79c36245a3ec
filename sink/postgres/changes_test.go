package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// change1 changes an organization in each way once.
func change1(o *jumpcloudtest.Organization, seed uint64) {
	for i := range mutations {
		mutations[i](o, rand.New(rand.NewPCG(uint64(i), seed)))
	}
}

// mutations change an organization, one thing each.
var mutations = []func(*jumpcloudtest.Organization, *rand.Rand){
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.SystemUsers, r)["firstname"] = fmt.Sprint("Zoë ", r.IntN(1000))
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { any1(o.SystemUsers, r)["jobTitle"] = nil },
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.SystemUsers, r)["email"] = fmt.Sprintf("new%d@example.com", r.Int())
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { flip(any1(o.SystemUsers, r), "sudo") },
	func(o *jumpcloudtest.Organization, r *rand.Rand) { flip(any1(o.SystemUsers, r), "externally_managed") },
	func(o *jumpcloudtest.Organization, r *rand.Rand) { delete(any1(o.SystemUsers, r), "sudo") },
	func(o *jumpcloudtest.Organization, r *rand.Rand) { delete(any1(o.SystemUsers, r), "created") },
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.SystemUsers, r)["mfa"] = jumpcloudtest.Object{"configured": false}
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.SystemUsers, r)["password_expiration_date"] = "2027-05-06T07:08:09.010Z"
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.Systems, r)["hostname"] = fmt.Sprint("host-", r.IntN(1000))
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.Systems, r)["lastContact"] = fmt.Sprintf("2026-11-0%dT10:00:00.000Z", 1+r.IntN(9))
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { any1(o.Systems, r)["fde"] = nil },
	func(o *jumpcloudtest.Organization, r *rand.Rand) { any1(o.Systems, r)["networkInterfaces"] = []any{} },
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.Applications, r)["displayLabel"] = fmt.Sprint("App ", r.IntN(1000))
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) {
		any1(o.UserGroups, r)["name"] = fmt.Sprint("Group ", r.IntN(1000))
	},
	func(o *jumpcloudtest.Organization, _ *rand.Rand) { o.Self["displayName"] = "Renamed" },
	func(o *jumpcloudtest.Organization, r *rand.Rand) { // a user is made
		u := jumpcloudtest.Synthetic(1000+r.Uint64N(1e6), jumpcloudtest.Size{Users: 1}).SystemUsers[0]
		u["organization"] = o.Self.ID()
		o.SystemUsers = append(o.SystemUsers, u)
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { // a user is deleted
		id := any1(o.SystemUsers, r).ID()
		o.SystemUsers = slices.DeleteFunc(o.SystemUsers, func(u jumpcloudtest.Object) bool { return u.ID() == id })
		for _, edges := range []map[string][]string{o.Members, o.ApplicationUsers} {
			for k := range edges {
				edges[k] = slices.DeleteFunc(edges[k], func(u string) bool { return u == id })
			}
		}
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { // a user joins a group, or leaves it
		group, id := any1(o.UserGroups, r).ID(), any1(o.SystemUsers, r).ID()
		if i := slices.Index(o.Members[group], id); i >= 0 {
			o.Members[group] = slices.Delete(o.Members[group], i, i+1)
			return
		}
		o.Members[group] = append(o.Members[group], id)
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { // an application loses all its users
		o.ApplicationUsers[any1(o.Applications, r).ID()] = nil
	},
	func(o *jumpcloudtest.Organization, r *rand.Rand) { // a system goes
		i := r.IntN(len(o.Systems))
		o.Systems = slices.Delete(o.Systems, i, i+1)
	},
}

func any1(list []jumpcloudtest.Object, r *rand.Rand) jumpcloudtest.Object {
	return list[r.IntN(len(list))]
}

func flip(o jumpcloudtest.Object, field string) { b, _ := o[field].(bool); o[field] = !b }

// TestChanges_AreWhatDiffTells mutates organizations at random, one state after the other.
func TestChanges_AreWhatDiffTells(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			pool, o := connect(t)
			ignored := []string{"lastSeenOn"}
			if seed%2 == 1 {
				o.IgnoreChanges, ignored = []string{}, nil
			}
			state := jumpcloudtest.Synthetic(seed, jumpcloudtest.Size{Users: 40, Groups: 6, GroupMembers: 6, Applications: 4, Systems: 30, AppleDevices: 4})
			bystander := jumpcloudtest.Synthetic(seed+100, small)
			r := rand.New(rand.NewPCG(seed, 2))
			_, err := collect(t, postgres.New(pool, o), []*jumpcloudtest.Organization{state, bystander}, jumpgraph.AllOrgs())
			must(t, err)
			older := asFiles(t, org(state))
			kinds := map[string]bool{}
			for range 25 {
				for range r.IntN(5) {
					mutations[r.IntN(len(mutations))](state, r)
				}
				_, err := collect(t, postgres.New(pool, o), []*jumpcloudtest.Organization{state, bystander}, jumpgraph.AllOrgs())
				must(t, err)
				newer := asFiles(t, org(state))
				got := recorded(t, pool, o)
				if d := cmp.Diff(told(t, state.Self.ID(), older, newer, ignored...), got); d != "" {
					t.Fatalf("diff and the table changes do not agree (-diff +table):\n%s", d)
				}
				for _, c := range got {
					kinds[c.Kind] = true
				}
				where := o
				where.Organizations = []string{state.Self.ID()}
				holds(t, pool, where, "after the changes", newer)
				older = newer
			}
			if len(kinds) != 3 {
				t.Errorf("the test saw only %v", kinds)
			}
		})
	}
}

// TestChanges_WhatWasNotReadIsNoDeletion: a collection that was skipped or unavailable in one of two runs.
func TestChanges_WhatWasNotReadIsNoDeletion(t *testing.T) {
	t.Parallel()
	state := jumpcloudtest.Synthetic(3, small)
	runs := map[string]func(t *testing.T, s jumpgraph.Sink){
		"skipped": func(t *testing.T, s jumpgraph.Sink) {
			t.Helper()
			_, err := collect(t, s, org(state), jumpgraph.Skip("systems", "applemdms"))
			must(t, err)
		},
		"unavailable": func(t *testing.T, s jumpgraph.Sink) {
			t.Helper()
			server := jumpcloudtest.NewServer(state)
			defer server.Close()
			server.Inject(jumpcloudtest.Fault{Path: "/api/v2/applemdms", Status: 404})
			_, err := collectFrom(t, s, server)
			must(t, err)
		},
	}
	for name, less := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, o := connect(t)
			whole := func() {
				t.Helper()
				_, err := collect(t, postgres.New(pool, o), org(state))
				must(t, err)
			}
			none := func(when string) {
				t.Helper()
				if n := one[int](t, pool, o, "SELECT count(*) FROM $S.changes"); n != 0 {
					t.Errorf("%s: %d changes, want none: what was not read has not changed", when, n)
				}
			}
			whole()
			devices := one[int](t, pool, o, "SELECT count(*) FROM $S.jumpcloud_apple_device")
			less(t, postgres.New(pool, o))
			none("after less was read")
			if n := one[int](t, pool, o, "SELECT count(*) FROM $S.jumpcloud_apple_device"); n != 0 || devices == 0 {
				t.Errorf("%d rows of what was not read, before %d: they must not look as if they were of this run", n, devices)
			}
			whole()
			none("after all was read again")
			holds(t, pool, o, "in the end", asFiles(t, org(state)))
		})
	}
}

// TestSink_WritesOnlyWhatDiffers counts the rows of the graph that the database writes.
func TestSink_WritesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, ample)
	_, err := collect(t, postgres.New(pool, o), org(state), jumpgraph.WithRaw())
	must(t, err)
	alter(t, pool, o, `CREATE SEQUENCE $S.counted; CREATE FUNCTION $S.count_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('$S.counted'); RETURN NULL; END $$`)
	rows := 0
	for _, table := range postgres.Graph() {
		alter(t, pool, o, "CREATE TRIGGER counts AFTER INSERT OR UPDATE OR DELETE ON $S."+table+" FOR EACH ROW EXECUTE FUNCTION $S.count_row()")
		rows += one[int](t, pool, o, "SELECT count(*) FROM $S."+table)
	}
	written := func() int {
		t.Helper()
		alter(t, pool, o, "SELECT setval('$S.counted', 1000)")
		_, err := collect(t, postgres.New(pool, o), org(state), jumpgraph.WithRaw())
		must(t, err)
		return one[int](t, pool, o, "SELECT last_value FROM $S.counted") - 1000
	}
	if n := written(); n != 0 {
		t.Errorf("a run without changes writes %d rows of the graph, want none", n)
	}
	for i := range rows / 100 {
		state.SystemUsers[i]["firstname"] = "Changed"
	}
	if n := written(); n == 0 || float64(n) > 0.012*float64(rows) {
		t.Errorf("where 1 %% of %d rows changed, %d are written", rows, n)
	}
	holds(t, pool, o, "in the end", asFiles(t, org(state), jumpgraph.WithRaw()))
}
