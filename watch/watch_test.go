package watch_test

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/watch"
)

// bench is a fake JumpCloud that is watched.
type bench struct {
	t      *testing.T
	org    *jumpcloudtest.Organization
	server *jumpcloudtest.Server
	client *client.Client
	dir    string
	before func(run int) // is called before each run, counted from 1 over all watches
	runs   int

	mu  sync.Mutex
	log []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, org: jumpcloudtest.Demo(), dir: filepath.Join(t.TempDir(), "history"), before: func(int) {}}
	b.server = jumpcloudtest.NewServer(b.org)
	t.Cleanup(b.server.Close)
	c, err := client.New(client.APIKey(b.server.Key), client.WithBaseURL(b.server.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b.client = c
	return b
}

// Handle keeps what is logged.
func (b *bench) Handle(_ context.Context, r slog.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, r.Message)
	return nil
}

func (b *bench) Enabled(context.Context, slog.Level) bool { return true }
func (b *bench) WithAttrs([]slog.Attr) slog.Handler       { return b }
func (b *bench) WithGroup(string) slog.Handler            { return b }

// watch runs a watch to its end.
func (b *bench) watch(cycles int, receive watch.Receiver, change ...func(*watch.Options)) error {
	b.t.Helper()
	o := watch.Options{
		Every: 2 * time.Millisecond, Cycles: cycles, Receive: receive,
		Collect: func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			b.runs++
			b.before(b.runs)
			return jumpgraph.Collect(ctx, b.client.ForOrg(""), sink)
		},
		Logger: slog.New(b),
	}
	for _, f := range change {
		f(&o)
	}
	return watch.Run(b.t.Context(), b.dir, o)
}

func (b *bench) logged(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.log, func(line string) bool { return strings.Contains(line, text) })
}

// results returns the names of the results that the watch keeps.
func (b *bench) results() []string {
	b.t.Helper()
	list, err := filepath.Glob(filepath.Join(b.dir, "*Z"))
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// inbox takes events, and refuses as often as it is told.
type inbox struct {
	refuse int
	calls  int
	events []watch.Event
}

func (i *inbox) receive(_ context.Context, events watch.Events) error {
	i.calls++
	if err := events(func(e *watch.Event) error {
		c := *e
		c.Object = slices.Clone(e.Object)
		i.events = append(i.events, c)
		return nil
	}); err != nil {
		return err
	}
	if i.refuse > 0 {
		i.refuse--
		return errors.New("not now")
	}
	return nil
}

// summary is what happened, by key, without relationships of the account.
func (i *inbox) summary() []string {
	var list []string
	for _, e := range i.events {
		line := string(e.Kind) + " " + e.Type + " " + e.Key
		for _, p := range e.Properties {
			line += " " + p.Name + "=" + string(p.New)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// TestRun_HandsOnWhatChangedAcrossARestart watches three runs, with a restart between, and compares the events with what
// was changed at the server.
func TestRun_HandsOnWhatChangedAcrossARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	users, group := b.org.SystemUsers, b.org.UserGroups[0].ID()
	var want []string
	gone := users[23].ID()
	b.before = func(run int) {
		b.server.Change(func([]*jumpcloudtest.Organization) {
			switch run {
			case 2:
				users[3]["department"] = "Elsewhere"
				want = append(want, "changed jumpcloud_user "+users[3].ID()+` department="Elsewhere"`)
			case 3:
				for _, g := range b.org.UserGroups {
					if slices.Contains(b.org.Members[g.ID()], gone) {
						want = append(want, "removed jumpcloud_group_has_user "+g.ID()+"|has|"+gone)
					}
					b.org.Members[g.ID()] = slices.DeleteFunc(b.org.Members[g.ID()], func(id string) bool { return id == gone })
				}
				for _, a := range b.org.Applications {
					b.org.ApplicationUsers[a.ID()] = slices.DeleteFunc(b.org.ApplicationUsers[a.ID()], func(id string) bool { return id == gone })
				}
				b.org.SystemUsers = users[:23]
				want = append(want, "removed jumpcloud_user "+gone, "removed jumpcloud_account_has_user "+b.org.Self.ID()+"|has|"+gone)
			case 4:
				b.org.UserGroups[0]["name"] = "Renamed"
				want = append(want, "changed jumpcloud_group "+group+` displayName="Renamed" name="Renamed"`)
			}
		})
	}
	var in inbox
	if err := b.watch(2, in.receive); err != nil {
		t.Fatal(err)
	}
	if err := b.watch(2, in.receive); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(in.summary(), func(line string) bool { // what else the user had
		return strings.Contains(line, "removed jumpcloud_user_assigned_application "+gone)
	})
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-changed +handed on):\n%s", diff)
	}
	ids := map[string]bool{}
	for _, e := range in.events {
		if ids[e.ID] || len(e.ID) != 32 || !e.OlderRun.Before(e.NewerRun.Time) {
			t.Errorf("event %+v", e)
		}
		ids[e.ID] = true
	}
	if n := len(b.results()); n != 2 {
		t.Errorf("%d results are kept, want 2", n)
	}
}

func TestRun_RefusedEventsComeAgainWithTheSameIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.before = func(run int) {
		b.server.Change(func([]*jumpcloudtest.Organization) {
			b.org.SystemUsers[3]["department"] = "Number " + string(rune('0'+run))
		})
	}
	in := inbox{refuse: 3}
	if err := b.watch(3, in.receive); err == nil || !strings.Contains(err.Error(), "not now") {
		t.Fatalf("a watch whose last events were refused ends with %v", err)
	}
	if n := len(b.results()); n != 3 {
		t.Errorf("%d results are kept though none was handed on, want 3", n)
	}
	b.before = func(int) {}
	if err := b.watch(1, in.receive); err != nil {
		t.Fatal(err)
	}
	var ids, values []string
	for _, e := range in.events {
		ids = append(ids, e.ID)
		values = append(values, string(e.Properties[0].New))
	}
	distinct := len(slices.Compact(slices.Sorted(slices.Values(ids))))
	if distinct != 2 || in.calls < 5 {
		t.Errorf("%d different ids in %d calls: %v", distinct, in.calls, ids)
	}
	if last := values[len(values)-2:]; !slices.Equal(last, []string{`"Number 2"`, `"Number 3"`}) {
		t.Errorf("after the restart came %v", last)
	}
	if n := len(b.results()); n != 2 {
		t.Errorf("%d results are kept, want 2", n)
	}
}

// TestRun_WhatCouldNotBeReadIsNoDeletion forbids the applications in one run and leaves them out in another.
func TestRun_WhatCouldNotBeReadIsNoDeletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.before = func(run int) {
		b.server.Heal()
		if run == 2 {
			b.server.Inject(jumpcloudtest.Fault{Path: "/api/applications", Status: 403})
		}
	}
	var in inbox
	if err := b.watch(3, in.receive); err != nil {
		t.Fatal(err)
	}
	if len(in.events) > 0 {
		t.Errorf("nothing has changed, but %v", in.summary())
	}
	if !b.logged("applications") {
		t.Errorf("the log does not say which collection is missing: %v", b.log)
	}
	if n := len(b.results()); n != 2 {
		t.Errorf("%d results of 2 whole runs", n)
	}
	if err := b.watch(1, in.receive, func(o *watch.Options) {
		o.Collect = func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			return jumpgraph.Collect(ctx, b.client.ForOrg(""), sink, jumpgraph.Skip("applications"))
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(in.events) > 0 || !b.logged("not compared: jumpcloud_application: ") {
		t.Errorf("left out on purpose: events %v, log %v", in.summary(), b.log)
	}
}

func TestRun_KeepsAsManyResultsAsItIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.watch(6, (&inbox{}).receive, func(o *watch.Options) { o.Keep = 4 }); err != nil {
		t.Fatal(err)
	}
	if n := len(b.results()); n != 4 {
		t.Errorf("%d results are kept, want 4", n)
	}
}

func TestRun_GoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.before = func(run int) {
		b.server.Change(func([]*jumpcloudtest.Organization) {
			b.org.SystemUsers[3]["department"] = "Number " + string(rune('0'+run))
		})
	}
	var in inbox
	if err := b.watch(2, in.receive); err != nil {
		t.Fatal(err)
	}
	// Killed after the run had ended, before its result had its name; and while an old one was removed.
	b.runs++
	b.before(b.runs)
	if _, err := jumpgraph.Collect(t.Context(), b.client.ForOrg(""), jsonl.New(filepath.Join(b.dir, "next"))); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(b.dir, ".20200101T000000.000Z.staging-aaaaaaaaaaaaaaaa")
	foreign := filepath.Join(b.dir, ".next.drop-notes")
	for name, file := range map[string]string{half: ".jumpgraph-staging", foreign: "thesis.doc"} {
		if err := errors.Join(os.MkdirAll(name, 0o700), os.WriteFile(filepath.Join(name, file), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.watch(1, in.receive); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, e := range in.events {
		values = append(values, string(e.Properties[0].New))
	}
	if want := []string{`"Number 2"`, `"Number 3"`, `"Number 4"`}; !slices.Equal(values, want) {
		t.Errorf("handed on %v, want %v", values, want)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Error("a result that was being removed is still there")
	}
	if _, err := os.Stat(filepath.Join(foreign, "thesis.doc")); err != nil {
		t.Errorf("what only has a name like ours was removed: %v", err)
	}
}

func TestRun_FiltersBeforeItHandsOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		filter watch.Filter
		want   []string
	}{
		"all":             {watch.Filter{}, []string{"added", "changed", "changed", "added"}},
		"by type":         {watch.Filter{Types: []string{"jumpcloud_device"}}, []string{"changed"}},
		"by kind":         {watch.Filter{Kinds: []diff.ChangeKind{diff.Added}}, []string{"added", "added"}},
		"by property":     {watch.Filter{Properties: []string{"department"}}, []string{"changed"}},
		"without a noise": {watch.Filter{Ignore: []string{"lastSeenOn"}}, []string{"added", "changed", "added"}},
		"nothing":         {watch.Filter{Types: []string{"jumpcloud_apple_mdm"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.before = func(run int) {
				if run != 2 {
					return
				}
				b.server.Change(func([]*jumpcloudtest.Organization) {
					b.org.SystemUsers[3]["department"] = "Elsewhere"
					b.org.Systems[4]["lastContact"] = "2026-01-01T00:00:00Z"
					added := maps.Clone(b.org.SystemUsers[1])
					added["_id"], added["id"], added["username"] = "7fffffffffffffffffffffff", "7fffffffffffffffffffffff", "new"
					b.org.SystemUsers = append(b.org.SystemUsers, added)
				})
			}
			var in inbox
			if err := b.watch(2, in.receive, func(o *watch.Options) { o.Filter = tt.filter }); err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, e := range in.events {
				kinds = append(kinds, string(e.Kind))
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(tt.want)), slices.Sorted(slices.Values(kinds))); diff != "" {
				t.Errorf("events (-want +got):\n%s%v", diff, in.summary())
			}
			if len(tt.want) == 0 && in.calls > 0 {
				t.Error("the receiver was called for nothing")
			}
		})
	}
}

func TestRun_RefusesWhatItMustNotTouch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(b.dir, "notes.txt")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.watch(1, (&inbox{}).receive); !errors.Is(err, jumpgraph.ErrUsage) || b.runs > 0 {
		t.Errorf("a directory with other files: %v, %d runs", err, b.runs)
	}
	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}
	b.before = func(int) { // a second watch of the same directory
		err := watch.Run(t.Context(), b.dir, watch.Options{
			Receive: (&inbox{}).receive,
			Collect: func(context.Context, jumpgraph.Sink) (*jumpgraph.Manifest, error) {
				return nil, errors.New("not to be called")
			},
		})
		if err == nil || !strings.Contains(err.Error(), "another process uses") {
			t.Errorf("two watches of one directory: %v", err)
		}
	}
	if err := b.watch(1, (&inbox{}).receive); err != nil {
		t.Fatal(err)
	}
	b.before = func(int) {}
	damaged := filepath.Join(b.results()[0], jsonl.EntitiesName)
	if err := os.WriteFile(damaged, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.watch(1, (&inbox{}).receive); err == nil || !strings.Contains(err.Error(), "remove the one that is damaged") {
		t.Errorf("a damaged result: %v", err)
	}
}

func TestRun_ARefusedKeyEndsIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.before = func(run int) {
		if run == 2 {
			b.server.SetKey("another")
		}
	}
	if err := b.watch(9, (&inbox{}).receive); !errors.Is(err, client.ErrUnauthorized) || b.runs != 2 {
		t.Errorf("got %v after %d runs", err, b.runs)
	}
}

func TestRun_WhatTheNextRunWouldMeetAsWellEndsIt(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(untrusted.Close)
	for name, tt := range map[string]struct {
		org       string
		untrusted bool
	}{
		"a certificate that is not trusted":     {untrusted: true},
		"an organization id that cannot be one": {org: "5f1c 9ab"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			url := b.server.URL
			if tt.untrusted {
				url = untrusted.URL
			}
			c, err := client.New(client.APIKey(b.server.Key), client.WithBaseURL(url))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			b.client = c.ForOrg(tt.org)
			err = b.watch(9, (&inbox{}).receive, func(o *watch.Options) {
				o.Collect = func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
					b.runs++
					return jumpgraph.Collect(ctx, b.client, sink)
				}
			})
			if err == nil || b.runs != 1 {
				t.Errorf("got %v after %d runs, want the error of the first", err, b.runs)
			}
		})
	}
}

func TestRun_WithoutAnIntervalRunsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 2 {
		if err := b.watch(0, (&inbox{}).receive, func(o *watch.Options) { o.Every = 0 }); err != nil {
			t.Fatal(err)
		}
	}
	if b.runs != 2 || len(b.results()) != 2 {
		t.Errorf("%d runs, %d results; want 2 of each", b.runs, len(b.results()))
	}
}

func TestRun_WaitsForItsTurnAfterARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.watch(1, (&inbox{}).receive); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := watch.Run(ctx, b.dir, watch.Options{
		Every: time.Hour, Receive: (&inbox{}).receive,
		Collect: func(context.Context, jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			t.Error("the next run is due in an hour")
			return nil, errors.New("too early")
		},
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestInterval_TakesDurationsAndJupiterOnesNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "DISABLED": 0, "disabled": 0, "THIRTY_MINUTES": 30 * time.Minute, "ONE_HOUR": time.Hour, "FOUR_HOURS": 4 * time.Hour,
		"EIGHT_HOURS": 8 * time.Hour, "TWELVE_HOURS": 12 * time.Hour, "ONE_DAY": 24 * time.Hour, "one_week": 168 * time.Hour,
	} {
		if got, err := watch.Interval(text); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "hourly", "59s", "-1h", "0"} {
		if _, err := watch.Interval(text); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("%q: %v, want ErrUsage", text, err)
		}
	}
}

// number changes a property of one user at each run, so that each pair of results has one change.
func (b *bench) number() {
	b.before = func(run int) {
		b.server.Change(func([]*jumpcloudtest.Organization) {
			b.org.SystemUsers[3]["department"] = "Number " + string(rune('0'+run))
		})
	}
}

// values are what the property came to, event by event.
func (i *inbox) values() []string {
	var list []string
	for _, e := range i.events {
		if len(e.Properties) == 1 {
			list = append(list, strings.TrimPrefix(string(e.Properties[0].New), `"Number `)[:1])
		}
	}
	return list
}

func TestRun_WithoutADamagedResultNothingIsLostOrRepeated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.number()
	var in inbox
	if err := b.watch(3, in.receive, func(o *watch.Options) { o.Keep = 9 }); err != nil {
		t.Fatal(err)
	}
	in.refuse = 100
	if err := b.watch(2, in.receive, func(o *watch.Options) { o.Keep = 9 }); err == nil {
		t.Fatal("events that were refused count as taken")
	}
	in = inbox{}
	if err := os.RemoveAll(b.results()[2]); err != nil { // the last of which all was taken
		t.Fatal(err)
	}
	if err := b.watch(1, in.receive, func(o *watch.Options) { o.Keep = 9 }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(in.values(), ""); got != "456" {
		t.Errorf("without the result 3 came the values %s, want 456", got)
	}
	in = inbox{}
	list := b.results()
	if err := os.RemoveAll(list[len(list)-1]); err != nil {
		t.Fatal(err)
	}
	if err := b.watch(1, in.receive, func(o *watch.Options) { o.Keep = 9 }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(in.values(), ""); got != "7" {
		t.Errorf("without the newest result came the values %s, want 7", got)
	}
}

// TestRun_WhatChangedWhileACollectionWasLeftOutComesLater keeps the last result that had it, however few are kept.
func TestRun_WhatChangedWhileACollectionWasLeftOutComesLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.number()
	var in inbox
	if err := b.watch(1, in.receive); err != nil {
		t.Fatal(err)
	}
	without := func(o *watch.Options) {
		collect := o.Collect
		o.Collect = func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			if b.runs > 3 {
				return collect(ctx, sink)
			}
			b.runs++
			b.before(b.runs)
			return jumpgraph.Collect(ctx, b.client.ForOrg(""), sink, jumpgraph.Skip("systemusers"))
		}
	}
	if err := b.watch(5, in.receive, without); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(in.values(), ""); got != "56" || len(in.events) != 2 {
		t.Errorf("runs 2 to 4 had no users; came %s, want 56: %v", got, in.summary())
	}
	if n := len(b.results()); n != 2 {
		t.Errorf("%d results are kept, want 2", n)
	}
	said := 0
	for _, line := range b.log {
		if strings.HasPrefix(line, "not compared: jumpcloud_user: ") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("that users are not compared was said %d times, want once: %v", said, b.log)
	}
}

func TestRun_ACancelledReceiverHasTakenNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.number()
	if err := b.watch(1, (&inbox{}).receive); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.server.Change(func([]*jumpcloudtest.Organization) { b.org.Systems[0]["displayName"] = "Another" })
	err := watch.Run(ctx, b.dir, watch.Options{
		Every: time.Millisecond,
		Collect: func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			b.before(2)
			return jumpgraph.Collect(ctx, b.client.ForOrg(""), sink)
		},
		Receive: func(_ context.Context, events watch.Events) error {
			_ = events(func(*watch.Event) error { cancel(); return nil }) // and does not look
			return nil
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	var in inbox
	b.before = func(int) {}
	if err := b.watch(1, in.receive); err != nil {
		t.Fatal(err)
	}
	if len(in.events) != 2 {
		t.Errorf("after the restart came %v, want both changes", in.summary())
	}
}

func TestRun_BearsAClockThatWasWrong(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.number()
	var in inbox
	if err := b.watch(1, in.receive); err != nil {
		t.Fatal(err)
	}
	dir := b.results()[0] // its run seems to have been in the future
	m, err := resultdir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.StartedAt = jumpgraph.Timestamp{Time: time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)}
	if err := resultdir.Write(dir, m); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(b.dir, "watch.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, filepath.Join(b.dir, "20990102T030405.000Z")); err != nil {
		t.Fatal(err)
	}
	if err := b.watch(2, in.receive); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(in.values(), ""); got != "23" || !b.logged("is the clock right?") {
		t.Errorf("came %s, want 23; log %v", got, b.log)
	}
}

func TestRun_SaysWhatToDoAboutDamage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, text, want string }{
		"state":            {"watch.json", "{", "watch.json is damaged: remove it"},
		"empty state":      {"watch.json", `{"version":1}`, "watch.json is damaged: remove it"},
		"newer state":      {"watch.json", `{"version":2}`, "use a newer one"},
		"manifest":         {"RESULT/manifest.json", "{", "remove this directory"},
		"hollow manifest":  {"RESULT/manifest.json", `{"manifestVersion":1,"tool":{"name":"jumpgraph"},"organizations":[null]}`, "remove this directory"},
		"newer manifest":   {"RESULT/manifest.json", `{"manifestVersion":9,"tool":{"name":"jumpgraph"}}`, "use a newer one"},
		"next of somebody": {"next/notes.txt", "x", "not part of a result"},
		"a damaged next":   {"next/manifest.json", "{", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if err := b.watch(1, (&inbox{}).receive); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(b.dir, strings.Replace(tt.file, "RESULT", filepath.Base(b.results()[0]), 1))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			err := b.watch(1, (&inbox{}).receive)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRun_RefusesOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*watch.Options){
		"no Collect":         func(o *watch.Options) { o.Collect = nil },
		"no Receive":         func(o *watch.Options) { o.Receive = nil },
		"a minus":            func(o *watch.Options) { o.Every = -time.Second },
		"a strange type":     func(o *watch.Options) { o.Filter.Types = []string{"nosuch"} },
		"a strange property": func(o *watch.Options) { o.Filter.Properties = []string{"sduo"} },
		"a property that another type has": func(o *watch.Options) {
			o.Filter = watch.Filter{Types: []string{"jumpcloud_user"}, Ignore: []string{"lastSeenOn"}}
		},
		"a property of what was added": func(o *watch.Options) {
			o.Filter = watch.Filter{Kinds: []diff.ChangeKind{diff.Added}, Properties: []string{"sudo"}}
		},
		"a strange kind": func(o *watch.Options) { o.Filter.Kinds = []diff.ChangeKind{"add"} },
	} {
		b := newBench(t)
		if err := b.watch(1, (&inbox{}).receive, change); !errors.Is(err, jumpgraph.ErrUsage) || b.runs > 0 {
			t.Errorf("%s: %v after %d runs, want ErrUsage", name, err, b.runs)
		}
	}
}
