package schedule_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// fake is a Temporal that has schedules, in memory.
type fake struct {
	client.Client // what else is asked for is a fault of the test

	mu     sync.Mutex
	all    map[string]*entry
	hidden map[string]bool  // the list does not have them yet
	fails  map[string]error // what is written to these fails
	writes []string         // what was done, and to which schedule
}

type entry struct {
	schedule client.Schedule
	triggers int
	running  []client.ScheduleWorkflowExecution
}

func newFake() *fake {
	return &fake{all: map[string]*entry{}, hidden: map[string]bool{}, fails: map[string]error{}}
}

func (f *fake) ScheduleClient() client.ScheduleClient { return schedules{f} }

// wrote notes a change, and returns the error that it has.
func (f *fake) wrote(what, id string) error {
	f.writes = append(f.writes, what+" "+id)
	return f.fails[id]
}

// taken returns what was changed since the last call, sorted.
func (f *fake) taken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := f.writes
	f.writes = nil
	slices.Sort(done)
	return done
}

// ids are those of all schedules.
func (f *fake) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.all))
}

type schedules struct{ f *fake }

func (s schedules) Create(_ context.Context, o client.ScheduleOptions) (client.ScheduleHandle, error) {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if s.f.all[o.ID] != nil {
		return nil, temporal.ErrScheduleAlreadyRunning
	}
	if err := s.f.wrote("create", o.ID); err != nil {
		return nil, err
	}
	s.f.all[o.ID] = &entry{schedule: client.Schedule{
		Action: o.Action, Spec: &o.Spec, State: &client.ScheduleState{}, Policy: &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow},
	}}
	return handle{f: s.f, id: o.ID}, nil
}

func (s schedules) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	return handle{f: s.f, id: id}
}

func (s schedules) List(context.Context, client.ScheduleListOptions) (client.ScheduleListIterator, error) {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	var l list
	for id, e := range s.f.all {
		if !s.f.hidden[id] {
			l.all = append(l.all, &client.ScheduleListEntry{ID: id, Paused: e.schedule.State.Paused, Note: e.schedule.State.Note, NextActionTimes: []time.Time{time.Now().Add(time.Hour)}})
		}
	}
	return &l, nil
}

type list struct{ all []*client.ScheduleListEntry }

func (l *list) HasNext() bool { return len(l.all) > 0 }

func (l *list) Next() (*client.ScheduleListEntry, error) {
	next := l.all[0]
	l.all = l.all[1:]
	return next, nil
}

type handle struct {
	client.ScheduleHandle

	f  *fake
	id string
}

// with changes the schedule, if it is there.
func (h handle) with(what string, do func(*entry) error) error {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	e := h.f.all[h.id]
	if e == nil {
		return serviceerror.NewNotFound("no such schedule")
	}
	if err := h.f.wrote(what, h.id); err != nil {
		return err
	}
	return do(e)
}

func (h handle) Delete(context.Context) error {
	return h.with("delete", func(*entry) error {
		delete(h.f.all, h.id)
		return nil
	})
}

func (h handle) Update(_ context.Context, o client.ScheduleUpdateOptions) error {
	return h.with("update", func(e *entry) error {
		changed, err := o.DoUpdate(client.ScheduleUpdateInput{Description: client.ScheduleDescription{Schedule: e.schedule}})
		if err == nil {
			e.schedule = *changed.Schedule
		}
		return err
	})
}

func (h handle) Describe(context.Context) (*client.ScheduleDescription, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	e := h.f.all[h.id]
	if e == nil {
		return nil, serviceerror.NewNotFound("no such schedule")
	}
	return &client.ScheduleDescription{Schedule: e.schedule, Info: client.ScheduleInfo{RunningWorkflows: e.running}}, nil
}

func (h handle) Trigger(context.Context, client.ScheduleTriggerOptions) error {
	return h.with("trigger", func(e *entry) error {
		e.triggers++
		return nil
	})
}

func (h handle) Pause(_ context.Context, o client.SchedulePauseOptions) error {
	return h.with("pause", func(e *entry) error {
		e.schedule.State = &client.ScheduleState{Paused: true, Note: o.Note}
		return nil
	})
}

func (h handle) Unpause(_ context.Context, o client.ScheduleUnpauseOptions) error {
	return h.with("resume", func(e *entry) error {
		e.schedule.State = &client.ScheduleState{Note: o.Note}
		return nil
	})
}
