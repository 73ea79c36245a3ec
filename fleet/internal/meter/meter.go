// Package meter counts and traces what a worker does, for Prometheus and OpenTelemetry.
package meter

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// Meter has the metrics of a worker. All methods are safe for concurrent use.
type Meter struct {
	Registry *prometheus.Registry
	tracer   trace.Tracer

	requests, limited, retries, changes, runs, waited *prometheus.CounterVec
	active                                            prometheus.Gauge
}

// New makes the metrics. tracer may be nil.
func New(tracer trace.Tracer) *Meter {
	if tracer == nil {
		tracer = noop.NewTracerProvider().Tracer("")
	}
	m := &Meter{Registry: prometheus.NewRegistry(), tracer: tracer}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jumpgraph_" + name, Help: help}, labels)
		m.Registry.MustRegister(c)
		return c
	}
	m.requests = counter("requests_total", "Requests sent to JumpCloud, by credential and status; 0 where no answer came.", "credential", "status")
	m.limited = counter("rate_limited_total", "Answers 429 of JumpCloud.", "credential")
	m.retries = counter("request_retries_total", "Requests that were repeated, counted when a run ends.", "credential")
	m.waited = counter("rate_wait_seconds_total", "Seconds for which requests have waited for the rate that is shared with other workers.", "credential")
	m.changes = counter("rows_changed_total", "Changes of entities and relationships that complete runs have recorded.")
	m.runs = counter("runs_total", "Runs that ended, by how: complete, or the kind of failure.", "status")
	m.active = prometheus.NewGauge(prometheus.GaugeOpts{Name: "jumpgraph_runs_active", Help: "Runs that go on in this worker."})
	m.Registry.MustRegister(m.active)
	return m
}

// Began notes that a run has begun, and returns what notes its end.
func (m *Meter) Began() (ended func(credential, status string, retries, changes int64)) {
	m.active.Inc()
	return func(credential, status string, retries, changes int64) {
		m.active.Dec()
		m.runs.WithLabelValues(status).Inc()
		m.retries.WithLabelValues(credential).Add(float64(retries))
		m.changes.WithLabelValues().Add(float64(changes))
	}
}

// Waited notes how long a request has waited for the shared rate.
func (m *Meter) Waited(credential string, d time.Duration) {
	m.waited.WithLabelValues(credential).Add(d.Seconds())
}

// Transport counts and traces the requests of a credential.
func (m *Meter) Transport(credential string, next http.RoundTripper) http.RoundTripper {
	return &transport{meter: m, credential: credential, next: next}
}

type transport struct {
	meter      *Meter
	credential string
	next       http.RoundTripper
}

// RoundTrip makes a span of a request. Its path is not in it: it may hold ids of people, and its query anything.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := t.meter.tracer.Start(r.Context(), r.Method+" JumpCloud", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname()), attribute.String("jumpgraph.credential", t.credential)))
	defer span.End()
	res, err := t.next.RoundTrip(r.WithContext(ctx))
	status := 0
	if err != nil {
		span.SetStatus(codes.Error, "no answer")
	} else {
		status = res.StatusCode
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusBadRequest {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
	}
	t.meter.requests.WithLabelValues(t.credential, statusClass(status)).Inc()
	if status == http.StatusTooManyRequests {
		t.meter.limited.WithLabelValues(t.credential).Inc()
	}
	return res, err
}

// statusClass keeps the number of label values small.
func statusClass(status int) string {
	if status == 0 {
		return "0"
	}
	return strconv.Itoa(status/100) + "xx"
}

// Rates tells the part of each credential's rate that this worker has.
func (m *Meter) Rates(rates func() map[string]float64) {
	m.Registry.MustRegister(&collector{
		describe: []*prometheus.Desc{leaseRate},
		collect: func(out chan<- prometheus.Metric) {
			for credential, rate := range rates() {
				out <- prometheus.MustNewConstMetric(leaseRate, prometheus.GaugeValue, rate, credential)
			}
		},
	})
}

var (
	leaseRate = prometheus.NewDesc("jumpgraph_lease_rate", "Requests per second that this worker may send with a credential now.", []string{"credential"}, nil)
	oldest    = prometheus.NewDesc("jumpgraph_oldest_complete_age_seconds", "Age of the last complete run of the organization whose is oldest.", nil, nil)
	states    = prometheus.NewDesc("jumpgraph_organizations", "Organizations of the fleet, by how their last run ended; never for those without one.", []string{"status"}, nil)
	age       = prometheus.NewDesc("jumpgraph_complete_age_seconds", "Age of the last complete run of an organization.", []string{"organization"}, nil)
)

// statesFor is for how long the state of the fleet is not read again.
const statesFor = 15 * time.Second

// States tells the state of the fleet, from the database. by says that each organization is told by itself.
func (m *Meter) States(read func(context.Context) ([]*store.State, error), by bool) {
	var mu sync.Mutex
	var last []*store.State
	var at time.Time
	m.Registry.MustRegister(&collector{
		describe: []*prometheus.Desc{oldest, states, age},
		collect: func(out chan<- prometheus.Metric) {
			mu.Lock()
			defer mu.Unlock()
			if time.Since(at) > statesFor {
				ctx, stop := context.WithTimeout(context.Background(), statesFor)
				defer stop()
				if now, err := read(ctx); err == nil {
					last, at = now, time.Now()
				}
			}
			tell(out, last, time.Since(at), by)
		},
	})
}

func tell(out chan<- prometheus.Metric, all []*store.State, since time.Duration, by bool) {
	count := map[string]int{}
	most := time.Duration(-1)
	for _, st := range all {
		if !st.Left.IsZero() {
			continue
		}
		name := st.Status
		if name == "" {
			name = "never"
		}
		count[name]++
		if st.Age < 0 {
			continue
		}
		most = max(most, st.Age+since)
		if by {
			out <- prometheus.MustNewConstMetric(age, prometheus.GaugeValue, (st.Age + since).Seconds(), st.ID)
		}
	}
	for name, n := range count {
		out <- prometheus.MustNewConstMetric(states, prometheus.GaugeValue, float64(n), name)
	}
	if most >= 0 { // where none was ever complete, 0 would say that all are fresh
		out <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, most.Seconds())
	}
}

// collector is a collector of two functions.
type collector struct {
	describe []*prometheus.Desc
	collect  func(chan<- prometheus.Metric)
}

// Describe tells which metrics there are.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.describe {
		out <- d
	}
}

// Collect reads them.
func (c *collector) Collect(out chan<- prometheus.Metric) { c.collect(out) }
