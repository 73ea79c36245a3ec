package jsonl_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// demo returns a client of the recorded demonstration organization. A real one is made with client.APIKey(key) alone.
func demo() *client.Client {
	c, err := client.New(client.APIKey("demo"), client.WithTransport(cassettes.Transport("demo")), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleNew() {
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "graph")
	if _, err := jumpgraph.Collect(context.Background(), demo(), jsonl.New(out), jumpgraph.Skip("systems")); err != nil {
		fmt.Println(err)
		return
	}
	files, err := os.ReadDir(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// entities.jsonl
	// manifest.json
	// relationships.jsonl
	// unknown.jsonl
}

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "graph")
	if _, err := jumpgraph.Collect(context.Background(), demo(), jsonl.New(out)); err != nil {
		fmt.Println(err)
		return
	}
	result, err := jsonl.Open(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer result.Close() //nolint:errcheck // opened to read
	for _, c := range result.Manifest().Organizations[0].Collections[:3] {
		fmt.Println(c.Name, c.Status, c.Received, "of", *c.Expected)
	}
	// Output:
	// organizations complete 1 of 1
	// systemusers complete 24 of 24
	// systems complete 14 of 14
}

func ExampleValidate() {
	file := filepath.Join(os.TempDir(), "jumpgraph-example.jsonl")
	line := `{"_key":"5f00000000000000000000cc","_type":"jumpcloud_group","_class":["Group"],"name":"Staff"}`
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.Remove(file) }()
	_, err := jsonl.Validate(file, func(p jsonl.Problem) { fmt.Println(p.Line, p.Property, p.Rule) })
	if err != nil {
		fmt.Println(err)
	}
	// Output: 1 displayName required
}
