//go:build unix

package work_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// command is the command of the fleet, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "jumpgraph-fleet-")
	if err != nil {
		return "", err
	}
	return fleettest.Build(context.Background(), dir)
})

// process starts a worker that is a process of its own, behind a gate of its own.
func (f *fleet) process(rate float64) (*fleettest.Process, *fleettest.Gate) {
	f.Helper()
	path, err := command()
	if err != nil {
		f.Fatal(err)
	}
	gate, err := fleettest.NewGate(f.jumpcloud.URL, 1e9, func(*http.Request) string { return "" })
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(gate.Close)
	file := filepath.Join(f.TempDir(), "fleet.toml")
	text := fmt.Sprintf("queue = %q\nheartbeat = %q\nrate = %v\n[[credential]]\nname = \"msp\"\nenv = %q\nurl = %q\n", f.config.Queue, f.config.Heartbeat, rate, keyOf(f.config.Queue), gate.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	p, err := fleettest.Start(path, []string{"TEMPORAL_ADDRESS=" + fleettest.Temporal(f.T), "JUMPGRAPH_POSTGRES_URL=" + f.address}, "worker", "--config", file, "--listen", "", "--at-once", "2")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := errors.Join(p.Signal(syscall.SIGCONT), p.Signal(syscall.SIGKILL)); err != nil {
			f.Error(err)
		}
	})
	return p, gate
}

// TestFrozenWorker_SendsAndWritesNothingMore stops the process of a worker for longer than the time-out, lets another worker
// collect the organization, and lets the process go on.
func TestFrozenWorker_SendsAndWritesNothingMore(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rate  float64
		fault jumpcloudtest.Fault
		until func(requests, before int64) bool // the moment at which the worker is stopped
	}{
		"while it reads":       {1, jumpcloudtest.Fault{}, func(n, _ int64) bool { return n >= 3 }},
		"just before it wrote": {1000, jumpcloudtest.Fault{Path: "/applemdms", Latency: 3 * time.Second, Times: 1}, func(n, before int64) bool { return n > 5 && n == before }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin(t, 1)
			if tt.fault.Path != "" {
				f.jumpcloud.Inject(tt.fault)
			}
			id := f.orgs[0].Self.ID()
			p, gate := f.process(tt.rate)
			run := f.start(id)
			before := int64(-1)
			f.until("the worker is where it is to be stopped", func() bool {
				n, _ := gate.Count()
				if tt.until(n, before) {
					return true
				}
				before = n
				time.Sleep(300 * time.Millisecond) // what does not come cannot be waited for
				return false
			})
			if err := p.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			f.worker(time.Second)
			if out, err := f.outcome(run); err != nil || out.Status != "complete" {
				t.Fatalf("the other worker ended with %+v, %v", out, err)
			}
			sent, _ := gate.Count()
			wrote := f.writer(id)
			if err := p.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			f.until("the worker knows that it was taken for dead", func() bool { return strings.Contains(p.Output(), "status="+flow.Lost) })
			if now, _ := gate.Count(); now != sent {
				t.Errorf("it sent %d requests more", now-sent)
			}
			if now := f.writer(id); now != wrote {
				t.Errorf("the rows are of the run %s now, and were of %s", now, wrote)
			}
			if st := f.state(id); st.Status != "complete" || st.Reason != "" {
				t.Errorf("the database says %+v", st)
			}
		})
	}
}

// writer is the run whose rows stand.
func (f *fleet) writer(id string) (run string) {
	f.Helper()
	table := pgx.Identifier{strings.TrimSuffix(f.store.Schema(), "_fleet"), "organization"}.Sanitize()
	if err := f.store.Pool.QueryRow(f.Context(), "SELECT run || coalesce(partialReason, '') FROM "+table+" WHERE id = $1", id).Scan(&run); err != nil {
		f.Fatal(err)
	}
	return run
}

// TestFrozenCommit_DoesNotHoldTheRows leaves a transaction open that has the row of an organization, as a process does that was
// stopped in the middle of a commit.
func TestFrozenCommit_DoesNotHoldTheRows(t *testing.T) {
	t.Parallel()
	f := begin(t, 1, func(c *config.Config) { c.Heartbeat = 2 * time.Second })
	f.worker(time.Second)
	id := f.orgs[0].Self.ID()
	if _, err := f.outcome(f.start(id)); err != nil {
		t.Fatal(err)
	}
	tx, err := f.store.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table := pgx.Identifier{strings.TrimSuffix(f.store.Schema(), "_fleet"), "organization"}.Sanitize()
	if _, err := tx.Exec(t.Context(), "UPDATE "+table+" SET name = 'frozen' WHERE id = $1", id); err != nil {
		t.Fatal(err)
	}
	if out, err := f.outcome(f.start(id)); err != nil || out.Status != "complete" {
		t.Errorf("while the transaction is open: %+v, %v", out, err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("the transaction was committed after all")
	}
}
