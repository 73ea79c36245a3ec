package jumpgraph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// ManifestVersion is the version of the manifest's form.
const ManifestVersion = 1

// PartialSuffix ends the name of the directory beside a result in which a run that is not complete says why. Where the
// result is a mount point or the working directory, that directory is partial inside it.
const PartialSuffix = staging.PartialSuffix

// PartialDir returns where a run into a directory that is not complete writes its manifest, which says why.
func PartialDir(dir string) string { return staging.Partial(dir) }

// ManifestName is the name of the manifest in a result.
const ManifestName = "manifest.json"

// Status says how far a collection, an organization or a run got.
type Status string

// The statuses.
const (
	// Complete: everything that JumpCloud has was read, and all of it was valid.
	Complete Status = "complete"
	// Partial: something is missing; the reason says what.
	Partial Status = "partial"
	// Forbidden: the credential may not read the collection.
	Forbidden Status = "forbidden"
	// Unavailable: the organization does not use what the collection is about, or its plan does not hold it.
	Unavailable Status = "unavailable"
	// Skipped: the caller left the collection out.
	Skipped Status = "skipped"
)

// whole reports that nothing is missing against the caller's wish.
func (s Status) whole() bool { return s == Complete || s == Unavailable || s == Skipped }

// Manifest is the proof of a run: what was asked, what came, and what is missing. Its JSON form is manifest.json.
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
	// Entities and Relationships count what was written, by type.
	Entities      map[string]int64 `json:"entities"`
	Relationships map[string]int64 `json:"relationships"`
	// Files are the data files of the result.
	Files []File `json:"files"`
}

// Missing says why a result may not hold all entities or relationships of a type: their collection was not read, or not
// to the end. It is empty when they are all there, so that what is not there does not exist.
func (m *Manifest) Missing(typ string) string {
	from := CollectionOf(typ)
	for _, o := range m.Organizations {
		i := slices.IndexFunc(o.Collections, func(c *Collection) bool { return c.Name == from })
		switch {
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

// Tool names the program that wrote a result.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Organization is the part of a manifest that one organization has.
type Organization struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Requests int64  `json:"requests"`

	Collections []*Collection `json:"collections"`
}

// Collection says how one kind of data was read.
type Collection struct {
	Name string `json:"name"`
	// Endpoint is the operation that was used, without ids.
	Endpoint string `json:"endpoint"`
	Status   Status `json:"status"`
	Reason   string `json:"reason"`
	// Proof says why the collection is believed to be whole: chained (its pages overlapped, so that nothing can have
	// slipped between them), total (edges, read up to JumpCloud's count), compared (the same, and what was concluded from
	// the edges of some applications agrees with JumpCloud's own count), end (read to an empty page) or none.
	Proof string `json:"proof"`
	// Expected is how many records JumpCloud says there are; nil when it did not say.
	Expected *int64 `json:"expected"`
	// Received is how many different records came.
	Received int64 `json:"received"`
	// Emitted is how many entities and relationships were written.
	Emitted int64 `json:"emitted"`
	// Rejected is how many records could not be read or broke the data model.
	Rejected int64 `json:"rejected"`
	// Duplicates is how many records came more than once.
	Duplicates int64 `json:"duplicates"`
	// Dead is how many records JumpCloud counts that do not exist any more.
	Dead int64 `json:"dead"`
	// Unmatched is how many edges lead to an object that no list held.
	Unmatched int64 `json:"unmatched"`
	// Reread is how many lists had to be read again.
	Reread int64 `json:"reread"`
	// Assumed counts, by property, the required booleans that JumpCloud did not send.
	Assumed  map[string]int64 `json:"assumed"`
	Pages    int64            `json:"pages"`
	Requests int64            `json:"requests"`
	Retries  int64            `json:"retries"`

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

// ErrNoResult says that a directory holds no result: no manifest, or one that is not ours.
var ErrNoResult = errors.New("jumpgraph: no result here")

// ReadManifest reads the manifest of the result in a directory. A directory without one gives [ErrNoResult].
func ReadManifest(dir string) (*Manifest, error) {
	if err := notStaged(dir); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	return manifestOf(dir, b, err)
}

// manifestOf makes a manifest of what was read in a directory, or an error of why it was not.
func manifestOf(dir string, b []byte, err error) (*Manifest, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no %s", ErrNoResult, dir, ManifestName)
	}
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Tool.Name != toolName || m.hollow() {
		return nil, fmt.Errorf("%w: %s is not a manifest of %s", ErrNoResult, filepath.Join(dir, ManifestName), toolName)
	}
	if m.ManifestVersion > ManifestVersion {
		return nil, fmt.Errorf("jumpgraph: the manifest has version %d; this program reads up to %d: use a newer one", m.ManifestVersion, ManifestVersion)
	}
	return &m, nil
}

// hollow reports that a manifest has holes where an organization or a collection should be.
func (m *Manifest) hollow() bool {
	return slices.ContainsFunc(m.Organizations, func(o *Organization) bool { return o == nil || slices.Contains(o.Collections, nil) })
}

// otherForm refuses a result that another sink wrote.
func (m *Manifest) otherForm(dir string) error {
	if len(m.Files) == 0 || slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == EntitiesName || f.Name == RelationshipsName }) {
		return nil
	}
	return fmt.Errorf("%w in the form of JSON Lines: %s holds files of another form, such as %s", ErrNoResult, dir, m.Files[0].Name)
}

// notStaged refuses a directory in which a run was making a result, or dropping an old one, when it was killed.
func notStaged(dir string) error {
	if staging.Is(dir) {
		return fmt.Errorf("%w: %s is where a run makes one; the next run clears it away", ErrNoResult, dir)
	}
	return nil
}

// oursManifest reports an error when a directory has a manifest that is not of this library.
func oursManifest(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := ReadManifest(dir); err != nil {
		return fmt.Errorf("%s holds somebody else's %s: choose a new or empty directory: %w", dir, ManifestName, err)
	}
	return nil
}

// WriteManifest writes the manifest into a directory and makes sure that it is on the disk.
func WriteManifest(dir string, m *Manifest) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("jumpgraph: encode the manifest: %w", err)
	}
	return staging.WriteFile(filepath.Join(dir, ManifestName), b.Bytes())
}

// WritePartial writes the manifest of a run into a directory that is not complete to [PartialDir]: the result in the
// directory stays. It is for sinks that write directories.
func WritePartial(dir string, m *Manifest) error {
	partial := PartialDir(dir)
	if err := ours(partial); err != nil {
		return err
	}
	if err := os.MkdirAll(partial, 0o700); err != nil {
		return err
	}
	return WriteManifest(partial, m)
}

// RemovePartial drops what [WritePartial] wrote for an earlier run: the result is newer.
func RemovePartial(dir string) error {
	partial := PartialDir(dir)
	if _, err := ReadManifest(partial); err != nil {
		return nil //nolint:nilerr // nothing there, or nothing of ours
	}
	return os.RemoveAll(partial)
}

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
