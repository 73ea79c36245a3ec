package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/client"
)

// remote is what all commands share that send requests to JumpCloud about one organization.
type remote struct {
	connection
	destination
}

func newRemote(env environment, stderr io.Writer) remote {
	return remote{connection: connection{env: env, stderr: stderr}, destination: newDestination("table", "json")}
}

// flags adds the shared flags.
func (r *remote) flags(cmd *cobra.Command) {
	r.connection.flags(cmd.Flags())
	cmd.Flags().VarP(&r.form, "format", "f", "the form of the output")
}

// open makes the client. It makes no request.
func (r *remote) open() (*client.Client, error) {
	switch len(r.orgs) {
	case 0:
		return r.client()
	case 1:
		return r.client(client.WithOrgID(r.orgs[0]))
	default:
		return nil, usage(errors.New("--org: this command is about one organization"))
	}
}

// resource is a kind of record that can be read.
type resource struct {
	name    string
	columns []string // of its table; the first one is the id
	fields  []string // all that can be shown
	list    func(context.Context, *client.Client, ...client.ListOption) iter.Seq2[any, error]
	get     func(context.Context, *client.Client, string) (any, error)
}

// service is what every resource of the client can do.
type service[T any] interface {
	All(context.Context, ...client.ListOption) iter.Seq2[*T, error]
}

// single is a service that reads single records, too.
type single[T any] interface {
	Get(context.Context, string) (*T, error)
}

func newResource[T any](name, columns string, of func(*client.Client) service[T]) resource {
	return resource{
		name: name, columns: strings.Fields(columns), fields: fieldsOf(reflect.TypeFor[T]()),
		list: func(ctx context.Context, c *client.Client, options ...client.ListOption) iter.Seq2[any, error] {
			return func(yield func(any, error) bool) {
				for v, err := range of(c).All(ctx, options...) {
					if !yield(v, err) {
						return
					}
				}
			}
		},
		get: func(ctx context.Context, c *client.Client, id string) (any, error) {
			s, ok := of(c).(single[T])
			if !ok {
				return nil, usage(fmt.Errorf("JumpCloud cannot read one of the %s, only list them", name))
			}
			return s.Get(ctx, id)
		},
	}
}

// fieldsOf returns the JSON names of a record, without those that may hold a credential: they are never shown, so they
// are not asked for either.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || f.Type == reflect.TypeFor[client.Secret]() || f.Type == reflect.TypeFor[client.ApplicationConfig]() {
			continue
		}
		names = append(names, name)
	}
	return names
}

// resources are the kinds of records, in the order of the help.
var resources = []resource{
	newResource("systemusers", "_id username email state mfa.configured",
		func(c *client.Client) service[client.SystemUser] { return c.SystemUsers }),
	newResource("systems", "_id displayName hostname osFamily version fde.active lastContact",
		func(c *client.Client) service[client.System] { return c.Systems }),
	newResource("applications", "_id displayLabel name sso.type active",
		func(c *client.Client) service[client.Application] { return c.Applications }),
	newResource("organizations", "_id displayName created",
		func(c *client.Client) service[client.Organization] { return c.Organizations }),
	newResource("usergroups", "id name membershipMethod description",
		func(c *client.Client) service[client.UserGroup] { return c.UserGroups }),
	newResource("systemgroups", "id name membershipMethod description",
		func(c *client.Client) service[client.SystemGroup] { return c.SystemGroups }),
	newResource("commands", "_id name commandType launchType trigger",
		func(c *client.Client) service[client.Command] { return c.Commands }),
	newResource("applemdms", "id name depServerTokenState apnsCertExpiry",
		func(c *client.Client) service[client.AppleMDM] { return c.AppleMDMs }),
}

// resourceNames are the names for the command line.
func resourceNames() []string {
	names := make([]string, len(resources))
	for i, r := range resources {
		names[i] = r.name
	}
	return names
}

// resourceNamed finds a resource.
func resourceNamed(name string) (*resource, error) {
	i := slices.IndexFunc(resources, func(r resource) bool { return r.name == name })
	if i < 0 {
		return nil, usage(fmt.Errorf("no resource %q; there are %s%s", name, strings.Join(resourceNames(), ", "), didYouMean(name, resourceNames())))
	}
	return &resources[i], nil
}

// readOptions are the flags of commands that read.
type readOptions struct {
	remote

	stdout  io.Writer
	limit   limit
	filters []string
	fields  []string
}

// flags adds the flags of all commands that read.
func (o *readOptions) flags(cmd *cobra.Command) {
	o.remote.flags(cmd)
	o.outFlag(cmd.Flags(), "the output")
}

// listFlags adds the flags that only lists take.
func (o *readOptions) listFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.limit.flag(f, "records")
	f.StringArrayVar(&o.filters, "filter", nil,
		"leave out what does not match, such as username:$eq:ada, or name:eq:Sales for groups; may be repeated")
	o.fieldsFlag(cmd)
}

func (o *readOptions) fieldsFlag(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&o.fields, "fields", nil, "show these fields only, with commas between")
}

func getCommand(env environment, stdout, stderr io.Writer) *cobra.Command {
	o := readOptions{remote: newRemote(env, stderr), stdout: stdout}
	cmd := &cobra.Command{
		Use:   "get RESOURCE [ID]",
		Short: "Read records of JumpCloud, or one of them",
		Long: `Read all records of a resource, or the one with an id. It only reads; the role Read Only is enough.

Resources: ` + strings.Join(resourceNames(), ", ") + `.
There is no single form of applemdms.

` + outputHelp + `
A list that ends with an error may be cut short: look at the exit code.`,
		Annotations: ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitInterrupted),
		Args:        takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return o.list(cmd.Context(), args[0])
			}
			return o.get(cmd.Context(), args[0], args[1])
		},
	}
	o.flags(cmd)
	o.listFlags(cmd)
	return cmd
}

// list writes the records of a resource.
func (o *readOptions) list(ctx context.Context, name string) error {
	r, err := resourceNamed(name)
	if err != nil {
		return err
	}
	options, err := o.listOptions(r)
	if err != nil {
		return err
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	return o.write(ctx, o.stdout, func(w io.Writer) error {
		return writeAll(newRecords(w, &o.form, r.columns, o.fields, false), o.limit, r.list(ctx, c, options...))
	})
}

// listOptions says how the client is to read the list.
func (o *readOptions) listOptions(r *resource) ([]client.ListOption, error) {
	if err := o.check(r); err != nil {
		return nil, err
	}
	options := o.limit.options()
	if len(o.fields) > 0 {
		options = append(options, client.Fields(o.fields...), client.Fields(r.columns[0])) // the client needs the ids to read a list page by page
	}
	for _, f := range o.filters {
		options = append(options, client.Filter(f))
	}
	return options, nil
}

// check refuses values of flags that make no sense.
func (o *readOptions) check(r *resource) error {
	if err := errors.Join(o.limit.check(), o.resolve()); err != nil {
		return err
	}
	for _, f := range o.fields {
		if !slices.Contains(r.fields, f) {
			return usage(fmt.Errorf("%s have no field %q; there are %s%s", r.name, f, strings.Join(r.fields, ", "), didYouMean(f, r.fields)))
		}
	}
	return nil
}

// get writes one record of a resource.
func (o *readOptions) get(ctx context.Context, name, id string) error {
	r, err := resourceNamed(name)
	if err != nil {
		return err
	}
	if id == "" {
		return usage(errors.New("the id is empty")) // empty does not mean all
	}
	if o.limit != 0 || len(o.filters) > 0 {
		return usage(errors.New("--limit and --filter are for lists, not for a single record"))
	}
	if err := o.check(r); err != nil {
		return err
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	v, err := r.get(ctx, c, id)
	if err != nil {
		return err
	}
	return o.write(ctx, o.stdout, func(w io.Writer) error {
		return writeList(newRecords(w, &o.form, r.columns, o.fields, true), v)
	})
}
