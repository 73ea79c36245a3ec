package jumpcloudtest

import (
	"maps"
	"net/http"
)

// view is how a list is seen that was shifted.
type view struct {
	removed  int      // records that went from the front
	inserted []string // ids of the records in front, the last one first
}

// shifted returns a list as a request has to see it that asks for a page of it, and notes where the page begins. Records
// that come in front are like the first one, with another id.
func shifted[T any](r *http.Request, list []T, skip int, renamed func(like T, id string) T) []T {
	t := turnOf(r)
	if t == nil {
		return list
	}
	t.first = skip
	v := t.view(skip)
	if len(list) == 0 {
		return list
	}
	like := list[0]
	list = list[min(v.removed, len(list)):]
	rows := make([]T, 0, len(v.inserted)+len(list))
	for _, id := range v.inserted {
		rows = append(rows, renamed(like, id))
	}
	return append(rows, list...)
}

// view shifts the list that is asked for, when the page is not its first, and returns how it is seen from now on.
func (t *turn) view(skip int) view {
	t.faults.mu.Lock()
	defer t.faults.mu.Unlock()
	for _, fault := range t.shifts {
		if skip > 0 && t.faults.due(fault) {
			t.faults.shift(t.list, fault.Shift)
		}
	}
	if v := t.faults.views[t.list]; v != nil {
		return *v
	}
	return view{}
}

// shift inserts rows in front of a list, or removes them when their number is below zero.
func (f *faults) shift(list string, rows int) {
	v := f.views[list]
	if v == nil {
		v = &view{}
		f.views[list] = v
	}
	for ; rows > 0; rows-- {
		f.made++
		v.inserted = append([]string{objectID(0, 0, 0xffffff-f.made)}, v.inserted...) // before all others by its id, too
	}
	for ; rows < 0; rows++ {
		if len(v.inserted) > 0 {
			v.inserted = v.inserted[1:]
		} else {
			v.removed++
		}
	}
}

// renamed returns a copy of an object with another id.
func (o Object) renamed(id string) Object {
	c := maps.Clone(o)
	for _, name := range []string{"_id", "id", "objectId"} {
		if _, ok := c[name]; ok {
			c[name] = id
		}
	}
	return c
}
