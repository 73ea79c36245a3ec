// Package dialect finds in SQL what only one of SQLite and PostgreSQL understands, or what means something else in the other.
// Tests ask it about the statements of this module. It knows words and forms and no grammar: what it passes may still fail.
package dialect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// form is something that a statement for both databases must not have.
type form struct {
	found *regexp.Regexp
	// instead says why, and what both understand.
	instead string
}

var forms = []form{
	{words("group_concat"), "PostgreSQL does not have it: use string_agg(x, ', ' ORDER BY x)"},
	{words("strftime", "julianday", "unixepoch", "datetime"), "PostgreSQL does not have it: use iso_time or time_ms"},
	{words("GLOB", "REGEXP", "MATCH"), "PostgreSQL does not have it: compare substr(x, 1, n)"},
	{words("LIKE"), "capital letters matter only in PostgreSQL: compare substr(x, 1, n)"},
	{words("IFNULL"), "PostgreSQL does not have it: use coalesce"},
	{words("IIF"), "PostgreSQL does not have it: use CASE"},
	{words("json_each", "json_tree", "json_extract", "json_array_length", "json_group_array"), "PostgreSQL does not have it: use parameters"},
	{words("rowid", "oid", "ctid"), "only one of them has it: use the key"},
	{words("instr", "printf", "typeof", "total", "hex", "randomblob", `sqlite_\w+`, `pragma\w*`, "INDEXED", "NOCASE", "RTRIM"), "PostgreSQL does not have it"},
	{words("lower", "upper"), "in PostgreSQL it depends on the database: use lower_ascii"},
	{words("ILIKE", "SIMILAR", "LATERAL", "ARRAY", "ANY", "unnest", "generate_series", "DISTINCT ON", "INTERVAL", "extract"), "SQLite does not have it"},
	{words("to_char", "to_timestamp", "date_trunc", "age", "current_timestamp", `now\(`), "SQLite does not have it: use iso_time, time_ms or :now"},
	{words("least", "greatest", `json_agg`, `array_agg`, "split_part", `regexp_\w+`, "strpos", `left\(`, `right\(`), "SQLite does not have it"},
	{regexp.MustCompile(`::`), "SQLite does not have it: use CAST"},
	{regexp.MustCompile(`==`), "PostgreSQL does not have it: use ="},
	{regexp.MustCompile("[`\\[]"), `PostgreSQL quotes a name otherwise: use "name"`},
	{regexp.MustCompile(`!?~`), "SQLite does not have it"},
	{regexp.MustCompile(`(?i)\bLIMIT\s+\S+\s*,`), "PostgreSQL does not have it: use LIMIT ... OFFSET"},
	{regexp.MustCompile(`:\w+\s*[*/]|[*/]\s*:\w+`), "a product of a parameter may be too large: use CAST(:name AS NUMERIC)"},
	{regexp.MustCompile(`(?i):\w+\s+IS\b|\bSELECT\s+:\w+|,\s*:\w+\s+AS\b`), "PostgreSQL cannot tell the type of the parameter: use CAST(:name AS TEXT)"},
	{regexp.MustCompile(`(?i)\b(?:min|max|sum)\(\s*[\w.]+\s*(?:IS\b|=|<|>)[^()]*\)`), "PostgreSQL does not count a condition as a number: use CASE"},
}

// words finds any of some words.
func words(list ...string) *regexp.Regexp {
	for i, w := range list {
		if !strings.HasSuffix(w, `\(`) {
			list[i] += `\b`
		}
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(list, "|") + `)`)
}

// Problems returns what in a statement is not for both databases, and what to write instead; nil where it finds nothing.
func Problems(query string) []string {
	query = code(query)
	var all []string
	for _, f := range forms {
		for _, s := range f.found.FindAllString(query, -1) {
			all = append(all, fmt.Sprintf("%s: %s", strings.TrimSpace(s), f.instead))
		}
	}
	return slices.Concat(all, compared(query), conditions(query), unnamed(query))
}

var notCode = regexp.MustCompile(`'(?:[^']|'')*'|--[^\n]*|(?s:/\*.*?\*/)`)

// code returns a statement without its comments, and with nothing in its texts.
func code(query string) string {
	return notCode.ReplaceAllStringFunc(query, func(s string) string {
		if s[0] == '\'' {
			return "''"
		}
		return " "
	})
}

var isForm = regexp.MustCompile(`(?i)\bIS\s+(?:NOT\s+)?(\w+|\S)`)

// compared finds IS where it compares two values.
func compared(query string) []string {
	var all []string
	for _, m := range isForm.FindAllStringSubmatch(query, -1) {
		if !slices.Contains([]string{"NULL", "DISTINCT", "TRUE", "FALSE"}, strings.ToUpper(m[1])) {
			all = append(all, m[0]+": PostgreSQL does not compare so: use IS [NOT] DISTINCT FROM")
		}
	}
	return all
}

var conditionForm = regexp.MustCompile(`(?i)(?:\b(?:WHERE|AND|OR|ON|WHEN|NOT|HAVING)\s+([a-z_][\w.]*)\s*(?:\)|$|\b(?:AND|OR|THEN|ORDER|GROUP|LIMIT|UNION|WHERE|JOIN)\b)|\(\s*([a-z_][\w.]*)\s+(?:AND|OR)\b)`)

// conditions finds columns that stand where a condition must.
func conditions(query string) []string {
	var all []string
	for _, m := range conditionForm.FindAllStringSubmatch(query, -1) {
		name := m[1] + m[2]
		if !slices.Contains([]string{"NULL", "TRUE", "FALSE"}, strings.ToUpper(name)) {
			all = append(all, name+": PostgreSQL takes no number for a condition: use "+name+" = 1")
		}
	}
	return all
}

var (
	inFrom    = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s*\(`)
	nameAfter = regexp.MustCompile(`(?i)^\s*(?:AS\s+)?([a-z_]\w*)`)
	noNames   = []string{"WHERE", "ON", "JOIN", "CROSS", "LEFT", "INNER", "ORDER", "GROUP", "HAVING", "LIMIT", "UNION", "USING"}
)

// unnamed finds statements in FROM that have no name.
func unnamed(query string) []string {
	var all []string
	for _, at := range inFrom.FindAllStringIndex(query, -1) {
		name := nameAfter.FindStringSubmatch(query[closing(query, at[1]):])
		if name == nil || slices.Contains(noNames, strings.ToUpper(name[1])) {
			all = append(all, "a SELECT in FROM has no name: PostgreSQL 15 demands one")
		}
	}
	return all
}

// closing returns where the text goes on after a bracket that was opened before a place.
func closing(query string, from int) int {
	open := 1
	for i, c := range query[from:] {
		switch c {
		case '(':
			open++
		case ')':
			open--
		}
		if open == 0 {
			return from + i + 1
		}
	}
	return len(query)
}
