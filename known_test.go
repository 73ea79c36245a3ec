package jumpgraph_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// counting counts requests for organizations and answers none.
func counting(n *atomic.Int64) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/organizations") {
			n.Add(1)
		}
		return false
	}
}

// listed returns the organizations as their list gives them.
func listed(t *testing.T, c *client.Client) []*client.Organization {
	t.Helper()
	var all []*client.Organization
	for o, err := range c.Organizations.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func accountOf(t *testing.T, m *memory) *entities.Account {
	t.Helper()
	for _, e := range m.entities {
		if a, ok := e.(*entities.Account); ok {
			return a
		}
	}
	t.Fatal("there is no account")
	return nil
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWithKnownOrg_GivesTheSameGraphWithoutTheList(t *testing.T) {
	t.Parallel()
	for name, orgs := range map[string][]*jumpcloudtest.Organization{
		"of several": three(), "the only one": {jumpcloudtest.Demo()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			c := fake(t, counting(&n), orgs...)
			for _, o := range listed(t, c) {
				read, given := &memory{t: t}, &memory{t: t}
				want, err := jumpgraph.Collect(t.Context(), c, read, jumpgraph.WithOrgs(o.ID))
				if err != nil {
					t.Fatal(err)
				}
				option, id, before := jumpgraph.WithKnownOrg(o), o.ID, n.Load()
				o.ID, o.DisplayName = "changed", "changed" // the option has a copy
				m, err := jumpgraph.Collect(t.Context(), c, given, option)
				if err != nil {
					t.Fatal(err)
				}
				if n.Load() != before {
					t.Errorf("%d requests for organizations, want none", n.Load()-before)
				}
				if m.Requests != want.Requests-1 || m.Organizations[0].Requests != m.Requests {
					t.Errorf("%d requests, %d of them for the organization; want one less than %d, and all", m.Requests, m.Organizations[0].Requests, want.Requests)
				}
				if diff := cmp.Diff(keys(read), keys(given)); diff != "" {
					t.Errorf("the graph of a known organization is another one (-listed +known):\n%s", diff)
				}
				if diff := cmp.Diff(text(t, accountOf(t, read)), text(t, accountOf(t, given))); diff != "" {
					t.Errorf("the account is another one (-listed +known):\n%s", diff)
				}
				checkGiven(t, m, id)
			}
		})
	}
}

// checkGiven wants the manifest to say that the organization was not read, and that nothing is missing.
func checkGiven(t *testing.T, m *jumpgraph.Manifest, id string) {
	t.Helper()
	if len(m.Organizations) != 1 || m.Organizations[0].ID != id || m.Status != jumpgraph.Complete || m.Organizations[0].Status != jumpgraph.Complete {
		t.Fatalf("the manifest has %d organizations and is %s, want %s alone, complete", len(m.Organizations), m.Status, id)
	}
	list := collection(t, m, "organizations")
	if list.Status != jumpgraph.Complete || list.Proof != "given" || !strings.Contains(list.Reason, "not read") || list.Endpoint != "" {
		t.Errorf("the organizations: %+v, want them complete because they were given, and no operation", list)
	}
	if list.Expected != nil || list.Received+list.Pages+list.Requests+list.Retries != 0 || list.Emitted != 1 || list.FinishedAt.IsZero() {
		t.Errorf("the organizations: %+v, want nothing read and the account handed on", list)
	}
	if why := m.Missing("jumpcloud_account"); why != "" {
		t.Errorf("the account is said to be missing: %s", why)
	}
}

func TestWithKnownOrg_AccountIsMadeOfWhatIsGiven(t *testing.T) {
	t.Parallel()
	id := jumpcloudtest.Demo().Self.ID()
	for name, tt := range map[string]struct {
		given client.Organization
		name  string
	}{
		"id alone":       {client.Organization{ID: id}, id},
		"the other id":   {client.Organization{OtherID: id}, id},
		"id and name":    {client.Organization{ID: id, DisplayName: "Known"}, "Known"},
		"name and logo":  {client.Organization{ID: id, DisplayName: "Known", LogoURL: "https://example.com/logo"}, "Known"},
		"provider's too": {client.Organization{ID: id, DisplayName: "Known", Provider: "5f0000000000000000000000"}, "Known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), fake(t, nil, jumpcloudtest.Demo()), sink, jumpgraph.WithKnownOrg(&tt.given), jumpgraph.WithRaw())
			if err != nil {
				t.Fatal(err)
			}
			checkGiven(t, m, id)
			a := accountOf(t, sink)
			if a.ID != id || a.Key != id || a.Name != tt.name || a.LogoURL != tt.given.LogoURL || a.CreatedOn != nil {
				t.Errorf("the account is %+v, want what was given and no more", a)
			}
			if a.RawData != nil {
				t.Errorf("the account has raw data, although JumpCloud sent none: %s", a.RawData[0].RawData)
			}
		})
	}
}

func TestWithKnownOrg_SeveralAreCollectedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	sink := &memory{t: t}
	m, err := jumpgraph.Collect(t.Context(), fake(t, counting(&n), three()...), sink,
		jumpgraph.WithKnownOrg(&client.Organization{ID: "60000000000000000000000c"}), jumpgraph.WithKnownOrg(&client.Organization{ID: "60000000000000000000000a"}))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Organizations) != 2 || m.Organizations[0].ID != "60000000000000000000000c" || m.Entities["jumpcloud_user"] != 10 || n.Load() != 0 {
		t.Errorf("%d organizations with %d users after %d requests for organizations, want 2 with 10 after none", len(m.Organizations), m.Entities["jumpcloud_user"], n.Load())
	}
	if sum := m.Organizations[0].Requests + m.Organizations[1].Requests; sum != m.Requests {
		t.Errorf("the organizations took %d requests, the run %d", sum, m.Requests)
	}
}

func TestWithKnownOrg_WrongUseSendsNothing(t *testing.T) {
	t.Parallel()
	const a, b = "60000000000000000000000a", "60000000000000000000000b"
	known := func(id string) jumpgraph.Option { return jumpgraph.WithKnownOrg(&client.Organization{ID: id}) }
	for name, tt := range map[string]struct {
		client  string // the organization of the client
		options []jumpgraph.Option
		want    string
	}{
		"nil":               {"", []jumpgraph.Option{jumpgraph.WithKnownOrg(nil)}, "needs its id"},
		"no id":             {"", []jumpgraph.Option{jumpgraph.WithKnownOrg(&client.Organization{DisplayName: "x"})}, "needs its id"},
		"an id that is odd": {"", []jumpgraph.Option{known("a b")}, "character that no id has"},
		"another one":       {a, []jumpgraph.Option{known(b)}, "the client names the organization " + a},
		"one of two":        {a, []jumpgraph.Option{known(a), known(b)}, "the client names the organization " + a},
		"twice":             {"", []jumpgraph.Option{known(a), known(a)}, "given twice"},
		"with names":        {"", []jumpgraph.Option{known(a), jumpgraph.WithOrgs(a)}, "not both"},
		"with all":          {"", []jumpgraph.Option{known(a), jumpgraph.AllOrgs()}, "not both"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fake(t, nil, three()...).ForOrg(tt.client)
			m, err := jumpgraph.Collect(t.Context(), c, &memory{t: t}, tt.options...)
			if m != nil || !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %v, want no manifest and ErrUsage with %q", m, err, tt.want)
			}
			if n := c.Stats().Requests; n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestWithKnownOrg_WrongOrganizationIsNoResult(t *testing.T) {
	t.Parallel()
	mixed := jumpcloudtest.Demo()
	mixed.SystemUsers[3]["organization"] = "60000000000000000000000b"
	for name, tt := range map[string]struct {
		org  *jumpcloudtest.Organization
		id   string
		want string
	}{
		"a record of another organization": {mixed, mixed.Self.ID(), "objects of another organization"},
		"one that JumpCloud does not know": {jumpcloudtest.Demo(), "60000000000000000000000b", "not complete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &memory{t: t}
			m, err := jumpgraph.Collect(t.Context(), fake(t, nil, tt.org), sink, jumpgraph.WithKnownOrg(&client.Organization{ID: tt.id}))
			if err == nil || !strings.Contains(err.Error(), tt.want) || m.Status != jumpgraph.Partial || sink.ended != "Abort" {
				t.Errorf("got %v, status %s and %s; want an error with %q, partial, and Abort", err, m.Status, sink.ended, tt.want)
			}
		})
	}
}

// TestWithKnownOrg_RefusedKey lets JumpCloud refuse the key everywhere, and in one place alone.
func TestWithKnownOrg_RefusedKey(t *testing.T) {
	t.Parallel()
	everywhere := func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(401); return true }
	for name, tt := range map[string]struct {
		before   func(http.ResponseWriter, *http.Request) bool
		is, not  error
		requests int64 // for organizations
	}{
		"everywhere":   {everywhere, client.ErrUnauthorized, jumpgraph.ErrIncomplete, 1},
		"in one place": {on("/systems", 401), client.ErrForbidden, client.ErrUnauthorized, 1},
		"nowhere":      {nil, nil, client.ErrUnauthorized, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			before := counting(&n)
			if tt.before != nil {
				before = both(counting(&n), tt.before)
			}
			o := jumpcloudtest.Demo()
			_, err := jumpgraph.Collect(t.Context(), fake(t, before, o), &memory{t: t}, jumpgraph.WithKnownOrg(&client.Organization{ID: o.Self.ID()}))
			if !errors.Is(err, tt.is) || errors.Is(err, tt.not) {
				t.Errorf("got %v, want %v and not %v", err, tt.is, tt.not)
			}
			if n.Load() != tt.requests {
				t.Errorf("%d requests for organizations, want %d, to confirm", n.Load(), tt.requests)
			}
		})
	}
}
