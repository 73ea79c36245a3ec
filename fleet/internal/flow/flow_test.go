package flow_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
)

// TestHistories_CanBeReplayed replays what real servers have recorded: a worker of this version goes on with workflows that one
// of an earlier version has begun. A history that cannot be replayed any more needs workflow.GetVersion in the code, not a new
// recording. New ones are recorded by go test ./internal/work -run Histories -update.
func TestHistories_CanBeReplayed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d histories, %v; want four at least", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflowWithOptions(flow.Collect, workflow.RegisterOptions{Name: flow.CollectWorkflow})
			replayer.RegisterWorkflowWithOptions(flow.Sync, workflow.RegisterOptions{Name: flow.SyncWorkflow})
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), file); err != nil {
				t.Error(err)
			}
		})
	}
}
