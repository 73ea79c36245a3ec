package diff_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// collect collects an organization into a sink.
func collect(server *jumpcloudtest.Server, sink jumpgraph.Sink) error {
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = jumpgraph.Collect(context.Background(), c, sink)
	return err
}

// The two results may have different forms.
func ExampleBetween() {
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	defer server.Close()
	before, after := filepath.Join(dir, "graph"), filepath.Join(dir, "graph.db")
	if err := collect(server, jsonl.New(before)); err != nil {
		fmt.Println(err)
		return
	}
	server.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].SystemUsers[1]["sudo"] = true })
	if err := collect(server, sqlite.New(after)); err != nil {
		fmt.Println(err)
		return
	}
	older, err := jsonl.Open(before)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer older.Close() //nolint:errcheck // opened to read
	newer, err := sqlite.Open(after)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer newer.Close() //nolint:errcheck // opened to read
	_, err = diff.Between(context.Background(), older, newer, func(c diff.Change) error {
		for _, p := range c.Properties {
			fmt.Printf("%s %s: %s was %s, is %s\n", c.Kind, c.Type, p.Name, p.Old, p.New)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: changed jumpcloud_user: sudo was false, is true
}
