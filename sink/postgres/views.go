package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// employeeSelect makes people of users: of several with one address, the first one says the name.
const employeeSelect = `SELECT p.email, coalesce(nullif(trim(coalesce(u.firstName, '') || ' ' || coalesce(u.lastName, '')), ''), u.name) AS name,
		u.firstName, u.lastName, u.employeeType, u.employeeId, u.jobTitle AS title, p.users
	FROM (SELECT email, min(ARRAY[_organization, _fromEntityKey]) AS first, count(*) AS users FROM jumpcloud_user_is_employee GROUP BY email) p
	JOIN jumpcloud_user u ON u._organization = p.first[1] AND u._key = p.first[2]`

// viewStatements make the view of the people, and one of each table of the graph for people: with real booleans, times and JSON.
//
// A view that is there is replaced and not dropped, so that views of others may rest on it and grants stay. PostgreSQL then wants
// the same columns in the same order; new ones come last.
func viewStatements(v *version) []string {
	all := []string{
		"CREATE OR REPLACE VIEW employee AS " + employeeSelect,
		"COMMENT ON VIEW employee IS 'People: users with the same e-mail address, in any case and in any organization, are one. Accounts of services are left out.'",
	}
	for _, t := range graphTables {
		if columns, changes := t.viewColumns(v.there); changes || v.tables != tablesVersion {
			all = append(all, fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s", t.view(), strings.Join(columns, ", "), t.name))
		}
		all = append(all, fmt.Sprintf("COMMENT ON VIEW %s IS %s", t.view(), literal(strings.TrimSuffix(t.comment, ".")+". With booleans, times and JSON as PostgreSQL has them.")))
	}
	return all
}

// view is the name of the view of a table.
func (t *table) view() string { return "v_" + t.name }

// viewColumns are the columns of the view of a table: those that it has, and then the new ones. It reports that there are new
// ones.
func (t *table) viewColumns(there standing) (columns []string, changes bool) {
	for _, is := range there[t.view()] {
		i := slices.IndexFunc(t.columns, func(c column) bool { return c.stored() == is.name })
		if i < 0 {
			columns = append(columns, is.kept())
			continue
		}
		columns = append(columns, t.columns[i].forPeople())
	}
	for _, c := range t.columns {
		if there.column(t.view(), c.stored()) == nil {
			columns, changes = append(columns, c.forPeople()), true
		}
	}
	return columns, changes
}

// forPeople is a column as its view has it.
func (c column) forPeople() string {
	switch c.form {
	case formFlag, formAssumed:
		return fmt.Sprintf("%s <> 0 AS %s", c.name, c.name)
	case formTime:
		return fmt.Sprintf("to_timestamp(%s / 1000.0) AS %s", c.name, c.name)
	case formDocument:
		if c.name == rawColumn { // what JumpCloud sent may hold numbers that jsonb cannot
			return fmt.Sprintf("%s::json AS %s", c.name, c.name)
		}
		return fmt.Sprintf("%s::jsonb AS %s", c.name, c.name)
	case formText, formWhole, formNumber:
	}
	return c.name
}

// rawColumn is the column of what JumpCloud sent.
const rawColumn = "_rawData"

// kept is a column of a view that the data model has no place for any more.
func (c standingColumn) kept() string {
	name := `"` + strings.ReplaceAll(c.name, `"`, `""`) + `"`
	switch c.typ {
	case "boolean":
		return name + " <> 0 AS " + name
	case "timestamp with time zone":
		return "to_timestamp(" + name + " / 1000.0) AS " + name
	case "jsonb":
		return name + "::jsonb AS " + name
	}
	return name
}
