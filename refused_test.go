package jumpgraph_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// after lets this many requests for the organizations through and answers the others with a status. It counts all.
func after(n int64, status int, seen *atomic.Int64) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/organizations") || seen.Add(1) <= n {
			return false
		}
		if r.Header.Get("x-org-id") != "" || r.URL.Query().Get("limit") != "1" {
			status = http.StatusTeapot // not the question that was agreed on
		}
		w.WriteHeader(status)
		return true
	}
}

// three returns organizations with users of their own.
func three() []*jumpcloudtest.Organization {
	var all []*jumpcloudtest.Organization
	for i, id := range []string{"60000000000000000000000a", "60000000000000000000000b", "60000000000000000000000c"} {
		o := jumpcloudtest.Synthetic(uint64(20+i), jumpcloudtest.Size{Users: 5, Groups: 2, GroupMembers: 2})
		o.Self["_id"], o.Self["id"] = id, id
		for _, u := range o.SystemUsers {
			u["organization"] = id
		}
		for _, g := range o.UserGroups {
			g["organizationObjectId"] = id
		}
		all = append(all, o)
	}
	return all
}

func TestCollect_RefusedKeyEndsTheRun(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), fake(t, both(on("/systems", 401), after(1, 401, &seen)), jumpcloudtest.Demo()), sink)
	if !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrUnauthorized alone", err)
	}
	if sink.ended != "Abort" || m.Reason == "" {
		t.Errorf("ended with %s and reason %q, want Abort with a reason", sink.ended, m.Reason)
	}
	if !strings.Contains(err.Error(), jumpcloudtest.Demo().Self.ID()+": systems: ") {
		t.Errorf("%v: want the organization and the collection named", err)
	}
	if seen.Load() != 2 {
		t.Errorf("%d requests for the organizations, want the list and one to confirm", seen.Load())
	}
}

func TestCollect_KeyRefusedInOnePlaceLeavesTheOthers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before    func(http.ResponseWriter, *http.Request) bool
		check     int // what the request that confirms is answered with; 0: as usual
		forbidden []string
	}{
		"device managers":                 {on("/applemdms", 401), 0, []string{"applemdms", "applemdms/devices"}},
		"systems":                         {on("/systems", 401), 0, []string{"systems"}},
		"redirect to the login page":      {on("/systems", 302), 0, []string{"systems"}},
		"organizations are forbidden too": {on("/systems", 401), 403, []string{"systems"}},
		"organizations have no answer":    {on("/systems", 401), 400, []string{"systems"}},
		"several": {
			both(both(on("/systems", 401), on("/search/systemusers", 401)), on("/usergroups", 401)), 0,
			[]string{"systems", "systemusers", "usergroups", "usergroups/members", "applications/assignments"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int64
			n := int64(1)
			if tt.check == 0 {
				n = 1 << 30
			}
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), fake(t, both(tt.before, after(n, tt.check, &seen)), jumpcloudtest.Demo()), sink)
			if !errors.Is(err, jumpgraph.ErrIncomplete) || !errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrUnauthorized) {
				t.Fatalf("got %v, want ErrIncomplete and ErrForbidden, not ErrUnauthorized", err)
			}
			if answer, ok := errors.AsType[*client.APIError](err); !ok || answer.Status < 300 {
				t.Errorf("the answer of JumpCloud is %v, want the refusal", answer)
			}
			if seen.Load() != 2 {
				t.Errorf("%d requests for the organizations, want the list and one to confirm", seen.Load())
			}
			if strings.Contains(err.Error(), "mistyped") {
				t.Errorf("the key is blamed: %v", err)
			}
			want := map[string]bool{}
			for _, name := range tt.forbidden {
				want[name] = true
			}
			for name, s := range statuses(m) {
				if (s == jumpgraph.Forbidden) != want[name] || !want[name] && s != jumpgraph.Complete {
					t.Errorf("%s is %s: %s", name, s, collection(t, m, name).Reason)
				}
				if line := "organization " + m.Organizations[0].ID + ": " + name + ": forbidden: "; want[name] && !strings.Contains(err.Error(), line) {
					t.Errorf("the error lacks a line that begins with %q: %v", line, err)
				}
			}
			if sink.ended != "Abort" {
				t.Errorf("ended with %s, want Abort", sink.ended)
			}
		})
	}
}

func TestCollect_KeyRefusedForOneOrganizationLeavesTheOthers(t *testing.T) {
	t.Parallel()
	orgs := three()
	bad := orgs[1].Self.ID()
	var seen atomic.Int64
	c := fake(t, both(after(1<<30, 0, &seen), one(401, func(r *http.Request) bool { return r.Header.Get("x-org-id") == bad })), orgs...)
	m, err := jumpgraph.Collect(t.Context(), c, &memory{t: t}, jumpgraph.AllOrgs())
	if !errors.Is(err, jumpgraph.ErrIncomplete) || errors.Is(err, client.ErrUnauthorized) {
		t.Fatalf("got %v, want ErrIncomplete, not ErrUnauthorized", err)
	}
	if len(m.Organizations) != 3 || m.Entities["jumpcloud_user"] != 10 {
		t.Errorf("%d organizations with %d users, want 3 with 10", len(m.Organizations), m.Entities["jumpcloud_user"])
	}
	for _, o := range m.Organizations {
		if (o.Status == jumpgraph.Complete) == (o.ID == bad) {
			t.Errorf("organization %s is %s", o.ID, o.Status)
		}
		for _, col := range o.Collections[1:] {
			if o.ID == bad && col.Status != jumpgraph.Forbidden {
				t.Errorf("%s of the refused organization is %s, want forbidden", col.Name, col.Status)
			}
		}
	}
	if seen.Load() != 2 {
		t.Errorf("%d requests for the organizations, want the list and one to confirm", seen.Load())
	}
}

// TestCollect_OrganizationsThatMayNotBeListed names an organization when the list is refused.
func TestCollect_OrganizationsThatMayNotBeListed(t *testing.T) {
	t.Parallel()
	id := "60000000000000000000000b"
	for name, tt := range map[string]struct {
		get    func(http.ResponseWriter, *http.Request) bool
		status jumpgraph.Status // of the organizations
		is     error
	}{
		"one can be read":         {nil, jumpgraph.Complete, nil},
		"one is forbidden":        {on("/organizations/"+id, 403), jumpgraph.Forbidden, client.ErrForbidden},
		"one is refused with 401": {on("/organizations/"+id, 401), jumpgraph.Forbidden, client.ErrForbidden},
		"one has no answer":       {on("/organizations/"+id, 400), jumpgraph.Partial, jumpgraph.ErrIncomplete},
		"one without an id":       {body("/organizations/"+id, `{"displayName":"x"}`), jumpgraph.Partial, jumpgraph.ErrIncomplete},
		"one does not exist":      {on("/organizations/"+id, 404), "", jumpgraph.ErrUsage},
		"it is another one":       {body("/organizations/"+id, `{"_id":"60000000000000000000000c"}`), "", nil},
	} {
		for how, option := range map[string]jumpgraph.Option{"option": jumpgraph.WithOrgs(id, id), "client": nil} {
			t.Run(name+", by the "+how, func(t *testing.T) {
				t.Parallel()
				get := tt.get
				if get == nil {
					get = func(http.ResponseWriter, *http.Request) bool { return false }
				}
				c := fake(t, both(on("/organizations", 403), get), three()...)
				if option == nil {
					c = c.ForOrg(id)
				}
				sink := &memory{t: t}
				m, err := jumpgraph.Collect(t.Context(), c, sink, option, jumpgraph.WithRaw())
				if tt.status == "" {
					if err == nil || tt.is != nil && !errors.Is(err, tt.is) || errors.Is(err, jumpgraph.ErrIncomplete) || len(m.Organizations) > 0 {
						t.Errorf("got %v, want the run to end", err)
					}
					return
				}
				if !errors.Is(err, tt.is) {
					t.Fatalf("got %v, want %v", err, tt.is)
				}
				checkUnlisted(t, m, sink, id, tt.status)
			})
		}
	}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, on("/organizations", 403), three()...), &memory{t: t}); !errors.Is(err, client.ErrForbidden) {
		t.Errorf("none named: %v, want ErrForbidden", err)
	}
}

func checkUnlisted(t *testing.T, m *jumpgraph.Manifest, sink *memory, id string, status jumpgraph.Status) {
	t.Helper()
	got := statuses(m)
	for name, s := range got {
		if want := map[bool]jumpgraph.Status{true: status, false: jumpgraph.Complete}[name == "organizations"]; s != want {
			t.Errorf("%s is %s, want %s: %s", name, s, want, collection(t, m, name).Reason)
		}
	}
	if len(m.Organizations) != 1 || m.Organizations[0].ID != id || m.Entities["jumpcloud_user"] != 5 || m.Entities["jumpcloud_account"] != 1 {
		t.Errorf("%d organizations, entities %v; want %s with its account and its 5 users", len(m.Organizations), m.Entities, id)
	}
	list := m.Organizations[0].Collections[0]
	if list.Endpoint != "GET /api/organizations/{id}" || list.Requests != 2 || (list.Proof == "total") != (status == jumpgraph.Complete) {
		t.Errorf("the organizations: %+v, want the operation, both requests and their proof", list)
	}
	for _, e := range sink.entities {
		if e.Header().Type == "jumpcloud_account" && (e.Header().Key != id || (e.Header().RawData != nil) != (status == jumpgraph.Complete)) {
			t.Errorf("the account: %+v, want the id, and raw data where there was an answer", e)
		}
	}
}

// body answers requests for a path with a text.
func body(path, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		_, _ = io.WriteString(w, text)
		return true
	}
}
