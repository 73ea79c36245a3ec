package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

func syncCommand(s *settings) *cobra.Command {
	var dry bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Make one schedule for each organization that the credentials see",
		Long: `sync lists the organizations of each credential, and makes, changes and removes their schedules: one for each organization, whatever
number of credentials sees it. It says what it changed, and may be run at any time.

An organization that no credential sees any more loses its schedule; its rows stay, marked with the time, until prune removes
them. A credential whose list cannot be read loses nothing. With --every, workers do the same by themselves.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every != 0 && every < time.Minute {
				return usage(fmt.Errorf("--every must be a minute at least, or 0 for never, not %v", every))
			}
			f, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			defer f.Close()
			done, err := f.schedules.Sync(cmd.Context(), f.store, f.clients.Organizations, dry)
			if done != nil {
				tellDone(cmd.OutOrStdout(), done, dry)
			}
			if done == nil || dry {
				return err
			}
			return errors.Join(err, f.schedules.SyncEvery(cmd.Context(), every)) // what could not be read now can be next time
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, and say what would be")
	cmd.Flags().DurationVar(&every, "every", time.Hour, "how often workers look for new organizations by themselves; 0 for never")
	return cmd
}

// shown is how many organizations are named of each kind.
const shown = 20

func tellDone(w io.Writer, done *schedule.Done, dry bool) {
	for _, part := range []struct {
		what string
		ids  []string
	}{{"make", done.Made}, {"change", done.Changed}, {"rename", done.Renamed}, {"move", done.Moved}, {"resume", done.Resumed}, {"remove", done.Removed}} {
		for _, id := range part.ids[:min(shown, len(part.ids))] {
			fmt.Fprintf(w, "%-7s %s\n", part.what, id)
		}
		if more := len(part.ids) - shown; more > 0 {
			fmt.Fprintf(w, "%-7s and %d more\n", part.what, more)
		}
	}
	text := done.String()
	if dry {
		text = "would be: " + text
	}
	fmt.Fprintln(w, text)
}

func pruneCommand(s *settings) *cobra.Command {
	var leftFor time.Duration
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove the rows of organizations that have left",
		Long:  "prune removes the rows, the manifests and the changes of organizations that no credential has seen for some time.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if leftFor < 0 {
				return usage(fmt.Errorf("--left-for must not be negative, such as 720h, not %v", leftFor))
			}
			st, err := s.store(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Pool.Close()
			gone, err := prune(cmd.Context(), st, time.Now().Add(-leftFor), dry)
			if err != nil {
				return err
			}
			for _, id := range gone {
				fmt.Fprintln(cmd.OutOrStdout(), "remove", id)
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&leftFor, "left-for", 30*24*time.Hour, "for how long they have not been seen")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "remove nothing, and say what would be")
	return cmd
}

// prune removes what left before a time, and returns the ids: those that have rows, and those that never had. One that has
// returned stays, though its rows are marked until a run of it is complete.
func prune(ctx context.Context, st *store.Store, before time.Time, dry bool) ([]string, error) {
	members, err := st.Members(ctx)
	if err != nil {
		return nil, err
	}
	marked, err := postgres.Prune(ctx, st.Pool, st.Graph, postgres.Pruning{LeftBefore: before, DryRun: true})
	if err != nil {
		return nil, err
	}
	rows, gone := marked.Organizations, slices.Clone(marked.Organizations)
	for _, m := range members {
		id := m.Organization.ID
		switch {
		case m.Left.IsZero():
			is := func(other string) bool { return other == id }
			rows, gone = slices.DeleteFunc(rows, is), slices.DeleteFunc(gone, is)
		case m.Left.Before(before):
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	if dry {
		return gone, nil
	}
	if _, err := postgres.Prune(ctx, st.Pool, st.Graph, postgres.Pruning{Organizations: rows}); err != nil {
		return nil, err
	}
	return gone, st.Forget(ctx, gone...)
}

func migrateCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Make the tables, or bring them to the newest version",
		Long: `migrate makes the tables of the graph and of the fleet, or brings them to the version of this program. All commands do that where
their role may; with this one, a role that may make tables does it for those that may not.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := s.store(cmd.Context())
			if err != nil {
				return err
			}
			st.Pool.Close()
			fmt.Fprintln(cmd.OutOrStdout(), "the tables are there")
			return nil
		},
	}
}
