package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/share"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/fleet/internal/work"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

const (
	configVariable   = "JUMPGRAPH_FLEET_CONFIG"
	postgresVariable = "JUMPGRAPH_POSTGRES_URL"
)

// settings are the flags that all commands have.
type settings struct {
	file, postgres string
	logJSON, debug bool
	wait           time.Duration // for how long a server that is away is waited for

	log    *slog.Logger
	config *config.Config
}

func (s *settings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.file, "config", os.Getenv(configVariable), "the file of settings (default: "+configVariable+", else one credential from JUMPCLOUD_API_KEY)")
	f.StringVar(&s.postgres, "postgres", "", "the database, as postgres://user@host/database?schema=name, without a password (default: "+postgresVariable+")")
	f.BoolVar(&s.logJSON, "log-json", false, "write the log as JSON")
	f.BoolVar(&s.debug, "debug", false, "write more into the log")
}

func (s *settings) check(cmd *cobra.Command) error {
	s.log = logger(cmd.ErrOrStderr(), s.logJSON, s.debug)
	var err error
	if s.config, err = config.Read(s.file); err != nil {
		return usage(err)
	}
	if postgres.HasPassword(s.postgres) {
		return usage(errors.New("the address holds a password, which others can see in the list of processes: leave it out and set PGPASSWORD or PGPASSFILE, or set the whole address as " + postgresVariable))
	}
	return nil
}

// address is where the database is.
func (s *settings) address() (string, error) {
	address := cmp.Or(s.postgres, os.Getenv(postgresVariable))
	if address == "" {
		return "", usage(errors.New("which database? Set --postgres or " + postgresVariable + ", or try jumpgraph-fleet up --demo"))
	}
	return address, nil
}

// store opens the database.
func (s *settings) store(ctx context.Context) (*store.Store, error) {
	address, err := s.address()
	if err != nil {
		return nil, err
	}
	return patiently(ctx, s, "the database", store.Away, func() (*store.Store, error) {
		return store.Open(ctx, address, s.config.Heartbeat/2)
	})
}

// patiently does what needs a server, again while the server is away and the settings say to wait.
func patiently[T any](ctx context.Context, s *settings, server string, away func(error) bool, do func() (T, error)) (T, error) {
	began := time.Now()
	for {
		done, err := do()
		if err == nil || !away(err) || time.Since(began) > s.wait {
			return done, err
		}
		s.log.Warn(server+" is away: it is tried again", "error", err)
		if patience.Wait(ctx, time.Second) != nil {
			return done, err
		}
	}
}

// temporal connects to Temporal.
func (s *settings) temporal(ctx context.Context, tracer trace.Tracer) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("read how to reach Temporal: %w", err)
	}
	return s.dial(ctx, options, tracer)
}

func (s *settings) dial(ctx context.Context, options client.Options, tracer trace.Tracer) (client.Client, error) {
	options.Logger = log.NewStructuredLogger(s.log.With("from", "temporal"))
	if tracer != nil {
		tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{Tracer: tracer})
		if err != nil {
			return nil, err
		}
		options.Interceptors = append(options.Interceptors, tracing.(interceptor.ClientInterceptor))
	}
	c, err := patiently(ctx, s, "Temporal", schedule.Away, func() (client.Client, error) { return client.DialContext(ctx, options) })
	if err != nil {
		return nil, fmt.Errorf("reach Temporal at %s: %w (set TEMPORAL_ADDRESS, or try jumpgraph-fleet up)", cmp.Or(options.HostPort, client.DefaultHostPort), err)
	}
	return c, nil
}

// fleet is all that a command needs.
type fleet struct {
	store     *store.Store
	temporal  client.Client
	shares    *share.Shares
	clients   *jumpcloud.Clients
	schedules *schedule.Schedules
	meter     *meter.Meter
	close     []func()
}

// Close ends all connections.
func (f *fleet) Close() {
	for _, end := range slices.Backward(f.close) {
		end()
	}
}

// open opens the database and Temporal.
func (s *settings) open(ctx context.Context) (*fleet, error) {
	tracer, stop, err := tracing(ctx)
	if err != nil {
		return nil, err
	}
	st, err := s.store(ctx)
	if err != nil {
		stop()
		return nil, err
	}
	c, err := s.temporal(ctx, tracer)
	if err != nil {
		st.Pool.Close()
		stop()
		return nil, err
	}
	return s.assemble(st, c, tracer, stop), nil
}

// assemble makes a fleet of its parts; done is called at its end.
func (s *settings) assemble(st *store.Store, c client.Client, tracer trace.Tracer, done func()) *fleet {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	f := &fleet{store: st, temporal: c, meter: meter.New(tracer)}
	f.shares = share.New(st.Pool, st.Schema(), host+"/"+rand.Text(), s.config.Rate, s.log)
	f.clients = jumpcloud.New(s.config, f.shares, f.meter)
	f.schedules = &schedule.Schedules{Temporal: c, Config: s.config}
	f.close = []func(){done, st.Pool.Close, c.Close, func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		_ = f.shares.Close(ctx) // the leases end by themselves
	}, f.clients.Close}
	return f
}

// worker makes the worker of a fleet.
func (s *settings) worker(f *fleet, grace time.Duration) *work.Activities {
	return &work.Activities{
		Config: s.config, Store: f.store, Temporal: f.temporal, Clients: f.clients, Schedules: f.schedules, Meter: f.meter, Log: s.log, Grace: grace,
	}
}

// tracing sends traces where OpenTelemetry's variables say; without them there are none.
func tracing(ctx context.Context) (trace.Tracer, func(), error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("send traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	return provider.Tracer("github.com/jumpgraph/jumpgraph/fleet"), func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		_ = provider.Shutdown(ctx) // what cannot be sent now is lost
	}, nil
}
