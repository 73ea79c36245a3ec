package postgres

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
)

func TestNumbered_ReplacesParametersAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ query, want, names string }{
		{"SELECT :a, :b, :a", "SELECT $1, $2, $1", "a b"},
		{"SELECT ':a', \":a\", 'it''s :a', x::text", "SELECT ':a', \":a\", 'it''s :a', x::text", ""},
		{"SELECT 1 -- :a\n, :b /* :c */", "SELECT 1 -- :a\n, $1 /* :c */", "b"},
		{"SELECT $$:a$$, $x$:a$x$, $1", "SELECT $$:a$$, $x$:a$x$, $1", ""},
		{"-- first\n with x AS (SELECT :ä1_) SELECT * FROM x", "-- first\n with x AS (SELECT $1) SELECT * FROM x", "ä1_"},
		{"(SELECT 1)", "(SELECT 1)", ""},
		{"SELECT '", "SELECT '", ""},
	} {
		text, names, err := numbered(tt.query)
		if err != nil || text != tt.want || strings.Join(names, " ") != tt.names {
			t.Errorf("%q: got %q, %q, %v; want %q, %q", tt.query, text, names, err, tt.want, tt.names)
		}
	}
	for _, query := range []string{"", " -- SELECT", "DELETE FROM x", "/* */ UPDATE x SET y = 1", "COPY x TO PROGRAM 'id'", "DO $$ $$", ";"} {
		if _, _, err := numbered(query); !errors.Is(err, jumpgraph.ErrUsage) {
			t.Errorf("%q: got %v, want a wrong use", query, err)
		}
	}
}

func FuzzNumbered(f *testing.F) {
	f.Add("SELECT :a, ':b' -- :c\n, $x$ :d $x$ /* */")
	f.Fuzz(func(t *testing.T, query string) {
		text, names, err := numbered(query)
		if err != nil {
			return
		}
		for i, n := range names {
			if !strings.Contains(query, ":"+n) || slices.Contains(names[:i], n) {
				t.Errorf("%q: the parameter %q", query, n)
			}
		}
		if len(names) == 0 && text != query {
			t.Errorf("%q became %q", query, text)
		}
	})
}
