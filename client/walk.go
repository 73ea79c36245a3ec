package client

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"

	"github.com/jumpgraph/jumpgraph/internal/idset"
)

// all walks a list. It yields each record once. Of several sources the first that may be used is used.
func all[T any](ctx context.Context, c *Client, options []ListOption, sources ...*source) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		q, err := newQuery(options)
		if err != nil {
			yield(nil, err)
			return
		}
		for i, s := range sources {
			w := newWalker(c, s, q, yield)
			w.picky = i+1 < len(sources)
			if err = w.walk(ctx); !w.unusable(err) {
				break
			}
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

var (
	// errStopped says that the caller broke out of its loop.
	errStopped = errors.New("stopped")
	// errUnsorted says that an endpoint ignores the order that was asked for.
	errUnsorted = errors.New("unsorted")
	// errAgain says that a list changed while it was read, so that it must be read again.
	errAgain = errors.New("again")
)

// refused reports that an endpoint may not be used, so that another one for the same list is worth trying.
func refused(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed}, e.Status)
}

const (
	// maxPages bounds a walk, so that a server which serves the same page for ever cannot hold a caller for ever.
	maxPages = 100_000
	// maxPasses is how often a list is read from its start at most.
	maxPasses = 4
	// maxStuck is how many pages in a row may hold nothing new.
	maxStuck = 3
	// maxStepsBack is how often a broken chain is looked for further back.
	maxStepsBack = 6
)

// walker reads one list from its start to its end.
type walker[T any] struct {
	c     *Client
	s     *source
	q     *listQuery
	rep   *ListReport
	yield func(*T, error) bool
	picky bool // another source is there, should this one ignore the order

	seen  idset.Set // ids that were yielded or could not be read
	limit int       // records a page holds
	dead  int       // null records of this pass
}

func newWalker[T any](c *Client, s *source, q *listQuery, yield func(*T, error) bool) *walker[T] {
	rep := q.report
	if rep == nil {
		rep = &ListReport{}
	}
	*rep = ListReport{Route: s.name(), Expected: -1}
	return &walker[T]{c: c, s: s, q: q, rep: rep, yield: yield, limit: q.pageSize(s)}
}

// unusable reports that the source cannot serve the list, so that another one is worth trying. A source that served a
// page is used to the end.
func (w *walker[T]) unusable(err error) bool {
	return w.rep.Pages == 0 && refused(err) || errors.Is(err, errUnsorted)
}

// walk reads the list, and again where it changed meanwhile. Records that came before are not yielded twice.
func (w *walker[T]) walk(ctx context.Context) error {
	pass := w.chain
	if w.s.edges {
		pass = w.edges
	} else {
		w.limit = max(w.limit, 2) // a page of one has nothing to overlap with
	}
	for n := range maxPasses {
		w.rep.Reread, w.dead = n, 0
		err := pass(ctx)
		if !errors.Is(err, errAgain) {
			w.rep.Dead = w.dead
			w.rep.Whole = err == nil
			return err
		}
	}
	return w.incomplete()
}

// fetch reads a page, counts it, and takes care of its bad records.
func (w *walker[T]) fetch(ctx context.Context, skip int) (*Page[T], error) {
	if w.rep.Pages >= maxPages {
		return nil, w.incomplete()
	}
	page, bad, err := fetchPage[T](ctx, w.c, w.s, w.q, skip, w.limit)
	if err != nil {
		return nil, err
	}
	w.rep.Pages++
	if page.Total < 0 {
		page.Total = w.rep.Expected // a total that was sent once holds for the list
	}
	w.rep.Expected = page.Total
	for _, e := range bad {
		if e.ID != "" && !w.seen.Add(e.ID) {
			continue
		}
		w.rep.Bad++
		w.rep.Received++
		if err := w.q.passOver(e); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// take yields a record unless it came before.
func (w *walker[T]) take(v *T) error {
	if id := idOf(v); id != "" {
		if !w.seen.Add(id) {
			if w.rep.Reread == 0 {
				w.rep.Duplicates++
			}
			return nil
		}
	}
	w.rep.Received++
	if !w.yield(v, nil) {
		return errStopped
	}
	return nil
}

func idOf[T any](v *T) string {
	if i, ok := any(v).(identified); ok {
		return i.recordID()
	}
	return ""
}

// chain reads an inventory list by pages that overlap by one record. A chain of such pages holds every record that was
// there throughout, whatever was inserted or deleted meanwhile: a moved total alone would not show a deletion and an
// insertion that cancel each other out.
func (w *walker[T]) chain(ctx context.Context) error {
	var anchors map[string]bool // ids of the page before
	var came idset.Set          // in this pass
	skip, stuck := w.q.skip, 0
	w.rep.Chained = true
	for {
		page, err := w.fetch(ctx, skip)
		if err != nil {
			return err
		}
		if anchors == nil {
			if w.picky && w.rep.Pages == 1 && w.s.sort == "_id" && !ascending(page.Items) {
				return errUnsorted
			}
			if page.Received > 1 && page.Received < w.limit && page.Total > skip+page.Received {
				w.limit = page.Received // the server serves smaller pages than asked for
			}
		}
		fresh := page.Items
		if anchors != nil {
			if page, fresh, err = w.link(ctx, page, anchors); err != nil {
				return err
			}
			skip = page.Skip
		}
		nulls := page.Received - len(page.Items) - page.bad
		w.dead += nulls
		progress := page.bad > 0
		for _, v := range fresh {
			progress = came.Add(idOf(v)) || progress
			if err := w.take(v); err != nil {
				return err
			}
		}
		switch stuck++; {
		case page.Total >= 0 && page.Skip+page.Received-nulls > page.Total:
			return errAgain // more came than there are
		case w.last(page, len(fresh)):
			return w.settle()
		case progress:
			stuck = 0
		case stuck > maxStuck:
			return errAgain // the same page again and again: the server ignores skip
		}
		anchors = map[string]bool{}
		for _, v := range page.Items {
			if id := idOf(v); id != "" { // a record without an id can be confused with another one
				anchors[id] = true
			}
		}
		if page.Received == 1 {
			w.rep.Chained, anchors = false, nil // a page of one has nothing to overlap with
		}
		skip += max(1, page.Received-1)
	}
}

// last reports that a page reaches the end of its list. Without a total that is a page that holds nothing new: a short
// one may only mean that the server serves fewer records than it was asked for.
func (w *walker[T]) last(page *Page[T], fresh int) bool {
	if page.Total >= 0 {
		return page.Received == 0 || page.Skip+page.Received >= page.Total
	}
	return page.Received == 0 || page.Received < w.limit && fresh == 0
}

// link finds where a page goes on from the one before. Where the records moved by more than the overlap, it steps back,
// further each time; where that does not help, the list must be read again.
func (w *walker[T]) link(ctx context.Context, page *Page[T], anchors map[string]bool) (*Page[T], []*T, error) {
	for back := 1; ; back *= 8 {
		for i, v := range slices.Backward(page.Items) {
			if id := idOf(v); id != "" && anchors[id] {
				return page, page.Items[i+1:], nil
			}
		}
		if page.Skip <= w.q.skip || back > 1<<(3*maxStepsBack) {
			return nil, nil, errAgain
		}
		var err error
		if page, err = w.fetch(ctx, max(w.q.skip, page.Skip-min(back, w.limit-1))); err != nil {
			return nil, nil, err
		}
	}
}

// settle compares what came with what JumpCloud counts at the end of a pass.
func (w *walker[T]) settle() error {
	if w.rep.Expected >= 0 && w.rep.Received+w.dead < w.rep.Expected-w.q.skip {
		return errAgain // something was inserted where the walk had passed
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

// edges reads a list of edges, which has no order to rely on, and in which dead records shorten the pages.
// JumpCloud: the total may count the dead or leave them out, so the end is where all came that it counts, or where the
// pages stay empty.
func (w *walker[T]) edges(ctx context.Context) error {
	p := edgePass{total: -1, came: map[string]bool{}}
	before, stuck := w.rep.Received, 0
	for skip := w.q.skip; ; skip += w.limit {
		page, err := w.fetch(ctx, skip)
		if err != nil {
			return err
		}
		fresh := len(p.came)
		p.note(page.Total)
		for _, v := range page.Items {
			p.add(idOf(v))
			if err := w.take(v); err != nil {
				return err
			}
		}
		w.dead += page.Received - len(page.Items) - page.bad
		switch {
		case p.over(page.Received, skip+w.limit-w.q.skip, w.dead+w.rep.Bad):
			doubtful := p.twice || len(p.came) == 0 && p.total > w.q.skip
			if p.moved || doubtful && (w.rep.Reread == 0 || w.rep.Received > before) {
				return errAgain
			}
			// What came twice in this pass, too, is a record that JumpCloud has twice.
			w.dead = max(w.dead, p.total-w.q.skip-len(p.came)-p.extra-w.rep.Bad)
			return nil
		case len(p.came) == fresh && page.Received > 0 && skip > w.q.skip:
			if stuck++; stuck > maxStuck || len(page.Items) > 0 {
				return w.incomplete() // the same page again: the server ignores skip
			}
		}
	}
}

// edgePass is what one pass over a list of edges has seen.
type edgePass struct {
	total int // JumpCloud's count; -1 when it does not say
	came  map[string]bool
	extra int  // records that came more than once
	moved bool // the total changed
	twice bool // a record came more than once
	empty int  // empty pages in a row
}

func (p *edgePass) note(total int) {
	p.moved = p.moved || p.total >= 0 && total >= 0 && total != p.total
	p.total = total
}

func (p *edgePass) add(id string) {
	if p.came[id] {
		p.twice = true
		p.extra++
	}
	p.came[id] = true
}

// over reports that the pass is at the end of the list, after a page with some records that ended at a place.
func (p *edgePass) over(received, place, other int) bool {
	if p.empty++; received > 0 {
		p.empty = 0
	}
	switch {
	case p.total < 0:
		return p.empty > 0
	case place < p.total:
		return false // a page of dead records only is not the end
	case len(p.came)+p.extra+other >= p.total:
		return true
	}
	return p.empty > 1
}

func (w *walker[T]) incomplete() error {
	return &IncompleteError{Route: w.s.name(), Expected: w.rep.Expected, Received: w.rep.Received}
}
