package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	jc "github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// fleet is a fleet of a test.
type fleet struct {
	t         *testing.T
	temporal  *fake
	store     *store.Store
	schedules *schedule.Schedules
	// sees are the organizations, as id=name, that each credential sees; one without an entry cannot be read.
	sees map[string][]string
}

var errUnread = errors.New("JumpCloud is away")

func newFleet(t *testing.T, credentials ...string) *fleet {
	t.Helper()
	st, err := store.Open(t.Context(), fleettest.Postgres(t), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Pool.Close)
	f := newFake()
	return &fleet{t: t, temporal: f, store: st, schedules: &schedule.Schedules{Temporal: f, Config: settings(credentials...)}, sees: map[string][]string{}}
}

func (f *fleet) list(_ context.Context, credential string) ([]*jc.Organization, error) {
	names, ok := f.sees[credential]
	if !ok {
		return nil, errUnread
	}
	var all []*jc.Organization
	for _, name := range names {
		id, name, _ := strings.Cut(name, "=")
		all = append(all, &jc.Organization{ID: id, DisplayName: name})
	}
	return all, nil
}

// sync syncs, and says what it has changed, in the fleet's own words and at Temporal.
func (f *fleet) sync(dry bool) (done *schedule.Done, writes []string, err error) {
	f.t.Helper()
	f.temporal.taken()
	done, err = f.schedules.Sync(f.t.Context(), f.store, f.list, dry)
	if done == nil {
		f.t.Fatal(err)
	}
	return done, f.temporal.taken(), err
}

// must syncs without an error, and compares what it has changed.
func (f *fleet) must(what string, want schedule.Done, writes ...string) {
	f.t.Helper()
	done, got, err := f.sync(false)
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
	want.Unread = map[string]error{}
	if diff := cmp.Diff(&want, done); diff != "" {
		f.t.Errorf("%s: what it says (-want +got):\n%s", what, diff)
	}
	if diff := cmp.Diff(writes, got); diff != "" {
		f.t.Errorf("%s: what it did at Temporal (-want +got):\n%s", what, diff)
	}
}

// members are the organizations in the database, as id=name, with the credential, and whether they have left.
func (f *fleet) members() []string {
	f.t.Helper()
	members, err := f.store.Members(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var all []string
	for _, m := range members {
		text := fmt.Sprintf("%s=%s %s", m.Organization.ID, m.Organization.DisplayName, m.Credential)
		if !m.Left.IsZero() {
			text += " left"
		}
		all = append(all, text)
	}
	return all
}

func (f *fleet) has(what string, want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.members()); diff != "" {
		f.t.Errorf("%s: the organizations (-want +got):\n%s", what, diff)
	}
}

type ids = []string

func TestSync_ASecondOneChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A", "b=B"}
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	f.has("the first", "a=A acme", "b=B acme")
	f.must("the second", schedule.Done{Unchanged: 2})
	f.must("the third", schedule.Done{Unchanged: 2})
}

func TestSync_AScheduleCollectsOneOrganizationAndNeverTwiceAtOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=Secret Name"}
	f.must("the first", schedule.Done{Made: ids{"a"}}, "create jumpgraph:a")
	got := f.temporal.all["jumpgraph:a"].schedule
	want := &client.ScheduleWorkflowAction{
		ID: "jumpgraph:a", Workflow: flow.CollectWorkflow, TaskQueue: "jumpgraph",
		Args: []any{flow.CollectInput{Organization: "a", Timing: flow.Timing{Heartbeat: 30 * time.Second}}},
	}
	if diff := cmp.Diff(want, got.Action, cmpopts.IgnoreTypes(temporal.SearchAttributes{})); diff != "" {
		t.Errorf("what it does: only the id may stand in histories (-want +got):\n%s", diff)
	}
	if got.Policy.Overlap != enums.SCHEDULE_OVERLAP_POLICY_SKIP || got.Policy.CatchupWindow != 6*time.Hour {
		t.Errorf("its policy is %+v, want that runs do not overlap", got.Policy)
	}
	when := got.Spec.Intervals
	if len(when) != 1 || when[0].Every != 6*time.Hour || when[0].Offset != schedule.Offset("a", 6*time.Hour) {
		t.Errorf("it acts at %+v, want its offset in every interval", when)
	}
}

func TestSync_NewNamesAndCredentialsChangeNoSchedule(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one", "two")
	f.sees = map[string][]string{"one": {"a=A", "b=B", "c=C"}, "two": {}}
	f.must("the first", schedule.Done{Made: ids{"a", "b", "c"}}, "create jumpgraph:a", "create jumpgraph:b", "create jumpgraph:c")
	f.sees = map[string][]string{"one": {"a=A2"}, "two": {"b=B", "c=C2"}}
	f.must("renamed and moved", schedule.Done{Renamed: ids{"a", "c"}, Moved: ids{"b", "c"}})
	f.has("renamed and moved", "a=A2 one", "b=B two", "c=C2 two")
	f.must("again", schedule.Done{Unchanged: 3})
}

func TestSync_UnderTwoCredentialsThereIsOneSchedule(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one", "two")
	f.sees = map[string][]string{"one": {"a=A"}, "two": {"a=A", "a=A"}}
	f.must("the first", schedule.Done{Made: ids{"a"}}, "create jumpgraph:a")
	f.has("the first", "a=A one")
	f.must("again", schedule.Done{Unchanged: 1})
	f.sees["one"] = ids{}
	f.must("the first credential sees it no more", schedule.Done{Moved: ids{"a"}})
	f.sees["one"] = ids{"a=A"}
	f.must("it stays where it is", schedule.Done{Unchanged: 1})
	f.has("it stays where it is", "a=A two")
}

func TestSync_OneThatLeftLosesItsScheduleAndReturns(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A", "b=B"}
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	if _, err := f.store.Pool.Exec(t.Context(), `INSERT INTO "`+f.store.Graph.Schema+`".organization (id, name, status) VALUES ('b', 'B', 'complete')`); err != nil {
		t.Fatal(err)
	}
	f.sees["acme"] = ids{"a=A"}
	f.must("it left", schedule.Done{Removed: ids{"b"}, Unchanged: 1}, "delete jumpgraph:b")
	f.has("it left", "a=A acme", "b=B acme left")
	var marked *int64
	if err := f.store.Pool.QueryRow(t.Context(), `SELECT leftAt FROM "`+f.store.Graph.Schema+`".organization WHERE id = 'b'`).Scan(&marked); err != nil || marked == nil {
		t.Errorf("its rows are marked with %v, %v, want the time at which it left", marked, err)
	}
	f.must("again", schedule.Done{Unchanged: 1})
	f.sees["acme"] = ids{"a=A", "b=B2"}
	f.must("it returned", schedule.Done{Made: ids{"b"}, Unchanged: 1}, "create jumpgraph:b")
	f.has("it returned", "a=A acme", "b=B2 acme")
}

func TestSync_ACredentialThatCannotBeReadLosesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one", "two")
	f.sees = map[string][]string{"one": {"a=A", "c=C"}, "two": {"b=B"}}
	f.must("the first", schedule.Done{Made: ids{"a", "b", "c"}}, "create jumpgraph:a", "create jumpgraph:b", "create jumpgraph:c")
	f.sees = map[string][]string{"one": {"a=A2", "d=D"}} // c may have moved to two
	done, writes, err := f.sync(false)
	if !errors.Is(err, errUnread) || !errors.Is(done.Err(), errUnread) || !strings.Contains(err.Error(), "credential two: ") {
		t.Errorf("the error is %v, want that of the credential two", err)
	}
	if diff := cmp.Diff(ids{"create jumpgraph:d"}, writes); diff != "" {
		t.Errorf("what it did (-want +got):\n%s", diff)
	}
	if got := done.String(); got != "1 made, 1 renamed, 2 as they were" {
		t.Errorf("what it says is %q", got)
	}
	f.has("one cannot be read", "a=A2 one", "b=B two", "c=C one", "d=D one")
	f.sees["two"] = ids{"b=B"}
	f.must("both can be read", schedule.Done{Removed: ids{"c"}, Unchanged: 3}, "delete jumpgraph:c")
}

// A right that was lost looks like organizations that have all left.
func TestSync_AListThatIsEmptyNowLosesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one")
	f.sees = map[string][]string{"one": {"a=A", "b=B"}}
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	f.sees["one"] = ids{}
	done, writes, err := f.sync(false)
	if err == nil || !strings.Contains(err.Error(), "had 2") || len(writes) > 0 || done.Unchanged != 2 {
		t.Errorf("%s, %v, it did %v; want an error, and nothing done", done, err, writes)
	}
	f.has("the list is empty", "a=A one", "b=B one")
	f.sees["one"] = ids{"b=B"}
	f.must("one is there", schedule.Done{Removed: ids{"a"}, Unchanged: 1}, "delete jumpgraph:a")
}

// A database that is new knows no organization. What stands in Temporal may belong to the credential that cannot be read.
func TestSync_WithANewDatabaseOnlyWhatNobodySeesIsRemoved(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one", "two")
	for _, id := range []string{"a", "b", "c"} {
		if _, err := f.temporal.ScheduleClient().Create(t.Context(), client.ScheduleOptions{ID: "jumpgraph:" + id}); err != nil {
			t.Fatal(err)
		}
	}
	f.sees["one"] = ids{"a=A"}
	_, writes, err := f.sync(false)
	if diff := cmp.Diff(ids{"update jumpgraph:a"}, writes); diff != "" || !errors.Is(err, errUnread) {
		t.Errorf("one cannot be read: %v, what it did (-want +got):\n%s", err, diff)
	}
	f.sees["two"] = ids{"b=B"}
	f.must("both can be read", schedule.Done{Changed: ids{"b"}, Removed: ids{"c"}, Unchanged: 1}, "delete jumpgraph:c", "update jumpgraph:b")
	f.has("both can be read", "a=A one", "b=B two")
}

func TestSync_ACredentialThatWasTakenOutOfTheSettings(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "old", "other")
	f.sees = map[string][]string{"old": {"a=A", "b=B"}, "other": {}}
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	f.schedules.Config = settings("new")
	f.sees = map[string][]string{} // the new one cannot be read yet
	if _, writes, err := f.sync(false); err == nil || len(writes) > 0 {
		t.Errorf("the new credential cannot be read: %v, did %v, want that nothing is lost", err, writes)
	}
	f.sees = map[string][]string{"new": {"a=A"}}
	f.must("another one sees one of its organizations", schedule.Done{Moved: ids{"a"}, Removed: ids{"b"}}, "delete jumpgraph:b")
	f.schedules.Config = settings()
	f.must("no credential", schedule.Done{Removed: ids{"a"}}, "delete jumpgraph:a")
	f.has("no credential", "a=A new left", "b=B old left")
}

func TestSync_PausedSchedules(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "one", "two")
	f.sees = map[string][]string{"one": {"a=A", "b=B", "c=C"}, "two": {"d=D"}}
	f.must("the first", schedule.Done{Made: ids{"a", "b", "c", "d"}}, "create jumpgraph:a", "create jumpgraph:b", "create jumpgraph:c", "create jumpgraph:d")
	for _, id := range []string{"a", "d"} {
		if err := f.schedules.Pause(t.Context(), id, flow.KeyRefused); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.temporal.ScheduleClient().GetHandle(t.Context(), "jumpgraph:b").Pause(t.Context(), client.SchedulePauseOptions{Note: "the customer asked us to"}); err != nil {
		t.Fatal(err)
	}
	delete(f.sees, "two")
	done, writes, err := f.sync(false)
	if !errors.Is(err, errUnread) || !slices.Equal(done.Resumed, ids{"a"}) || !slices.Equal(writes, ids{"resume jumpgraph:a"}) {
		t.Errorf("%v, %v, did %v, want that a is resumed, and neither b, which somebody has paused, nor d, whose credential is refused", err, done, writes)
	}
	f.sees["two"] = ids{"d=D"}
	f.must("the credential works again", schedule.Done{Resumed: ids{"d"}, Unchanged: 3}, "resume jumpgraph:d")
	if e := f.temporal.all["jumpgraph:b"].schedule.State; !e.Paused || e.Note != "the customer asked us to" {
		t.Errorf("what somebody has paused is now %+v", e)
	}

	// Other settings leave it paused, too.
	f.schedules.Config.Interval = time.Hour
	f.must("other settings", schedule.Done{Changed: ids{"a", "b", "c", "d"}}, "update jumpgraph:a", "update jumpgraph:b", "update jumpgraph:c", "update jumpgraph:d")
	if e := f.temporal.all["jumpgraph:b"].schedule.State; !e.Paused {
		t.Error("what somebody has paused goes on after a change of the settings")
	}
}

func TestSync_OtherSettingsChangeTheSchedules(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A"}
	f.must("the first", schedule.Done{Made: ids{"a"}}, "create jumpgraph:a")
	for name, change := range map[string]func(*config.Config){
		"interval":  func(c *config.Config) { c.Interval = time.Hour },
		"heartbeat": func(c *config.Config) { c.Heartbeat = time.Minute },
	} {
		change(f.schedules.Config)
		f.must(name, schedule.Done{Changed: ids{"a"}}, "update jumpgraph:a")
		f.must(name+" again", schedule.Done{Unchanged: 1})
	}
	got := f.temporal.all["jumpgraph:a"].schedule
	if got.Spec.Intervals[0].Every != time.Hour || got.Policy.CatchupWindow != time.Hour || got.Action.(*client.ScheduleWorkflowAction).Args[0].(flow.CollectInput).Timing.Heartbeat != time.Minute {
		t.Errorf("the schedule is %+v, want the new settings", got)
	}
	f.schedules.Config.Rate, f.schedules.Config.Limit, f.schedules.Config.Skip = 1, config.PerOrganization, ids{"systems"}
	f.must("settings that workers read", schedule.Done{Unchanged: 1})
}

func TestSync_ADryRunChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A", "b=B"}
	dry := func(want string) {
		t.Helper()
		before := f.members()
		done, writes, err := f.sync(true)
		if err != nil || done.String() != want || len(writes) > 0 {
			t.Errorf("%v, %q, did %v, want %q and nothing done", err, done, writes, want)
		}
		if diff := cmp.Diff(before, f.members()); diff != "" {
			t.Errorf("the organizations have changed (-before +after):\n%s", diff)
		}
	}
	dry("2 made, 0 as they were")
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	f.sees["acme"] = ids{"a=A2", "c=C"}
	dry("1 made, 1 renamed, 1 removed, 0 as they were")
	delete(f.sees, "acme")
	if _, writes, err := f.sync(true); !errors.Is(err, errUnread) || len(writes) > 0 {
		t.Errorf("a credential that cannot be read: %v, did %v", err, writes)
	}
}

func TestSync_AFleetOfZero(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.must("without credentials", schedule.Done{})
	f.schedules.Config = settings("acme")
	f.sees["acme"] = nil
	f.must("without organizations", schedule.Done{})
	f.has("without organizations")
}

func TestSync_OneThatFailsKeepsNoOtherFromBeingMade(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	boom := errors.New("boom")
	for i := range 40 {
		f.sees["acme"] = append(f.sees["acme"], fmt.Sprintf("o%02d=O", i))
	}
	f.temporal.fails["jumpgraph:o07"] = boom
	done, _, err := f.sync(false)
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "write the schedule of o07") {
		t.Errorf("the error is %v, want which failed and why", err)
	}
	if len(done.Made) != 39 || slices.Contains(done.Made, "o07") || len(f.temporal.ids()) != 39 {
		t.Errorf("it says that it has made %d, and has made %d, want all others", len(done.Made), len(f.temporal.ids()))
	}
	delete(f.temporal.fails, "jumpgraph:o07")
	f.must("the next", schedule.Done{Made: ids{"o07"}, Unchanged: 39}, "create jumpgraph:o07")

	f.schedules.Config.Interval = time.Hour
	f.temporal.fails["jumpgraph:o08"] = boom
	if done, _, err = f.sync(false); !errors.Is(err, boom) || len(done.Changed) != 39 {
		t.Errorf("%v, says that it has changed %d, want 39", err, len(done.Changed))
	}
	delete(f.temporal.fails, "jumpgraph:o08")
	f.must("the next", schedule.Done{Changed: ids{"o08"}, Unchanged: 39}, "update jumpgraph:o08")

	f.sees["acme"] = f.sees["acme"][2:]
	f.temporal.fails["jumpgraph:o00"] = boom
	if done, _, err = f.sync(false); !errors.Is(err, boom) || !slices.Equal(done.Removed, ids{"o01"}) {
		t.Errorf("%v, says that it has removed %v, want o01", err, done.Removed)
	}
	delete(f.temporal.fails, "jumpgraph:o00")
	f.must("the next", schedule.Done{Removed: ids{"o00"}, Unchanged: 38}, "delete jumpgraph:o00")
}

// Temporal's list does not have at once what was made a moment ago.
func TestSync_WhatTheListDoesNotHaveYetIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A", "b=B"}
	f.must("the first", schedule.Done{Made: ids{"a", "b"}}, "create jumpgraph:a", "create jumpgraph:b")
	f.temporal.hidden["jumpgraph:b"] = true
	f.must("the list is late", schedule.Done{Unchanged: 2})
	if err := f.temporal.ScheduleClient().GetHandle(t.Context(), "jumpgraph:b").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.must("somebody has removed it", schedule.Done{Made: ids{"b"}, Unchanged: 1}, "create jumpgraph:b")
}

func TestSync_AContextThatEndsLosesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "acme")
	f.sees["acme"] = ids{"a=A"}
	f.must("the first", schedule.Done{Made: ids{"a"}}, "create jumpgraph:a")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	done, err := f.schedules.Sync(ctx, f.store, func(context.Context, string) ([]*jc.Organization, error) {
		cancel(why)
		return nil, nil // half a list
	}, false)
	if done != nil || !errors.Is(err, why) {
		t.Errorf("Sync: %v, %v, want the cause", done, err)
	}
	f.must("the next", schedule.Done{Unchanged: 1})
}
