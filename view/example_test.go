package view_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
	"github.com/jumpgraph/jumpgraph/view"
)

// demo collects the recorded demonstration organization into a database. A real client is made with client.APIKey(key)
// alone.
func demo(dir string) (*sqlite.DB, error) {
	c, err := client.New(client.APIKey("demo"), client.WithTransport(cassettes.Transport("demo")), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	path := filepath.Join(dir, "graph.db")
	if _, err := jumpgraph.Collect(context.Background(), c, sqlite.New(path)); err != nil {
		return nil, err
	}
	return sqlite.Open(path)
}

func ExampleNeighborhood() {
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := demo(dir)
	if err != nil {
		log.Print(err)
		return
	}
	defer db.Close() //nolint:errcheck // opened to read
	g, err := view.Neighborhood(context.Background(), db, "elif.moreau4", view.Options{Depth: 1})
	if err != nil {
		log.Print(err)
		return
	}
	for _, n := range g.Nodes {
		fmt.Println(n.Type, n.Name)
	}
	if err := os.WriteFile(filepath.Join(dir, "picture.svg"), []byte(g.SVG()), 0o600); err != nil {
		log.Print(err)
	}
	// Output:
	// jumpcloud_user elif.moreau4
	// jumpcloud_account Brightwater Instruments
	// jumpcloud_group Engineering 1
	// jumpcloud_group Sales 1
	// jumpcloud_application Bookmark
	// jumpcloud_application Salesforce
	// jumpcloud_application Slack
}
