package jupiterone

import (
	"slices"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph"
)

// step is a collection as JupiterOne's integration for JumpCloud calls it.
type step struct {
	id, name string
	needs    []string
}

const firstStep = "fetch-orgs"

// steps are the steps whose names do not follow from the collection, or that need others than the first.
var steps = map[string]step{
	"organizations":            {firstStep, "Fetch Organizations", nil},
	"systemusers":              {"fetch-users", "Fetch Users", []string{firstStep}},
	"systems":                  {"fetch-devices", "Fetch Devices", []string{firstStep}},
	"usergroups":               {"fetch-groups", "Fetch Groups", []string{firstStep}},
	"usergroups/members":       {"fetch-group-members", "Fetch Group Members", []string{"fetch-groups", "fetch-users"}},
	"applications":             {"fetch-applications", "Fetch Applications", []string{firstStep}},
	"applications/assignments": {"fetch-application-members", "Fetch Application Members", []string{"fetch-applications", "fetch-users", "fetch-groups"}},
	"applemdms":                {"fetch-apple-mdm", "Fetch Apple MDM", []string{firstStep}},
	"applemdms/devices":        {"fetch-apple-devices", "Fetch Apple Devices", []string{"fetch-apple-mdm"}},
}

// stepOf returns the step of a collection.
func stepOf(collection string) step {
	if s, ok := steps[collection]; ok {
		return s
	}
	name := strings.ReplaceAll(collection, "/", "-")
	return step{"fetch-" + name, "Fetch " + name, []string{firstStep}}
}

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
	s.Metadata.PartialDatasets.Types = d.partial(m)
	byID := map[string]*stepResult{}
	for _, collection := range jumpgraph.Collections() {
		r := d.result(m, collection)
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
func (d *directory) result(m *jumpgraph.Manifest, collection string) *stepResult {
	s := stepOf(collection)
	r := &stepResult{
		ID: s.id, Name: s.name, DependsOn: s.needs, DeclaredTypes: []string{}, PartialTypes: []string{}, EncounteredTypes: []string{},
		EncounteredTypeCounts: map[string]int64{},
	}
	for _, typ := range d.types() {
		if collectionOf(typ) != collection {
			continue
		}
		r.DeclaredTypes = append(r.DeclaredTypes, typ)
		if missing(m, typ) {
			r.PartialTypes = append(r.PartialTypes, typ)
		}
		if n := d.counts[typ]; n > 0 {
			r.EncounteredTypes = append(r.EncounteredTypes, typ)
			r.EncounteredTypeCounts[typ] = n
		}
	}
	r.Status = disabled // until an organization shows that it was not left out everywhere
	var start, end time.Time
	for _, o := range m.Organizations {
		for _, c := range o.Collections {
			if c.Name != collection {
				continue
			}
			r.Status = worse(r.Status, c.Status)
			if at := c.StartedAt.Time; !at.IsZero() && (start.IsZero() || at.Before(start)) {
				start = at
			}
			if at := c.FinishedAt.Time; at.After(end) {
				end = at
			}
		}
	}
	if r.Status != disabled && !start.IsZero() && !end.IsZero() {
		r.StartTime, r.EndTime = start.UnixMilli(), end.UnixMilli()
		r.Duration = r.EndTime - r.StartTime
	}
	return r
}

// worse joins how a collection went in one organization with how it went in those before. What an organization does not
// use is no failure: there was nothing to read.
func worse(before string, s jumpgraph.Status) string {
	switch s {
	case jumpgraph.Complete, jumpgraph.Unavailable:
		if before == disabled {
			return success
		}
	case jumpgraph.Partial, jumpgraph.Forbidden:
		return failure
	case jumpgraph.Skipped:
	}
	return before
}
