package sqlite

import (
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// insert adds rows to a table.
type insert struct {
	rows.Writer

	bound bound
}

// prepare returns what adds rows to a table of so many columns.
func prepare(conn *sqlite.Conn, table string, columns int) (*insert, error) {
	stmt, err := conn.Prepare("INSERT INTO " + table + " VALUES (?" + strings.Repeat(", ?", columns-1) + ")")
	if err != nil {
		return nil, err
	}
	w := &insert{bound: bound{stmt: stmt}}
	w.Values = &w.bound
	return w, nil
}

// unset binds null to columns that were bound before.
func (w *insert) unset(columns, names []string) {
	for _, name := range names {
		w.bound.stmt.BindNull(slices.Index(columns, name) + 1)
	}
}

// row adds the row that was bound.
func (w *insert) row() error {
	w.bound.at = 0
	if w.Err != nil {
		return w.Err
	}
	if _, err := w.bound.stmt.Step(); err != nil {
		return err
	}
	return w.bound.stmt.Reset()
}

// bound binds values to the columns of a row, in their order.
type bound struct {
	stmt *sqlite.Stmt
	at   int
}

// next moves on to the next column.
func (b *bound) next() int {
	b.at++
	return b.at
}

// Null binds null.
func (b *bound) Null() { b.stmt.BindNull(b.next()) }

// Text binds a text.
func (b *bound) Text(s string) { b.stmt.BindText(b.next(), s) }

// Bool binds 1 or 0.
func (b *bound) Bool(v bool) { b.stmt.BindBool(b.next(), v) }

// Int binds a whole number.
func (b *bound) Int(n int64) { b.stmt.BindInt64(b.next(), n) }

// Float binds a number.
func (b *bound) Float(f float64) { b.stmt.BindFloat(b.next(), f) }

// Document binds a JSON text.
func (b *bound) Document(text string) { b.Text(text) }

// source reads the columns of a row, in their order.
type source struct {
	stmt *sqlite.Stmt
	at   int
}

// next moves on to the next column.
func (s *source) next() int {
	s.at++
	return s.at - 1
}

// Null reports that the next column is null, and then moves past it.
func (s *source) Null() bool {
	if s.stmt.ColumnIsNull(s.at) {
		s.at++
		return true
	}
	return false
}

// Skip moves past a column.
func (s *source) Skip() { s.at++ }

// Text reads a text; empty for null.
func (s *source) Text() string { return s.stmt.ColumnText(s.next()) }

// Bool reads 1 or 0; false for null.
func (s *source) Bool() bool { return s.stmt.ColumnBool(s.next()) }

// Int reads a whole number; 0 for null.
func (s *source) Int() int64 { return s.stmt.ColumnInt64(s.next()) }

// Float reads a number; 0 for null.
func (s *source) Float() float64 { return s.stmt.ColumnFloat(s.next()) }

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
	for _, t := range rows.Tables() {
		keys.WriteString("CREATE UNIQUE INDEX " + t.Type + "_key ON " + t.Type + " (_key, _organization);\n")
	}
	return keys.String() + b.String()
}
