package dialect_test

import (
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/dialect"
)

func TestProblems_NamesWhatOnlyOneDatabaseUnderstands(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT group_concat(name) FROM t":                       "string_agg",
		"SELECT strftime('%F', a / 1000, 'unixepoch') FROM t":    "iso_time",
		"SELECT julianday(a) FROM t":                             "time_ms",
		"SELECT a FROM t WHERE a GLOB 'x*'":                      "substr",
		"SELECT a FROM t WHERE a LIKE 'x%'":                      "substr",
		"SELECT IFNULL(a, b) FROM t":                             "coalesce",
		"SELECT iif(a = 1, 2, 3) FROM t":                         "CASE",
		"SELECT value FROM json_each(:keys) k":                   "parameters",
		"SELECT a FROM t ORDER BY rowid":                         "the key",
		"SELECT name FROM sqlite_schema":                         "does not have it",
		"SELECT a FROM t WHERE lower(a) = 'x'":                   "lower_ascii",
		"SELECT a FROM t WHERE a ILIKE 'x'":                      "SQLite",
		"SELECT to_char(a, 'YYYY') FROM t":                       "iso_time",
		"SELECT left(a, 2) FROM t":                               "SQLite",
		"SELECT now() FROM t":                                    ":now",
		"SELECT a::text FROM t":                                  "CAST",
		"SELECT a FROM t WHERE a == 1":                           "use =",
		"SELECT [a] FROM t":                                      "quotes",
		"SELECT a FROM t WHERE a ~ 'x'":                          "SQLite",
		"SELECT a FROM t LIMIT 1, 2":                             "OFFSET",
		"SELECT a FROM t WHERE a < :now - :days * 86400000":      "NUMERIC",
		"SELECT a FROM t WHERE :name IS NULL":                    "AS TEXT",
		"SELECT :name AS key FROM t":                             "AS TEXT",
		"SELECT a, :name AS key FROM t":                          "AS TEXT",
		"SELECT max(a IS NULL) FROM t":                           "use CASE",
		"SELECT a FROM t WHERE a IS NOT 1":                       "DISTINCT FROM",
		"SELECT a FROM t WHERE a IS 'x'":                         "DISTINCT FROM",
		"SELECT a FROM t WHERE sudo":                             "sudo = 1",
		"SELECT a FROM t WHERE e.direct\nORDER BY a":             "e.direct = 1",
		"SELECT a FROM t WHERE NOT encrypted":                    "encrypted = 1",
		"SELECT CASE WHEN a THEN 'x' END FROM t":                 "a = 1",
		"SELECT a FROM t WHERE (a OR b = 1) IS NULL":             "a = 1",
		"SELECT a FROM t WHERE (a = 1 OR b) IS NULL":             "b = 1",
		"SELECT a FROM (SELECT a FROM t) WHERE a = 1":            "no name",
		"SELECT a FROM (SELECT count(*) AS a FROM t)":            "no name",
		"SELECT a FROM t JOIN (SELECT b FROM u) ON t.a = u.b":    "no name",
		"SELECT a FROM t -- it's\nWHERE sudo OR a = 'x -- y'":    "sudo = 1",
		"SELECT a FROM t /* ' */ WHERE a IS NOT /* ' */ 1":       "DISTINCT FROM",
		"SELECT a FROM t WHERE a = 'it''s' AND b IS NOT 'it''s'": "DISTINCT FROM",
	} {
		got := dialect.Problems(query)
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q, want one problem with %q", query, got, want)
		}
	}
}

func TestProblems_PassesWhatBothUnderstand(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"SELECT a AS \"aB\" FROM t WHERE a IS DISTINCT FROM 1 AND b IS NOT NULL ORDER BY a NULLS FIRST",
		"SELECT CASE WHEN (a = 1 OR b = 1) IS NULL THEN 'WHERE sudo' END FROM t WHERE (a = 1 OR b = 1) IS NOT FALSE -- group_concat",
		"SELECT string_agg(a, ', ' ORDER BY a) FROM (SELECT lower_ascii(a) AS a FROM t) s GROUP BY b",
		"SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b = :key) AND a < :now - CAST(:days AS NUMERIC) * 86400000",
		"SELECT a FROM t LEFT JOIN (SELECT CAST(:name AS TEXT) AS name) AS w ON w.name = t.a LIMIT 1",
		"SELECT a FROM t WHERE a IN (:a, :b, :c, :d) AND b IN (:e)",
		"SELECT max(CASE WHEN a IS NULL THEN 1 ELSE 0 END), count(*) FROM t",
		"",
	} {
		if got := dialect.Problems(query); got != nil {
			t.Errorf("%s: got %q", query, got)
		}
	}
}
