package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// A database has a hash of itself: the SHA-256 of all its pages but the one that holds the hash, in the table checksum. So
// it speaks for every row, for the indexes and for the tables themselves, and costs a pass over the file.

// noChecksum stands in the table until the file is whole.
var noChecksum = strings.Repeat("0", 2*sha256.Size)

// checksumPage returns the number of the page that holds the hash.
func checksumPage(conn *sqlite.Conn) (int64, error) {
	return number(conn, "SELECT rootpage FROM sqlite_schema WHERE name = 'checksum'")
}

// number returns the one number that a statement gives; 0 when it gives none.
func number(conn *sqlite.Conn, query string) (n int64, err error) {
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { n = stmt.ColumnInt64(0); return nil },
	})
	return n, err
}

// seal writes the hash into a database that is whole, and that nobody has open.
func seal(ctx context.Context, f *os.File, page int64) error {
	own, err := pageOf(f, page)
	if err != nil {
		return err
	}
	sum, err := hashWithout(ctx, f, own)
	if err != nil {
		return err
	}
	b := make([]byte, own.size)
	if _, err := f.ReadAt(b, own.start); err != nil {
		return err
	}
	at := bytes.Index(b, []byte(noChecksum))
	if at < 0 {
		return errors.New("the page of the checksum has no place for it")
	}
	_, err = f.WriteAt([]byte(sum), own.start+int64(at))
	return err
}

// extent is where a page stands in a file.
type extent struct{ start, size int64 }

// pageOf returns where a page stands, of which the first has the number 1.
func pageOf(f *os.File, page int64) (extent, error) {
	var head [18]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return extent{}, err
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if page < 2 || size < 512 { // the first holds the tables' definitions; 65536 does not fit into the header, and is not used
		return extent{}, errors.New("it has no page for the checksum")
	}
	return extent{(page - 1) * size, size}, nil
}

// hashWithout returns the hash of a file without one of its pages.
func hashWithout(ctx context.Context, f *os.File, left extent) (string, error) {
	const all = 1 << 62
	sum := sha256.New()
	end := left.start + left.size
	buffer := make([]byte, 256<<10)
	for _, part := range []*io.SectionReader{io.NewSectionReader(f, 0, left.start), io.NewSectionReader(f, end, all-end)} {
		if _, err := io.CopyBuffer(sum, stopping{ctx, part}, buffer); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// stopping reads until a context ends.
type stopping struct {
	ctx context.Context //nolint:containedctx // of one call
	io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Reader.Read(p)
}

// Verify reads the file once and compares it with the hash that was computed when it was written: an error says that a row or
// anything else was changed since. [DB.Entities] and [DB.Relationships] do so before their first batch; whoever concludes
// something from a query calls it before. What it has found once holds for the open database.
func (db *DB) Verify(ctx context.Context) error {
	if db.verified {
		return nil
	}
	sum, err := hashWithout(ctx, db.data, db.checksum)
	if err != nil {
		return fmt.Errorf("sqlite: read %s: %w", db.path, err)
	}
	if sum != db.sum {
		return fmt.Errorf("sqlite: %s is not as its run wrote it: collect again", db.path)
	}
	db.verified = true
	return nil
}

// Check has SQLite look at every page, and hands each finding to report, in SQLite's words.
func (db *DB) Check(ctx context.Context, report func(finding string)) error {
	if err := db.conn.SetAuthorizer(nil); err != nil {
		return err
	}
	defer db.conn.SetInterrupt(db.conn.SetInterrupt(ctx.Done()))
	err := sqlitex.ExecuteTransient(db.conn, "PRAGMA integrity_check", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			if text := stmt.ColumnText(0); text != "ok" {
				report(text)
			}
			return nil
		},
	})
	if err != nil {
		err = fmt.Errorf("sqlite: check %s: %w", db.path, errors.Join(ctx.Err(), err))
	}
	return errors.Join(err, db.conn.SetAuthorizer(sqlite.AuthorizeFunc(db.authorize)))
}

// counted compares the tables with the counts in a manifest.
func counted(conn *sqlite.Conn, m *jumpgraph.Manifest) error {
	for _, typ := range schemas.Types() {
		n, err := number(conn, "SELECT count(*) FROM "+typ)
		if err != nil {
			return err
		}
		if want := m.Entities[typ] + m.Relationships[typ]; n != want {
			return fmt.Errorf("the manifest counts %d of %s, the table holds %d: collect again", want, typ, n)
		}
	}
	return nil
}
