package jupiterone_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// Upload a stored result as an instance of a custom integration. The example is not run: it needs an account.
func ExampleNewUpload() {
	sink := jupiterone.NewUpload(jupiterone.API{
		Key:        os.Getenv("JUPITERONE_API_KEY"),
		Account:    "acme",
		InstanceID: "5d0f6f3c-1111-4222-8333-944445555666",
		Wait:       10 * time.Minute,
		Report:     func(j jupiterone.Job) { fmt.Println(j.ID, j.Status) },
	}, jupiterone.WithTag("AccountName", "Example"), jupiterone.WithEmployees())
	source, err := jsonl.Open("graph")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close() //nolint:errcheck // opened to read
	if err := jumpgraph.Replay(context.Background(), source, sink); err != nil {
		fmt.Println(err)
	}
}
