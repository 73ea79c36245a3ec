package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jumpgraph/jumpgraph/questions"
)

// queriesIntro begins docs/queries.md.
const queriesIntro = `# Queries

` + "```sh" + `
go run ./cmd/jumpgraph collect --demo --format sqlite --out graph.db
go run ./cmd/jumpgraph query graph.db "SELECT username, email, state FROM jumpcloud_user WHERE sudo"
go run ./cmd/jumpgraph questions list
` + "```" + `

The first command needs no key and no network. ` + "`query`" + ` takes one statement that reads, from a database or a directory of JSON
Lines; ` + "`--set name=value`" + ` gives a parameter its value, and ` + "`--format`" + ` is table, json or csv. In Go, ` + "`sqlite.Open`" + ` and
` + "`DB.Query`" + ` read a database; there a parameter without a value is null. A database that was changed since its run wrote it is
not believed: the commands compare it with its hash first, and in Go ` + "`DB.Verify`" + ` does.

Times are milliseconds since 1970 (` + "`iso_time(createdOn)`" + ` makes text of one), booleans 1 or 0, lists JSON arrays (in SQLite,
` + "`json_each(ipv4Addresses)`" + ` gives their items). Null means that it is not known: JumpCloud did not say, or what it said could
not be read. ` + "`WHERE encrypted IS DISTINCT FROM 1`" + ` finds what is not known to be encrypted, ` + "`WHERE encrypted = 0`" + ` only what
is known not to be. The table ` + "`unknown`" + ` names the properties that are unknown because they were assumed or odd. Keys are
JumpCloud's ids; a relationship leads from ` + "`_fromEntityKey`" + ` to ` + "`_toEntityKey`" + `.

## Functions

A statement may use these besides the functions of the database. jumpgraph adds them when it opens one; another program that
opens the file does not have them. Of null they give null; in SQLite, also of a value of another type.

| Function | What it gives |
| --- | --- |
| ` + "`iso_time(ms)`" + ` | A time, in milliseconds since 1970, as text in UTC: ` + "`2026-01-02T03:04:05Z`" + `. A part of a second is left out; outside the years 1 to 9999 it is null. |
| ` + "`time_ms(text)`" + ` | A date or a time as milliseconds since 1970, of ` + "`2026-01-02`" + ` or ` + "`2026-01-02T03:04:05.678+01:00`" + `. A space may stand for the T, the seconds may be missing, and without a zone it is UTC. A text that is none, a day that no month has, and a year before 1000, which programs write for no time at all, give null. |
| ` + "`lower_ascii(text)`" + ` | The text with the letters A to Z small, and all others as they are. |

The questions below are written so that SQLite and PostgreSQL both understand them and give the same rows in the same order.
In one of your own that must do the same, write ` + "`sudo = 1`" + ` instead of ` + "`sudo`" + `, ` + "`IS DISTINCT FROM 1`" + ` instead of ` + "`IS NOT 1`" + `,
` + "`string_agg(name, ', ' ORDER BY name)`" + ` instead of ` + "`group_concat`" + `, ` + "`NULLS FIRST`" + ` where a column that orders may be null,
` + "`AS \"lastSeen\"`" + ` where the name of a column of the answer has capital letters, and ` + "`CAST(:days AS NUMERIC)`" + ` for a number.
`

// queries renders docs/queries.md from the statements that make the tables and from the questions.
func queries(root string, tables []byte) ([]byte, error) {
	list, err := questions.Library()
	if err != nil {
		return nil, err
	}
	about, err := os.ReadFile(filepath.Join(root, "sink", "sqlite", "manifest.sql"))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("<!-- " + notice + " -->\n\n" + queriesIntro + "\n## Questions\n\n")
	b.WriteString("`jumpgraph questions run graph.db` asks all of them, `questions show NAME` prints one with its SQL.\n[evidence.md](evidence.md) says what the answers are worth.\n\n")
	rows := [][]string{{"Question", "Title", "A row is", "Severity", "Tags", "May serve"}}
	for _, q := range list {
		rows = append(rows, []string{code(q.ID), q.Title, string(q.Rows), string(q.Severity), strings.Join(q.Tags, ", "), strings.Join(q.Evidence, "; ")})
	}
	b.WriteString(table(rows) + "\n")
	for _, q := range list {
		for _, p := range q.Parameters {
			value := ""
			if p.Default != nil {
				value = fmt.Sprint("=", p.Default)
			}
			fmt.Fprintf(&b, "\n`%s` takes `--set %s%s`: %s\n", q.ID, p.Name, value, p.Description)
		}
	}
	b.WriteString("\n## Tables of the graph\n")
	if err := tableDocs(&b, string(tables)); err != nil {
		return nil, err
	}
	b.WriteString("\n## Tables about the run\n")
	if err := tableDocs(&b, string(about)); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

var columnLine = regexp.MustCompile(`^\t(\w+) (.*?),? -- (.*)$`)

// tableDocs documents the tables that statements make, by the comments in them.
func tableDocs(b *strings.Builder, sql string) error {
	var comment []string
	var rows [][]string
	for line := range strings.Lines(sql) {
		line = strings.TrimRight(line, "\n")
		column := columnLine.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "-- "):
			comment = append(comment, line[3:])
		case strings.HasPrefix(line, "CREATE TABLE "):
			name := strings.Fields(line)[2]
			fmt.Fprintf(b, "\n### %s\n\n%s\n\n", name, strings.Join(comment, " "))
			rows = [][]string{{"Column", "Type", "Description"}}
		case column != nil:
			typ, _, _ := strings.Cut(column[2], " GENERATED")
			rows = append(rows, []string{code(column[1]), typ, column[3]})
		case line == ") STRICT;":
			b.WriteString(table(rows) + "\n")
			comment = nil
		case line == "":
			comment = nil
		default:
			return fmt.Errorf("a line of SQL that the documentation cannot show: %q", line)
		}
	}
	return nil
}
