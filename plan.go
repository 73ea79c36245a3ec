package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
	// OneList says that JumpCloud answers one list of users and groups for an application as it does two, which saves nearly
	// half of the requests for assignments.
	OneList  bool
	joinable int // directories to which users and groups can be bound

	// RPS is the request rate in force.
	RPS float64
}

// Duration is how long the requests take at the rate in force; 0 when the rate has no limit, or is not known.
func (p *RequestPlan) Duration() time.Duration {
	if p.RPS <= 0 {
		return 0
	}
	return time.Duration(float64(p.Requests) / p.RPS * float64(time.Second))
}

// Plan reads the totals of the inventory lists and says what [Collect] would cost. It costs one request for each
// inventory list, two more where searches are refused, and up to ten to find out whether one list of users and groups for an
// application is as good as two. A list that may not be read counts as empty. The plan holds one request for the
// organizations, which a run with [WithKnownOrg] does not send, and which is more than one where there are more than 100.
//
// Of the options only [WithLayers] and [Skip] change it.
func Plan(ctx context.Context, c *client.Client, options ...Option) (*RequestPlan, error) {
	if c == nil {
		return nil, errNoClient
	}
	set := settings{progress: func(Event) {}}
	for _, o := range options {
		if o != nil {
			o(&set)
		}
	}
	if err := set.checkNames(); err != nil {
		return nil, err
	}
	p := &RequestPlan{Records: map[string]int{}, Requests: 1, RPS: c.Stats().RPS} // one for the organizations
	for _, s := range set.planned() {
		if s.plan != nil {
			requests, err := s.plan(ctx, c, p)
			if err != nil && !notReadable(err) {
				return nil, err
			}
			if err != nil {
				requests = 1 // which is refused
			}
			p.Requests += requests
			continue
		}
		if s.total == nil {
			requests, err := p.below(ctx, c, s.CollectionInfo)
			if err != nil {
				return nil, err
			}
			p.Requests += requests
			continue
		}
		n, err := s.total(ctx, c)
		if notReadable(err) {
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

// notReadable reports that a list may not be read, or that there is none.
func notReadable(err error) bool {
	return errors.Is(err, client.ErrForbidden) || errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrUnlicensed)
}

// planned returns the collections that are not left out, neither themselves nor because of those that they need.
func (s *settings) planned() []collection {
	var all []collection
	left := slices.Clone(s.skip)
	for _, c := range s.steps() {
		if slices.Contains(left, c.Name) || slices.ContainsFunc(slices.Concat(c.Needs, c.Uses), func(n string) bool { return slices.Contains(left, n) }) {
			left = append(left, c.Name)
			continue
		}
		all = append(all, c)
	}
	return all
}

// below returns how many requests a collection takes that lies below another one.
func (p *RequestPlan) below(ctx context.Context, c *client.Client, s CollectionInfo) (int, error) {
	if s.Derived {
		return 0, nil
	}
	parents := max(p.Records[s.Needs[0]], 0)
	requests := parents*s.PerParent + min(parents, s.Samples)
	if s.Proofs == 0 || parents == 0 {
		return requests, nil
	}
	tried, why, err := tryOneList(ctx, c)
	switch {
	case err != nil:
		return 0, err
	case tried && why == nil:
		p.OneList = true
		return requests + 2*min(parents, s.Proofs), nil
	case tried:
		requests++ // to find out
	}
	return requests + parents, nil
}

// tryOneList compares one list with two for one of the first applications. Tried is false where none of them has edges of both
// kinds; why says what speaks against one list.
func tryOneList(ctx context.Context, c *client.Client) (tried bool, why, err error) {
	apps, err := c.Applications.Page(ctx, client.Limit(provenApplications), client.Fields("_id"))
	if err != nil {
		return false, nil, err
	}
	l := newOneList(c, nil)
	for _, app := range apps.Items {
		two := &found{}
		l.two(ctx, cmp.Or(app.ID, app.OtherID), two)
		switch agrees, why := l.try(ctx, cmp.Or(app.ID, app.OtherID), two); {
		case errors.Is(two.err, client.ErrForbidden):
			return false, nil, nil
		case two.err != nil:
			return false, nil, two.err
		case agrees, why != nil:
			return true, why, nil
		}
	}
	return false, nil, nil
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
