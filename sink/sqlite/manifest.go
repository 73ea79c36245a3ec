package sqlite

import (
	"maps"
	"slices"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
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
	w.text(string(m.Status))
	w.optional(m.Reason)
	w.int(m.StartedAt.UnixMilli())
	w.time(m.FinishedAt)
	w.text(m.Tool.Name)
	w.text(m.Tool.Version)
	w.text(m.ModelVersion)
	w.int(m.Requests)
	w.int(m.Retries)
	w.text(string(text))
	if err := w.row(); err != nil {
		return err
	}
	if w, err = s.into("checksum", 1); err != nil {
		return err
	}
	w.text(noChecksum)
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
		w.text(typ)
		w.text(from)
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
	w.text(org.ID)
	w.text(org.Name)
	w.text(string(org.Status))
	w.int(org.Requests)
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
		w.text(text)
	}
	w.optional(c.Reason)
	w.text(c.Proof)
	w.maybeInt(c.Expected)
	for _, n := range []int64{c.Received, c.Emitted, c.Rejected, c.Duplicates, c.Dead, c.Unmatched, c.Reread, c.Pages, c.Requests, c.Retries} {
		w.int(n)
	}
	w.time(c.StartedAt)
	w.time(c.FinishedAt)
	return w.row()
}

func (w *writer) time(t jumpgraph.Timestamp) {
	if t.IsZero() {
		w.null()
		return
	}
	w.int(t.UnixMilli())
}

// unnamed notes the assumed values that the manifest counts but no entity named: a source may not know which they are.
func (s *sink) unnamed(org string, c *jumpgraph.Collection) error {
	if len(c.Assumed) == 0 {
		return nil
	}
	table := ""
	for _, t := range entityTables {
		if from, _ := jumpgraph.CollectionOf(t.typ); from == c.Name {
			table = t.typ
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
			if err := s.unknown(org, table, "", property, whyAssumed, rest); err != nil {
				return err
			}
		}
	}
	return nil
}
