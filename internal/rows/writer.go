package rows

import (
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// Values takes the values of a row, one after the other.
type Values interface {
	Null()
	Text(s string)
	Bool(b bool)
	Int(n int64)
	Float(f float64)
	// Document takes a JSON text.
	Document(text string)
}

// Writer fills rows. It must not be copied once it is in use.
type Writer struct {
	Values

	// Err is the first error. Where there is one, the row must not be kept.
	Err error

	enc jsontext.Encoder
}

// Optional writes a text, of which the empty one means that there is none.
func (w *Writer) Optional(s string) {
	if s == "" {
		w.Null()
		return
	}
	w.Text(s)
}

// MaybeInt writes a number; null for nil.
func (w *Writer) MaybeInt(n *int64) { maybe(w, n, w.Int) }

func (w *Writer) maybeBool(b *bool) { maybe(w, b, w.Bool) }

func (w *Writer) maybeMillis(m *entities.Millis) { w.MaybeInt((*int64)(m)) }

func (w *Writer) maybeFloat(f *float64) { maybe(w, f, w.Float) }

// list writes a list as a JSON array.
func (w *Writer) list(list []string) {
	if list == nil {
		w.Null()
		return
	}
	w.json(list)
}

func (w *Writer) raw(data []entities.RawData) {
	if data == nil {
		w.Null()
		return
	}
	w.json(data)
}

func (w *Writer) json(v any) {
	text, err := w.enc.Encode(v)
	if err != nil && w.Err == nil {
		w.Err = err
	}
	w.Document(string(text))
}

// maybeText writes a text of a named type.
func maybeText[T ~string](w *Writer, s *T) { maybe(w, s, func(s T) { w.Text(string(s)) }) }

// maybe writes a value that may be missing.
func maybe[T any](w *Writer, v *T, write func(T)) {
	if v == nil {
		w.Null()
		return
	}
	write(*v)
}
