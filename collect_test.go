package jumpgraph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// memory is a sink that keeps everything and checks how it is called.
type memory struct {
	t             *testing.T
	entities      []entities.Entity
	relationships []relationships.Relationship
	inCall        bool
	ended         string
	cause         error
}

func (m *memory) enter(name string) func() {
	m.t.Helper()
	if m.inCall || m.ended != "" {
		m.t.Errorf("%s was called during another call, or after %q", name, m.ended)
	}
	m.inCall = true
	return func() { m.inCall = false }
}

func (m *memory) Begin(context.Context, jumpgraph.Run) error {
	defer m.enter("Begin")()
	return nil
}

func (m *memory) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	defer m.enter("Entities")()
	m.entities = append(m.entities, batch...)
	return nil
}

func (m *memory) Relationships(_ context.Context, _ string, batch []relationships.Relationship) error {
	defer m.enter("Relationships")()
	m.relationships = append(m.relationships, batch...)
	return nil
}

func (m *memory) Commit(context.Context, *jumpgraph.Manifest) error {
	m.enter("Commit")()
	m.ended = "Commit"
	return nil
}

func (m *memory) Abort(ctx context.Context, _ *jumpgraph.Manifest, cause error) error {
	m.enter("Abort")()
	m.ended, m.cause = "Abort", cause
	return ctx.Err()
}

// fake starts a fake JumpCloud, with a handler before it that may answer itself.
func fake(t *testing.T, before func(http.ResponseWriter, *http.Request) bool, orgs ...*jumpcloudtest.Organization) *client.Client {
	t.Helper()
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.ErrorLog = log.New(io.Discard, "", 0) // cancelled requests are meant
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(front.URL), client.WithMaxRPS(math.Inf(1)), client.WithMaxWait(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// on answers requests for a path with a status.
func on(path string, status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		w.WriteHeader(status)
		return true
	}
}

// statuses returns the status of each collection of the first organization.
func statuses(m *jumpgraph.Manifest) map[string]jumpgraph.Status {
	all := map[string]jumpgraph.Status{}
	for _, c := range m.Organizations[0].Collections {
		all[c.Name] = c.Status
	}
	return all
}

func collection(t *testing.T, m *jumpgraph.Manifest, name string) *jumpgraph.Collection {
	t.Helper()
	for _, c := range m.Organizations[0].Collections {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("the manifest has no collection %q", name)
	return nil
}

func TestCollect_GivesTheWholeGraph(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(11, jumpcloudtest.Size{Users: 120, Systems: 60, Groups: 12, Applications: 9, AppleDevices: 14, GroupMembers: 25, DeadRecords: true})
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), sink)
	if err != nil {
		t.Fatal(err)
	}
	if sink.ended != "Commit" || m.Status != jumpgraph.Complete {
		t.Errorf("ended with %s and status %s, want Commit and complete", sink.ended, m.Status)
	}
	got := map[string]bool{}
	for _, r := range sink.relationships {
		if got[r.Key] {
			t.Errorf("the relationship %s came twice", r.Key)
		}
		got[r.Key] = true
	}
	want := truth(o)
	if diff := cmp.Diff(want, keys(sink)); diff != "" {
		t.Errorf("the graph differs from what the server holds (-want +got):\n%s", diff)
	}
	for _, col := range m.Organizations[0].Collections {
		proof := "chained"
		switch col.Name {
		case "usergroups/members":
			proof = "total"
		case "applications/assignments":
			proof = "combined"
		}
		if col.Status != jumpgraph.Complete || col.Proof != proof || col.FinishedAt.IsZero() {
			t.Errorf("collection %s: status %s, proof %s", col.Name, col.Status, col.Proof)
		}
	}
	if dead := collection(t, m, "usergroups/members").Dead; dead == 0 {
		t.Error("the dead records of the groups are not in the manifest")
	}
}

// core are the types whose graph truth knows.
var core = []string{
	"jumpcloud_account", "jumpcloud_user", "jumpcloud_group", "jumpcloud_application", "jumpcloud_apple_mdm", "jumpcloud_apple_device",
	"jumpcloud_device", "jumpcloud_account_has_apple_mdm", "jumpcloud_account_has_application", "jumpcloud_account_has_device",
	"jumpcloud_account_has_group", "jumpcloud_account_has_user", "jumpcloud_apple_device_has_mdm", "jumpcloud_group_assigned_application",
	"jumpcloud_group_has_user", "jumpcloud_user_assigned_application",
}

// keys returns all keys of the core's entities and relationships, those of assignments with what they say of directness.
func keys(s *memory) map[string]string {
	all := map[string]string{}
	for _, e := range s.entities {
		if slices.Contains(core, e.Header().Type) {
			all[e.Header().Key] = e.Header().Type
		}
	}
	for _, r := range s.relationships {
		if !slices.Contains(core, r.Type) {
			continue
		}
		all[r.Key] = r.Type
		if own, ok := r.Properties.(relationships.UserAssignedApplicationProperties); ok && own.Direct {
			all[r.Key] += " direct"
		}
	}
	return all
}

// truth is the graph that a synthetic organization should become.
func truth(o *jumpcloudtest.Organization) map[string]string {
	all := map[string]string{}
	org := o.Self.ID()
	inventory := func(list []jumpcloudtest.Object, short string) map[string]bool {
		ids := map[string]bool{}
		for _, v := range list {
			ids[v.ID()] = true
			all[v.ID()] = "jumpcloud_" + short
			all[org+"|has|"+v.ID()] = "jumpcloud_account_has_" + short
		}
		return ids
	}
	all[org] = "jumpcloud_account"
	users := inventory(o.SystemUsers, "user")
	inventory(o.Systems, "device")
	groups := inventory(o.UserGroups, "group")
	inventory(o.Applications, "application")
	inventory(o.AppleMDMs, "apple_mdm")
	for mdm, list := range o.AppleMDMDevices {
		for _, d := range list {
			all[d.ID()] = "jumpcloud_apple_device"
			all[d.ID()+"|has|"+mdm] = "jumpcloud_apple_device_has_mdm"
		}
	}
	for g, members := range o.Members {
		for _, u := range members {
			if users[u] {
				all[g+"|has|"+u] = "jumpcloud_group_has_user"
			}
		}
	}
	for app, bound := range o.ApplicationGroups {
		for _, g := range bound {
			if !groups[g] {
				continue
			}
			all[g+"|assigned|"+app] = "jumpcloud_group_assigned_application"
			for _, u := range o.Members[g] {
				if users[u] {
					all[u+"|assigned|"+app] = "jumpcloud_user_assigned_application"
				}
			}
		}
	}
	for app, bound := range o.ApplicationUsers {
		for _, u := range bound {
			if users[u] {
				all[u+"|assigned|"+app] = "jumpcloud_user_assigned_application direct"
			}
		}
	}
	return all
}

func TestCollect_ExpansionThatDisagreesWithJumpCloudIsNotPassedOff(t *testing.T) {
	t.Parallel()
	more := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/users") {
			return false
		}
		w.Header().Set("X-Total-Count", "1000")
		_, _ = io.WriteString(w, "[]")
		return true
	}
	m, err := jumpgraph.Collect(t.Context(), fake(t, more, jumpcloudtest.Demo()), &memory{t: t})
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	if c := collection(t, m, "applications/assignments"); c.Status != jumpgraph.Partial || !strings.Contains(c.Reason, "JumpCloud counts 1000 users") {
		t.Errorf("assignments are %s: %s", c.Status, c.Reason)
	}
}

func TestCollect_TraversalsSayTheSameAsAssociations(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(12, jumpcloudtest.Size{Users: 40, Groups: 5, Applications: 6, GroupMembers: 9})
	direct, traversed := &memory{t: t}, &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), direct); err != nil {
		t.Fatal(err)
	}
	m, err := jumpgraph.Collect(t.Context(), fake(t, on("/associations", 403), o), traversed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(direct), keys(traversed)); diff != "" {
		t.Errorf("the two ways differ (-associations +traversals):\n%s", diff)
	}
	if e := collection(t, m, "applications/assignments").Endpoint; !strings.Contains(e, "/users") {
		t.Errorf("the manifest names %s as the endpoint of the traversals", e)
	}
}

func TestCollect_FailuresOfOneCollectionLeaveTheOthers(t *testing.T) {
	t.Parallel()
	whole := jumpcloudtest.Demo()
	for name, tt := range map[string]struct {
		before func(http.ResponseWriter, *http.Request) bool
		want   map[string]jumpgraph.Status // all others are complete
		err    error                       // nil: the run is complete
	}{
		"devices forbidden":    {on("/systems", 403), map[string]jumpgraph.Status{"systems": jumpgraph.Forbidden}, client.ErrForbidden},
		"no device manager":    {on("/applemdms", 404), map[string]jumpgraph.Status{"applemdms": jumpgraph.Unavailable, "applemdms/devices": jumpgraph.Unavailable}, nil},
		"devices of a manager": {on("/devices", 404), map[string]jumpgraph.Status{"applemdms/devices": jumpgraph.Partial}, jumpgraph.ErrIncomplete},
		"server error":         {on("/usergroups", 500), map[string]jumpgraph.Status{"usergroups": jumpgraph.Partial}, jumpgraph.ErrIncomplete},
		"HTML with 200":        {html("/applications"), map[string]jumpgraph.Status{"applications": jumpgraph.Partial}, jumpgraph.ErrIncomplete},
		"users forbidden":      {both(on("/search/systemusers", 403), on("/api/systemusers", 403)), map[string]jumpgraph.Status{"systemusers": jumpgraph.Forbidden, "usergroups/members": jumpgraph.Forbidden, "applications/assignments": jumpgraph.Forbidden}, client.ErrForbidden},
		"every group is gone":  {on("/members", 404), map[string]jumpgraph.Status{"usergroups/members": jumpgraph.Partial}, jumpgraph.ErrIncomplete},
		"limited to the end":   {on("/systems", 429), map[string]jumpgraph.Status{"systems": jumpgraph.Partial}, client.ErrRateLimited},
		"assignments all gone": {both(on("/associations", 404), on("/api/nothing", 404)), map[string]jumpgraph.Status{"applications/assignments": jumpgraph.Partial}, jumpgraph.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), fake(t, tt.before, whole.Clone()), sink)
			if tt.err == nil {
				if err != nil || m.Status != jumpgraph.Complete || sink.ended != "Commit" {
					t.Errorf("status %s, error %v; want a complete run", m.Status, err)
				}
			} else {
				if !errors.Is(err, jumpgraph.ErrIncomplete) || !errors.Is(err, tt.err) || sink.ended != "Abort" {
					t.Errorf("error %v, %s; want ErrIncomplete with %v, and Abort", err, sink.ended, tt.err)
				}
				if m.Status != jumpgraph.Partial || len(m.Files) != 0 {
					t.Errorf("status %s with files %v, want partial without files", m.Status, m.Files)
				}
			}
			want := map[string]jumpgraph.Status{}
			for _, info := range jumpgraph.Collections() {
				if info.Layer == "core" {
					want[info.Name] = jumpgraph.Complete
				}
			}
			maps.Copy(want, tt.want)
			got := statuses(m)
			for c := range want { // what depends on a partial collection may be partial too
				if got[c] == jumpgraph.Partial && want[c] == jumpgraph.Complete && strings.Contains(c, "/") && tt.err != nil {
					want[c] = jumpgraph.Partial
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			for _, c := range m.Organizations[0].Collections {
				if c.Status != jumpgraph.Complete && c.Reason == "" {
					t.Errorf("collection %s is %s without a reason", c.Name, c.Status)
				}
			}
		})
	}
}

func html(path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		_, _ = io.WriteString(w, "<!DOCTYPE html><html></html>")
		return true
	}
}

func both(a, b func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool { return a(w, r) || b(w, r) }
}

func TestCollect_GroupDeletedDuringTheRunIsSkipped(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	gone := o.UserGroups[1].ID()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	s.BeforeEach(func(_ int, _, path string) {
		if strings.HasSuffix(path, gone+"/members") {
			s.Change(func(orgs []*jumpcloudtest.Organization) {
				orgs[0].UserGroups = slices.DeleteFunc(orgs[0].UserGroups, func(g jumpcloudtest.Object) bool { return g.ID() == gone })
			})
		}
	})
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := jumpgraph.Collect(t.Context(), c, &memory{t: t})
	if err != nil || m.Status != jumpgraph.Complete {
		t.Errorf("status %s, error %v; want a complete run without the members of a deleted group", m.Status, err)
	}
}

func TestCollect_BadRecordsAreNamedCountedAndMakeTheRunPartial(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	delete(o.SystemUsers[2], "_id")
	delete(o.SystemUsers[2], "id")
	o.SystemUsers[4]["organization"] = []any{"surely"}
	o.Systems[0]["_id"], o.Systems[0]["id"] = "short", "short"
	m, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), &memory{t: t})
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	users := collection(t, m, "systemusers")
	if users.Rejected != 2 || users.Status != jumpgraph.Partial || users.Received != int64(len(o.SystemUsers)) {
		t.Errorf("users: %+v, want 2 rejected of all", users)
	}
	name := o.SystemUsers[2]["displayname"].(string)
	if !strings.Contains(users.Reason, name) || !strings.Contains(users.Reason, o.SystemUsers[4].ID()) {
		t.Errorf("the reason %q names neither %q nor %s", users.Reason, name, o.SystemUsers[4].ID())
	}
	if systems := collection(t, m, "systems"); systems.Rejected != 1 || !strings.Contains(systems.Reason, `"short"`) {
		t.Errorf("systems: %+v, want the one with the short id rejected and named", systems)
	}
}

func TestCollect_ObjectsOfAnotherOrganizationEndTheRun(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	o.Systems[3]["organization"] = "5f00000000000000000000ff"
	sink := &memory{t: t}
	_, err := jumpgraph.Collect(t.Context(), fake(t, nil, o), sink)
	if err == nil || !strings.Contains(err.Error(), "another organization") || sink.ended != "Abort" {
		t.Errorf("got %v and %s, want the run to fail as mixed", err, sink.ended)
	}
}

func TestCollect_Organizations(t *testing.T) {
	t.Parallel()
	a, b := jumpcloudtest.Demo(), jumpcloudtest.Synthetic(4, jumpcloudtest.Size{Users: 5})
	id := "60000000000000000000000b"
	b.Self["_id"], b.Self["id"] = id, id
	for _, u := range b.SystemUsers {
		u["organization"] = id
	}
	c := fake(t, nil, a, b)
	_, err := jumpgraph.Collect(t.Context(), c, &memory{t: t})
	if !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), "Brightwater Instruments") {
		t.Errorf("none chosen: %v, want a usage error that lists both", err)
	}
	if _, err := jumpgraph.Collect(t.Context(), c, &memory{t: t}, jumpgraph.WithOrgs("nobody")); !errors.Is(err, jumpgraph.ErrUsage) {
		t.Errorf("an unknown one chosen: %v, want a usage error", err)
	}
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), c, sink, jumpgraph.WithOrgs(id))
	if err != nil || m.Entities["jumpcloud_user"] != 5 || len(m.Organizations) != 1 {
		t.Errorf("b chosen: %v, %+v; want its 5 users", err, m)
	}
	m, err = jumpgraph.Collect(t.Context(), c, &memory{t: t}, jumpgraph.AllOrgs())
	if err != nil || len(m.Organizations) != 2 || m.Entities["jumpcloud_account"] != 2 || m.Entities["jumpcloud_user"] != int64(5+len(a.SystemUsers)) {
		t.Errorf("all: %v, %+v; want both organizations", err, m)
	}
	if m, err = jumpgraph.Collect(t.Context(), c.ForOrg(id), &memory{t: t}); err != nil || m.Organizations[0].ID != id {
		t.Errorf("named by the client: %v, want its organization", err)
	}
}

func TestCollect_AsksOnlyForWhatTheConvertersRead(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]string{}
	note := func(_ http.ResponseWriter, r *http.Request) bool {
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(b))
		var q struct {
			Fields string `json:"fields"`
		}
		_ = json.Unmarshal(b, &q)
		mu.Lock()
		asked[r.URL.Path] = q.Fields + r.URL.Query().Get("fields")
		mu.Unlock()
		return false
	}
	plain := &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, note, jumpcloudtest.Demo()), plain); err != nil {
		t.Fatal(err)
	}
	for path, field := range map[string]string{"/api/search/systemusers": " mfa ", "/api/search/systems": " networkInterfaces ", "/api/applications": " ssoUrl "} {
		if got := " " + asked[path] + " "; !strings.Contains(got, field) || !strings.Contains(got, " organization ") {
			t.Errorf("%s was asked for %q, want the fields that the converters read", path, got)
		}
		if strings.Contains(asked[path], "config") || strings.Contains(asked[path], ",") {
			t.Errorf("%s was asked for %q", path, asked[path])
		}
	}
	asked = map[string]string{}
	whole := &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, note, jumpcloudtest.Demo()), whole, jumpgraph.WithRaw()); err != nil {
		t.Fatal(err)
	}
	if got := asked["/api/search/systemusers"]; got != "" {
		t.Errorf("with raw data users were asked for %q only", got)
	}
	texts := func(list []entities.Entity) string {
		var lines []string
		for _, e := range list {
			e.Header().RawData = nil
			b, _ := json.Marshal(e)
			lines = append(lines, withoutPorts(string(b)))
		}
		slices.Sort(lines) // the types come as they are ready
		return strings.Join(lines, "\n")
	}
	if diff := cmp.Diff(texts(whole.entities), texts(plain.entities)); diff != "" {
		t.Errorf("fewer fields gave other entities:\n%s", diff)
	}
}

func TestCollect_SkipLeavesOutWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	m, err := jumpgraph.Collect(t.Context(), fake(t, nil, jumpcloudtest.Demo()), &memory{t: t}, jumpgraph.Skip("usergroups", "systems"))
	if err != nil || m.Status != jumpgraph.Complete {
		t.Fatalf("got %v, want a complete run: what is left out on purpose is not missing", err)
	}
	for name, s := range statuses(m) {
		left := slices.Contains([]string{"usergroups", "systems", "usergroups/members", "applications/assignments"}, name)
		if (s == jumpgraph.Skipped) != left {
			t.Errorf("collection %s is %s", name, s)
		}
	}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, nil, jumpcloudtest.Demo()), &memory{t: t}, jumpgraph.Skip("printers")); !errors.Is(err, jumpgraph.ErrUsage) {
		t.Errorf("an unknown collection to skip gave %v, want a usage error", err)
	}
}

func TestCollect_UnmatchedEdgesAreCountedNotWritten(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	hidden := o.SystemUsers[len(o.SystemUsers)-1].ID()
	o.Members[o.UserGroups[0].ID()] = []string{hidden}
	c := fake(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/search/systemusers") {
			return false
		}
		// A list without the last user, as if that one had been made a moment later.
		b, _ := json.Marshal(map[string]any{"results": o.SystemUsers[:len(o.SystemUsers)-1], "totalCount": len(o.SystemUsers) - 1})
		_, _ = w.Write(b)
		return true
	}, o)
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), c, sink)
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete: a large share of edges leads nowhere", err)
	}
	members := collection(t, m, "usergroups/members")
	if members.Unmatched == 0 || !strings.Contains(members.Reason, hidden) {
		t.Errorf("members: %+v, want the unmatched edges counted and one named", members)
	}
	for _, r := range sink.relationships {
		if strings.Contains(r.Key, hidden) {
			t.Errorf("the edge %s leads to an entity that is not there", r.Key)
		}
	}
}

func TestCollect_CancelledRunsAbortWithALiveContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := fake(t, func(http.ResponseWriter, *http.Request) bool { cancel(); return false }, jumpcloudtest.Demo())
	sink := &memory{t: t}
	_, err := jumpgraph.Collect(ctx, c, sink)
	if !errors.Is(err, context.Canceled) || sink.ended != "Abort" {
		t.Errorf("got %v and %s, want context.Canceled and Abort", err, sink.ended)
	}
}

// broken is a sink that cannot take entities.
type broken struct{ memory }

func (b *broken) Entities(context.Context, string, []entities.Entity) error {
	return errors.New("the disk is full")
}

func TestCollect_SinkFailureEndsTheRun(t *testing.T) {
	t.Parallel()
	sink := &broken{memory{t: t}}
	_, err := jumpgraph.Collect(t.Context(), fake(t, nil, jumpcloudtest.Demo()), sink)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || sink.ended != "Abort" {
		t.Errorf("got %v and %s, want the sink's error and Abort", err, sink.ended)
	}
}

func TestCollect_RawKeepsFieldsWithoutSecrets(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	o.Systems[0]["systemToken"] = "marker-of-a-secret"
	o.Systems[0]["brandNewField"] = "marker-of-a-secret"
	for _, app := range o.Applications {
		app["config"] = map[string]any{"idpPrivateKey": map[string]any{"value": "marker-of-a-secret"}, "new": map[string]any{"value": "marker-of-a-secret"}}
	}
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)), client.WithUnknownFields())
	if err != nil {
		t.Fatal(err)
	}
	sink := &memory{t: t}
	if _, err := jumpgraph.Collect(t.Context(), c, sink, jumpgraph.WithRaw()); err != nil {
		t.Fatal(err)
	}
	for _, e := range sink.entities {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "marker-of-a-secret") || strings.Contains(string(b), "PRIVATE KEY") {
			t.Errorf("%s %s holds a secret", e.Header().Type, e.Header().Key)
		}
		if len(e.Header().RawData) != 1 {
			t.Errorf("%s has no raw data", e.Header().Key)
		}
		if e.Header().Key == o.Systems[0].ID() && !strings.Contains(string(b), `"_unknownFields":["brandNewField"]`) {
			t.Errorf("the unknown field is not named: %s", b)
		}
	}
}

// one answers a request with a status when a condition holds.
func one(status int, when func(*http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if when(r) {
			w.WriteHeader(status)
			return true
		}
		return false
	}
}

func TestCollect_ListThatIsNotFoundIsNotBelieved(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	other := jumpcloudtest.Object{"id": "5f0000000000000000000aaa", "name": "another", "organization": o.Self.ID()}
	o.AppleMDMs = append([]jumpcloudtest.Object{other}, o.AppleMDMs...)
	most := map[string]bool{}
	for _, g := range o.UserGroups[1:] {
		most["/api/v2/usergroups/"+g.ID()+"/members"] = true
	}
	for name, tt := range map[string]struct {
		before     func(http.ResponseWriter, *http.Request) bool
		collection string
	}{
		"members of groups that exist":     {one(404, func(r *http.Request) bool { return most[r.URL.Path] }), "usergroups/members"},
		"devices of one device manager":    {on(other.ID()+"/devices", 404), "applemdms/devices"},
		"the users":                        {both(on("/search/systemusers", 404), on("/api/systemusers", 404)), "systemusers"},
		"the systems":                      {both(on("/search/systems", 404), on("/api/systems", 404)), "systems"},
		"the groups":                       {on("/v2/usergroups", 404), "usergroups"},
		"an envelope that is missing":      {one(200, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/search/systems") }), "systems"},
		"the associations of applications": {on("/associations", 404), "applications/assignments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := jumpgraph.Collect(t.Context(), fake(t, tt.before, o.Clone()), &memory{t: t})
			if !errors.Is(err, jumpgraph.ErrIncomplete) {
				t.Fatalf("got %v, want ErrIncomplete", err)
			}
			if c := collection(t, m, tt.collection); c.Status != jumpgraph.Partial || c.Reason == "" {
				t.Errorf("%s is %s: %s", c.Name, c.Status, c.Reason)
			}
		})
	}
}

// TestCollect_EndedRunsReadNothingHalfWritten ends runs while the lists are being read, by a refused key; the race
// detector watches.
func TestCollect_EndedRunsReadNothingHalfWritten(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(60, jumpcloudtest.Size{Users: 3000, Groups: 150, Applications: 20, GroupMembers: 5})
	for i := range 6 {
		s := jumpcloudtest.NewServer(o)
		t.Cleanup(s.Close)
		s.Inject(jumpcloudtest.Fault{Path: "/associations", Status: 403}, jumpcloudtest.Fault{Skip: 2 + i, Status: 401})
		c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jumpgraph.Collect(t.Context(), c, &memory{t: t}); !errors.Is(err, client.ErrUnauthorized) {
			t.Errorf("got %v, want ErrUnauthorized", err)
		}
	}
}

func withoutPorts(s string) string {
	parts := strings.Split(s, "http://127.0.0.1:")
	for i, p := range parts[1:] {
		if j := strings.IndexAny(p, `/"`); j >= 0 {
			parts[i+1] = p[j:]
		}
	}
	return strings.Join(parts, "")
}

// TestCollect_CountsTheRequestsOfItsOwnRun uses one client for runs that follow each other and for runs that go on at once.
func TestCollect_CountsTheRequestsOfItsOwnRun(t *testing.T) {
	t.Parallel()
	c := fake(t, nil, three()...)
	var events atomic.Int64
	count := func(id string) int64 {
		m, err := jumpgraph.Collect(t.Context(), c, &memory{t: t}, jumpgraph.WithOrgs(id),
			jumpgraph.WithProgress(func(e jumpgraph.Event) { events.Store(max(events.Load(), e.Requests)) }))
		if err != nil {
			t.Error(err)
			return 0
		}
		return m.Requests
	}
	first := count("60000000000000000000000a")
	if again := count("60000000000000000000000a"); again != first || c.Stats().Requests != 2*first || events.Load() != first {
		t.Errorf("%d requests, then %d, in events up to %d, for the client %d; want the same twice, and both for the client", first, again, events.Load(), c.Stats().Requests)
	}
	var wg sync.WaitGroup
	for _, id := range []string{"60000000000000000000000a", "60000000000000000000000b", "60000000000000000000000c"} {
		wg.Go(func() {
			if n := count(id); n != first {
				t.Errorf("organization %s took %d requests, want %d", id, n, first)
			}
		})
	}
	wg.Wait()
}

func TestEvent_SaysInOneLineWhereTheRunIs(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]jumpgraph.Event{
		"0 received, 0 requests": {Expected: -1},
		"organization o1: systemusers: 256 of 900 received, 7 requests": {
			Organization: "o1", Collection: "systemusers", Received: 256, Expected: 900, Requests: 7,
		},
		"organization o1: systems: forbidden, 0 received, 9 requests: refused; twice": {
			Organization: "o1", Collection: "systems", Status: jumpgraph.Forbidden, Expected: -1, Requests: 9, Problem: errors.Join(errors.New("refused"), errors.New("twice")),
		},
	} {
		if got := e.String(); got != want {
			t.Errorf("the event says %q, want %q", got, want)
		}
	}
}
