package jumpcloud_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/pulse"
	"github.com/jumpgraph/jumpgraph/fleet/internal/share"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// world is a JumpCloud with some organizations, and settings with the credential acme for it.
func world(t *testing.T, n int) (*jumpcloudtest.Server, *config.Config) {
	t.Helper()
	var orgs []*jumpcloudtest.Organization
	for i := range n {
		o := jumpcloudtest.Synthetic(uint64(i)+1, jumpcloudtest.Size{Users: 1})
		o.Self["_id"], o.Self["id"], o.Self["displayName"] = fmt.Sprintf("%024x", i+1), fmt.Sprintf("%024x", i+1), fmt.Sprint("Organization ", i+1)
		if i%2 == 0 {
			o.Self["provider"] = "p1"
		}
		orgs = append(orgs, o)
	}
	server := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(server.Key), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Rate, c.Limit = 1000, config.PerOrganization
	c.Credentials = []config.Credential{
		{Name: "acme", File: file, URL: server.URL}, {Name: "provider", File: file, URL: server.URL, Provider: "p1"}, {Name: "missing", File: file + "x", URL: server.URL},
	}
	return server, c
}

func clients(t *testing.T, c *config.Config, shares *share.Shares, m *meter.Meter) *jumpcloud.Clients {
	t.Helper()
	if m == nil {
		m = meter.New(nil)
	}
	all := jumpcloud.New(c, shares, m)
	t.Cleanup(all.Close)
	return all
}

// nowhere are shares whose database is not there: who needs a lease gets none.
func nowhere(t *testing.T) *share.Shares {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := share.New(pool, "none", "worker", 1000, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

func names(all []*client.Organization) (names []string) {
	for _, o := range all {
		names = append(names, o.ID[22:]+" "+o.DisplayName)
	}
	return names
}

func TestOrganizations_OfACredentialAndOfAProvider(t *testing.T) {
	t.Parallel()
	_, c := world(t, 5)
	all := clients(t, c, nil, nil)
	for name, want := range map[string][]string{
		"acme":     {"01 Organization 1", "02 Organization 2", "03 Organization 3", "04 Organization 4", "05 Organization 5"},
		"provider": {"01 Organization 1", "03 Organization 3", "05 Organization 5"},
	} {
		got, err := all.Organizations(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, names(got)); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", name, diff)
		}
	}
}

func TestOrganizations_OfManyPages(t *testing.T) {
	t.Parallel()
	_, c := world(t, 250)
	all := clients(t, c, nil, nil)
	for name, want := range map[string]int{"acme": 250, "provider": 125} {
		if got, err := all.Organizations(t.Context(), name); err != nil || len(got) != want {
			t.Errorf("%s sees %d organizations, %v, want %d", name, len(got), err, want)
		}
	}
}

func TestOrganizations_WhatCannotBeReadIsNoList(t *testing.T) {
	t.Parallel()
	server, c := world(t, 2)
	server.SetKey("another")
	all := clients(t, c, nil, nil)
	for name, want := range map[string]error{
		"acme": client.ErrUnauthorized, "provider": client.ErrUnauthorized, "missing": config.ErrNoCredential, "none": jumpcloud.ErrUnknown, "": jumpcloud.ErrUnknown,
	} {
		got, err := all.Organizations(t.Context(), name)
		if !errors.Is(err, want) || got != nil {
			t.Errorf("%q sees %v, %v, want %v", name, names(got), err, want)
		}
		if err != nil && strings.Contains(err.Error(), server.Key) {
			t.Errorf("the error of %s holds the credential: %v", name, err)
		}
	}
}

func TestOf_MakesOneClientOfEachCredential(t *testing.T) {
	t.Parallel()
	_, c := world(t, 1)
	all := clients(t, c, nil, nil)
	var group sync.WaitGroup
	made := make([]*client.Client, 20)
	for i := range made {
		group.Go(func() {
			var err error
			if made[i], err = all.Of("acme"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, one := range made {
		if one != made[0] {
			t.Error("a credential has two clients, which keep no rate together")
		}
	}
}

func TestOrganizations_ACredentialWhoseSourceIsSlowHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the command is one of a shell")
	}
	server, c := world(t, 1)
	c.Credentials = append(c.Credentials, config.Credential{Name: "slow", Command: []string{"sleep", "20"}, ServiceAccount: true, URL: server.URL})
	all := clients(t, c, nil, nil)
	ctx, stop := context.WithCancel(t.Context())
	slow := make(chan error, 2)
	for range cap(slow) {
		go func() {
			_, err := all.Organizations(ctx, "slow")
			slow <- err
		}()
	}
	select {
	case err := <-slow:
		t.Fatalf("the slow one is there at once: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	began := time.Now()
	if _, err := all.Organizations(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("another credential took %v", took)
	}
	stop()
	for range cap(slow) {
		if err := <-slow; !errors.Is(err, context.Canceled) {
			t.Errorf("a slow one whose context ends: %v", err)
		}
	}
}

// frozen returns a context whose run is dead, and has not noticed: as after SIGSTOP for longer than half of the time-out.
func frozen(t *testing.T) context.Context {
	t.Helper()
	first, release := true, make(chan struct{})
	ctx, p, stop, err := pulse.Start(t.Context(), 200*time.Millisecond, func(context.Context, string) error {
		if first {
			first = false
			return nil
		}
		<-release
		return nil
	}, func(error) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(release)
		stop()
	})
	for p.Alive() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Fatal("the run has noticed that it is dead")
	}
	return ctx
}

func TestClient_ARunThatWasTakenForDeadSendsNothing(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{config.PerOrganization, config.PerCredential} {
		server, c := world(t, 1)
		c.Limit = limit
		m := meter.New(nil)
		all := clients(t, c, nowhere(t), m)
		began := time.Now()
		_, err := all.Organizations(frozen(t), "acme")
		if !errors.Is(err, pulse.ErrLost) {
			t.Errorf("limit by %s: %v, want %v", limit, err, pulse.ErrLost)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("limit by %s: it ended after %v, want at once and without another try", limit, took)
		}
		if got := server.Requests(); len(got) > 0 {
			t.Errorf("limit by %s: it has sent %v", limit, got)
		}
		families, err := m.Registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "jumpgraph_requests_total" {
				t.Errorf("limit by %s: requests that were not sent are counted: %v", limit, f.GetMetric())
			}
		}
	}
}

func TestClient_ARunThatIsAliveSends(t *testing.T) {
	t.Parallel()
	_, c := world(t, 3)
	ctx, _, stop, err := pulse.Start(t.Context(), time.Minute, func(context.Context, string) error { return nil }, func(error) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if got, err := clients(t, c, nil, nil).Organizations(ctx, "acme"); err != nil || len(got) != 3 {
		t.Errorf("it sees %d organizations, %v, want 3", len(got), err)
	}
}

func TestClient_WithALimitByOrganizationThereIsNoLease(t *testing.T) {
	t.Parallel()
	_, c := world(t, 3)
	shares := nowhere(t)
	if got, err := clients(t, c, shares, nil).Organizations(t.Context(), "acme"); err != nil || len(got) != 3 {
		t.Errorf("it sees %d organizations, %v, want 3 without a database for leases", len(got), err)
	}
	if got := shares.Rates(); len(got) > 0 {
		t.Errorf("it has leases: %v", got)
	}
}

func TestClient_WithALimitByCredentialNothingIsSentWithoutALease(t *testing.T) {
	t.Parallel()
	server, c := world(t, 3)
	c.Limit = config.PerCredential
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if _, err := clients(t, c, nowhere(t), nil).Organizations(ctx, "acme"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a lease: %v, want that it waits until its context ends", err)
	}
	if got := server.Requests(); len(got) > 0 {
		t.Errorf("without a lease it has sent %v", got)
	}
}

func TestClient_WithALimitByCredentialWorkersShareTheRate(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), fleettest.Postgres(t), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Pool.Close)
	_, c := world(t, 3)
	c.Limit, c.Rate = config.PerCredential, 40
	shares := share.New(st.Pool, st.Schema(), "worker", c.Rate, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = shares.Close(context.Background()) })
	m := meter.New(nil)
	all := clients(t, c, shares, m)
	if got, err := all.Organizations(t.Context(), "acme"); err != nil || len(got) != 3 {
		t.Errorf("it sees %d organizations, %v, want 3", len(got), err)
	}
	if diff := cmp.Diff(map[string]float64{"acme": 40}, shares.Rates()); diff != "" {
		t.Errorf("the rates (-want +got):\n%s", diff)
	}
	// A worker that stops sends nothing more, and does not try again.
	if err := shares.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := all.Organizations(t.Context(), "acme"); !errors.Is(err, share.ErrClosed) || time.Since(began) > 5*time.Second {
		t.Errorf("after the end: %v in %v, want %v at once", err, time.Since(began), share.ErrClosed)
	}
}
