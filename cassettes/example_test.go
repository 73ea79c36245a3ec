package cassettes_test

import (
	"context"
	"fmt"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// A test of your own integration runs without network and without a key.
func ExampleTransport() {
	tape := cassettes.Transport("organizations")
	c, err := client.New(client.APIKey("any"), client.WithTransport(tape))
	if err != nil {
		fmt.Println(err)
		return
	}
	for org, err := range c.Organizations.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(org.DisplayName)
	}
	fmt.Println(len(tape.Unused()), "request not made")
	// Output:
	// Brightwater Instruments
	// 1 request not made
}
