// Package flow has the workflows: what Temporal remembers and repeats. Their code is deterministic, and is replayed against
// recorded histories by a test: where a change would break histories that run, it needs workflow.GetVersion.
package flow

import (
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The names under which workflows and activities are known to Temporal.
const (
	CollectWorkflow = "jumpgraph.Collect"
	SyncWorkflow    = "jumpgraph.Sync"

	CollectActivity = "jumpgraph.collect"
	PauseActivity   = "jumpgraph.pause"
	SyncActivity    = "jumpgraph.sync"
)

// The kinds of failures, as types of Temporal's application errors.
const (
	KeyRefused  = "key-refused"  // JumpCloud refuses the credential everywhere: its schedule is paused
	Forbidden   = "forbidden"    // the credential may not read what is needed
	RateLimited = "rate-limited" // to the end
	Partial     = "partial"      // something could not be read
	HandedOver  = "handed-over"  // the worker stops
	Lost        = "lost"         // the worker was taken for dead
	Stale       = "stale"        // a later run was faster
	Cancelled   = "cancelled"    // somebody has cancelled, paused or reset the run in Temporal
	Refused     = "refused"      // it cannot work, however often it is tried
	Unavailable = "unavailable"  // the database, JumpCloud or the machine
)

// Timing is how long a run may take.
type Timing struct {
	// Heartbeat is how long Temporal waits for a sign of life.
	Heartbeat time.Duration
}

// CollectInput is what a run is given.
type CollectInput struct {
	Organization string
	Timing       Timing
}

// Outcome is how a run ended.
type Outcome struct {
	Status   string
	Requests int64
	Changes  int64
}

// PauseInput names an organization whose schedule is to be paused, and why.
type PauseInput struct{ Organization, Reason string }

const (
	longest      = 24 * time.Hour // an organization of a million users that shares its rate with others
	firstRetry   = 2 * time.Second
	longestRetry = 5 * time.Minute
)

// Collect collects one organization.
func Collect(ctx workflow.Context, in CollectInput) (Outcome, error) {
	var out Outcome
	collect := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: 2 * longest, StartToCloseTimeout: longest, HeartbeatTimeout: in.Timing.Heartbeat,
		WaitForCancellation: true, Summary: in.Organization,
		// The first retry comes late enough that the requests of both attempts are never within one second.
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: firstRetry, BackoffCoefficient: 2, MaximumInterval: longestRetry},
	})
	err := workflow.ExecuteActivity(collect, CollectActivity, in).Get(ctx, &out)
	if Kind(err) != KeyRefused {
		return out, err
	}
	pause := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, ScheduleToCloseTimeout: time.Hour})
	if failed := workflow.ExecuteActivity(pause, PauseActivity, PauseInput{in.Organization, KeyRefused}).Get(ctx, nil); failed != nil {
		workflow.GetLogger(ctx).Warn("The schedule could not be paused.", "organization", in.Organization, "error", failed)
	}
	return out, err
}

// SyncInput is what Sync is given.
type SyncInput struct{ Timing Timing }

// Sync looks which organizations there are, and makes their schedules fit.
func Sync(ctx workflow.Context, in SyncInput) (string, error) {
	var done string
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: 6 * time.Hour, StartToCloseTimeout: 2 * time.Hour, HeartbeatTimeout: in.Timing.Heartbeat, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: firstRetry, BackoffCoefficient: 2, MaximumInterval: longestRetry},
	})
	err := workflow.ExecuteActivity(ctx, SyncActivity, in).Get(ctx, &done)
	return done, err
}

// Kind returns the kind of a failure; empty for an error that has none.
func Kind(err error) string {
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return failure.Type()
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok && timeout.TimeoutType() == enums.TIMEOUT_TYPE_HEARTBEAT {
		return Lost
	}
	return ""
}

// Fail makes a failure of a kind. after is how long Temporal waits before it tries again, 0 for as long as the policy says; final
// says that it does not try again.
func Fail(kind string, err error, after time.Duration, final bool) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind, temporal.ApplicationErrorOptions{NextRetryDelay: after, NonRetryable: final})
}
