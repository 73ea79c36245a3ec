package jumpgraph

import (
	"context"

	"github.com/jumpgraph/jumpgraph/client"
)

// uncounted is how many requests a list takes of which JumpCloud does not say how many records it has.
func uncounted(n, page int) int {
	if n == 0 {
		return 1
	}
	return chained(n, page) + 1
}

func planSettings(context.Context, *client.Client, *RequestPlan) (int, error) { return 1, nil }

func planAdministrators(ctx context.Context, c *client.Client, p *RequestPlan) (int, error) {
	n, err := total(c.Administrators.Page(ctx, client.Limit(1)))
	if err != nil {
		return 0, err
	}
	p.Records[administratorsName] = n
	requests := chained(max(n, 0), 100)
	if c.OrgID() != "" { // the links, of which there are as many at most
		requests += uncounted(max(n, 0), 100)
	}
	return requests, nil
}

// planDirectories reads the directories, since JumpCloud does not count them.
func planDirectories(ctx context.Context, c *client.Client, p *RequestPlan) (int, error) {
	types := map[string]int{}
	p.Records[directoriesName] = 0
	for d, err := range c.Directories.All(ctx, client.OnBadRecord(func(*client.DecodeError) error { return nil })) {
		if err != nil {
			return 0, err
		}
		types[d.Type]++
		p.Records[directoriesName]++
	}
	requests := uncounted(p.Records[directoriesName], 100)
	for _, typ := range []string{string(client.KindActiveDirectory), workday} {
		if n := types[typ]; n > 0 {
			requests += uncounted(n, 100)
		}
	}
	for _, kind := range directoryKinds {
		p.joinable += types[string(kind)]
	}
	return requests, nil
}

func planDirectoryGroups(_ context.Context, _ *client.Client, p *RequestPlan) (int, error) {
	return p.joinable, nil
}

// planDirectoryUsers counts the users as bound to each directory: that is what such a directory is for.
func planDirectoryUsers(_ context.Context, _ *client.Client, p *RequestPlan) (int, error) {
	return p.joinable * max(1, (p.Records[usersName]+99)/100), nil
}
