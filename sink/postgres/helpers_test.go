package postgres_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

const urlVariable = "JUMPGRAPH_POSTGRES_URL"

// address returns the address of the server of the tests.
func address(t testing.TB) string {
	t.Helper()
	at := os.Getenv(urlVariable)
	if at == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(urlVariable + " is not set: .ci/servers starts a server and sets it")
		}
		t.Skip(urlVariable + " is not set: make postgres starts a server, and says what to export")
	}
	return at
}

// connect returns a pool of the database of the tests, and the name of a schema of its own that is removed at the end.
func connect(t testing.TB) (*pgxpool.Pool, postgres.Options) {
	t.Helper()
	return connectWith(t, address(t), nil)
}

// connectWith is connect with another address, and with settings of the pool.
func connectWith(t testing.TB, at string, change func(*pgxpool.Config)) (*pgxpool.Pool, postgres.Options) {
	t.Helper()
	config, err := pgxpool.ParseConfig(at)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 6
	if change != nil {
		change(config)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	o := postgres.Options{Schema: schemaFor(t.Name())}
	t.Cleanup(func() {
		pool.Close()
		clean, err := pgxpool.New(context.Background(), address(t))
		if err != nil {
			t.Fatal(err)
		}
		defer clean.Close()
		if _, err := clean.Exec(context.Background(), `DROP SCHEMA IF EXISTS "`+o.Schema+`" CASCADE`); err != nil {
			t.Error(err)
		}
	})
	return pool, o
}

// schemaFor makes the name of a schema from that of a test.
func schemaFor(name string) string {
	small := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
	if len(small) <= 40 {
		return small
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return fmt.Sprintf("%s_%08x", small[:40], h.Sum32())
}

// open opens a schema to read.
func open(t testing.TB, pool *pgxpool.Pool, o postgres.Options) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), pool, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// collect collects organizations into a sink.
func collect(t testing.TB, s jumpgraph.Sink, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) (*jumpgraph.Manifest, error) {
	t.Helper()
	server := jumpcloudtest.NewServer(orgs...)
	defer server.Close()
	return collectFrom(t, s, server, options...)
}

func collectFrom(t testing.TB, s jumpgraph.Sink, server *jumpcloudtest.Server, options ...jumpgraph.Option) (*jumpgraph.Manifest, error) {
	t.Helper()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL("http://127.0.0.1:1"), client.WithMaxRPS(1e6), client.WithTransport(sent{server.URL}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return jumpgraph.Collect(t.Context(), c, s, options...)
}

// sent sends all requests to one server: links in the graph hold the address, which must be the same for each server.
type sent struct{ to string }

func (s sent) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(s.to)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Host = to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// recording is a run in memory.
type recording struct {
	sinktest.Recording

	manifest *jumpgraph.Manifest
}

// Manifest returns a copy that a sink may change.
func (r *recording) Manifest() *jumpgraph.Manifest {
	m := *r.manifest
	m.Organizations = nil
	for _, o := range r.manifest.Organizations {
		other := *o
		other.Collections = nil
		for _, c := range o.Collections {
			other.Collections = append(other.Collections, new(*c))
		}
		m.Organizations = append(m.Organizations, &other)
	}
	return &m
}

// record collects organizations into memory.
func record(t testing.TB, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) *recording {
	t.Helper()
	r := &recording{}
	var err error
	r.manifest, err = collect(t, r, orgs, options...)
	must(t, err)
	return r
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asFiles collects organizations into JSON Lines, and opens them.
func asFiles(t testing.TB, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) jumpgraph.Source {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "graph")
	_, err := collect(t, jsonl.New(dir), orgs, options...)
	must(t, err)
	source, err := jsonl.Open(dir)
	must(t, err)
	t.Cleanup(func() { _ = source.Close() })
	return source
}

// content returns everything that a source holds, a line for each object, sorted.
func content(t testing.TB, source jumpgraph.Source) []string {
	t.Helper()
	all, err := contentOf(t.Context(), source)
	must(t, err)
	return all
}

func contentOf(ctx context.Context, source jumpgraph.Source) ([]string, error) {
	var all []string
	err := source.Entities(ctx, func(_ string, batch []entities.Entity) error {
		for _, e := range batch {
			text, err := jsontext.Marshal(e)
			if err != nil {
				return err
			}
			all = append(all, string(text)+fmt.Sprint(" unknown: ", e.Header().Unknown()))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = source.Relationships(ctx, func(_ string, batch []relationships.Relationship) error {
		for i := range batch {
			text, err := jsontext.Marshal(&batch[i])
			if err != nil {
				return err
			}
			all = append(all, string(text))
		}
		return nil
	})
	slices.Sort(all)
	return all, err
}

// holds compares what is in the database with a source.
func holds(t testing.TB, pool *pgxpool.Pool, o postgres.Options, what string, want jumpgraph.Source) {
	t.Helper()
	db, err := postgres.Open(t.Context(), pool, o)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	if d := cmp.Diff(content(t, want), content(t, db)); d != "" {
		t.Errorf("%s: the database holds something else (-want +got):\n%s", what, d)
	}
}

// one returns the only value that a query gives.
func one[T any](t testing.TB, pool *pgxpool.Pool, o postgres.Options, query string, args ...any) T {
	t.Helper()
	var v T
	must(t, pool.QueryRow(t.Context(), strings.ReplaceAll(query, "$S", o.Schema), args...).Scan(&v))
	return v
}

// alter executes statements; $S is the schema.
func alter(t testing.TB, pool *pgxpool.Pool, o postgres.Options, statements string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), strings.ReplaceAll(statements, "$S", o.Schema)); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// change is a row of the table changes, and what diff says in the same form.
type change struct {
	Org, Kind, Type, Key string
	Properties           map[string]oldNew
}

type oldNew struct{ Old, New any }

func byKey(a, b change) int {
	return strings.Compare(a.Org+a.Type+a.Key+a.Kind, b.Org+b.Type+b.Key+b.Kind)
}

// recorded returns the changes that the last run recorded.
func recorded(t testing.TB, pool *pgxpool.Pool, o postgres.Options) []change {
	t.Helper()
	rows, err := pool.Query(t.Context(), strings.ReplaceAll(`SELECT c._organization, kind, type, key, properties FROM $S.changes c
		JOIN $S.organization o ON o.id = c._organization AND o.token = c.token AND o.run = c.run AND o.committedAt = c.at`, "$S", o.Schema))
	must(t, err)
	defer rows.Close()
	var all []change
	for rows.Next() {
		var c change
		var properties *string
		must(t, rows.Scan(&c.Org, &c.Kind, &c.Type, &c.Key, &properties))
		if properties != nil {
			must(t, json.Unmarshal([]byte(*properties), &c.Properties))
		}
		all = append(all, c)
	}
	must(t, rows.Err())
	slices.SortFunc(all, byKey)
	return all
}

// told returns what diff says of two results, without some properties.
func told(t testing.TB, org string, older, newer jumpgraph.Source, ignored ...string) []change {
	t.Helper()
	var all []change
	_, err := diff.Between(t.Context(), older, newer, func(d diff.Change) error {
		c := change{Org: org, Kind: string(d.Kind), Type: d.Type, Key: d.Key}
		for _, p := range d.Properties {
			if slices.Contains(ignored, p.Name) {
				continue
			}
			if c.Properties == nil {
				c.Properties = map[string]oldNew{}
			}
			c.Properties[p.Name] = oldNew{value(t, p.Old), value(t, p.New)}
		}
		if c.Kind != "changed" || c.Properties != nil {
			all = append(all, c)
		}
		return nil
	})
	must(t, err)
	slices.SortFunc(all, byKey)
	return all
}

// value decodes a value; one that is not there is nil.
func value(t testing.TB, text json.RawMessage) (v any) {
	t.Helper()
	if text != nil {
		must(t, json.NewDecoder(bytes.NewReader(text)).Decode(&v))
	}
	return v
}

// refused checks an error that a caller can act on.
func refused(t testing.TB, what string, err, want error, texts ...string) {
	t.Helper()
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: got the error %v, want %v", what, err, want)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error %q does not say %q", what, err, text)
		}
	}
}

// querier asks a database.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// userOf returns a user of a recorded run.
func userOf(t testing.TB, r *recording, key string) *entities.User {
	t.Helper()
	f := &finder{key: key}
	must(t, r.Write(t.Context(), f, -1))
	if f.found == nil {
		t.Fatalf("no user %s", key)
	}
	return f.found
}

// finder is a sink that keeps one user.
type finder struct {
	sinktest.Recording

	key   string
	found *entities.User
}

func (f *finder) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	for _, e := range batch {
		if u, ok := e.(*entities.User); ok && u.Key == f.key {
			f.found = u
		}
	}
	return nil
}
