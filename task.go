package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

const (
	proofChained  = "chained"  // pages overlapped, so that nothing can have slipped between them
	proofTotal    = "total"    // read up to JumpCloud's count
	proofCompared = "compared" // edges, read up to JumpCloud's count; samples compared with the traversals
	proofCombined = "combined" // the same, read in one list for both kinds, which agreed with two for some applications
	proofEnd      = "end"      // read to the end of the list, without a count
	proofGiven    = "given"    // the caller gave it: nothing was read
	proofDerived  = "derived"  // made of other collections, which are complete
	proofNone     = "none"
)

// maxSamples is how many rejected records or unmatched edges a reason names.
const maxSamples = 3

// unmatchedShare is the share of edges that may lead to an unknown object before a collection counts as partial.
// Objects that were made or deleted while the run went on cause a few.
const unmatchedShare = 0.001

// task is the work on one collection.
type task struct {
	*gather

	step          collection
	client        *client.Client
	col           *Collection
	entities      []entities.Entity
	relationships []relationships.Relationship
	samples       []string       // what was rejected or unmatched
	edges         int64          // edges seen, for the share of unmatched ones
	expanded      map[string]int // users who reach an application, by its id
}

// settle turns how reading ended into a status.
func (t *task) settle(err error) {
	col := t.col
	out, left := errors.AsType[*leftOut](err)
	switch {
	case left:
		col.Status, col.Reason = out.status, out.reason
	case errors.Is(err, client.ErrForbidden) && t.empty():
		col.Status, col.Reason = Forbidden, err.Error()
	case errors.Is(err, client.ErrUnlicensed) && t.empty():
		col.Status, col.Reason = Unlicensed, err.Error()
	case errors.Is(err, client.ErrNotFound) && t.empty() && t.step.Optional:
		col.Status, col.Reason = Unavailable, err.Error()
	case err != nil:
		col.Status, col.Reason = Partial, err.Error()
	case col.Rejected > 0, float64(col.Unmatched) > unmatchedShare*float64(t.edges):
		col.Status, col.Reason = Partial, t.reason()
	default:
		col.Status = Complete
		if col.Pages == 0 && t.step.Derived {
			col.Proof = proofDerived
		} else if col.Pages == 0 { // there is no parent, so nothing below one
			col.Expected, col.Proof = counted64(0), proofTotal
		}
	}
	if col.Status != Complete {
		col.Proof = proofNone
	}
}

// empty reports that nothing of the collection became part of the graph.
func (t *task) empty() bool {
	return t.col.Emitted == 0 && t.col.Rejected == 0 && len(t.entities) == 0 && len(t.relationships) == 0
}

// reason says what is missing of a collection that was read to its end.
func (t *task) reason() string {
	var parts []string
	if t.col.Rejected > 0 {
		parts = append(parts, fmt.Sprintf("%d records were rejected", t.col.Rejected))
	}
	if t.col.Unmatched > 0 {
		parts = append(parts, fmt.Sprintf("%d edges lead to unknown objects", t.col.Unmatched))
	}
	return strings.Join(parts, ", ") + ": " + strings.Join(t.samples, "; ")
}

func (t *task) sample(text string) {
	if len(t.samples) < maxSamples {
		t.samples = append(t.samples, text)
	}
}

// reject counts a record that cannot be part of the graph, and names it.
func (t *task) reject(err error) {
	t.col.Rejected++
	t.sample(err.Error())
	t.run.event(Event{Organization: t.org.ID, Collection: t.col.Name, Received: t.col.Received, Expected: expected(t.col), Problem: err})
}

// bad is the answer to records that cannot be read: go on without them.
func (t *task) bad(err *client.DecodeError) error {
	t.reject(err)
	return nil
}

// odd counts values of a field that had not the form that was expected.
func (t *task) odd(path string, more client.OddCount) {
	n := t.col.Odd[path]
	count := n.Count + more.Count
	for _, id := range more.IDs {
		n.Add(id)
	}
	n.Count = count
	t.col.Odd[path] = n
}

// unmatched counts an edge whose end is not known.
func (t *task) unmatched(r relationships.Relationship) {
	t.col.Unmatched++
	t.sample(r.Type + " " + r.Key)
}

func expected(col *Collection) int64 {
	if col.Expected == nil {
		return -1
	}
	return *col.Expected
}

// fatal reports that an error concerns the run, not one collection. A refused key does so where [run.confirm] left it as
// it was.
func fatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	_, sink := errors.AsType[*sinkError](err)
	return sink || ctx.Err() != nil || errors.Is(err, client.ErrUnauthorized) || errors.Is(err, errMixed)
}

// sinkError marks an error of the sink: what it did not take cannot be made up for.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return "jumpgraph: the sink failed: " + e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// errMixed says that an answer holds an object of another organization than the one that was asked for.
var errMixed = errors.New("jumpgraph: JumpCloud answered with objects of another organization; nothing was written, to keep them apart")

// counts adds how a list was read. The first list of a collection says which operation was used.
func (t *task) counts(r *client.ListReport) {
	col := t.col
	if col.Pages == 0 {
		col.Endpoint, col.Expected, col.Proof = r.Route, counted64(0), proofTotal
		if r.Chained {
			col.Proof = proofChained
		}
	}
	if col.Proof == proofChained && !r.Chained {
		col.Proof = proofTotal
	}
	col.Received += int64(r.Received)
	col.Duplicates += int64(r.Duplicates)
	col.Dead += int64(r.Dead)
	col.Reread += int64(r.Reread)
	col.Pages += int64(r.Pages)
	switch {
	case r.Expected < 0:
		col.Expected, col.Proof = nil, proofEnd
	case col.Expected != nil:
		*col.Expected += int64(r.Expected)
	}
}
