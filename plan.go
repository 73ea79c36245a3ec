package jumpgraph

import (
	"context"
	"errors"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// RequestPlan says what a collection of the client's organization would cost.
type RequestPlan struct {
	// Records are the totals of the inventory lists, by the name of the collection; -1 where JumpCloud does not say.
	Records map[string]int
	// Requests is how many requests the collection takes at least. How many members a group has, and how many edges an
	// application, is known only when they are read: more than 100 of them cost further requests.
	Requests int
	// RPS is the request rate in force.
	RPS float64
}

// Duration is how long the requests take at the rate in force; 0 when the rate has no limit.
func (p *RequestPlan) Duration() time.Duration {
	return time.Duration(float64(p.Requests) / p.RPS * float64(time.Second))
}

// Plan reads the totals of the inventory lists and says what [Collect] would cost. It costs one request for each
// inventory list, and two more where searches are refused. A list that may not be read counts as empty.
func Plan(ctx context.Context, c *client.Client) (*RequestPlan, error) {
	if c == nil {
		return nil, errNoClient
	}
	p := &RequestPlan{Records: map[string]int{}, Requests: 1, RPS: c.Stats().RPS} // one for the organizations
	for _, s := range steps() {
		if s.total == nil {
			parents := max(p.Records[s.Needs[0]], 0)
			p.Requests += parents*s.PerParent + min(parents, s.Samples)
			continue
		}
		n, err := s.total(ctx, c)
		if errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrNotFound) {
			n, err = 0, nil
		}
		if err != nil {
			return nil, err
		}
		p.Records[s.Name] = n
		p.Requests += chained(max(n, 0), s.PageSize)
	}
	return p, nil
}

// total returns the total of the list that a page is of.
func total[T any](p *client.Page[T], err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return p.Total, nil
}

// chained is how many pages that overlap by one record a list takes.
func chained(n, page int) int { return max(1, (n-1+page-2)/(page-1)) }
