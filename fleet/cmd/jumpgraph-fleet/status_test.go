package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

var at = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// states are organizations of each kind; their names say in which order status lists them.
func states() []*store.State {
	complete := func(id, name string, age time.Duration) *store.State {
		return &store.State{ID: id, Name: name, Credential: "acme", Status: "complete", Completed: at.Add(-age), Age: age, Ended: at, Requests: 60, Changes: 3, Took: 8 * time.Second}
	}
	failed := complete("o3", "4 failed after one", time.Hour)
	failed.Status, failed.Reason = "key-refused", "401 Unauthorized"
	older := complete("o4", "3 failed long after one", 50*time.Hour)
	older.Status, older.Reason = "partial", "systems\x1b[31m\nnot read"
	left := complete("o8", "8 left", 1000*time.Hour)
	left.Left = at.Add(-time.Hour)
	return []*store.State{
		complete("o6", "6 young\x00\x1b]0;title\x07\u202e", 59*time.Second), complete("o5", "5 old", 3*time.Hour+5*time.Minute), left, failed, older,
		complete("o1", "0 paused", time.Minute),
		{ID: "o2", Name: "2 never", Credential: "acme", Age: -1, Requests: -1, Changes: -1},
		{ID: "o7", Name: "1 failed and never", Credential: "acme", Age: -1, Status: "unavailable", Reason: "away", Requests: 2},
	}
}

func entries() map[string]schedule.Entry {
	return map[string]schedule.Entry{"o1": {Paused: true, Note: "jumpgraph: key-refused"}, "o5": {Next: at}, "other": {Paused: true}}
}

func TestStatus_WhatNeedsAttentionComesFirst(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := writeStatus(&b, statuses(states(), entries()), "text"); err != nil {
		t.Fatal(err)
	}
	want := `ORGANIZATION             STATUS       AGE        NEXT    REQUESTS  CHANGES  REASON
0 paused                 paused       1 min      -       60        3        paused: jumpgraph: key-refused
1 failed and never       unavailable  never      -       2         0        away
2 never                  waiting      never      -       -         -
3 failed long after one  partial      2 d        -       60        3        systems [31m not read
4 failed after one       key-refused  1 h 0 min  -       60        3        401 Unauthorized
5 old                    complete     3 h 5 min  in 0 s  60        3
6 young  ]0;title        complete     59 s       -       60        3
8 left                   left         41 d       -       60        3
8 organizations: 2 complete, 1 waiting, 1 paused, 1 left, 3 failed
`
	got := b.String()
	// A row may end in blanks of characters that were replaced.
	trim := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimRight(line, " \n"))
		}
		return lines
	}
	if diff := cmp.Diff(trim(want), trim(got)); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
	if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && plain(string(r)) != string(r) }) {
		t.Errorf("the table holds control characters: %q", got)
	}
}

func TestStatus_AsJSON(t *testing.T) {
	t.Parallel()
	all := states()
	var b bytes.Buffer
	if err := writeStatus(&b, statuses([]*store.State{all[5], all[6], all[2]}, entries()), "json"); err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "organization": "o1",
    "name": "0 paused",
    "credential": "acme",
    "status": "complete",
    "reason": "paused: jumpgraph: key-refused",
    "lastComplete": "2026-11-28T11:59:00Z",
    "ageSeconds": 60,
    "next": null,
    "paused": true,
    "left": null,
    "requests": 60,
    "changes": 3,
    "seconds": 8
  },
  {
    "organization": "o2",
    "name": "2 never",
    "credential": "acme",
    "status": "waiting",
    "reason": "",
    "lastComplete": null,
    "ageSeconds": -1,
    "next": null,
    "paused": false,
    "left": null,
    "requests": -1,
    "changes": -1,
    "seconds": 0
  },
  {
    "organization": "o8",
    "name": "8 left",
    "credential": "acme",
    "status": "complete",
    "reason": "",
    "lastComplete": "2026-10-17T20:00:00Z",
    "ageSeconds": 3600000,
    "next": null,
    "paused": false,
    "left": "2026-11-28T11:00:00Z",
    "requests": 60,
    "changes": 3,
    "seconds": 8
  }
]
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("the JSON (-want +got):\n%s", diff)
	}
}

func TestStatus_OfAFleetOfZero(t *testing.T) {
	t.Parallel()
	var text, asJSON bytes.Buffer
	none := statuses(nil, entries())
	if err := errors.Join(writeStatus(&text, none, "text"), writeStatus(&asJSON, none, "json"), tooOld(none, time.Second)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text.String(), "0 organizations: none; jumpgraph-fleet sync finds them\n") || asJSON.String() != "[]\n" {
		t.Errorf("it writes %q and %q", text.String(), asJSON.String())
	}
}

func TestStatus_MaxAgeEndsWith6(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		most time.Duration
		want string
	}{
		"not asked for": {0, ""},
		"an hour":       {time.Hour, "4 organizations have no complete run within 1h0m0s"}, // that of exactly an hour is not older
		"a week":        {168 * time.Hour, "2 organizations have no complete run within 168h0m0s"},
	} {
		err := tooOld(statuses(states(), entries()), tt.most)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v, want nothing", name, err)
			}
			continue
		}
		code, ok := errors.AsType[exit](err)
		if !ok || code.code != exitStale || err.Error() != tt.want {
			t.Errorf("%s: %v, want %q with the exit code 6", name, err, tt.want)
		}
	}
	young := []*store.State{{ID: "a", Status: "complete", Completed: at, Age: time.Second}, {ID: "b", Age: -1, Left: at}}
	if err := tooOld(statuses(young, nil), time.Minute); err != nil {
		t.Errorf("where only one that has left is older: %v, want nothing", err)
	}
}

func TestSpan_IsReadAtAGlance(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		-1: "never", 0: "0 s", 0.9: "0 s", 59.9: "59 s", 60: "1 min", 3599: "59 min", 3600: "1 h 0 min", 47 * 3600: "47 h 0 min", 48 * 3600: "2 d", 1e6: "11 d",
	} {
		if got := span(seconds); got != want {
			t.Errorf("%v s are %q, want %q", seconds, got, want)
		}
	}
	soon := time.Now().Add(90 * time.Minute)
	if got := until(&soon); got != "in 1 h 29 min" && got != "in 1 h 30 min" {
		t.Errorf("what comes in 90 minutes comes %q", got)
	}
}

func TestChosen_ByIDOrName(t *testing.T) {
	t.Parallel()
	all := []*store.State{
		{ID: "a1", Name: "Acme"}, {ID: "b1", Name: "Same"}, {ID: "b2", Name: "SAME"}, {ID: "c1", Name: "a1"}, {ID: "d1", Name: "Gone", Left: at}, {ID: "e1", Name: ""},
	}
	for name, tt := range map[string]struct {
		names, want []string
		err         string
	}{
		"all that are there":         {nil, []string{"a1", "b1", "b2", "c1", "e1"}, ""},
		"by name in any case":        {[]string{"aCME"}, []string{"a1"}, ""},
		"by id":                      {[]string{"b2"}, []string{"b2"}, ""},
		"by an id that is a name":    {[]string{"a1"}, []string{"a1"}, ""},
		"twice":                      {[]string{"Acme", "b1", "a1"}, []string{"a1", "b1"}, ""},
		"one that has left":          {[]string{"Gone"}, []string{"d1"}, ""},
		"several of a name":          {[]string{"b1", "same"}, nil, `2 organizations have the name "same": name one by its id, of b1, b2`},
		"unknown":                    {[]string{"Acm"}, nil, `no organization of the fleet has the id or the name "Acm": status lists them`},
		"unknown with control codes": {[]string{"\x1b[2J"}, nil, `"\x1b[2J"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := chosen(all, tt.names)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("chosen (-want +got):\n%s", diff)
			}
			code, _ := errors.AsType[exit](err)
			if (err != nil) != (tt.err != "") || err != nil && (!strings.Contains(err.Error(), tt.err) || code.code != exitUsage) {
				t.Errorf("the error is %v, want %q as wrong use", err, tt.err)
			}
		})
	}
}

func TestCost_ForBothReadingsOfTheLimit(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Interval, c.Rate = time.Hour, 7.5
	all := []*store.State{
		{ID: "a", Credential: "big", Requests: 30_000},
		{ID: "b", Credential: "big", Requests: 15_000},
		{ID: "c", Credential: "big", Requests: -1},
		{ID: "d", Credential: "big", Requests: 1_000_000, Left: at},
		{ID: "e", Credential: "acme", Requests: 75},
	}
	want := []cost{
		{Credential: "acme", Organizations: 1, Requests: 75, RPS: 0.021, ShortestSeconds: 10, LargestSeconds: 10},
		{Credential: "big", Organizations: 3, Unknown: 1, Requests: 45_000, RPS: 12.5, ShortestSeconds: 6000, LargestSeconds: 4000},
	}
	got := costs(all, c)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the costs (-want +got):\n%s", diff)
	}
	for limit, tail := range map[string]string{config.PerCredential: " (too much)", config.PerOrganization: "           "} {
		c.Limit = limit
		var b bytes.Buffer
		if err := writeCosts(&b, got, c); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range []string{
			"CREDENTIAL ORGANIZATIONS REQUESTS A ROUND RATE AT 1h0m0s SHORTEST INTERVAL, LIMIT BY CREDENTIAL BY ORGANIZATION",
			"acme 1 75 0.02/s 10 s 10 s", strings.Join(strings.Fields("big 3 45000 12.50/s"+tail+" 1 h 40 min 1 h 6 min"), " "),
			"1 organizations have no run yet, and are not counted. At 7.5 requests per second. The settings say that the limit counts by " + limit + ".",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("limit by %s: it writes\n%s\nwant %q", limit, b.String(), want)
			}
		}
	}
	var b bytes.Buffer
	if err := errors.Join(writeCosts(&b, costs(nil, c), c), writeJSON(&b, costs(nil, c))); err != nil || !strings.HasSuffix(b.String(), "\n[]\n") {
		t.Errorf("of a fleet of zero it writes %q, %v", b.String(), err)
	}
}

func TestChanges_AsTextAndJSON(t *testing.T) {
	t.Parallel()
	c := store.Change{Organization: "o1", Kind: "changed", Type: "jumpcloud_user", Key: "k\x1b[2J", At: at, Properties: `{"sudo":{"old":false,"new":true}}`}
	var text, asJSON bytes.Buffer
	added := store.Change{Organization: "o2", Kind: "added", Type: "jumpcloud_user", Key: "k2", At: at}
	for _, err := range []error{
		writeChange(&text, c, "Acme\nInc", "text"), writeChange(&text, added, "", "text"),
		writeChange(&asJSON, c, "Acme\nInc", "json"), writeChange(&asJSON, added, "", "json"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff("2026-11-28 12:00:00  Acme Inc  changed jumpcloud_user k [2J {\"sudo\":{\"old\":false,\"new\":true}}\n2026-11-28 12:00:00  o2  added   jumpcloud_user k2 \n", text.String()); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}
	want := []string{
		`{"at":"2026-11-28T12:00:00Z","key":"k\u001b[2J","kind":"changed","name":"Acme\nInc","organization":"o1","properties":{"sudo":{"old":false,"new":true}},"type":"jumpcloud_user"}`,
		`{"at":"2026-11-28T12:00:00Z","key":"k2","kind":"added","name":"","organization":"o2","properties":null,"type":"jumpcloud_user"}`,
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(asJSON.String()), "\n")); diff != "" {
		t.Errorf("the JSON (-want +got):\n%s", diff)
	}
}

func TestTellDone_NamesAFewOfMany(t *testing.T) {
	t.Parallel()
	done := &schedule.Done{Renamed: []string{"x"}, Unchanged: 7}
	for i := range 25 {
		done.Made = append(done.Made, fmt.Sprintf("o%02d", i))
	}
	for dry, last := range map[bool]string{false: "25 made, 1 renamed, 7 as they were", true: "would be: 25 made, 1 renamed, 7 as they were"} {
		var b bytes.Buffer
		tellDone(&b, done, dry)
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != 23 || lines[0] != "make    o00" || lines[20] != "make    and 5 more" || lines[21] != "rename  x" || lines[22] != last {
			t.Errorf("it tells\n%s", b.String())
		}
	}
}

// database is one with two organizations, of which the second left long ago, and a third that left, too, but has returned. The
// second has no rows in the graph, the first and the third do.
func database(t *testing.T) (address string, st *store.Store) {
	t.Helper()
	address = fleettest.Postgres(t)
	st, err := store.Open(t.Context(), address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Pool.Close)
	long := time.Now().Add(-1000 * time.Hour)
	member := func(id, name string, left time.Time) *store.Member {
		return &store.Member{Organization: &client.Organization{ID: id, DisplayName: name}, Credential: "default", Left: left}
	}
	err = st.Keep(t.Context(), []*store.Member{member("o1", "Gone", long), member("o2", "Never", long), member("o3", "Back", time.Time{}), member("o4", "Young", time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"o1", "o3", "o4"} {
		left := long
		if id == "o4" {
			left = time.Now()
		}
		if _, err := st.Pool.Exec(t.Context(), `INSERT INTO "`+st.Graph.Schema+`".organization (id, name, status, requests, leftAt, committedAt) VALUES ($1, $1, 'complete', 90, $2, $2)`, id, left.UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
	return address, st
}

func TestPrune_RemovesWhatLeftAndWhatNeverHadRowsAndKeepsWhatReturned(t *testing.T) {
	t.Parallel()
	address, st := database(t)
	for _, tt := range []struct {
		args []string
		out  string
	}{
		{[]string{"--left-for", "2000h"}, ""},
		{[]string{"--dry-run"}, "remove o1\nremove o2\n"},
		{nil, "remove o1\nremove o2\n"},
		{nil, ""},
	} {
		got := command(t.Context(), append([]string{"prune", "--config", "", "--postgres", address}, tt.args...)...)
		if got.code != 0 || got.out != tt.out {
			t.Fatalf("prune %v: it ended with %d, wrote %q and said %q, want %q", tt.args, got.code, got.out, got.err, tt.out)
		}
	}
	members, err := st.Members(t.Context())
	if err != nil || len(members) != 2 || members[0].Organization.ID != "o3" || members[1].Organization.ID != "o4" {
		t.Errorf("%d organizations are left, %v, want the one that returned and the one that left just now", len(members), err)
	}
	var rows int
	if err := st.Pool.QueryRow(t.Context(), `SELECT count(*) FROM "`+st.Graph.Schema+`".organization`).Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d organizations have rows, %v, want 2", rows, err)
	}
}

func TestCostAndChanges_ReadTheDatabase(t *testing.T) {
	t.Parallel()
	address, _ := database(t)
	got := command(t.Context(), "cost", "-f", "json", "--config", "", "--postgres", address)
	var costs []cost
	if err := json.Unmarshal([]byte(got.out), &costs); err != nil || got.code != 0 || len(costs) != 1 || costs[0].Organizations != 1 || costs[0].Requests != 90 {
		t.Errorf("cost: it ended with %d, wrote %s and said %q", got.code, got.out, got.err)
	}
	if got := command(t.Context(), "changes", "--config", "", "--postgres", address); got.code != 0 || got.out != "" {
		t.Errorf("changes: it ended with %d, wrote %q and said %q, want nothing", got.code, got.out, got.err)
	}
	if got := command(t.Context(), "changes", "other", "--config", "", "--postgres", address); got.code != exitUsage || !strings.Contains(got.err, `"other"`) {
		t.Errorf("changes of one that there is not: it ended with %d and said %q", got.code, got.err)
	}
}
