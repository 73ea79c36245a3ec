package fleettest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/jumpgraph/jumpgraph/fleet/internal/local"
)

// skip skips a test for want of a server, and fails it where servers are promised.
func skip(t testing.TB, text string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}

// Postgres returns the address of a database with a schema of its own, which is dropped at the end.
func Postgres(t testing.TB) string {
	t.Helper()
	address := os.Getenv("JUMPGRAPH_POSTGRES_URL")
	if address == "" {
		skip(t, "no PostgreSQL: start one with make postgres, and set JUMPGRAPH_POSTGRES_URL")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	schema := "fleet_" + strings.ToLower(rand.Text())
	query := u.Query()
	query.Set("schema", schema)
	u.RawQuery = query.Encode()
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), address)
		if err != nil {
			t.Errorf("drop the schemas: %v", err)
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if _, err := conn.Exec(context.Background(), fmt.Sprintf("DROP SCHEMA IF EXISTS %s CASCADE; DROP SCHEMA IF EXISTS %s_fleet CASCADE", schema, schema)); err != nil {
			t.Errorf("drop the schemas: %v", err)
		}
	})
	return u.String()
}

// dev is the development server of this test binary; see Stop.
var dev struct {
	sync.Mutex

	server *local.Temporal
	dir    string
}

// Temporal returns the address of a development server that all tests of a package share. Call StopTemporal after them.
func Temporal(t testing.TB) string {
	t.Helper()
	dev.Lock()
	defer dev.Unlock()
	if dev.server != nil {
		return dev.server.Address
	}
	path, err := local.FindTemporal(os.Getenv("JUMPGRAPH_TEMPORAL"))
	if err != nil {
		skip(t, err.Error())
	}
	if dev.dir, err = os.MkdirTemp("", "jumpgraph-temporal-"); err != nil { //nolint:usetesting // it outlives this test
		t.Fatal(err)
	}
	dev.server, err = local.StartTemporal(context.Background(), path, dev.dir, "", log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	return dev.server.Address
}

// StopTemporal stops the server that Temporal has started, if any.
func StopTemporal() {
	dev.Lock()
	defer dev.Unlock()
	if dev.server != nil {
		_ = dev.server.Stop() // the signal that stops it is its error
		_ = os.RemoveAll(dev.dir)
	}
}

// Dial connects to a server of Temporal.
func Dial(t testing.TB, address string) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Eventually fails when a condition does not come true.
func Eventually(t testing.TB, within time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !is(); Wait(t, 20*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// Wait waits, and no longer than the test.
func Wait(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
