package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/local"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/fleet/internal/work"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// upOptions are the flags of up.
type upOptions struct {
	demo     bool
	orgs     int
	dir      string
	temporal string
	atOnce   int
	listen   string
}

func upCommand(s *settings) *cobra.Command {
	var o upOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Try it: start all on this machine, and collect",
		Long: `up starts on this machine what a fleet needs: Temporal's development server, a PostgreSQL unless one is named, and a worker. It makes
the schedules, collects every organization once, and goes on until Ctrl-C, which stops all of it. With --demo it collects invented
organizations, needs no key, and passes over JUMPGRAPH_POSTGRES_URL.

It downloads nothing: Temporal's command and PostgreSQL must be installed. What it keeps is removed at the end, unless --dir says
where it stays.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.orgs < 1 || o.atOnce < 1 {
				return usage(errors.New("--organizations and --at-once must be 1 at least"))
			}
			return s.up(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	cmd.Flags().BoolVar(&o.demo, "demo", false, "collect invented organizations")
	cmd.Flags().IntVar(&o.orgs, "organizations", 12, "with --demo: how many")
	cmd.Flags().StringVar(&o.dir, "dir", "", "keep the data in this folder")
	cmd.Flags().StringVar(&o.temporal, "temporal", os.Getenv("JUMPGRAPH_TEMPORAL"), "Temporal's command (default: JUMPGRAPH_TEMPORAL, or temporal in PATH)")
	cmd.Flags().IntVar(&o.atOnce, "at-once", 60, "how many organizations are collected at once")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "where /healthz and /metrics are served")
	return cmd
}

// demoKey is the variable with the key of the invented organizations.
const demoKey = "JUMPGRAPH_FLEET_DEMO_KEY"

// demonstrate serves invented organizations of different sizes.
func (s *settings) demonstrate(n int) *jumpcloudtest.Server {
	var orgs []*jumpcloudtest.Organization
	for i := range n {
		o := jumpcloudtest.Synthetic(uint64(i)+1, jumpcloudtest.Size{
			Users: 30 + 7*(i%10), Systems: 12 + i%6, Groups: 4 + i%3, GroupMembers: 8, Applications: 4, AppleDevices: i % 4, DeadRecords: i%2 == 0,
		})
		o.Self["displayName"] = fmt.Sprintf("Example %02d", i+1)
		orgs = append(orgs, o)
	}
	server := jumpcloudtest.NewServer(orgs...)
	_ = os.Setenv(demoKey, server.Key) // the name is good
	c := *s.config
	c.Credentials = []config.Credential{{Name: "demo", Env: demoKey, URL: server.URL}}
	c.Limit, c.Interval = config.PerOrganization, 10*time.Minute
	s.config = &c
	return server
}

func (s *settings) up(ctx context.Context, out io.Writer, o upOptions) (err error) {
	path, err := local.FindTemporal(o.temporal)
	if err != nil {
		return err
	}
	dir, done, err := folder(o.dir)
	if err != nil {
		return err
	}
	var stop []func() error
	defer func() {
		errs := []error{err}
		for _, end := range slices.Backward(stop) {
			errs = append(errs, end())
		}
		err = errors.Join(errs...)
	}()
	stop = append(stop, done)
	if o.demo {
		server := s.demonstrate(o.orgs)
		stop = append(stop, func() error { server.Close(); return nil })
	}
	address, err := s.address()
	if o.demo { // the variable may be that of a database which somebody needs
		address = s.postgres
	}
	if address == "" {
		fmt.Fprintln(out, "starting PostgreSQL ...")
		pg, err := local.StartPostgres(ctx, dir)
		if err != nil {
			return err
		}
		stop = append(stop, pg.Stop)
		address = pg.Address
	}
	fmt.Fprintln(out, "starting Temporal ...")
	temporal, err := local.StartTemporal(ctx, path, dir, "", log.NewStructuredLogger(logger(io.Discard, false, false)))
	if err != nil {
		return err
	}
	stop = append(stop, temporal.Stop)
	st, err := store.Open(ctx, address, s.config.Heartbeat/2)
	if err != nil {
		return err
	}
	s.log = logger(io.Discard, false, false) // Temporal's page has it all
	c, err := s.dial(ctx, client.Options{HostPort: temporal.Address}, nil)
	if err != nil {
		st.Pool.Close()
		return err
	}
	f := s.assemble(st, c, nil, func() {})
	stop = append(stop, func() error { f.Close(); return nil })
	f.meter.States(st.States, false)
	f.meter.Rates(f.shares.Rates)
	return s.goOn(ctx, out, f, o, address, temporal)
}

// folder returns the folder for what is kept, and what removes it.
func folder(named string) (dir string, done func() error, err error) {
	if named != "" {
		return named, func() error { return nil }, os.MkdirAll(named, 0o755) // the database runs as another user, and its own folder is closed
	}
	dir, err = os.MkdirTemp("", "jumpgraph-fleet-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// goOn runs the worker, collects all, and says what to try.
func (s *settings) goOn(ctx context.Context, out io.Writer, f *fleet, o upOptions, address string, temporal *local.Temporal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- s.worker(f, time.Second).Run(ctx, work.Options{AtOnce: o.atOnce, Listen: o.listen, Ready: func(address string) { ready <- address }})
	}()
	var metrics string
	select {
	case metrics = <-ready:
	case err := <-ended:
		return err
	}
	first := s.first(ctx, out, f)
	if first == nil {
		fmt.Fprintf(out, `
Temporal's page:   %s
Metrics:           http://%s/metrics
The database:      %s

Try, in another terminal:

  export JUMPGRAPH_POSTGRES_URL=%s TEMPORAL_ADDRESS=%s
  jumpgraph-fleet status%s
  jumpgraph questions run postgres:// --out evidence.html
  psql $JUMPGRAPH_POSTGRES_URL -c 'SELECT _organization, count(*) FROM jumpgraph.jumpcloud_user GROUP BY 1'

Ctrl-C stops all of it%s.
`, temporal.Page, metrics, address, address, temporal.Address, configHint(s.file, o.demo), kept(o.dir))
		<-ctx.Done()
	}
	cancel()
	err := <-ended
	if first != nil && !errors.Is(first, context.Canceled) {
		return errors.Join(first, err)
	}
	return err
}

func configHint(file string, demo bool) string {
	if file == "" || demo {
		return ""
	}
	return " --config " + file
}

func kept(dir string) string {
	if dir == "" {
		return " and removes the data"
	}
	return "; the data stays in " + dir
}

// first makes the schedules, and collects every organization once.
func (s *settings) first(ctx context.Context, out io.Writer, f *fleet) error {
	done, err := f.schedules.Sync(ctx, f.store, f.clients.Organizations, false)
	if done != nil {
		fmt.Fprintln(out, "schedules:", done)
	}
	if err != nil {
		return err
	}
	if err := f.schedules.SyncEvery(ctx, time.Hour); err != nil {
		return err
	}
	states, err := f.store.States(ctx)
	if err != nil {
		return err
	}
	ids, err := chosen(states, nil)
	if err != nil || len(ids) == 0 {
		return err
	}
	if err := f.schedules.Trigger(ctx, ids); err != nil {
		return err
	}
	fmt.Fprintf(out, "collecting %d organizations ...\n", len(ids))
	if err := s.waitFor(ctx, out, f, states, ids); err != nil && ctx.Err() != nil {
		return err
	}
	states, err = f.store.States(ctx)
	if err != nil {
		return err
	}
	entries, err := f.schedules.List(ctx)
	if err != nil {
		return err
	}
	return writeStatus(out, statuses(states, entries), "text")
}
