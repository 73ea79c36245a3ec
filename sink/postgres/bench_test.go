package postgres_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// store writes a whole run.
func store(t testing.TB, s jumpgraph.Sink, r *recording) {
	t.Helper()
	if err := r.Write(t.Context(), s, -1); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(context.WithoutCancel(t.Context()), r.Manifest()); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkSinks compares what the sinks add to a run of 50,000 users: the same calls, without JumpCloud.
func BenchmarkSinks(b *testing.B) {
	pool, o := connect(b)
	size := jumpcloudtest.Size{Users: 50_000, Groups: 500, GroupMembers: 100, Applications: 200, Systems: 20_000}
	r := record(b, org(jumpcloudtest.Synthetic(1, size)))
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			store(b, sqlite.New(filepath.Join(b.TempDir(), "graph.db")), r)
		}
	})
	b.Run("first", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			fresh := postgres.Options{Schema: fmt.Sprintf("%s_%d", o.Schema, i)}
			store(b, postgres.New(pool, fresh), r)
			if _, err := pool.Exec(b.Context(), `DROP SCHEMA "`+fresh.Schema+`" CASCADE`); err != nil {
				b.Fatal(err)
			}
		}
	})
	store(b, postgres.New(pool, o), r)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			store(b, postgres.New(pool, o), r)
		}
	})
}

// BenchmarkSmall is the second run of an organization of 50 users, of which nothing has changed.
func BenchmarkSmall(b *testing.B) {
	pool, o := connect(b)
	size := jumpcloudtest.Size{Users: 50, Groups: 5, GroupMembers: 5, Applications: 5, Systems: 30}
	r := record(b, org(jumpcloudtest.Synthetic(1, size)))
	store(b, postgres.New(pool, o), r)
	for b.Loop() {
		store(b, postgres.New(pool, o), r)
	}
}

// BenchmarkCollect collects 50,000 users in a process of its own, into SQLite and into PostgreSQL: time, and the memory of the
// collector.
func BenchmarkCollect(b *testing.B) {
	pool, o := connect(b)
	must(b, postgres.Migrate(b.Context(), pool, o))
	size := jumpcloudtest.Size{Users: 50_000, Groups: 500, GroupMembers: 100, Applications: 200, Systems: 20_000}
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, size))
	defer server.Close()
	for _, form := range []string{"sqlite", "postgres", "postgres again"} {
		b.Run(form, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), schemaVariable+"="+o.Schema, serverVariable+"="+server.URL+" "+server.Key, formVariable+"="+form)
				cmd.Stderr = os.Stderr
				out, err := cmd.Output()
				if err != nil {
					b.Fatal(err)
				}
				if n, err := strconv.Atoi(strings.TrimSpace(string(out))); err == nil {
					b.ReportMetric(float64(n)/1024, "MB")
				}
			}
		})
	}
}

// The variables by which the test binary plays a program that collects once.
const (
	serverVariable = "POSTGRES_TEST_SERVER"
	formVariable   = "POSTGRES_TEST_FORM"
)

// collector collects once.
func collector(schema string) error {
	ctx := context.Background()
	at, key, _ := strings.Cut(os.Getenv(serverVariable), " ")
	c, err := client.New(client.APIKey(key), client.WithBaseURL(at), client.WithMaxRPS(1e6))
	if err != nil {
		return err
	}
	defer c.Close()
	dir, err := os.MkdirTemp("", "jumpgraph-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	sink := sqlite.New(filepath.Join(dir, "graph.db"))
	if os.Getenv(formVariable) != "sqlite" {
		pool, err := pgxpool.New(ctx, os.Getenv(urlVariable))
		if err != nil {
			return err
		}
		defer pool.Close()
		sink = postgres.New(pool, postgres.Options{Schema: schema})
	}
	if _, err = jumpgraph.Collect(ctx, c, sink); err != nil {
		return err
	}
	// The most memory that the program had, where the system says it in this way.
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if most, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println(strings.TrimSuffix(strings.TrimSpace(most), " kB"))
		}
	}
	return nil
}

// BenchmarkFleet writes 50 organizations of 500 users, and then again, 1 % of the objects changed: how long an organization takes
// and, as the statistics of the server have it, which part of the rows of the graph is written.
func BenchmarkFleet(b *testing.B) {
	pool, o := connect(b)
	const organizations = 50
	size := jumpcloudtest.Size{Users: 500, Groups: 20, GroupMembers: 20, Applications: 10, Systems: 300}
	var first, second []*recording
	for seed := range uint64(organizations) {
		state := jumpcloudtest.Synthetic(seed, size)
		first = append(first, record(b, org(state)))
		objects := 0
		for _, n := range first[seed].manifest.Entities {
			objects += int(n)
		}
		for _, n := range first[seed].manifest.Relationships {
			objects += int(n)
		}
		for i := range objects / 100 {
			state.SystemUsers[i]["firstname"] = "Changed"
		}
		second = append(second, record(b, org(state)))
	}
	var rows int64
	for i, runs := range [][]*recording{first, second, second} {
		before := written(b, pool, o)
		began := time.Now()
		for _, r := range runs {
			store(b, postgres.New(pool, o), r)
		}
		took := time.Since(began) / organizations
		n := written(b, pool, o) - before
		if i == 0 {
			rows = n
		}
		b.Logf("pass %d: %v for each organization, %d rows of the graph written, %.2f %%", i+1, took, n, 100*float64(n)/float64(rows))
	}
	for b.Loop() {
		store(b, postgres.New(pool, o), second[0])
	}
}

// written returns how many rows of the graph the server has written.
func written(b *testing.B, pool *pgxpool.Pool, o postgres.Options) int64 {
	b.Helper()
	for _, c := range pool.AcquireAllIdle(b.Context()) { // statistics of other connections come late
		if _, err := c.Exec(b.Context(), "SELECT pg_stat_force_next_flush()"); err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
	var n int64
	must(b, pool.QueryRow(b.Context(), "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = ANY ($2)",
		o.Schema, postgres.Graph()).Scan(&n))
	return n
}
