package jumpgraph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// console is the address of a server, to which links lead.
var console = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// texts returns what a run gave, as JSON by type and key, without the address of the server.
func texts(t *testing.T, s *memory) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, e := range s.entities {
		all[e.Header().Type+" "+e.Header().Key] = jsonOf(t, e)
	}
	for _, r := range s.relationships {
		all[r.Type+" "+r.Key] = jsonOf(t, r)
	}
	return all
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return console.ReplaceAllString(string(b), "")
}

// everyLayer reads all there is.
var everyLayer = jumpgraph.WithLayers(jumpgraph.DirectoryUsers)

// layered collects an organization with options, and returns what came.
func layered(t *testing.T, s *jumpcloudtest.Server, options ...jumpgraph.Option) (*jumpgraph.Manifest, *memory) {
	t.Helper()
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), unlimited(t, s), sink, options...)
	if err != nil {
		t.Fatal(err)
	}
	return m, sink
}

func serve(t *testing.T, orgs ...*jumpcloudtest.Organization) *jumpcloudtest.Server {
	t.Helper()
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	return s
}

// TestLayers_TheCoreIsTheSameWithAndWithoutThem: a layer adds rows, collections and requests, and changes none of the core.
func TestLayers_TheCoreIsTheSameWithAndWithoutThem(t *testing.T) {
	t.Parallel()
	s := serve(t, jumpcloudtest.Demo())
	before, plain := layered(t, s)
	coreRequests := s.Requests()
	after, rich := layered(t, s, everyLayer)
	want, got := texts(t, plain), texts(t, rich)
	for key := range got {
		if typ, _, _ := strings.Cut(key, " "); !before.Asked(typ) {
			delete(got, key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the core differs (-without +with the layers):\n%s", diff)
	}
	for _, c := range before.Organizations[0].Collections {
		if i := slices.IndexFunc(jumpgraph.Collections(), func(i jumpgraph.CollectionInfo) bool { return i.Name == c.Name }); jumpgraph.Collections()[i].Layer != "core" {
			t.Errorf("a run without layers has the collection %s", c.Name)
		}
	}
	if strings.Contains(jsonOf(t, before), "dropped") {
		t.Error("the manifest of a run without layers has a field that is only theirs")
	}
	requests := s.Requests()[len(coreRequests):]
	for _, r := range coreRequests { // each comes again
		i := slices.Index(requests, r)
		if i < 0 {
			t.Errorf("%s is not sent with the layers", r)
			continue
		}
		requests = slices.Delete(slices.Clone(requests), i, i+1)
	}
	if n := after.Requests - before.Requests; int(n) != len(requests) {
		t.Errorf("the manifest counts %d further requests, the server saw %d", n, len(requests))
	}
}

func TestLayers_TheDemonstrationHasEveryType(t *testing.T) {
	t.Parallel()
	m, sink := layered(t, serve(t, jumpcloudtest.Demo()), everyLayer)
	for _, typ := range schemas.Types() {
		if m.Entities[typ]+m.Relationships[typ] == 0 {
			t.Errorf("the demonstration has no %s", typ)
		}
		if why := m.Missing(typ); why != "" {
			t.Errorf("%s is not whole: %s", typ, why)
		}
	}
	for _, e := range sink.entities {
		if err := schemas.Validate(e); err != nil {
			t.Errorf("%s %s: %v", e.Header().Type, e.Header().Key, err)
		}
	}
	for _, r := range sink.relationships {
		if err := schemas.Validate(&r); err != nil {
			t.Errorf("%s %s: %v", r.Type, r.Key, err)
		}
	}
}

// TestLayers_CostAtMost25Requests: what governance adds to a medium organization. The plan says the same.
func TestLayers_CostAtMost25Requests(t *testing.T) {
	t.Parallel()
	size := medium
	size.Roles, size.Administrators, size.ServiceAccounts, size.AuthnPolicies, size.IPLists, size.Directories, size.RADIUSServers = 8, 12, 5, 10, 6, 3, 2
	s := serve(t, jumpcloudtest.Synthetic(7, size))
	without, _ := layered(t, s)
	with, _ := layered(t, s, jumpgraph.WithLayers(jumpgraph.Governance))
	n := with.Requests - without.Requests
	if n > 25 {
		t.Errorf("governance costs %d further requests, want 25 at most", n)
	}
	t.Logf("governance costs %d further requests", n)
	core, err := jumpgraph.Plan(t.Context(), unlimited(t, s))
	if err != nil {
		t.Fatal(err)
	}
	rich, err := jumpgraph.Plan(t.Context(), unlimited(t, s), jumpgraph.WithLayers(jumpgraph.Governance))
	if err != nil {
		t.Fatal(err)
	}
	if planned := int64(rich.Requests - core.Requests); planned != n {
		t.Errorf("the plan says %d further requests, the run took %d", planned, n)
	}
}

// routesOfLayers are how the paths of the routes end that only the layers use, with the collection that is read by each.
var routesOfLayers = map[string]string{
	"/api/users": "administrators", "/v2/roles": "roles", "/service-accounts": "serviceaccounts", "/authn/policies": "authn/policies",
	"/iplists": "iplists", "/directories": "directories", "/radiusservers": "radiusservers", "/organizations/*": "organizations/settings",
	"/gsuites/*/associations": "directories/groups", "/gsuites/*/users": "directories/users", "/radiusservers/*/associations": "radiusservers/groups",
}

// TestLayers_NeverStopTheCore refuses, breaks and loses each route of the layers: the run is complete and its core the same,
// the collection is not whole, and the manifest says why.
func TestLayers_NeverStopTheCore(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	_, whole := layered(t, serve(t, o.Clone()))
	want := texts(t, whole)
	for path, collection := range routesOfLayers {
		for name, tt := range map[string]struct {
			fault  jumpcloudtest.Fault
			status []jumpgraph.Status
			is     string // in the reason
		}{
			"forbidden":  {jumpcloudtest.Fault{Status: 403}, []jumpgraph.Status{jumpgraph.Forbidden, jumpgraph.Partial}, "403"},
			"refused":    {jumpcloudtest.Fault{Status: 401}, []jumpgraph.Status{jumpgraph.Forbidden, jumpgraph.Partial}, "401"},
			"unlicensed": {jumpcloudtest.Fault{Status: 402}, []jumpgraph.Status{jumpgraph.Unlicensed, jumpgraph.Partial}, "402"},
			"not there":  {jumpcloudtest.Fault{Status: 404}, []jumpgraph.Status{jumpgraph.Unavailable, jumpgraph.Partial}, "404"},
			"cut":        {jumpcloudtest.Fault{Cut: true}, []jumpgraph.Status{jumpgraph.Partial}, "unexpected EOF"},
			"HTML":       {jumpcloudtest.Fault{HTML: true}, []jumpgraph.Status{jumpgraph.Partial}, "HTML"},
			"limited":    {jumpcloudtest.Fault{Status: 429, RetryAfter: "7200"}, []jumpgraph.Status{jumpgraph.Partial}, "429"},
		} {
			t.Run(collection+" "+name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, o.Clone())
				tt.fault.Path = path
				s.Inject(tt.fault)
				c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6), client.WithMaxWait(10*time.Millisecond))
				if err != nil {
					t.Fatal(err)
				}
				sink := &memory{t: t}
				m, err := jumpgraph.Collect(t.Context(), c, sink, everyLayer)
				if err != nil || m.Status != jumpgraph.Complete || sink.ended != "Commit" {
					t.Fatalf("got %v, status %s and %s; want a complete run", err, m.Status, sink.ended)
				}
				got := map[string]string{}
				for key, v := range texts(t, sink) {
					if want[key] != "" {
						got[key] = v
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the core differs (-want +got):\n%s", diff)
				}
				col := collectionOf(m, collection)
				if !slices.Contains(tt.status, col.Status) || !strings.Contains(col.Reason, tt.is) {
					t.Errorf("%s is %s: %s; want one of %v and %s", collection, col.Status, col.Reason, tt.status, tt.is)
				}
				for _, info := range jumpgraph.Collections() {
					if c := collectionOf(m, info.Name); slices.Contains(info.Needs, collection) && (c.Status == jumpgraph.Complete || c.Reason == "") {
						t.Errorf("%s needs %s and is %s: %s", info.Name, collection, c.Status, c.Reason)
					}
				}
			})
		}
	}
}

func collectionOf(m *jumpgraph.Manifest, name string) *jumpgraph.Collection {
	all := m.Organizations[0].Collections
	return all[slices.IndexFunc(all, func(c *jumpgraph.Collection) bool { return c.Name == name })]
}

// TestLayers_FaultsThatPassLeaveNothingOut: what goes wrong for a moment on the routes of the layers changes nothing.
func TestLayers_FaultsThatPassLeaveNothingOut(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{
		Users: 130, Groups: 4, Applications: 3, GroupMembers: 5,
		Roles: 120, Administrators: 230, ServiceAccounts: 130, AuthnPolicies: 150, IPLists: 120, Directories: 130, RADIUSServers: 110,
	}
	o := jumpcloudtest.Synthetic(61, size)
	_, whole := layered(t, serve(t, o), jumpgraph.WithLayers(jumpgraph.Governance))
	want := texts(t, whole)
	for path, collection := range routesOfLayers {
		for name, fault := range map[string]jumpcloudtest.Fault{
			"500": {Times: 1, Status: 500}, "cut": {Times: 1, Cut: true}, "reset": {Times: 1, Reset: true},
			"a row inserted": jumpcloudtest.RowInserted(),
		} {
			t.Run(collection+" "+name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, o)
				fault.Path = path
				s.Inject(fault)
				m, sink := layered(t, s, jumpgraph.WithLayers(jumpgraph.Governance))
				got := texts(t, sink)
				if fault.Shift != 0 { // which is one row more, or an edge to nobody
					for key := range got {
						if want[key] == "" {
							delete(got, key)
						}
					}
				}
				if diff := cmp.Diff(want, got); diff != "" && len(slices.Collect(maps.Keys(incomplete(m)))) == 0 {
					t.Errorf("something is missing, and the manifest does not say so (-want +got):\n%.1500s", diff)
				}
			})
		}
	}
}

// incomplete returns the collections that are not complete.
func incomplete(m *jumpgraph.Manifest) map[string]string {
	all := map[string]string{}
	for _, c := range m.Organizations[0].Collections {
		if c.Status != jumpgraph.Complete {
			all[c.Name] = c.Reason
		}
	}
	return all
}

func TestLayers_UnknownOnesAreUsage(t *testing.T) {
	t.Parallel()
	s := serve(t, jumpcloudtest.Demo())
	unknown := jumpgraph.WithLayers("devicez")
	for name, err := range map[string]error{
		"Collect": func() error {
			_, err := jumpgraph.Collect(t.Context(), unlimited(t, s), &memory{t: t}, unknown)
			return err
		}(),
		"Plan": func() error { _, err := jumpgraph.Plan(t.Context(), unlimited(t, s), unknown); return err }(),
	} {
		if !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), "governance, directory-users") {
			t.Errorf("%s: got %v, want ErrUsage with the list of layers", name, err)
		}
	}
	if _, err := jumpgraph.Collect(t.Context(), unlimited(t, s), &memory{t: t}, jumpgraph.Skip("roles")); !errors.Is(err, jumpgraph.ErrUsage) {
		t.Errorf("a collection of a layer that is not chosen was skipped: %v", err)
	}
	if len(s.Requests()) > 0 {
		t.Errorf("%d requests were sent", len(s.Requests()))
	}
}

func TestLayers_OneCollectionCanBeLeftOut(t *testing.T) {
	t.Parallel()
	s := serve(t, jumpcloudtest.Demo())
	m, _ := layered(t, s, everyLayer, jumpgraph.Skip("roles"))
	for name, want := range map[string]jumpgraph.Status{
		"roles": jumpgraph.Skipped, "administrators/roles": jumpgraph.Skipped, "serviceaccounts/roles": jumpgraph.Skipped, "administrators": jumpgraph.Complete,
	} {
		if c := collectionOf(m, name); c.Status != want {
			t.Errorf("%s is %s, want %s", name, c.Status, want)
		}
	}
	if slices.ContainsFunc(s.Requests(), func(r string) bool { return strings.HasSuffix(r, "/roles") }) {
		t.Error("the roles were asked for")
	}
}

// TestAdministrators_OfOtherOrganizationsAreDroppedAndCounted: the list of administrators is one for all organizations.
func TestAdministrators_OfOtherOrganizationsAreDroppedAndCounted(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{Users: 5, Administrators: 3, Roles: 2}
	a, b := jumpcloudtest.Synthetic(1, size), jumpcloudtest.Synthetic(2, size)
	shared := b.Administrators[0] // of a provider, who administers both
	delete(shared, "organization")
	shared["provider"] = "5f0000000000000000000001"
	a.Administrators = append(a.Administrators, shared)
	for name, tt := range map[string]struct {
		fault       jumpcloudtest.Fault
		status      jumpgraph.Status
		mine, other int64
	}{
		"by the links":            {jumpcloudtest.Fault{Path: "/none"}, jumpgraph.Complete, 4, 2},
		"by what they name":       {jumpcloudtest.Fault{Path: "/administratorlinks", Status: 403}, jumpgraph.Partial, 3, 3}, // whose the shared one is stays open
		"the links break":         {jumpcloudtest.Fault{Path: "/administratorlinks", Cut: true}, jumpgraph.Partial, 0, 0},
		"the links are not there": {jumpcloudtest.Fault{Path: "/administratorlinks", Status: 404}, jumpgraph.Partial, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, a.Clone(), b.Clone())
			s.Inject(tt.fault)
			m, _ := layered(t, s, jumpgraph.WithOrgs(a.Self.ID()), jumpgraph.WithLayers(jumpgraph.Governance))
			col := collectionOf(m, "administrators")
			if m.Entities["jumpcloud_administrator"] != tt.mine || col.Dropped != tt.other || col.Status != tt.status {
				t.Errorf("%d administrators, %d dropped, %s: %s; want %d, %d, %s", m.Entities["jumpcloud_administrator"], col.Dropped, col.Status, col.Reason,
					tt.mine, tt.other, tt.status)
			}
		})
	}
}

// TestLayers_BadInputIsCountedAndCostsNoRecord puts odd things into what the layers read.
func TestLayers_BadInputIsCountedAndCostsNoRecord(t *testing.T) {
	t.Parallel()
	nested := any(map[string]any{"deviceManaged": true})
	for range 50 {
		nested = map[string]any{"not": map[string]any{"all": []any{nested}}}
	}
	var many []any
	for i := range 10_000 {
		many = append(many, fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250))
	}
	for name, tt := range map[string]struct {
		change     func(o *jumpcloudtest.Organization)
		collection string
		odd        string
		unmatched  int64
		holds      string // in the output
	}{
		"an administrator without e-mail": {func(o *jumpcloudtest.Organization) { o.Administrators[0]["email"] = nil }, "administrators", "", 0, ""},
		"an e-mail address as a number":   {func(o *jumpcloudtest.Organization) { o.Administrators[0]["email"] = 17 }, "administrators", "email", 0, ""},
		"a session count as a list":       {func(o *jumpcloudtest.Organization) { o.Administrators[0]["sessionCount"] = []any{1} }, "administrators", "sessionCount", 0, ""},
		"two users with one address": {func(o *jumpcloudtest.Organization) {
			o.SystemUsers[1]["email"] = strings.ToUpper(o.SystemUsers[0]["email"].(string))
			o.Administrators[0]["email"] = o.SystemUsers[0]["email"]
		}, "administrators/users", "email", 0, ""},
		"a role that there is not":          {func(o *jumpcloudtest.Organization) { o.Administrators[0]["roles"] = []any{"5f00000000000000000000aa"} }, "administrators/roles", "", 1, ""},
		"a role of an account as an object": {func(o *jumpcloudtest.Organization) { o.ServiceAccounts[0]["roleId"] = map[string]any{} }, "serviceaccounts", "roleId", 0, ""},
		"a status that nobody knows":        {func(o *jumpcloudtest.Organization) { o.ServiceAccounts[0]["status"] = "SLEEPING" }, "serviceaccounts", "status", 0, `"status":"SLEEPING"`},
		"conditions 50 levels deep":         {func(o *jumpcloudtest.Organization) { o.AuthnPolicies[0]["conditions"] = nested }, "authn/policies", "", 0, `"deviceManaged":true`},
		"an operator that nobody knows": {func(o *jumpcloudtest.Organization) {
			o.AuthnPolicies[0]["conditions"] = map[string]any{"moonIs": "full"}
		}, "authn/policies", "conditions", 0, `moonIs`},
		"conditions as a text": {func(o *jumpcloudtest.Organization) { o.AuthnPolicies[0]["conditions"] = "always" }, "authn/policies", "conditions", 0, ""},
		"a group that there is not": {func(o *jumpcloudtest.Organization) {
			o.AuthnPolicies[4]["targets"] = map[string]any{"userGroups": map[string]any{"inclusions": []any{"5f00000000000000000000aa"}}}
		}, "authn/policies/groups", "", 1, ""},
		"a list that there is not": {func(o *jumpcloudtest.Organization) {
			o.AuthnPolicies[4]["conditions"] = map[string]any{"ipAddressIn": []any{"5f00000000000000000000aa"}}
		}, "authn/policies/iplists", "", 1, ""},
		"10,000 addresses":           {func(o *jumpcloudtest.Organization) { o.IPLists[0]["ips"] = many }, "iplists", "", 0, `"entryCount":10000`},
		"IPv6, a host name, a blank": {func(o *jumpcloudtest.Organization) { o.IPLists[0]["ips"] = []any{"::/0", "vpn.example.com", "  "} }, "iplists", "ips[]", 0, `"holdsInternet":true`},
		"a list as a text":           {func(o *jumpcloudtest.Organization) { o.IPLists[0]["ips"] = "10.0.0.1" }, "iplists", "ips", 0, ""},
		"a switch that is missing": {func(o *jumpcloudtest.Organization) {
			o.Self["settings"].(jumpcloudtest.Object)["passwordPolicy"] = map[string]any{"minLength": 8}
		}, "organizations/settings", "settings.passwordPolicy.minLength", 0, ""},
		"an MFA status that nobody knows": {func(o *jumpcloudtest.Organization) {
			o.SystemUsers[0]["mfaEnrollment"] = map[string]any{"totpStatus": "DREAMING"}
		}, "systemusers/mfa", "mfaEnrollment.totpStatus", 0, `"DREAMING"`},
		"a key that is none": {func(o *jumpcloudtest.Organization) {
			o.SystemUsers[0]["ssh_keys"] = []any{map[string]any{"_id": "5f00000000000000000000aa", "name": "x", "public_key": "no key at all"}}
		}, "systemusers/sshkeys", "public_key", 0, ""},
		"a role without an id":      {func(o *jumpcloudtest.Organization) { o.Administrators[0]["roles"] = []any{""} }, "administrators/roles", "jumpcloud_administrator_assigned_role", 0, ""},
		"a duplicated role":         {func(o *jumpcloudtest.Organization) { o.Roles = append(o.Roles, o.Roles[0]) }, "roles", "", 0, ""},
		"a directory of a new type": {func(o *jumpcloudtest.Organization) { o.Directories[0]["type"] = "okta" }, "directories", "", 0, `"type":"okta"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jumpcloudtest.Demo()
			tt.change(o)
			m, sink := layered(t, serve(t, o), everyLayer)
			col := collectionOf(m, tt.collection)
			if _, ok := col.Odd[tt.odd]; tt.odd != "" && !ok {
				t.Errorf("odd: %v, want %s", col.Odd, tt.odd)
			}
			if col.Unmatched != tt.unmatched || col.Rejected != 0 {
				t.Errorf("%d unmatched, %d rejected: %s; want %d and none", col.Unmatched, col.Rejected, col.Reason, tt.unmatched)
			}
			if n := m.Entities["jumpcloud_administrator"]; n != 9 {
				t.Errorf("%d administrators, want 9", n)
			}
			if !slices.ContainsFunc(slices.Collect(maps.Values(texts(t, sink))), func(s string) bool { return strings.Contains(s, tt.holds) }) {
				t.Errorf("nothing holds %s", tt.holds)
			}
		})
	}
}

// TestLayers_NoSecretLeaves looks for what is secret in the answers of the layers, with and without raw data.
func TestLayers_NoSecretLeaves(t *testing.T) {
	t.Parallel()
	const marker = "hush-hush-hush"
	o := jumpcloudtest.Demo()
	for _, a := range o.Administrators {
		a["apiKeyHash"] = map[string]any{"prefix": marker, "createdAt": marker}
		a["growthData"] = map[string]any{"x": marker}
	}
	for _, r := range o.RADIUSServers {
		r["sharedSecret"] = marker
	}
	for _, a := range o.ServiceAccounts {
		a["authConfigList"] = []any{map[string]any{"clientSecretConfig": marker}}
	}
	for _, d := range o.Directories {
		d["oAuthStatus"] = map[string]any{"token": marker, "refreshToken": marker}
	}
	for _, raw := range []bool{false, true} {
		options := []jumpgraph.Option{everyLayer}
		if raw {
			options = append(options, jumpgraph.WithRaw())
		}
		m, sink := layered(t, serve(t, o.Clone()), options...)
		all := jsonOf(t, m)
		for _, v := range texts(t, sink) {
			all += v
		}
		if i := strings.Index(all, marker); i >= 0 {
			t.Errorf("raw %v: a secret is in the output: %s", raw, all[max(0, i-200):i+50])
		}
		if !raw && strings.Contains(all, "AAAA") {
			t.Error("an SSH key is in the output")
		}
	}
}
