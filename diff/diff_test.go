package diff_test

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
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
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
		if _, err := jumpgraph.Collect(t.Context(), c, jsonl.New(dir), options...); err != nil {
			t.Fatal(err)
		}
		return dir
	}
}

// between compares two directories.
func between(t *testing.T, older, newer string, report func(diff.Change) error) (map[string]string, error) {
	t.Helper()
	return within(t, 300_000, older, newer, report)
}

// within compares two directories with up to so many objects in memory.
func within(t *testing.T, objects int64, older, newer string, report func(diff.Change) error) (map[string]string, error) {
	t.Helper()
	var sides [2]*jsonl.Result
	for i, dir := range []string{older, newer} {
		var err error
		if sides[i], err = jsonl.Open(dir); err != nil {
			return nil, err
		}
		t.Cleanup(func() { _ = sides[i].Close() })
	}
	return diff.Within(t.Context(), objects, sides[0], sides[1], report)
}

// linesWith returns the lines of a result that hold a text, by file order.
func linesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var lines []string
	for _, name := range []string{jsonl.EntitiesName, jsonl.RelationshipsName} {
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
func changes(t *testing.T, older, newer string) (map[diff.ChangeKind][]string, map[string]string) {
	t.Helper()
	all := map[diff.ChangeKind][]string{}
	not, err := between(t, older, newer, func(c diff.Change) error {
		all[c.Kind] = append(all[c.Kind], string(c.Object))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, not
}

func TestBetween_SaysWhatWasAddedRemovedAndChanged(t *testing.T) {
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
	want := map[diff.ChangeKind][]string{
		diff.Added:   linesWith(t, newer, joiner),
		diff.Removed: linesWith(t, older, leaver),
		diff.Changed: {linesWith(t, newer, `"Lighthouses"`)[0]},
	}
	if len(want[diff.Added]) < 3 || len(want[diff.Removed]) < 3 {
		t.Fatalf("the test changes too little: %d added, %d removed", len(want[diff.Added]), len(want[diff.Removed]))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the changes (-want +got):\n%s", d)
	}
	if len(not) > 0 {
		t.Errorf("not compared: %v, though all was read", not)
	}

	var properties []string
	if _, err := between(t, older, newer, func(c diff.Change) error {
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

func TestBetween_WhatWasNotReadIsNoDeletion(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	all := jumpgraph.WithLayers(jumpgraph.DirectoryUsers)
	whole := stored(all)
	for _, c := range jumpgraph.Collections()[1:] {
		name := c.Name
		t.Run(name, func(t *testing.T) {
			less := stored(all, jumpgraph.Skip(name))
			m, err := resultdir.Read(less)
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

func TestBetween_WhatJumpCloudSentIsNotCompared(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	got, _ := changes(t, stored(), stored(jumpgraph.WithRaw()))
	if len(got) > 0 {
		t.Errorf("raw data counts as a change: %v", got)
	}
}

func TestBetween_RefusesWhatItCannotCompare(t *testing.T) {
	t.Parallel()
	_, stored := series(t, jumpcloudtest.Demo())
	ours, forged := stored(), stored()
	elsewhere := jumpcloudtest.Synthetic(7, jumpcloudtest.Size{})
	elsewhere.Self["_id"], elsewhere.Self["id"] = "6400000000000000000000bb", "6400000000000000000000bb"
	_, storedElsewhere := series(t, elsewhere)
	other := storedElsewhere()
	write(t, filepath.Join(forged, jsonl.EntitiesName), "{}\n")
	partial := filepath.Join(t.TempDir(), "graph")
	refusing, _ := series(t, jumpcloudtest.Demo())
	refusing.Inject(jumpcloudtest.Fault{Path: "/usergroups", Status: 403})
	c, err := client.New(client.APIKey(refusing.Key), client.WithBaseURL(refusing.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := jumpgraph.Collect(t.Context(), c, jsonl.New(partial)); err == nil {
		t.Fatal("a run without groups counts as complete")
	}
	for name, try := range map[string]struct {
		dir, says string
		is        error
	}{
		"another organization": {dir: other, says: "same", is: jumpgraph.ErrUsage},
		"a file that changed":  {dir: forged, says: "entities.jsonl is not the file"},
		"no result":            {dir: t.TempDir(), says: "manifest.json", is: jumpgraph.ErrNoResult},
		"a partial run":        {dir: jsonl.PartialPath(partial), says: "partial", is: jumpgraph.ErrNoResult},
	} {
		for _, pair := range [][2]string{{ours, try.dir}, {try.dir, ours}} {
			_, err := between(t, pair[0], pair[1], func(diff.Change) error {
				t.Errorf("%s: a change was reported", name)
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), try.says) || try.is != nil && !errors.Is(err, try.is) {
				t.Errorf("%s: error %v, want one that says %q", name, err, try.says)
			}
		}
	}
}

func TestBetween_AnErrorOfReportEndsIt(t *testing.T) {
	t.Parallel()
	server, stored := series(t, jumpcloudtest.Demo())
	older := stored()
	server.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].SystemUsers = orgs[0].SystemUsers[:5] })
	stop, calls := errors.New("enough"), 0
	_, err := between(t, older, stored(), func(diff.Change) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error %v after %d calls, want the one of report after 1", err, calls)
	}
}

// TestBetween_FindsTheSameInParts compares with few objects in memory at a time.
func TestBetween_FindsTheSameInParts(t *testing.T) {
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
	compare := func(objects int64) []string {
		var list []string
		if _, err := within(t, objects, older, newer, func(c diff.Change) error {
			list = append(list, string(c.Kind)+" "+c.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return list
	}
	want := slices.Sorted(slices.Values(compare(1_000_000)))
	first, second := compare(37), compare(37)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the order differs between two comparisons:\n%s", d)
	}
	slices.Sort(first)
	if d := cmp.Diff(want, first); d != "" || len(want) < 50 {
		t.Errorf("%d changes; in parts (-at once +in parts):\n%s", len(want), d)
	}
}

// TestBetween_RefusesFilesThatNobodyWrote compares results whose manifest and files were made by hand.
func TestBetween_RefusesFilesThatNobodyWrote(t *testing.T) {
	t.Parallel()
	made := func(manifest, entities string) string {
		dir := filepath.Join(t.TempDir(), "graph")
		write(t, filepath.Join(dir, jsonl.RelationshipsName), "")
		write(t, filepath.Join(dir, jsonl.UnknownName), "")
		write(t, filepath.Join(dir, jsonl.EntitiesName), entities)
		sum := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
		write(t, filepath.Join(dir, resultdir.ManifestName), fmt.Sprintf(`{"manifestVersion":1,"tool":{"name":"jumpgraph"},"status":"complete",%s,
			"files":[{"name":"entities.jsonl","sha256":%q},{"name":"relationships.jsonl","sha256":%q},{"name":"unknown.jsonl","sha256":%q}]}`,
			manifest, sum(entities), sum(""), sum("")))
		return dir
	}
	const users = `"organizations":[{"id":"o","collections":[{"name":"organizations","status":"complete"}]}],"relationships":{},"entities":{"jumpcloud_account":`
	line := `{"_type":"jumpcloud_account","_key":"k","name":"n"}` + "\n"
	for name, dirs := range map[string][2]string{
		"a null line":     {made(users+"1}", "null\n"), made(users+"1}", `{"name":"n"}`+"\n")},
		"a count below 0": {made(users+"-5}", line), made(users+"1}", strings.Replace(line, `"n"`, `"m"`, 1))},
		"a count of many": {made(users+"9000000000000000000}", line), made(users+"1}", strings.Replace(line, `"n"`, `"m"`, 1))},
	} {
		if _, err := between(t, dirs[0], dirs[1], func(diff.Change) error { return nil }); err == nil {
			t.Errorf("%s: the manifest counts what the files do not hold, and is believed", name)
		}
	}
	hollow := made(`"organizations":[null]`, line)
	if _, err := between(t, hollow, hollow, func(diff.Change) error { return nil }); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a manifest with a hole: %v, want ErrNoResult", err)
	}
	// Without an organization, no type is known to be missing: all would be taken for deletions.
	nobody := made(`"organizations":null,"entities":{}`, "")
	full := made(users+"1}", line)
	if _, err := between(t, full, nobody, func(diff.Change) error { return nil }); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("a manifest without organizations: %v, want ErrNoResult", err)
	}
	if _, err := between(t, nobody, nobody, func(diff.Change) error { return nil }); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("two manifests without organizations: %v, want ErrNoResult", err)
	}
}

// unproved is a result without a manifest.
type unproved struct{ jumpgraph.Source }

func (unproved) Manifest() *jumpgraph.Manifest { return nil }

func TestBetween_RefusesAResultWithoutManifest(t *testing.T) {
	t.Parallel()
	if _, err := diff.Between(t.Context(), unproved{}, unproved{}, func(diff.Change) error { return nil }); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("got %v, want ErrNoResult", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBetween_GivenOrganizationIsNoChange compares a run that listed the organizations with one that was given its own.
func TestBetween_GivenOrganizationIsNoChange(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	page, err := c.Organizations.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listed, given := filepath.Join(t.TempDir(), "listed"), filepath.Join(t.TempDir(), "given")
	for dir, option := range map[string]jumpgraph.Option{listed: nil, given: jumpgraph.WithKnownOrg(page.Items[0])} {
		if _, err := jumpgraph.Collect(t.Context(), c, jsonl.New(dir), option); err != nil {
			t.Fatal(err)
		}
		if n, err := jsonl.Validate(dir, func(p jsonl.Problem) { t.Errorf("%s is not valid: %+v", dir, p) }); err != nil || n == 0 {
			t.Errorf("%d objects of %s were judged: %v", n, dir, err)
		}
	}
	left, err := between(t, listed, given, func(c diff.Change) error {
		t.Errorf("a given organization is a change: %+v", c)
		return nil
	})
	if err != nil || len(left) > 0 {
		t.Errorf("not compared: %v, %v; want all to be compared", left, err)
	}
}
