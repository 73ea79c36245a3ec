package rows

import (
	"encoding/json"

	"github.com/jumpgraph/jumpgraph/entities"
)

// Source gives the values of a row, one after the other. A null is read as the zero value.
type Source interface {
	// Null reports that the next value is null, and then moves past it.
	Null() bool
	Skip()
	Text() string
	Bool() bool
	Int() int64
	Float() float64
}

// Reader reads rows.
type Reader struct {
	Source

	// Err is the first error of a JSON text.
	Err error
}

func (r *Reader) maybeBool() *bool { return given(r, r.Bool) }

func (r *Reader) maybeInt() *int64 { return given(r, r.Int) }

func (r *Reader) maybeMillis() *entities.Millis { return (*entities.Millis)(r.maybeInt()) }

func (r *Reader) maybeFloat() *float64 { return given(r, r.Float) }

func (r *Reader) list() []string {
	var list []string
	r.json(&list)
	return list
}

func (r *Reader) json(v any) {
	if r.Null() {
		return
	}
	if err := json.Unmarshal([]byte(r.Text()), v); err != nil && r.Err == nil {
		r.Err = err
	}
}

// meta reads the key, which comes first.
func (r *Reader) meta(typ string, class ...string) entities.Meta {
	return entities.Meta{Key: r.Text(), Type: typ, Class: class}
}

// readText reads a text of a named type.
func readText[T ~string](r *Reader) *T { return given(r, func() T { return T(r.Text()) }) }

// given reads a value that may be missing.
func given[T any](r *Reader, read func() T) *T {
	if r.Null() {
		return nil
	}
	return new(read())
}
