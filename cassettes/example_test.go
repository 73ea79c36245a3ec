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

// A plain loop works whatever the page size of the recording, with a list of fields or without one.
func ExampleTransport_fields() {
	c, err := client.New(client.APIKey("any"), client.WithTransport(cassettes.Transport("systemusers")))
	if err != nil {
		fmt.Println(err)
		return
	}
	sudo := 0
	for user, err := range c.SystemUsers.All(context.Background(), client.Fields("username", "sudo")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if user.Sudo.V {
			sudo++
		}
	}
	fmt.Println(sudo, "users may use sudo everywhere")
	// Output: 6 users may use sudo everywhere
}

// What a test can ask for is on the tape.
func ExampleContents() {
	contents, err := cassettes.Contents("systems")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range contents {
		fmt.Println(c.Method, c.Path, "answers:", c.Answers, "records:", c.Records, "page:", c.PageSize)
	}
	// Output:
	// POST /api/search/systems answers: 2 records: 14 page: 10
	// GET /api/systems/{id} answers: 2 records: 2 page: 0
}
