package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// found is what was read below one parent.
type found struct {
	lists   [][]child // one per list, each sorted by id
	reports []*client.ListReport
	bad     []*client.DecodeError
	gone    bool // the parent does not exist any more
	err     error
}

// child is an object below a parent.
type child struct {
	id     string
	direct bool
}

// read reads one list of edges into f. A parent that is gone has none.
func (f *found) read(edges func(...client.ListOption) iter.Seq2[*client.Edge, error]) {
	report := &client.ListReport{}
	var children []child
	for e, err := range edges(client.ReportTo(report), client.OnBadRecord(func(e *client.DecodeError) error {
		f.bad = append(f.bad, e)
		return nil
	})) {
		if errors.Is(err, client.ErrNotFound) {
			f.gone = true
			f.lists = append(f.lists, nil)
			return
		}
		if err != nil {
			f.err = err
			return
		}
		children = append(children, child{id: e.To.ID, direct: e.Direct()})
	}
	slices.SortFunc(children, func(a, b child) int { return cmp.Compare(a.id, b.id) })
	f.lists = append(f.lists, children)
	f.reports = append(f.reports, report)
}

// add joins what was read elsewhere.
func (f *found) add(other *found) {
	f.lists = append(f.lists, other.lists...)
	f.reports = append(f.reports, other.reports...)
	f.bad = append(f.bad, other.bad...)
	f.gone = f.gone || other.gone
	f.err = cmp.Or(f.err, other.err)
}

// below reads what is below each parent, some parents at a time, and hands it on in the order of the parents.
// A parent whose lists are not found must be gone itself: exists is asked, since a list that is refused as not found
// would otherwise be lost.
func (t *task) below(ctx context.Context, window int, parents []string, exists func(context.Context, string) error, read func(context.Context, string, *found), each func(string, *found) error) error {
	ctx, cancel := context.WithCancel(ctx)
	workers, ctx := errgroup.WithContext(ctx)
	defer func() {
		cancel()
		_ = workers.Wait() // the workers return no errors of their own
	}()
	slots := make(chan chan *found, window)
	workers.Go(func() error {
		defer close(slots)
		for _, p := range parents {
			slot := make(chan *found, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return nil
			}
			workers.Go(func() error {
				f := &found{}
				read(ctx, p, f)
				slot <- f
				return nil
			})
		}
		return nil
	})
	for _, p := range parents {
		var f *found
		select {
		case slot, ok := <-slots:
			if !ok {
				return context.Cause(ctx)
			}
			f = <-slot
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, r := range f.reports {
			t.counts(r)
		}
		for _, e := range f.bad {
			t.reject(e)
		}
		if f.err != nil {
			return f.err
		}
		if f.gone {
			// JumpCloud: a parent that was deleted a moment ago has no lists any more.
			if err := exists(ctx, p); !errors.Is(err, client.ErrNotFound) {
				return cmp.Or(err, fmt.Errorf("%s: JumpCloud answered 404 for a parent that exists", t.step.endpoint))
			}
		}
		if err := each(p, f); err != nil {
			return err
		}
	}
	return nil
}

// edge hands on an edge whose end is known, and counts one whose end is not.
func (t *task) edge(ctx context.Context, r relationships.Relationship, known bool) error {
	t.edges++
	if !known {
		t.unmatched(r)
		return nil
	}
	return t.relationship(ctx, r)
}
