// Package schedule keeps one schedule of Temporal for each organization of a fleet.
package schedule

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/internal/patience"
)

// atOnce is how many requests are sent to Temporal at once.
const atOnce = 16

// Schedules are those of a fleet.
type Schedules struct {
	Temporal client.Client
	Config   *config.Config
}

// id is the name of a schedule, and the beginning of those of its workflows.
func (s *Schedules) id(organization string) string { return s.Config.Queue + ":" + organization }

// syncID is the name of the schedule that looks for new organizations. No organization has such an id.
const syncID = "~sync"

// Offset is where in each interval an organization is collected. It follows from the id, so it stays when others come and go,
// and is spread evenly.
func Offset(organization string, interval time.Duration) time.Duration {
	hash := sha256.Sum256([]byte(organization))
	seconds := uint64(max(interval/time.Second, 1))
	return time.Duration(binary.BigEndian.Uint64(hash[:8])%seconds) * time.Second //nolint:gosec // below the interval
}

func (s *Schedules) timing() flow.Timing { return flow.Timing{Heartbeat: s.Config.Heartbeat} }

// spec is when a schedule acts.
func spec(organization string, interval time.Duration) client.ScheduleSpec {
	return client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: interval, Offset: Offset(organization, interval)}}}
}

// action is what a schedule of an organization does. It holds the id of the organization only: all else is in the database, so
// that a new name or another credential changes no schedule.
func (s *Schedules) action(organization string) *client.ScheduleWorkflowAction {
	return &client.ScheduleWorkflowAction{
		ID: s.id(organization), Workflow: flow.CollectWorkflow, TaskQueue: s.Config.Queue,
		Args: []any{flow.CollectInput{Organization: organization, Timing: s.timing()}},
	}
}

// settings tell the schedule of an organization from one that was made with other settings.
func (s *Schedules) settings(organization string) string {
	text, err := json.Marshal([]any{1, s.Config.Interval, Offset(organization, s.Config.Interval), s.Config.Queue, s.timing()})
	if err != nil {
		panic(err) // numbers and a text
	}
	return string(text)
}

// write makes a schedule, or changes the one that is there.
func (s *Schedules) write(ctx context.Context, id string, action *client.ScheduleWorkflowAction, when client.ScheduleSpec, interval time.Duration) error {
	_, err := s.Temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: id, Spec: when, Action: action, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: interval,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return s.Temporal.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			now := in.Description.Schedule
			now.Spec, now.Action = &when, action
			now.Policy.Overlap, now.Policy.CatchupWindow = enums.SCHEDULE_OVERLAP_POLICY_SKIP, interval
			return &client.ScheduleUpdate{Schedule: &now}, nil
		},
	})
}

// Entry is a schedule that is there.
type Entry struct {
	Next   time.Time // zero when it is paused
	Paused bool
	Note   string
}

// List returns the schedules of all organizations by id.
func (s *Schedules) List(ctx context.Context) (map[string]Entry, error) {
	list, err := s.Temporal.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 1000})
	if err != nil {
		return nil, fmt.Errorf("list the schedules: %w", err)
	}
	all := map[string]Entry{}
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return nil, fmt.Errorf("list the schedules: %w", err)
		}
		organization, ours := strings.CutPrefix(entry.ID, s.Config.Queue+":")
		if !ours || organization == syncID {
			continue
		}
		e := Entry{Paused: entry.Paused, Note: entry.Note}
		if len(entry.NextActionTimes) > 0 && !entry.Paused {
			e.Next = entry.NextActionTimes[0]
		}
		all[organization] = e
	}
	return all, nil
}

// ours begins the note of a schedule that this package has paused. What somebody else has paused stays paused.
const ours = "jumpgraph: "

// Pause pauses the schedule of an organization, for a reason that is written to it.
func (s *Schedules) Pause(ctx context.Context, organization, reason string) error {
	return missing(s.Temporal.ScheduleClient().GetHandle(ctx, s.id(organization)).Pause(ctx, client.SchedulePauseOptions{Note: ours + reason}))
}

func (s *Schedules) resume(ctx context.Context, organization string) error {
	return s.Temporal.ScheduleClient().GetHandle(ctx, s.id(organization)).Unpause(ctx, client.ScheduleUnpauseOptions{Note: ours + "the credential works again"})
}

func (s *Schedules) remove(ctx context.Context, organization string) error {
	return missing(s.Temporal.ScheduleClient().GetHandle(ctx, s.id(organization)).Delete(ctx))
}

// missing passes over a schedule that is not there.
func missing(err error) error {
	if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
		return nil
	}
	return err
}

// Trigger collects organizations now, in their schedules: one that is being collected is not collected twice.
func (s *Schedules) Trigger(ctx context.Context, organizations []string) error {
	return each(ctx, organizations, func(ctx context.Context, id string) error {
		err := s.Temporal.ScheduleClient().GetHandle(ctx, s.id(id)).Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP})
		if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
			return fmt.Errorf("%s has no schedule: jumpgraph-fleet sync makes them", id)
		}
		return err
	})
}

// Idle returns those of some organizations whose schedule has no run now.
func (s *Schedules) Idle(ctx context.Context, organizations []string) ([]string, error) {
	var mu sync.Mutex
	var idle []string
	err := each(ctx, organizations, func(ctx context.Context, id string) error {
		got, err := s.Temporal.ScheduleClient().GetHandle(ctx, s.id(id)).Describe(ctx)
		if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
			got, err = &client.ScheduleDescription{}, nil
		}
		if err != nil || len(got.Info.RunningWorkflows) > 0 {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		idle = append(idle, id)
		return nil
	})
	slices.Sort(idle)
	return idle, err
}

// SyncEvery looks for new organizations at an interval, 0 for never.
func (s *Schedules) SyncEvery(ctx context.Context, interval time.Duration) error {
	id := s.id(syncID)
	if interval == 0 {
		return s.remove(ctx, syncID)
	}
	return s.write(ctx, id, &client.ScheduleWorkflowAction{
		ID: id, Workflow: flow.SyncWorkflow, TaskQueue: s.Config.Queue, Args: []any{flow.SyncInput{Timing: s.timing()}},
	}, spec(id, interval), interval)
}

// each does something for all organizations, some at once. One that fails does not stop the others.
func each(ctx context.Context, ids []string, do func(context.Context, string) error) error {
	errs := make([]error, len(ids))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, id := range ids {
		group.Go(func() error {
			errs[i] = insist(ctx, func() error { return do(ctx, id) })
			return nil
		})
	}
	_ = group.Wait() // errs has them
	return shorten(errs)
}

// insist tries again where Temporal was too busy to answer in time. All that is done here may be done twice.
func insist(ctx context.Context, do func() error) error {
	const attempts = 5
	for range attempts - 1 {
		err := do()
		if ctx.Err() != nil || !Away(err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if patience.Wait(ctx, time.Second) != nil {
			return err
		}
	}
	return do()
}

// Away reports that an error says only that Temporal does not answer now.
func Away(err error) bool {
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
	return late || unavailable
}

// shorten joins errors, of many the first ones.
func shorten(errs []error) error {
	const most = 5
	var first []error
	n := 0
	for _, err := range errs {
		if err == nil {
			continue
		}
		if n++; n <= most {
			first = append(first, err)
		}
	}
	if n > most {
		first = append(first, fmt.Errorf("and %d more", n-most))
	}
	return errors.Join(first...)
}
