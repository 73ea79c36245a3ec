package jumpgraph

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// ManifestVersion is the version of the manifest's form.
const ManifestVersion = 1

// Status says how far a collection, an organization or a run got.
type Status string

// The statuses.
const (
	// Complete: everything that JumpCloud has was read, or the caller gave it (see Proof of Collection), and all of it was
	// valid.
	Complete Status = "complete"
	// Partial: something is missing; the reason says what.
	Partial Status = "partial"
	// Forbidden: the credential may not read the collection.
	Forbidden Status = "forbidden"
	// Unlicensed: the organization has no licence for what the collection is about (402).
	Unlicensed Status = "unlicensed"
	// Unavailable: JumpCloud answers 404, since the organization does not use what the collection is about.
	Unavailable Status = "unavailable"
	// Skipped: the caller left the collection out.
	Skipped Status = "skipped"
)

// whole reports that nothing is missing against the caller's wish.
func (s Status) whole() bool { return s == Complete || s == Unavailable || s == Skipped }

// Manifest is the proof of a run: what was asked, what came, and what is missing. Sinks keep it beside the graph, as JSON.
type Manifest struct {
	ManifestVersion int    `json:"manifestVersion"`
	Tool            Tool   `json:"tool"`
	ModelVersion    string `json:"modelVersion"`
	Status          Status `json:"status"`
	// Reason says why the run as a whole ended early; empty when it did not.
	Reason     string    `json:"reason,omitzero"`
	StartedAt  Timestamp `json:"startedAt"`
	FinishedAt Timestamp `json:"finishedAt"`
	// Requests counts the requests sent, repeated ones included; Retries counts the latter.
	Requests int64 `json:"requests"`
	Retries  int64 `json:"retries"`

	Organizations []*Organization `json:"organizations"`
	// Entities and Relationships count what was handed to the sink, by type.
	Entities      map[string]int64 `json:"entities"`
	Relationships map[string]int64 `json:"relationships"`
	// Files are the data files of the result, where the sink names them.
	Files []File `json:"files"`
}

// plainManifest is a manifest without its methods.
type plainManifest Manifest

// whole reports an error when there is nothing where an organization or a collection should be.
func (m *plainManifest) whole() error {
	for _, o := range m.Organizations {
		if o == nil || slices.Contains(o.Collections, nil) {
			return errors.New("jumpgraph: the manifest has nothing where an organization or a collection should be")
		}
	}
	return nil
}

// MarshalJSON writes the manifest. It refuses one with nil where an organization or a collection should be.
func (m Manifest) MarshalJSON() ([]byte, error) {
	p := plainManifest(m)
	if err := p.whole(); err != nil {
		return nil, err
	}
	return jsontext.Marshal(&p)
}

// UnmarshalJSON reads a stored manifest. It refuses one with null where an organization or a collection should be.
func (m *Manifest) UnmarshalJSON(b []byte) error {
	var p plainManifest
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*m = Manifest(p)
	return p.whole()
}

// Missing says why a result may not hold all entities or relationships of a type: their collection was not read, or not
// to the end. It is empty when they are all there, so that what is not there does not exist.
func (m *Manifest) Missing(typ string) string {
	from, known := CollectionOf(typ)
	if !known {
		return "no collection gives the type " + typ
	}
	for _, o := range m.Organizations {
		i := slices.IndexFunc(o.Collections, func(c *Collection) bool { return c.Name == from })
		switch {
		case i < 0 && layerOf(from) != layerCore:
			return fmt.Sprintf("%s was not read: the layer %s was not chosen", from, layerOf(from))
		case i < 0:
			return fmt.Sprintf("%s: no collection %s", o.ID, from)
		case o.Collections[i].Status != Complete && o.Collections[i].Reason != "":
			return fmt.Sprintf("%s is %s: %s", from, o.Collections[i].Status, o.Collections[i].Reason)
		case o.Collections[i].Status != Complete:
			return fmt.Sprintf("%s is %s", from, o.Collections[i].Status)
		}
	}
	return ""
}

// Asked reports that the run was to read a type: it is one of the core, or of a layer that [WithLayers] chose. Of other types
// the result says nothing, and was not meant to.
func (m *Manifest) Asked(typ string) bool {
	from, _ := CollectionOf(typ)
	return layerOf(from) == layerCore || slices.ContainsFunc(m.Organizations, func(o *Organization) bool {
		return slices.ContainsFunc(o.Collections, func(c *Collection) bool { return c.Name == from })
	})
}

// Tool names the program that wrote a result.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Organization is the part of a manifest that one organization has.
type Organization struct {
	ID string `json:"id"`
	// Name is what JumpCloud displays; empty where it gives none, or where the organization may not be read.
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Requests is how many requests it took, those of the list of organizations included, unless [WithKnownOrg] gave it.
	Requests int64 `json:"requests"`

	Collections []*Collection `json:"collections"`
}

// Collection says how one kind of data was read.
type Collection struct {
	// Name is one of those of [Collections].
	Name string `json:"name"`
	// Endpoint is the operation that was used, without ids; empty when none was.
	Endpoint string `json:"endpoint"`
	Status   Status `json:"status"`
	// Reason says why the status is not complete, or, of a complete collection, why it took more requests than planned, or
	// why it took none. It may name records by their ids.
	Reason string `json:"reason"`
	// Proof says why the collection is believed to be whole: chained (its pages overlapped, so that nothing can have
	// slipped between them), total (edges, read up to JumpCloud's count), compared (the same, and what was concluded from
	// the edges of some applications agrees with JumpCloud's own count), combined (the same, read in one list of users and
	// groups for each application, which for the first three held the same edges, and counted the same, as a list of users and
	// one of groups), end (read to an empty page), given (organizations that the caller gave with [WithKnownOrg]: nothing was
	// read, so that JumpCloud proves neither that they exist nor what they are called), derived (made of other collections, which
	// are complete) or none.
	Proof string `json:"proof"`
	// Expected is how many records JumpCloud says there are; nil when it did not say.
	Expected *int64 `json:"expected"`
	// Received is how many different records came.
	Received int64 `json:"received"`
	// Emitted is how many entities and relationships were handed to the sink.
	Emitted int64 `json:"emitted"`
	// Rejected is how many records could not be read or broke the data model.
	Rejected int64 `json:"rejected"`
	// Duplicates is how many records came more than once.
	Duplicates int64 `json:"duplicates"`
	// Dead is how many records JumpCloud counts that do not exist any more.
	Dead int64 `json:"dead"`
	// Unmatched is how many edges lead to an object that no list held.
	Unmatched int64 `json:"unmatched"`
	// Dropped is how many records were left out because they belong to another organization.
	Dropped int64 `json:"dropped,omitzero"`
	// Reread is how many lists had to be read again.
	Reread int64 `json:"reread"`
	// Assumed counts, by property, the entities in which a required boolean is false because JumpCloud did not send it, or
	// sent what cannot be read. Nothing may be concluded from it.
	Assumed map[string]int64 `json:"assumed"`
	// Odd counts, by the path of JumpCloud's field, the records in which the value had not the form that JumpCloud
	// documents, or no meaning that is known; some are named by their ids. What is made of the field is unknown, unless there
	// was no doubt what it means; everything else of the record is there.
	Odd      map[string]client.OddCount `json:"odd"`
	Pages    int64                      `json:"pages"`
	Requests int64                      `json:"requests"`
	Retries  int64                      `json:"retries"`

	StartedAt  Timestamp `json:"startedAt"`
	FinishedAt Timestamp `json:"finishedAt"`
}

// File is a data file of a result.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Timestamp is a point in time, written in UTC with milliseconds. The zero value is written as null.
type Timestamp struct{ time.Time }

const timestampForm = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time, or null.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format(timestampForm))
}

func now() Timestamp { return Timestamp{time.Now()} }

// ErrNoResult says that there is no result to read: nothing of this library, or a run that was not complete.
var ErrNoResult = errors.New("jumpgraph: no result here")

const toolName = "jumpgraph"

func newManifest() *Manifest {
	return &Manifest{
		ManifestVersion: ManifestVersion,
		Tool:            Tool{Name: toolName, Version: client.Version()},
		ModelVersion:    schemas.ModelVersion,
		Status:          Partial,
		StartedAt:       now(),
		Organizations:   []*Organization{},
		Entities:        map[string]int64{},
		Relationships:   map[string]int64{},
		Files:           []File{},
	}
}
