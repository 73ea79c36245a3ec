package client

import (
	"encoding/json"
	"io"
	"strings"
)

// ordinary reads the records that have their ordinary form, from where the decoder stands, as far as they go. Then the
// decoder stands before what follows, which it judges. A huge answer is not ordinary: it is read alone and, by encoding/json,
// slowly enough for the garbage collector to keep up.
func (d *pageDecoder[T]) ordinary() error {
	if _, ok := any((*T)(nil)).(quickly); !ok || d.names {
		return nil
	}
	begin := d.place()
	place := begin
	for d.page.Received < d.in.most() && d.in.taken < len(turns{}) {
		d.seen.forget(place)
		d.in.begin()
		v := d.quickRecord()
		if v == nil {
			break
		}
		place += int64(d.seen.quick.at)
		d.page.Items = append(d.page.Items, v)
		d.page.Received++
	}
	if place == begin {
		return nil
	}
	return d.resume(place)
}

// quickRecord reads the next record, with the comma before it; nil when it is not ordinary, or there is none.
func (d *pageDecoder[T]) quickRecord() *T {
	q := d.seen.quick
	for {
		q.begin(d.seen.rest())
		if d.page.Received > 0 && !q.expect(',') || q.peek() != '{' {
			q.failed = true
		} else {
			v := new(T)
			any(v).(quickly).readQuick(q) //nolint:forcetypeassert // ordinary has looked
			if !q.failed {
				return v
			}
		}
		if !q.cut || len(q.data) > maxQuick || !d.seen.more() {
			return nil
		}
	}
}

// resume makes a decoder that stands at a place in the array of the records, after those that were read. It is given a
// beginning of an answer that leads there.
func (d *pageDecoder[T]) resume(place int64) error {
	before, tokens := "[", 1
	if d.first == '{' {
		before, tokens = `{"results":[`, 3
	}
	if d.page.Received > 0 {
		before, tokens = before+"{}", tokens+2
	}
	d.seen.back(place)
	d.Decoder, d.base = json.NewDecoder(io.MultiReader(strings.NewReader(before), d.seen)), place-int64(len(before))
	for range tokens {
		if _, err := d.Token(); err != nil {
			return err
		}
	}
	return nil
}
