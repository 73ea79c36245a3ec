package jumpcloudtest_test

import (
	"context"
	"fmt"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// A test of your own integration talks to a fake JumpCloud with as many users as it needs.
func ExampleNewServer() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 120}))
	defer server.Close()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	n := 0
	for _, err := range c.SystemUsers.All(context.Background(), client.Limit(50)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		n++
	}
	fmt.Println(n, "users in", len(server.Requests()), "requests")
	// Output: 120 users in 3 requests
}
