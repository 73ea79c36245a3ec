package client

import "context"

// edges reads a list of edges, which has no order to rely on, and in which dead records shorten the pages.
// JumpCloud: the total may count the dead or leave them out, so the end is where all came that it counts, or where the
// pages stay empty.
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
			return p.settle()
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
}

// takeAll yields the records of a page that did not come before, and notes what the pass must know at its end.
func (p *edgePass[T]) takeAll(page *Page[T]) error {
	p.moved = p.moved || p.total >= 0 && page.Total >= 0 && page.Total != p.total
	p.total = page.Total
	if p.empty++; page.Received > 0 {
		p.empty = 0
	}
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

// settle looks, at the end of a pass, for signs that the list changed while it was read: a moved total, or a record
// that came twice, or none at all where JumpCloud counts some. The list is read again, for the last two only while that
// brings something new: JumpCloud may have a record twice.
func (p *edgePass[T]) settle() error {
	doubtful := p.extra > 0 || len(p.came) == 0 && p.total > p.q.skip
	if p.moved || doubtful && (p.rep.Reread == 0 || p.rep.Received > p.earlier) {
		return errAgain
	}
	p.dead = max(p.dead, p.total-p.q.skip-len(p.came)-p.extra-p.rep.Bad)
	return nil
}
