package view

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/graphsql"
)

// find returns the entity that the caller means: the one with that key, or else the only one with that name.
func find(ctx context.Context, db graphsql.Database, focus string) (Node, error) {
	if strings.TrimSpace(focus) == "" {
		return Node{}, usage("the focus is empty: give the _key of an entity, or what it is called")
	}
	found, err := withKey(ctx, db, focus)
	if err != nil {
		return Node{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	for _, m := range entities.Models() {
		nodes, err := withName(ctx, db, m.Type, focus)
		if err != nil {
			return Node{}, err
		}
		found = append(found, nodes...)
	}
	switch len(found) {
	case 0:
		return Node{}, usage("nothing has the key or the name %q: give a _key, or a value of %s", shorten(clean(focus), 2*maxName), strings.Join(nameColumns, ", "))
	case 1:
		return found[0], nil
	default:
		return Node{}, ambiguous(focus, found)
	}
}

// withKey returns the entities of all types that have a key.
func withKey(ctx context.Context, db graphsql.Database, key string) ([]Node, error) {
	var found []Node
	for _, m := range entities.Models() {
		keys, err := texts(ctx, db, "SELECT _key FROM "+m.Type+" WHERE _key = :key LIMIT 1", map[string]any{"key": key})
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			found = append(found, Node{ID: key, Type: m.Type, Focus: true})
		}
	}
	return found, nil
}

// nameColumns are the columns that hold what an entity is called.
var nameColumns = []string{"displayName", "name", "username", "email", "serial", "hostname"}

// withName returns the entities of a type that have a name in one of the columns for names, in upper or lower case.
func withName(ctx context.Context, db graphsql.Database, typ, name string) ([]Node, error) {
	table, err := db.Describe("SELECT * FROM " + typ)
	if err != nil {
		return nil, unreadable(err)
	}
	columns := slices.DeleteFunc(slices.Clone(nameColumns), func(name string) bool {
		return !slices.ContainsFunc(table.Columns, func(c string) bool { return strings.EqualFold(c, name) }) // PostgreSQL makes them small
	})
	sql := "SELECT _key, coalesce(nullif(displayName, ''), name), " + strings.Join(columns, ", ") + " FROM " + typ + " ORDER BY _key, _organization"
	is := func(value any) bool {
		s, ok := value.(string)
		return ok && strings.EqualFold(s, name)
	}
	var found []Node
	err = query(ctx, db, sql, nil, func(values []any) error {
		if slices.ContainsFunc(values[2:], is) {
			n := Node{Type: typ, Focus: true}
			n.ID, _ = values[0].(string)
			n.Name, _ = values[1].(string)
			found = append(found, n)
		}
		return nil
	})
	return found, err
}

// mostCandidates is how many entities an error lists.
const mostCandidates = 10

// ambiguous lists the entities that a name may mean.
func ambiguous(focus string, found []Node) error {
	var b strings.Builder
	for i, n := range found {
		if i == mostCandidates {
			fmt.Fprintf(&b, "\n  and %s more", thousands(int64(len(found)-i)))
			break
		}
		fmt.Fprintf(&b, "\n  %s %s %s", n.Type, clean(n.ID), called(n, 2*maxName))
	}
	return usage("%q may mean any of these: give the key of one:%s", shorten(clean(focus), 2*maxName), b.String())
}
