package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	glob "path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// questionOptions are the flags that choose questions.
type questionOptions struct {
	folders, tags, controls []string
	severity                choice
}

// newQuestionOptions makes the flags. No severity is none of the words, so that it is asked for by nobody.
func newQuestionOptions() questionOptions {
	var o questionOptions
	for _, s := range questions.Severities() {
		o.severity.allowed = append(o.severity.allowed, string(s))
	}
	return o
}

func (o *questionOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&o.folders, "folder", nil, "a folder with more questions, as .sql files")
	f.StringSliceVar(&o.tags, "tag", nil, "only questions with one of these tags")
	f.StringSliceVar(&o.controls, "control", nil, "only questions that may serve one of these controls, such as soc2:CC6.1, iso27001:A.8 or cis8")
	f.Var(&o.severity, "severity", "only questions of this severity, or of a worse one")
}

// load returns the chosen questions: of those that are named, or of all, those that the flags choose, too.
func (o *questionOptions) load(patterns []string) ([]*questions.Question, error) {
	all, err := o.all()
	if err != nil {
		return nil, err
	}
	chosen := all
	if len(patterns) > 0 {
		if chosen, err = named(all, patterns); err != nil {
			return nil, err
		}
	}
	if err := o.known(all); err != nil {
		return nil, err
	}
	chosen = slices.DeleteFunc(slices.Clone(chosen), func(q *questions.Question) bool { return !o.chooses(q) })
	if len(chosen) == 0 {
		return nil, usage(errors.New("no question is chosen by all of this: jumpgraph questions list names them, with their tags and controls"))
	}
	return chosen, nil
}

// known refuses tags and controls that no question has.
func (o *questionOptions) known(all []*questions.Question) error {
	for _, tag := range o.tags {
		if !slices.ContainsFunc(all, func(q *questions.Question) bool { return slices.Contains(q.Tags, tag) }) {
			return usage(fmt.Errorf("no question has the tag %s; there are %s%s", tag, strings.Join(tagsOf(all), ", "), didYouMean(tag, tagsOf(all))))
		}
	}
	for _, control := range o.controls {
		if !slices.ContainsFunc(all, func(q *questions.Question) bool { return serves(q, control) }) {
			return usage(fmt.Errorf("no question serves the control %s; there are %s%s", control, strings.Join(controlsOf(all), ", "), didYouMean(control, controlsOf(all))))
		}
	}
	return nil
}

// tagsOf returns the tags of questions, sorted.
func tagsOf(all []*questions.Question) []string {
	var tags []string
	for _, q := range all {
		tags = append(tags, q.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// controlsOf returns the controls that questions may serve, as they are chosen, sorted.
func controlsOf(all []*questions.Question) []string {
	var controls []string
	for _, q := range all {
		for _, c := range q.Controls() {
			controls = append(controls, c.Short())
		}
	}
	slices.Sort(controls)
	return slices.Compact(controls)
}

// serves reports that a question may serve a control.
func serves(q *questions.Question, control string) bool {
	return slices.ContainsFunc(q.Controls(), func(c questions.Control) bool { return c.Matches(control) })
}

// chooses reports that the flags choose a question.
func (o *questionOptions) chooses(q *questions.Question) bool {
	has := func(tag string) bool { return slices.Contains(q.Tags, tag) }
	may := func(control string) bool { return serves(q, control) }
	order := questions.Severities()
	return (len(o.tags) == 0 || slices.ContainsFunc(o.tags, has)) &&
		(len(o.controls) == 0 || slices.ContainsFunc(o.controls, may)) &&
		(!o.severity.given || q.Severity != "" && slices.Index(order, q.Severity) <= slices.Index(order, questions.Severity(o.severity.value)))
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
			if slices.Contains(idsOf(all), q.ID) {
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

// idsOf returns the names of questions.
func idsOf(list []*questions.Question) []string {
	ids := make([]string, len(list))
	for i, q := range list {
		ids[i] = q.ID
	}
	return ids
}

// matching returns the questions that a name or a pattern with * and ? means.
func matching(all []*questions.Question, pattern string) []*questions.Question {
	return slices.DeleteFunc(slices.Clone(all), func(q *questions.Question) bool {
		is, err := glob.Match(pattern, q.ID)
		return err != nil || !is
	})
}

// named returns the questions of some names or patterns, each once.
func named(all []*questions.Question, patterns []string) ([]*questions.Question, error) {
	var chosen []*questions.Question
	for _, p := range patterns {
		found := matching(all, p)
		if len(found) == 0 {
			return nil, usage(fmt.Errorf("no question %q: jumpgraph questions list names them%s", p, didYouMean(p, idsOf(all))))
		}
		for _, q := range found {
			if !slices.Contains(chosen, q) {
				chosen = append(chosen, q)
			}
		}
	}
	return chosen, nil
}

func questionsCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "questions",
		Short: "Ask a stored graph what auditors ask: pass, fail or unknown",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(questionsListCommand(stdout), questionsShowCommand(stdout), questionsRunCommand(env, stdout, stderr))
	return c
}

func questionsListCommand(stdout io.Writer) *cobra.Command {
	o, to := newQuestionOptions(), newDestination("table", "json")
	c := &cobra.Command{
		Use:         "list [QUESTION ...]",
		Short:       "List the questions",
		Long:        "List the questions, all of them or those whose names match: * and ? stand for any letters and any letter.",
		Annotations: ends(exitOK, exitError, exitUsage),
		Args:        cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			list, err := o.load(patterns)
			if err = cmp.Or(err, to.resolve()); err != nil {
				return err
			}
			return to.write(cmd.Context(), stdout, func(w io.Writer) error {
				return writeList(newRecords(w, &to.form, []string{"id", "rows", "severity", "title"}, nil, false), list...)
			})
		},
	}
	o.flags(c)
	to.flags(c.Flags(), "the list")
	return c
}

func questionsShowCommand(stdout io.Writer) *cobra.Command {
	o, to := newQuestionOptions(), newDestination("text", "json")
	c := &cobra.Command{
		Use:         "show QUESTION",
		Short:       "Show a question: what a row means, its parameters, its SQL",
		Annotations: ends(exitOK, exitError, exitUsage),
		Args:        takes(1, 1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			list, err := o.load(ids)
			if err = cmp.Or(err, to.resolve()); err != nil {
				return err
			}
			if len(list) > 1 {
				return usage(fmt.Errorf("%q means %d questions: name one of %s", ids[0], len(list), strings.Join(idsOf(list), ", ")))
			}
			return to.write(cmd.Context(), stdout, func(w io.Writer) error {
				if to.form.value == "json" {
					return printIndented(w, list[0])
				}
				return printQuestion(w, list[0])
			})
		},
	}
	c.Flags().StringArrayVar(&o.folders, "folder", nil, "a folder with more questions, as .sql files")
	to.flags(c.Flags(), "the question")
	return c
}

// printQuestion prints a question for people.
func printQuestion(w io.Writer, q *questions.Question) error {
	fmt.Fprintf(w, "%s\n%s\n\nA row is %s. Severity: %s. Tags: %s. May serve: %s.\n", clean(q.Title), clean(q.Description), q.Rows,
		cmp.Or(string(q.Severity), "none"), clean(strings.Join(q.Tags, ", ")), clean(strings.Join(q.Evidence, "; ")))
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
	destination // of the answers
	selection

	set    []string
	most   int  // rows of an answer that are shown; 0 means all
	cut    bool // --rows was given
	strict bool
}

func questionsRunCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := askOptions{questionOptions: newQuestionOptions(), selection: selection{env: env}, destination: newDestination("text", "json", "csv", "markdown", "html", "junit", "sarif"), most: 10}
	c := &cobra.Command{
		Use:   "run [PATH] [QUESTION ...]",
		Short: "Ask questions of a stored graph; without names, all of them",
		Long: `Ask questions of a stored graph; without names, all of them. In a name, * and ? stand for any letters and any letter.` + storedHelp + `

An answer is pass, fail, unknown (the graph does not hold what it needs: a collection was forbidden, a device does not say) or,
where rows are facts and no findings, informative. What was asked is judged by the time of the collection, so that the same
graph always gets the same answers.

The forms: text for a terminal; html and markdown for auditors, which name the run, the organizations, the endpoints and the
hashes of the files, and json with the same; csv for a spreadsheet; junit and sarif for CI.`,
		Example: `  jumpgraph questions run
  jumpgraph questions run graph.db --out evidence.html
  jumpgraph questions run graph.db --control soc2:CC6.1 --severity high
  jumpgraph questions run graph.db devices-not-seen --set days=60
  jumpgraph questions run graph.db 'users-*' --format csv`,
		Annotations: ends(exitOK, exitError, exitUsage, exitFailed, exitInterrupted),
		Args:        cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.cut = cmd.Flags().Changed("rows")
			return o.run(cmd.Context(), args, stdout, stderr)
		},
	}
	o.questionOptions.flags(c)
	o.destination.flags(c.Flags(), "the answers")
	o.selection.flags(c.Flags())
	c.Flags().StringArrayVar(&o.set, "set", nil, "NAME=VALUE of a parameter, for every question that has it")
	c.Flags().IntVar(&o.most, "rows", o.most, "how many rows of an answer text and Markdown show, 0 for all (Markdown shows all unless told)")
	c.Flags().BoolVar(&o.strict, "strict", false, "exit with 7 for unknown answers, too")
	return c
}

// arguments tells the path of the result from the names of questions: the first one is a path, unless it means a question and
// nothing stands there.
func (o *askOptions) arguments(args []string) (result string, patterns []string, err error) {
	if len(args) == 0 || exists(args[0]) || postgres.Is(args[0]) {
		return resultPath(args), args[min(1, len(args)):], nil
	}
	all, err := o.all()
	if err != nil {
		return "", nil, err
	}
	if len(matching(all, args[0])) > 0 {
		for _, a := range args {
			if exists(a) && len(matching(all, a)) == 0 {
				return "", nil, usage(fmt.Errorf("the path comes before the names of questions: write %s first", a))
			}
		}
		return defaultResult, args, nil
	}
	if near := didYouMean(args[0], idsOf(all)); near != "" {
		return "", nil, usage(fmt.Errorf("nothing stands at %s, and no question has this name%s", args[0], near))
	}
	return args[0], args[1:], nil
}

func (o *askOptions) run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if err := o.resolve(); err != nil {
		return err
	}
	result, patterns, err := o.arguments(args)
	if err != nil {
		return err
	}
	list, err := o.load(patterns)
	if err != nil {
		return err
	}
	values, err := assignments(o.set)
	if err != nil {
		return err
	}
	r, err := o.ask(ctx, result, list, values, stderr)
	if err != nil {
		return err
	}
	if len(patterns) == 0 { // who names a question wants its answer
		r.OmitNotChosen()
	}
	if err := o.write(ctx, stdout, func(w io.Writer) error { return o.print(w, r) }); err != nil {
		return err
	}
	return o.judge(r)
}

// print writes the answers in the chosen form.
func (o *askOptions) print(w io.Writer, r *evidence.Report) error {
	switch o.form.value {
	case "json":
		return printIndented(w, r)
	case "csv":
		return r.CSV(w)
	case "markdown":
		if !o.cut {
			return r.Markdown(w, 0)
		}
		return r.Markdown(w, o.most)
	case "html":
		return r.HTML(w)
	case "junit":
		return r.JUnit(w, o.strict)
	case "sarif":
		return r.SARIF(w)
	}
	return r.Text(w, evidence.TextOptions{Rows: o.most, Width: terminalWidth(w), AllRows: "--rows 0 shows all"})
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
func (s *selection) ask(ctx context.Context, result string, list []*questions.Question, values map[string]any, stderr io.Writer) (r *evidence.Report, err error) {
	db, err := s.database(ctx, result, stderr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := db.sources()
	if err != nil {
		return nil, err
	}
	return evidence.Ask(ctx, db.Database, list, values, files...)
}
