package work

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
)

// Options say how a worker runs.
type Options struct {
	// AtOnce is how many organizations are collected at once.
	AtOnce int
	// Listen is the address of /healthz and /metrics; empty for none.
	Listen string
	// Ready is called with the address that the worker listens at, once it takes work; nil is ignored.
	Ready func(address string)
}

// reporting is how long a run that was handed over has to tell Temporal.
const reporting = 10 * time.Second

// Run works until the context ends. Then it takes no more work; what runs ends within the grace time, or is handed over.
func (a *Activities) Run(ctx context.Context, o Options) error {
	w := worker.New(a.Temporal, a.Config.Queue, worker.Options{
		MaxConcurrentActivityExecutionSize: o.AtOnce, MaxConcurrentActivityTaskPollers: 2, WorkerStopTimeout: a.Grace + reporting,
		// A fault in the worker, such as a namespace that is not there, ends it.
		OnFatalError: func(err error) { a.Log.Error("Temporal refuses this worker", "error", err) },
	})
	Register(w, a)
	var stopping atomic.Bool
	close, address, err := a.listen(ctx, o.Listen, &stopping)
	if err != nil {
		return err
	}
	defer close()
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	if o.Ready != nil {
		o.Ready(address)
	}
	<-ctx.Done()
	stopping.Store(true)
	a.Log.Info("the worker stops: it takes no more work", "grace", a.Grace)
	w.Stop()
	return nil
}

// Register makes the workflows and activities known to a worker. Without activities it is one that replays.
func Register(w interface {
	RegisterWorkflowWithOptions(any, workflow.RegisterOptions)
	RegisterActivityWithOptions(any, activity.RegisterOptions)
}, a *Activities,
) {
	w.RegisterWorkflowWithOptions(flow.Collect, workflow.RegisterOptions{Name: flow.CollectWorkflow})
	w.RegisterWorkflowWithOptions(flow.Sync, workflow.RegisterOptions{Name: flow.SyncWorkflow})
	w.RegisterActivityWithOptions(a.Collect, activity.RegisterOptions{Name: flow.CollectActivity})
	w.RegisterActivityWithOptions(a.Pause, activity.RegisterOptions{Name: flow.PauseActivity})
	w.RegisterActivityWithOptions(a.Sync, activity.RegisterOptions{Name: flow.SyncActivity})
}

// listen serves /healthz, which is 503 once the worker stops, and /metrics. A database or a Temporal that is away is no reason
// to restart a worker: it waits for them.
func (a *Activities) listen(ctx context.Context, address string, stopping *atomic.Bool) (func(), string, error) {
	if address == "" {
		return func() {}, "", nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, "", fmt.Errorf("listen for /healthz and /metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.Meter.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if stopping.Load() {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("/healthz and /metrics are not served any more", "error", err)
		}
	}()
	return func() { _ = server.Close() }, listener.Addr().String(), nil
}
