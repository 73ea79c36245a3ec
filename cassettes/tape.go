package cassettes

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/dnaeon/go-vcr/v2/cassette"
	"gopkg.in/yaml.v3"
)

// tape is what a tape holds, in the order in which it was recorded.
type tape struct {
	name       string
	recordings []*recording
}

// open reads a tape.
func open(name string) (*tape, error) {
	b, err := tapes.ReadFile(path.Join("tapes", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("cassettes: no tape %q: the tapes are %s", name, strings.Join(Names(), ", "))
	}
	t, err := read(name, b)
	if err != nil {
		return nil, fmt.Errorf("cassettes: tape %q: %w", name, err)
	}
	return t, nil
}

// read reads the text of a tape.
func read(name string, text []byte) (*tape, error) {
	c := &cassette.Cassette{}
	if err := yaml.Unmarshal(text, c); err != nil {
		return nil, err
	}
	t := &tape{name: name}
	for _, i := range c.Interactions {
		r, err := newRecording(i)
		if err != nil {
			return nil, err
		}
		t.recordings = append(t.recordings, r)
	}
	join(t.recordings)
	return t, nil
}

// step leaves those recordings that may answer a request, and says why none may.
type step struct {
	keep func(*recording, *request) bool
	why  func(t *tape, left []*recording, q *request) string
}

// steps come in this order, so that the reason names what is missing first.
var steps = []step{
	{func(r *recording, q *request) bool { return r.method == q.method && r.path == q.path }, (*tape).elsewhere},
	{func(r *recording, q *request) bool { return r.paged == q.paged }, (*tape).unpaged},
	{func(r *recording, q *request) bool { return r.what == q.what }, (*tape).otherwise},
	{func(r *recording, q *request) bool { return r.skip == q.skip }, (*tape).starts},
	{(*recording).fits, (*tape).sizes},
	{(*recording).has, (*tape).fieldLists},
	notGiven,
}

// notGiven leaves the recordings that were not given before.
var notGiven = step{func(r *recording, _ *request) bool { return !r.given }, (*tape).given}

// find returns the recording that answers a request, or says why there is none. One that was asked for in the same words goes
// before all others; where such ones were given already, no other takes their place.
func (t *tape) find(q *request) (*recording, string) {
	left, rest := t.recordings, steps
	if same := filter(left, func(r *recording) bool { return r.exact == q.exact }); len(same) > 0 {
		left, rest = same, []step{notGiven}
	}
	for _, s := range rest {
		kept := filter(left, func(r *recording) bool { return s.keep(r, q) })
		if len(kept) == 0 {
			return nil, s.why(t, left, q)
		}
		left = kept
	}
	// Of several the one that is most like the request: the largest page, and then the fewest fields.
	return slices.MinFunc(left, func(a, b *recording) int {
		return cmp.Or(cmp.Compare(b.limit, a.limit), cmp.Compare(a.breadth(), b.breadth()))
	}), ""
}

// breadth orders recordings by how many fields they hold.
func (r *recording) breadth() int {
	if len(r.fields) == 0 {
		return math.MaxInt
	}
	return len(r.fields)
}

func filter(list []*recording, keep func(*recording) bool) []*recording {
	var kept []*recording
	for _, r := range list {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}
