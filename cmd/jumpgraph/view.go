package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/internal/outlet"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/view"
)

// viewOptions are the flags of view.
type viewOptions struct {
	focus, out string
	depth, max int
	form       choice
}

func viewCommand(stdout, stderr io.Writer) *cobra.Command {
	o := viewOptions{depth: 2, max: 60, form: newChoice("svg", "svg", "dot", "mermaid")}
	c := &cobra.Command{
		Use:   "view PATH",
		Short: "Draw a stored graph",
		Long: `Draw a stored graph: its types with their counts, or with --focus what is around one entity.` + storedHelp + `

KEY is the key of an entity, which is JumpCloud's id, or a name, user name, e-mail address, serial number or host name that only
one has. What does not fit into the picture is counted below it.

Exit codes: 0 drawn, 1 unreadable, 2 usage, which includes a KEY that no entity or several have,
130 interrupted.`,
		Example: `  jumpgraph view graph.db --out types.svg
  jumpgraph view graph.db --focus ada.albrecht0 --depth 3 --output mermaid`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c.Context(), args[0], stdout, stderr) },
	}
	f := c.Flags()
	f.StringVar(&o.focus, "focus", "", "KEY of the entity in the middle")
	f.IntVar(&o.depth, "depth", o.depth, "how many relationships away from the middle")
	f.IntVar(&o.max, "max-nodes", o.max, "how many entities at most")
	f.Var(&o.form, "output", "the form of the picture")
	f.StringVar(&o.out, "out", "", "file for the picture (default: standard output)")
	return c
}

func (o *viewOptions) run(ctx context.Context, path string, stdout, stderr io.Writer) (err error) {
	if o.depth < 1 || o.max < 1 {
		return usage(errors.New("--depth and --max-nodes must be above zero"))
	}
	db, err := openStored(ctx, path, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var g *view.Graph
	if o.focus == "" {
		g, err = view.Types(ctx, db.DB)
	} else {
		g, err = view.Neighborhood(ctx, db.DB, o.focus, view.Options{Depth: o.depth, MaxNodes: o.max})
	}
	if err != nil {
		return err
	}
	picture := map[string]func() string{"svg": g.SVG, "dot": g.DOT, "mermaid": g.Mermaid}[o.form.value]()
	if o.out == "" {
		_, err := io.WriteString(stdout, picture)
		return err
	}
	if ext := strings.ToLower(filepath.Ext(o.out)); ext == ".png" || ext == ".pdf" {
		return usage(fmt.Errorf("--out %s: the picture is %s; another program can make one of those of it", o.out, o.form.value))
	}
	return o.write(ctx, picture)
}

// write writes a picture into its file: a regular one changes all at once, a pipe or a device gets it as it is.
func (o *viewOptions) write(ctx context.Context, picture string) error {
	info, err := os.Stat(o.out)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		if err := staging.ReplaceFile(o.out, []byte(picture)); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		return nil
	}
	f, err := outlet.Open(ctx, o.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, err = io.WriteString(f, picture)
	if err == nil {
		err = f.Settle()
	}
	return errors.Join(err, f.Close())
}
