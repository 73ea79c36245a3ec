package jumpgraph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph/client"
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

// total is how many edges JumpCloud counts in the lists; -1 where it does not say.
func (f *found) total() int {
	n := 0
	for _, r := range f.reports {
		if r.Expected < 0 {
			return -1
		}
		n += r.Expected
	}
	return n
}

// read reads one list of edges into f. A parent that is gone has none.
func (f *found) read(ctx context.Context, edges lister[client.Edge]) {
	report := &client.ListReport{}
	var children []child
	for e, err := range edges(ctx, client.ReportTo(report), client.OnBadRecord(func(e *client.DecodeError) error {
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

// fan says how to read what lies below many parents.
type fan struct {
	window  int // how many parents may be read ahead
	parents []string
	// exists asks for a parent itself: one whose lists are not found must be gone, or a list that is refused as not found
	// would be lost.
	exists func(context.Context, string) error
	read   readBelow
	each   func(string, *found) error // called in the order of the parents
}

// exists makes a question of how to get one object.
func exists[T any](get func(context.Context, string) (*T, error)) func(context.Context, string) error {
	return func(ctx context.Context, id string) error {
		_, err := get(ctx, id)
		return err
	}
}

// fanOut reads what lies below each parent, some parents at a time, and hands it on in the order of the parents.
func (t *task) fanOut(ctx context.Context, f fan) error {
	ctx, cancel := context.WithCancel(ctx)
	workers, ctx := errgroup.WithContext(ctx)
	defer func() {
		cancel()
		_ = workers.Wait() // the workers return no errors of their own
	}()
	slots := f.start(ctx, workers)
	for _, p := range f.parents {
		select {
		case slot, ok := <-slots:
			if !ok {
				return context.Cause(ctx)
			}
			if err := t.parent(ctx, &f, p, <-slot); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// start begins to read, and returns where what was found comes, in the order of the parents.
func (f *fan) start(ctx context.Context, workers *errgroup.Group) <-chan chan *found {
	slots := make(chan chan *found, f.window)
	workers.Go(func() error {
		defer close(slots)
		for _, p := range f.parents {
			slot := make(chan *found, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return nil
			}
			workers.Go(func() error {
				below := &found{}
				f.read(ctx, p, below)
				slot <- below
				return nil
			})
		}
		return nil
	})
	return slots
}

// parent counts what was found below one parent, and hands it on.
func (t *task) parent(ctx context.Context, f *fan, id string, below *found) error {
	for _, r := range below.reports {
		t.counts(r)
		for _, path := range slices.Sorted(maps.Keys(r.Odd)) {
			t.odd(path, r.Odd[path])
		}
	}
	for _, e := range below.bad {
		t.reject(e)
	}
	if below.err != nil {
		return below.err
	}
	if below.gone {
		// JumpCloud: a parent that was deleted a moment ago has no lists any more.
		if err := f.exists(ctx, id); !errors.Is(err, client.ErrNotFound) {
			return cmp.Or(err, fmt.Errorf("%s: JumpCloud answered 404 for a parent that exists", t.step.Endpoint))
		}
	}
	return f.each(id, below)
}
