package jumpcloudtest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// everything is a size with all kinds of objects, few of each. It has more groups of systems than users and systems, so
// that the counters of all ids meet.
var everything = jumpcloudtest.Size{
	Users: 7, Systems: 5, Groups: 4, Applications: 4, AppleDevices: 3, SystemGroups: 26, Commands: 4, GroupMembers: 4, DeadRecords: true,
}

// root is the id of the user root, which JumpCloud has in every organization.
const root = "000000000000000000000000"

// isID reports that a text has the form of JumpCloud's ids.
func isID(s string) bool { return len(s) == 24 && strings.Trim(s, "0123456789abcdef") == "" }

// idsIn returns every id in what an organization holds, edges and details included.
func idsIn(t *testing.T, o *jumpcloudtest.Organization) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for text := range strings.SplitSeq(asJSON(t, o), `"`) {
		if isID(text) && text != root {
			ids[text] = true
		}
	}
	return ids
}

// someSeeds returns small seeds, large ones and such as differ in few bits.
func someSeeds() []uint64 {
	var seeds []uint64
	known := map[uint64]bool{}
	add := func(s uint64) {
		if !known[s] {
			known[s] = true
			seeds = append(seeds, s)
		}
	}
	for s := range uint64(2001) {
		add(s)
	}
	for bit := range 64 {
		add(1 << bit)
		add(math.MaxUint64 << bit)
		add(2026 ^ 1<<bit)
	}
	const inverse = 0xf1de83e19937733d // adding it to a seed adds 1 to what the seed is mixed to
	for _, n := range []uint64{1, 2, 1 << 10, 1 << 25, 1 << 26, 1 << 32, 1 << 33, 1 << 63} {
		add(1 + n*inverse)
		add(2026 + n*inverse)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		add(r.Uint64())
	}
	return seeds
}

func TestSynthetic_NoTwoSeedsHaveAnIDOrANameInCommon(t *testing.T) {
	t.Parallel()
	size := everything
	size.SystemGroups = 3
	seeds := someSeeds()
	of := map[string]uint64{} // ids, names and addresses
	for _, seed := range seeds {
		o := jumpcloudtest.Synthetic(seed, size)
		have := idsIn(t, o)
		if len(have) < 60 {
			t.Fatalf("seed %d: %d ids are looked at, want at least 60", seed, len(have))
		}
		have[fmt.Sprint(o.Self["displayName"])] = true
		for _, u := range o.SystemUsers {
			have[fmt.Sprint(u["email"])] = true
		}
		for id := range have {
			if other, taken := of[id]; taken {
				t.Fatalf("%s is in the organizations of the seeds %d and %d", id, other, seed)
			}
			of[id] = seed
		}
	}
}

// owners counts how often an id belongs to an object: to one of a list, to a dead record, to an object that only edges
// name, or to a run of a command.
func owners(o *jumpcloudtest.Organization) map[string]int {
	n := map[string]int{o.Self.ID(): 1}
	lists := [][]jumpcloudtest.Object{o.SystemUsers, o.Systems, o.Applications, o.UserGroups, o.AppleMDMs, o.SystemGroups, o.Commands}
	for _, list := range o.AppleMDMDevices {
		lists = append(lists, list)
	}
	for _, list := range o.CommandResults {
		lists = append(lists, list)
		for _, result := range list {
			n[fmt.Sprint(result["workflowInstanceId"])]++
		}
	}
	for _, list := range lists {
		for _, object := range list {
			n[object.ID()]++
		}
	}
	others := map[jumpcloudtest.Node]bool{} // dead records, and objects without a list
	named := func(kind string, lists map[string][]string) {
		for _, ids := range lists {
			for _, id := range ids {
				if n[id] == 0 {
					others[jumpcloudtest.Node{Kind: kind, ID: id}] = true
				}
			}
		}
	}
	// A dead member of two groups would be one record, but Synthetic makes one for each list.
	for i, lists := range []map[string][]string{o.Members, o.ApplicationUsers, o.ApplicationGroups, o.SystemGroupMembers} {
		for list, ids := range lists {
			named(fmt.Sprint(i, list), map[string][]string{list: ids})
		}
	}
	for _, a := range o.Associations {
		for _, node := range []jumpcloudtest.Node{a.From, a.To} {
			if n[node.ID] == 0 {
				others[node] = true
			}
		}
	}
	for node := range others {
		n[node.ID]++
	}
	return n
}

// details returns the ids in what objects consist of.
func details(t *testing.T, o *jumpcloudtest.Organization) []string {
	t.Helper()
	var ids []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, name := range []string{"id", "_id", "objectStorageId", "deviceId"} {
				if id, _ := v[name].(string); isID(id) {
					ids = append(ids, id)
					break
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	for _, list := range [][]jumpcloudtest.Object{o.SystemUsers, o.Systems, o.SystemGroups, o.Commands} {
		for _, object := range list {
			var fields map[string]any
			if err := json.Unmarshal([]byte(asJSON(t, object)), &fields); err != nil {
				t.Fatal(err)
			}
			delete(fields, "primarySystemUser") // names another object
			for _, v := range fields {
				walk(v)
			}
		}
	}
	return ids
}

func TestSynthetic_NoTwoObjectsHaveTheSameID(t *testing.T) {
	t.Parallel()
	large := jumpcloudtest.Size{Users: 400, Systems: 300, Groups: 60, Applications: 50, AppleDevices: 40, SystemGroups: 50, Commands: 40, GroupMembers: 20, DeadRecords: true}
	for _, size := range []jumpcloudtest.Size{everything, large} {
		for _, seed := range []uint64{0, 1, 2, 77, 2025, 2026, 2027, 1 << 40, 1 << 63, math.MaxUint64} {
			o := jumpcloudtest.Synthetic(seed, size)
			n := owners(o)
			dead := 0
			for id := range n {
				if id > "d9" { // ids of dead records are the highest
					dead++
				}
			}
			inside := details(t, o)
			if dead == 0 || len(inside) < 10 {
				t.Fatalf("seed %d: %d dead records and %d ids of details are looked at, want some", seed, dead, len(inside))
			}
			if seed != 2026 { // the demonstration has the id of its organization there, as its recordings do
				for _, id := range inside {
					n[id]++
				}
			}
			for id, times := range n {
				if times != 1 {
					t.Errorf("seed %d: %d objects have the id %s", seed, times, id)
				}
			}
		}
	}
}

func TestSynthetic_IDsAscendAndLookLikeJumpClouds(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{0, 3, 2026, math.MaxUint64} {
		o := jumpcloudtest.Synthetic(seed, everything)
		for id := range owners(o) {
			if !isID(id) {
				t.Errorf("seed %d: the id %s has not 24 hexadecimal digits", seed, id)
			}
		}
		for i := 1; i < len(o.SystemUsers); i++ {
			if a, b := o.SystemUsers[i-1].ID(), o.SystemUsers[i].ID(); a >= b {
				t.Errorf("seed %d: the id %s comes before %s", seed, a, b)
			}
		}
	}
}

// update writes the golden file of this package anew.
var update = flag.Bool("update", false, "write the golden file anew")

// TestDemo_KeepsItsBytes holds what the recordings were made from.
func TestDemo_KeepsItsBytes(t *testing.T) {
	t.Parallel()
	const file = "testdata/demo.sha256"
	sum := sha256.Sum256([]byte(asJSON(t, jumpcloudtest.Demo())))
	got := hex.EncodeToString(sum[:]) + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the demonstration has changed: %s. If that is wanted, record the tapes again with make record, and write %s with go test ./jumpcloudtest -update", got, file)
	}
}

// TestServer_MakesOtherIDsInEachOrganization lets two organizations make a group and run a command.
func TestServer_MakesOtherIDsInEachOrganization(t *testing.T) {
	t.Parallel()
	orgs := []*jumpcloudtest.Organization{
		jumpcloudtest.Synthetic(1, everything), jumpcloudtest.Synthetic(2, everything),
		{Self: jumpcloudtest.Object{"_id": "a"}},
		{Self: jumpcloudtest.Object{"_id": "b"}},
	}
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	of := map[string]string{}
	for _, o := range orgs {
		before := idsIn(t, o)
		header := http.Header{"X-Api-Key": {s.Key}, "X-Org-Id": {o.Self.ID()}}
		for _, name := range []string{"one", "two"} {
			if status, body, _ := ask(t, s, "POST", "/api/v2/systemgroups", `{"name":"`+name+`"}`, header); status != http.StatusCreated {
				t.Fatalf("%d %s", status, body)
			}
		}
		made := 0
		for id := range idsIn(t, o) {
			if before[id] {
				continue
			}
			made++
			if other, taken := of[id]; taken {
				t.Errorf("the organizations %s and %s both made %s", other, o.Self.ID(), id)
			}
			of[id] = o.Self.ID()
		}
		if made != 2 {
			t.Errorf("%d new ids in %s, want 2", made, o.Self.ID())
		}
	}
}
