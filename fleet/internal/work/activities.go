// Package work is a worker of a fleet: it collects the organizations that Temporal gives it.
package work

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/pulse"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// Activities are what a worker can do. All fields are needed.
type Activities struct {
	Config    *config.Config
	Store     *store.Store
	Temporal  client.Client
	Clients   *jumpcloud.Clients
	Schedules *schedule.Schedules
	Meter     *meter.Meter
	Log       *slog.Logger
	// Grace is for how long a run may go on when the worker stops, before it is handed over.
	Grace time.Duration
}

// errHandedOver ends a run whose worker stops.
var errHandedOver = errors.New("the worker stops: another one goes on")

// alive starts the pulse of an activity.
func (a *Activities) alive(ctx context.Context, timing flow.Timing) (context.Context, *pulse.Pulse, func(), error) {
	token := activity.GetInfo(ctx).TaskToken
	beat := func(ctx context.Context, text string) error {
		err := a.Temporal.RecordActivityHeartbeat(ctx, token, text)
		if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
			return pulse.ErrLost
		}
		return err
	}
	ends := func(err error) bool {
		return errors.Is(err, pulse.ErrLost) || temporal.IsCanceledError(err) || errors.Is(err, activity.ErrActivityPaused) || errors.Is(err, activity.ErrActivityReset)
	}
	stopped := activity.GetWorkerStopChannel(ctx)
	ctx, p, stop, err := pulse.Start(ctx, timing.Heartbeat, beat, ends)
	if err != nil {
		return nil, nil, nil, flow.Fail(flow.Lost, err, 0, false)
	}
	go func() {
		select {
		case <-stopped:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(a.Grace):
			p.End(errHandedOver)
		case <-ctx.Done():
		}
	}()
	return ctx, p, stop, nil
}

// between is how long an organization rests between two runs at least: the requests of one and of the next are then never
// within one second, whichever workers send them.
const between = time.Second

// Collect collects one organization.
func (a *Activities) Collect(ctx context.Context, in flow.CollectInput) (flow.Outcome, error) {
	ctx, p, stop, err := a.alive(ctx, in.Timing)
	if err != nil {
		return flow.Outcome{}, err
	}
	defer stop()
	began := time.Now()
	ended := a.Meter.Began()
	m, credential, err := a.collect(ctx, p, in.Organization)
	out := store.Outcome{Organization: in.Organization, Status: "complete", Took: time.Since(began)}
	var retries int64
	if m != nil {
		out.Requests, retries = m.Requests, m.Retries
	}
	if err != nil {
		err = a.failure(ctx, err)
		out.Status, out.Reason = cmp.Or(flow.Kind(err), flow.Cancelled), err.Error()
	} else if out.Changes, err = a.Store.Changed(ctx, in.Organization); err != nil {
		a.Log.Warn("the changes could not be counted", "organization", in.Organization, "error", err)
		err = nil
	}
	ended(credential, out.Status, retries, out.Changes)
	a.note(ctx, out)
	return flow.Outcome{Status: out.Status, Requests: out.Requests, Changes: out.Changes}, err
}

// collect reads the organization and writes it.
func (a *Activities) collect(ctx context.Context, p *pulse.Pulse, id string) (m *jumpgraph.Manifest, credential string, err error) {
	member, err := a.Store.Member(ctx, id)
	if err != nil {
		return nil, "", err
	}
	credential = member.Credential
	ago, err := a.Store.SinceEnded(ctx, id)
	if err != nil {
		return nil, credential, err
	}
	if ago < between && patience.Wait(ctx, between-ago) != nil {
		return nil, credential, context.Cause(ctx)
	}
	jc, err := a.Clients.Of(credential)
	if err != nil {
		return nil, credential, err
	}
	options := a.Store.Graph
	options.KeepChanges = a.Config.KeepChanges
	m, err = jumpgraph.Collect(ctx, jc, &guarded{postgres.New(a.Store.Pool, options), p}, jumpgraph.WithKnownOrg(member.Organization),
		jumpgraph.Skip(a.Config.Skip...), jumpgraph.WithLayers(a.Config.With...), jumpgraph.WithProgress(func(e jumpgraph.Event) { p.Say(e.String()) }))
	return m, credential, err
}

// note keeps how a run ended. One that goes on elsewhere has not ended.
func (a *Activities) note(ctx context.Context, out store.Outcome) {
	level := slog.LevelInfo
	if out.Status != "complete" {
		level = slog.LevelWarn
	}
	a.Log.Log(ctx, level, "run ended", "organization", out.Organization, "status", out.Status, "reason", out.Reason, "requests", out.Requests, "changes", out.Changes, "took", out.Took.Round(time.Millisecond))
	if out.Status == flow.Lost || out.Status == flow.HandedOver || out.Status == flow.Stale {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if err := a.Store.Ended(ctx, out); err != nil {
		a.Log.Warn("how the run ended could not be noted", "organization", out.Organization, "error", err)
	}
}

// guarded is a sink that does not write for a run that was taken for dead. What is written nevertheless, because the process was
// stopped after the last look, is judged by the token of the run.
type guarded struct {
	jumpgraph.Sink

	pulse *pulse.Pulse
}

// Commit writes, while the run is alive.
func (g *guarded) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	if err := g.pulse.Alive(); err != nil {
		return err
	}
	return g.Sink.Commit(ctx, m)
}

// Abort keeps the manifest, while the run is alive.
func (g *guarded) Abort(ctx context.Context, m *jumpgraph.Manifest, cause error) error {
	if g.pulse.Alive() != nil || errors.Is(cause, errHandedOver) {
		m = nil
	}
	return g.Sink.Abort(ctx, m, cause)
}

// Pause pauses the schedule of an organization.
func (a *Activities) Pause(ctx context.Context, in flow.PauseInput) error {
	return a.Schedules.Pause(ctx, in.Organization, in.Reason)
}

// Sync makes the schedules fit the organizations that there are, and says what it changed.
func (a *Activities) Sync(ctx context.Context, in flow.SyncInput) (string, error) {
	ctx, _, stop, err := a.alive(ctx, in.Timing)
	if err != nil {
		return "", err
	}
	defer stop()
	done, err := a.Schedules.Sync(ctx, a.Store, a.Clients.Organizations, false)
	if done == nil {
		return "", a.failure(ctx, err)
	}
	a.Log.Info("schedules fit", "done", done.String(), "error", err)
	if unread := done.Err(); unread != nil && err.Error() == unread.Error() {
		return done.String() + "; not read: " + unread.Error(), nil // the next sync tries again
	}
	if err != nil {
		return "", a.failure(ctx, err)
	}
	return done.String(), nil
}
