// Command jumpgraph-fleet collects thousands of JumpCloud organizations into one PostgreSQL database, by schedules of Temporal.
// docs/fleet.md says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
)

// The exit codes.
const (
	exitError       = 1
	exitUsage       = 2
	exitAuth        = 3
	exitStale       = 6
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exit is an error with an exit code of its own.
type exit struct {
	error

	code int
}

// Unwrap returns the error.
func (e exit) Unwrap() error { return e.error }

func usage(err error) error { return exit{err, exitUsage} }

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	cmd := rootCommand()
	cmd.SetArgs(args)
	cmd.SetOut(out)
	cmd.SetErr(errOut)
	err := cmd.ExecuteContext(ctx)
	code, coded := errors.AsType[exit](err)
	switch {
	case err == nil:
		return 0
	case coded:
		if code.error != nil {
			fmt.Fprintln(errOut, "jumpgraph-fleet:", clean(err.Error()))
		}
		return code.code
	case strings.HasPrefix(err.Error(), "unknown command"): // cobra has no error of its own for it
		fmt.Fprintln(errOut, "jumpgraph-fleet:", clean(err.Error()))
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(errOut, "jumpgraph-fleet: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(errOut, "jumpgraph-fleet:", clean(err.Error()))
	return exitError
}

// clean is a text of several lines without control characters.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

func rootCommand() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use:   "jumpgraph-fleet",
		Short: "Collect thousands of JumpCloud organizations into PostgreSQL, by schedules of Temporal",
		Long: `jumpgraph-fleet collects each organization of your credentials at an interval, whatever machine dies meanwhile.

Begin with: jumpgraph-fleet up --demo

Temporal is found by the variables of its own tools (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_..., or
a profile of its configuration file). docs/fleet.md says all of it.

Exit codes: 0 done; 1 error; 2 wrong use; 3 a credential is refused; 6 an organization is older than --max-age; 130 interrupted.`,
		SilenceUsage: true, SilenceErrors: true, Version: buildinfo.Read().Version,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case cmd.Name() == "help", cmd.Name() == cobra.ShellCompRequestCmd, cmd.Name() == cobra.ShellCompNoDescRequestCmd,
				cmd.Parent() != nil && cmd.Parent().Name() == "completion":
				return nil // needs no settings
			}
			return s.check(cmd)
		},
	}
	s.flags(cmd.PersistentFlags())
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	cmd.AddCommand(upCommand(s), workerCommand(s), syncCommand(s), runCommand(s), statusCommand(s), changesCommand(s), costCommand(s), credentialsCommand(s), pruneCommand(s), migrateCommand(s))
	return cmd
}

// logger writes lines for people or, when asked to, JSON.
func logger(w io.Writer, asJSON, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
