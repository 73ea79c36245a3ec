package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	jc "github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/jumpcloud"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
)

func credentialsCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "credentials",
		Short: "List and test the credentials",
		Long:  "credentials shows names and sources. No command shows a credential.",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List the names of the credentials, and where each is found", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table := &table{}
			fmt.Fprintln(table, "NAME\tSOURCE\tKIND\tPLACE")
			for i := range s.config.Credentials {
				c := &s.config.Credentials[i]
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Name, plain(c.Source()), kindOf(c), plain(place(c)))
			}
			return table.print(cmd.OutOrStdout())
		},
	}, &cobra.Command{
		Use: "test [NAME...]", Short: "Get each credential, and ask JumpCloud which organizations it sees",
		Long: "test costs one request for each 99 organizations of a credential. It ends with 3 when one is refused or cannot be had.",
		RunE: func(cmd *cobra.Command, args []string) error { return testCredentials(cmd, s.config, args) },
	})
	return cmd
}

func kindOf(c *config.Credential) string {
	if c.ServiceAccount {
		return "service account"
	}
	return "API key"
}

func place(c *config.Credential) string {
	switch {
	case c.URL != "":
		return c.URL
	case c.Region != "":
		return c.Region
	}
	return "us"
}

func testCredentials(cmd *cobra.Command, c *config.Config, names []string) error {
	if len(names) == 0 {
		for i := range c.Credentials {
			names = append(names, c.Credentials[i].Name)
		}
	}
	for _, name := range names {
		if c.Credential(name) == nil {
			return usage(fmt.Errorf("%w: %s", jumpcloud.ErrUnknown, name))
		}
	}
	if len(names) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "the settings have no credential")
	}
	clients := jumpcloud.New(c, nil, meter.New(nil))
	defer clients.Close()
	bad := 0
	for _, name := range names {
		all, err := clients.Organizations(cmd.Context(), name)
		switch {
		case cmd.Context().Err() != nil:
			return context.Cause(cmd.Context())
		case errors.Is(err, jc.ErrUnauthorized):
			fmt.Fprintf(cmd.OutOrStdout(), "%s: JumpCloud refuses it\n", name)
		case err != nil:
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", name, plain(err.Error()))
		default:
			fmt.Fprintf(cmd.OutOrStdout(), "%s: sees %d organizations\n", name, len(all))
			continue
		}
		bad++
	}
	if bad > 0 {
		return exit{fmt.Errorf("%d of %d credentials do not work", bad, len(names)), exitAuth}
	}
	return nil
}
