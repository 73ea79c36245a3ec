package watch_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/watch"
)

// A program that watches a fake JumpCloud in which a user gets sudo between two runs.
func ExampleRun() {
	org := jumpcloudtest.Demo()
	server := jumpcloudtest.NewServer(org)
	defer server.Close()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close()
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	options := watch.Options{
		Cycles: 1, // Every would be an hour, and Cycles zero
		Collect: func(ctx context.Context, sink jumpgraph.Sink) (*jumpgraph.Manifest, error) {
			return jumpgraph.Collect(ctx, c, sink)
		},
		Filter: watch.Filter{Types: []string{"jumpcloud_user"}},
		Receive: func(_ context.Context, events watch.Events) error {
			return events(func(e *watch.Event) error {
				for _, p := range e.Properties {
					fmt.Printf("%s %s: %s -> %s\n", e.Kind, p.Name, p.Old, p.New)
				}
				return nil // taken: it does not come again
			})
		},
	}
	for range 2 {
		if err := watch.Run(context.Background(), dir, options); err != nil {
			log.Print(err)
			return
		}
		server.Change(func([]*jumpcloudtest.Organization) { org.SystemUsers[1]["sudo"] = true })
	}
	// Output:
	// changed sudo: false -> true
}
