package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// schema is that of the graph.
func (w *world) schema() string { return strings.TrimSuffix(w.store.Schema(), "_fleet") }

// compare collects each organization in the plain way, beside the fleet's rows, and compares all rows.
func (w *world) compare(ctx context.Context) error {
	plain := w.schema() + "_plain"
	c, err := client.New(client.APIKey(w.jumpcloud.Key), client.WithBaseURL(w.gate.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		return err
	}
	defer c.Close()
	w.gate.Lift(true) // nothing else is read now
	defer w.gate.Lift(false)
	if _, err := jumpgraph.Collect(ctx, c, postgres.New(w.store.Pool, postgres.Options{Schema: plain}), jumpgraph.AllOrgs()); err != nil {
		return fmt.Errorf("collect in the plain way: %w", err)
	}
	tables, err := w.tables(ctx)
	if err != nil {
		return err
	}
	rows := 0
	for _, table := range tables {
		a, b := pgx.Identifier{w.schema(), table}.Sanitize(), pgx.Identifier{plain, table}.Sanitize()
		var n, differ int
		err := w.store.Pool.QueryRow(ctx, fmt.Sprintf(`SELECT (SELECT count(*) FROM %s), (SELECT count(*) FROM (
			(TABLE %s EXCEPT ALL TABLE %s) UNION ALL (TABLE %s EXCEPT ALL TABLE %s)) d)`, b, a, b, b, a)).Scan(&n, &differ)
		if err != nil {
			return err
		}
		if differ > 0 {
			var example string
			err := w.store.Pool.QueryRow(ctx, fmt.Sprintf("SELECT string_agg(to_jsonb(d)::text, E'\n') FROM ((TABLE %s EXCEPT ALL TABLE %s) UNION ALL (TABLE %s EXCEPT ALL TABLE %s) ORDER BY 1, 2 LIMIT 4) d", a, b, b, a)).Scan(&example)
			return errors.Join(fmt.Errorf("%s: %d rows differ from those of a plain collect, such as\n%s", table, differ, example), err)
		}
		rows += n
	}
	if rows == 0 {
		return errors.New("a plain collect has no rows to compare with")
	}
	fmt.Printf("all %d rows of %d tables are those of a plain collect\n", rows, len(tables))
	return nil
}

// tables are those with the rows of the graph.
func (w *world) tables(ctx context.Context) ([]string, error) {
	rows, err := w.store.Pool.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND (tablename LIKE 'jumpcloud%' OR tablename IN ('employee', 'unknown')) ORDER BY 1", w.schema())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// stamp tells the rows of the graph as they were written from rows that were written again, and how many changes are recorded.
func (w *world) stamp(ctx context.Context) (stamp string, changes int64, err error) {
	tables, err := w.tables(ctx)
	if err != nil {
		return "", 0, err
	}
	var all strings.Builder
	for _, table := range tables {
		var part string
		err := w.store.Pool.QueryRow(ctx, "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0) FROM "+pgx.Identifier{w.schema(), table}.Sanitize()).Scan(&part)
		if err != nil {
			return "", 0, err
		}
		all.WriteString(table + " " + part + "\n")
	}
	err = w.store.Pool.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{w.schema(), "changes"}.Sanitize()).Scan(&changes)
	return all.String(), changes, err
}

// again makes a second pass, in which nothing may be written.
func (w *world) again(ctx context.Context) error {
	before, changed, err := w.stamp(ctx)
	if err != nil {
		return err
	}
	if changed != 0 {
		return fmt.Errorf("%d changes are recorded, although JumpCloud did not change", changed)
	}
	began := time.Now()
	if err := w.fleet(ctx, io.Discard, "run", "--all", "--wait"); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	took := time.Since(began)
	w.measure()
	after, changed, err := w.stamp(ctx)
	if err != nil {
		return err
	}
	if after != before || changed != 0 {
		return fmt.Errorf("a second pass has written rows of the graph, and recorded %d changes; the rows were\n%s and are\n%s", changed, before, after)
	}
	_, violations := w.gate.Count()
	if violations > 0 {
		return fmt.Errorf("the gate counted %d violations of its limit in the second pass", violations)
	}
	fmt.Printf("a second pass of %v has written no row\n", took.Round(time.Millisecond))
	return nil
}

// mostMemory is what a worker may take.
const mostMemory = 128 << 20

// report stops the workers as one does, and says what they took.
func (w *world) report(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var cpu time.Duration
	w.stopping.Store(true)
	for _, p := range w.alive {
		if err := p.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		code, err := p.Wait(ctx)
		if err != nil {
			return err
		}
		if code != 0 {
			return fmt.Errorf("a worker that was told to stop ended with %d:\n%s", code, lastLines(p.Output()))
		}
		cpu += p.CPU()
	}
	for _, p := range w.ended {
		cpu += p.CPU()
	}
	fmt.Printf("the workers took %v of CPU; the largest had %d MB\n", cpu.Round(time.Millisecond), w.peak>>20)
	if w.peak > mostMemory {
		return fmt.Errorf("a worker had %d MB, want %d at most", w.peak>>20, mostMemory>>20)
	}
	fmt.Fprintln(os.Stdout, "all good")
	return nil
}
