package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/diff"
)

// errDifferent says that two results differ, where that is asked for.
var errDifferent = errors.New("there are differences")

// errNotCompared says that only one of two results has some types, where it is asked whether they differ.
var errNotCompared = errors.New("no differences in what was compared")

// diffOptions are the flags of diff.
type diffOptions struct {
	destination // of the changes
	selection

	exitCode bool
}

func diffCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := diffOptions{destination: newDestination("text", "json", "markdown"), selection: selection{env: env}}
	c := &cobra.Command{
		Use:   "diff OLD [NEW]",
		Short: "Say what changed between two results",
		Long: `Say what changed between two results, directories or databases that collect wrote: what was added (+), removed (-) and
changed (~), property by property. NEW is graph unless you name another. A relationship is named by its two ends. With --format
json, each change is one line of JSON.

A type is compared only when both runs read all of it; the others are named on standard error. With --exit-code, a type that
only one of them read is no answer: without other differences, the exit code is 6.`,
		Example: `  jumpgraph diff yesterday today
  jumpgraph diff yesterday.db today.db --out changes.md --exit-code`,
		Annotations: ends(exitOK, exitError, exitUsage, exitIncomplete, exitDifferences, exitInterrupted),
		Args:        takes(1, 2),
		RunE: func(cmd *cobra.Command, paths []string) error {
			return o.run(cmd.Context(), paths[0], resultPath(paths[1:]), stdout, stderr)
		},
	}
	o.destination.flags(c.Flags(), "the changes")
	o.selection.flags(c.Flags())
	c.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit with 8 when there are differences")
	return c
}

func (o *diffOptions) run(ctx context.Context, before, after string, stdout, stderr io.Writer) (err error) {
	if err := cmp.Or(o.resolve(), o.check(before, after)); err != nil {
		return err
	}
	var sides [2]jumpgraph.Source
	for i, path := range []string{before, after} {
		if sides[i], err = o.source(ctx, path); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[i].Close()) }()
	}
	counts := map[diff.ChangeKind]int{}
	var not map[string]string // types that are not compared, and why
	err = o.write(ctx, stdout, func(w io.Writer) error {
		p := newChangeList(ctx, w, o.form.value, sides[:])
		var err error
		if not, err = diff.Between(ctx, sides[0], sides[1], func(ch diff.Change) error {
			counts[ch.Kind]++
			return p.print(ch)
		}); err != nil {
			return err
		}
		return p.end(uncompared(not, sides))
	})
	if err != nil {
		return err
	}
	for _, u := range uncompared(not, sides) {
		fmt.Fprintf(stderr, "not compared: %s: %s\n", u.what, cell(u.why))
	}
	fmt.Fprintf(stderr, "%d added, %d removed, %d changed\n", counts[diff.Added], counts[diff.Removed], counts[diff.Changed])
	if !o.exitCode {
		return nil
	}
	return judgeDifference(len(counts) > 0, not, sides)
}

// notCompared is a type that was not compared, or all types of a layer that was not chosen, and why.
type notCompared struct{ what, why string }

// uncompared names the types that were not compared, those of a layer that one of the results was not asked for as one.
func uncompared(not map[string]string, sides [2]jumpgraph.Source) []notCompared {
	var all []notCompared
	layers := map[notCompared]int{}
	for _, typ := range slices.Sorted(maps.Keys(not)) {
		if side, unasked := unasked(typ, not[typ], sides); unasked {
			layer := layerOfType(typ)
			layers[notCompared{"the layer " + layer, side + "the layer " + layer + " was not chosen"}]++
			continue
		}
		all = append(all, notCompared{typ, not[typ]})
	}
	for u, n := range layers {
		u.what = fmt.Sprintf("types of %s (%d)", u.what, n)
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b notCompared) int {
		return cmp.Or(strings.Compare(a.what, b.what), strings.Compare(a.why, b.why))
	})
	return all
}

// unasked reports that a type was not compared because a result was not asked for it, and how the reason names that result.
func unasked(typ, why string, sides [2]jumpgraph.Source) (side string, is bool) {
	for _, s := range sides {
		if reason := s.Manifest().Missing(typ); !s.Manifest().Asked(typ) && strings.HasSuffix(why, reason) {
			return strings.TrimSuffix(why, reason), true
		}
	}
	return "", false
}

// layerOfType is the layer that a type belongs to; empty for one that no collection gives.
func layerOfType(typ string) string {
	for _, c := range jumpgraph.Collections() {
		if slices.Contains(c.Types, typ) {
			return string(c.Layer)
		}
	}
	return ""
}

// judgeDifference returns an error when two results differ, and when that is not known: only one of them has some types.
func judgeDifference(differ bool, not map[string]string, sides [2]jumpgraph.Source) error {
	if differ {
		return errDifferent
	}
	oneSided := 0
	for typ := range not {
		if sides[0].Manifest().Missing(typ) != sides[1].Manifest().Missing(typ) {
			oneSided++
		}
	}
	if oneSided == 0 {
		return nil
	}
	return fmt.Errorf("%w; types that only one of the results has, and which were not compared: %d", errNotCompared, oneSided)
}
