package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	jc "github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
)

// round is how many requests an organization of 500 users costs; see docs/performance.md.
const round = 60

// most is how long it may take to make the schedules.
const most = 2 * time.Minute

// spread makes real schedules of many organizations, and tells when they act next: the load of a fleet, hour by hour.
func (w *world) spread(ctx context.Context, n int) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: w.temporal.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return err
	}
	defer c.Close()
	settings := config.Default()
	settings.Queue, settings.Credentials = "spread", []config.Credential{{Name: "msp", Env: "NONE"}}
	s := &schedule.Schedules{Temporal: c, Config: settings}
	list := func(context.Context, string) ([]*jc.Organization, error) {
		all := make([]*jc.Organization, n)
		for i := range all {
			all[i] = &jc.Organization{ID: fmt.Sprintf("%08x5eed000000%06x", 1677661200+977*i, i)}
		}
		return all, nil
	}
	began := time.Now()
	done, err := s.Sync(ctx, w.store, list, false)
	if err != nil {
		return err
	}
	took := time.Since(began)
	began = time.Now()
	again, err := s.Sync(ctx, w.store, list, false)
	if err != nil {
		return err
	}
	fmt.Printf("%d schedules: %s in %v; again: %s in %v\n", n, done, took.Round(time.Millisecond), again, time.Since(began).Round(time.Millisecond))
	if took > most || again.Unchanged != n {
		return fmt.Errorf("that took %v, want %v at most, and nothing the second time", took, most)
	}
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	return histogram(all, settings.Interval, n)
}

// histogram tells how many organizations are collected in each part of the interval.
func histogram(all map[string]schedule.Entry, interval time.Duration, n int) error {
	const parts = 24
	count := make([]int, parts)
	minutes := map[int]int{}
	now := time.Now()
	for _, e := range all {
		in := e.Next.Sub(now)
		if in < -time.Minute || in > interval {
			return fmt.Errorf("an organization is collected in %v, although the interval is %v", in, interval)
		}
		count[min(parts-1, max(0, int(in*parts/interval)))]++
		minutes[int(in/time.Minute)]++
	}
	if len(all) != n {
		return fmt.Errorf("%d schedules are listed, want %d", len(all), n)
	}
	for i, c := range count {
		fmt.Fprintf(os.Stdout, "%6s %5d %s\n", (interval * time.Duration(i) / parts).Round(time.Minute), c, strings.Repeat("#", c*60/slices.Max(count)))
	}
	peak := 0
	for _, c := range minutes {
		peak = max(peak, c)
	}
	fmt.Printf("at %d requests for each: %.1f requests per second in the mean, %.1f in the busiest minute\n",
		round, float64(n*round)/interval.Seconds(), float64(peak*round)/60)
	return nil
}
