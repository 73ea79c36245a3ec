package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// queryOptions are the flags of query.
type queryOptions struct {
	destination // of the rows
	selection

	set []string
}

func queryCommand(env environment, stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	o := queryOptions{destination: newDestination("table", "json", "csv"), selection: selection{env: env}}
	c := &cobra.Command{
		Use:   "query [PATH] SQL",
		Short: "Ask a stored graph in SQL",
		Long: `Ask a stored graph in SQL.` + storedHelp + `

SQL is one statement that reads, or - for standard input; nothing can be changed through it. docs/queries.md lists the tables
and columns. Times are milliseconds since 1970, booleans 1 or 0; null means that JumpCloud does not say.

A parameter :NAME gets its value by --set; :now is the time of the collection, unless you set it.

With --format json, each row is one line of JSON. With csv, texts that a spreadsheet would take for a formula begin with an
apostrophe. The table has no control characters; null is a dash.`,
		Example: `  jumpgraph query graph.db "SELECT username, email FROM jumpcloud_user WHERE sudo"
  jumpgraph query graph.db "SELECT name FROM jumpcloud_device WHERE osType = :os" --set os=darwin`,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			last := len(args) - 1
			if last == 0 && exists(args[0]) {
				return usage(fmt.Errorf("the SQL is missing: write it after %s, in quotation marks", args[0]))
			}
			if last == 1 && exists(args[1]) && !exists(args[0]) {
				return usage(fmt.Errorf("the path comes before the SQL: write %s first", args[1]))
			}
			statement, err := readStatement(args[last], stdin)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), resultPath(args[:last]), statement, stdout, stderr)
		},
	}
	o.destination.flags(c.Flags(), "the rows")
	o.selection.flags(c.Flags())
	c.Flags().StringArrayVar(&o.set, "set", nil, "NAME=VALUE of a parameter, written :NAME in the statement")
	return c
}

// readStatement returns the statement that an argument holds, or that standard input does.
func readStatement(arg string, stdin io.Reader) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	b, err := io.ReadAll(stdin)
	if err != nil {
		return "", fmt.Errorf("read the statement from standard input: %w", err)
	}
	return string(b), nil
}

func (o *queryOptions) run(ctx context.Context, path, statement string, stdout, stderr io.Writer) (err error) {
	parameters, err := assignments(o.set)
	if err = cmp.Or(err, o.resolve()); err != nil {
		return err
	}
	db, err := o.database(ctx, path, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	about, err := db.Describe(statement)
	if err != nil {
		return o.explain(ctx, db, err)
	}
	if err := complete(parameters, about.Parameters, db.Manifest()); err != nil {
		return err
	}
	return o.write(ctx, stdout, func(w io.Writer) error {
		out := newRows(w, &o.form, about.Columns)
		if _, err := db.Query(ctx, statement, parameters, out.write); err != nil {
			if ctx.Err() != nil {
				return err
			}
			if lost := out.cut(); !errors.Is(err, lost) { // of rows that were held back; a lost write says so already
				err = errors.Join(err, lost)
			}
			return err
		}
		return out.close()
	})
}

// explain adds to the error about a table that is not there which ones are.
func (*queryOptions) explain(ctx context.Context, db *stored, wrong error) error {
	_, table, found := strings.Cut(wrong.Error(), "no such table: ")
	if !found {
		return wrong
	}
	var tables []string
	_, err := db.Query(ctx, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY name", nil, func(row []any) error {
		tables = append(tables, valueText(row[0]))
		return nil
	})
	if err != nil {
		return wrong
	}
	return fmt.Errorf("%w; there are %s%s", wrong, strings.Join(tables, ", "), didYouMean(table, tables))
}

// complete gives :now its value, the time of the collection, as in questions. It refuses a statement with a parameter that has
// no value: it would be null, and the answer empty.
func complete(parameters map[string]any, wanted []string, m *jumpgraph.Manifest) error {
	for _, name := range wanted {
		if _, given := parameters[name]; given {
			continue
		}
		if name != questions.Now {
			return usage(fmt.Errorf("the statement has the parameter :%s: give --set %s=VALUE", name, name))
		}
		parameters[name] = evidence.Collected(m)
	}
	return nil
}

// assignments reads the flags --set. A name may begin with a colon, as in SQL. A value that is written as a whole number is
// a number.
func assignments(pairs []string) (map[string]any, error) {
	all := map[string]any{}
	for _, p := range pairs {
		name, value, err := pair("--set", strings.TrimLeft(p, ":"))
		if err != nil {
			return nil, err
		}
		all[name] = questions.Value(value)
	}
	return all, nil
}
