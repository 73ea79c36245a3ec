// Command newcomer does with the library what somebody does first who has read the README: it loops over every tape with a
// plain loop, and makes two organizations that differ.
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

func main() {
	if err := errors.Join(loopOverTapes(context.Background()), compareOrganizations(context.Background())); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// loops are the plain loops, by the tape that is about them.
var loops = map[string]func(context.Context, *client.Client) (int, error){
	"applications":  func(ctx context.Context, c *client.Client) (int, error) { return count(c.Applications.All(ctx)) },
	"applemdms":     func(ctx context.Context, c *client.Client) (int, error) { return count(c.AppleMDMs.All(ctx)) },
	"commands":      func(ctx context.Context, c *client.Client) (int, error) { return count(c.Commands.All(ctx)) },
	"demo":          func(ctx context.Context, c *client.Client) (int, error) { return count(c.SystemUsers.All(ctx)) },
	"graph":         func(ctx context.Context, c *client.Client) (int, error) { return count(c.Applications.All(ctx)) },
	"organizations": func(ctx context.Context, c *client.Client) (int, error) { return count(c.Organizations.All(ctx)) },
	"systemgroups":  func(ctx context.Context, c *client.Client) (int, error) { return count(c.SystemGroups.All(ctx)) },
	"systems":       func(ctx context.Context, c *client.Client) (int, error) { return count(c.Systems.All(ctx)) },
	"systemusers":   func(ctx context.Context, c *client.Client) (int, error) { return count(c.SystemUsers.All(ctx)) },
	"usergroups":    func(ctx context.Context, c *client.Client) (int, error) { return count(c.UserGroups.All(ctx)) },
}

func loopOverTapes(ctx context.Context) error {
	for _, name := range cassettes.Names() {
		loop := loops[name]
		if loop == nil {
			return fmt.Errorf("no loop for the tape %s: add one", name)
		}
		c, err := client.New(client.APIKey("any"), client.WithTransport(cassettes.Transport(name)))
		if err != nil {
			return err
		}
		n, err := loop(ctx, c)
		c.Close()
		if err != nil || n == 0 {
			return fmt.Errorf("tape %s: %d records: %w", name, n, err)
		}
		fmt.Printf("tape %s: %d records\n", name, n)
	}
	return nil
}

func count[T any](list iter.Seq2[T, error]) (int, error) {
	n := 0
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// compareOrganizations serves two organizations for one key, and reads the users of both.
func compareOrganizations(ctx context.Context) error {
	size := jumpcloudtest.Size{Users: 20, Groups: 2}
	first, second := jumpcloudtest.Synthetic(1, size), jumpcloudtest.Synthetic(2, size)
	server := jumpcloudtest.NewServer(first, second)
	defer server.Close()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL))
	if err != nil {
		return err
	}
	defer c.Close()
	ids := map[string]string{}
	for _, o := range []*jumpcloudtest.Organization{first, second} {
		for user, err := range c.ForOrg(o.Self.ID()).SystemUsers.All(ctx) {
			if err != nil {
				return err
			}
			if other := ids[user.ID]; other != "" {
				return fmt.Errorf("the organizations %s and %s have a user with the same id %s", other, o.Self.ID(), user.ID)
			}
			ids[user.ID] = o.Self.ID()
		}
	}
	if first.Self["displayName"] == second.Self["displayName"] || len(ids) != 2*size.Users {
		return fmt.Errorf("two organizations cannot be told apart: %v and %v, %d users", first.Self["displayName"], second.Self["displayName"], len(ids))
	}
	fmt.Printf("two organizations: %s\n", strings.Join([]string{fmt.Sprint(first.Self["displayName"]), fmt.Sprint(second.Self["displayName"])}, ", "))
	return nil
}
