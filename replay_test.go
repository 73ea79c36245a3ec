package jumpgraph_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
)

func TestReplay_GivesTheSameFilesAgain(t *testing.T) {
	t.Parallel()
	_, collect := series(t, jumpcloudtest.Demo())
	for name, dir := range map[string]string{"plain": collect(), "with raw data": collect(jumpgraph.WithRaw())} {
		again := filepath.Join(t.TempDir(), "again")
		if err := jumpgraph.Replay(t.Context(), dir, jumpgraph.NewJSONLines(again)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, file := range []string{jumpgraph.EntitiesName, jumpgraph.RelationshipsName, jumpgraph.ManifestName} {
			was, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			is, err := os.ReadFile(filepath.Join(again, file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(was), "\n"), strings.Split(string(is), "\n")); diff != "" {
				t.Errorf("%s: %s (-stored +replayed):\n%s", name, file, diff)
			}
		}
	}
}

func TestReplay_BrokenFilesReachNoSink(t *testing.T) {
	t.Parallel()
	_, collect := series(t, jumpcloudtest.Demo())
	dir := collect()
	f, err := os.OpenFile(filepath.Join(dir, jumpgraph.RelationshipsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{}\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := &memory{t: t}
	if err := jumpgraph.Replay(t.Context(), dir, s); err == nil || !strings.Contains(err.Error(), "not the file that the manifest describes") {
		t.Errorf("a file that was changed: %v", err)
	}
	if len(s.entities) > 0 || s.ended != "" {
		t.Error("the sink saw something of a file that was changed")
	}
	if err := jumpgraph.Replay(t.Context(), t.TempDir(), s); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("an empty directory: %v, want ErrNoResult", err)
	}
}

// failing takes entities and refuses relationships.
type failing struct {
	memory

	aborted *jumpgraph.Manifest
}

func (*failing) Relationships(context.Context, string, []relationships.Relationship) error {
	return errors.New("full")
}

func (f *failing) Abort(ctx context.Context, m *jumpgraph.Manifest, _ error) error {
	f.aborted = m
	return ctx.Err()
}

func TestReplay_AbortsASinkThatFails(t *testing.T) {
	t.Parallel()
	_, collect := series(t, jumpcloudtest.Demo())
	f := &failing{memory: memory{t: t}}
	err := jumpgraph.Replay(t.Context(), collect(), f)
	if err == nil || err.Error() != "full" {
		t.Errorf("got %v, want the sink's error", err)
	}
	if f.aborted == nil || f.aborted.Status != jumpgraph.Partial || f.aborted.Reason != "full" {
		t.Errorf("aborted with %+v, want a partial manifest with the reason", f.aborted)
	}
}
