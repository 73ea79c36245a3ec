package client

import (
	"encoding/json"
	"slices"
	"strconv"
)

// The values of the types of this package, in their ordinary form. What each returns is what its type reads by UnmarshalJSON.

// maxShared is how many bytes a text may have that is worth sharing.
const maxShared = 40

// share returns a text, in memory that it may share with one that was read before: in a list, many texts come again and
// again.
func (q *quick) share(text []byte) string {
	n := len(text)
	if n == 0 || n > maxShared {
		return string(text)
	}
	place := &q.recent[(uint(text[n-1])*31+uint(text[n/2])*7+uint(text[0])+uint(n)<<3)%uint(len(q.recent))]
	if *place != string(text) {
		*place = string(text)
	}
	return *place
}

func (q *quick) text() string {
	switch q.peek() {
	case '"':
		q.at++
		return q.share(q.quoted())
	case 'n':
		q.word("null")
	default:
		q.failed = true
	}
	return ""
}

// none reads null or an empty text, which both say that there is no value.
func (q *quick) none() {
	if q.peek() == '"' {
		q.word(emptyText)
		return
	}
	q.word("null")
}

func (q *quick) bool() Bool {
	switch q.peek() {
	case 't':
		q.word("true")
		return Bool{V: true, OK: true}
	case 'f':
		q.word("false")
		return Bool{OK: true}
	}
	q.none()
	return Bool{}
}

// maxDigits is how many digits a whole number may have that is sure to fit.
const maxDigits = 18

func (q *quick) int() Int {
	c := q.peek()
	if c != '-' && (c < '0' || c > '9') {
		q.none()
		return Int{}
	}
	n, ok := whole(q.number())
	if !ok {
		q.failed = true
	}
	return Int{V: n, OK: true}
}

// whole reads a whole number from digits, with a sign or without. It is not ok when anything else is there, and where it could
// be too large.
func whole(number []byte) (n int64, ok bool) {
	digits := number
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) > maxDigits {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(number) {
		n = -n
	}
	return n, true
}

func (q *quick) float() Float {
	c := q.peek()
	if c != '-' && (c < '0' || c > '9') {
		q.none()
		return Float{}
	}
	v, err := strconv.ParseFloat(string(q.number()), 64)
	if err != nil {
		q.failed = true
	}
	return Float{V: v, OK: true}
}

func (q *quick) time() Time {
	if q.peek() != '"' {
		q.word("null")
		return Time{}
	}
	q.at++
	t := Time{Text: q.share(q.quoted())}
	if !t.parse() {
		q.failed = true
	}
	return t
}

// raw reads any value as it stands. In a list, null is nothing: see [List].
func (q *quick) raw() json.RawMessage {
	if q.lists > 0 && q.null() {
		return nil
	}
	return append(json.RawMessage{}, q.value()...)
}

// quickPointer reads a struct that may be null.
func quickPointer[T any](q *quick, read func(*T, *quick)) *T {
	if q.null() {
		return nil
	}
	v := new(T)
	read(v, q)
	return v
}

const (
	// manyElements is how many elements a list may have before the others are counted, so that a long list takes no more
	// memory than it needs.
	manyElements = 16
	// maxElements is how many elements may come then. A list of more is not ordinary.
	maxElements = 256
)

// left returns how many elements come up to the end of the array, with the one that comes next.
func (q *quick) left() int {
	at, n := q.at, 0
	for more := true; more; more = q.element() {
		q.skip()
		if n++; n > maxElements {
			q.failed = true
		}
	}
	q.at = at
	return n
}

// quickList reads a list, without the elements that are null. An empty one is nil.
func quickList[T any](q *quick, read func(*T, *quick)) List[T] {
	if q.null() {
		return nil
	}
	q.lists++
	var l List[T]
	for more := q.array(); more; more = q.element() {
		if q.null() {
			continue
		}
		switch len(l) {
		case 0:
			l = make(List[T], 0, 2)
		case manyElements:
			l = slices.Grow(l, q.left())
		}
		var zero T
		l = append(l, zero)
		read(&l[len(l)-1], q)
	}
	q.lists--
	return l
}

// quickOther reads a value of a type of which nothing is known here, as encoding/json does.
func quickOther(q *quick, v any) {
	value, before := q.value(), oddSeen.Load()
	if q.failed || json.Unmarshal(value, v) != nil || oddSeen.Load() != before {
		q.failed = true
	}
}

// takeQuick makes the edge of either form. One without the id of its target is an error, which is not ordinary.
func (e *Edge) takeQuick(q *quick, w *wireEdge) {
	if e.take(w); e.To.ID == "" {
		q.failed = true
	}
}
