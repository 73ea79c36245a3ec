package evidence_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

func TestAsk_SaysHowManyOfHowMany(t *testing.T) {
	t.Parallel()
	db, err := demo(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for id, want := range map[string]string{
		"devices-not-encrypted": "4 of 14 devices are not encrypted, of 2 it is unknown",
		"devices-not-seen":      "12 of 14 devices were not seen for 30 days, of 2 it is unknown",
		"users-without-mfa":     "7 of 24 users have no MFA and are not excluded from it",
	} {
		if a := answer(t, db, id); a.Summary != want {
			t.Errorf("%s: got %q, want %q", id, a.Summary, want)
		}
	}
}

func TestAsk_WithoutTheCollectionCountsNothing(t *testing.T) {
	t.Parallel()
	db, err := collected(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/systems", Status: 403})
	if err == nil || db == nil {
		t.Fatalf("collecting without systems: %v", err)
	}
	a := answer(t, db, "devices-not-encrypted")
	if a.Population != nil || !strings.HasPrefix(a.Summary, "unknown: systems is forbidden") {
		t.Errorf("got %v and %q, want no number and the reason", a.Population, a.Summary)
	}
}

func TestAsk_RefusesACountThatIsNone(t *testing.T) {
	t.Parallel()
	db, err := demo(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, among := range []string{"SELECT 1, 2", "SELECT :x", "SELECT FROM", "DELETE FROM jumpcloud_user"} {
		q := &questions.Question{ID: "q", Title: "Q", Description: "Q.", Rows: questions.Bad, SQL: "SELECT _key AS key FROM jumpcloud_user", Among: among}
		if _, err := evidence.Ask(t.Context(), db, []*questions.Question{q}, nil); !errors.Is(err, jumpgraph.ErrUsage) || !strings.Contains(err.Error(), "question q") {
			t.Errorf("among %q: got %v, want a wrong use that names it", among, err)
		}
	}
}
