package evidence_test

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
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
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

func ExampleAsk() {
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
	question, err := questions.Parse("contractors-with-sudo.sql", []byte(`-- title: Contractors with sudo
-- description: Contractors who are administrators on all systems bound to them.
-- rows: bad
SELECT _key AS key, username, CASE WHEN sudo IS NULL THEN 'JumpCloud does not say whether the user has sudo' END AS unknown
FROM jumpcloud_user
WHERE employeeType = 'contractor' AND sudo IS DISTINCT FROM 0
ORDER BY username`))
	if err != nil {
		log.Print(err)
		return
	}
	report, err := evidence.Ask(context.Background(), db, []*questions.Question{question}, nil)
	if err != nil {
		log.Print(err)
		return
	}
	for _, a := range report.Answers {
		fmt.Println(a.Status, len(a.Rows), a.Sources[0].Endpoint, a.Sources[0].Proof)
	}
	// Output:
	// fail 2 POST /api/search/systemusers chained
}
