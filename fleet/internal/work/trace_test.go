package work_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"

	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/work"
)

// TestTraces_ReachFromTheWorkflowToEachRequest collects with a tracer, and looks at the spans.
func TestTraces_ReachFromTheWorkflowToEachRequest(t *testing.T) {
	t.Parallel()
	f := begin(t, 1)
	spans := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("test")
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{Tracer: tracer})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: fleettest.Temporal(t), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)), Interceptors: []interceptor.ClientInterceptor{tracing},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.temporal = c
	m := meter.New(tracer)
	a := &work.Activities{
		Config: f.config, Store: f.store, Temporal: c, Clients: jumpcloud.New(f.config, nil, m), Schedules: f.schedules, Meter: m, Log: slog.New(slog.DiscardHandler), Grace: time.Second,
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, work.Options{AtOnce: 1}) }()
	out, err := f.outcome(f.start(f.orgs[0].Self.ID()))
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	c.Close()
	if err != nil {
		t.Fatal(err)
	}
	of := map[trace.TraceID]int64{}
	var workflow trace.TraceID
	for _, span := range spans.GetSpans() {
		switch {
		case strings.HasPrefix(span.Name, "StartWorkflow:"):
			workflow = span.SpanContext.TraceID()
		case span.SpanKind == trace.SpanKindClient && strings.HasSuffix(span.Name, " JumpCloud"):
			of[span.SpanContext.TraceID()]++
		}
	}
	if !workflow.IsValid() || of[workflow] != out.Requests || len(of) != 1 {
		t.Errorf("requests by trace: %v; want all %d in the trace %s of the workflow", of, out.Requests, workflow)
	}
}
