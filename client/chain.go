package client

import (
	"context"
	"slices"

	"github.com/jumpgraph/jumpgraph/internal/idset"
)

// chainPass is one pass over an inventory list, from its start to its end.
type chainPass[T any] struct {
	*walker[T]

	before map[string]bool // ids of the page before; nil when there is none to go on from
	came   idset.Set       // ids that came in this pass
	stuck  int             // pages in a row that held nothing new
}

// chain reads an inventory list by pages that overlap by one record. A chain of such pages holds every record that was
// there throughout, whatever was inserted or deleted meanwhile: a moved total alone would not show a deletion and an
// insertion that cancel each other out.
func (w *walker[T]) chain(ctx context.Context) error {
	w.rep.Chained = true
	p := chainPass[T]{walker: w}
	for skip := w.q.skip; ; {
		page, fresh, err := p.next(ctx, skip)
		if err != nil {
			return err
		}
		progress, err := p.takeAll(page, fresh)
		if err != nil {
			return err
		}
		switch p.stuck++; {
		case page.Total >= 0 && page.Skip+page.Received-page.nulls() > page.Total:
			return errAgain // more came than there are
		case p.last(page, len(fresh)):
			return p.settle()
		case progress:
			p.stuck = 0
		case p.stuck > maxStuck:
			return errAgain // the same page again and again: the server ignores skip
		}
		p.remember(page)
		skip = page.Skip + max(1, page.Received-1)
	}
}

// next reads the page at a place and returns what of it follows the page before.
func (p *chainPass[T]) next(ctx context.Context, skip int) (page *Page[T], fresh []*T, err error) {
	page, err = p.fetch(ctx, skip)
	switch {
	case err != nil:
		return nil, nil, err
	case p.before == nil:
		return page, page.Items, p.begin(page)
	}
	return p.link(ctx, page)
}

// begin looks at a page that has none before it to go on from: whether it is in order, and how many records the server
// puts on a page.
func (p *chainPass[T]) begin(page *Page[T]) error {
	if p.strict && p.rep.Pages == 1 && p.s.sort == "_id" && !ascending(page.Items) {
		return errUnsorted
	}
	if page.Received > 1 && page.Received < p.limit && page.Total > page.Skip+page.Received {
		p.limit = page.Received // the server serves smaller pages than asked for
	}
	return nil
}

// link finds where a page goes on from the one before. Where the records moved by more than the overlap, it steps back,
// further each time; where that does not help, the list must be read again.
func (p *chainPass[T]) link(ctx context.Context, page *Page[T]) (*Page[T], []*T, error) {
	for back := 1; ; back *= 8 {
		for i, v := range slices.Backward(page.Items) {
			if p.before[idOf(v)] {
				return page, page.Items[i+1:], nil
			}
		}
		if page.Skip <= p.q.skip || back > 1<<(3*maxStepsBack) {
			return nil, nil, errAgain
		}
		var err error
		if page, err = p.fetch(ctx, max(p.q.skip, page.Skip-min(back, p.limit-1))); err != nil {
			return nil, nil, err
		}
	}
}

// takeAll yields what is new of a page, and reports whether the page brought anything that this pass did not have.
func (p *chainPass[T]) takeAll(page *Page[T], fresh []*T) (progress bool, err error) {
	p.dead += page.nulls()
	for _, id := range page.badIDs {
		progress = p.came.Add(id) || progress
	}
	for _, v := range fresh {
		progress = p.came.Add(idOf(v)) || progress
		if err := p.take(v); err != nil {
			return progress, err
		}
	}
	return progress, nil
}

// remember keeps the ids of a page, for the next one to go on from.
func (p *chainPass[T]) remember(page *Page[T]) {
	if page.Received == 1 {
		p.rep.Chained, p.before = false, nil // a page of one has nothing to overlap with
		return
	}
	if p.before == nil {
		p.before = make(map[string]bool, len(page.Items))
	}
	clear(p.before)
	for _, v := range page.Items {
		if id := idOf(v); id != "" { // a record without an id can be confused with another one
			p.before[id] = true
		}
	}
}

// last reports that a page reaches the end of its list. Without a total that is a page that holds nothing new: a short
// one may only mean that the server serves fewer records than it was asked for.
func (p *chainPass[T]) last(page *Page[T], fresh int) bool {
	if page.Total >= 0 {
		return page.Received == 0 || page.Skip+page.Received >= page.Total
	}
	return page.Received == 0 || page.Received < p.limit && fresh == 0
}

// settle compares what came with what JumpCloud counts at the end of a pass. Some null records are dead; where JumpCloud
// counts records and none but such came, it is no answer.
func (p *chainPass[T]) settle() error {
	if p.rep.Received == 0 && p.dead > 0 && p.rep.Expected > p.q.skip {
		return errAgain
	}
	if p.rep.Expected >= 0 && p.rep.Received+p.dead < p.rep.Expected-p.q.skip {
		return errAgain // something was inserted before the place where the walk was
	}
	return nil
}

// ascending reports that ids grow.
func ascending[T any](list []*T) bool {
	return slices.IsSortedFunc(list, func(a, b *T) int {
		switch x, y := idOf(a), idOf(b); {
		case x == "" || y == "" || x == y:
			return 0
		case x < y:
			return -1
		}
		return 1
	})
}
