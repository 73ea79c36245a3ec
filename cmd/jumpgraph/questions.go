package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// questionOptions are the flags that choose questions.
type questionOptions struct {
	folders []string
	tags    []string
}

func (o *questionOptions) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.folders, "folder", nil, "a folder with more questions, as .sql files")
	c.Flags().StringSliceVar(&o.tags, "tag", nil, "only questions with one of these tags")
}

// load returns the chosen questions: by name, or else all that have one of the tags.
func (o *questionOptions) load(ids []string) ([]*questions.Question, error) {
	all, err := questions.Library()
	if err != nil {
		return nil, err
	}
	for _, folder := range o.folders {
		if !isDir(folder) {
			return nil, usage(fmt.Errorf("--folder %s: not a folder", folder))
		}
		more, err := questions.Load(os.DirFS(folder))
		if err != nil {
			return nil, usage(fmt.Errorf("--folder %s: %w", folder, err))
		}
		for _, q := range more {
			if slices.ContainsFunc(all, func(o *questions.Question) bool { return o.ID == q.ID }) {
				return nil, usage(fmt.Errorf("--folder %s: there is another question %s already: give the file a new name", folder, q.ID))
			}
		}
		all = append(all, more...)
	}
	named := slices.Clone(all)
	if len(o.tags) > 0 {
		all = slices.DeleteFunc(all, func(q *questions.Question) bool {
			return !slices.ContainsFunc(o.tags, func(t string) bool { return slices.Contains(q.Tags, t) })
		})
	}
	if len(ids) == 0 {
		if len(all) == 0 {
			return nil, usage(fmt.Errorf("no question has the tag %s", strings.Join(o.tags, ", ")))
		}
		return all, nil
	}
	var chosen []*questions.Question
	for _, id := range ids {
		i := slices.IndexFunc(all, func(q *questions.Question) bool { return q.ID == id })
		switch {
		case i >= 0 && !slices.Contains(chosen, all[i]):
			chosen = append(chosen, all[i])
		case i < 0 && slices.ContainsFunc(named, func(q *questions.Question) bool { return q.ID == id }):
			return nil, usage(fmt.Errorf("the question %s has not the tag %s", id, strings.Join(o.tags, ", ")))
		case i < 0:
			return nil, usage(fmt.Errorf("no question %q: jumpgraph questions list names them", id))
		}
	}
	return chosen, nil
}

func questionsCommand(stdout, stderr io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "questions",
		Short: "Ask a stored graph what auditors ask, with pass, fail or unknown as answer",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(questionsListCommand(stdout), questionsShowCommand(stdout), questionsRunCommand(stdout, stderr))
	return c
}

func questionsListCommand(stdout io.Writer) *cobra.Command {
	var o questionOptions
	form := newChoice("table", "table", "json")
	c := &cobra.Command{
		Use:   "list",
		Short: "List the questions",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := o.load(nil)
			if err != nil {
				return err
			}
			out := newRecords(stdout, &form, []string{"id", "rows", "title"}, nil, false)
			for _, q := range list {
				if err := out.write(q); err != nil {
					return err
				}
			}
			return out.close()
		},
	}
	o.flags(c)
	c.Flags().Var(&form, "output", "the form of the output")
	return c
}

func questionsShowCommand(stdout io.Writer) *cobra.Command {
	var o questionOptions
	form := newChoice("text", "text", "json")
	c := &cobra.Command{
		Use:   "show QUESTION",
		Short: "Show a question: what a row means, its parameters, its SQL",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, ids []string) error {
			list, err := o.load(ids)
			if err != nil {
				return err
			}
			q := list[0]
			if form.value == "json" {
				return printIndented(stdout, q)
			}
			fmt.Fprintf(stdout, "%s\n%s\n\nA row is %s. Tags: %s. May serve: %s.\n", clean(q.Title), clean(q.Description), q.Rows,
				clean(strings.Join(q.Tags, ", ")), clean(strings.Join(q.Evidence, "; ")))
			for _, p := range q.Parameters {
				fmt.Fprintf(stdout, "--set %s=%s  %s\n", p.Name, clean(evidence.Text(p.Default)), clean(p.Description))
			}
			_, err = fmt.Fprintf(stdout, "\n%s\n", clean(q.SQL))
			return err
		},
	}
	o.flags(c)
	c.Flags().Var(&form, "output", "the form of the output")
	return c
}

// errFailed says that a question was answered with fail.
var errFailed = errors.New("questions failed")

func questionsRunCommand(stdout, stderr io.Writer) *cobra.Command {
	var o questionOptions
	var set []string
	var strict bool
	most := 10
	form := newChoice("text", "text", "json", "markdown")
	c := &cobra.Command{
		Use:   "run PATH [QUESTION ...]",
		Short: "Ask questions of a stored graph; without names, all of them",
		Long: `Ask questions of a stored graph; without names, all of them. ` + storedHelp + `

An answer is pass, fail, unknown (the graph does not hold what it needs: a collection was forbidden, a device does not say) or,
where rows are facts and no findings, informative. With --output json or markdown it is a report that names the run, the
organizations, the endpoints and the hashes of the files. What was asked is judged by the time of the collection, so that the
same graph always gets the same answers.

Exit codes: 0 nothing failed, 1 unreadable, 2 usage, 7 a question failed.`,
		Example: `  jumpgraph questions run graph.db
  jumpgraph questions run graph.db devices-not-seen --set days=60
  jumpgraph questions run graph.db --tag mfa --output markdown > evidence.md`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := o.load(args[1:])
			if err != nil {
				return err
			}
			values, err := assignments(set)
			if err != nil {
				return err
			}
			r, err := ask(cmd.Context(), args[0], list, values, stderr)
			if err != nil {
				return err
			}
			switch form.value {
			case "json":
				err = printIndented(stdout, r)
			case "markdown":
				if !cmd.Flags().Changed("rows") {
					most = 0
				}
				err = r.Markdown(stdout, most)
			default:
				err = printAnswers(stdout, r, most)
			}
			if err != nil {
				return err
			}
			if n := r.Counts[evidence.Fail]; n > 0 {
				return fmt.Errorf("%w: %d of %d", errFailed, n, len(r.Answers))
			}
			if n := r.Counts[evidence.Unknown]; strict && n > 0 {
				return fmt.Errorf("%w: %d of %d are unknown", errFailed, n, len(r.Answers))
			}
			return nil
		},
	}
	o.flags(c)
	c.Flags().Var(&form, "output", "the form of the output")
	c.Flags().StringArrayVar(&set, "set", nil, "NAME=VALUE of a parameter, for every question that has it")
	c.Flags().IntVar(&most, "rows", most, "how many rows of an answer text and Markdown show, 0 for all (Markdown shows all unless told)")
	c.Flags().BoolVar(&strict, "strict", false, "exit with 7 for unknown answers, too")
	return c
}

// ask opens a stored graph and asks it.
func ask(ctx context.Context, path string, list []*questions.Question, values map[string]any, stderr io.Writer) (r *evidence.Report, err error) {
	db, err := openStored(ctx, path, stderr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := db.sources()
	if err != nil {
		return nil, err
	}
	return evidence.Ask(ctx, db.DB, list, values, files...)
}

// printAnswers writes a line per answer, with the reasons, the first rows and the first unknown ones.
func printAnswers(w io.Writer, r *evidence.Report, most int) error {
	for _, a := range r.Answers {
		fmt.Fprintf(w, "%-11s %s: %s", a.Status, a.Question.ID, clean(a.Question.Title))
		if len(a.Rows) > 0 {
			fmt.Fprintf(w, " (%d)", len(a.Rows))
		}
		fmt.Fprintln(w)
		for _, reason := range a.Reasons {
			fmt.Fprintf(w, "    %s\n", cell(reason))
		}
		printRows(w, "", a.Columns, a.Rows, most)
		printRows(w, "unknown: ", a.Columns, a.UnknownRows, most)
	}
	_, err := fmt.Fprintf(w, "%d failed, %d unknown, %d passed, %d informative\n", r.Counts[evidence.Fail], r.Counts[evidence.Unknown],
		r.Counts[evidence.Pass], r.Counts[evidence.Informative])
	return err
}

// printRows writes the first rows, one a line.
func printRows(w io.Writer, before string, columns []string, rows []map[string]any, most int) {
	shown := rows
	if most > 0 && len(rows) > most {
		shown = rows[:most]
	}
	for _, row := range shown {
		values := make([]string, 0, len(columns))
		for _, c := range columns {
			if v := evidence.Text(row[c]); v != "" {
				values = append(values, c+"="+cell(v))
			}
		}
		fmt.Fprintf(w, "    %s%s\n", before, strings.Join(values, " "))
	}
	if n := len(rows) - len(shown); n > 0 {
		fmt.Fprintf(w, "    %s... and %d more; --rows 0 shows all\n", before, n)
	}
}
