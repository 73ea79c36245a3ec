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
			w.strict = i+1 < len(sources)
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
	// maxPages bounds a walk, so that a call ends even if a server serves the same page again and again.
	maxPages = 100_000
	// maxPasses is how often a list is read from its start at most.
	maxPasses = 4
	// maxStuck is how many pages in a row may hold nothing new.
	maxStuck = 3
	// maxEmpty is how many pages in a row of a list of edges may hold nothing.
	maxEmpty = 100
	// maxStepsBack is how often a broken chain is looked for further back.
	maxStepsBack = 6
)

// walker reads one list from its start to its end.
type walker[T any] struct {
	c      *Client
	s      *source
	q      *listQuery
	rep    *ListReport
	yield  func(*T, error) bool
	strict bool // refuse a source that ignores the order, because another one is there

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
	if r, ok := any(v).(interface{ OddFields() []OddField }); ok {
		w.rep.addOdd(idOf(v), r.OddFields())
	}
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

func (w *walker[T]) incomplete() error {
	return &IncompleteError{Route: w.s.name(), Expected: w.rep.Expected, Received: w.rep.Received}
}
