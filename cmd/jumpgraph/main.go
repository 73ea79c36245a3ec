// Command jumpgraph collects a JumpCloud organization as a graph, and validates, compares, asks and draws stored graphs.
//
// Data goes to standard output, everything else to standard error. No other package imports this one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitAuth        = 3
	exitPermission  = 4
	exitRateLimit   = 5
	exitIncomplete  = 6
	exitFailed      = 7
	exitInterrupted = 130
)

// patience is how long an interrupted command may take to end by itself.
const patience = 1300 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() {
		stop()                                                        // a second interrupt ends the program at once
		time.AfterFunc(patience, func() { os.Exit(exitInterrupted) }) // something does not end, such as a write to a full pipe
	})
	code := run(ctx, os.Args[1:], environment(os.Getenv), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, env environment, plain, stderr io.Writer) int {
	stdout := &output{to: plain}
	root := &cobra.Command{
		Use:           "jumpgraph",
		Short:         "Turn a JumpCloud organization into a typed, schema-checked graph",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       client.Version(),
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(collectCommand(env, stdout, stderr), validateCommand(stdout), queryCommand(os.Stdin, stdout, stderr), questionsCommand(stdout, stderr),
		diffCommand(stdout, stderr), watchCommand(env, plain, stderr), uploadCommand(env, stderr), viewCommand(stdout, stderr), getCommand(env, stdout),
		commandsCommand(env, os.Stdin, stdout, stderr))
	root.CompletionOptions.DisableDefaultCmd = true
	markUsage(root)
	readSettings(root)
	err := stdout.judge(root.ExecuteContext(ctx))
	if err == nil {
		return exitOK
	}
	code := exitCode(ctx, err)
	if strings.HasPrefix(err.Error(), "unknown command") { // cobra has no error of its own for it
		code = exitUsage
	}
	fmt.Fprintln(stderr, "jumpgraph:", clean(strings.TrimPrefix(err.Error(), "jumpgraph: ")))
	if code == exitUsage {
		fmt.Fprintln(stderr, "Run jumpgraph --help, or a command with --help.")
	}
	return code
}

// markUsage marks the errors about arguments, of all commands below one, as wrong uses of the command line.
func markUsage(above *cobra.Command) {
	for _, c := range above.Commands() {
		args := c.Args
		c.Args = func(cmd *cobra.Command, given []string) error {
			if err := args(cmd, given); err != nil {
				return usage(err)
			}
			return nil
		}
		markUsage(c)
	}
}

// usage marks an error as a wrong use of the command line.
func usage(err error) error { return fmt.Errorf("%w: %w", jumpgraph.ErrUsage, err) }

// errNothing says that the credential could read nothing at all.
var errNothing = errors.New("the key may read nothing here")

// errSome says that some organizations could be read and others not at all.
var errSome = errors.New("some organizations could not be read")

// exitCode returns the exit code for an error: it tells scripts what happened.
func exitCode(ctx context.Context, err error) int {
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, client.ErrUnauthorized), errors.Is(err, client.ErrNoCredential), errors.Is(err, errNoJupiterOneKey):
		return exitAuth
	case errors.Is(err, jumpgraph.ErrUsage):
		return exitUsage
	case errors.Is(err, errSome):
		return exitIncomplete
	case errors.Is(err, errNothing):
		return exitPermission
	case errors.Is(err, client.ErrRateLimited):
		return exitRateLimit
	case errors.Is(err, jumpgraph.ErrIncomplete):
		return exitIncomplete
	case errors.Is(err, client.ErrForbidden):
		return exitPermission
	case errors.Is(err, errFailed):
		return exitFailed
	}
	if refused, ok := errors.AsType[*jupiterone.APIError](err); ok {
		switch refused.Status {
		case http.StatusUnauthorized:
			return exitAuth
		case http.StatusForbidden:
			return exitPermission
		case http.StatusTooManyRequests:
			return exitRateLimit
		}
	}
	return exitError
}
