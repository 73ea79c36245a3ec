package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

var users = flag.Int("users", 800, "how many users the synthetic organization has whose changes are compared with the truth")

// graphOf returns what the graph of an organization must hold, from what the fake server holds: by key, the type, and for a
// user's application whether the assignment is direct.
func graphOf(org *jumpcloudtest.Organization) map[string]string {
	graph, account := map[string]string{org.Self.ID(): "jumpcloud_account"}, org.Self.ID()
	live := map[string]bool{}
	list := func(objects []jumpcloudtest.Object, typ, edge string) {
		for _, o := range objects {
			live[o.ID()] = true
			graph[o.ID()] = typ
			graph[account+"|has|"+o.ID()] = edge
		}
	}
	list(org.SystemUsers, "jumpcloud_user", "jumpcloud_account_has_user")
	list(org.Systems, "jumpcloud_device", "jumpcloud_account_has_device")
	list(org.UserGroups, "jumpcloud_group", "jumpcloud_account_has_group")
	list(org.Applications, "jumpcloud_application", "jumpcloud_account_has_application")
	list(org.AppleMDMs, "jumpcloud_apple_mdm", "jumpcloud_account_has_apple_mdm")
	for mdm, devices := range org.AppleMDMDevices {
		for _, d := range devices {
			graph[d.ID()] = "jumpcloud_apple_device"
			graph[d.ID()+"|has|"+mdm] = "jumpcloud_apple_device_has_mdm"
		}
	}
	for _, g := range org.UserGroups {
		for _, u := range org.Members[g.ID()] {
			if live[u] {
				graph[g.ID()+"|has|"+u] = "jumpcloud_group_has_user"
			}
		}
	}
	for _, a := range org.Applications {
		for _, g := range org.ApplicationGroups[a.ID()] {
			graph[g+"|assigned|"+a.ID()] = "jumpcloud_group_assigned_application"
			for _, u := range org.Members[g] {
				if live[u] {
					graph[u+"|assigned|"+a.ID()] = "jumpcloud_user_assigned_application through groups"
				}
			}
		}
		for _, u := range org.ApplicationUsers[a.ID()] {
			if live[u] {
				graph[u+"|assigned|"+a.ID()] = "jumpcloud_user_assigned_application directly"
			}
		}
	}
	return graph
}

// happen changes an organization, differently each time, and returns what a comparison must find.
func happen(s *jumpcloudtest.Server, org *jumpcloudtest.Organization, round int) []string {
	var want []string
	s.Change(func([]*jumpcloudtest.Organization) {
		before := graphOf(org)
		n := len(org.SystemUsers)
		org.SystemUsers = slices.Concat(org.SystemUsers[:n/3], org.SystemUsers[n/3+5+round:]) // their memberships are dead now
		for i := range 3 {
			u := maps.Clone(org.SystemUsers[i])
			id := fmt.Sprintf("7ffff%03d%016d", round, i)
			u["_id"], u["id"], u["username"], u["email"] = id, id, "new"+id, id+"@example.com"
			org.SystemUsers = append(org.SystemUsers, u)
			org.Members[org.UserGroups[i].ID()] = append(org.Members[org.UserGroups[i].ID()], id)
		}
		g := org.UserGroups[round].ID()
		org.Members[g] = org.Members[g][2:]
		app := org.Applications[round].ID()
		org.ApplicationUsers[app] = append(org.ApplicationUsers[app], org.SystemUsers[7].ID())
		org.ApplicationGroups[app] = []string{org.UserGroups[4].ID()}
		org.Systems = org.Systems[1:]
		after := graphOf(org)
		for i := 11; i < len(org.SystemUsers)-3; i += 13 {
			u := org.SystemUsers[i]
			u["department"] = fmt.Sprint("Round ", round)
			want = append(want, "changed jumpcloud_user "+u.ID())
		}
		for key, typ := range after {
			switch was, there := before[key]; {
			case !there:
				want = append(want, "added "+typ+" "+key)
			case was != typ:
				want = append(want, "changed "+typ+" "+key)
			}
		}
		for key, typ := range before {
			if after[key] == "" {
				want = append(want, "removed "+typ+" "+key)
			}
		}
	})
	for i, line := range want { // the type alone
		parts := strings.Fields(line)
		want[i] = parts[0] + " " + parts[1] + " " + parts[len(parts)-1]
	}
	slices.Sort(want)
	return want
}

// changesIn reads changes from JSON Lines.
func changesIn(t *testing.T, text string) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(text) {
		var c struct {
			Change string `json:"change"`
			Type   string `json:"_type"`
			Key    string `json:"_key"`
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %.200s", err, line)
		}
		list = append(list, c.Change+" "+c.Type+" "+c.Key)
	}
	slices.Sort(list)
	return list
}

// TestHistory_IsTheTruth compares databases, and watches through three runs with a restart before each, while the server
// changes. For more users, run go test ./cmd/jumpgraph -run History -users 50000.
func TestHistory_IsTheTruth(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{
		Users: *users, Groups: 10 + *users/100, GroupMembers: 60, Applications: 8 + *users/250, Systems: *users * 2 / 5, AppleDevices: 60, DeadRecords: true,
	}
	for name, org := range map[string]*jumpcloudtest.Organization{"demo": jumpcloudtest.Demo(), "synthetic": jumpcloudtest.Synthetic(11, size)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := jumpcloudtest.NewServer(org)
			t.Cleanup(s.Close)
			env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "1000000"}
			dir := t.TempDir()
			do := func(args ...string) string {
				t.Helper()
				code, stdout, stderr := jump(t, env, args...)
				if code != exitOK {
					t.Fatalf("%v: exit %d: %s", args, code, stderr)
				}
				return stdout
			}
			watch := func() string {
				return do("watch", "--out", filepath.Join(dir, "history"), "--every", "DISABLED", "--quiet")
			}
			collect := func(name string) string {
				path := filepath.Join(dir, name)
				do("collect", "--format", "sqlite", "--quiet", "--out", path)
				return path
			}
			if first := watch(); first != "" {
				t.Errorf("the first run hands on %.500s", first)
			}
			older := collect("0.db")
			for round := 1; round <= 2; round++ {
				want := happen(s, org, round)
				if diff := cmp.Diff(want, changesIn(t, watch())); diff != "" {
					t.Errorf("round %d: watch (-happened +handed on):\n%.3000s", round, diff)
				}
				newer := collect(fmt.Sprint(round, ".db"))
				if diff := cmp.Diff(want, changesIn(t, do("diff", older, newer, "--format", "json"))); diff != "" {
					t.Errorf("round %d: diff (-happened +found):\n%.3000s", round, diff)
				}
				older = newer
			}
		})
	}
}
