package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// runOptions are the flags of a run, whatever becomes of its result.
type runOptions struct {
	connection

	raw, allOrgs bool
	quiet        bool
	skip, with   []string
}

// flags adds the flags.
func (o *runOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.demo, "demo", false, "read the recorded demonstration organization instead of the network")
	f.BoolVar(&o.raw, "raw", false, "keep what JumpCloud sent in _rawData, without credentials")
	f.StringSliceVar(&o.skip, "skip", nil, "leave out a collection: "+strings.Join(collectionNames(), ", "))
	f.StringSliceVar(&o.with, "with", nil, "read further layers, too: "+strings.Join(layerNames(), ", "))
	f.BoolVar(&o.allOrgs, "all-orgs", false, "collect every organization that the key can see")
	o.connection.flags(f)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no summary, only failures")
}

// layerNames returns the layers beyond the core.
func layerNames() []string {
	return []string{string(jumpgraph.Governance), string(jumpgraph.DirectoryUsers)}
}

// isCore reports that a collection is of the core, which is always read.
func isCore(c jumpgraph.CollectionInfo) bool { return !slices.Contains(layerNames(), string(c.Layer)) }

// collectionNames returns the collections of the core below an organization, in their order in the manifest.
func collectionNames() []string {
	var names []string
	for _, c := range jumpgraph.Collections()[1:] {
		if isCore(c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// layers returns the layers that are read besides the core.
func (o *runOptions) layers() []jumpgraph.Layer {
	var all []jumpgraph.Layer
	for _, name := range o.with {
		all = append(all, jumpgraph.Layer(name))
	}
	return all
}

// readNames returns the collections that are read, those of further layers included.
func (o *runOptions) readNames() []string {
	names := collectionNames()
	for _, c := range jumpgraph.Collections()[1:] {
		chosen := slices.Contains(o.with, string(c.Layer)) || c.Layer == jumpgraph.Governance && slices.Contains(o.with, string(jumpgraph.DirectoryUsers))
		if !isCore(c) && chosen {
			names = append(names, c.Name)
		}
	}
	return names
}

// check refuses flags that contradict each other.
func (o *runOptions) check() error {
	if o.allOrgs && len(o.orgs) > 0 {
		return usage(errors.New("use --org or --all-orgs, not both"))
	}
	for _, name := range o.with {
		if !slices.Contains(layerNames(), name) {
			return usage(fmt.Errorf("--with: no layer %q; there are %s%s", name, strings.Join(layerNames(), ", "), didYouMean(name, layerNames())))
		}
	}
	names := o.readNames()
	for _, name := range o.skip {
		if !slices.Contains(names, name) {
			return usage(fmt.Errorf("--skip: no collection %q; there are %s%s", name, strings.Join(names, ", "), didYouMean(name, names)))
		}
	}
	return nil
}

// open makes the client for a run.
func (o *runOptions) open() (*client.Client, error) {
	options := []client.Option{client.WithMaxWait(maxWait)}
	if len(o.orgs) > 0 { // and not the one of the environment
		options = append(options, client.WithOrgID(""))
	}
	if o.raw {
		options = append(options, client.WithUnknownFields())
	}
	c, err := o.client(options...)
	if errors.Is(err, client.ErrNoCredential) {
		err = fmt.Errorf("%w; --demo needs none", err)
	}
	return c, err
}

// into collects into a sink, with progress and a summary: the organizations that are named, or else those of the flags.
func (o *runOptions) into(ctx context.Context, c *client.Client, sink jumpgraph.Sink, orgs ...string) (*jumpgraph.Manifest, error) {
	p := &progress{out: o.stderr, width: terminalWidth(o.stderr), quiet: o.quiet}
	if o.env("TERM") == "dumb" { // which cannot erase a line
		p.width = 0
	}
	options := []jumpgraph.Option{jumpgraph.Skip(o.skip...), jumpgraph.WithLayers(o.layers()...), jumpgraph.WithProgress(p.event)}
	if o.raw {
		options = append(options, jumpgraph.WithRaw())
	}
	switch {
	case len(orgs) > 0:
		options = append(options, jumpgraph.WithOrgs(orgs...))
	case o.allOrgs:
		options = append(options, jumpgraph.AllOrgs())
	default:
		options = append(options, jumpgraph.WithOrgs(o.orgs...))
	}
	m, err := jumpgraph.Collect(ctx, c, sink, options...)
	p.end()
	if err == nil && !o.quiet {
		summary(o.stderr, m)
	}
	if errors.Is(err, jumpgraph.ErrUsage) && len(orgs)+len(o.orgs) == 0 && !o.allOrgs {
		err = fmt.Errorf("%w; collect some of them with --org ID, or every one with --all-orgs", err)
	}
	if m != nil && nothing(m) && errors.Is(err, client.ErrForbidden) {
		err = fmt.Errorf("%w: %w", errNothing, err)
	}
	return m, err
}

// explained adds to the error of a run where it says why there is no result, unless that could not be written: what stands
// there may be of another run.
func explained(err error, m *jumpgraph.Manifest, why string) error {
	if errors.Is(err, jumpgraph.ErrUsage) || errors.Is(err, errNothing) || m == nil {
		return err
	}
	if said, missing := explanation(why); missing != nil || said.StartedAt.UnixMilli() != m.StartedAt.UnixMilli() {
		return err
	}
	return fmt.Errorf("%w\nNo result was written; %s says why", err, why)
}

// collectOptions are the flags of collect.
type collectOptions struct {
	runOptions

	destination // of the result

	jupiterOne  jupiterOneOptions
	postgres    postgresOptions
	split, plan bool
	strict      bool
}

// maxWait is how long a run may wait for JumpCloud at a time.
const maxWait = 15 * time.Minute

func collectCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := collectOptions{destination: newDestination(formatNames()...)}
	o.env, o.stderr = env, stderr
	cmd := &cobra.Command{
		Use:   "collect [--out PATH]",
		Short: "Read an organization and write its graph",
		Long: `Read an organization and write its graph: with --format jsonl into a directory, as entities.jsonl, relationships.jsonl,
unknown.jsonl (which properties are unknown) and manifest.json; with sqlite into a database, which query, questions and view
read best; with j1 into a directory in the form of JupiterOne's j1-integration, which reads it when it is called
.j1-integration. A PATH that ends in .db or .sqlite is a database. With postgres it goes into a PostgreSQL database, which keeps
many organizations and replaces each of them whole; with --all-orgs each is written by itself.

PATH changes all at once when the run is complete. A run that is not complete leaves it alone and says why in
PATH.partial/manifest.json; for a database, PATH.partial is one with what was read.

With --with governance it also reads who holds the keys: administrators, roles, service accounts, conditional access policies,
IP lists, directories, RADIUS servers, settings of the organization, and SSH keys and MFA factors of users. What the key may not
read of it is named, line by line, and does not stop the run. directory-users also reads who is bound to each directory, which
takes a request for each 100 users.

The key comes from JUMPCLOUD_API_KEY or JC_API_KEY, or a service account's from JUMPCLOUD_CLIENT_ID and
JUMPCLOUD_CLIENT_SECRET. Also read: JUMPCLOUD_ORG_ID (JC_ORG_ID), JUMPCLOUD_REGION, JUMPCLOUD_API_URL,
JUMPCLOUD_MAX_RPS. A flag beats the environment.` + postgresHelp,
		Example: `  jumpgraph collect --demo
  jumpgraph collect --out graph.db
  jumpgraph collect --out graph.db --with governance
  jumpgraph collect --plan`,
		Annotations: ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitIncomplete, exitInterrupted),
		Args:        takes(0, 0),
		RunE:        func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), stdout) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.path, "out", "o", defaultResult, "where the result goes")
	f.VarP(&o.form, "format", "f", "the form of the result")
	f.BoolVar(&o.strict, "strict", false, "end with 6 where a further layer could not be read whole; the result is written all the same")
	f.BoolVar(&o.plan, "plan", false, "read only the totals, and print what a run would cost")
	o.jupiterOne.flags(f, "with --format j1: ")
	o.postgres.flags(f)
	f.BoolVar(&o.split, "split", false, "write one result per organization, into PATH/ID, a database into PATH/ID.db")
	o.runOptions.flags(f)
	return cmd
}

func (o *collectOptions) run(ctx context.Context, stdout io.Writer) error {
	switch {
	case o.plan && o.demo:
		return usage(errors.New("--plan asks JumpCloud; the demonstration costs nothing"))
	case o.plan && len(o.orgs) > 1, o.plan && o.allOrgs:
		return usage(errors.New("--plan is for one organization"))
	case o.strict && len(o.with) == 0:
		return usage(errors.New("--strict is about the layers of --with"))
	}
	if err := cmp.Or(o.resolveResult(), o.check(), o.jupiterOne.only(o.form.value), o.postgres.only(o.form.value)); err != nil {
		return err
	}
	if o.form.value == postgresFormat {
		if o.split {
			return usage(errors.New("--split is for files: a PostgreSQL database keeps organizations apart"))
		}
		if !postgres.Is(o.path) { // nobody named one
			o.path = "postgres://"
		}
		if _, err := postgresAddress(o.path, o.env); err != nil && !o.plan {
			return err
		}
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	if o.plan {
		return o.printPlan(ctx, c, stdout)
	}
	if o.split || o.form.value == postgresFormat && (o.allOrgs || len(o.orgs) > 1) {
		return o.each(ctx, c)
	}
	return o.collect(ctx, c, o.path)
}

// printPlan prints what a run would cost.
func (o *collectOptions) printPlan(ctx context.Context, c *client.Client, stdout io.Writer) error {
	if len(o.orgs) == 1 {
		c = c.ForOrg(o.orgs[0])
	}
	p, err := jumpgraph.Plan(ctx, c, jumpgraph.WithLayers(o.layers()...), jumpgraph.Skip(o.skip...))
	if err != nil {
		return err
	}
	for _, name := range o.readNames() {
		if n, ok := p.Records[name]; ok {
			fmt.Fprintf(stdout, "%s: %d\n", name, n)
		}
	}
	fmt.Fprintf(stdout, "at least %d requests, %s at %g a second\n", p.Requests, p.Duration().Round(time.Second), p.RPS)
	return nil
}

// each writes one result per organization. A failure of one does not stop the others.
func (o *collectOptions) each(ctx context.Context, c *client.Client) error {
	ids, err := o.chosen(ctx, c)
	if err != nil {
		return err
	}
	var errs []error
	read := false // something of some organization
	for _, id := range ids {
		if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
			errs = append(errs, usage(fmt.Errorf("%q is not the id of an organization", id)))
			continue
		}
		err := o.collect(ctx, c.ForOrg(c.OrgID()), o.placeOf(id), id)
		if err != nil {
			errs = append(errs, fmt.Errorf("organization %s: %w", id, err))
		}
		if ctx.Err() != nil || errors.Is(err, client.ErrUnauthorized) {
			break
		}
		read = read || !errors.Is(err, errNothing)
	}
	err = errors.Join(errs...)
	if read && errors.Is(err, errNothing) {
		return fmt.Errorf("%w: %w", errSome, err)
	}
	return err
}

// placeOf returns where the result of an organization goes.
func (o *collectOptions) placeOf(id string) string {
	if o.form.value == postgresFormat {
		return o.path // which keeps them apart
	}
	return filepath.Join(o.path, id+formatNamed(o.form.value).suffix)
}

// sink returns the sink for a place.
func (o *collectOptions) sink(form *format, path string, options []jupiterone.Option) jumpgraph.Sink {
	if form.name == postgresFormat {
		return &postgresSink{address: path, env: o.env, options: o.postgres}
	}
	return form.sink(path, options...)
}

// chosen returns the ids of the organizations that the flags mean.
func (o *collectOptions) chosen(ctx context.Context, c *client.Client) ([]string, error) {
	if len(o.orgs) > 0 {
		return o.orgs, nil
	}
	if id := c.OrgID(); id != "" && !o.allOrgs {
		return []string{id}, nil
	}
	var ids []string
	for org, err := range c.Organizations.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list the organizations: %w", err)
		}
		ids = append(ids, cmp.Or(org.ID, org.OtherID))
	}
	if len(ids) > 1 && !o.allOrgs {
		return nil, usage(fmt.Errorf("the key can see %d organizations: add --all-orgs, or choose with --org", len(ids)))
	}
	return ids, nil
}

// collect writes one result.
func (o *collectOptions) collect(ctx context.Context, c *client.Client, path string, orgs ...string) error {
	form := formatNamed(o.form.value)
	options, err := o.jupiterOne.options()
	if err != nil {
		return err
	}
	m, err := o.into(ctx, c, o.sink(form, path, options), orgs...)
	if m == nil {
		return err
	}
	if err == nil {
		if !o.quiet {
			fmt.Fprintf(o.stderr, "Complete: %s\n", path)
			tryNext(o.stderr, form, path)
		}
		return o.strictly(m)
	}
	if form.name == postgresFormat && errors.Is(err, jumpgraph.ErrIncomplete) {
		return fmt.Errorf("%w\nThe rows of the last complete run stay; the table organization says why", err)
	}
	return explained(err, m, form.why(path))
}

// errStrict says that a further layer could not be read whole, and that this counts.
var errStrict = errors.New("a layer could not be read whole, and --strict was given")

// strictly is the error of a complete run with --strict in which a further layer has gaps.
func (o *collectOptions) strictly(m *jumpgraph.Manifest) error {
	if !o.strict {
		return nil
	}
	var gaps []string
	for _, org := range m.Organizations {
		for _, col := range org.Collections {
			if col.Status != jumpgraph.Complete && col.Status != jumpgraph.Skipped && !slices.Contains(collectionNames(), col.Name) && col.Name != jumpgraph.Collections()[0].Name {
				gaps = append(gaps, fmt.Sprintf("%s is %s", col.Name, col.Status))
			}
		}
	}
	if len(gaps) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errStrict, strings.Join(gaps, ", "))
}

// nothing reports that no collection below the organizations could be read.
func nothing(m *jumpgraph.Manifest) bool {
	for _, org := range m.Organizations {
		for _, col := range org.Collections {
			if !slices.Contains(collectionNames(), col.Name) {
				continue
			}
			if col.Status != jumpgraph.Forbidden && col.Status != jumpgraph.Skipped {
				return false
			}
		}
	}
	return true
}

// summary prints what was written and what it cost.
func summary(w io.Writer, m *jumpgraph.Manifest) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(typ string, n int64) {
		if m.Asked(typ) {
			fmt.Fprintf(t, "%s\t%d\n", typ, n)
		}
	}
	for _, typ := range schemas.EntityTypes() {
		row(typ, m.Entities[typ])
	}
	for _, typ := range schemas.RelationshipTypes() {
		row(typ, m.Relationships[typ])
	}
	_ = t.Flush()
	fmt.Fprintf(w, "%d requests (%d repeated) in %s\n", m.Requests, m.Retries,
		m.FinishedAt.Sub(m.StartedAt.Time).Round(time.Millisecond))
	for _, org := range m.Organizations {
		about := ""
		if len(m.Organizations) > 1 {
			about = "organization " + clean(org.ID) + ": "
		}
		doubts(w, org, about)
	}
}

// doubts prints what an organization's part of a graph does not hold, and what is unknown in it. Where there are several
// organizations, about names this one.
func doubts(w io.Writer, org *jumpgraph.Organization, about string) {
	var assumed, odd []string
	for _, col := range org.Collections {
		if col.Status != jumpgraph.Complete {
			say(w, fmt.Sprintf("organization %s: %s: %s: %s", clean(org.ID), clean(col.Name), col.Status, clean(col.Reason)))
		}
		for path, n := range col.Odd {
			odd = append(odd, fmt.Sprintf("%s %s (%d)", col.Name, clean(path), n.Count))
		}
		for name, n := range col.Assumed {
			assumed = append(assumed, fmt.Sprintf("%s %s (%d)", col.Name, name, n))
		}
	}
	if slices.Sort(odd); len(odd) > 0 {
		say(w, about+"Values of an odd form, unknown where that leaves a doubt: "+strings.Join(odd, ", "))
	}
	if slices.Sort(assumed); len(assumed) > 0 {
		say(w, about+"Assumed false because JumpCloud did not say: "+strings.Join(assumed, ", "))
	}
}
