package jupiterone

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// step is a collection as JupiterOne's integration for JumpCloud calls it.
type step struct {
	id, name string
	needs    []string
}

// firstStep is the step of the organizations. Its id is the only one that does not follow from its name.
const firstStep = "fetch-orgs"

// stepsOf returns the steps of some collections, by the names of these.
func stepsOf(collections []jumpgraph.CollectionInfo) map[string]step {
	steps, joined := map[string]step{}, map[string]bool{}
	for i, c := range collections {
		name := "Fetch " + c.Title
		id := strings.ReplaceAll(strings.ToLower(name), " ", "-")
		if i == 0 {
			id = firstStep
		}
		steps[c.Name] = step{id: id, name: name}
		joined[c.Name] = slices.ContainsFunc(c.Types, func(t string) bool { return slices.Contains(schemas.EntityTypes(), t) })
	}
	for _, c := range collections[1:] { // a step depends on those whose entities it joins
		s := steps[c.Name]
		for _, need := range slices.Concat(c.Needs, c.Uses) {
			if joined[need] {
				s.needs = append(s.needs, steps[need].id)
			}
		}
		if s.needs == nil {
			s.needs = []string{firstStep}
		}
		steps[c.Name] = s
	}
	return steps
}

var stepByCollection = sync.OnceValue(func() map[string]step { return stepsOf(jumpgraph.Collections()) })

// stepOf returns the step of a collection.
func stepOf(collection string) step { return stepByCollection()[collection] }

// summary is summary.json.
type summary struct {
	Steps    []*stepResult `json:"integrationStepResults"`
	Metadata struct {
		PartialDatasets partialDatasets `json:"partialDatasets"`
	} `json:"metadata"`
}

// partialDatasets names the types of which JupiterOne must not delete anything.
type partialDatasets struct {
	Types []string `json:"types"`
}

// stepResult says how a step ended.
type stepResult struct {
	ID                    string           `json:"id"`
	Name                  string           `json:"name"`
	DependsOn             []string         `json:"dependsOn,omitempty"`
	DeclaredTypes         []string         `json:"declaredTypes"`
	PartialTypes          []string         `json:"partialTypes"`
	EncounteredTypes      []string         `json:"encounteredTypes"`
	Status                string           `json:"status"`
	EncounteredTypeCounts map[string]int64 `json:"encounteredTypeCounts"`
	StartTime             int64            `json:"startTime,omitzero"`
	EndTime               int64            `json:"endTime,omitzero"`
	Duration              int64            `json:"duration"`
}

// How a step can end, in JupiterOne's words.
const (
	success        = "success"
	failure        = "failure"
	partialSuccess = "partial_success_due_to_dependency_failure"
	disabled       = "disabled"
)

// summary says how the run went in JupiterOne's words.
func (d *directory) summary(m *jumpgraph.Manifest) *summary {
	s := &summary{Steps: []*stepResult{}}
	s.Metadata.PartialDatasets.Types = d.partialOfSteps(m)
	byID := map[string]*stepResult{}
	for _, c := range jumpgraph.Collections() {
		if !m.Asked(c.Types[0]) {
			continue // of a layer that was not chosen
		}
		r := d.result(m, c)
		s.Steps, byID[r.ID] = append(s.Steps, r), r
	}
	for changed := true; changed; { // what a failure leads to spreads to the steps that need the step
		changed = false
		for _, r := range s.Steps {
			failed := func(id string) bool {
				need := byID[id]
				return need != nil && (need.Status == failure || need.Status == partialSuccess)
			}
			if r.Status == success && slices.ContainsFunc(r.DependsOn, failed) {
				r.Status, changed = partialSuccess, true
			}
		}
	}
	return s
}

// result says how the step of a collection went, over all organizations.
func (d *directory) result(m *jumpgraph.Manifest, c jumpgraph.CollectionInfo) *stepResult {
	s := stepOf(c.Name)
	r := &stepResult{
		ID: s.id, Name: s.name, DependsOn: s.needs, DeclaredTypes: []string{}, PartialTypes: []string{}, EncounteredTypes: []string{},
		EncounteredTypeCounts: map[string]int64{},
	}
	for _, typ := range d.types() {
		if collectionOf(typ) == c.Name {
			r.add(typ, missing(m, typ), d.counts[typ])
		}
	}
	r.Status = disabled // until an organization shows that it was not left out everywhere
	var times span
	for _, o := range m.Organizations {
		for _, col := range o.Collections {
			if col.Name == c.Name {
				r.Status = worse(r.Status, col.Status)
				times.add(col.StartedAt.Time, col.FinishedAt.Time)
			}
		}
	}
	if r.Status != disabled && !times.start.IsZero() && !times.end.IsZero() {
		r.StartTime, r.EndTime = times.start.UnixMilli(), times.end.UnixMilli()
		r.Duration = r.EndTime - r.StartTime
	}
	return r
}

// add adds a type that comes from the step.
func (r *stepResult) add(typ string, partial bool, count int64) {
	r.DeclaredTypes = append(r.DeclaredTypes, typ)
	if partial {
		r.PartialTypes = append(r.PartialTypes, typ)
	}
	if count > 0 {
		r.EncounteredTypes = append(r.EncounteredTypes, typ)
		r.EncounteredTypeCounts[typ] = count
	}
}

// span is the time from the first beginning to the last end.
type span struct{ start, end time.Time }

func (s *span) add(start, end time.Time) {
	if !start.IsZero() && (s.start.IsZero() || start.Before(s.start)) {
		s.start = start
	}
	if end.After(s.end) {
		s.end = end
	}
}

// worse joins how a collection went in one organization with how it went in those before. What an organization does not
// use is no failure: there was nothing to read.
func worse(before string, s jumpgraph.Status) string {
	switch s {
	case jumpgraph.Complete, jumpgraph.Unavailable:
		if before == disabled {
			return success
		}
	case jumpgraph.Partial, jumpgraph.Forbidden, jumpgraph.Unlicensed:
		return failure
	case jumpgraph.Skipped:
	}
	return before
}
