package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// DB is a database that was opened to read. It is not safe for concurrent use; open one for each goroutine.
type DB struct {
	conn     *sqlite.Conn
	manifest *jumpgraph.Manifest
	path     string
	data     *os.File // the file itself
	file     os.FileInfo
	checksum extent                   // the page with the hash
	sum      string                   // the hash
	verified bool                     // the file has that hash
	read     map[graphsql.Column]bool // what statements read, as they are prepared
}

// longestValue is how many bytes a value of a query may have.
const longestValue = 64 << 20

// Is reports that a path is a database of this package. Of one that cannot be read, and of a pipe, which it does not read
// from, it does not.
func Is(path string) bool {
	is, err := isOurs(path)
	return is && err == nil
}

// Open opens a database that [New] wrote, also a partial one; its manifest says which. Nothing can be written through it:
// neither to the database nor to any other file. A file that is not such a database gives [jumpgraph.ErrNoResult]. A complete
// one must have as many rows as its manifest counts; whether the rows are those of its run is for [DB.Verify] to say.
func Open(path string) (*DB, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch is, err := isOurs(path); {
	case err != nil:
		return nil, err
	case !is:
		return nil, fmt.Errorf("%w: %s is not a database of jumpgraph", jumpgraph.ErrNoResult, path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The file never changes, it is only replaced: immutable spares the locks and takes no journal for its own.
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: "immutable=1"}
	conn, err := sqlite.OpenConn(uri.String(), sqlite.OpenReadOnly|sqlite.OpenURI)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	db := &DB{conn: conn, path: path, file: info, read: map[graphsql.Column]bool{}}
	err = db.hold()
	if err == nil {
		err = db.open()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), db.Close())
	}
	return db, nil
}

// hold opens the file itself. It makes sure that it is the one that was opened as a database.
func (db *DB) hold() (err error) {
	if db.data, err = os.Open(db.path); err != nil {
		return err
	}
	if info, err := db.data.Stat(); err != nil || !os.SameFile(info, db.file) {
		return errors.New("it was replaced in the meantime: start over")
	}
	return nil
}

func (db *DB) open() error {
	version, err := number(db.conn, "PRAGMA user_version")
	if err != nil {
		return err
	}
	if version != userVersion {
		return fmt.Errorf("its tables have version %d; this program reads %d: collect again, or use another version of it", version, userVersion)
	}
	if err := db.readManifest(); err != nil {
		return err
	}
	if err := db.readChecksum(); err != nil {
		return err
	}
	if db.manifest.Status == jumpgraph.Complete {
		if err := counted(db.conn, db.manifest); err != nil {
			return err
		}
	}
	if err := addFunctions(db.conn); err != nil {
		return err
	}
	db.conn.Limit(sqlite.LimitLength, longestValue)
	return db.conn.SetAuthorizer(sqlite.AuthorizeFunc(db.authorize))
}

func (db *DB) readManifest() error {
	text, err := db.text("SELECT json FROM manifest")
	if err != nil {
		return err
	}
	db.manifest = &jumpgraph.Manifest{}
	if err := json.Unmarshal([]byte(text), db.manifest); err != nil || !resultdir.Whole(db.manifest) {
		return fmt.Errorf("%w: its manifest cannot be read", jumpgraph.ErrNoResult)
	}
	return nil
}

func (db *DB) readChecksum() error {
	page, err := checksumPage(db.conn)
	if err == nil {
		db.checksum, err = pageOf(db.data, page)
	}
	if err == nil {
		db.sum, err = db.text("SELECT sha256 FROM checksum")
	}
	return err
}

// text returns the one text that a statement gives; empty when it gives none.
func (db *DB) text(query string) (text string, err error) {
	err = sqlitex.ExecuteTransient(db.conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { text = stmt.ColumnText(0); return nil },
	})
	return text, err
}

// authorize lets statements read, and nothing else.
func (db *DB) authorize(a sqlite.Action) sqlite.AuthResult {
	switch a.Type() {
	case sqlite.OpRead:
		db.read[graphsql.Column{Table: a.Table(), Name: a.Column()}] = true
		return sqlite.AuthResultOK
	case sqlite.OpSelect, sqlite.OpRecursive, sqlite.OpFunction:
		return sqlite.AuthResultOK
	case sqlite.OpPragma:
		if slices.Contains([]string{"table_info", "table_xinfo", "table_list", "index_list", "index_info"}, a.Pragma()) {
			return sqlite.AuthResultOK
		}
		return sqlite.AuthResultDeny
	default:
		return sqlite.AuthResultDeny
	}
}

// Manifest returns the proof of the run that made the database. It must not be changed. It is nil for a nil database.
func (db *DB) Manifest() *jumpgraph.Manifest {
	if db == nil {
		return nil
	}
	return db.manifest
}

// Close closes the database.
func (db *DB) Close() error {
	err := db.conn.Close()
	if db.data != nil {
		err = errors.Join(err, db.data.Close())
	}
	return err
}

// Hash returns the SHA-256 of the file and its size. An error says that another file has taken its place since it was
// opened.
func (db *DB) Hash() (jumpgraph.File, error) {
	sum, n, err := hashOf(db.path)
	if err != nil {
		return jumpgraph.File{}, err
	}
	if now, err := os.Stat(db.path); err != nil || !os.SameFile(now, db.file) || !now.ModTime().Equal(db.file.ModTime()) {
		return jumpgraph.File{}, fmt.Errorf("sqlite: %s was replaced in the meantime: start over", db.path)
	}
	return jumpgraph.File{Name: filepath.Base(db.path), SHA256: sum, Bytes: n}, nil
}

// Query runs one statement that reads, and hands each row to row. Values are nil, int64, float64, string or []byte; the
// slice is valid during the call only. Arguments are a string, int, int64, float64 or nil, named without their colon; one that the statement has and the
// arguments do not is null, and one that only the arguments have is an error. An error of row ends the query.
func (db *DB) Query(ctx context.Context, query string, args map[string]any, row func(values []any) error) (columns []string, err error) {
	if row == nil {
		return nil, errors.New("sqlite: Query needs a function that takes the rows")
	}
	stmt, err := db.prepare(query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stmt.Finalize()) }()
	if err := bind(stmt, args); err != nil {
		return nil, err
	}
	defer db.conn.SetInterrupt(db.conn.SetInterrupt(ctx.Done()))
	columns = db.columns(stmt, query)
	values := make([]any, len(columns))
	for {
		more, err := stmt.Step()
		if err != nil {
			return nil, errors.Join(ctx.Err(), stepError(err))
		}
		if !more {
			return columns, nil
		}
		for i := range values {
			values[i] = valueOf(stmt, i)
		}
		if err := row(values); err != nil {
			return nil, err
		}
	}
}

// stepError tells what a statement does wrong from what is wrong with the database or the machine.
func stepError(err error) error {
	switch code := sqlite.ErrCode(err).ToPrimary(); {
	case code == sqlite.ResultAuth:
		return errMoreThanRead
	case slices.Contains(notTheStatement, code):
		return err
	}
	return fmt.Errorf("%w: %w", jumpgraph.ErrUsage, err)
}

// notTheStatement are the failures for which a statement cannot be blamed.
var notTheStatement = []sqlite.ResultCode{
	sqlite.ResultInterrupt, sqlite.ResultIOErr, sqlite.ResultCorrupt, sqlite.ResultNoMem, sqlite.ResultNotADB, sqlite.ResultFull, sqlite.ResultCantOpen,
}

var errMoreThanRead = fmt.Errorf("%w: the statement does more than read: use SELECT", jumpgraph.ErrUsage)

// Describe says what a statement is about, without running it.
func (db *DB) Describe(query string) (graphsql.Statement, error) {
	clear(db.read)
	stmt, err := db.prepare(query)
	if err != nil {
		return graphsql.Statement{}, err
	}
	s := graphsql.Statement{Reads: slices.SortedFunc(maps.Keys(db.read), func(a, b graphsql.Column) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Name, b.Name))
	})}
	for i := range stmt.BindParamCount() {
		s.Parameters = append(s.Parameters, parameter(stmt, i+1))
	}
	s.Columns = db.columns(stmt, query)
	return s, stmt.Finalize()
}

// columns returns the names of the columns that a statement gives. Of several with the same name, the driver names only one,
// and SQLite tells them apart where they come from a query inside another.
func (db *DB) columns(stmt *sqlite.Stmt, query string) []string {
	names := columnNames(stmt)
	if !slices.Contains(names, "") {
		return names
	}
	if end := strings.LastIndexByte(query, ';'); end >= 0 && blank(query[end:]) {
		query = query[:end]
	}
	if outer, _, err := db.conn.PrepareTransient("SELECT * FROM (" + query + "\n)"); err == nil {
		if n := columnNames(outer); len(n) == len(names) {
			names = n
		}
		_ = outer.Finalize() // it was not run
	}
	return names
}

func columnNames(stmt *sqlite.Stmt) []string {
	names := make([]string, stmt.ColumnCount())
	for i := range names {
		names[i] = stmt.ColumnName(i)
	}
	return names
}

// parameter returns the name of a parameter of a statement; empty when it has none.
func parameter(stmt *sqlite.Stmt, i int) string {
	return strings.TrimLeft(stmt.BindParamName(i), ":@$")
}

// prepare makes a statement of a text that holds no other.
func (db *DB) prepare(query string) (*sqlite.Stmt, error) {
	if blank(query) {
		return nil, fmt.Errorf("%w: no statement", jumpgraph.ErrUsage)
	}
	stmt, rest, err := db.conn.PrepareTransient(query)
	switch {
	case sqlite.ErrCode(err).ToPrimary() == sqlite.ResultAuth:
		return nil, errMoreThanRead
	case err != nil:
		return nil, fmt.Errorf("%w: %w", jumpgraph.ErrUsage, err)
	case stmt.ColumnCount() == 0:
		return nil, errors.Join(fmt.Errorf("%w: the statement gives no rows: use SELECT", jumpgraph.ErrUsage), stmt.Finalize())
	case !blank(query[len(query)-rest:]):
		return nil, errors.Join(fmt.Errorf("%w: one statement at a time", jumpgraph.ErrUsage), stmt.Finalize())
	}
	return stmt, nil
}

// bind sets the parameters of a statement.
func bind(stmt *sqlite.Stmt, args map[string]any) error {
	known := map[string]bool{}
	for i := 1; i <= stmt.BindParamCount(); i++ {
		name := parameter(stmt, i)
		if name == "" {
			return fmt.Errorf("%w: name the parameters, like :days", jumpgraph.ErrUsage)
		}
		known[name] = true
		switch v := args[name].(type) {
		case nil:
			stmt.BindNull(i)
		case string:
			stmt.BindText(i, v)
		case int:
			stmt.BindInt64(i, int64(v))
		case int64:
			stmt.BindInt64(i, v)
		case float64:
			stmt.BindFloat(i, v)
		default:
			return fmt.Errorf("%w: the parameter %s has the type %T: give a string, int, int64, float64 or nil", jumpgraph.ErrUsage, name, v)
		}
	}
	for name := range args {
		if !known[name] {
			return fmt.Errorf("%w: the statement has no parameter :%s", jumpgraph.ErrUsage, name)
		}
	}
	return nil
}

func valueOf(stmt *sqlite.Stmt, i int) any {
	switch stmt.ColumnType(i) {
	case sqlite.TypeInteger:
		return stmt.ColumnInt64(i)
	case sqlite.TypeFloat:
		return stmt.ColumnFloat(i)
	case sqlite.TypeText:
		return stmt.ColumnText(i)
	case sqlite.TypeBlob:
		b := make([]byte, stmt.ColumnLen(i))
		stmt.ColumnBytes(i, b)
		return b
	default:
		return nil
	}
}

var (
	_ jumpgraph.Source  = (*DB)(nil)
	_ graphsql.Database = (*DB)(nil)
)

// String is the path of the database.
func (db *DB) String() string { return db.path }

// errNoTake says that a reader was given nothing to hand on to.
var errNoTake = errors.New("sqlite: reading needs a function that takes the batches")

// batchSize is how many entities or relationships are handed on at once.
const batchSize = 256

// Entities hands on the entities, organization by organization and type by type, after [DB.Verify].
func (db *DB) Entities(ctx context.Context, take func(org string, batch []entities.Entity) error) error {
	if take == nil {
		return errNoTake
	}
	if err := db.Verify(ctx); err != nil {
		return err
	}
	for _, org := range db.manifest.Organizations {
		for _, t := range rows.Tables() {
			if err := db.entitiesOf(ctx, &t, org.ID, take); err != nil {
				return err
			}
		}
	}
	return nil
}

// entitiesOf hands on the entities of one type, with what is unknown of them.
func (db *DB) entitiesOf(ctx context.Context, t *rows.Table, org string, take func(org string, batch []entities.Entity) error) error {
	unknown, err := db.unknown(t.Type, org)
	if err != nil {
		return err
	}
	defer unknown.stmt.Finalize() //nolint:errcheck // its errors came from Step
	row := func(r *rows.Reader) entities.Entity {
		e := t.Read(r)
		properties, err := unknown.of(e.Header().Key)
		r.Err = cmp.Or(r.Err, err)
		if properties != nil {
			e.Header().SetUnknown(properties)
		}
		return e
	}
	return eachRow(ctx, db, t.Type, org, row, func(batch []entities.Entity) error { return take(org, batch) })
}

// unknowns reads what is unknown of the rows of a table, in the order of the rows.
type unknowns struct {
	stmt *sqlite.Stmt
	more bool // the statement stands at a row
}

func (db *DB) unknown(table, org string) (*unknowns, error) {
	stmt, err := db.prepare("SELECT _key, property FROM unknown WHERE _key IS NOT NULL AND tableName = :table AND _organization = :org ORDER BY rowid")
	if err != nil {
		return nil, err
	}
	stmt.SetText(":table", table)
	stmt.SetText(":org", org)
	u := &unknowns{stmt: stmt}
	u.more, err = stmt.Step()
	return u, err
}

// of returns what is unknown of the next row, when it has this key.
func (u *unknowns) of(key string) (properties []string, err error) {
	for u.more && u.stmt.ColumnText(0) == key {
		properties = append(properties, u.stmt.ColumnText(1))
		if u.more, err = u.stmt.Step(); err != nil {
			return nil, err
		}
	}
	return properties, nil
}

// Relationships hands on the relationships in the same order.
func (db *DB) Relationships(ctx context.Context, take func(org string, batch []relationships.Relationship) error) error {
	if take == nil {
		return errNoTake
	}
	if err := db.Verify(ctx); err != nil {
		return err
	}
	for _, org := range db.manifest.Organizations {
		for _, rule := range relationships.Rules() {
			row := func(r *rows.Reader) relationships.Relationship { return rows.ReadRelationship(r, rule) }
			give := func(batch []relationships.Relationship) error { return take(org.ID, batch) }
			if err := eachRow(ctx, db, rule.Type, org.ID, row, give); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachRow hands on the rows that a table has of an organization, in the order in which they came.
func eachRow[T any](ctx context.Context, db *DB, table, org string, row func(*rows.Reader) T, give func([]T) error) error {
	stmt, err := db.prepare("SELECT * FROM " + table + " WHERE _organization = :org ORDER BY rowid")
	if err != nil {
		return err
	}
	defer stmt.Finalize() //nolint:errcheck // its errors came from Step
	stmt.SetText(":org", org)
	from := &source{stmt: stmt}
	r := &rows.Reader{Source: from}
	var batch []T
	for {
		more, err := stmt.Step()
		if err != nil {
			return err
		}
		if len(batch) == batchSize || !more && len(batch) > 0 {
			if err := errors.Join(ctx.Err(), give(batch)); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if !more {
			return nil
		}
		from.at = 1 // past the organization
		batch = append(batch, row(r))
		if r.Err != nil {
			return fmt.Errorf("sqlite: %s: %s: %w", db.path, table, r.Err)
		}
	}
}
