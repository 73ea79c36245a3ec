package jumpgraph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestOdd_ValuesAreCountedAndNothingIsLost serves values that real organizations hold, one at a time.
func TestOdd_ValuesAreCountedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	whole := &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, nil, jumpcloudtest.Demo()), whole); err != nil {
		t.Fatal(err)
	}
	lists := map[string]func(*jumpcloudtest.Organization) []jumpcloudtest.Object{
		"systemusers":  func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.SystemUsers },
		"systems":      func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Systems },
		"usergroups":   func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.UserGroups },
		"applications": func(o *jumpcloudtest.Organization) []jumpcloudtest.Object { return o.Applications },
	}
	for _, tt := range []struct {
		collection, field, value string
		odd                      string // the path that is counted; empty for none
		property, want           string // as JSON; empty where the property is missing
	}{
		{"applications", "config", `"text"`, "config", "", ""},
		{"applications", "config", `[1]`, "config", "", ""},
		{"applications", "config", `{"acsUrl":{"label":{}}}`, "config.acsUrl.label", "", ""},
		{"applications", "sso", `"saml"`, "sso", "", ""},
		{"applications", "logo", `""`, "logo", "", ""},
		{"applications", "logo", `"https://x.example/logo.png"`, "logo", "", ""},
		{"applications", "databaseAttributes", `{}`, "databaseAttributes", "", ""},
		{"applications", "active", `"yes"`, "active", "active", ""},
		{"applications", "description", `{}`, "description", "description", ""},
		{"applications", "created", `{}`, "created", "createdOn", ""},
		{"usergroups", "attributes", `{"radius":{"reply":[{"name":"Session-Timeout","value":3600}]}}`, "attributes.radius.reply[].value", "", ""},
		{"usergroups", "attributes", `[1]`, "attributes", "", ""},
		{"systemusers", "employeeIdentifier", `12`, "employeeIdentifier", "employeeId", `"12"`},
		{"systemusers", "mfa", `"yes"`, "mfa", "mfaConfigured", `false`},
		{"systemusers", "lastname", `7`, "lastname", "lastName", `"7"`},
		{"systemusers", "displayname", `7`, "displayname", "", ""},
		{"systemusers", "state", `"RETIRED"`, "state", "state", ""},
		{"systemusers", "state", `5`, "state", "state", ""}, // odd twice over, and counted once
		{"systems", "remoteIP", `5`, "remoteIP", "", ""},
		{"systems", "networkInterfaces", `[{"address":5},{"address":"x"}]`, "networkInterfaces[].address", "", ""},
		{"systems", "fde", `"on"`, "fde", "encrypted", ""},
		{"systems", "serialNumber", `123456`, "serialNumber", "serial", `"123456"`},
		{"systems", "version", `11`, "version", "", ""},
		{"systems", "agentVersion", `2.5`, "agentVersion", "agentVersion", `"2.5"`},
		{"systems", "active", `1`, "active", "active", ""},
		{"systems", "hwVendor", `{}`, "hwVendor", "make", `null`},
		{"systems", "lastContact", `"2026-01-02T03:04:05+0000"`, "", "lastSeenOn", `1767323045000`},
		{"systems", "lastContact", `1767323045006`, "lastContact", "lastSeenOn", `1767323045006`},
		{"systems", "lastContact", `"2026-01-02 03:04:05.006000+00:00"`, "", "lastSeenOn", `1767323045006`},
		{"systems", "created", `"01/02/2026 03:04:05"`, "created", "createdOn", ""},
		{"systems", "osVersionDetail", `{"major":"10","minor":"0","patch":null,"revision":"19045"}`, "", "osVersion", `"10.0.19045"`},
		{"systems", "remoteIP", `"10.0.0.9"`, "", "publicIpAddresses", ""},
		{"systems", "remoteIP", `"127.0.0.1"`, "", "", ""},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tt.collection, tt.field, tt.value), func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Demo()
			var value any
			if err := json.Unmarshal([]byte(tt.value), &value); err != nil {
				t.Fatal(err)
			}
			object := lists[tt.collection](o)[0]
			object[tt.field] = value
			got := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), got, jumpgraph.WithRaw()) // which asks for all fields
			if err != nil || m.Status != jumpgraph.Complete {
				t.Fatalf("the run is %v: %v", m, err)
			}
			if len(got.entities) != len(whole.entities) || len(got.relationships) != len(whole.relationships) {
				t.Errorf("%d entities and %d relationships, want %d and %d", len(got.entities), len(got.relationships), len(whole.entities), len(whole.relationships))
			}
			odd := collection(t, m, tt.collection).Odd
			if tt.odd == "" {
				if len(odd) > 0 {
					t.Errorf("odd values are counted: %v", odd)
				}
			} else if n := odd[tt.odd]; len(odd) != 1 || n.Count != 1 || len(n.IDs) != 1 || n.IDs[0] != object.ID() {
				t.Errorf("odd values are %v, want one of %s in %s", odd, object.ID(), tt.odd)
			}
			if tt.property != "" {
				compareProperty(t, got, object.ID(), tt.property, tt.want)
			}
			if tt.odd != "" && tt.field != "config" && tt.field != "attributes" { // which can hold credentials
				compareRaw(t, got, object.ID(), tt.field, tt.value)
			}
		})
	}
}

// compareProperty compares a property of an entity with JSON. What could not be read is unknown.
func compareProperty(t *testing.T, s *memory, key, property, want string) {
	t.Helper()
	for _, e := range s.entities {
		if e.Header().Key != key {
			continue
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		if property == "publicIpAddresses" {
			if strings.Contains(string(all[property]), "10.0.0.9") {
				t.Errorf("a private address is public: %s", all[property])
			}
			return
		}
		if string(all[property]) != want {
			t.Errorf("%s is %s, want %s", property, all[property], want)
		}
		return
	}
	t.Errorf("the entity %s is missing", key)
}

// compareRaw compares a field of the raw data, which stays as it came.
func compareRaw(t *testing.T, s *memory, key, field, want string) {
	t.Helper()
	for _, e := range s.entities {
		if e.Header().Key != key {
			continue
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(e.Header().RawData[0].RawData, &raw); err != nil {
			t.Fatal(err)
		}
		if string(raw[field]) != want {
			t.Errorf("the raw %s is %s, want %s", field, raw[field], want)
		}
	}
}

func TestOdd_TwoEntitiesWithOneKeyAreNotBothWritten(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	id := o.SystemUsers[0].ID()
	o.Systems[0]["_id"], o.Systems[0]["id"] = id, id
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), sink)
	if err == nil || m.Status != jumpgraph.Partial {
		t.Errorf("the run is %s, %v; want partial", m.Status, err)
	}
	n := 0
	for _, e := range sink.entities {
		if e.Header().Key == id {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d entities have the key, want 1", n)
	}
}

// TestOdd_ValuesAtTheEdgesOfPagesBreakNoChain serves odd values in records that two pages share.
func TestOdd_ValuesAtTheEdgesOfPagesBreakNoChain(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(61, jumpcloudtest.Size{Users: 2200, Groups: 250, GroupMembers: 3})
	groups := []int{0, 98, 99, 100, 197, 198, 199, 249}
	for _, i := range groups { // lists of groups overlap by one in a hundred
		o.UserGroups[i]["attributes"] = jumpcloudtest.Object{"radius": jumpcloudtest.Object{"reply": []any{jumpcloudtest.Object{"name": "Session-Timeout", "value": i}}}}
	}
	users := []int{0, 998, 999, 1000, 1998, 2199}
	for _, i := range users {
		o.SystemUsers[i]["employeeIdentifier"] = i
	}
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), sink)
	if err != nil {
		t.Fatal(err)
	}
	if m.Entities["jumpcloud_user"] != 2200 || m.Entities["jumpcloud_group"] != 250 {
		t.Errorf("entities %v, want all", m.Entities)
	}
	for name, want := range map[string]struct {
		path  string
		count int
	}{"usergroups": {"attributes.radius.reply[].value", len(groups)}, "systemusers": {"employeeIdentifier", len(users)}} {
		c := collection(t, m, name)
		if n := c.Odd[want.path]; n.Count != want.count || len(n.IDs) != 5 || c.Proof != "chained" || c.Reread > 0 {
			t.Errorf("%s: odd %v, proof %s, read again %d times; want %d in %s, chained", name, c.Odd, c.Proof, c.Reread, want.count, want.path)
		}
	}
}
