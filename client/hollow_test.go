package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// edgeLists are the lists of edges that have another list of the same records, by that list's route.
func edgeLists(c *client.Client, o *jumpcloudtest.Organization) map[string]func(context.Context, ...client.ListOption) iter.Seq2[*client.Edge, error] {
	app := client.Ref{ID: o.Applications[0].ID(), Kind: client.KindApplication}
	return map[string]func(context.Context, ...client.ListOption) iter.Seq2[*client.Edge, error]{
		"/usergroups/{group_id}/membership": func(ctx context.Context, l ...client.ListOption) iter.Seq2[*client.Edge, error] {
			return c.UserGroups.Members(ctx, o.UserGroups[0].ID(), l...)
		},
		"/systemgroups/{group_id}/membership": func(ctx context.Context, l ...client.ListOption) iter.Seq2[*client.Edge, error] {
			return c.SystemGroups.Members(ctx, o.SystemGroups[0].ID(), l...)
		},
		"/applications/{id}/users": func(ctx context.Context, l ...client.ListOption) iter.Seq2[*client.Edge, error] {
			return c.Graph.Associations(ctx, app, client.KindUser, l...)
		},
	}
}

// edged makes an organization in which each list of edges has some, and an application is reached through a group, too.
func edged(seed uint64, edges []string) *jumpcloudtest.Organization {
	o := jumpcloudtest.Synthetic(seed, jumpcloudtest.Size{Users: 160, Systems: 160, Groups: 2, SystemGroups: 1, Applications: 1})
	var users, systems []string
	for i := range 150 {
		users, systems = append(users, o.SystemUsers[i].ID()), append(systems, o.Systems[i].ID())
	}
	if edges != nil {
		users, systems = edges, edges
	}
	app := o.Applications[0].ID()
	o.Members[o.UserGroups[0].ID()] = users
	o.Members[o.UserGroups[1].ID()] = []string{o.SystemUsers[155].ID()}
	o.SystemGroupMembers[o.SystemGroups[0].ID()] = systems
	o.ApplicationUsers[app] = users
	o.ApplicationGroups[app] = []string{o.UserGroups[1].ID()}
	return o
}

// TestEdges_AnEmptyPageBeforeTheEndIsSuspicious lets lists of edges answer without records while their total says more.
func TestEdges_AnEmptyPageBeforeTheEndIsSuspicious(t *testing.T) {
	t.Parallel()
	dead := make([]string, 130)
	for i := range dead {
		dead[i] = fmt.Sprintf("dead%020d", i)
	}
	members := []string{"/members", "/associations"}
	other := []string{"/membership", "/users"}
	for name, tt := range map[string]struct {
		edges  []string // nil: 150 living ones
		fault  *jumpcloudtest.Fault
		at     []string // where the fault is
		want   int
		dead   int
		reread int
		whole  bool
	}{
		"all is well":                      {nil, nil, nil, 150, 0, 0, true},
		"the first page is empty once":     {nil, &jumpcloudtest.Fault{Hollow: true, Times: 1}, members, 150, 0, 1, true},
		"the second page is empty once":    {nil, &jumpcloudtest.Fault{Hollow: true, Skip: 1, Times: 1}, members, 150, 0, 1, true},
		"the second page is empty for now": {nil, &jumpcloudtest.Fault{Hollow: true, Skip: 1, Times: 2}, members, 150, 0, 1, true},
		"all pages are empty":              {nil, &jumpcloudtest.Fault{Hollow: true}, members, 0, 0, 1, false},
		"all pages but one are empty":      {nil, &jumpcloudtest.Fault{Hollow: true, Skip: 1}, members, 100, 0, 1, false},
		"all records are dead":             {dead, nil, nil, 0, 130, 1, true},
		"the other list is missing":        {dead, &jumpcloudtest.Fault{Status: 404}, other, 0, 0, 1, false},
		"the other list is forbidden":      {dead, &jumpcloudtest.Fault{Status: 403}, other, 0, 0, 1, false},
		"the other list is broken":         {dead, &jumpcloudtest.Fault{Status: 500}, other, 0, 0, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := edged(61, tt.edges)
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			c := dial(t, s.URL, s.Key)
			client.ShortenWaits(c)
			for route, list := range edgeLists(c, o) {
				s.Heal()
				for _, path := range tt.at {
					f := *tt.fault
					f.Path = path
					s.Inject(f)
				}
				var rep client.ListReport
				n, err := count(list(t.Context(), client.ReportTo(&rep)))
				if n != tt.want || rep.Whole != tt.whole || tt.whole && rep.Dead != tt.dead || rep.Reread != tt.reread {
					t.Errorf("%s: %d records, %v, report %+v; want %+v", route, n, err, rep, tt)
				}
				if tt.whole {
					if err != nil {
						t.Errorf("%s: %v, want the whole list", route, err)
					}
					continue
				}
				if _, ok := errors.AsType[*client.IncompleteError](err); !ok || !strings.Contains(fmt.Sprint(err), route) {
					t.Errorf("%s: %v, want an IncompleteError that names the other list", route, err)
				}
				if errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrNotFound) {
					t.Errorf("%s: %v says that this list may not be read", route, err)
				}
			}
		})
	}
}

// TestEdges_OrdinaryListsCostAsManyRequestsAsBefore counts the requests.
func TestEdges_OrdinaryListsCostAsManyRequestsAsBefore(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edges    int // living ones
		dead     int // at the end
		requests int64
	}{
		"none": {0, 0, 1}, "one": {1, 0, 1}, "a page": {100, 0, 1}, "more than a page": {150, 0, 2}, "dead ones": {50, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := edged(62, nil)
			g := o.UserGroups[0].ID()
			o.Members[g] = o.Members[g][:tt.edges]
			for i := range tt.dead {
				o.Members[g] = append(o.Members[g][:tt.edges:tt.edges], fmt.Sprintf("dead%020d", i))
			}
			s := jumpcloudtest.NewServer(o)
			t.Cleanup(s.Close)
			c := dial(t, s.URL, s.Key)
			if n, err := count(c.UserGroups.Members(t.Context(), g)); err != nil || n != tt.edges || c.Stats().Requests != tt.requests {
				t.Errorf("%d members and %v after %d requests, want %d after %d", n, err, c.Stats().Requests, tt.edges, tt.requests)
			}
		})
	}
}

// TestLists_ThatNeverEndAreIncomplete serves lists of absurd totals whose pages bring nothing.
func TestLists_ThatNeverEndAreIncomplete(t *testing.T) {
	t.Parallel()
	const absurd = "1000000000000000000"
	same := func(record string) string { return `{"results":[` + record + `],"totalCount":` + absurd + `}` }
	for name, tt := range map[string]struct {
		body string
		read func(context.Context, *client.Client) (int, error)
	}{
		"edges, empty pages":       {`[]`, readings["members"].read},
		"edges, null records":      {`[null]`, readings["members"].read},
		"edges, unreadable ones":   {`[5]`, readings["members"].read},
		"edges, the same again":    {`[{"to":{"id":"a","type":"user"}}]`, readings["members"].read},
		"traversal, empty pages":   {`[]`, readings["traversal"].read},
		"list, empty pages":        {`[]`, readings["list of v2"].read},
		"list, null records":       {`[null,null]`, readings["list of v2"].read},
		"list, the same again":     {`[{"id":"a"},{"id":"b"}]`, readings["list of v2"].read},
		"search, empty pages":      {same(``), readings["search of v1"].read},
		"search, null records":     {same(`null,null`), readings["search of v1"].read},
		"search, the same again":   {same(`{"_id":"a"},{"_id":"b"}`), readings["search of v1"].read},
		"search, without ids":      {same(`{},{},{}`), readings["search of v1"].read},
		"search, unreadable":       {same(`5,6`), bearing},
		"search, unreadable again": {same(`{"_id":"a"},5`), bearing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synced(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Total-Count", absurd)
				_, _ = io.WriteString(w, tt.body)
			}, func(t *testing.T, c *client.Client) {
				n, err := tt.read(t.Context(), c)
				if err == nil || c.Stats().Requests > 500 {
					t.Errorf("%d records and %v after %d requests, want an error after at most 500", n, err, c.Stats().Requests)
				}
			})
		})
	}
}

// bearing reads users and goes on after records that cannot be read.
func bearing(ctx context.Context, c *client.Client) (int, error) {
	return count(c.SystemUsers.All(ctx, client.OnBadRecord(func(*client.DecodeError) error { return nil })))
}

// TestInventory_OfNullsAloneIsNoAnswer serves null for each of the records that are counted, once or for ever.
func TestInventory_OfNullsAloneIsNoAnswer(t *testing.T) {
	t.Parallel()
	const nulls, whole = `{"totalCount":2,"results":[null,null]}`, `{"totalCount":2,"results":[{"_id":"a"},null]}`
	for name, tt := range map[string]struct {
		body  string
		times int
		want  int
		whole bool
	}{
		"one of two":    {whole, 0, 1, true},
		"all, once":     {nulls, 1, 1, true},
		"all, for ever": {nulls, 0, 0, false},
	} {
		s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
		t.Cleanup(s.Close)
		s.Inject(jumpcloudtest.Fault{Path: "/search/systems", Times: tt.times, Body: tt.body}, jumpcloudtest.Fault{Path: "/search/systems", Body: whole})
		c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(10_000))
		if err != nil {
			t.Fatal(err)
		}
		var report client.ListReport
		n, last := 0, error(nil)
		for _, err := range c.Systems.All(t.Context(), client.ReportTo(&report)) {
			if last = err; err == nil {
				n++
			}
		}
		_, incomplete := errors.AsType[*client.IncompleteError](last)
		if n != tt.want || report.Whole != tt.whole || incomplete == tt.whole {
			t.Errorf("%s: %d records, %v, %+v; want %d, whole %v", name, n, last, report, tt.want, tt.whole)
		}
	}
}
