package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/fleet/internal/work"
)

func workerCommand(s *settings) *cobra.Command {
	var o work.Options
	var grace time.Duration
	var byOrganization bool
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Collect what Temporal says, until it is stopped",
		Long: `worker collects the organizations that Temporal gives it, until it is stopped. It keeps nothing: run as many as you like.

On SIGTERM it takes no more work; what runs ends within --grace, or is handed over to another worker.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.AtOnce < 1 {
				return usage(fmt.Errorf("--at-once must be 1 at least, not %d", o.AtOnce))
			}
			if grace < 0 {
				return usage(fmt.Errorf("--grace must not be negative, not %v", grace))
			}
			s.wait = time.Minute
			f, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			defer f.Close()
			f.meter.States(f.store.States, byOrganization)
			f.meter.Rates(f.shares.Rates)
			o.Ready = func(address string) {
				s.log.Info("the worker takes work", "queue", s.config.Queue, "at once", o.AtOnce, "listens", address)
			}
			return s.worker(f, grace).Run(cmd.Context(), o)
		},
	}
	cmd.Flags().IntVar(&o.AtOnce, "at-once", 60, "how many organizations are collected at once")
	cmd.Flags().DurationVar(&grace, "grace", 20*time.Second, "how long a run may go on after SIGTERM")
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:9090", "where /healthz and /metrics are served; empty for nowhere")
	cmd.Flags().BoolVar(&byOrganization, "metrics-by-organization", false, "tell the age of each organization in a metric of its own")
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no arguments, not %q", cmd.Name(), args[0]))
	}
	return nil
}
