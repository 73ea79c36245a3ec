package jumpgraph_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
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

func ExampleCollect() {
	dir, err := os.MkdirTemp("", "jumpgraph")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "graph")
	manifest, err := jumpgraph.Collect(context.Background(), demo(), jsonl.New(out))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(manifest.Status, manifest.Entities["jumpcloud_user"], "users,", manifest.Relationships["jumpcloud_group_has_user"], "memberships")
	// Output: complete 24 users, 48 memberships
}

// A heartbeat has a clock of its own, since events are as rare as JumpCloud's answers. The last event is its text.
func ExampleWithProgress() {
	beat := func(text string) { fmt.Println(text) } // tell the engine that runs the job
	var last atomic.Pointer[jumpgraph.Event]
	ctx, stop := context.WithCancel(context.Background())
	var clock sync.WaitGroup
	clock.Go(func() {
		ticker := time.NewTicker(10 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if e := last.Load(); e != nil {
					beat(e.String())
				} else {
					beat("nothing was read yet")
				}
			}
		}
	})
	manifest, err := jumpgraph.Collect(ctx, demo(), &printer{done: true}, jumpgraph.WithProgress(func(e jumpgraph.Event) { last.Store(&e) }))
	stop()
	clock.Wait()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(manifest.Status, last.Load().Requests == manifest.Requests)
	// Output: complete true
}

// The organizations are listed once, and each is collected without listing them again. Here one after the other; a limiter
// for each organization lets several workers read as many at once, where JumpCloud counts by organization.
func ExampleWithKnownOrg() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	defer server.Close()
	ctx := context.Background()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL),
		client.WithLimiter(&client.Limiter{MaxRPS: math.Inf(1), PerOrganization: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	for organization, err := range c.Organizations.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		manifest, err := jumpgraph.Collect(ctx, c, &printer{done: true}, jumpgraph.WithKnownOrg(organization))
		if err != nil {
			fmt.Println(err)
			return
		}
		list := manifest.Organizations[0].Collections[0]
		fmt.Println(manifest.Organizations[0].Name, manifest.Status, list.Proof, list.Requests)
	}
	// Output: Brightwater Instruments complete given 0
}

// printer is a sink that prints the first user and forgets the rest.
type printer struct{ done bool }

func (p *printer) Begin(context.Context, jumpgraph.Run) error { return nil }

func (p *printer) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	for _, e := range batch {
		if u, ok := e.(*entities.User); ok && !p.done {
			fmt.Println(u.Name, u.Email, u.State)
			p.done = true
		}
	}
	return nil
}

func (p *printer) Relationships(context.Context, string, []relationships.Relationship) error {
	return nil
}

func (p *printer) Commit(context.Context, *jumpgraph.Manifest) error { return nil }

func (p *printer) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }

// A sink of your own takes typed entities as they come.
func ExampleSink() {
	if _, err := jumpgraph.Collect(context.Background(), demo(), &printer{}); err != nil {
		fmt.Println(err)
	}
	// Output: Ada Albrecht ada.albrecht0@example.com activated
}

func ExamplePlan() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3000, Groups: 20, Applications: 10}))
	defer server.Close()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := jumpgraph.Plan(context.Background(), c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Records["systemusers"], "users,", plan.Records["usergroups"], "groups,", plan.Records["applications"], "applications")
	if plan.Requests > 1000 {
		fmt.Println("this will take", plan.Duration().Round(time.Minute))
	}
	// Output: 3000 users, 20 groups, 10 applications
}

func ExampleCollections() {
	for _, c := range jumpgraph.Collections()[3:5] {
		fmt.Println(c.Name, c.Types, c.Needs)
	}
	// Output:
	// usergroups [jumpcloud_group jumpcloud_account_has_group] []
	// usergroups/members [jumpcloud_group_has_user] [usergroups systemusers]
}

func ExampleCollectionOf() {
	name, ok := jumpgraph.CollectionOf("jumpcloud_user_assigned_application")
	fmt.Println(name, ok)
	// Output: applications/assignments true
}
