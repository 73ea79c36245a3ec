// Package idset holds many ids in little memory: 12 bytes for one of JumpCloud's, where they come in ascending order.
//
// Package client keeps in it what a list has given, the collector which objects there are.
package idset

import (
	"bytes"
	"encoding/hex"
	"slices"
)

// key is a JumpCloud id: 24 hexadecimal digits in lower case.
type key [12]byte

// parse packs an id; it reports false for one of another form.
func parse(id string) (k key, ok bool) {
	if len(id) != hex.EncodedLen(len(k)) {
		return k, false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return k, false // capital letters would come back small
		}
	}
	_, err := hex.Decode(k[:], []byte(id))
	return k, err == nil
}

func compare(a, b key) int { return bytes.Compare(a[:], b[:]) }

// Set is a set of ids. The zero value is empty. It is not safe for concurrent use while it is added to.
type Set struct {
	ascending []key // in order
	rest      []string
	places    map[string]int // of the ids in rest
}

// Add adds an id and reports whether it is new.
func (s *Set) Add(id string) bool {
	k, ok := parse(id)
	if ok && (len(s.ascending) == 0 || compare(k, s.ascending[len(s.ascending)-1]) > 0) {
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
	if k, ok := parse(id); ok {
		if i, found := slices.BinarySearchFunc(s.ascending, k, compare); found {
			return i, true
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
