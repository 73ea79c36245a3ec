package jupiterone

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// The names in a directory.
const (
	graphName   = "graph"
	indexName   = "index"
	summaryName = "summary.json"
	pageName    = "index.html" // what j1-integration visualize writes
)

// chunkSize is how many objects a file holds at most; j1-integration does the same.
const chunkSize = 500

// NewDirectory returns a sink that writes a result as the storage directory of j1-integration, which is .j1-integration
// below a project of its own:
//
//	graph/<step>/entities/<uuid>.json           up to 500 entities of one type
//	graph/<step>/relationships/<uuid>.json      up to 500 relationships of one type
//	index/entities/<type>/<uuid>.json           a link to the file in graph
//	index/relationships/<type>/<uuid>.json      a link to the file in graph
//	summary.json                                how the steps ended, and which types are partial
//	manifest.json                               the manifest of the run, with the hash of every file
//
// The directory changes all at once when the run is complete, and not at all when it is not: then DIR.partial holds a
// manifest that says why. A directory that holds anything but a result of this sink is refused; the page that
// j1-integration visualize writes into it goes with the old result. Files have the mode 0600, directories 0700. The same
// run gives the same bytes. No more than some kilobytes per type are held in memory.
func NewDirectory(dir string, options ...Option) jumpgraph.Sink {
	return &directory{dir: dir, settings: settingsOf(options)}
}

type directory struct {
	settings

	dir    string
	begun  bool
	area   *staging.Area
	chunks map[string]*chunk // by type
	counts map[string]int64  // by type
	files  []jumpgraph.File
	pretty bytes.Buffer
}

// chunk is a file of objects of one type that is being written.
type chunk struct {
	name, link string // below the directory, with slashes
	file       *os.File
	w          *bufio.Writer
	sum        hash.Hash
}

// Begin prepares the staging directory.
func (d *directory) Begin(context.Context, jumpgraph.Run) error {
	if err := d.check(); err != nil {
		return err
	}
	area, err := staging.OpenDir(d.dir, ours)
	if err != nil {
		return fmt.Errorf("jupiterone: %w", err)
	}
	d.area, d.files = area, nil
	d.chunks, d.counts = map[string]*chunk{}, map[string]int64{}
	for _, name := range []string{graphName, indexName} {
		if err := os.Mkdir(filepath.Join(area.Dir, name), 0o700); err != nil {
			return errors.Join(err, d.discard())
		}
	}
	d.begun = true
	return nil
}

// Entities writes entities, and the edges that follow from them.
func (d *directory) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	return d.wrap(d.entities(batch, d.write))
}

// Relationships writes relationships.
func (d *directory) Relationships(_ context.Context, _ string, batch []relationships.Relationship) error {
	return d.wrap(d.relationships(batch, d.write))
}

func (d *directory) wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("jupiterone: write %s: %w", d.dir, err)
	}
	return err
}

// write adds an object to the file of its type that is open.
func (d *directory) write(o object) error {
	c := d.chunks[o.typ]
	n := d.counts[o.typ]
	if c == nil {
		var err error
		if c, err = d.open(o, n/chunkSize); err != nil {
			return err
		}
		d.chunks[o.typ] = c
	}
	d.pretty.Reset()
	d.pretty.WriteString(",\n    ")
	if n%chunkSize == 0 {
		d.pretty.Reset()
		fmt.Fprintf(&d.pretty, "{\n  %q: [\n    ", o.kind)
	}
	if err := json.Indent(&d.pretty, o.text, "    ", "  "); err != nil {
		return err
	}
	if _, err := c.w.Write(d.pretty.Bytes()); err != nil {
		return err
	}
	if d.counts[o.typ]++; d.counts[o.typ]%chunkSize == 0 {
		return d.close(o.typ)
	}
	return nil
}

// open makes the next file of a type.
func (d *directory) open(o object, number int64) (*chunk, error) {
	step := stepOf(collectionOf(o.typ)).id
	base := fileName(step, o.kind, o.typ, number)
	c := &chunk{
		name: path.Join(graphName, step, string(o.kind), base),
		link: path.Join(indexName, string(o.kind), o.typ, base),
		sum:  sha256.New(),
	}
	for _, name := range []string{c.name, c.link} {
		if err := os.MkdirAll(filepath.Dir(d.staged(name)), 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	if c.file, err = os.OpenFile(d.staged(c.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	c.w = bufio.NewWriterSize(io.MultiWriter(c.file, c.sum), 32<<10)
	return c, nil
}

func (d *directory) staged(name string) string {
	return filepath.Join(d.area.Dir, filepath.FromSlash(name))
}

// fileName makes a name in the form of a UUID from what a file holds, so that the same run gives the same names.
func fileName(step string, k kind, typ string, number int64) string {
	u := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d", step, k, typ, number))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8: a form of our own
	return fmt.Sprintf("%x-%x-%x-%x-%x.json", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// close ends the open file of a type, makes sure that it is on the disk, and links to it from the index.
func (d *directory) close(typ string) error {
	c := d.chunks[typ]
	delete(d.chunks, typ)
	_, err := c.w.WriteString("\n  ]\n}")
	if err = errors.Join(err, c.w.Flush(), c.file.Sync()); err != nil {
		return errors.Join(err, c.file.Close())
	}
	info, err := c.file.Stat()
	if err = errors.Join(err, c.file.Close()); err != nil {
		return err
	}
	d.files = append(d.files, jumpgraph.File{Name: c.name, SHA256: hex.EncodeToString(c.sum.Sum(nil)), Bytes: info.Size()})
	return link(d.staged(c.name), d.staged(c.link))
}

// link makes a symlink that stays right when the directory is renamed. Where there are none, it makes a hard link.
func link(file, name string) error {
	to, err := filepath.Rel(filepath.Dir(name), file)
	if err == nil {
		err = os.Symlink(to, name)
	}
	if err == nil {
		return nil
	}
	if hard := os.Link(file, name); hard != nil {
		return errors.Join(err, hard)
	}
	return nil
}

// Commit ends the files, writes summary.json and the manifest, and puts the result in its place.
func (d *directory) Commit(_ context.Context, m *jumpgraph.Manifest) error {
	if err := d.publish(m); err != nil {
		return errors.Join(d.wrap(err), d.discard())
	}
	d.begun, d.area = false, nil
	_ = resultdir.RemovePartial(d.dir)
	return nil
}

func (d *directory) publish(m *jumpgraph.Manifest) error {
	if m == nil {
		return errNoManifest
	}
	for _, typ := range slices.Collect(maps.Keys(d.chunks)) {
		if err := d.close(typ); err != nil {
			return err
		}
	}
	b, err := json.Marshal(d.summary(m))
	if err != nil {
		return err
	}
	if err := staging.WriteFile(d.staged(summaryName), b); err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	d.files = append(d.files, jumpgraph.File{Name: summaryName, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(b))})
	slices.SortFunc(d.files, func(a, b jumpgraph.File) int { return strings.Compare(a.Name, b.Name) })
	m.Files = append(m.Files, d.files...)
	if err := resultdir.Write(d.area.Dir, m); err != nil {
		return err
	}
	for _, name := range []string{graphName, indexName} {
		if err := syncDirs(d.staged(name)); err != nil {
			return err
		}
	}
	return d.area.PublishDir(graphName, indexName, summaryName, resultdir.ManifestName)
}

// syncDirs makes sure that the names in a directory and in those below are on the disk.
func syncDirs(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return staging.SyncDir(name)
	})
}

// Abort drops what was staged and writes DIR.partial with the manifest. The old result stays.
func (d *directory) Abort(_ context.Context, m *jumpgraph.Manifest, _ error) error {
	if !d.begun {
		return nil
	}
	d.begun = false
	if m == nil {
		return d.discard()
	}
	return errors.Join(d.discard(), resultdir.WritePartial(d.dir, m))
}

// discard removes everything that was staged.
func (d *directory) discard() error {
	if d.area == nil {
		return nil
	}
	for _, c := range d.chunks {
		_ = c.file.Close() // what it holds goes with the area
	}
	d.chunks = nil
	err := d.area.Remove()
	d.area = nil
	return err
}

// ours reports an error unless a directory is missing, empty or a result of this sink: anything else would be lost.
func ours(dir string) error {
	return resultdir.Ours(dir, graphName, indexName, summaryName, pageName)
}
