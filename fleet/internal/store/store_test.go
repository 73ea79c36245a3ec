package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, address string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), address, time.Minute)
	must(t, err)
	t.Cleanup(st.Pool.Close)
	return st
}

func member(id, name string) *store.Member {
	return &store.Member{Organization: &client.Organization{ID: id, DisplayName: name}, Credential: "acme", Settings: "s"}
}

// collect collects an organization into a store, and returns its id.
func collect(t *testing.T, st *store.Store, server *jumpcloudtest.Server) *jumpgraph.Manifest {
	t.Helper()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL), client.WithMaxRPS(1e6))
	must(t, err)
	defer c.Close()
	m, err := jumpgraph.Collect(t.Context(), c, postgres.New(st.Pool, st.Graph))
	must(t, err)
	return m
}

// fake is a JumpCloud with one organization.
func fake(t *testing.T, seed uint64) (server *jumpcloudtest.Server, id string) {
	t.Helper()
	org := jumpcloudtest.Synthetic(seed, jumpcloudtest.Size{Users: 3, Systems: 2, Groups: 1, GroupMembers: 2})
	server = jumpcloudtest.NewServer(org)
	t.Cleanup(server.Close)
	return server, org.Self.ID()
}

func TestOpen_TwiceAndManyAtOnce(t *testing.T) {
	t.Parallel()
	address := fleettest.Postgres(t)
	var group sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		group.Go(func() {
			st, err := store.Open(t.Context(), address, time.Minute)
			if errs[i] = err; err == nil {
				st.Pool.Close()
			}
		})
	}
	group.Wait()
	must(t, errors.Join(errs...))
	st := open(t, address)
	must(t, st.Keep(t.Context(), []*store.Member{member("a", "A")}))
	again := open(t, address)
	got, err := again.Members(t.Context())
	must(t, err)
	if len(got) != 1 || !strings.HasSuffix(again.Schema(), "_fleet") {
		t.Errorf("%d organizations in %s after the tables were made again, want the one that was kept", len(got), again.Schema())
	}
}

func TestOpen_ARoleWithoutDDLIsEnoughOnceTheTablesAreThere(t *testing.T) {
	t.Parallel()
	address := fleettest.Postgres(t)
	admin := open(t, address)
	graph := admin.Graph.Schema
	role := graph + "_worker"
	if _, err := admin.Pool.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN"); err != nil {
		t.Skipf("the role of the tests may not make roles: %v", err)
	}
	t.Cleanup(func() {
		server, _, _ := strings.Cut(address, "?")
		c, err := pgx.Connect(context.Background(), server)
		must(t, err)
		defer func() { _ = c.Close(context.Background()) }()
		if _, err := c.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(address)
	must(t, err)
	u.User = url.User(role)

	_, err = store.Open(t.Context(), u.String(), time.Minute)
	if err == nil || !strings.Contains(err.Error(), "docs/") && !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a role without grants: %v, want that it may not, and what helps", err)
	}
	for _, schema := range []string{graph, graph + "_fleet"} {
		_, err := admin.Pool.Exec(t.Context(), fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %s", schema, role, schema, role))
		must(t, err)
	}
	st := open(t, u.String())
	must(t, st.Keep(t.Context(), []*store.Member{member("a", "A")}))
	must(t, st.Ended(t.Context(), store.Outcome{Organization: "a", Status: "complete"}))
	states, err := st.States(t.Context())
	must(t, err)
	if len(states) != 1 {
		t.Errorf("%d organizations, want 1", len(states))
	}
}

func TestOpen_WhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"": "address", "mysql://x": "address", "postgres://u:MARKER@127.0.0.1:1/x?schema=Odd": "schema",
		"postgres://u:MARKER@127.0.0.1:1/x?connect_timeout=1":          "",
		"postgres://u@127.0.0.1:1/x?schema=" + strings.Repeat("a", 58): "too long a name",
		"postgres://u:MARKER@127.0.0.1:nine/x":                         "address",
	} {
		st, err := store.Open(t.Context(), address, time.Minute)
		if err == nil {
			st.Pool.Close()
			t.Errorf("Open(%q) succeeded", address)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "MARKER") {
			t.Errorf("Open(%q): %q, want %q in it, and no password", address, err, want)
		}
	}
}

func TestOpen_ATransactionMayNotWaitForAStoppedProgram(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), fleettest.Postgres(t), 1500*time.Millisecond)
	must(t, err)
	defer st.Pool.Close()
	var wait, name string
	must(t, st.Pool.QueryRow(t.Context(), "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')").Scan(&wait, &name))
	if wait != "1500ms" || name != "jumpgraph-fleet" {
		t.Errorf("a transaction of %q may wait for %s, want 1500ms", name, wait)
	}
}

func TestMembers_AreAsTheyWereKept(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	listed := &client.Organization{}
	must(t, json.Unmarshal([]byte(`{"_id":"b","id":"b","displayName":"B \u2028","created":"2020-01-02T03:04:05.678Z","logoUrl":"x",
		"settings":{"logo":"y"},"hasCreditCard":true,"totalBillingEstimate":12,"lastSfdcSyncStatus":{"a":["b\u0000"]},"unknownField":{"x":[1]}}`), listed))
	want := []*store.Member{member("a", "A"), {Organization: listed, Credential: "other"}}
	must(t, st.Keep(t.Context(), want))
	got, err := st.Members(t.Context())
	must(t, err)
	if diff := cmp.Diff(text(t, want), text(t, got)); diff != "" {
		t.Errorf("the organizations (-want +got):\n%s", diff)
	}
	one, err := st.Member(t.Context(), "b")
	must(t, err)
	if one.Credential != "other" || one.Organization.DisplayName != "B \u2028" {
		t.Errorf("the organization b is %+v", one)
	}
	for _, id := range []string{"c", "", "' OR true --", "b\x00"} {
		if _, err := st.Member(t.Context(), id); err == nil || id != "b\x00" && !errors.Is(err, store.ErrNotMember) {
			t.Errorf("Member(%q): %v, want %v", id, err, store.ErrNotMember)
		}
	}
}

// text is how members compare.
func text(t *testing.T, members []*store.Member) []string {
	t.Helper()
	var all []string
	for _, m := range members {
		b, err := json.Marshal(m)
		must(t, err)
		all = append(all, string(b))
	}
	return all
}

func TestKeep_TheFirstTimeOfLeavingStays(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	first := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	left := func(at time.Time) *store.Member {
		m := member("a", "A")
		m.Left = at
		return m
	}
	get := func() *store.Member {
		t.Helper()
		all, err := st.Members(t.Context())
		must(t, err)
		return all[0]
	}
	must(t, st.Keep(t.Context(), []*store.Member{member("a", "A")}))
	if got := get(); !got.Left.IsZero() {
		t.Errorf("it left at %v, want that it is there", got.Left)
	}
	must(t, st.Keep(t.Context(), []*store.Member{left(first)}))
	must(t, st.Keep(t.Context(), []*store.Member{left(first.Add(time.Hour))}))
	if got := get(); !got.Left.Equal(first) {
		t.Errorf("it left at %v, want the first time, %v", got.Left, first)
	}
	if _, err := st.Member(t.Context(), "a"); !errors.Is(err, store.ErrNotMember) {
		t.Errorf("Member of one that has left: %v, want %v", err, store.ErrNotMember)
	}
	must(t, st.Keep(t.Context(), []*store.Member{member("a", "A2")}))
	if got := get(); !got.Left.IsZero() || got.Organization.DisplayName != "A2" {
		t.Errorf("after it returned it is %+v", got)
	}
	must(t, st.Forget(t.Context(), "a", "missing"))
	if all, err := st.Members(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("after it was forgotten there are %d organizations, %v", len(all), err)
	}
}

// One odd name must not keep all others out.
func TestKeep_NamesWithOddCharacters(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	names := map[string]string{
		"nul": "a\x00b", "utf8": "a\xffb", "empty": "", "quote": `Robert'); DROP TABLE member; --"\`, "lines": "a\r\n\tb", "escape": "\x1b[2J", "wide": "株式会社 👩‍👩‍👧", "rtl": "\u202eabc",
		"long": strings.Repeat("x", 100_000), "percent": "%s%n",
	}
	var members []*store.Member
	for id, name := range names {
		members = append(members, member(id, name))
	}
	must(t, st.Keep(t.Context(), members))
	must(t, st.Ended(t.Context(), store.Outcome{Organization: "nul", Status: "unavailable", Reason: "a\x00b\xff"}))
	states, err := st.States(t.Context())
	must(t, err)
	if len(states) != len(names) {
		t.Fatalf("%d organizations, want %d", len(states), len(names))
	}
	for _, state := range states {
		want := names[state.ID]
		switch state.ID {
		case "nul", "utf8":
			want = "a\uFFFDb"
		case "empty":
			want = "empty" // its id
		}
		if state.Name != want {
			t.Errorf("the name of %s is %q, want %q", state.ID, state.Name, want)
		}
		if state.ID == "nul" && state.Reason != "a\uFFFDb\uFFFD" {
			t.Errorf("the reason is %q", state.Reason)
		}
	}
	all, err := st.Members(t.Context())
	must(t, err)
	if len(all) != len(names) {
		t.Errorf("%d organizations, want %d", len(all), len(names))
	}
}

func TestKeep_FiveThousandAtOnce(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	var members []*store.Member
	for i := range 5000 {
		members = append(members, member(fmt.Sprintf("%024x", i), fmt.Sprint("Organization ", i)))
	}
	for range 2 {
		must(t, st.Keep(t.Context(), members))
	}
	must(t, st.Keep(t.Context(), nil))
	got, err := st.Members(t.Context())
	must(t, err)
	if len(got) != 5000 {
		t.Errorf("%d organizations, want 5000", len(got))
	}
}

func TestStates_OfEachKind(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	server, id := fake(t, 1)
	m := collect(t, st, server)
	must(t, st.Ended(t.Context(), store.Outcome{Organization: id, Status: "complete", Requests: m.Requests, Changes: 7, Took: 1500 * time.Millisecond}))
	left := member("left", "Left")
	left.Left = time.Now().Add(-time.Hour)
	must(t, st.Keep(t.Context(), []*store.Member{member("never", "Never"), member("failed", "Failed"), left, member(id, "Complete")}))
	must(t, st.Ended(t.Context(), store.Outcome{Organization: "failed", Status: "key-refused", Reason: "401", Requests: 3}))
	must(t, st.Ended(t.Context(), store.Outcome{Organization: "gone", Status: "complete"})) // of no member

	states, err := st.States(t.Context())
	must(t, err)
	got := map[string]store.State{}
	for _, s := range states {
		got[s.Name] = *s
	}
	want := map[string]store.State{
		"Never":    {ID: "never", Name: "Never", Credential: "acme", Age: -1, Requests: -1, Changes: -1},
		"Failed":   {ID: "failed", Name: "Failed", Credential: "acme", Age: -1, Status: "key-refused", Reason: "401", Requests: 3},
		"Left":     {ID: "left", Name: "Left", Credential: "acme", Age: -1, Requests: -1, Changes: -1},
		"Complete": {ID: id, Name: "Complete", Credential: "acme", Status: "complete", Requests: m.Requests, Changes: 7, Took: 1500 * time.Millisecond},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(time.Time{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Age" }, cmp.Comparer(func(a, b time.Duration) bool { return (a < 0) == (b < 0) }))); diff != "" {
		t.Errorf("the states (-want +got):\n%s", diff)
	}
	if c := got["Complete"]; c.Age < 0 || c.Age > time.Minute || time.Since(c.Completed).Abs() > time.Minute || time.Since(c.Ended).Abs() > time.Minute {
		t.Errorf("the complete one: age %v, completed %v, ended %v, want a moment ago", c.Age, c.Completed, c.Ended)
	}
	if f := got["Failed"]; !f.Completed.IsZero() || f.Ended.IsZero() {
		t.Errorf("the failed one: completed %v, ended %v", f.Completed, f.Ended)
	}
	if l := got["Left"]; time.Since(l.Left) < 59*time.Minute {
		t.Errorf("it left at %v, want an hour ago", l.Left)
	}

	// A failure after it keeps what was complete.
	must(t, st.Ended(t.Context(), store.Outcome{Organization: id, Status: "unavailable", Reason: "away", Requests: 1}))
	states, err = st.States(t.Context())
	must(t, err)
	for _, s := range states {
		if s.ID == id && (s.Status != "unavailable" || s.Reason != "away" || s.Age < 0 || s.Completed.IsZero() || s.Requests != m.Requests) {
			t.Errorf("after a failure the state is %+v, want the age and the requests of the complete run", s)
		}
	}
}

// The time in the graph is that of the worker. One whose clock is an hour ahead makes no age below zero, which would say never.
func TestStates_AWorkerWhoseClockIsAhead(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	server, id := fake(t, 1)
	collect(t, st, server)
	must(t, st.Keep(t.Context(), []*store.Member{member(id, "A")}))
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		_, err := st.Pool.Exec(t.Context(), `UPDATE "`+st.Graph.Schema+`".organization SET committedAt = $1`, time.Now().Add(ahead).UnixMilli())
		must(t, err)
		states, err := st.States(t.Context())
		must(t, err)
		if age := states[0].Age; age < 0 {
			t.Errorf("the age is %v with a clock that is %v ahead, want 0 or more", age, ahead)
		}
	}
	must(t, st.Ended(t.Context(), store.Outcome{Organization: id, Status: "complete"}))
	states, err := st.States(t.Context())
	must(t, err)
	if age := states[0].Age; age < 0 || age > time.Minute {
		t.Errorf("the age is %v once the database has noted the end, want a moment", age)
	}
}

func TestSinceEnded_CountsByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	ago, err := st.SinceEnded(t.Context(), "a")
	must(t, err)
	if ago < time.Hour {
		t.Errorf("without a run: %v ago, want long ago", ago)
	}
	must(t, st.Ended(t.Context(), store.Outcome{Organization: "a", Status: "partial"}))
	if ago, err = st.SinceEnded(t.Context(), "a"); err != nil || ago < 0 || ago > time.Minute {
		t.Errorf("after a run: %v ago, %v, want a moment", ago, err)
	}
}

func TestChanges_OfTheLastRunAndSinceATime(t *testing.T) {
	t.Parallel()
	st := open(t, fleettest.Postgres(t))
	server, id := fake(t, 1)
	if n, err := st.Changed(t.Context(), "none"); err != nil || n != 0 {
		t.Errorf("Changed of one without rows: %d, %v, want 0", n, err)
	}
	collect(t, st, server)
	began := time.Now().Add(-time.Minute)
	server.Change(func(orgs []*jumpcloudtest.Organization) {
		user := orgs[0].SystemUsers[0]
		user["sudo"] = user["sudo"] != true
	})
	collect(t, st, server)
	n, err := st.Changed(t.Context(), id)
	must(t, err)
	if n == 0 {
		t.Error("a run that found a changed user has recorded no change")
	}
	for name, tt := range map[string]struct {
		ids   []string
		since time.Time
		some  bool
	}{
		"all": {nil, began, true}, "one": {[]string{id}, began, true}, "another": {[]string{"other"}, began, false},
		"none": {[]string{}, began, false}, "later": {nil, time.Now().Add(time.Hour), false},
	} {
		var got []store.Change
		must(t, st.Changes(t.Context(), tt.ids, tt.since, func(c store.Change) error { got = append(got, c); return nil }))
		if len(got) > 0 != tt.some {
			t.Errorf("%s: %d changes", name, len(got))
		}
		for _, c := range got {
			if c.Organization != id || c.Type == "" || c.Key == "" || c.Properties != "" && !json.Valid([]byte(c.Properties)) {
				t.Errorf("%s: a change is %+v", name, c)
			}
		}
	}
	stop := errors.New("stop")
	if err := st.Changes(t.Context(), nil, began, func(store.Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a reader that stops: %v, want its error", err)
	}
}

func TestStore_WithoutTablesItSaysWhatHelps(t *testing.T) {
	t.Parallel()
	at := fleettest.Postgres(t)
	pool, o, err := postgres.Connect(t.Context(), at)
	must(t, err)
	defer pool.Close()
	st := store.New(pool, o)
	for name, do := range map[string]func() error{
		"Members": func() error { _, err := st.Members(t.Context()); return err },
		"States":  func() error { _, err := st.States(t.Context()); return err },
		"Keep":    func() error { return st.Keep(t.Context(), []*store.Member{member("a", "A")}) },
		"Forget":  func() error { return st.Forget(t.Context(), "a") },
		"Ended":   func() error { return st.Ended(t.Context(), store.Outcome{Organization: "a"}) },
		"Changes": func() error { return st.Changes(t.Context(), nil, time.Time{}, nil) },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "jumpgraph-fleet migrate makes the tables") {
			t.Errorf("%s: %v, want that migrate makes the tables", name, err)
		}
	}
}
