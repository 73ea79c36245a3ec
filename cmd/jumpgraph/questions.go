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
	all, err := o.all()
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		return o.named(all, ids)
	}
	chosen := slices.DeleteFunc(all, func(q *questions.Question) bool { return !o.tagged(q) })
	if len(chosen) == 0 {
		return nil, usage(fmt.Errorf("no question has the tag %s", strings.Join(o.tags, ", ")))
	}
	return chosen, nil
}

// all returns the questions of the library and of the folders.
func (o *questionOptions) all() ([]*questions.Question, error) {
	all, err := questions.Library()
	if err != nil {
		return nil, err
	}
	for _, folder := range o.folders {
		more, err := fromFolder(folder)
		if err != nil {
			return nil, usage(fmt.Errorf("--folder %s: %w", folder, err))
		}
		for _, q := range more {
			if find(all, q.ID) != nil {
				return nil, usage(fmt.Errorf("--folder %s: there is another question %s already: give the file a new name", folder, q.ID))
			}
		}
		all = append(all, more...)
	}
	return all, nil
}

func fromFolder(folder string) ([]*questions.Question, error) {
	if !isDir(folder) {
		return nil, errors.New("not a folder")
	}
	return questions.Load(os.DirFS(folder))
}

// find returns the question of a name; nil when there is none.
func find(list []*questions.Question, id string) *questions.Question {
	i := slices.IndexFunc(list, func(q *questions.Question) bool { return q.ID == id })
	if i < 0 {
		return nil
	}
	return list[i]
}

// tagged reports that a question has one of the tags, or that no tag was given.
func (o *questionOptions) tagged(q *questions.Question) bool {
	return len(o.tags) == 0 || slices.ContainsFunc(o.tags, func(t string) bool { return slices.Contains(q.Tags, t) })
}

// named returns the questions of some names, each once.
func (o *questionOptions) named(all []*questions.Question, ids []string) ([]*questions.Question, error) {
	var chosen []*questions.Question
	for _, id := range ids {
		q := find(all, id)
		switch {
		case q == nil:
			return nil, usage(fmt.Errorf("no question %q: jumpgraph questions list names them", id))
		case !o.tagged(q):
			return nil, usage(fmt.Errorf("the question %s does not have the tag %s", id, strings.Join(o.tags, ", ")))
		case !slices.Contains(chosen, q):
			chosen = append(chosen, q)
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
			return writeList(newRecords(stdout, &form, []string{"id", "rows", "title"}, nil, false), list...)
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
			if form.value == "json" {
				return printIndented(stdout, list[0])
			}
			return printQuestion(stdout, list[0])
		},
	}
	o.flags(c)
	c.Flags().Var(&form, "output", "the form of the output")
	return c
}

// printQuestion prints a question for people.
func printQuestion(w io.Writer, q *questions.Question) error {
	fmt.Fprintf(w, "%s\n%s\n\nA row is %s. Tags: %s. May serve: %s.\n", clean(q.Title), clean(q.Description), q.Rows,
		clean(strings.Join(q.Tags, ", ")), clean(strings.Join(q.Evidence, "; ")))
	for _, p := range q.Parameters {
		fmt.Fprintf(w, "--set %s=%s  %s\n", p.Name, clean(evidence.Text(p.Default)), clean(p.Description))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", clean(q.SQL))
	return err
}

// errFailed says that a question was answered with fail.
var errFailed = errors.New("questions failed")

// askOptions are the flags of questions run.
type askOptions struct {
	questionOptions

	form   choice
	set    []string
	most   int  // rows of an answer that are shown; 0 means all
	cut    bool // --rows was given
	strict bool
}

func questionsRunCommand(stdout, stderr io.Writer) *cobra.Command {
	o := askOptions{form: newChoice("text", "text", "json", "markdown"), most: 10}
	c := &cobra.Command{
		Use:   "run PATH [QUESTION ...]",
		Short: "Ask questions of a stored graph; without names, all of them",
		Long: `Ask questions of a stored graph; without names, all of them.` + storedHelp + `

An answer is pass, fail, unknown (the graph does not hold what it needs: a collection was forbidden, a device does not say) or,
where rows are facts and no findings, informative. With --output json or markdown it is a report that names the run, the
organizations, the endpoints and the hashes of the files. What was asked is judged by the time of the collection, so that the
same graph always gets the same answers.

Exit codes: 0 nothing failed, 1 unreadable, 2 usage, 7 a question failed, 130 interrupted.`,
		Example: `  jumpgraph questions run graph.db
  jumpgraph questions run graph.db devices-not-seen --set days=60
  jumpgraph questions run graph.db --tag mfa --output markdown > evidence.md`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.cut = cmd.Flags().Changed("rows")
			return o.run(cmd.Context(), args[0], args[1:], stdout, stderr)
		},
	}
	o.flags(c)
	c.Flags().Var(&o.form, "output", "the form of the output")
	c.Flags().StringArrayVar(&o.set, "set", nil, "NAME=VALUE of a parameter, for every question that has it")
	c.Flags().IntVar(&o.most, "rows", o.most, "how many rows of an answer text and Markdown show, 0 for all (Markdown shows all unless told)")
	c.Flags().BoolVar(&o.strict, "strict", false, "exit with 7 for unknown answers, too")
	return c
}

func (o *askOptions) run(ctx context.Context, path string, ids []string, stdout, stderr io.Writer) error {
	list, err := o.load(ids)
	if err != nil {
		return err
	}
	values, err := assignments(o.set)
	if err != nil {
		return err
	}
	r, err := ask(ctx, path, list, values, stderr)
	if err != nil {
		return err
	}
	if err := o.print(stdout, r); err != nil {
		return err
	}
	return o.judge(r)
}

// print writes the answers in the chosen form.
func (o *askOptions) print(w io.Writer, r *evidence.Report) error {
	switch o.form.value {
	case "json":
		return printIndented(w, r)
	case "markdown":
		if !o.cut {
			return r.Markdown(w, 0)
		}
		return r.Markdown(w, o.most)
	}
	return printAnswers(w, r, o.most)
}

// judge returns an error when an answer is a fail, or, with --strict, unknown.
func (o *askOptions) judge(r *evidence.Report) error {
	if n := r.Counts[evidence.Fail]; n > 0 {
		return fmt.Errorf("%w: %d of %d", errFailed, n, len(r.Answers))
	}
	if n := r.Counts[evidence.Unknown]; o.strict && n > 0 {
		return fmt.Errorf("%w: %d of %d are unknown", errFailed, n, len(r.Answers))
	}
	return nil
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
				values = append(values, cell(c)+"="+cell(v))
			}
		}
		fmt.Fprintf(w, "    %s%s\n", before, strings.Join(values, " "))
	}
	if n := len(rows) - len(shown); n > 0 {
		fmt.Fprintf(w, "    %s... and %d more; --rows 0 shows all\n", before, n)
	}
}
