package client_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// replay returns a client of recorded answers. A real one is made with client.New(client.APIKey(key)).
func replay(tape string) *client.Client {
	c, err := client.New(client.APIKey("any"), client.WithTransport(cassettes.Transport(tape)))
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleNew() {
	c, err := client.New(client.APIKey("jca_0123456789"), client.WithRegion(client.EU))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(c.ConsoleURL())
	// Output: https://console.eu.jumpcloud.com
}

func ExampleSystemUsersService_All() {
	c := replay("systemusers")
	locked := 0
	for user, err := range c.SystemUsers.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if user.AccountLocked.V {
			locked++
		}
	}
	fmt.Println(locked, "accounts are locked")
	// Output: 4 accounts are locked
}

func ExampleUserGroupsService_Members() {
	c := replay("usergroups")
	ctx := context.Background()
	for group, err := range c.UserGroups.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		members := 0
		for _, err := range c.UserGroups.Members(ctx, group.ID) {
			if err != nil {
				fmt.Println(err)
				return
			}
			members++
		}
		fmt.Println(group.Name, members)
		break
	}
	// Output: Engineering 1 8
}

func ExampleAPIError() {
	c := replay("systems")
	_, err := c.Systems.Get(context.Background(), "..")
	if apiErr, ok := errors.AsType[*client.APIError](err); ok {
		fmt.Println("JumpCloud refused:", apiErr.Status)
	} else {
		fmt.Println("not sent:", err)
	}
	// Output: not sent: client: invalid: an id must not be empty, a dot or two dots ({id} of GET /api/systems/{id})
}
