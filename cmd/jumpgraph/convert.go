package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// convertOptions are the flags of convert.
type convertOptions struct {
	destination // of the result

	selection
	jupiterOne jupiterOneOptions
	postgres   postgresOptions
	quiet      bool
}

func convertCommand(env environment, stderr io.Writer) *cobra.Command {
	o := convertOptions{destination: newDestination(formatNames()...), selection: selection{env: env}}
	c := &cobra.Command{
		Use:   "convert PATH TO",
		Short: "Write a stored graph in another form, without collecting again",
		Long: `Write a stored graph in another form, without collecting again and without a key. PATH is a directory of JSON Lines or a
database; TO is where the new result goes, and its ending says in which form, as with collect: .db and .sqlite are databases.
Every entity and relationship is checked on the way, and the manifest stays that of the run.`,
		Example: `  jumpgraph convert graph graph.db
  jumpgraph convert graph.db .j1-integration --format j1`,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        takes(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				if o.path != "" {
					return usage(errors.New("give the new path as the second argument or with --out, not both"))
				}
				o.path = args[1]
			}
			return o.run(c.Context(), args[0], stderr)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.path, "out", "o", "", "where the result goes, instead of the second argument")
	f.VarP(&o.form, "format", "f", "the form of the result")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no summary")
	o.jupiterOne.flags(f, "with --format j1: ")
	o.postgres.flags(f)
	o.selection.flags(f)
	return c
}

func (o *convertOptions) run(ctx context.Context, from string, stderr io.Writer) error {
	if o.path == "" {
		return usage(errors.New("say where the new result goes, such as graph.db"))
	}
	if err := o.resolveResult(); err != nil {
		return err
	}
	if err := cmp.Or(o.jupiterOne.only(o.form.value), o.postgres.only(o.form.value)); err != nil {
		return err
	}
	options, err := o.jupiterOne.options()
	if err != nil {
		return err
	}
	form := formatNamed(o.form.value)
	err = o.selection.replay(ctx, from, o.sink(form, options))
	if err == nil && !o.quiet {
		fmt.Fprintf(stderr, "Complete: %s\n", o.path)
		tryNext(stderr, form, o.path)
	}
	return err
}

// sink returns the sink of a form.
func (o *convertOptions) sink(form *format, options []jupiterone.Option) jumpgraph.Sink {
	if form.name == postgresFormat {
		return &postgresSink{address: o.path, env: o.env, options: o.postgres}
	}
	return form.sink(o.path, options...)
}
