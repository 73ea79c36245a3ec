package work_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

func TestCollect_WritesAnOrganizationAndHowItEnded(t *testing.T) {
	t.Parallel()
	f := begin(t, 2)
	f.worker(time.Second)
	id := f.orgs[0].Self.ID()
	out, err := f.outcome(f.start(id))
	if err != nil || out.Status != "complete" || out.Requests == 0 {
		t.Fatalf("the run ended with %+v, %v", out, err)
	}
	if st := f.state(id); st.Status != "complete" || st.Completed.IsZero() || st.Requests != out.Requests || st.Age < 0 || st.Age > time.Minute {
		t.Errorf("the database says %+v", st)
	}
	if st := f.state(f.orgs[1].Self.ID()); !st.Completed.IsZero() || st.Status != "" {
		t.Errorf("another organization was collected: %+v", st)
	}
	f.jumpcloud.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].SystemUsers[0]["department"] = "Other" })
	if out, err = f.outcome(f.start(id)); err != nil || out.Changes != 1 {
		t.Errorf("after a change: %+v, %v; want one change", out, err)
	}
}

// TestCollect_ReadsTheLayersOfTheSettings collects who holds the keys, too.
func TestCollect_ReadsTheLayersOfTheSettings(t *testing.T) {
	t.Parallel()
	f := begin(t, 1, func(c *config.Config) { c.With = []jumpgraph.Layer{jumpgraph.Governance} })
	f.jumpcloud.Change(func(orgs []*jumpcloudtest.Organization) {
		orgs[0].Roles = []jumpcloudtest.Object{{"id": "5f0e5a3b1f24750001c0ffee", "name": "Help desk"}}
	})
	f.worker(time.Second)
	if out, err := f.outcome(f.start(f.orgs[0].Self.ID())); err != nil || out.Status != "complete" {
		t.Fatalf("the run ended with %+v, %v", out, err)
	}
	if text := f.dump(); !strings.Contains(text, "Help desk") {
		t.Error("the database has no role")
	}
}

// TestFailures_AreTyped lets JumpCloud fail in the ways that it has, and looks at what Temporal was told.
func TestFailures_AreTyped(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrong    func(*fleet)
		kind     string
		attempts int32
	}{
		"the key is refused":       {func(f *fleet) { f.jumpcloud.SetKey("another") }, flow.KeyRefused, 1},
		"something is forbidden":   {func(f *fleet) { f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/applications", Status: 403}) }, flow.Forbidden, 1},
		"something cannot be read": {func(f *fleet) { f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/usergroups", Status: 418}) }, flow.Partial, 3},
		"it has left": {func(f *fleet) {
			f.jumpcloud.Close()
			f.jumpcloud = jumpcloudtest.NewServer(jumpcloudtest.Synthetic(77, jumpcloudtest.Size{}))
			f.Cleanup(f.jumpcloud.Close)
			f.config.Credentials[0].URL = f.jumpcloud.URL
			if done := f.sync(); len(done.Removed) != 1 {
				f.Errorf("%s", done)
			}
		}, flow.Refused, 1},
		"the credential is not in the settings": {func(f *fleet) { f.config.Credentials[0].Name = "renamed" }, flow.Refused, 1},
		"the credential cannot be had":          {func(f *fleet) { f.config.Credentials[0].Env = "NOT_SET_ANYWHERE" }, flow.Unavailable, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin(t, 1)
			tt.wrong(f)
			f.worker(time.Second)
			run := f.start(f.orgs[0].Self.ID())
			_, err := f.outcome(run)
			if kind := flow.Kind(err); kind != tt.kind {
				t.Errorf("the run ended with the kind %q: %v; want %q", kind, err, tt.kind)
			}
			if n := f.attempts(run); n != tt.attempts {
				t.Errorf("%d attempts, want %d", n, tt.attempts)
			}
			if st := f.state(f.orgs[0].Self.ID()); st.Status != tt.kind || st.Reason == "" {
				t.Errorf("the database says %q: %q", st.Status, st.Reason)
			}
		})
	}
}

// attempts is how often the first activity of a workflow was tried.
func (f *fleet) attempts(run client.WorkflowRun) int32 {
	f.Helper()
	most := int32(0)
	for events := f.temporal.GetWorkflowHistory(f.Context(), run.GetID(), run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		if err != nil {
			f.Fatal(err)
		}
		if a := event.GetActivityTaskStartedEventAttributes(); a != nil && most == 0 {
			most = a.GetAttempt()
		}
	}
	return most
}

// TestKeyRefused_PausesTheScheduleUntilItWorksAgain also looks that a key which was replaced needs no restart.
func TestKeyRefused_PausesTheScheduleUntilItWorksAgain(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.worker(time.Second)
	id, key := f.orgs[0].Self.ID(), f.jumpcloud.Key
	f.jumpcloud.SetKey("another")
	if err := f.schedules.Trigger(t.Context(), []string{id}); err != nil {
		t.Fatal(err)
	}
	f.until("the schedule is paused", func() bool {
		all, err := f.schedules.List(t.Context())
		return err == nil && all[id].Paused && strings.Contains(all[id].Note, flow.KeyRefused)
	})
	if done, err := f.schedules.Sync(t.Context(), f.store, f.clients().Organizations, false); err == nil || len(done.Resumed) > 0 || len(done.Removed) > 0 {
		t.Errorf("with a key that is refused: %s, %v; want an error, and nothing changed", done, err)
	}
	f.jumpcloud.SetKey(key)
	f.until("the schedule is resumed", func() bool { return len(f.sync().Resumed) == 1 })
	if err := f.schedules.Trigger(t.Context(), []string{id}); err != nil {
		t.Fatal(err)
	}
	f.until("the organization is complete", func() bool { return f.state(id).Status == "complete" })
}

// TestRateLimited_IsTriedAgainWhenJumpCloudSays looks when Temporal will try again.
func TestRateLimited_IsTriedAgainWhenJumpCloudSays(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Status: 429, RetryAfter: "1200"})
	f.worker(time.Second)
	run := f.start(f.orgs[0].Self.ID())
	var wait time.Duration
	f.until("the run waits", func() bool {
		pending := f.pending(run)
		if pending.GetLastFailure().GetApplicationFailureInfo().GetType() != flow.RateLimited {
			return false
		}
		wait = time.Until(pending.GetScheduledTime().AsTime())
		return true
	})
	if wait < 1100*time.Second || wait > 1200*time.Second {
		t.Errorf("it is tried again after %v, want the 1200 seconds that JumpCloud asked for", wait)
	}
	if err := f.temporal.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "the test ends"); err != nil {
		t.Error(err)
	}
}

// pending is the activity of a workflow that has not ended; nil when there is none.
func (f *fleet) pending(run client.WorkflowRun) *workflow.PendingActivityInfo {
	f.Helper()
	now, err := f.temporal.DescribeWorkflow(f.Context(), run.GetID(), run.GetRunID())
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range now.RawResponse.GetPendingActivities() {
		return a
	}
	return nil
}

func TestCancel_ReachesTheRequest(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/usergroups", Latency: 10 * time.Minute})
	f.worker(time.Second)
	run := f.start(f.orgs[0].Self.ID())
	f.until("a request waits", func() bool { return f.asked("/usergroups") })
	began := time.Now()
	if err := f.temporal.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.outcome(run); !temporal.IsCanceledError(err) {
		t.Errorf("the run ended with %v, want that it was cancelled", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func (f *fleet) asked(end string) bool {
	for _, r := range f.jumpcloud.Requests() {
		if strings.HasSuffix(r, end) {
			return true
		}
	}
	return false
}

func TestHeartbeats_TellTheLastEvent(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/usergroups", Latency: 10 * time.Minute})
	f.worker(100 * time.Millisecond)
	run := f.start(f.orgs[0].Self.ID())
	f.until("Temporal knows an event", func() bool {
		return strings.Contains(f.pending(run).GetHeartbeatDetails().String(), " received, ")
	})
	if err := f.temporal.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "the test ends"); err != nil {
		t.Error(err)
	}
}

// TestJumpCloudAway_IsWaitedFor lets JumpCloud refuse all until a run has failed, and then be there again.
func TestJumpCloudAway_IsWaitedFor(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Status: 503})
	f.worker(time.Second)
	run := f.start(f.orgs[0].Self.ID())
	f.until("a run has failed", func() bool { return f.state(f.orgs[0].Self.ID()).Status == flow.Partial })
	f.jumpcloud.Heal()
	if out, err := f.outcome(run); err != nil || out.Status != "complete" {
		t.Errorf("the run ended with %+v, %v", out, err)
	}
	if st := f.state(f.orgs[0].Self.ID()); st.Status != "complete" || st.Reason != "" {
		t.Errorf("the database says %+v", st)
	}
}

// TestStop_HandsOverWhatRuns stops a worker in the middle of a run that cannot end, and lets it end elsewhere.
func TestStop_HandsOverWhatRuns(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	id := f.orgs[0].Self.ID()
	f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/usergroups", Latency: 10 * time.Minute, Times: 1})
	stop := f.worker(100 * time.Millisecond)
	run := f.start(id)
	f.until("a request waits", func() bool { return f.asked("/usergroups") })
	stop()
	if st := f.state(id); st.Status != "" {
		t.Errorf("a run that goes on elsewhere has ended: %+v", st)
	}
	f.worker(time.Second)
	if out, err := f.outcome(run); err != nil || out.Status != "complete" {
		t.Errorf("the run ended with %+v, %v", out, err)
	}
	if n := f.attempts(run); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
	if !strings.Contains(f.log.String(), "status="+flow.HandedOver) {
		t.Errorf("the first worker did not hand over:\n%s", f.log)
	}
}

// TestSync_IsDoneByWorkersToo runs the workflow that looks for new organizations.
func TestSync_IsDoneByWorkersToo(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.worker(time.Second)
	if err := f.schedules.SyncEvery(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	f.jumpcloud.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].Self["displayName"] = "Renamed" })
	run, err := f.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: f.config.Queue + "-sync", TaskQueue: f.config.Queue},
		flow.SyncWorkflow, flow.SyncInput{Timing: flow.Timing{Heartbeat: f.config.Heartbeat}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var done string
	if err := run.Get(ctx, &done); err != nil || !strings.Contains(done, "1 renamed") {
		t.Errorf("it says %q, %v; want one renamed", done, err)
	}
	if name := f.state(f.orgs[0].Self.ID()).Name; name != "Renamed" {
		t.Errorf("the database has the name %q", name)
	}
	if all, err := f.schedules.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d schedules of organizations, %v; want 1", len(all), err)
	}
}

// TestFleetOfZero: credentials that see nothing are no error.
func TestFleetOfZero(t *testing.T) {
	t.Parallel()
	f := begin(t, 0)
	done := f.sync()
	if err := f.schedules.Trigger(t.Context(), nil); err != nil || done.String() != "0 as they were" {
		t.Errorf("%s, %v", done, err)
	}
}

// TestNoCredential_IsKeptAnywhere runs well and badly with a marker as the key, and looks for it in all that is kept.
func TestNoCredential_IsKeptAnywhere(t *testing.T) {
	t.Parallel()
	const marker = "MARKERMARKERMARKERMARKERMARKERMARKER0001"
	f := begin(t, 0)
	org := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3})
	f.jumpcloud.Close()
	f.jumpcloud = jumpcloudtest.NewServer(org)
	t.Cleanup(f.jumpcloud.Close)
	f.jumpcloud.SetKey(marker)
	if err := os.Setenv(keyOf(f.config.Queue), marker); err != nil { //nolint:usetesting // see begin
		t.Fatal(err)
	}
	f.config.Credentials = []config.Credential{{Name: "msp", Env: keyOf(f.config.Queue), URL: f.jumpcloud.URL}}
	f.sync()
	f.worker(time.Second)
	good := f.start(org.Self.ID())
	if _, err := f.outcome(good); err != nil {
		t.Fatal(err)
	}
	f.jumpcloud.SetKey("another")
	bad := f.start(org.Self.ID())
	if _, err := f.outcome(bad); err == nil || strings.Contains(err.Error(), marker) {
		t.Errorf("with another key: %v", err)
	}
	f.jumpcloud.SetKey(marker)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Status: 400, Body: "your key is " + marker})
	ugly := f.start(org.Self.ID())
	if _, err := f.outcome(ugly); err == nil {
		t.Error("a JumpCloud that tells keys was read whole")
	}
	var kept strings.Builder
	for _, run := range []client.WorkflowRun{good, bad, ugly} {
		kept.WriteString(f.history(run))
	}
	kept.WriteString(f.log.String())
	kept.WriteString(f.dump())
	if text := kept.String(); strings.Contains(text, marker) || !strings.Contains(text, "msp") {
		t.Error("the key is kept, or the name of the credential is not")
	}
}

// history is all that Temporal keeps of a run.
func (f *fleet) history(run client.WorkflowRun) string {
	f.Helper()
	var b strings.Builder
	for events := f.temporal.GetWorkflowHistory(f.Context(), run.GetID(), run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		if err != nil {
			f.Fatal(err)
		}
		b.WriteString(event.String() + "\n")
	}
	return b.String()
}

// dump is all that the database keeps.
func (f *fleet) dump() string {
	f.Helper()
	graph := strings.TrimSuffix(f.store.Schema(), "_fleet")
	rows, err := f.store.Pool.Query(f.Context(), "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname IN ($1, $2)", graph, f.store.Schema())
	if err != nil {
		f.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			f.Fatal(err)
		}
		tables = append(tables, name)
	}
	var b strings.Builder
	for _, table := range tables {
		var text *string
		if err := f.store.Pool.QueryRow(f.Context(), "SELECT string_agg(to_jsonb(t)::text, E'\\n') FROM "+table+" t").Scan(&text); err != nil {
			f.Fatal(errors.Join(errors.New(table), err))
		}
		if text != nil {
			b.WriteString(table + "\n" + *text + "\n")
		}
	}
	return b.String()
}
