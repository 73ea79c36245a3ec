package client

import (
	"context"
	"errors"
	"fmt"
)

// edges reads a list of edges, which has no order to rely on, and in which dead records shorten the pages.
// JumpCloud: the total may count the dead or leave them out, so the end is where all came that it counts, or where the
// pages stay empty. A page without any record before that is suspicious: the list is read again, and where that changes
// nothing, it is compared with another list of the same records.
func (w *walker[T]) edges(ctx context.Context) error {
	p := edgePass[T]{walker: w, total: -1, came: map[string]bool{}, earlier: w.rep.Received}
	stuck := 0
	for skip := w.q.skip; ; skip += w.limit {
		page, err := w.fetch(ctx, skip)
		if err != nil {
			return err
		}
		known := len(p.came)
		if err := p.takeAll(page); err != nil {
			return err
		}
		switch {
		case p.over(skip + w.limit - w.q.skip):
			return p.settle(ctx)
		case p.empty > maxEmpty:
			return w.incomplete()
		case len(p.came) == known && page.Received > 0 && skip > w.q.skip:
			if stuck++; stuck > maxStuck || len(page.Items) > 0 {
				return w.incomplete() // the same page again: the server ignores skip
			}
		}
	}
}

// edgePass is one pass over a list of edges, from its start to its end.
type edgePass[T any] struct {
	*walker[T]

	earlier int             // records that came in the passes before
	total   int             // JumpCloud's count; -1 when it does not say
	moved   bool            // the total changed
	came    map[string]bool // ids that came in this pass
	extra   int             // records that came more than once
	empty   int             // empty pages in a row
	hollow  bool            // a page was empty at a place where JumpCloud counts records
}

// takeAll yields the records of a page that did not come before, and notes what the pass must know at its end.
func (p *edgePass[T]) takeAll(page *Page[T]) error {
	p.moved = p.moved || p.total >= 0 && page.Total >= 0 && page.Total != p.total
	p.total = page.Total
	if p.empty++; page.Received > 0 {
		p.empty = 0
	}
	p.hollow = p.hollow || page.Received == 0 && page.Skip < page.Total
	for _, v := range page.Items {
		id := idOf(v)
		if p.came[id] {
			p.extra++
		}
		p.came[id] = true
		if err := p.take(v); err != nil {
			return err
		}
	}
	p.dead += page.nulls()
	return nil
}

// over reports that the pass is at the end of the list, after a page that ended at a place.
func (p *edgePass[T]) over(place int) bool {
	switch {
	case p.total < 0:
		return p.empty > 0
	case place < p.total:
		return false // a page of dead records only is not the end
	case len(p.came)+p.extra+p.dead+p.rep.Bad >= p.total:
		return true
	}
	return p.empty > 1
}

// settle looks, at the end of a pass, for signs that the list changed while it was read, or that an answer was wrong: a
// moved total, a record that came twice, or none where JumpCloud counts some. The list is read again, for the last two
// only while that brings something new: JumpCloud may have a record twice.
func (p *edgePass[T]) settle(ctx context.Context) error {
	hollow := p.hollow || len(p.came) == 0 && p.total > p.q.skip
	if p.moved || (hollow || p.extra > 0) && (p.rep.Reread == 0 || p.rep.Received > p.earlier) {
		return errAgain
	}
	if hollow {
		if err := p.compare(ctx); err != nil {
			return err
		}
	}
	p.dead = max(p.dead, p.total-p.q.skip-len(p.came)-p.extra-p.rep.Bad)
	return nil
}

// compare looks in the other lists of the same records, where there are some, for a record that did not come. Where there
// are none, those that JumpCloud counts and does not send are dead.
func (p *edgePass[T]) compare(ctx context.Context) error {
	if p.q.skip > 0 {
		return nil
	}
	for _, r := range p.s.others {
		if err := p.compareWith(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (p *edgePass[T]) compareWith(ctx context.Context, r *route) error {
	missed := false
	other := &source{route: r, params: p.s.params, most: p.s.most, edges: true}
	w := newWalker(p.c, other, &listQuery{}, func(v *T, _ error) bool {
		missed = p.s.belongs(v) && !p.seen.Has(idOf(v))
		return !missed
	})
	err := w.walk(ctx)
	switch {
	case missed:
		return fmt.Errorf("%w (%s has records that did not come)", p.incomplete(), other.name())
	case refused(err):
		err = errors.New(err.Error()) // it says nothing about the right to read this list
	}
	if err != nil {
		return fmt.Errorf("%w (whether the others are dead cannot be told: %w)", p.incomplete(), err)
	}
	return nil
}

// belongs reports that a record of the other list belongs to this one: a list of direct edges holds less than one of
// reachable objects.
func (s *source) belongs(v any) bool {
	e, ok := v.(*Edge)
	return !ok || !s.direct || e.Direct() || len(e.Paths) == 0
}
