package sqlite

import (
	"encoding/json"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// entityTable is the table of an entity type. The generated code has one for each.
type entityTable struct {
	typ     string
	columns []string // with the organization, the key and the raw data
	write   func(*writer, entities.Entity)
	read    func(*reader) entities.Entity
}

// ownTable is what the table of a relationship has beyond that of others. The generated code has one for each kind that has
// properties of its own.
type ownTable struct {
	columns int
	write   func(*writer, any) bool // false: the properties are not those of this kind
	read    func(*reader) any
}

// writer adds rows to a table. The values of a row are bound in the order of the columns.
type writer struct {
	stmt *sqlite.Stmt
	at   int
	err  error
	enc  jsontext.Encoder
}

// prepare returns a writer for a table.
func prepare(conn *sqlite.Conn, table string, columns int) (*writer, error) {
	stmt, err := conn.Prepare("INSERT INTO " + table + " VALUES (?" + strings.Repeat(", ?", columns-1) + ")")
	return &writer{stmt: stmt}, err
}

// next moves on to the next column.
func (w *writer) next() int {
	w.at++
	return w.at
}

func (w *writer) null()         { w.stmt.BindNull(w.next()) }
func (w *writer) text(s string) { w.stmt.BindText(w.next(), s) }
func (w *writer) bool(b bool)   { w.stmt.BindBool(w.next(), b) }
func (w *writer) int(n int64)   { w.stmt.BindInt64(w.next(), n) }

// optional binds a text, of which the empty one means that there is none.
func (w *writer) optional(s string) {
	if s == "" {
		w.null()
		return
	}
	w.text(s)
}

func (w *writer) maybeBool(b *bool) {
	if b == nil {
		w.null()
		return
	}
	w.bool(*b)
}

func (w *writer) maybeInt(n *int64) {
	if n == nil {
		w.null()
		return
	}
	w.int(*n)
}

func (w *writer) maybeMillis(m *entities.Millis) { w.maybeInt((*int64)(m)) }

func (w *writer) float(f float64) { w.stmt.BindFloat(w.next(), f) }

func (w *writer) maybeFloat(f *float64) {
	if f == nil {
		w.null()
		return
	}
	w.float(*f)
}

// list binds a list as a JSON array.
func (w *writer) list(list []string) {
	if list == nil {
		w.null()
		return
	}
	w.json(list)
}

func (w *writer) raw(data []entities.RawData) {
	if data == nil {
		w.null()
		return
	}
	w.json(data)
}

func (w *writer) json(v any) {
	text, err := w.enc.Encode(v)
	if err != nil {
		w.err = err
	}
	w.text(string(text))
}

// unset binds null to columns that were bound before.
func (w *writer) unset(columns, names []string) {
	for _, name := range names {
		w.stmt.BindNull(slices.Index(columns, name) + 1)
	}
}

// row adds the row that was bound.
func (w *writer) row() error {
	w.at = 0
	if w.err != nil {
		return w.err
	}
	if _, err := w.stmt.Step(); err != nil {
		return err
	}
	return w.stmt.Reset()
}

// maybeText binds a text of a named type.
func maybeText[T ~string](w *writer, s *T) {
	if s == nil {
		w.null()
		return
	}
	w.text(string(*s))
}

// reader reads the columns of a row, in their order.
type reader struct {
	stmt *sqlite.Stmt
	at   int
	err  error
}

// next moves on to the next column.
func (r *reader) next() int {
	r.at++
	return r.at - 1
}

func (r *reader) skip()        { r.at++ }
func (r *reader) text() string { return r.stmt.ColumnText(r.next()) } // empty for null
func (r *reader) bool() bool   { return r.stmt.ColumnBool(r.next()) } // false for null
func (r *reader) int() int64   { return r.stmt.ColumnInt64(r.next()) }

func (r *reader) float() float64 { return r.stmt.ColumnFloat(r.next()) }

// null reports that the next column is null, and then moves past it.
func (r *reader) null() bool {
	if r.stmt.ColumnIsNull(r.at) {
		r.at++
		return true
	}
	return false
}

func (r *reader) maybeBool() *bool {
	if r.null() {
		return nil
	}
	return new(r.bool())
}

func (r *reader) maybeInt() *int64 {
	if r.null() {
		return nil
	}
	return new(r.int())
}

func (r *reader) maybeMillis() *entities.Millis { return (*entities.Millis)(r.maybeInt()) }

func (r *reader) maybeFloat() *float64 {
	if r.null() {
		return nil
	}
	return new(r.float())
}

func (r *reader) list() []string {
	var list []string
	r.json(&list)
	return list
}

func (r *reader) json(v any) {
	if r.null() {
		return
	}
	if err := json.Unmarshal([]byte(r.text()), v); err != nil && r.err == nil {
		r.err = err
	}
}

// meta reads the key, which comes first.
func (r *reader) meta(typ string, class ...string) entities.Meta {
	return entities.Meta{Key: r.text(), Type: typ, Class: class}
}

// readText reads a text of a named type.
func readText[T ~string](r *reader) *T {
	if r.null() {
		return nil
	}
	return new(T(r.text()))
}

// lastSQL makes the people of the users, and the indexes: building them at the end is faster than keeping them up to date.
func lastSQL() string {
	var b strings.Builder
	b.WriteString(`
		INSERT INTO employee SELECT p.email, coalesce(nullif(trim(coalesce(u.firstName, '') || ' ' || coalesce(u.lastName, '')), ''), u.name),
			u.firstName, u.lastName, u.employeeType, u.employeeId, u.jobTitle, p.users
			FROM (SELECT email, min(rowid) AS first, count(*) AS users FROM jumpcloud_user_is_employee GROUP BY email) p
			JOIN jumpcloud_user_is_employee i ON i.rowid = p.first
			JOIN jumpcloud_user u ON u._key = i._fromEntityKey AND u._organization = i._organization;
		CREATE UNIQUE INDEX employee_email ON employee (email);
		CREATE INDEX jumpcloud_user_is_employee_from ON jumpcloud_user_is_employee (_fromEntityKey);
		CREATE INDEX jumpcloud_user_is_employee_email ON jumpcloud_user_is_employee (email);
		CREATE INDEX unknown_key ON unknown (_key);
	`)
	for _, r := range relationships.Rules() {
		if r.From != "jumpcloud_account" { // which all have the same source
			b.WriteString("CREATE INDEX " + r.Type + "_from ON " + r.Type + " (_fromEntityKey, _toEntityKey);\n")
		}
		b.WriteString("CREATE INDEX " + r.Type + "_to ON " + r.Type + " (_toEntityKey, _fromEntityKey);\n")
	}
	var keys strings.Builder
	for _, t := range entityTables {
		keys.WriteString("CREATE UNIQUE INDEX " + t.typ + "_key ON " + t.typ + " (_key, _organization);\n")
	}
	return keys.String() + b.String()
}
