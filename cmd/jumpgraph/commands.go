package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/client"
)

// commandsCommand is the group of commands about JumpCloud's commands.
func commandsCommand(env environment, stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	group := &cobra.Command{
		Use:   "commands",
		Short: "Read, change and run the commands of JumpCloud",
		Long: `Read, change and run the commands of JumpCloud: scripts that run on systems.

list, get and results read. create, delete, associate and dissociate change what is stored. trigger runs scripts on
machines. Those that change or run something take --dry-run, which shows what would be sent, without sending anything
and without a key.`,
		Annotations: ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitInterrupted),
		RunE:        func(*cobra.Command, []string) error { return nil }, // never: Args refuses everything
	}
	group.AddCommand(
		listCommandsCommand(env, stdout, stderr),
		getOneCommand(env, stdout, stderr),
		createCommand(env, stdin, stdout, stderr),
		deleteCommand(env, stdout, stderr),
		triggerCommand(env, stdout, stderr),
		edgeCommand(env, stdout, stderr, "associate", "Bind a command to systems and groups of systems", (*client.CommandsService).Associate),
		edgeCommand(env, stdout, stderr, "dissociate", "Unbind a command from systems and groups of systems", (*client.CommandsService).Dissociate),
		resultsCommand(env, stdout, stderr),
	)
	group.Args = func(cmd *cobra.Command, args []string) error {
		if err := knownCommand(cmd, args); err != nil {
			return err
		}
		return fmt.Errorf("%s needs one of: %s", cmd.CommandPath(), strings.Join(names(cmd), ", "))
	}
	return group
}

// oneID accepts a single argument that is not empty: a variable of a script that was not set must not count as an id.
func oneID(cmd *cobra.Command, args []string) error {
	if err := takes(1, 1)(cmd, args); err != nil {
		return err
	}
	if args[0] == "" {
		return errors.New("the argument is empty")
	}
	return nil
}

func listCommandsCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := readOptions{remote: newRemote(env, stderr), stdout: stdout}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the commands",
		Long:  "List the commands, each with some of its fields; commands get shows all. It only reads.\n\n" + outputHelp,
		Args:  takes(0, 0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.list(cmd.Context(), "commands") },
	}
	o.flags(cmd)
	o.listFlags(cmd)
	return cmd
}

func getOneCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := readOptions{remote: newRemote(env, stderr), stdout: stdout}
	cmd := &cobra.Command{
		Use:   "get ID",
		Short: "Read one command whole",
		Long:  "Read one command whole. It only reads.\n\n" + outputHelp,
		Args:  oneID,
		RunE:  func(cmd *cobra.Command, args []string) error { return o.get(cmd.Context(), "commands", args[0]) },
	}
	o.flags(cmd)
	o.fieldsFlag(cmd)
	return cmd
}

// changeOptions are the flags of commands that change or run something.
type changeOptions struct {
	remote

	stdout io.Writer
	dryRun bool
}

func (o *changeOptions) flags(cmd *cobra.Command) {
	o.remote.flags(cmd)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be sent, and send nothing")
}

// one begins the output of a single command.
func (o *changeOptions) one() *records {
	return newRecords(o.stdout, &o.form, commandColumns, nil, true)
}

var commandColumns = strings.Fields("_id name commandType launchType trigger")

// targetFlags are the systems and groups that a command is bound to.
type targetFlags struct{ systems, groups []string }

func (t *targetFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&t.systems, "system", nil, "id of a system; may be repeated")
	cmd.Flags().StringArrayVar(&t.groups, "system-group", nil, "id of a group of systems; may be repeated")
}

// refs returns the targets.
func (t *targetFlags) refs() []client.Ref {
	var refs []client.Ref
	for _, id := range t.systems {
		refs = append(refs, client.Ref{ID: id, Kind: client.KindSystem})
	}
	for _, id := range t.groups {
		refs = append(refs, client.Ref{ID: id, Kind: client.KindSystemGroup})
	}
	return refs
}

// createOptions are the flags of create.
type createOptions struct {
	changeOptions
	targetFlags

	stderr                  io.Writer
	name, script, file      string
	system, launch, shell   choice
	user, trigger, schedule string
	timeout, ttl            int64
	sudo                    bool
}

func createCommand(env environment, stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	o := createOptions{
		changeOptions: changeOptions{remote: newRemote(env, stderr), stdout: stdout}, stderr: stderr,
		system: newChoice("", string(client.CommandLinux), string(client.CommandMac), string(client.CommandWindows)),
		launch: newChoice(string(client.LaunchManual), string(client.LaunchManual), string(client.LaunchTrigger),
			string(client.LaunchScheduled), string(client.LaunchRepeated), string(client.LaunchOneTime)),
		shell: newChoice("", string(client.ShellPowerShell), string(client.ShellCmd)),
	}
	cmd := &cobra.Command{
		Use:   "create --name NAME --command TEXT --type linux|mac|windows",
		Short: "Store a command, and bind it to systems",
		Long: `Store a command, and bind it to systems and groups of systems. What JumpCloud would refuse, or would store and never
run, is refused before anything is sent.

A command for linux or mac needs --user, one for windows --shell. A command does nothing until it is bound. When it was
stored and some targets could not be bound, they are named, the command stays, and the exit code is 1: bind them with
commands associate. Running create twice stores two commands.

` + outputHelp,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			command, err := o.build(cmd, stdin)
			if err != nil {
				return err
			}
			return o.create(cmd.Context(), command, o.refs())
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *createOptions) flags(cmd *cobra.Command) {
	o.changeOptions.flags(cmd)
	o.targetFlags.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "name of the command (required)")
	f.StringVar(&o.script, "command", "", "the script")
	f.StringVar(&o.file, "command-file", "", "a file with the script; - is standard input")
	f.Var(&o.system, "type", "operating system (required)")
	f.Var(&o.launch, "launch", "how it starts")
	f.Var(&o.shell, "shell", "what runs it on windows")
	f.StringVar(&o.user, "user", "", "id of the user as whom it runs on linux and mac, or root")
	f.StringVar(&o.trigger, "trigger", "", "name under which commands trigger starts it, with --launch trigger")
	f.StringVar(&o.schedule, "schedule", "", "crontab of six fields, seconds first, or immediate")
	f.Int64Var(&o.timeout, "timeout", 0, "seconds that a run may take, 86400 at most")
	f.Int64Var(&o.ttl, "ttl", 0, "seconds that a run may wait for a system that is offline")
	f.BoolVar(&o.sudo, "sudo", false, "run with sudo")
}

// build makes the command that the flags describe.
func (o *createOptions) build(cmd *cobra.Command, stdin io.Reader) (*client.Command, error) {
	switch {
	case o.trigger != "" && o.launch.value != string(client.LaunchTrigger):
		return nil, usage(errors.New("--trigger needs --launch trigger: nothing else listens to it"))
	case o.schedule != "" && (o.launch.value == string(client.LaunchManual) || o.launch.value == string(client.LaunchTrigger)):
		return nil, usage(fmt.Errorf("--schedule needs --launch %s, %s or %s", client.LaunchScheduled, client.LaunchRepeated, client.LaunchOneTime))
	case o.system.value == "":
		return nil, usage(errors.New("--type is required: " + o.system.Type()))
	}
	script, err := o.readScript(stdin)
	if err != nil {
		return nil, err
	}
	c := &client.Command{
		Name: o.name, Command: script, CommandType: client.CommandType(o.system.value),
		LaunchType: client.LaunchType(o.launch.value), Trigger: o.trigger, Schedule: o.schedule,
		User: o.user, Shell: client.Shell(o.shell.value),
	}
	if o.user == "root" {
		c.User = client.RootUser
	}
	changed := cmd.Flags().Changed
	c.Sudo = client.Bool{V: o.sudo, OK: changed("sudo")}
	c.Timeout = client.Seconds{V: o.timeout, OK: changed("timeout")}
	c.TimeToLiveSeconds = client.Int{V: o.ttl, OK: changed("ttl")}
	return c, nil
}

// readScript returns the script: that of --command, of a file, or of standard input.
func (o *createOptions) readScript(stdin io.Reader) (string, error) {
	if (o.script == "") == (o.file == "") {
		return "", usage(errors.New("give the script with --command or with --command-file, one of them"))
	}
	if o.file == "" {
		return o.script, nil
	}
	var b []byte
	var err error
	if o.file == "-" {
		b, err = io.ReadAll(stdin)
	} else {
		b, err = os.ReadFile(o.file)
	}
	if err != nil {
		return "", fmt.Errorf("read the script: %w", err)
	}
	return string(b), nil
}

// create stores the command and binds it.
func (o *createOptions) create(ctx context.Context, command *client.Command, targets []client.Ref) error {
	try := func(ctx context.Context, c *client.Client) error {
		if _, err := c.Commands.Create(ctx, command); err != nil {
			return err
		}
		_, err := c.Commands.Associate(ctx, newCommandID, targets...)
		return err
	}
	return o.apply(ctx, try, func(ctx context.Context, c *client.Client) error {
		stored, err := c.Commands.Create(ctx, command)
		if err != nil {
			return err
		}
		if err := writeList(o.one(), stored); err != nil {
			return err
		}
		return o.bind(ctx, c, cmp.Or(stored.ID, stored.OtherID), targets)
	})
}

// bind binds a new command. Each target that fails is named. The error itself says only that the work is half done, and not
// why: an exit code for the reason would look as if nothing had happened.
func (o *createOptions) bind(ctx context.Context, c *client.Client, id string, targets []client.Ref) error {
	results, err := c.Commands.Associate(ctx, id, targets...)
	if err == nil {
		return nil
	}
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
			fmt.Fprintln(o.stderr, clean(fmt.Sprintf("not bound to %s %s: %v", r.Target.Kind, r.Target.ID, r.Err)))
		}
	}
	return fmt.Errorf("the command %s was created, but %d of %d targets could not be bound to it", id, failed, len(targets))
}

func deleteCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := changeOptions{remote: newRemote(env, stderr), stdout: stdout}
	yes := false
	cmd := &cobra.Command{
		Use:   "delete ID --yes",
		Short: "Remove a command",
		Long:  "Remove a command. It asks nothing, and refuses to work without --yes.",
		Args:  oneID,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes && !o.dryRun {
				return usage(errors.New("delete removes the command for ever: add --yes if that is meant, or --dry-run"))
			}
			if err := o.delete(cmd.Context(), args[0]); err != nil || o.dryRun {
				return err
			}
			fmt.Fprintln(stderr, "Deleted", clean(args[0]))
			return nil
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "yes, remove it")
	return cmd
}

func (o *changeOptions) delete(ctx context.Context, id string) error {
	remove := func(ctx context.Context, c *client.Client) error { return c.Commands.Delete(ctx, id) }
	return o.apply(ctx, remove, remove)
}

// edge is a method that binds a command or unbinds it.
type edge func(s *client.CommandsService, ctx context.Context, id string, targets ...client.Ref) ([]client.TargetResult, error)

func edgeCommand(env environment, stdout, stderr io.Writer, verb, short string, change edge) *cobra.Command {
	o := changeOptions{remote: newRemote(env, stderr), stdout: stdout}
	var t targetFlags
	cmd := &cobra.Command{
		Use:   verb + " ID --system ID --system-group ID",
		Short: short,
		Long: short + `. Each target has a line of its own: whether it changed, and the error if
there was one; the other targets are done all the same. A target that is already so is no error: running it twice is safe.

` + outputHelp,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) error {
			targets := t.refs()
			if len(targets) == 0 {
				return usage(errors.New("name a target with --system or --system-group"))
			}
			return o.change(cmd.Context(), args[0], targets, change)
		},
	}
	o.flags(cmd)
	t.flags(cmd)
	return cmd
}

// targetResult says whether a target was changed, for output.
type targetResult struct {
	Type    client.Kind `json:"type"`
	ID      string      `json:"id"`
	Changed bool        `json:"changed"`
	Error   string      `json:"error,omitzero"`
}

func (o *changeOptions) change(ctx context.Context, id string, targets []client.Ref, change edge) error {
	try := func(ctx context.Context, c *client.Client) error {
		_, err := change(c.Commands, ctx, id, targets...)
		return err
	}
	return o.apply(ctx, try, func(ctx context.Context, c *client.Client) error {
		results, failed := change(c.Commands, ctx, id, targets...)
		return errors.Join(o.printTargets(results), failed)
	})
}

// printTargets prints which targets were changed.
func (o *changeOptions) printTargets(results []client.TargetResult) error {
	list := make([]targetResult, len(results))
	for i, r := range results {
		list[i] = targetResult{Type: r.Target.Kind, ID: r.Target.ID, Changed: r.Changed}
		if r.Err != nil {
			list[i].Error = r.Err.Error()
		}
	}
	return writeList(newRecords(o.stdout, &o.form, []string{"type", "id", "changed", "error"}, nil, false), list...)
}

// triggerOptions are the flags of trigger.
type triggerOptions struct {
	changeOptions

	vars    []string
	wait    time.Duration
	command string
	systems int
}

func triggerCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := triggerOptions{changeOptions: changeOptions{remote: newRemote(env, stderr), stdout: stdout}}
	cmd := &cobra.Command{
		Use:   "trigger NAME",
		Short: "Run the commands that have a trigger of this name",
		Long: `Run the commands that have a trigger of this name, on all systems that they are bound to. It executes scripts. It is sent
once and never repeated, so that nothing runs twice; running this command again runs the scripts again. When no command
has such a trigger, the exit code is 1.

With --wait and --command, it then reads the results of that command until --systems of them came that are newer than
those which were there before, with the whole output of the script. When the time is over first, it shows what there
is, and the exit code is 1. The exit code of the script is part of the data and never that of this program.

With --format json it writes one object: triggered, and results when it waited. The table lists one, then the other.`,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&o.vars, "var", nil, "NAME=VALUE that the script can read; may be repeated")
	f.DurationVar(&o.wait, "wait", 0, "how long to wait for results, such as 5m")
	f.StringVar(&o.command, "command", "", "id of the command whose results to wait for")
	f.IntVar(&o.systems, "systems", 1, "how many systems to wait for")
	return cmd
}

// variables reads the flags --var.
func (o *triggerOptions) variables() (map[string]any, error) {
	vars := map[string]any{}
	for _, text := range o.vars {
		name, value, err := pair("--var", text)
		if err != nil {
			return nil, err
		}
		if _, twice := vars[name]; twice {
			return nil, usage(fmt.Errorf("--var %q: give each name once", text))
		}
		vars[name] = value
	}
	return vars, nil
}

// triggered is what a trigger did, for output.
type triggered struct {
	Triggered []string                `json:"triggered"`
	Results   []*client.CommandResult `json:"results,omitzero"`
}

func (o *triggerOptions) run(ctx context.Context, name string) error {
	switch {
	case o.wait < 0 || o.systems < 1:
		return usage(errors.New("--wait and --systems must be above zero"))
	case (o.wait > 0) != (o.command != ""):
		return usage(errors.New("--wait and --command go together: a trigger does not say whose results to wait for"))
	}
	vars, err := o.variables()
	if err != nil {
		return err
	}
	try := func(ctx context.Context, c *client.Client) error {
		_, err := c.Commands.Trigger(ctx, name, vars)
		return err
	}
	return o.apply(ctx, try, func(ctx context.Context, c *client.Client) error { return o.trigger(ctx, c, name, vars) })
}

// trigger calls the trigger, and waits for results where that is wanted.
func (o *triggerOptions) trigger(ctx context.Context, c *client.Client, name string, vars map[string]any) (err error) {
	var since time.Time
	if o.wait > 0 {
		if since, err = newest(ctx, c, o.command); err != nil {
			return fmt.Errorf("nothing was started: %w", err)
		}
	}
	did := triggered{}
	if did.Triggered, err = c.Commands.Trigger(ctx, name, vars); err != nil {
		return err
	}
	if o.wait > 0 {
		did.Results, err = o.await(ctx, c, since)
	}
	return errors.Join(o.report(did), err)
}

// newest returns when the newest run that has results was requested. The time is from JumpCloud's clock: what is newer was
// started later, even if the clock of this machine is wrong.
func newest(ctx context.Context, c *client.Client, command string) (time.Time, error) {
	var last time.Time
	for r, err := range c.Commands.Results(ctx, command) {
		if err != nil {
			return last, err
		}
		if r.RequestTime.V.After(last) {
			last = r.RequestTime.V
		}
	}
	return last, nil
}

// await waits for results that are newer than a time, and reads them whole.
func (o *triggerOptions) await(ctx context.Context, c *client.Client, since time.Time) ([]*client.CommandResult, error) {
	if !since.IsZero() {
		since = since.Add(1) // what has the same time is not newer
	}
	late, stop := context.WithCancel(ctx) // no deadline: with one, the client would give up before it
	defer stop()
	defer time.AfterFunc(o.wait, stop).Stop()
	ended, err := c.Commands.Wait(late, client.WaitFor{
		CommandID: o.command, Since: since, Systems: o.systems, Every: min(5*time.Second, o.wait/4),
	})
	if err != nil && late.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("the trigger was called, but only %d of %d systems ended within %v", len(ended), o.systems, o.wait)
	}
	for i, r := range ended {
		whole, failed := c.Commands.GetResult(ctx, cmp.Or(r.ID, r.OtherID))
		if failed != nil {
			return ended, errors.Join(err, failed)
		}
		ended[i] = plainExit(whole)
	}
	return ended, err
}

// report writes what the trigger did.
func (o *triggerOptions) report(did triggered) error {
	if o.form.value == "json" {
		return writeList(newRecords(o.stdout, &o.form, nil, nil, true), did)
	}
	names := newTable(o.stdout, []string{"triggered"})
	for _, name := range did.Triggered {
		if err := names.row([]any{name}); err != nil {
			return err
		}
	}
	if err := names.close(); err != nil || o.wait == 0 {
		return err
	}
	return writeList(newRecords(o.stdout, &o.form, resultColumns, nil, false), did.Results...)
}

var resultColumns = strings.Fields("_id systemId system requestTime responseTime exitCode response.data.output")

// plainExit puts the exit code where results of lists have it; single results have it inside another field.
func plainExit(r *client.CommandResult) *client.CommandResult {
	r.ExitCode = r.Exit()
	return r
}

func resultsCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := readOptions{remote: newRemote(env, stderr), stdout: stdout}
	full := false
	cmd := &cobra.Command{
		Use:   "results ID",
		Short: "List what a command did, on every system and at every run",
		Long: `List what a command did, on every system and at every run that JumpCloud remembers. It only reads. Lists hold the
beginning of the output only; --full reads each result whole, for one request more per result.

` + outputHelp,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) error { return o.results(cmd.Context(), args[0], full) },
	}
	o.flags(cmd)
	o.limit.flag(cmd.Flags(), "results")
	cmd.Flags().BoolVar(&full, "full", false, "with the whole output of the script")
	return cmd
}

func (o *readOptions) results(ctx context.Context, id string, full bool) error {
	if err := errors.Join(o.limit.check(), o.resolve()); err != nil {
		return err
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	list := results(ctx, c, id, full, o.limit.options()...)
	return o.write(ctx, o.stdout, func(w io.Writer) error {
		return writeAll(newRecords(w, &o.form, resultColumns, nil, false), o.limit, list)
	})
}

// results reads what a command did, each result whole where that is wanted.
func results(ctx context.Context, c *client.Client, id string, full bool, options ...client.ListOption) iter.Seq2[*client.CommandResult, error] {
	return func(yield func(*client.CommandResult, error) bool) {
		for r, err := range c.Commands.Results(ctx, id, options...) {
			if err == nil && full {
				r, err = c.Commands.GetResult(ctx, cmp.Or(r.ID, r.OtherID))
			}
			if err == nil {
				r = plainExit(r)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}
