package idset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/idset"
)

// TestSet_IsASet compares the packed set with a plain one, over ids of all forms in any order.
func TestSet_IsASet(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s idset.Set
		plain := map[string]bool{}
		for i := range 300 {
			id := fmt.Sprintf("%024x", 1000+r.IntN(200))
			switch r.IntN(5) {
			case 0:
				id = fmt.Sprintf("%024x", 2000+i) // ascending
			case 1:
				id = fmt.Sprintf("%024X", 0xabc000+r.IntN(50)) // capital letters are another id
			case 2:
				id = fmt.Sprint("id-", r.IntN(50))
			case 3:
				id = fmt.Sprintf("%016x%08x", uint64(r.IntN(8))<<60|uint64(r.IntN(4)), r.Uint32()&0xf000000f) // differing in every part
			}
			if s.Add(id) == plain[id] {
				t.Fatalf("seed %d: Add(%s) says it was new, or not, wrongly", seed, id)
			}
			plain[id] = true
		}
		if s.Len() != len(plain) || s.Has("nothing") || s.Has("") {
			t.Fatalf("seed %d: %d ids, want %d", seed, s.Len(), len(plain))
		}
		for id := range plain {
			if place, ok := s.Index(id); !ok || s.At(place) != id {
				t.Fatalf("seed %d: %s stands at %d, where %s is", seed, id, place, s.At(place))
			}
		}
	}
}
