package postgres

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/rows"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// ruleOf returns the kind of relationship that a table holds; nil for entities.
func ruleOf(typ string) *relationships.Rule {
	rules := relationships.Rules()
	if i := slices.IndexFunc(rules, func(r relationships.Rule) bool { return r.Type == typ }); i >= 0 {
		return &rules[i]
	}
	return nil
}

// about writes what the manifest says of its organizations, and what is unknown of them.
func (s *sink) about(c *script, m *jumpgraph.Manifest) error {
	c.add("collection", "DELETE FROM collection WHERE _organization = ANY ($1)", ids(m))
	for _, o := range m.Organizations {
		if err := s.manifest(c, o, m); err != nil {
			return err
		}
		for _, from := range o.Collections {
			collection(c, o.ID, from)
			unnamed(c, o.ID, from)
		}
	}
	replaceUnknown(c, ids(m))
	return nil
}

// manifest writes the part of the manifest that is about an organization.
func (s *sink) manifest(c *script, o *jumpgraph.Organization, m *jumpgraph.Manifest) error {
	text, err := s.section(o, m)
	if err != nil {
		return err
	}
	c.add("manifest", `INSERT INTO manifest (_organization, status, reason, startedAt, finishedAt, tool, toolVersion, modelVersion, requests, retries, json)
		VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (_organization) DO UPDATE SET status = EXCLUDED.status, reason = EXCLUDED.reason, startedAt = EXCLUDED.startedAt,
			finishedAt = EXCLUDED.finishedAt, tool = EXCLUDED.tool, toolVersion = EXCLUDED.toolVersion, modelVersion = EXCLUDED.modelVersion,
			requests = EXCLUDED.requests, retries = EXCLUDED.retries, json = EXCLUDED.json`,
		o.ID, string(m.Status), held(m.Reason), millis(m.StartedAt), millis(m.FinishedAt), held(m.Tool.Name), held(m.Tool.Version), m.ModelVersion, m.Requests, m.Retries, text)
	return nil
}

// section returns the manifest with one organization alone.
func (s *sink) section(o *jumpgraph.Organization, m *jumpgraph.Manifest) (string, error) {
	part := *m
	part.Organizations, part.Files = []*jumpgraph.Organization{o}, []jumpgraph.File{}
	part.Entities, part.Relationships = map[string]int64{}, map[string]int64{}
	if n := s.counts[o.ID]; n != nil {
		maps.Copy(part.Entities, n.entities)
		maps.Copy(part.Relationships, n.relationships)
	}
	text, err := jsontext.Marshal(&part)
	return held(string(text)), err
}

var insertCollection = func() string {
	t := runTable("collection")
	values := make([]string, len(t.columns))
	for i, c := range t.columns {
		values[i] = fmt.Sprintf("$%d", i+1)
		if c.name == "reason" {
			values[i] = "nullif(" + values[i] + ", '')"
		}
	}
	return fmt.Sprintf("INSERT INTO collection (%s) VALUES (%s)", t.names(""), join(values, ", ", func(v string) string { return v }))
}()

func collection(c *script, org string, from *jumpgraph.Collection) {
	c.add("collection", insertCollection,
		org, from.Name, from.Endpoint, string(from.Status), held(from.Reason), from.Proof, from.Expected, from.Received, from.Emitted, from.Rejected, from.Duplicates,
		from.Dead, from.Unmatched, from.Reread, from.Pages, from.Requests, from.Retries, millis(from.StartedAt), millis(from.FinishedAt))
}

// unnamed notes the assumed values that the manifest counts but no entity named: a source may not know which they are.
func unnamed(c *script, org string, from *jumpgraph.Collection) {
	typ := ""
	for _, t := range rows.Tables() {
		if name, _ := jumpgraph.CollectionOf(t.Type); name == from.Name {
			typ = t.Type
		}
	}
	staged := unknownTable.staged()
	for _, property := range slices.Sorted(maps.Keys(from.Assumed)) {
		c.add("unknown", fmt.Sprintf(`INSERT INTO %s (_organization, tableName, _key, property, why, rowCount)
			SELECT $1, $2, NULL, $3, 'assumed', $4 - count(*) FROM %s
			WHERE _organization = $1 AND tableName = $2 AND property = $3 AND why = 'assumed' HAVING $4 > count(*)`, staged, staged), org, typ, property, from.Assumed[property])
	}
}

// replaceUnknown replaces what is unknown of the organizations of which it is something else.
func replaceUnknown(c *script, orgs []string) {
	all := unknownTable.names("")
	was := "SELECT " + all + " FROM unknown WHERE _organization = ANY ($1)"
	is := "SELECT " + all + " FROM " + unknownTable.staged() + " WHERE _organization = ANY ($1)"
	c.add("unknown", fmt.Sprintf(`WITH other AS (SELECT DISTINCT _organization FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) d),
			gone AS (DELETE FROM unknown WHERE _organization IN (SELECT _organization FROM other))
		INSERT INTO unknown (%s) %s AND _organization IN (SELECT _organization FROM other)`, was, is, is, was, all, is), orgs)
}

// keepPartial notes, beside the rows of the last complete run, that a run was not complete.
func (s *sink) keepPartial(ctx context.Context, m *jumpgraph.Manifest) error {
	return pgx.BeginTxFunc(ctx, s.pool, readCommitted, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, s.options.enter()); err != nil {
			return err
		}
		var c script
		for _, id := range ids(m) {
			o := organizationOf(m, id)
			text, err := s.section(o, m)
			if err != nil {
				return err
			}
			c.add("organization", `INSERT INTO organization AS o (id, name, status, requests, partialAt, partialReason, partialManifest)
				VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (id) DO UPDATE SET partialAt = EXCLUDED.partialAt, partialReason = EXCLUDED.partialReason, partialManifest = EXCLUDED.partialManifest
				WHERE coalesce(o.token, 0) < $8`, // a run whose rows are there was complete
				o.ID, held(o.Name), string(jumpgraph.Partial), o.Requests, millis(m.FinishedAt), held(reasonOf(o, m)), text, s.token)
		}
		return c.run(ctx, tx)
	})
}

// reasonOf says why an organization was not read whole.
func reasonOf(o *jumpgraph.Organization, m *jumpgraph.Manifest) string {
	for _, c := range o.Collections {
		if c.Status != jumpgraph.Complete && c.Status != jumpgraph.Skipped && c.Status != jumpgraph.Unavailable && c.Reason != "" {
			return c.Name + ": " + c.Reason
		}
	}
	return cmp.Or(m.Reason, "another organization of the run could not be read whole")
}
