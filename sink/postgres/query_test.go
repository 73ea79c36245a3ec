package postgres_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
	"github.com/jumpgraph/jumpgraph/view"
)

// write writes a recorded run.
func write(t testing.TB, r *sinktest.Recording, s jumpgraph.Sink) {
	t.Helper()
	if err := r.Write(t.Context(), s, -1); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), r.Manifest()); err != nil {
		t.Fatal(err)
	}
}

// fromFiles writes a recorded run as JSON Lines, and opens these in the way that the command does, to ask them.
func fromFiles(t testing.TB, r *sinktest.Recording) *sqlite.DB {
	t.Helper()
	dir, path := filepath.Join(t.TempDir(), "graph"), filepath.Join(t.TempDir(), "graph.db")
	write(t, r, jsonl.New(dir))
	files, err := jsonl.Open(dir)
	must(t, err)
	defer func() { _ = files.Close() }()
	must(t, jumpgraph.Replay(t.Context(), files, sqlite.New(path)))
	db, err := sqlite.Open(path)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestQuestions_AnswerTheSameInAllForms asks every question of the library in both databases, and of files.
func TestQuestions_AnswerTheSameInAllForms(t *testing.T) {
	t.Parallel()
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	for name, org := range map[string]*jumpcloudtest.Organization{
		"demo": jumpcloudtest.Demo(),
		"one": jumpcloudtest.Synthetic(11, jumpcloudtest.Size{
			Users: 60, Systems: 40, Groups: 8, Applications: 6, AppleDevices: 5, GroupMembers: 9, DeadRecords: true,
			Administrators: 14, Roles: 7, ServiceAccounts: 9, AuthnPolicies: 17, IPLists: 8, Directories: 6, RADIUSServers: 4,
		}),
		"two": jumpcloudtest.Synthetic(12, jumpcloudtest.Size{Users: 90, Systems: 20, Groups: 5, Applications: 9, GroupMembers: 20}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, o := connect(t)
			r := sinktest.Record(t, org, jumpgraph.WithLayers(jumpgraph.Governance))
			write(t, r, postgres.New(pool, o))
			path := filepath.Join(t.TempDir(), "graph.db")
			write(t, r, sqlite.New(path))
			lite, err := sqlite.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = lite.Close() }()
			want, err := evidence.Ask(t.Context(), lite, list, nil)
			if err != nil {
				t.Fatal(err)
			}
			for what, db := range map[string]graphsql.Database{
				"PostgreSQL, all organizations": open(t, pool, o),
				"PostgreSQL, this one":          open(t, pool, postgres.Options{Schema: o.Schema, Organizations: []string{org.Self.ID()}}),
				"JSON Lines":                    fromFiles(t, r),
			} {
				got, err := evidence.Ask(t.Context(), db, list, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i, a := range got.Answers {
					if diff := cmp.Diff(want.Answers[i], a); diff != "" {
						t.Errorf("%s: %s (-SQLite +%s):\n%.1500s", what, a.Question.ID, what, diff)
					}
				}
			}
			picture, err := view.Types(t.Context(), open(t, pool, o))
			if err != nil {
				t.Fatal(err)
			}
			same, err := view.Types(t.Context(), lite)
			if err != nil || picture.SVG() != same.SVG() {
				t.Errorf("the picture is another one than of SQLite: %v", err)
			}
		})
	}
}

// TestQuestions_SayWhichOrganizationLacksALayer: where one organization was read with a layer and another without, an answer about
// the layer is unknown and names the one that lacks it.
func TestQuestions_SayWhichOrganizationLacksALayer(t *testing.T) {
	t.Parallel()
	pool, o := connect(t)
	with, without := jumpcloudtest.Demo(), jumpcloudtest.Synthetic(12, jumpcloudtest.Size{Users: 20, Groups: 2})
	write(t, sinktest.Record(t, with, jumpgraph.WithLayers(jumpgraph.Governance)), postgres.New(pool, o))
	write(t, sinktest.Record(t, without), postgres.New(pool, o))
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Ask(t.Context(), open(t, pool, o), list, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.OmitNotChosen()
	if len(r.Answers) != len(list) {
		t.Errorf("%d of %d questions were answered: those of a layer that one organization has are among them", len(r.Answers), len(list))
	}
	for _, a := range r.Answers {
		if !slices.Contains(a.Question.Tags, "governance") {
			continue
		}
		want := without.Self.ID() + ": not read: the layer governance was not chosen ("
		if a.Status != evidence.Unknown || len(a.Reasons) != 1 || !strings.HasPrefix(a.Reasons[0], want) {
			t.Errorf("%s is %s: %q; want unknown and only %q", a.Question.ID, a.Status, a.Reasons, want)
		}
	}
}
