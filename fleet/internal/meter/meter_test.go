package meter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// values are the values of all metrics with a prefix, by name and labels.
func values(t *testing.T, m *meter.Meter, prefix string) map[string]float64 {
	t.Helper()
	families, err := m.Registry.Gather()
	if err != nil {
		t.Error(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), prefix) {
			continue
		}
		for _, one := range f.GetMetric() {
			name := f.GetName()
			for _, l := range one.GetLabel() {
				name += fmt.Sprintf(" %s=%s", l.GetName(), l.GetValue())
			}
			all[name] = one.GetCounter().GetValue() + one.GetGauge().GetValue()
		}
	}
	return all
}

func equal(t *testing.T, m *meter.Meter, prefix string, want map[string]float64) {
	t.Helper()
	if diff := cmp.Diff(want, values(t, m, prefix)); diff != "" {
		t.Errorf("the metrics %s... (-want +got):\n%s", prefix, diff)
	}
}

// answers is a JumpCloud that answers with the status that the path names, and breaks off without one.
func answers(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := 0
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err != nil {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server
}

func get(ctx context.Context, t *testing.T, through http.RoundTripper, address string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", "jca_MARKER")
	res, err := through.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

func TestTransport_CountsRequestsByStatus(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	server := answers(t)
	acme, other := m.Transport("acme", http.DefaultTransport), m.Transport("other", http.DefaultTransport)
	for _, path := range []string{"/200", "/204", "/401", "/404", "/429", "/429", "/503"} {
		if err := get(t.Context(), t, acme, server.URL+path); err != nil {
			t.Fatal(err)
		}
	}
	if err := get(t.Context(), t, other, server.URL+"/broken"); err == nil {
		t.Error("a connection that breaks gives no error")
	}
	equal(t, m, "jumpgraph_re", map[string]float64{
		"jumpgraph_requests_total credential=acme status=2xx": 2, "jumpgraph_requests_total credential=acme status=4xx": 4,
		"jumpgraph_requests_total credential=acme status=5xx": 1, "jumpgraph_requests_total credential=other status=0": 1,
	})
	equal(t, m, "jumpgraph_rate_limited", map[string]float64{"jumpgraph_rate_limited_total credential=acme": 2})
}

func TestTransport_TheSpanOfARequestIsInTheTraceOfItsRunAndTellsNoData(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	tracer := provider.Tracer("test")
	server := answers(t)
	through := meter.New(tracer).Transport("acme", http.DefaultTransport)
	ctx, run := tracer.Start(t.Context(), "run")
	for _, path := range []string{"/200/users/PERSON?filter=SECRET", "/503/users/PERSON", "/broken/PERSON"} {
		_ = get(ctx, t, through, server.URL+path) // one fails
	}
	run.End()

	got := map[codes.Code]int{}
	for _, s := range spans.GetSpans() {
		if s.Name == "run" {
			continue
		}
		got[s.Status.Code]++
		if s.Parent.SpanID() != run.SpanContext().SpanID() || s.SpanContext.TraceID() != run.SpanContext().TraceID() {
			t.Errorf("the span %s is not in the trace of its run", s.Name)
		}
		if s.Name != "GET JumpCloud" || s.SpanKind != trace.SpanKindClient {
			t.Errorf("the span is %q of kind %v", s.Name, s.SpanKind)
		}
		text := fmt.Sprintf("%+v", s)
		for _, secret := range []string{"PERSON", "SECRET", "MARKER", "users", "filter"} {
			if strings.Contains(text, secret) {
				t.Errorf("the span tells %s: %s", secret, text)
			}
		}
	}
	if diff := cmp.Diff(map[codes.Code]int{codes.Unset: 1, codes.Error: 2}, got); diff != "" {
		t.Errorf("the spans by status (-want +got):\n%s", diff)
	}
}

func TestMeter_CountsRuns(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	first, second := m.Began(), m.Began()
	equal(t, m, "jumpgraph_runs", map[string]float64{"jumpgraph_runs_active": 2})
	first("acme", "complete", 2, 17)
	second("", "refused", 0, 0)
	m.Waited("acme", 1500*time.Millisecond)
	m.Waited("acme", time.Second)
	equal(t, m, "jumpgraph_", map[string]float64{
		"jumpgraph_runs_active": 0, "jumpgraph_runs_total status=complete": 1, "jumpgraph_runs_total status=refused": 1,
		"jumpgraph_request_retries_total credential=acme": 2, "jumpgraph_request_retries_total credential=": 0,
		"jumpgraph_rows_changed_total": 17, "jumpgraph_rate_wait_seconds_total credential=acme": 2.5,
	})
}

func TestRates_AreThoseOfNow(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	rates := map[string]float64{"acme": 7.5, "other": 0}
	m.Rates(func() map[string]float64 { return rates })
	equal(t, m, "jumpgraph_lease", map[string]float64{"jumpgraph_lease_rate credential=acme": 7.5, "jumpgraph_lease_rate credential=other": 0})
	delete(rates, "other")
	equal(t, m, "jumpgraph_lease", map[string]float64{"jumpgraph_lease_rate credential=acme": 7.5})
}

// fleet is one organization of each kind.
func fleet() []*store.State {
	return []*store.State{
		{ID: "a", Status: "complete", Age: time.Hour},
		{ID: "b", Status: "complete", Age: time.Minute},
		{ID: "c", Status: "key-refused", Age: 2 * time.Hour},
		{ID: "d", Age: -1},
		{ID: "e", Status: "partial", Age: -1},
		{ID: "f", Status: "complete", Age: 1000 * time.Hour, Left: time.Now()},
	}
}

func TestStates_TellTheFleetAndNoOrganization(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	m.States(func(context.Context) ([]*store.State, error) { return fleet(), nil }, false)
	got := values(t, m, "jumpgraph_o")
	if age := got["jumpgraph_oldest_complete_age_seconds"]; age < 7200 || age > 7260 {
		t.Errorf("the oldest age is %v s, want two hours: one that has left does not count", age)
	}
	delete(got, "jumpgraph_oldest_complete_age_seconds")
	if diff := cmp.Diff(map[string]float64{
		"jumpgraph_organizations status=complete": 2, "jumpgraph_organizations status=key-refused": 1, "jumpgraph_organizations status=never": 1, "jumpgraph_organizations status=partial": 1,
	}, got); diff != "" {
		t.Errorf("the organizations (-want +got):\n%s", diff)
	}
	for name := range values(t, m, "") {
		if strings.Contains(name, "organization=") {
			t.Errorf("%s tells of one organization, and was not asked to", name)
		}
	}
}

func TestStates_TellOfEachOrganizationWhenAsked(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	m.States(func(context.Context) ([]*store.State, error) { return fleet(), nil }, true)
	got := values(t, m, "jumpgraph_complete_age")
	if len(got) != 3 || got["jumpgraph_complete_age_seconds organization=a"] < 3600 {
		t.Errorf("the ages are %v, want those of a, b and c", got)
	}
}

// Zero would say that all is fresh.
func TestStates_WhereNoneWasCompleteThereIsNoOldestAge(t *testing.T) {
	t.Parallel()
	for name, states := range map[string][]*store.State{"a fleet of zero": nil, "never": {{ID: "d", Age: -1}}, "left": {{ID: "f", Age: time.Hour, Left: time.Now()}}} {
		m := meter.New(nil)
		m.States(func(context.Context) ([]*store.State, error) { return states, nil }, true)
		if got := values(t, m, "jumpgraph_oldest"); len(got) > 0 {
			t.Errorf("%s: %v, want no such metric", name, got)
		}
	}
}

func TestStates_AreNotReadAtEveryScrapeAndOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	var mu sync.Mutex
	reads := 0
	m.States(func(context.Context) ([]*store.State, error) {
		mu.Lock()
		defer mu.Unlock()
		if reads++; reads > 1 {
			return nil, errors.New("the database is away")
		}
		return fleet(), nil
	}, false)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if n := len(values(t, m, "jumpgraph_organizations")); n != 4 {
				t.Errorf("%d values, want 4", n)
			}
		})
	}
	group.Wait()
	if reads != 1 {
		t.Errorf("the database was read %d times for 20 scrapes, want once", reads)
	}

	away := meter.New(nil)
	away.States(func(context.Context) ([]*store.State, error) { return nil, errors.New("away") }, true)
	if _, err := away.Registry.Gather(); err != nil {
		t.Errorf("while the database is away: %v", err)
	}
}

func TestMeter_TheNamesAreGood(t *testing.T) {
	t.Parallel()
	m := meter.New(nil)
	m.Began()("acme", "complete", 1, 1)
	m.Waited("acme", time.Second)
	m.Rates(func() map[string]float64 { return map[string]float64{"acme": 1} })
	m.States(func(context.Context) ([]*store.State, error) { return fleet(), nil }, true)
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}
