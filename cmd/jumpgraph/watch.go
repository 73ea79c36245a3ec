package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/internal/outlet"
	"github.com/jumpgraph/jumpgraph/watch"
)

// watchOptions are the flags of watch.
type watchOptions struct {
	runOptions

	out, every, to, from string
	keep, cycles         int
	kinds                []string
	filter               watch.Filter
}

func watchCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := watchOptions{keep: 10}
	o.env, o.stderr = env, stderr
	c := &cobra.Command{
		Use:   "watch --out DIR --every TIME [-- PROGRAM ARGUMENT ...]",
		Short: "Collect again and again, and hand on what changed",
		Long: `Collect again and again, keep the results in DIR, and hand on what changed between one and the next: each change is a line
of JSON with an id that stays the same. The lines go to standard output, with --to to the end of a file, or to the standard
input of a program, which is named after -- and run without a shell and without the variables that hold keys; it takes them
by reading them all and exiting with 0. What was not taken comes again, also after a restart: each change arrives at least once.

TIME is a duration of a minute at least, such as 90m, or one of JupiterOne's polling intervals: THIRTY_MINUTES, ONE_HOUR,
FOUR_HOURS, EIGHT_HOURS, TWELVE_HOURS, ONE_DAY, ONE_WEEK, or DISABLED, which collects once and ends.

With --from, nothing is collected: PATH is a stored result that somebody else refreshes, of any form, and what changed in it is
handed on. Of a PostgreSQL database, --org chooses the organizations.

A run that is not complete gives no result and no changes: standard error and DIR/next.partial say why. A type that was left
out is not compared, so that what was not read is no deletion. With DISABLED, the exit codes are those of collect; 4, 5 and 6
come only then.`,
		Example: `  jumpgraph watch --out history --every 1h --to changes.jsonl --ignore lastSeenOn
  jumpgraph watch --out history --every ONE_DAY --type jumpcloud_user --property sudo -- notify --channel security`,
		Annotations: ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitIncomplete, exitInterrupted),
		Args: func(c *cobra.Command, args []string) error {
			if at := c.ArgsLenAtDash(); at > 0 || at < 0 && len(args) > 0 {
				return errors.New("name the program after --")
			}
			return nil
		},
		RunE: func(c *cobra.Command, program []string) error {
			return o.run(c.Context(), program, stdout)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", "", "directory for the results (required)")
	f.StringVar(&o.every, "every", "", "time from the beginning of one run to that of the next (required)")
	f.StringVar(&o.from, "from", "", "PATH of a stored result to watch, instead of collecting")
	f.StringVar(&o.to, "to", "", "file to which the changes are appended")
	f.IntVar(&o.keep, "keep", o.keep, "how many results stay, two at least")
	f.IntVar(&o.cycles, "cycles", 0, "end after so many runs (default: never)")
	f.StringSliceVar(&o.filter.Types, "type", nil, "only changes of this type of entity or relationship")
	f.StringSliceVar(&o.kinds, "change", nil, "only changes of this kind: added, removed or changed")
	f.StringSliceVar(&o.filter.Properties, "property", nil, "only objects of which this property changed")
	f.StringSliceVar(&o.filter.Ignore, "ignore", nil, "a property whose changes do not count, such as lastSeenOn")
	o.flags(f)
	return c
}

func (o *watchOptions) run(ctx context.Context, program []string, stdout io.Writer) error {
	switch {
	case o.out == "" || o.every == "":
		return usage(errors.New("--out DIR and --every TIME are required"))
	case o.to != "" && len(program) > 0:
		return usage(errors.New("hand the changes to a file or to a program, not to both"))
	case o.keep < 2 || o.cycles < 0:
		return usage(errors.New("--keep must be two at least, and --cycles not negative"))
	}
	if err := cmp.Or(o.check(), o.checkFrom()); err != nil {
		return err
	}
	every, err := watch.Interval(o.every)
	if err != nil {
		return err
	}
	if every == 0 && o.cycles > 1 {
		return usage(errors.New("DISABLED is a single run; --cycles needs a time between runs"))
	}
	for _, kind := range o.kinds {
		o.filter.Kinds = append(o.filter.Kinds, diff.ChangeKind(kind))
	}
	if err := o.filter.Check(); err != nil { // before a file is made for what can never come
		return err
	}
	receive, err := o.receiver(program, stdout)
	if err != nil {
		return err
	}
	return watch.Run(ctx, o.out, watch.Options{
		Every: every, Keep: o.keep, Cycles: o.cycles, Filter: o.filter, Receive: receive,
		Logger: plainLogger(o.stderr),
		Collect: func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			if o.from != "" {
				return o.reread(ctx, sink)
			}
			c, err := o.open()
			if err != nil {
				return nil, err
			}
			defer c.Close()
			m, err := o.into(ctx, c, sink)
			if err != nil {
				err = explained(err, m, inPartialDir(filepath.Join(o.out, "next")))
			}
			return m, err
		},
	})
}

// checkFrom refuses the flags of a run where nothing is collected.
func (o *watchOptions) checkFrom() error {
	if o.from == "" {
		return nil
	}
	if o.demo || o.raw || o.allOrgs || len(o.skip) > 0 || o.region != "" || o.apiURL != "" {
		return usage(errors.New("--from reads a stored result: leave out the flags that say what is collected"))
	}
	s := selection{orgs: o.orgs}
	return s.check(o.from)
}

// reread hands a stored result to a sink, as a result of now: it may have been made of runs of several times.
func (o *watchOptions) reread(ctx context.Context, sink jumpgraph.Sink) (m *jumpgraph.Manifest, err error) {
	s := selection{env: o.env, orgs: o.orgs}
	source, err := s.source(ctx, o.from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	now := *source.Manifest()
	now.StartedAt = jumpgraph.Timestamp{Time: time.Now()}
	return &now, jumpgraph.Replay(ctx, datedSource{source, &now}, sink)
}

// datedSource is a source with another manifest.
type datedSource struct {
	jumpgraph.Source

	manifest *jumpgraph.Manifest
}

// Manifest returns the other manifest.
func (s datedSource) Manifest() *jumpgraph.Manifest { return s.manifest }

// receiver returns who takes the changes. What cannot work fails now, not at the first change.
func (o *watchOptions) receiver(program []string, stdout io.Writer) (watch.Receiver, error) {
	switch {
	case o.to != "" && o.to != standardOutput:
		if err := spareResults("--to", o.to); err != nil {
			return nil, err
		}
		if within(o.to, o.out) {
			return nil, usage(errors.New("--to must not be inside --out, which holds nothing but results"))
		}
		if err := writable(o.to); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		return watch.File(o.to), nil
	case len(program) > 0:
		if _, err := exec.LookPath(program[0]); err != nil {
			return nil, usage(fmt.Errorf("the program after --: %w", err))
		}
		return watch.Command(o.stderr, program[0], program[1:]...), nil
	default:
		return toOutput(stdout), nil
	}
}

// writable reports an error when a file cannot be appended to. It makes one that is missing, and does not wait for the reader
// of a pipe.
func writable(name string) error {
	if err := outlet.Check(name); err != nil {
		return err
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// within reports that a path leads into a directory.
func within(path, dir string) bool {
	real := func(p string) string {
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
		if to, err := filepath.EvalSymlinks(p); err == nil {
			return to
		}
		return p
	}
	rel, err := filepath.Rel(real(dir), filepath.Join(real(filepath.Dir(path)), filepath.Base(path)))
	return err == nil && filepath.IsLocal(rel)
}

// toOutput writes each change as a line of JSON, and makes sure that it has arrived.
func toOutput(w io.Writer) watch.Receiver {
	return func(ctx context.Context, events watch.Events) error {
		if err := events(func(e *watch.Event) error { return printLine(w, e) }); err != nil {
			return err
		}
		if f, ok := w.(*os.File); ok {
			return outlet.Settle(ctx, f)
		}
		return nil
	}
}
