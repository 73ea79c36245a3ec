package jumpgraph_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// series starts a fake JumpCloud and returns it, and a function that collects it into a new directory.
func series(t *testing.T, o *jumpcloudtest.Organization) (*jumpcloudtest.Server, func(...jumpgraph.Option) string) {
	t.Helper()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, func(options ...jumpgraph.Option) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "graph")
		if _, err := jumpgraph.Collect(t.Context(), c, jumpgraph.NewJSONLines(dir), options...); err != nil {
			t.Fatal(err)
		}
		return dir
	}
}

// linesWith returns the lines of a result that hold a text, by file order.
func linesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var lines []string
	for _, name := range []string{jumpgraph.EntitiesName, jumpgraph.RelationshipsName} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for in := bufio.NewScanner(f); in.Scan(); {
			if strings.Contains(in.Text(), text) {
				lines = append(lines, in.Text())
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// changes returns the differences between two results as lines, by kind, and the types that were not compared.
func changes(t *testing.T, older, newer string) (map[jumpgraph.ChangeKind][]string, map[string]string) {
	t.Helper()
	all := map[jumpgraph.ChangeKind][]string{}
	not, err := jumpgraph.Diff(older, newer, func(c jumpgraph.Change) error {
		all[c.Kind] = append(all[c.Kind], string(c.Object))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, not
}

func TestDiff_SaysWhatWasAddedRemovedAndChanged(t *testing.T) {
	t.Parallel()
	server, stored := series(t, jumpcloudtest.Demo())
	older := stored()
	joiner, leaver := "6400000000000000000000aa", ""
	server.Change(func(orgs []*jumpcloudtest.Organization) {
		o := orgs[0]
		leaver = o.SystemUsers[2].ID()
		o.SystemUsers = slices.Delete(o.SystemUsers, 2, 3)
		joined := maps.Clone(o.SystemUsers[0])
		joined["_id"], joined["id"], joined["username"] = joiner, joiner, "joiner"
		o.SystemUsers = append(o.SystemUsers, joined)
		group := o.UserGroups[0].ID()
		o.Members[group] = append(o.Members[group], joiner)
		o.SystemUsers[1]["department"] = "Lighthouses"
		delete(o.SystemUsers[1], "jobTitle")
	})
	newer := stored()
	got, not := changes(t, older, newer)
	want := map[jumpgraph.ChangeKind][]string{
		jumpgraph.Added:   linesWith(t, newer, joiner),
		jumpgraph.Removed: linesWith(t, older, leaver),
		jumpgraph.Changed: {linesWith(t, newer, `"Lighthouses"`)[0]},
	}
	if len(want[jumpgraph.Added]) < 3 || len(want[jumpgraph.Removed]) < 3 {
		t.Fatalf("the test changes too little: %d added, %d removed", len(want[jumpgraph.Added]), len(want[jumpgraph.Removed]))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the changes (-want +got):\n%s", d)
	}
	if len(not) > 0 {
		t.Errorf("not compared: %v, though all was read", not)
	}

	var properties []string
	if _, err := jumpgraph.Diff(older, newer, func(c jumpgraph.Change) error {
		for _, p := range c.Properties {
			properties = append(properties, p.Name+": "+string(p.Old)+" -> "+string(p.New))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(properties) != 2 || !strings.HasSuffix(properties[0], `-> "Lighthouses"`) ||
		!strings.HasPrefix(properties[1], `jobTitle: "`) || !strings.HasSuffix(properties[1], `" -> `) {
		t.Errorf("properties %q, want a department that changed and a jobTitle that went", properties)
	}
}

func TestDiff_WhatWasNotReadIsNoDeletion(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	whole := stored()
	for _, name := range jumpgraph.Collections()[1:] {
		t.Run(name, func(t *testing.T) {
			less := stored(jumpgraph.Skip(name))
			m, err := jumpgraph.ReadManifest(less)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]string{{whole, less}, {less, whole}} {
				got, not := changes(t, pair[0], pair[1])
				if len(got) > 0 {
					t.Errorf("a run without %s gives changes: %v", name, got)
				}
				for _, typ := range schemas.Types() {
					if absent := m.Entities[typ]+m.Relationships[typ] == 0; absent != (not[typ] != "") {
						t.Errorf("%s: absent %v, not compared because %q", typ, absent, not[typ])
					}
				}
			}
		})
	}
}

func TestDiff_WhatJumpCloudSentIsNotCompared(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	got, _ := changes(t, stored(), stored(jumpgraph.WithRaw()))
	if len(got) > 0 {
		t.Errorf("raw data counts as a change: %v", got)
	}
}

func TestDiff_RefusesWhatItCannotCompare(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	ours, forged := stored(), stored()
	elsewhere := jumpcloudtest.Synthetic(7, jumpcloudtest.Size{})
	elsewhere.Self["_id"], elsewhere.Self["id"] = "6400000000000000000000bb", "6400000000000000000000bb"
	_, storedElsewhere := series(t, elsewhere)
	other := storedElsewhere()
	write(t, filepath.Join(forged, jumpgraph.EntitiesName), "{}\n")
	partial := filepath.Join(t.TempDir(), "graph")
	c := fake(t, on("/usergroups", 403), jumpcloudtest.Demo())
	if _, err := jumpgraph.Collect(t.Context(), c, jumpgraph.NewJSONLines(partial)); err == nil {
		t.Fatal("a run without groups counts as complete")
	}
	for name, try := range map[string]struct {
		dir, says string
		is        error
	}{
		"another organization": {dir: other, says: "same", is: jumpgraph.ErrUsage},
		"a file that changed":  {dir: forged, says: "entities.jsonl is not the file"},
		"no result":            {dir: t.TempDir(), says: "manifest.json", is: jumpgraph.ErrNoResult},
		"a partial run":        {dir: jumpgraph.PartialDir(partial), says: "partial", is: jumpgraph.ErrNoResult},
	} {
		for _, pair := range [][2]string{{ours, try.dir}, {try.dir, ours}} {
			_, err := jumpgraph.Diff(pair[0], pair[1], func(jumpgraph.Change) error {
				t.Errorf("%s: a change was reported", name)
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), try.says) || try.is != nil && !errors.Is(err, try.is) {
				t.Errorf("%s: error %v, want one that says %q", name, err, try.says)
			}
		}
	}
}

func TestDiff_AnErrorOfReportEndsIt(t *testing.T) {
	t.Parallel()
	server, stored := series(t, jumpcloudtest.Demo())
	older := stored()
	server.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].SystemUsers = orgs[0].SystemUsers[:5] })
	stop, calls := errors.New("enough"), 0
	_, err := jumpgraph.Diff(older, stored(), func(jumpgraph.Change) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error %v after %d calls, want the one of report after 1", err, calls)
	}
}

// TestDiff_FindsTheSameInParts compares with few objects in memory at a time.
func TestDiff_FindsTheSameInParts(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(4, jumpcloudtest.Size{Users: 200, Groups: 9, GroupMembers: 20, Applications: 5, Systems: 80})
	s, collect := series(t, o)
	older := collect()
	s.Change(func([]*jumpcloudtest.Organization) {
		o.SystemUsers = append(o.SystemUsers[:20], o.SystemUsers[35:]...)
		for i := range o.SystemUsers {
			if i%7 == 0 {
				o.SystemUsers[i]["jobTitle"] = "Moved"
			}
		}
		o.Systems = o.Systems[5:]
	})
	newer := collect()
	diff := func(objects int64) []string {
		var list []string
		if _, err := jumpgraph.DiffWithin(objects, older, newer, func(c jumpgraph.Change) error {
			list = append(list, string(c.Kind)+" "+c.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return list
	}
	want := slices.Sorted(slices.Values(diff(1_000_000)))
	first, second := diff(37), diff(37)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the order differs between two comparisons:\n%s", d)
	}
	slices.Sort(first)
	if d := cmp.Diff(want, first); d != "" || len(want) < 50 {
		t.Errorf("%d changes; in parts (-at once +in parts):\n%s", len(want), d)
	}
}

// TestDiff_BearsFilesThatNobodyWrote compares results whose manifest and files were made by hand.
func TestDiff_BearsFilesThatNobodyWrote(t *testing.T) {
	t.Parallel()
	made := func(manifest, entities string) string {
		dir := filepath.Join(t.TempDir(), "graph")
		write(t, filepath.Join(dir, jumpgraph.RelationshipsName), "")
		write(t, filepath.Join(dir, jumpgraph.EntitiesName), entities)
		sum := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
		write(t, filepath.Join(dir, jumpgraph.ManifestName), fmt.Sprintf(`{"manifestVersion":1,"tool":{"name":"jumpgraph"},"status":"complete",%s,
			"files":[{"name":"entities.jsonl","sha256":%q},{"name":"relationships.jsonl","sha256":%q}]}`, manifest, sum(entities), sum("")))
		return dir
	}
	const users = `"organizations":[{"id":"o","collections":[{"name":"organizations","status":"complete"}]}],"entities":{"jumpcloud_account":`
	line := `{"_type":"jumpcloud_account","_key":"k","name":"n"}` + "\n"
	for name, dirs := range map[string][2]string{
		"a null line":     {made(users+"1}", "null\n"), made(users+"1}", `{"name":"n"}`+"\n")},
		"a count below 0": {made(users+"-5}", line), made(users+"1}", strings.Replace(line, `"n"`, `"m"`, 1))},
		"a count of many": {made(users+"9000000000000000000}", line), made(users+"1}", strings.Replace(line, `"n"`, `"m"`, 1))},
	} {
		n := 0
		if _, err := jumpgraph.Diff(dirs[0], dirs[1], func(jumpgraph.Change) error { n++; return nil }); err != nil || n != 1 {
			t.Errorf("%s: %d changes, %v; want 1", name, n, err)
		}
	}
	hollow := made(`"organizations":[null]`, line)
	if _, err := jumpgraph.Diff(hollow, hollow, func(jumpgraph.Change) error { return nil }); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a manifest with a hole: %v, want ErrNoResult", err)
	}
}
