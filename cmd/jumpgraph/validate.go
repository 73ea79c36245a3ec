package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
)

// errInvalid says that a stored graph breaks its schemas or its manifest.
var errInvalid = errors.New("not valid")

func validateCommand(stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "validate DIR|FILE ...",
		Short: "Judge stored entities and relationships by the schemas",
		Long: `Judge stored entities and relationships by the schemas.

For a directory, the files are also compared with the hashes in its manifest. For a file of JSON Lines, each line is
judged by the schema of its _type. Every finding is printed as file, line, property and rule; values are not shown.

Exit codes: 0 valid, 1 not valid or unreadable, 2 usage.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, paths []string) error {
			total, lines := 0, 0
			for _, path := range paths {
				n, err := jumpgraph.ValidateResult(path, func(p jumpgraph.Problem) {
					total++
					fmt.Fprintln(stdout, clean(p.String()))
				})
				if err != nil {
					return err
				}
				lines += n
			}
			if total > 0 {
				return fmt.Errorf("%w: %d findings in %d lines", errInvalid, total, lines)
			}
			fmt.Fprintf(stdout, "valid: %d lines\n", lines)
			return nil
		},
	}
}
