// Command scenario runs a fleet in which everything dies, and looks whether nothing is lost: workers are killed and begun again,
// PostgreSQL and Temporal are restarted, and a gate before a fake JumpCloud counts who sends too much. In the end each
// organization must be what a plain collect of it gives, and a second pass must write nothing.
//
// It needs a PostgreSQL that it may stop and start: .ci/postgres go run ./internal/scenario
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.temporal.io/sdk/log"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/fleettest"
	"github.com/jumpgraph/jumpgraph/fleet/internal/local"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// options say what happens.
type options struct {
	orgs, users, workers, atOnce, kills, spread int
	limit                                       string
	restart                                     bool
	seed                                        uint64
	timeout, away                               time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.orgs, "orgs", 100, "organizations")
	flag.IntVar(&o.users, "users", 50, "users of each")
	flag.IntVar(&o.workers, "workers", 2, "workers")
	flag.IntVar(&o.atOnce, "at-once", 20, "organizations that a worker collects at once")
	flag.IntVar(&o.kills, "kills", 3, "how often each worker is killed")
	flag.BoolVar(&o.restart, "restart", true, "restart PostgreSQL and Temporal, once each")
	flag.StringVar(&o.limit, "limit", config.PerOrganization, "by what the gate counts: organization or credential")
	flag.IntVar(&o.spread, "spread", 0, "make schedules of so many organizations, and tell when they act; nothing else is done")
	flag.DurationVar(&o.away, "away", 3*time.Second, "for how long PostgreSQL and Temporal are away")
	flag.Uint64Var(&o.seed, "seed", 1, "of the moments at which something dies")
	flag.DurationVar(&o.timeout, "timeout", 15*time.Minute, "for all of it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scenario:", err)
		os.Exit(1)
	}
}

// world is all that there is.
type world struct {
	options

	dir, path string // the command of the fleet
	env       []string
	jumpcloud *jumpcloudtest.Server
	gate      *fleettest.Gate
	store     *store.Store
	temporal  *local.Temporal
	cli       string
	rand      *rand.Rand

	fail     context.CancelCauseFunc // ends the scenario
	stopping atomic.Bool             // workers may end

	mu    sync.Mutex
	alive []*fleettest.Process
	ended []*fleettest.Process
	peak  int64
}

func run(ctx context.Context, o options) (err error) {
	ctx, stop := context.WithTimeout(ctx, o.timeout)
	defer stop()
	w, err := begin(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	ctx, w.fail = context.WithCancelCause(ctx)
	defer w.fail(nil)
	if o.spread > 0 {
		return w.spread(ctx, o.spread)
	}
	began := time.Now()
	if err := w.fleet(ctx, io.Discard, "sync", "--every", "0"); err != nil {
		return err
	}
	fmt.Printf("%d schedules made in %v\n", o.orgs, time.Since(began).Round(time.Millisecond))
	for i := range o.workers {
		if err := w.start(ctx, i); err != nil {
			return err
		}
	}
	began = time.Now()
	w.gate.Measure() // the requests of sync came before the workers were there
	if err := w.fleet(ctx, io.Discard, "run", "--all"); err != nil {
		return err
	}
	if err := w.untilComplete(ctx); err != nil {
		return err
	}
	requests, violations := w.gate.Count()
	fmt.Printf("%d organizations complete after %v; %d requests, %d violations, %.2f requests per second\n",
		o.orgs, time.Since(began).Round(time.Millisecond), requests, violations, w.gate.Rate())
	if violations > 0 {
		return fmt.Errorf("the gate counted %d violations of its limit", violations)
	}
	if err := w.compare(ctx); err != nil {
		return err
	}
	if o.limit == config.PerOrganization {
		err = w.again(ctx)
	} else if rate := w.gate.Rate(); rate < 0.85*fleettest.Limit {
		err = fmt.Errorf("%.2f requests per second were sent, want 85 %% of %d", rate, fleettest.Limit)
	}
	if err != nil {
		return err
	}
	return w.report(ctx)
}

// begin starts the servers.
func begin(ctx context.Context, o options) (*world, error) {
	w := &world{options: o, rand: rand.New(rand.NewPCG(o.seed, 0))} //nolint:gosec // it must repeat
	address := os.Getenv("JUMPGRAPH_POSTGRES_URL")
	if address == "" || o.restart && os.Getenv("JUMPGRAPH_POSTGRES_CTL") == "" {
		return nil, errors.New("no PostgreSQL that may be restarted: .ci/postgres go run ./internal/scenario")
	}
	var err error
	if w.cli, err = local.FindTemporal(os.Getenv("JUMPGRAPH_TEMPORAL")); err != nil {
		return nil, err
	}
	if w.dir, err = os.MkdirTemp("", "jumpgraph-scenario-"); err != nil {
		return nil, err
	}
	if w.path, err = fleettest.Build(ctx, w.dir); err != nil {
		return nil, err
	}
	var orgs []*jumpcloudtest.Organization
	for i := range o.orgs {
		orgs = append(orgs, jumpcloudtest.Synthetic(uint64(i)+1, jumpcloudtest.Size{Users: o.users, Systems: o.users / 3, Groups: 4, GroupMembers: 8, Applications: 3, DeadRecords: i%3 == 0}))
	}
	w.jumpcloud = jumpcloudtest.NewServer(orgs...)
	by := map[string]func(*http.Request) string{config.PerOrganization: fleettest.ByOrganization, config.PerCredential: fleettest.ByCredential}[o.limit]
	if by == nil {
		return nil, fmt.Errorf("-limit must be %s or %s, not %q", config.PerOrganization, config.PerCredential, o.limit)
	}
	if w.gate, err = fleettest.NewGate(w.jumpcloud.URL, fleettest.Limit, by); err != nil {
		return nil, err
	}
	address += "?schema=scenario_" + strconv.FormatInt(time.Now().UnixNano(), 10)
	if w.store, err = store.Open(ctx, address, time.Minute); err != nil {
		return nil, err
	}
	if err := w.startTemporal(ctx, ""); err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("interval = \"24h\"\nheartbeat = \"10s\"\nlimit = %q\n[[credential]]\nname = \"msp\"\nenv = \"SCENARIO_KEY\"\nurl = %q\n", o.limit, w.gate.URL)
	file := filepath.Join(w.dir, "fleet.toml")
	w.env = []string{"SCENARIO_KEY=" + w.jumpcloud.Key, "TEMPORAL_ADDRESS=" + w.temporal.Address, "JUMPGRAPH_POSTGRES_URL=" + address, "JUMPGRAPH_FLEET_CONFIG=" + file}
	return w, os.WriteFile(file, []byte(settings), 0o600)
}

func (w *world) startTemporal(ctx context.Context, address string) (err error) {
	w.temporal, err = local.StartTemporal(ctx, w.cli, w.dir, address, log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return err
}

// fleet runs a command of the fleet.
func (w *world) fleet(ctx context.Context, out io.Writer, args ...string) error {
	text, err := fleettest.Run(ctx, os.Stderr, w.path, w.env, args...)
	fmt.Fprint(out, text)
	return err
}

// start starts a worker in a place. One that ends by itself ends the scenario.
func (w *world) start(ctx context.Context, place int) error {
	p, err := fleettest.Start(w.path, w.env, "worker", "--at-once", strconv.Itoa(w.atOnce), "--listen", "")
	if err != nil {
		return err
	}
	go func() {
		if code, err := p.Wait(ctx); err == nil && code >= 0 && !w.stopping.Load() { // -1 is a signal
			w.fail(fmt.Errorf("a worker has ended by itself with %d:\n%s", code, lastLines(p.Output())))
		}
	}()
	w.mu.Lock()
	defer w.mu.Unlock()
	if place < len(w.alive) {
		w.ended = append(w.ended, w.alive[place])
		w.alive[place] = p
	} else {
		w.alive = append(w.alive, p)
	}
	return nil
}

// measure keeps the most memory that a worker had.
func (w *world) measure() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.alive {
		w.peak = max(w.peak, p.PeakMemory())
	}
}

// untilComplete lets things die until all organizations are complete.
func (w *world) untilComplete(ctx context.Context) error {
	deaths := w.deaths()
	for tick := time.NewTicker(250 * time.Millisecond); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w; %s; the last lines of a worker:\n%s", context.Cause(ctx), w.count(context.WithoutCancel(ctx)), lastLines(w.alive[0].Output()))
		}
		w.measure()
		complete, err := w.complete(ctx)
		if err != nil {
			continue // the database is away
		}
		for len(deaths) > 0 && complete >= deaths[0].at {
			fmt.Printf("  at %d complete: %s\n", complete, deaths[0].what)
			if err := deaths[0].do(ctx); err != nil {
				return fmt.Errorf("%s: %w", deaths[0].what, err)
			}
			deaths = deaths[1:]
		}
		if complete == w.orgs && len(deaths) == 0 {
			return nil
		}
	}
}

// death is something that happens once so many organizations are complete.
type death struct {
	at   int
	what string
	do   func(context.Context) error
}

func (w *world) deaths() []death {
	var all []death
	for place := range w.workers {
		for range w.kills {
			all = append(all, death{w.rand.IntN(max(1, w.orgs*8/10)), fmt.Sprintf("kill worker %d", place), func(ctx context.Context) error { return w.kill(ctx, place) }})
		}
	}
	if w.restart {
		all = append(all, death{w.orgs * 3 / 10, "restart PostgreSQL", w.restartPostgres}, death{w.orgs * 6 / 10, "restart Temporal", w.restartTemporal})
	}
	slices.SortStableFunc(all, func(a, b death) int { return a.at - b.at })
	return all
}

func (w *world) kill(ctx context.Context, place int) error {
	w.mu.Lock()
	p := w.alive[place]
	w.mu.Unlock()
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	if _, err := p.Wait(ctx); err != nil {
		return err
	}
	return w.start(ctx, place)
}

func (w *world) restartPostgres(ctx context.Context) error {
	for _, args := range []string{"-m immediate stop", "restart"} { // start would not know the port
		all := strings.Fields(os.Getenv("JUMPGRAPH_POSTGRES_CTL") + " " + args)
		if err := exec.CommandContext(ctx, all[0], all[1:]...).Run(); err != nil { //nolint:gosec // the caller says how
			return err
		}
		if err := patience.Wait(ctx, w.away); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) restartTemporal(ctx context.Context) error {
	address := w.temporal.Address
	if err := w.temporal.Stop(); err != nil {
		return err
	}
	if err := patience.Wait(ctx, w.away); err != nil {
		return err
	}
	return w.startTemporal(ctx, address)
}

// complete is how many organizations have complete rows.
func (w *world) complete(ctx context.Context) (int, error) {
	states, err := w.store.States(ctx)
	n := 0
	for _, st := range states {
		if !st.Completed.IsZero() {
			n++
		}
	}
	return n, err
}

// count says how many organizations are in which state.
func (w *world) count(ctx context.Context) string {
	states, err := w.store.States(ctx)
	if err != nil {
		return err.Error()
	}
	count := map[string]int{}
	for _, st := range states {
		count[st.Status+" "+st.Reason]++
	}
	return fmt.Sprint(count)
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// end stops all.
func (w *world) end() error {
	var errs []error
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.alive {
		errs = append(errs, p.Signal(syscall.SIGKILL))
	}
	w.store.Pool.Close()
	_ = w.temporal.Stop() // the signal that stops it is its error
	w.gate.Close()
	w.jumpcloud.Close()
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}
