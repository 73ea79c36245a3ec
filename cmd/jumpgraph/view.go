package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/view"
)

// viewOptions are the flags of view.
type viewOptions struct {
	destination // of the picture
	selection

	focus      string
	depth, max int
}

func viewCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := viewOptions{max: 60, destination: newDestination("svg", "dot", "mermaid"), selection: selection{env: env}}
	c := &cobra.Command{
		Use:   "view [PATH]",
		Short: "Draw a stored graph",
		Long: `Draw a stored graph: its types with their counts, or with --focus what is around one entity.` + storedHelp + `

KEY is the key of an entity, which is JumpCloud's id, or a name, user name, e-mail address, serial number or host name that only
one has. What does not fit into the picture is counted below it.`,
		Example: `  jumpgraph view graph.db --out types.svg
  jumpgraph view graph.db --focus ada.albrecht0 --depth 3 --out ada.mmd`,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.focus == "" && (c.Flags().Changed("depth") || c.Flags().Changed("max-nodes")) {
				return usage(errors.New("--depth and --max-nodes are for --focus KEY; the types are always drawn all"))
			}
			return o.run(c.Context(), resultPath(args), stdout, stderr)
		},
	}
	f := c.Flags()
	f.StringVar(&o.focus, "focus", "", "KEY of the entity in the middle")
	f.IntVar(&o.depth, "depth", 0, "how many relationships away from the middle (default 2, or 1 where the middle has many)")
	f.IntVar(&o.max, "max-nodes", o.max, "how many entities at most, up to 200")
	o.destination.flags(f, "the picture")
	o.selection.flags(f)
	return c
}

func (o *viewOptions) run(ctx context.Context, path string, stdout, stderr io.Writer) (err error) {
	if o.depth < 0 || o.max < 1 {
		return usage(errors.New("--depth must not be negative, and --max-nodes must be above zero"))
	}
	if err := o.resolve(); err != nil {
		return err
	}
	db, err := o.database(ctx, path, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var g *view.Graph
	if o.focus == "" {
		g, err = view.Types(ctx, db.Database)
	} else {
		g, err = view.Neighborhood(ctx, db.Database, o.focus, view.Options{Depth: o.depth, MaxNodes: o.max})
	}
	if errors.Is(err, jumpgraph.ErrUsage) && o.focus != "" {
		return o.explain(ctx, path, err)
	}
	if err != nil {
		return err
	}
	picture := map[string]func() string{"svg": g.SVG, "dot": g.DOT, "mermaid": g.Mermaid}[o.form.value]()
	return o.write(ctx, stdout, func(w io.Writer) error {
		_, err := io.WriteString(w, picture)
		return err
	})
}

// explain adds to the error about a focus that nothing is called which names begin with it.
func (o *viewOptions) explain(ctx context.Context, path string, wrong error) error {
	names := begunInResult(ctx, path, o.focus)
	if len(names) == 0 || slices.Contains(names, o.focus) {
		return wrong
	}
	more := ""
	if len(names) > mostShown {
		names, more = names[:mostShown], ", ..."
	}
	return fmt.Errorf("%w; these begin with it: %s%s", wrong, strings.Join(names, ", "), more)
}
