package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// uploadOptions are the flags of upload.
type uploadOptions struct {
	jupiterOneOptions
	selection

	account, instance, scope string
	region, apiURL           string
	wait                     time.Duration
	quiet                    bool
}

// errNoJupiterOneKey says that the key is missing.
var errNoJupiterOneKey = errors.New("no key for JupiterOne: set JUPITERONE_API_KEY")

func uploadCommand(env environment, stderr io.Writer) *cobra.Command {
	o := uploadOptions{selection: selection{env: env}}
	c := &cobra.Command{
		Use:   "upload [PATH] --account ACCOUNT (--instance ID | --scope TEXT)",
		Short: "Upload a stored graph to JupiterOne",
		Long: `Upload a stored graph to JupiterOne, through its synchronization API. PATH, which is graph unless you name another,
is a directory of JSON Lines or a database.

What an earlier upload into the same instance or scope had and this one has not is deleted there, except for types that were
left out or not read to the end. Give each set of organizations an instance or a scope of its own.

The key comes from JUPITERONE_API_KEY. Also read: JUPITERONE_ACCOUNT. A flag beats the environment.`,
		Annotations: ends(exitOK, exitError, exitUsage, exitAuth, exitPermission, exitRateLimit, exitInterrupted),
		Args:        takes(0, 1),
		RunE:        func(c *cobra.Command, args []string) error { return o.run(c.Context(), env, resultPath(args), stderr) },
	}
	f := c.Flags()
	f.StringVar(&o.account, "account", "", "id of the JupiterOne account")
	f.StringVar(&o.instance, "instance", "", "id of a custom integration's instance")
	f.StringVar(&o.scope, "scope", "", "name of an upload without an integration; keep it from one upload to the next")
	f.StringVar(&o.region, "region", "", "region of the account (default us)")
	f.StringVar(&o.apiURL, "api-url", "", "another host than a region's")
	f.DurationVar(&o.wait, "wait", 0, "wait so long until JupiterOne has taken the upload over into its graph")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no summary")
	o.jupiterOneOptions.flags(f, "")
	o.selection.flags(f)
	return c
}

func (o *uploadOptions) run(ctx context.Context, env environment, path string, stderr io.Writer) error {
	key, wrongKey := client.Setting("JUPITERONE_API_KEY", env("JUPITERONE_API_KEY"))
	account, wrongAccount := client.Setting("JUPITERONE_ACCOUNT", env("JUPITERONE_ACCOUNT"))
	if err := errors.Join(wrongKey, wrongAccount); err != nil {
		return usage(err)
	}
	api := jupiterone.API{
		Key: key, Account: cmp.Or(o.account, account), URL: o.apiURL,
		InstanceID: o.instance, Scope: o.scope, Wait: o.wait,
		Logger: plainLogger(stderr),
	}
	switch {
	case api.Key == "":
		return errNoJupiterOneKey
	case api.Account == "":
		return usage(errors.New("--account ACCOUNT or JUPITERONE_ACCOUNT is required"))
	case (o.instance == "") == (o.scope == ""):
		return usage(errors.New("use --instance ID or --scope TEXT"))
	case o.region != "" && o.apiURL != "":
		return usage(errors.New("use --region or --api-url, not both"))
	case o.wait < 0:
		return usage(errors.New("--wait must not be negative"))
	}
	if o.region != "" {
		api.URL = jupiterone.Region(o.region)
	}
	var job jupiterone.Job
	api.Report = func(j jupiterone.Job) { job = j }
	options, err := o.options()
	if err != nil {
		return err
	}
	if err := o.replay(ctx, path, jupiterone.NewUpload(api, options...)); err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintf(stderr, "Accepted: job %s", cell(job.ID))
		if job.Status == "FINISHED" {
			fmt.Fprintf(stderr, ", finished: entities %d created, %d updated, %d deleted; relationships %d created, %d updated, %d deleted",
				job.EntitiesCreated, job.EntitiesUpdated, job.EntitiesDeleted, job.RelationshipsCreated, job.RelationshipsUpdated, job.RelationshipsDeleted)
		}
		fmt.Fprintln(stderr)
	}
	return nil
}
