package schedule_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
)

func TestOffset_IsEvenWithinTheInterval(t *testing.T) {
	t.Parallel()
	const n, parts = 5000, 50
	for name, id := range map[string]func(int) string{
		"hexadecimal": func(i int) string { return fmt.Sprintf("65f0c1a2b3c4d5e6f7%06x", i) },
		"decimal":     func(i int) string { return fmt.Sprint(i) },
	} {
		for _, interval := range []time.Duration{time.Hour, 6 * time.Hour, 24*time.Hour + 7*time.Second} {
			var count [parts]int
			for i := range n {
				offset := schedule.Offset(id(i), interval)
				if offset < 0 || offset >= interval || offset%time.Second != 0 {
					t.Fatalf("the offset of %s is %v, want one of whole seconds within %v", id(i), offset, interval)
				}
				count[int(offset*parts/interval)]++
			}
			chi := 0.0
			for _, c := range count {
				d := float64(c) - n/parts
				chi += d * d / (n / parts)
			}
			if chi > 100 { // with 49 degrees of freedom more than 100 comes once in 40,000 times
				t.Errorf("%s ids within %v: chi-square %.0f, parts %v: the load is not even", name, interval, chi, count)
			}
		}
	}
}

// An offset that changes with the version would open a gap of more than an interval in every organization.
func TestOffset_NeverChanges(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]time.Duration{"": 14452 * time.Second, "65f0c1a2b3c4d5e6f7a8b9c0": 13912 * time.Second} {
		if got := schedule.Offset(id, 6*time.Hour); got != want {
			t.Errorf("the offset of %q is %v, want %v", id, got, want)
		}
	}
	for _, interval := range []time.Duration{0, time.Nanosecond, time.Second} {
		if got := schedule.Offset("a", interval); got != 0 {
			t.Errorf("the offset within %v is %v, want 0", interval, got)
		}
	}
}

func settings(credentials ...string) *config.Config {
	c := config.Default()
	for _, name := range credentials {
		c.Credentials = append(c.Credentials, config.Credential{Name: name, Env: "X"})
	}
	return c
}

func TestSyncEvery_MakesChangesAndRemovesItsSchedule(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &schedule.Schedules{Temporal: f, Config: settings("acme")}
	for _, every := range []time.Duration{time.Hour, 2 * time.Hour} {
		if err := s.SyncEvery(t.Context(), every); err != nil {
			t.Fatal(err)
		}
		e := f.all["jumpgraph:~sync"]
		if e == nil || e.schedule.Spec.Intervals[0].Every != every || e.schedule.Action.(*client.ScheduleWorkflowAction).Workflow != flow.SyncWorkflow {
			t.Fatalf("the schedule is %+v, want one that syncs every %v", e, every)
		}
	}
	if all, err := s.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("List gives %v, %v, want no organization", all, err)
	}
	for range 2 {
		if err := s.SyncEvery(t.Context(), 0); err != nil || len(f.ids()) != 0 {
			t.Errorf("without an interval: %v, schedules %v, want none", err, f.ids())
		}
	}
}

func TestList_HasTheSchedulesOfThisFleetOnly(t *testing.T) {
	t.Parallel()
	f := newFake()
	for _, id := range []string{"jumpgraph:a", "jumpgraph:~sync", "jumpgraph2:b", "other:c", "d", "jumpgraph:p"} {
		if _, err := f.ScheduleClient().Create(t.Context(), client.ScheduleOptions{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	s := &schedule.Schedules{Temporal: f, Config: settings()}
	if err := s.Pause(t.Context(), "p", "key-refused"); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(t.Context(), "missing", "key-refused"); err != nil {
		t.Errorf("Pause of one that is not there: %v, want nothing", err)
	}
	got, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got["a"].Next.IsZero() {
		t.Error("the next time of a is unknown")
	}
	delete(got, "a")
	if diff := cmp.Diff(map[string]schedule.Entry{"p": {Paused: true, Note: "jumpgraph: key-refused"}}, got); diff != "" {
		t.Errorf("the others (-want +got):\n%s", diff)
	}
}

func TestIdle_IsWhatHasNoRunNow(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &schedule.Schedules{Temporal: f, Config: settings()}
	for _, id := range []string{"busy", "idle"} {
		if _, err := f.ScheduleClient().Create(t.Context(), client.ScheduleOptions{ID: "jumpgraph:" + id}); err != nil {
			t.Fatal(err)
		}
	}
	f.all["jumpgraph:busy"].running = []client.ScheduleWorkflowExecution{{WorkflowID: "jumpgraph:busy-1"}}
	got, err := s.Idle(t.Context(), []string{"missing", "idle", "busy"})
	if want := []string{"idle", "missing"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Idle: %v, %v, want %v", got, err, want)
	}
}

func TestTrigger_GoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	f := newFake()
	s := &schedule.Schedules{Temporal: f, Config: settings()}
	var ids, missing []string
	for i := range 40 {
		id := fmt.Sprint("o", i)
		ids = append(ids, id)
		if i%4 == 0 {
			missing = append(missing, id)
			continue
		}
		if _, err := f.ScheduleClient().Create(t.Context(), client.ScheduleOptions{ID: "jumpgraph:" + id, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Trigger(t.Context(), ids)
	if err == nil || !strings.Contains(err.Error(), missing[0]+" has no schedule: jumpgraph-fleet sync makes them") || !strings.Contains(err.Error(), "and 5 more") {
		t.Errorf("Trigger: %v, want the first five of %d that have no schedule", err, len(missing))
	}
	for _, id := range ids {
		if e := f.all["jumpgraph:"+id]; !slices.Contains(missing, id) && e.triggers != 1 {
			t.Errorf("%s was triggered %d times, want once", id, e.triggers)
		}
	}
	if err := s.Trigger(t.Context(), nil); err != nil {
		t.Errorf("Trigger of nothing: %v", err)
	}
	f.fails["jumpgraph:o1"] = errors.New("boom")
	if err := s.Trigger(t.Context(), []string{"o1"}); !errors.Is(err, f.fails["jumpgraph:o1"]) {
		t.Errorf("Trigger: %v, want the error of Temporal", err)
	}
}
