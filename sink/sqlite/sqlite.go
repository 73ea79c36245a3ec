// Package sqlite keeps a graph in a SQLite database: a sink that writes one, and a source that reads it and answers SQL.
//
// It compiles a database engine, in Go. A table holds what the model says of its type, a row per entity or relationship and a column per property;
// docs/queries.md lists them. Times are milliseconds since 1970, booleans 1 or 0, lists JSON arrays; null means that
// JumpCloud does not say. The tables manifest, collection and unknown say how far the rest can be trusted. The table checksum has a
// hash of the file, so that a database with damaged pages or changed rows is not believed: see [DB.Verify].
package sqlite

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/relationships"
)

//go:embed manifest.sql
var manifestSQL string

//go:embed zz_tables.sql
var tablesSQL string

// Schema returns the statements that make the tables, with comments that describe every table and column.
func Schema() string { return manifestSQL + "\n" + tablesSQL }

const (
	applicationID = 0x4a474c54 // marks a file as ours: it stands in the header of the database
	userVersion   = 2          // the version of the tables
)

// New returns a sink that writes a result into a SQLite database. The file changes all at once when the run is complete,
// and not at all when it is not: then PATH.partial is a database with what was read, and its table manifest says partial.
// A program that has the old file open goes on reading the old result. A file that is not a database of this library is
// refused. The file has the mode 0600.
//
// The tables employee and jumpcloud_user_is_employee are made of the users by [relationships.UserIsEmployee].
func New(path string) jumpgraph.Sink { return &sink{path: path} }

type sink struct {
	path    string
	area    *staging.Area
	conn    *sqlite.Conn
	inserts map[string]*insert // by table
	broken  bool               // the database could not be written to
}

const stagedName = "graph.db"

// Begin makes the tables in a database beside the place of the result.
func (s *sink) Begin(context.Context, jumpgraph.Run) error {
	area, err := staging.OpenFile(s.path, ours)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	s.area, s.inserts = area, map[string]*insert{}
	if err := s.open(); err != nil {
		return errors.Join(fmt.Errorf("sqlite: make the database: %w", err), s.discard())
	}
	return nil
}

// open makes the database. Nobody reads it until it is whole, so that it needs no journal.
func (s *sink) open() error {
	file := filepath.Join(s.area.Dir, stagedName)
	if err := staging.WriteFile(file, nil); err != nil { // private from the beginning
		return err
	}
	var err error
	if s.conn, err = sqlite.OpenConn(file, sqlite.OpenReadWrite); err != nil {
		return err
	}
	return script(s.conn, fmt.Sprintf(`PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
		PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8000; PRAGMA application_id = %d; PRAGMA user_version = %d; %s BEGIN;`,
		applicationID, userVersion, Schema()))
}

// script runs statements one after the other.
func script(conn *sqlite.Conn, text string) error {
	for !blank(text) {
		stmt, rest, err := conn.PrepareTransient(text)
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = stmt.Step()
		}
		if err := errors.Join(err, stmt.Finalize()); err != nil {
			return err
		}
		text = text[len(text)-rest:]
	}
	return nil
}

// blank reports that a text holds no statement: only space, comments and semicolons.
func blank(text string) bool {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f;")
		end := ""
		switch {
		case text == "":
			return true
		case strings.HasPrefix(text, "--"):
			end = "\n"
		case strings.HasPrefix(text, "/*"):
			end = "*/"
		default:
			return false
		}
		_, text, _ = strings.Cut(text[2:], end)
	}
}

// Entities adds a row per entity.
func (s *sink) Entities(_ context.Context, org string, batch []entities.Entity) error {
	for _, e := range batch {
		if err := s.entity(org, e); err != nil {
			s.broken = true
			return fmt.Errorf("sqlite: write %s: %w", s.path, err)
		}
	}
	return nil
}

func (s *sink) entity(org string, e entities.Entity) error {
	head := e.Header()
	t, err := rows.TableOf(head.Type)
	if err != nil {
		return err
	}
	w, err := s.into(t.Type, len(t.Columns))
	if err != nil {
		return err
	}
	t.Write(&w.Writer, org, e)
	w.unset(t.Columns, head.Assumed())
	if err := w.row(); err != nil {
		return err
	}
	for property, why := range rows.Unknown(e) {
		if err := s.unknown(org, t.Type, head.Key, property, why, 1); err != nil {
			return err
		}
	}
	if u, ok := e.(*entities.User); ok {
		return s.employee(org, u)
	}
	return nil
}

// employee notes which person a user is. The people follow at the end.
func (s *sink) employee(org string, u *entities.User) error {
	edge, ok := relationships.UserIsEmployee(u)
	if !ok {
		return nil
	}
	w, err := s.into("jumpcloud_user_is_employee", 3)
	if err != nil {
		return err
	}
	w.Text(org)
	w.Text(u.Key)
	w.Text(edge.Mapping.TargetEntity.Email)
	return w.row()
}

// unknown notes a property of which nothing may be concluded. Without a key it is that of so many rows.
func (s *sink) unknown(org, table, key, property, why string, count int64) error {
	w, err := s.into("unknown", 6)
	if err != nil {
		return err
	}
	w.Text(org)
	w.Text(table)
	w.Optional(key)
	w.Text(property)
	w.Text(why)
	w.Int(count)
	return w.row()
}

// Relationships adds a row per relationship.
func (s *sink) Relationships(_ context.Context, org string, batch []relationships.Relationship) error {
	for i := range batch {
		if err := s.relationship(org, &batch[i]); err != nil {
			s.broken = true
			return fmt.Errorf("sqlite: write %s: %w", s.path, err)
		}
	}
	return nil
}

func (s *sink) relationship(org string, r *relationships.Relationship) error {
	w, err := s.into(r.Type, rows.RelationshipColumns(r.Type))
	if err != nil {
		return err
	}
	if err := rows.WriteRelationship(&w.Writer, org, r); err != nil {
		return err
	}
	return w.row()
}

// into returns the statement that adds a row to a table.
func (s *sink) into(table string, columns int) (*insert, error) {
	if w := s.inserts[table]; w != nil {
		return w, nil
	}
	w, err := prepare(s.conn, table, columns)
	s.inserts[table] = w
	return w, err
}

// Commit makes the indexes, writes down what the manifest says, and puts the database in its place.
func (s *sink) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	err := resultdir.ErrHollow
	if resultdir.Whole(m) {
		err = s.finish(ctx, m)
	}
	if err == nil {
		err = s.publish(m)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("sqlite: write %s: %w", s.path, err), s.discard())
	}
	return nil
}

// publish puts the database in its place and adds it to the files of the manifest.
func (s *sink) publish(m *jumpgraph.Manifest) error {
	if err := unused(s.path); err != nil {
		return err
	}
	sum, n, err := hashOf(filepath.Join(s.area.Dir, stagedName))
	if err != nil {
		return err
	}
	if err := s.area.PublishFile(stagedName, false); err != nil {
		return err
	}
	s.area = nil
	m.Files = append(m.Files, jumpgraph.File{Name: filepath.Base(s.path), SHA256: sum, Bytes: n})
	if partial := PartialPath(s.path); isPartial(partial) {
		_ = os.Remove(partial) // the result is newer
	}
	return nil
}

// PartialPath returns the database in which a run that is not complete leaves what it has read.
func PartialPath(path string) string { return staging.PartialFile(path) }

// Abort leaves the old result alone and puts what was read, with the reasons, beside it.
func (s *sink) Abort(ctx context.Context, m *jumpgraph.Manifest, _ error) error {
	if s.area == nil {
		return nil
	}
	if s.broken || m == nil {
		return s.discard()
	}
	err := s.finish(ctx, m)
	if partial := PartialPath(s.path); err == nil {
		if err = oursPartial(partial); err == nil {
			err = s.area.PublishFile(stagedName, true)
		}
		if err == nil {
			s.area = nil
			return nil
		}
	}
	return errors.Join(fmt.Errorf("sqlite: write %s: %w", PartialPath(s.path), err), s.discard())
}

// discard drops everything that was staged.
func (s *sink) discard() error {
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.close())
	}
	if s.area != nil {
		errs = append(errs, s.area.Remove())
		s.area = nil
	}
	return errors.Join(errs...)
}

func (s *sink) close() error {
	s.inserts = nil
	err := s.conn.Close()
	s.conn = nil
	return err
}

// finish writes what comes last, and makes sure that the database is on the disk.
func (s *sink) finish(ctx context.Context, m *jumpgraph.Manifest) error {
	err := s.writeManifest(m)
	if err == nil {
		err = script(s.conn, lastSQL()+"COMMIT; PRAGMA analysis_limit = 200; ANALYZE;")
	}
	var page int64
	if err == nil {
		page, err = checksumPage(s.conn)
	}
	if err == nil && m.Status == jumpgraph.Complete {
		err = counted(s.conn, m)
	}
	if err = errors.Join(err, s.close()); err != nil {
		s.broken = true
		return err
	}
	f, err := os.OpenFile(filepath.Join(s.area.Dir, stagedName), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = seal(ctx, f, page)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// ours reports an error unless a file is missing, empty or a database of ours: anything else would be lost.
func ours(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory: name a file for the database", path)
	case info.Size() == 0:
		return unused(path)
	}
	switch is, err := isOurs(path); {
	case err != nil:
		return err
	case !is:
		return fmt.Errorf("%s is not a database of jumpgraph: choose a new file", path)
	}
	return unused(path)
}

// unused reports an error when another program writes to a database: its journal would be taken for one of the new file.
func unused(path string) error {
	for _, suffix := range []string{"-journal", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Size() > 0 {
			return fmt.Errorf("%s exists: another program writes to the database; close it first", path+suffix)
		}
	}
	return nil
}

// isOurs reports that the header of a file is that of a database of ours. Only a regular file is opened: what is read from a
// pipe is gone.
func isOurs(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // opened to read
	head := make([]byte, 72)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return false, nil
	}
	id := uint32(head[68])<<24 | uint32(head[69])<<16 | uint32(head[70])<<8 | uint32(head[71])
	return id == applicationID, nil
}

// hashOf returns the SHA-256 and the size of a file.
func hashOf(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), n, errors.Join(err, f.Close())
}
