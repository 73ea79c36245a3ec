package sqlite

import (
	"maps"
	"slices"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// writeManifest fills the tables that say how far the others can be trusted.
func (s *sink) writeManifest(m *jumpgraph.Manifest) error {
	whole := *m
	whole.Files = []jumpgraph.File{} // the file cannot name its own hash
	text, err := jsontext.Marshal(whole)
	if err != nil {
		return err
	}
	w, err := s.into("manifest", 10)
	if err != nil {
		return err
	}
	w.Text(string(m.Status))
	w.Optional(m.Reason)
	w.Int(m.StartedAt.UnixMilli())
	w.time(m.FinishedAt)
	w.Text(m.Tool.Name)
	w.Text(m.Tool.Version)
	w.Text(m.ModelVersion)
	w.Int(m.Requests)
	w.Int(m.Retries)
	w.Text(string(text))
	if err := w.row(); err != nil {
		return err
	}
	if w, err = s.into("checksum", 1); err != nil {
		return err
	}
	w.Text(noChecksum)
	if err := w.row(); err != nil {
		return err
	}
	for _, org := range m.Organizations {
		if err := s.writeOrganization(org); err != nil {
			return err
		}
	}
	for _, typ := range append(schemas.Types(), "jumpcloud_user_is_employee", "employee") {
		from, known := jumpgraph.CollectionOf(typ)
		if !known { // it is made of the users
			from, _ = jumpgraph.CollectionOf("jumpcloud_user")
		}
		w, err := s.into("source", 2)
		if err != nil {
			return err
		}
		w.Text(typ)
		w.Text(from)
		if err := w.row(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) writeOrganization(org *jumpgraph.Organization) error {
	w, err := s.into("organization", 4)
	if err != nil {
		return err
	}
	w.Text(org.ID)
	w.Text(org.Name)
	w.Text(string(org.Status))
	w.Int(org.Requests)
	if err := w.row(); err != nil {
		return err
	}
	for _, c := range org.Collections {
		if err := s.writeCollection(org.ID, c); err != nil {
			return err
		}
		if err := s.unnamed(org.ID, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) writeCollection(org string, c *jumpgraph.Collection) error {
	w, err := s.into("collection", 19)
	if err != nil {
		return err
	}
	for _, text := range []string{org, c.Name, c.Endpoint, string(c.Status)} {
		w.Text(text)
	}
	w.Optional(c.Reason)
	w.Text(c.Proof)
	w.MaybeInt(c.Expected)
	for _, n := range []int64{c.Received, c.Emitted, c.Rejected, c.Duplicates, c.Dead, c.Unmatched, c.Reread, c.Pages, c.Requests, c.Retries} {
		w.Int(n)
	}
	w.time(c.StartedAt)
	w.time(c.FinishedAt)
	return w.row()
}

func (w *insert) time(t jumpgraph.Timestamp) {
	if t.IsZero() {
		w.Null()
		return
	}
	w.Int(t.UnixMilli())
}

// unnamed notes the assumed values that the manifest counts but no entity named: a source may not know which they are.
func (s *sink) unnamed(org string, c *jumpgraph.Collection) error {
	if len(c.Assumed) == 0 {
		return nil
	}
	table := ""
	for _, t := range rows.Tables() {
		if from, _ := jumpgraph.CollectionOf(t.Type); from == c.Name {
			table = t.Type
		}
	}
	for _, property := range slices.Sorted(maps.Keys(c.Assumed)) {
		var named int64
		err := sqlitex.Execute(s.conn, "SELECT count(*) FROM unknown WHERE _organization = ? AND tableName = ? AND property = ? AND why = 'assumed'", &sqlitex.ExecOptions{
			Args:       []any{org, table, property},
			ResultFunc: func(stmt *sqlite.Stmt) error { named = stmt.ColumnInt64(0); return nil },
		})
		if err != nil {
			return err
		}
		if rest := c.Assumed[property] - named; rest > 0 {
			if err := s.unknown(org, table, "", property, rows.Assumed, rest); err != nil {
				return err
			}
		}
	}
	return nil
}
