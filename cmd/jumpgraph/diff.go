package main

import (
	"encoding/json"
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

func diffCommand(stdout, stderr io.Writer) *cobra.Command {
	form := newChoice("text", "text", "json")
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what changed between two results",
		Long: `Say what changed between two results, directories or databases that collect wrote: what was added (+), removed (-) and
changed (~), property by property. With --output json, each change is one line of JSON.

A type is compared only when both runs read all of it; the others are named on standard error.

Exit codes: 0 compared, with changes or without, 1 unreadable or not the files of the manifest, 2 usage,
130 interrupted.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, paths []string) (err error) {
			var sides [2]jumpgraph.Source
			for i, path := range paths {
				if sides[i], err = openSource(path); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, sides[i].Close()) }()
			}
			counts := map[diff.ChangeKind]int{}
			not, err := diff.Between(cmd.Context(), sides[0], sides[1], func(ch diff.Change) error {
				counts[ch.Kind]++
				return printChange(stdout, form.value, ch)
			})
			if err != nil {
				return err
			}
			for _, typ := range slices.Sorted(maps.Keys(not)) {
				fmt.Fprintf(stderr, "not compared: %s: %s\n", typ, cell(not[typ]))
			}
			fmt.Fprintf(stderr, "%d added, %d removed, %d changed\n",
				counts[diff.Added], counts[diff.Removed], counts[diff.Changed])
			return nil
		},
	}
	c.Flags().Var(&form, "output", "the form of the output")
	return c
}

var changeMarks = map[diff.ChangeKind]string{diff.Added: "+", diff.Removed: "-", diff.Changed: "~"}

// printChange writes a change: a line of JSON, or a line of text and one more for each property that differs.
func printChange(w io.Writer, form string, ch diff.Change) error {
	if form == "json" {
		return printLine(w, ch)
	}
	var o struct {
		From string `json:"_fromEntityKey"`
		Name string `json:"displayName"`
	}
	if err := json.Unmarshal(ch.Object, &o); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", changeMarks[ch.Kind], cell(ch.Type), cell(ch.Key))
	if o.From == "" { // the name of a relationship says nothing of its own
		fmt.Fprintf(&b, " (%s)", cell(o.Name))
	}
	for _, p := range ch.Properties {
		fmt.Fprintf(&b, "\n    %s: %s -> %s", cell(p.Name), cell(string(p.Old)), cell(string(p.New)))
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
