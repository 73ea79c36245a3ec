// Package idset holds many ids in little memory: 12 bytes for one of JumpCloud's, where they come in ascending order.
//
// Package client keeps in it what a list has given, the collector which objects there are.
package idset

import (
	"encoding/binary"
	"encoding/hex"
)

// key is a JumpCloud id: 24 hexadecimal digits in lower case.
type key [12]byte

// digits are the values of the hexadecimal digits, each more by one; 0 for what is none. Capital letters are none: they would
// come back small.
var digits = func() (values [256]byte) {
	for i, c := range []byte("0123456789abcdef") {
		values[c] = byte(i + 1)
	}
	return values
}()

// parse packs an id; it reports false for one of another form.
func parse(id string) (k key, ok bool) {
	if len(id) != hex.EncodedLen(len(k)) {
		return k, false
	}
	for i := range k {
		high, low := digits[id[2*i]], digits[id[2*i+1]]
		if high == 0 || low == 0 {
			return k, false
		}
		k[i] = (high-1)<<4 | (low - 1)
	}
	return k, true
}

// before reports that a comes before b.
func before(a, b *key) bool {
	x, y := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])
	if x != y {
		return x < y
	}
	return binary.BigEndian.Uint32(a[8:]) < binary.BigEndian.Uint32(b[8:])
}

// Set is a set of ids. The zero value is empty. It is not safe for concurrent use while it is added to.
type Set struct {
	ascending []key // in order
	rest      []string
	places    map[string]int // of the ids in rest
}

// Add adds an id and reports whether it is new.
func (s *Set) Add(id string) bool {
	k, ok := parse(id)
	if ok && (len(s.ascending) == 0 || before(&s.ascending[len(s.ascending)-1], &k)) {
		if _, there := s.places[id]; there {
			return false
		}
		s.ascending = append(s.ascending, k)
		return true
	}
	if s.Has(id) {
		return false
	}
	if s.places == nil {
		s.places = map[string]int{}
	}
	s.places[id] = len(s.rest)
	s.rest = append(s.rest, id)
	return true
}

// Has reports whether an id is in the set.
func (s *Set) Has(id string) bool {
	_, ok := s.Index(id)
	return ok
}

// Len returns how many ids there are.
func (s *Set) Len() int { return len(s.ascending) + len(s.rest) }

// Index returns the place of an id, for [Set.At]. Places hold until the next Add.
func (s *Set) Index(id string) (int, bool) {
	if s.Len() == 0 {
		return 0, false
	}
	if k, ok := parse(id); ok {
		low, high := 0, len(s.ascending)
		for low < high {
			if middle := (low + high) / 2; before(&s.ascending[middle], &k) {
				low = middle + 1
			} else {
				high = middle
			}
		}
		if low < len(s.ascending) && s.ascending[low] == k {
			return low, true
		}
	}
	i, ok := s.places[id]
	return len(s.ascending) + i, ok
}

// At returns the id at a place.
func (s *Set) At(place int) string {
	if place < len(s.ascending) {
		return hex.EncodeToString(s.ascending[place][:])
	}
	return s.rest[place-len(s.ascending)]
}
