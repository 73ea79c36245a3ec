package work_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// update records the histories that package flow replays.
var update = flag.Bool("update", false, "record the histories anew")

// TestHistories_AreRecorded runs the workflows in the ways that they may go, and keeps their histories when it is told to.
func TestHistories_AreRecorded(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	f.worker(time.Second)
	id, key := f.orgs[0].Self.ID(), f.jumpcloud.Key
	f.keep("complete", f.start(id))
	f.jumpcloud.SetKey("another")
	f.keep("key-refused", f.start(id))
	f.jumpcloud.SetKey(key)
	f.jumpcloud.Inject(jumpcloudtest.Fault{Path: "/usergroups", Status: 418})
	f.keep("partial", f.start(id))
	run, err := f.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: f.config.Queue + "-sync", TaskQueue: f.config.Queue},
		flow.SyncWorkflow, flow.SyncInput{Timing: flow.Timing{Heartbeat: f.config.Heartbeat}})
	if err != nil {
		t.Fatal(err)
	}
	f.keep("sync", run)
}

// keep waits for the end of a workflow, and writes its history.
func (f *fleet) keep(name string, run client.WorkflowRun) {
	f.Helper()
	_ = run.Get(f.Context(), nil) // how it ends is in the history
	all := &history.History{}
	for events := f.temporal.GetWorkflowHistory(f.Context(), run.GetID(), run.GetRunID(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		if err != nil {
			f.Fatal(err)
		}
		all.Events = append(all.Events, event)
	}
	if len(all.GetEvents()) < 5 {
		f.Errorf("%s: %d events", name, len(all.GetEvents()))
	}
	if !*update {
		return
	}
	text, err := protojson.MarshalOptions{Indent: "  "}.Marshal(all)
	if err == nil {
		err = os.WriteFile("../flow/testdata/"+name+".json", append(text, '\n'), 0o600)
	}
	if err != nil {
		f.Fatal(err)
	}
}
