package work_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/share"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/fleet/internal/work"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	fleettest.StopTemporal()
	os.Exit(code)
}

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

// fleet is a fleet of its own: a queue of Temporal, schemas of PostgreSQL, and a fake JumpCloud.
type fleet struct {
	*testing.T

	jumpcloud *jumpcloudtest.Server
	orgs      []*jumpcloudtest.Organization
	address   string // of the database
	temporal  client.Client
	store     *store.Store
	config    *config.Config
	schedules *schedule.Schedules
	log       *logged
}

// logged keeps what workers log.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps a line.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// keyOf is the variable with the key of a fleet.
func keyOf(queue string) string { return "KEY_" + strings.ToUpper(queue) }

// begin makes a fleet of some organizations, and its schedules, which act once a day.
func begin(t *testing.T, n int, change ...func(*config.Config)) *fleet {
	t.Helper()
	f := &fleet{T: t, address: fleettest.Postgres(t), log: &logged{}}
	for i := range n {
		f.orgs = append(f.orgs, jumpcloudtest.Synthetic(uint64(i)+1, jumpcloudtest.Size{Users: 12, Systems: 4, Groups: 3, GroupMembers: 4, Applications: 2}))
	}
	f.jumpcloud = jumpcloudtest.NewServer(f.orgs...)
	t.Cleanup(f.jumpcloud.Close)
	f.temporal = fleettest.Dial(t, fleettest.Temporal(t))
	f.config = config.Default()
	f.config.Queue = strings.ReplaceAll(f.address[strings.LastIndex(f.address, "=")+1:], "_", "")
	f.config.Interval, f.config.Heartbeat, f.config.PartialRetry, f.config.Rate = 24*time.Hour, 4*time.Second, 100*time.Millisecond, 1000
	if err := os.Setenv(keyOf(f.config.Queue), f.jumpcloud.Key); err != nil { //nolint:usetesting // the tests are parallel, and each has a variable of its own
		t.Fatal(err)
	}
	f.config.Credentials = []config.Credential{{Name: "msp", Env: keyOf(f.config.Queue), URL: f.jumpcloud.URL}}
	for _, c := range change {
		c(f.config)
	}
	var err error
	if f.store, err = store.Open(t.Context(), f.address, f.config.Heartbeat/2); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.store.Pool.Close)
	f.schedules = &schedule.Schedules{Temporal: f.temporal, Config: f.config}
	if n > 0 {
		f.sync()
	}
	return f
}

func (f *fleet) sync() *schedule.Done {
	f.Helper()
	done, err := f.schedules.Sync(f.Context(), f.store, f.clients().Organizations, false)
	if err != nil {
		f.Fatal(err)
	}
	return done
}

func (f *fleet) clients() *jumpcloud.Clients {
	f.Helper()
	shares := share.New(f.store.Pool, f.store.Schema(), fmt.Sprint(time.Now().UnixNano()), f.config.Rate, slog.New(slog.DiscardHandler))
	clients := jumpcloud.New(f.config, shares, meter.New(nil))
	f.Cleanup(clients.Close)
	return clients
}

// worker starts a worker, and returns what stops it and waits for its end.
func (f *fleet) worker(grace time.Duration) (stop func()) {
	f.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a := &work.Activities{
		Config: f.config, Store: f.store, Temporal: f.temporal, Clients: f.clients(), Schedules: f.schedules, Meter: meter.New(nil),
		Log: slog.New(slog.NewTextHandler(f.log, nil)), Grace: grace,
	}
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		done <- a.Run(ctx, work.Options{AtOnce: 10, Ready: func(string) { close(ready) }})
	}()
	select {
	case <-ready:
	case err := <-done:
		cancel()
		f.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			f.Errorf("the worker ended: %v", err)
		}
	})
	f.Cleanup(stop)
	return stop
}

// start collects an organization, outside its schedule.
func (f *fleet) start(id string) client.WorkflowRun {
	f.Helper()
	run, err := f.temporal.ExecuteWorkflow(f.Context(), client.StartWorkflowOptions{ID: f.config.Queue + "-run-" + id, TaskQueue: f.config.Queue},
		flow.CollectWorkflow, flow.CollectInput{Organization: id, Timing: flow.Timing{Heartbeat: f.config.Heartbeat}})
	if err != nil {
		f.Fatal(err)
	}
	return run
}

// outcome waits for the end of a run.
func (f *fleet) outcome(run client.WorkflowRun) (flow.Outcome, error) {
	f.Helper()
	ctx, stop := context.WithTimeout(f.Context(), patience)
	defer stop()
	var out flow.Outcome
	err := run.Get(ctx, &out)
	if ctx.Err() != nil {
		f.Fatalf("the run goes on: %v; the worker logged\n%s", err, f.log)
	}
	return out, err
}

// state is what the database says of an organization.
func (f *fleet) state(id string) *store.State {
	f.Helper()
	states, err := f.store.States(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	for _, st := range states {
		if st.ID == id {
			return st
		}
	}
	f.Fatalf("the fleet has no organization %s", id)
	return nil
}

// until waits until something is so.
func (f *fleet) until(what string, is func() bool) {
	f.Helper()
	deadline := time.Now().Add(patience)
	for !is() {
		if time.Now().After(deadline) {
			f.Fatalf("it never came that %s; the worker logged\n%s", what, f.log)
		}
		time.Sleep(20 * time.Millisecond) // what comes tells nobody
	}
}
