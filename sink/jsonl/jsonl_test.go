package jsonl_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// fake starts a fake JumpCloud in which some things go wrong, and returns a client for it.
func fake(t *testing.T, o *jumpcloudtest.Organization, faults ...jumpcloudtest.Fault) *client.Client {
	t.Helper()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	s.Inject(faults...)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)), client.WithMaxWait(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// collectInto runs a collection of the demo organization into a directory.
func collectInto(t *testing.T, dir string) (*jumpgraph.Manifest, error) {
	t.Helper()
	return jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo()), jsonl.New(dir))
}

// names returns what is in a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
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

func TestResult_KeepsThePromisesOfSinks(t *testing.T) {
	t.Parallel()
	sinktest.Run(t, sinktest.Target{
		New: jsonl.New,
		Read: func(place string) ([]string, error) {
			if _, err := resultdir.Read(place); errors.Is(err, jumpgraph.ErrNoResult) {
				return nil, nil
			}
			source, err := jsonl.Open(place)
			if err != nil {
				return nil, err
			}
			read := &keysOf{}
			err = jumpgraph.Replay(context.Background(), source, read)
			return read.keys, errors.Join(err, source.Close())
		},
	})
}

// keysOf is a sink that remembers keys.
type keysOf struct{ keys []string }

func (*keysOf) Begin(context.Context, jumpgraph.Run) error { return nil }

func (k *keysOf) Entities(_ context.Context, _ string, batch []entities.Entity) error {
	for _, e := range batch {
		k.keys = append(k.keys, e.Header().Key)
	}
	return nil
}

func (k *keysOf) Relationships(_ context.Context, _ string, batch []relationships.Relationship) error {
	for i := range batch {
		k.keys = append(k.keys, batch[i].Key)
	}
	return nil
}

func (*keysOf) Commit(context.Context, *jumpgraph.Manifest) error       { return nil }
func (*keysOf) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }

func TestResult_WritesAResultAndReplacesIt(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "deep", "graph")
	for range 2 {
		m, err := collectInto(t, dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); got != "entities.jsonl manifest.json relationships.jsonl unknown.jsonl" {
			t.Errorf("the result holds %s", got)
		}
		if len(m.Files) != 3 || m.Files[0].Name != jsonl.EntitiesName {
			t.Errorf("files %+v, want three data files", m.Files)
		}
		if got := names(t, filepath.Dir(dir)); got != "graph" {
			t.Errorf("the parent holds %s, want the result alone", got)
		}
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "entities.jsonl"): 0o600, filepath.Join(dir, "manifest.json"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if n, err := jsonl.Validate(dir, func(p jsonl.Problem) { t.Errorf("%s", p) }); err != nil || n == 0 {
		t.Errorf("validated %d lines, %v", n, err)
	}
}

func TestResult_PartialRunLeavesTheOldResultAndSaysWhy(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/systems", Status: 500}), jsonl.New(dir))
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil || string(after) != string(before) {
		t.Errorf("the old result was touched: %v", err)
	}
	m, err := resultdir.Read(dir + staging.PartialSuffix)
	if err != nil || m.Status != jumpgraph.Partial || len(m.Files) != 0 {
		t.Errorf("manifest of the partial run: %+v, %v", m, err)
	}
	if got := names(t, dir+staging.PartialSuffix); got != "manifest.json" {
		t.Errorf("the partial directory holds %s, want the manifest alone", got)
	}
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(dir)); got != "graph" {
		t.Errorf("after a good run the parent holds %s: the explanation of the old one should be gone", got)
	}
}

func TestResult_RefusesForeignDirectoriesBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(dir string){
		"a home": func(dir string) { write(t, filepath.Join(dir, ".bashrc"), "x") },
		"a file beside ours": func(dir string) {
			write(t, filepath.Join(dir, "manifest.json"), "{}")
			write(t, filepath.Join(dir, "notes.txt"), "x")
		},
		"another manifest":          func(dir string) { write(t, filepath.Join(dir, "manifest.json"), `{"name":"webapp"}`) },
		"a file":                    func(dir string) { write(t, dir, "x") },
		"data without a manifest":   func(dir string) { write(t, filepath.Join(dir, "entities.jsonl"), "x") },
		"a folder of a like name":   func(dir string) { write(t, filepath.Join(dir, ".staging-notes", "x"), "x") },
		"a folder of the same name": func(dir string) { write(t, filepath.Join(dir, ".staging-aaaaaaaaaaaaaaaa", "x"), "x") },
		"a folder that is not ours": func(dir string) { write(t, filepath.Join(dir, "partial", "x"), "x") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "graph")
			prepare(dir)
			c := fake(t, jumpcloudtest.Demo())
			_, err := jumpgraph.Collect(t.Context(), c, jsonl.New(dir))
			if err == nil {
				t.Fatal("the directory was taken")
			}
			if c.Stats().Requests != 0 {
				t.Errorf("%d requests were sent before the directory was refused", c.Stats().Requests)
			}
			if got := names(t, filepath.Dir(dir)); got != "graph" {
				t.Errorf("the parent holds %s, want nothing new", got)
			}
		})
	}
}

func TestResult_CleansUpAfterKilledRuns(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir, left := filepath.Join(parent, "graph"), filepath.Join(parent, ".graph.staging-aaaaaaaaaaaaaaaa")
	write(t, filepath.Join(left, ".jumpgraph-staging"), "")
	write(t, filepath.Join(left, "new", "entities.jsonl"), "half")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, parent); got != "graph" {
		t.Errorf("the parent holds %s, want the result alone", got)
	}
	// A run that was killed between two renames left the result in its area.
	write(t, filepath.Join(left, ".jumpgraph-staging"), "")
	if err := os.Rename(dir, filepath.Join(left, "old")); err != nil {
		t.Fatal(err)
	}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/systems", Status: 500}), jsonl.New(dir)); err == nil {
		t.Fatal("want a partial run")
	}
	if _, err := resultdir.Read(dir); err != nil {
		t.Errorf("the old result was not put back: %v", err)
	}
}

// TestResult_TouchesNoForeignPartial: only what a run that was not complete wrote beside the result is replaced or removed.
func TestResult_TouchesNoForeignPartial(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(partial string){
		"a complete result": func(partial string) {
			if _, err := collectInto(t, partial); err != nil {
				t.Fatal(err)
			}
		},
		"somebody's files":    func(partial string) { write(t, filepath.Join(partial, "thesis.doc"), "x") },
		"somebody's manifest": func(partial string) { write(t, filepath.Join(partial, "manifest.json"), `{"name":"webapp"}`) },
		"a file":              func(partial string) { write(t, partial, "x") },
		"ours and another file": func(partial string) {
			_ = failInto(t, strings.TrimSuffix(partial, staging.PartialSuffix))
			write(t, filepath.Join(partial, "notes"), "x")
		},
		"a link to another place": func(partial string) {
			write(t, filepath.Join(filepath.Dir(partial), "elsewhere", ".keep"), "")
			_ = os.Remove(filepath.Join(filepath.Dir(partial), "elsewhere", ".keep"))
			if err := os.Symlink("elsewhere", partial); err != nil {
				t.Skipf("no symlinks here: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "graph")
			prepare(dir + staging.PartialSuffix)
			before := tree(t, filepath.Dir(dir))
			if err := failInto(t, dir); !strings.Contains(err.Error(), "cannot be written to") {
				t.Errorf("the error does not say that the explanation was not written: %v", err)
			}
			if after := tree(t, filepath.Dir(dir)); after != before {
				t.Errorf("a partial run changed\n%s\nto\n%s", before, after)
			}
			if _, err := collectInto(t, dir); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if after := tree(t, filepath.Dir(dir)); after != before {
				t.Errorf("a complete run changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

// failInto makes a run that is not complete.
func failInto(t *testing.T, dir string) error {
	t.Helper()
	_, err := jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/systems", Status: 500}), jsonl.New(dir))
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	return err
}

// tree is all that a directory holds.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		text, _ := os.ReadFile(path) // nothing of a directory
		fmt.Fprintf(&b, "%s %s %x\n", strings.TrimPrefix(path, dir), e.Type(), sha256.Sum256(text))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestResult_LeavesAloneWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	for _, name := range []string{"graph", "a[", "w[e]ird", "*"} {
		dir := filepath.Join(parent, name)
		if _, err := collectInto(t, dir); err != nil {
			t.Fatalf("into %q: %v", name, err)
		}
		// A copy that the user made, and what another run has staged for another directory.
		if err := os.CopyFS(dir+".old", os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(parent, ".weird.staging-7", "entities.jsonl"), "x")
		if _, err := collectInto(t, dir); err != nil {
			t.Fatalf("into %q again: %v", name, err)
		}
		for _, kept := range []string{dir + ".old", filepath.Join(parent, ".weird.staging-7")} {
			if _, err := os.Stat(kept); err != nil {
				t.Errorf("a run into %q removed %s", name, kept)
			}
		}
	}
}

func TestResult_RunsSideBySideDoNotBreakEachOther(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := collectInto(t, dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := jsonl.Validate(dir, func(p jsonl.Problem) { t.Errorf("%s", p) }); err != nil {
		t.Error(err)
	}
}

func TestResult_FollowsSymlinks(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	real, link := filepath.Join(parent, "real"), filepath.Join(parent, "link")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skipf("no symlinks here: %v", err)
	}
	if _, err := collectInto(t, link); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if _, err := resultdir.Read(real); err != nil {
		t.Errorf("the result is not where the link points: %v", err)
	}
	// A link to a directory that is not there yet.
	later := filepath.Join(parent, "later")
	if err := os.Symlink("made", later); err != nil {
		t.Fatal(err)
	}
	if _, err := collectInto(t, later); err != nil {
		t.Fatal(err)
	}
	if _, err := resultdir.Read(filepath.Join(parent, "made")); err != nil {
		t.Errorf("the result is not where the link points: %v", err)
	}
}

func TestResult_WorkingDirectoryIsFilledFromInside(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for range 2 {
		if _, err := collectInto(t, "."); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); got != "entities.jsonl manifest.json relationships.jsonl unknown.jsonl" {
			t.Errorf("the working directory holds %s", got)
		}
	}
	if _, err := jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo(), jumpcloudtest.Fault{Path: "/systems", Status: 500}), jsonl.New(".")); err == nil {
		t.Fatal("want a partial run")
	}
	if m, err := resultdir.Read("partial"); err != nil || m.Status != jumpgraph.Partial {
		t.Errorf("the explanation is not in the directory partial: %v", err)
	}
	if _, err := resultdir.Read("."); err != nil {
		t.Errorf("the old result is gone: %v", err)
	}
	if _, err := collectInto(t, "."); err != nil {
		t.Errorf("the next run refused its own directory: %v", err)
	}
}

func TestValidate_NamesFileLinePropertyAndRule(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "entities.jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	lines[1] = strings.Replace(lines[1], `"suspended":false`, `"suspended":"no"`, 1)
	lines[2] = "{not json"
	lines[3] = `{"_type":"jumpcloud_printer","_key":"0123456789"}`
	write(t, path, strings.Join(lines, "\n"))
	var got []string
	if _, err := jsonl.Validate(dir, func(p jsonl.Problem) { got = append(got, strings.TrimPrefix(p.String(), dir+"/")) }); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"entities.jsonl:2: ", "suspended: expected boolean, but got string (type)",
		"entities.jsonl:3: not a JSON object with a _type", "entities.jsonl:4: 0123456789: _type: is not a type of the data model",
		"entities.jsonl: the file is not the one that the manifest describes (sha256)", "jumpcloud_user: the manifest counts",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the findings do not say %q:\n%s", want, all)
		}
	}
	// The same line twice, and a manifest that names no files.
	write(t, path, lines[0]+"\n"+lines[0]+"\n")
	got = nil
	if _, err := jsonl.Validate(path, func(p jsonl.Problem) { got = append(got, p.String()) }); err != nil || len(got) != 1 || !strings.Contains(got[0], "earlier line") {
		t.Errorf("a repeated key gave %v, %v", got, err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	write(t, filepath.Join(empty, "manifest.json"), `{"manifestVersion":1,"tool":{"name":"jumpgraph"},"status":"complete"}`)
	got = nil
	if _, err := jsonl.Validate(empty, func(p jsonl.Problem) { got = append(got, p.String()) }); err != nil || len(got) != 3 {
		t.Errorf("a manifest without files gave %v, %v, want three files missed", got, err)
	}
	if _, err := jsonl.Validate(t.TempDir(), nil); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("an empty directory gave %v, want ErrNoResult", err)
	}
}

func TestReplay_GivesTheSameFilesAgain(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]jumpgraph.Option{"plain": nil, "with raw data": {jumpgraph.WithRaw()}} {
		dir, again := filepath.Join(t.TempDir(), "graph"), filepath.Join(t.TempDir(), "again")
		if _, err := jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo()), jsonl.New(dir), options...); err != nil {
			t.Fatal(err)
		}
		source, err := jsonl.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(jumpgraph.Replay(t.Context(), source, jsonl.New(again)), source.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, file := range []string{jsonl.EntitiesName, jsonl.RelationshipsName, resultdir.ManifestName} {
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

func TestOpen_RefusesWhatTheManifestDoesNotDescribe(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, jsonl.RelationshipsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{}\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := jsonl.Open(dir); err == nil || !strings.Contains(err.Error(), "not the file that the manifest describes") {
		t.Errorf("a file that was changed: %v", err)
	}
	if _, err := jsonl.Open(t.TempDir()); !errors.Is(err, jumpgraph.ErrNoResult) {
		t.Errorf("an empty directory: %v, want ErrNoResult", err)
	}
}

func TestResult_NeedsAFunctionThatTakes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	r, err := jsonl.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // opened to read
	for _, err := range []error{r.Entities(t.Context(), nil), r.Relationships(t.Context(), nil)} {
		if err == nil || !strings.HasPrefix(err.Error(), "jsonl: ") {
			t.Errorf("reading without a function gave %v, want an error of this package", err)
		}
	}
}

// TestOpen_RefusesAManifestThatIsNotWhole changes what stands in the manifest and leaves the files alone.
func TestOpen_RefusesAManifestThatIsNotWhole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if _, err := collectInto(t, dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, resultdir.ManifestName)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	first := func(m map[string]any) map[string]any { return m["organizations"].([]any)[0].(map[string]any) }
	for what, change := range map[string]func(map[string]any){
		"no organizations":             func(m map[string]any) { delete(m, "organizations") },
		"an organization without id":   func(m map[string]any) { first(m)["id"] = nil },
		"an organization of nothing":   func(m map[string]any) { m["organizations"] = []any{map[string]any{}} },
		"no collections":               func(m map[string]any) { delete(first(m), "collections") },
		"a collection of nothing":      func(m map[string]any) { first(m)["collections"].([]any)[0] = map[string]any{} },
		"no counts of entities":        func(m map[string]any) { delete(m, "entities") },
		"no counts of relationships":   func(m map[string]any) { m["relationships"] = nil },
		"another count of users":       func(m map[string]any) { m["entities"].(map[string]any)["jumpcloud_user"] = 23 },
		"no count of group members":    func(m map[string]any) { delete(m["relationships"].(map[string]any), "jumpcloud_group_has_user") },
		"a count of users below zero":  func(m map[string]any) { m["entities"].(map[string]any)["jumpcloud_user"] = -1 },
		"a status that is not a known": func(m map[string]any) { m["status"] = "fine" },
	} {
		m := map[string]any{}
		if err := json.Unmarshal(whole, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		write(t, name, string(b))
		if r, err := jsonl.Open(dir); err == nil {
			t.Errorf("%s: it opens", what)
			_ = r.Close()
		}
		problems := 0
		if _, err := jsonl.Validate(dir, func(jsonl.Problem) { problems++ }); err == nil && problems == 0 {
			t.Errorf("%s: it is valid", what)
		}
	}
}

func TestResult_SameOrganizationSameBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var last map[string][]byte
	for i := range 3 {
		out := filepath.Join(dir, string(rune('a'+i)))
		if _, err := jumpgraph.Collect(t.Context(), fake(t, jumpcloudtest.Demo()), jsonl.New(out)); err != nil {
			t.Fatal(err)
		}
		now := map[string][]byte{}
		for _, name := range []string{jsonl.EntitiesName, jsonl.RelationshipsName} {
			b, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			// The links of the fake hold its port.
			now[name] = []byte(withoutPorts(string(b)))
		}
		if last != nil && !cmp.Equal(last, now) {
			t.Error("two runs over the same organization gave different bytes")
		}
		last = now
	}
	order := schemas.EntityTypes()
	at := 0
	lines := bufio.NewScanner(strings.NewReader(string(last[jsonl.EntitiesName])))
	for lines.Scan() {
		var e struct {
			Type string `json:"_type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		i := slices.Index(order, e.Type)
		if i < at {
			t.Fatalf("%s stands after %s: the types are out of order", e.Type, order[at])
		}
		at = i
	}
}

func withoutPorts(s string) string {
	parts := strings.Split(s, "http://127.0.0.1:")
	for i, p := range parts[1:] {
		if j := strings.IndexAny(p, `/"`); j >= 0 {
			parts[i+1] = p[j:]
		}
	}
	return strings.Join(parts, "")
}

func TestCommit_WritesNoManifestThatOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	s := jsonl.New(dir)
	if err := s.Begin(t.Context(), jumpgraph.Run{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), &jumpgraph.Manifest{Status: jumpgraph.Complete}); err == nil || !strings.HasPrefix(err.Error(), "jsonl: ") {
		t.Errorf("got %v, want an error of this package", err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a result: %v", err)
	}
}
