package sqlite_test

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

func ExampleDB_Query() {
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
	_, err = db.Query(context.Background(), "SELECT osType, count(*) FROM jumpcloud_device WHERE encrypted GROUP BY osType HAVING count(*) > :n ORDER BY 1",
		map[string]any{"n": int64(1)}, func(row []any) error {
			fmt.Println(row...)
			return nil
		})
	if err != nil {
		log.Print(err)
	}
	// Output:
	// android 2
	// windows 2
}
