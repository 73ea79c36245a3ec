package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	sdk "go.temporal.io/sdk/client"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

func TestMain(m *testing.M) {
	code := m.Run()
	fleettest.StopTemporal()
	os.Exit(code)
}

// TestRun_WaitsForARunThatCouldNotStartWhileTheLastOneEnded plays a worker by hand: a run has told the database how it ended, but
// Temporal does not know that yet, so that a trigger starts nothing.
func TestRun_WaitsForARunThatCouldNotStartWhileTheLastOneEnded(t *testing.T) {
	postgres, temporal := fleettest.Postgres(t), fleettest.Temporal(t)
	t.Setenv(postgresVariable, postgres)
	t.Setenv("TEMPORAL_ADDRESS", temporal)
	queue := "q" + strings.ToLower(rand.Text())
	file := write(t, "fleet.toml", fmt.Sprintf("queue = %q\ninterval = \"24h\"\n[[credential]]\nname = \"acme\"\nenv = \"NONE\"\n", queue))
	settings, err := config.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), postgres, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Pool.Close()
	tc := fleettest.Dial(t, temporal)
	schedules := &schedule.Schedules{Temporal: tc, Config: settings}
	one := func(context.Context, string) ([]*client.Organization, error) {
		return []*client.Organization{{ID: "o1", DisplayName: "One"}}, nil
	}
	if _, err := schedules.Sync(t.Context(), st, one, false); err != nil {
		t.Fatal(err)
	}
	handle := tc.ScheduleClient().GetHandle(t.Context(), queue+":o1")
	defer func() { _ = handle.Delete(context.Background()) }()
	look := func() sdk.ScheduleInfo {
		d, err := handle.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Info
	}
	ends := func() {
		if err := st.Ended(t.Context(), store.Outcome{Organization: "o1", Status: "complete"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := schedules.Trigger(t.Context(), []string{"o1"}); err != nil {
		t.Fatal(err)
	}
	fleettest.Eventually(t, 20*time.Second, "a run has started", func() bool { return len(look().RunningWorkflows) == 1 })
	first := look().RunningWorkflows[0]
	ends()

	waited := make(chan result, 1)
	go func() { waited <- command(t.Context(), "run", "--wait", "one", "--config", file) }()
	fleettest.Eventually(t, 20*time.Second, "the trigger was skipped", func() bool { return look().NumActionsSkippedOverlap == 1 })
	if err := tc.TerminateWorkflow(t.Context(), first.WorkflowID, first.FirstExecutionRunID, "it has ended"); err != nil {
		t.Fatal(err)
	}
	fleettest.Eventually(t, 30*time.Second, "another run has started", func() bool {
		running := look().RunningWorkflows
		return len(running) == 1 && running[0] != first
	})
	select {
	case got := <-waited:
		t.Fatalf("it did not wait: %+v", got)
	default:
	}
	ends()
	if got := <-waited; got.code != 0 || got.out != "triggered 1\n1 complete, 0 not\n" || !strings.Contains(got.err, `"such as"=One "its last run"=complete`) {
		t.Errorf("run ended with %d, wrote %q and said %q", got.code, got.out, got.err)
	}
}
