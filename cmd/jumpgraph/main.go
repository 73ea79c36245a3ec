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
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
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
		Use:   "jumpgraph",
		Short: "Turn a JumpCloud organization into a typed, schema-checked graph",
		Long: `Turn a JumpCloud organization into a typed, schema-checked graph, and ask, draw, compare and hand on what was stored.

A command that reads a result takes its path first; without one, all but convert read graph, where collect writes. --out says
where data goes, --format in which form.`,
		Example: `  jumpgraph collect --demo
  jumpgraph questions run
  jumpgraph view --focus ada.albrecht0 --out ada.svg`,
		Annotations:   ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitIncomplete, exitFailed, exitDifferences, exitInterrupted),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	addVersion(root, stdout)
	root.AddCommand(manCommand(root))
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(root.UsageTemplate() + exitHelp)
	root.AddCommand(collectCommand(env, stdout, stderr), validateCommand(env, stdout), queryCommand(env, os.Stdin, stdout, stderr), questionsCommand(env, stdout, stderr),
		viewCommand(env, stdout, stderr), diffCommand(env, stdout, stderr), convertCommand(env, stderr), postgresCommand(env, stderr), watchCommand(env, plain, stderr), uploadCommand(env, stderr),
		getCommand(env, stdout, stderr), commandsCommand(env, os.Stdin, stdout, stderr))
	fitHelp(root, stdout)
	root.InitDefaultCompletionCmd(args...)
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args, c.RunE = knownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
		case "help":
			c.Args = helpIsThere
		}
	}
	markUsage(root)
	completeAll(root)
	readSettings(root)
	err := stdout.judge(root.ExecuteContext(ctx))
	if err == nil {
		return exitOK
	}
	code := exitCode(ctx, err)
	text := err.Error()
	if first, _, unknown := strings.Cut(text, "\n\nDid you mean this?"); unknown || strings.HasPrefix(text, "unknown command") { // cobra has no error of its own for it
		code, text = exitUsage, first+didYouMean(wordOf(first), names(root))
	}
	if code == exitInterrupted {
		text = interrupted(ctx, text)
	}
	fmt.Fprintln(stderr, "jumpgraph:", clean(strings.TrimPrefix(strings.TrimPrefix(text, "jumpgraph: "), "usage: ")))
	if todo := advice(err, code); todo != "" {
		fmt.Fprintln(stderr, todo)
	}
	return code
}

// interrupted says what a command that was told to stop was doing, and what it leaves: the text of its error without the parts
// that only say that it was told to.
func interrupted(ctx context.Context, text string) string {
	said := []string{"interrupted"}
	for line := range strings.SplitSeq(text, "\n") {
		for _, noise := range []string{context.Canceled.Error(), context.Cause(ctx).Error(), "sqlite: step: interrupted"} {
			if before, found := strings.CutSuffix(line, noise); found {
				line = strings.TrimSuffix(before, ": ")
			}
		}
		if line != "" {
			said = append(said, line)
		}
	}
	return strings.Join(said, "\n")
}

// names returns the names of the commands below one.
func names(above *cobra.Command) []string {
	var all []string
	for _, c := range above.Commands() {
		all = append(all, c.Name())
	}
	return all
}

// knownCommand refuses a command that a group does not have.
func knownCommand(group *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q for %q; there are %s%s", args[0], group.CommandPath(), strings.Join(names(group), ", "), didYouMean(args[0], names(group)))
}

// helpIsThere refuses to help about a command that is not there.
func helpIsThere(help *cobra.Command, args []string) error {
	if about, _, err := help.Root().Find(args); err != nil || len(args) > 0 && !about.HasParent() {
		return fmt.Errorf("no help for %q; there are %s%s", strings.Join(args, " "), strings.Join(names(help.Root()), ", "), didYouMean(args[0], names(help.Root())))
	}
	return nil
}

// wordOf returns what stands between the first quotation marks of a text.
func wordOf(text string) string {
	_, text, _ = strings.Cut(text, `"`)
	word, _, _ := strings.Cut(text, `"`)
	return word
}

// flagError marks an error about a flag as a wrong use, and names the flag that may be meant.
func flagError(c *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(err)
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	if near := nearest("--"+unknown.GetSpecifiedName(), known); near != "" && len(unknown.GetSpecifiedName()) > 1 {
		return usage(fmt.Errorf("%w; did you mean %s?", err, near))
	}
	return usage(err)
}

// advice says what to do about an error whose text does not say it.
func advice(err error, code int) string {
	switch {
	case code == exitUsage:
		return "Run jumpgraph --help, or a command with --help."
	case errors.Is(err, client.ErrNoCredential):
		return "Make a key in the JumpCloud Admin Portal, at your initials, My API Key. The role Read Only is enough."
	case errors.Is(err, client.ErrUnauthorized):
		return "Look at the key; at --region (us, eu or in), since a key works in its own region only; and at --org, where the key sees several organizations."
	case code == exitPermission && errors.Is(err, client.ErrForbidden):
		return "Give the administrator whose key it is a role that may do this; Read Only is enough to read."
	case code == exitRateLimit && errors.Is(err, client.ErrRateLimited):
		return "Wait some minutes, and try again with a lower --max-rps."
	case errors.Is(err, jumpgraph.ErrIncomplete):
		return "Run it again; --skip NAME leaves a collection out on purpose."
	}
	return ""
}

// takes accepts a number of arguments, and says of any other how the command is written.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch n := len(args); {
		case n < least:
			return fmt.Errorf("an argument is missing: write %s", c.UseLine())
		case n > most:
			return fmt.Errorf("too many arguments, from %q on: write %s; an argument that holds blanks needs quotation marks", args[most], c.UseLine())
		}
		return nil
	}
}

// markUsage marks the errors about arguments, of all commands below one, as wrong uses of the command line.
func markUsage(above *cobra.Command) {
	for _, c := range above.Commands() {
		args := c.Args
		if args == nil {
			args = cobra.ArbitraryArgs
		}
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
	case errors.Is(err, jumpgraph.ErrIncomplete), errors.Is(err, errNotCompared), errors.Is(err, errStrict):
		return exitIncomplete
	case errors.Is(err, client.ErrForbidden):
		return exitPermission
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.Is(err, errDifferent):
		return exitDifferences
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
