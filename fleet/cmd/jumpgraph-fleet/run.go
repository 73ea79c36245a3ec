package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/internal/patience"
)

func runCommand(s *settings) *cobra.Command {
	var all, wait bool
	cmd := &cobra.Command{
		Use:   "run ORGANIZATION... | --all",
		Short: "Collect organizations now",
		Long: `run collects organizations now, by id or by name, as their schedules would: one that is being collected is not collected twice.
It does not wait for the end, unless --wait says so. One whose run has failed and will be tried again is not tried earlier.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usage(errors.New("name the organizations, or use --all"))
			}
			f, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			defer f.Close()
			states, err := f.store.States(cmd.Context())
			if err != nil {
				return err
			}
			ids, err := chosen(states, args)
			if err != nil {
				return err
			}
			if err := f.schedules.Trigger(cmd.Context(), ids); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "triggered %d\n", len(ids))
			if !wait {
				return nil
			}
			return s.waitFor(cmd.Context(), cmd.OutOrStdout(), f, states, ids)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all organizations of the fleet")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the runs have ended, and say how")
	return cmd
}

// chosen finds the organizations that are named; all that have not left without names.
func chosen(states []*store.State, names []string) ([]string, error) {
	var ids []string
	if len(names) == 0 {
		for _, st := range states {
			if st.Left.IsZero() {
				ids = append(ids, st.ID)
			}
		}
		return ids, nil
	}
	for _, name := range names {
		var found []string
		for _, st := range states {
			if st.ID == name { // whatever others are called
				found = []string{st.ID}
				break
			}
			if strings.EqualFold(st.Name, name) {
				found = append(found, st.ID)
			}
		}
		switch len(found) {
		case 0:
			return nil, usage(fmt.Errorf("no organization of the fleet has the id or the name %q: status lists them", name))
		case 1:
		default:
			return nil, usage(fmt.Errorf("%d organizations have the name %q: name one by its id, of %s", len(found), name, strings.Join(found, ", ")))
		}
		ids = append(ids, found[0])
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// waiting is what run --wait waits for: each organization must end a run after the one that it had ended before.
// The values are when that one ended.
type waiting map[string]time.Time

func newWaiting(before []*store.State, ids []string) waiting {
	w := waiting{}
	for _, id := range ids {
		w[id] = time.Time{}
	}
	for _, st := range before {
		if _, ok := w[st.ID]; ok {
			w[st.ID] = st.Ended
		}
	}
	return w
}

// open are the organizations that have not ended, as they are now; failed is how many have ended, but are not complete.
func (w waiting) open(states []*store.State) (open []*store.State, failed int) {
	for _, st := range states {
		before, ok := w[st.ID]
		switch {
		case !ok:
		case !st.Ended.After(before):
			open = append(open, st)
		case st.Status != "complete":
			failed++
		}
	}
	return open, failed
}

// Where no run ends for so long, it is asked what happens, and later less often.
const (
	firstLook   = 5 * time.Second
	longestLook = time.Minute
)

// waitFor waits until each organization has ended a run, however it ended. A run that was about to end when it was triggered
// keeps the next one from being started: then it is triggered again.
func (s *settings) waitFor(ctx context.Context, out io.Writer, f *fleet, before []*store.State, ids []string) error {
	w := newWaiting(before, ids)
	left, look, looked := len(ids), firstLook, time.Now()
	for {
		if err := patience.Wait(ctx, time.Second/2); err != nil {
			return err
		}
		states, err := f.store.States(ctx)
		if err != nil {
			return err
		}
		open, failed := w.open(states)
		switch {
		case len(open) == 0 && failed > 0:
			fmt.Fprintf(out, "%d complete, %d not\n", len(ids)-failed, failed)
			return exit{fmt.Errorf("%d of %d organizations are not complete: status says why", failed, len(ids)), exitError}
		case len(open) == 0:
			fmt.Fprintf(out, "%d complete, 0 not\n", len(ids))
			return nil
		case len(open) < left:
			left, look, looked = len(open), firstLook, time.Now()
		case time.Since(looked) > look:
			if err := s.again(ctx, f, w, open); err != nil {
				return err
			}
			look, looked = min(2*look, longestLook), time.Now()
		}
	}
}

// again says what is waited for, and triggers the organizations that are not being collected.
func (s *settings) again(ctx context.Context, f *fleet, w waiting, open []*store.State) error {
	first := open[0]
	s.log.Info("waiting", "organizations", len(open), "such as", cmp.Or(first.Name, first.ID), "its last run", cmp.Or(first.Status, "none"), "reason", first.Reason)
	idle, err := f.schedules.Idle(ctx, idsOf(open))
	if err != nil {
		return err
	}
	states, err := f.store.States(ctx) // what has ended meanwhile is idle, too
	if err != nil {
		return err
	}
	open, _ = w.open(states)
	still := map[string]bool{}
	for _, id := range idsOf(open) {
		still[id] = true
	}
	return f.schedules.Trigger(ctx, slices.DeleteFunc(idle, func(id string) bool { return !still[id] }))
}

func idsOf(states []*store.State) []string {
	ids := make([]string, len(states))
	for i, st := range states {
		ids[i] = st.ID
	}
	return ids
}
