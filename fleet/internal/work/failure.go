package work

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/jumpgraph/jumpgraph"
	jc "github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/pulse"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

const (
	partialAttempts = 3
	limitedPause    = 5 * time.Minute // where JumpCloud does not say how long
	longestPause    = time.Hour
	handOverPause   = 2 * time.Second // so that the requests of both workers are never within one second
)

// failure says of what kind an error is, and whether and when Temporal tries again. Texts of errors hold no credential; see
// package client.
func (a *Activities) failure(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	is := func(target error) bool { return errors.Is(err, target) || errors.Is(cause, target) }
	switch {
	case is(pulse.ErrLost):
		return flow.Fail(flow.Lost, pulse.ErrLost, 0, false)
	case is(errHandedOver):
		return flow.Fail(flow.HandedOver, errHandedOver, handOverPause, false)
	case temporal.IsCanceledError(cause):
		return cause
	case is(activity.ErrActivityPaused), is(activity.ErrActivityReset):
		return cause
	case is(postgres.ErrStale):
		return flow.Fail(flow.Stale, err, 0, true)
	case is(jc.ErrUnauthorized):
		return flow.Fail(flow.KeyRefused, err, 0, true)
	case is(jc.ErrRateLimited):
		return flow.Fail(flow.RateLimited, err, after(err), false)
	case is(store.ErrNotMember), is(jumpcloud.ErrUnknown), is(jumpgraph.ErrUsage), is(jc.ErrInvalid):
		return flow.Fail(flow.Refused, err, 0, true)
	case is(config.ErrNoCredential), is(jc.ErrNoCredential):
		return flow.Fail(flow.Unavailable, err, a.Config.PartialRetry, a.last(ctx))
	case is(jumpgraph.ErrIncomplete):
		if is(jc.ErrForbidden) {
			return flow.Fail(flow.Forbidden, err, 0, true)
		}
		return flow.Fail(flow.Partial, err, a.Config.PartialRetry, a.last(ctx))
	}
	return flow.Fail(flow.Unavailable, err, 0, false)
}

// last reports that something that may be the fault of JumpCloud is not tried again before the next interval.
func (*Activities) last(ctx context.Context) bool {
	return activity.GetInfo(ctx).Attempt >= partialAttempts
}

// after is how long JumpCloud asks to wait.
func after(err error) time.Duration {
	if refused, ok := errors.AsType[*jc.APIError](err); ok && refused.RetryAfter > 0 {
		return min(refused.RetryAfter, longestPause)
	}
	return limitedPause
}
