package jumpcloudtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
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

// connect returns a client of a fake JumpCloud that waits for a millisecond at most, so that tests are quick.
func connect(server *jumpcloudtest.Server, options ...client.Option) *client.Client {
	options = append(options, client.WithBaseURL(server.URL), client.WithMaxRPS(math.Inf(1)), client.WithMaxWait(time.Millisecond))
	c, err := client.New(client.APIKey(server.Key), options...)
	if err != nil {
		panic(err)
	}
	return c
}

// count returns how many records a list has, and the error that ended it.
func count[T any](list iter.Seq2[*T, error]) (n int, last error) {
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// One server holds many organizations for one key, as JumpCloud does for providers. Organizations of different seeds have
// no id in common.
func ExampleNewServer_organizations() {
	first := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3})
	second := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	server := jumpcloudtest.NewServer(first, second)
	defer server.Close()
	ctx := context.Background()
	c := connect(server, client.WithOrgID(first.Self.ID()))
	defer c.Close()
	for _, o := range []*client.Client{c, c.ForOrg(second.Self.ID())} {
		org, err := o.Organizations.Get(ctx, o.OrgID())
		if err != nil {
			fmt.Println(err)
			return
		}
		for user, err := range o.SystemUsers.All(ctx) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(org.DisplayName, user.Email)
			break
		}
		n, err := count(o.SystemUsers.All(ctx))
		fmt.Println(n, "users", err)
	}
	// Output:
	// Organization 1 ada.albrecht0@org1.example.com
	// 3 users <nil>
	// Organization 2 ada.albrecht0@org2.example.com
	// 5 users <nil>
}

// The client sends a request again after 429, and gives up when it would have to wait longer than it may.
func ExampleRateLimited() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3}))
	defer server.Close()
	c := connect(server)
	defer c.Close()

	once := jumpcloudtest.RateLimited(0)
	once.Path, once.Times = "/search/systemusers", 1
	server.Inject(once)
	n, err := count(c.SystemUsers.All(context.Background()))
	fmt.Println(n, "users", err, len(server.Requests()), "requests")

	server.Inject(jumpcloudtest.RateLimited(3600))
	_, err = count(c.SystemUsers.All(context.Background()))
	fmt.Println(errors.Is(err, client.ErrRateLimited))
	// Output:
	// 3 users <nil> 2 requests
	// true
}

// A key that is refused in one organization still reads the others.
func ExampleUnauthorized() {
	first := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3})
	second := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	server := jumpcloudtest.NewServer(first, second)
	defer server.Close()
	server.Inject(jumpcloudtest.Unauthorized(second.Self.ID()))
	c := connect(server)
	defer c.Close()
	n, err := count(c.ForOrg(first.Self.ID()).SystemUsers.All(context.Background()))
	fmt.Println(n, "users", err)
	_, err = count(c.ForOrg(second.Self.ID()).SystemUsers.All(context.Background()))
	fmt.Println(errors.Is(err, client.ErrUnauthorized))
	// Output:
	// 3 users <nil>
	// true
}

// The client reads again what broke off.
func ExampleCutBody() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Systems: 4}))
	defer server.Close()
	fault := jumpcloudtest.CutBody()
	fault.Times = 2
	server.Inject(fault)
	c := connect(server)
	defer c.Close()
	n, err := count(c.Systems.All(context.Background()))
	fmt.Println(n, "systems", err, c.Stats().Retries, "retries")
	// Output: 4 systems <nil> 2 retries
}

// An empty body is no list without records when the header counts some.
func ExampleEmptyBody() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Groups: 4}))
	defer server.Close()
	server.Inject(jumpcloudtest.EmptyBody())
	c := connect(server)
	defer c.Close()
	n, err := count(c.UserGroups.All(context.Background()))
	fmt.Println(n, "groups:", err)
	// Output: 0 groups: client: GET /api/v2/usergroups: unexpected answer: an empty body where JSON belongs
}

// A list that has fewer records than its total is not taken for whole.
func ExampleEmptyPage() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Groups: 4}))
	defer server.Close()
	fault := jumpcloudtest.EmptyPage()
	fault.Path = "/usergroups"
	server.Inject(fault)
	c := connect(server)
	defer c.Close()
	n, err := count(c.UserGroups.All(context.Background()))
	fmt.Println(n, "groups:", err)
	// Output: 0 groups: client: GET /api/v2/usergroups: incomplete list: expected 4 records, received 0; read it again when fewer changes are made
}

// The pages of the client overlap, so that it finds the record that slipped from one page to the page before.
func ExampleRowRemoved() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 25}))
	defer server.Close()
	server.Inject(jumpcloudtest.RowRemoved())
	c := connect(server)
	defer c.Close()
	var report client.ListReport
	n, err := count(c.SystemUsers.All(context.Background(), client.Limit(10), client.ReportTo(&report)))
	fmt.Println(n, "users", err, report.Expected, "at the end")
	// Output: 25 users <nil> 24 at the end
}

// A client that reads pages by hand gets the last record of the first page again.
func ExampleRowInserted() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 6}))
	defer server.Close()
	server.Inject(jumpcloudtest.RowInserted())
	c := connect(server)
	defer c.Close()
	for _, skip := range []int{0, 3, 0} {
		page, err := c.SystemUsers.Page(context.Background(), client.Skip(skip), client.Limit(3))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(page.Total, " users:")
		for _, user := range page.Items {
			fmt.Print(" ", user.ID[18:])
		}
		fmt.Println()
	}
	// Output:
	// 6 users: 000002 000003 000004
	// 7 users: 000004 000005 000006
	// 7 users: fffffe 000002 000003
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) Begin(context.Context, jumpgraph.Run) error { return nil }

func (discard) Entities(context.Context, string, []entities.Entity) error { return nil }

func (discard) Relationships(context.Context, string, []relationships.Relationship) error { return nil }

func (discard) Commit(context.Context, *jumpgraph.Manifest) error { return nil }

func (discard) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }

// The manifest of a run counts odd values by collection and field.
func ExampleOddValue() {
	server := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 5, Systems: 3}))
	defer server.Close()
	third := jumpcloudtest.OddValue("networkInterfaces[].address", []int{})
	third.Path, third.Record = "/systems", 3
	everyone := jumpcloudtest.OddValue("mfa.configured", "maybe")
	everyone.Path = "/systemusers"
	server.Inject(third, everyone)
	c := connect(server)
	defer c.Close()
	manifest, err := jumpgraph.Collect(context.Background(), c, discard{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, collection := range manifest.Organizations[0].Collections {
		for field, odd := range collection.Odd {
			fmt.Println(collection.Name, field, odd.Count)
		}
	}
	// Output:
	// systemusers mfa.configured 5
	// systems networkInterfaces[].address 1
}
