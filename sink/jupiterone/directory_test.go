package jupiterone_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// summaryFile is what tests read of summary.json.
type summaryFile struct {
	Steps []summaryStep `json:"integrationStepResults"`
	Meta  struct {
		Partial struct {
			Types []string `json:"types"`
		} `json:"partialDatasets"`
	} `json:"metadata"`
}

type summaryStep struct {
	ID, Name, Status string
	DependsOn        []string
	Declared         []string         `json:"declaredTypes"`
	Partial          []string         `json:"partialTypes"`
	Encountered      []string         `json:"encounteredTypes"`
	Counts           map[string]int64 `json:"encounteredTypeCounts"`
	Start            int64            `json:"startTime"`
	End              int64            `json:"endTime"`
	Duration         int64
}

func summaryOf(t *testing.T, dir string) *summaryFile {
	t.Helper()
	var s summaryFile
	read(t, filepath.Join(dir, "summary.json"), &s)
	return &s
}

func (s *summaryFile) step(id string) summaryStep {
	for _, r := range s.Steps {
		if r.ID == id {
			return r
		}
	}
	return summaryStep{Status: "there is no step " + id}
}

func TestDirectory_KeepsTheSinksPromises(t *testing.T) {
	t.Parallel()
	sinktest.Run(t, sinktest.Target{
		New: func(place string) jumpgraph.Sink { return jupiterone.NewDirectory(place) },
		Read: func(place string) ([]string, error) {
			m, err := resultdir.Read(place)
			if errors.Is(err, jumpgraph.ErrNoResult) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			var keys []string
			for _, f := range m.Files {
				b, err := os.ReadFile(filepath.Join(place, f.Name))
				if sum := sha256.Sum256(b); err != nil || hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(b)) != f.Bytes {
					return nil, fmt.Errorf("%s is not as the manifest says: %w", f.Name, err)
				}
				var parts map[string][]struct {
					Key string `json:"_key"`
				}
				if f.Name == "summary.json" {
					continue
				}
				if err := json.Unmarshal(b, &parts); err != nil {
					return nil, err
				}
				for _, list := range parts {
					for _, o := range list {
						keys = append(keys, o.Key)
					}
				}
			}
			return keys, nil
		},
	})
}

var uuidName = regexp.MustCompile(`/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json$`)

func TestDirectory_HasJupiterOnesLayout(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), ".j1-integration")
	m := hand(t, demoRun(t), jupiterone.NewDirectory(dir, jupiterone.WithEmployees()))
	var got []string
	for name, text := range files(t, dir) {
		shape := name
		if uuidName.MatchString(name) {
			shape = path.Dir(name) + "/<uuid>.json"
		}
		if strings.HasPrefix(name, "index/") {
			typ := path.Base(path.Dir(name))
			to := path.Join(path.Dir(name), strings.TrimPrefix(text, "-> "))
			shape += " -> " + path.Dir(to) + "/<uuid>.json"
			var parts map[string][]struct {
				Type string `json:"_type"`
			}
			read(t, filepath.Join(dir, name), &parts) // through the link
			list := parts[strings.Split(name, "/")[1]]
			if len(parts) != 1 || len(list) == 0 || path.Base(to) != path.Base(name) {
				t.Errorf("%s leads to %s, which holds %d objects", name, to, len(list))
			}
			for _, o := range list {
				if o.Type != typ {
					t.Errorf("%s holds a %s", name, o.Type)
				}
			}
		}
		got = append(got, shape)
	}
	slices.Sort(got)
	want := []string{"manifest.json", "summary.json"}
	for typ, place := range map[string]string{
		"jumpcloud_account":                    "fetch-orgs/entities",
		"jumpcloud_user":                       "fetch-users/entities",
		"jumpcloud_account_has_user":           "fetch-users/relationships",
		"mapping_source_is_employee":           "fetch-users/relationships",
		"jumpcloud_device":                     "fetch-devices/entities",
		"jumpcloud_account_has_device":         "fetch-devices/relationships",
		"jumpcloud_group":                      "fetch-groups/entities",
		"jumpcloud_account_has_group":          "fetch-groups/relationships",
		"jumpcloud_group_has_user":             "fetch-group-members/relationships",
		"jumpcloud_application":                "fetch-applications/entities",
		"jumpcloud_account_has_application":    "fetch-applications/relationships",
		"jumpcloud_group_assigned_application": "fetch-application-members/relationships",
		"jumpcloud_user_assigned_application":  "fetch-application-members/relationships",
		"jumpcloud_apple_mdm":                  "fetch-apple-mdm/entities",
		"jumpcloud_account_has_apple_mdm":      "fetch-apple-mdm/relationships",
		"jumpcloud_apple_device":               "fetch-apple-devices/entities",
		"jumpcloud_apple_device_has_mdm":       "fetch-apple-devices/relationships",
	} {
		file := "graph/" + place + "/<uuid>.json"
		want = append(want, file, "index/"+path.Base(place)+"/"+typ+"/<uuid>.json -> "+file)
	}
	slices.Sort(want)
	written := len(got)
	got = slices.DeleteFunc(got, func(shape string) bool { return later(want, shape) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-documented +written):\n%s", diff)
	}
	var named []string
	for _, f := range m.Files {
		named = append(named, f.Name)
	}
	links := 0
	for shape := range files(t, dir) {
		if strings.HasPrefix(shape, "index/") {
			links++
		}
	}
	if !slices.IsSorted(named) || len(named) != written-links-1 || !slices.Contains(named, "summary.json") {
		t.Errorf("the manifest names %q", named)
	}
}

// later reports that a file is of a step or a type that is not documented in want: of a collection that came later.
func later(want []string, shape string) bool {
	part := strings.Join(strings.SplitN(shape, "/", 4)[:min(3, strings.Count(shape, "/")+1)], "/")
	return !slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, part) })
}

func TestDirectory_FilesAreIndentedAndPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	hand(t, demoRun(t), jupiterone.NewDirectory(dir))
	for name, text := range files(t, filepath.Join(dir, "graph")) {
		var v map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		kind := path.Base(path.Dir(name))
		if want := "{\n  \"" + kind + "\": [\n    {\n      \"_key\": "; !strings.HasPrefix(text, want) {
			t.Errorf("%s begins with %.40q, want %q", name, text, want)
		}
		if !strings.HasSuffix(text, "\n    }\n  ]\n}") {
			t.Errorf("%s ends otherwise: %q", name, text[len(text)-20:])
		}
	}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; err == nil && info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDirectory_AFileHolds500ObjectsAtMost(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	s := jupiterone.NewDirectory(dir)
	if err := s.Begin(t.Context(), jumpgraph.Run{}); err != nil {
		t.Fatal(err)
	}
	for i := range 1203 { // the types come in turns, as they do while an organization is read
		user := &entities.User{Meta: entities.Meta{Key: fmt.Sprint("user", i), Type: "jumpcloud_user"}}
		batch := []entities.Entity{user}
		if i < 1000 {
			batch = append(batch, &entities.Device{Meta: entities.Meta{Key: fmt.Sprint("device", i), Type: "jumpcloud_device"}})
		}
		for _, e := range batch {
			if err := s.Entities(t.Context(), "", []entities.Entity{e}); err != nil {
				t.Fatal(err)
			}
		}
		edge := relationships.AccountHasUser("account", entities.UserKey(user.Key))
		if err := s.Relationships(t.Context(), "", []relationships.Relationship{edge}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit(t.Context(), &jumpgraph.Manifest{}); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string][]int{"fetch-users/entities": {203, 500, 500}, "fetch-users/relationships": {203, 500, 500}, "fetch-devices/entities": {500, 500}} {
		var sizes []int
		for name := range files(t, filepath.Join(dir, "graph", place)) {
			var parts map[string][]json.RawMessage
			read(t, filepath.Join(dir, "graph", place, name), &parts)
			sizes = append(sizes, len(parts[path.Base(place)]))
		}
		slices.Sort(sizes)
		if !slices.Equal(sizes, want) {
			t.Errorf("the files of %s hold %v objects, want %v", place, sizes, want)
		}
	}
	if n := len(objects(t, dir)); n != 2*1203+1000 {
		t.Errorf("there are %d objects", n)
	}
}

func TestDirectory_TheSameRunGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	run := sinktest.Record(t, jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 60, Groups: 3, GroupMembers: 9, Applications: 2}))
	var got [2]map[string]string
	for i := range got {
		dir := filepath.Join(t.TempDir(), "graph")
		hand(t, run, jupiterone.NewDirectory(dir, jupiterone.WithEmployees(), jupiterone.WithTag("b", "1"), jupiterone.WithTag("a", "2")))
		got[i] = files(t, dir)
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("two directories of one run (-one +other):\n%s", diff)
	}
}

func TestDirectory_SaysHowTheStepsEnded(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	m, err := collect(t, jupiterone.NewDirectory(dir), jumpcloudtest.Fault{Path: "/applemdms", Status: 404}, demo(), jumpgraph.Skip("applications"))
	if err != nil {
		t.Fatal(err)
	}
	s := summaryOf(t, dir)
	var ids []string
	for _, r := range s.Steps {
		ids = append(ids, r.ID)
		want := map[string]string{"fetch-applications": "disabled", "fetch-application-members": "disabled"}[r.ID]
		if want == "" {
			want = "success"
		}
		if r.Status != want {
			t.Errorf("%s is %s, want %s", r.ID, r.Status, want)
		}
		if r.Name == "" || r.DependsOn == nil && r.ID != "fetch-orgs" || r.Declared == nil || r.Partial == nil || r.Encountered == nil {
			t.Errorf("%s lacks something: %+v", r.ID, r)
		}
		if len(r.Encountered) > 0 && (r.Start < m.StartedAt.UnixMilli() || r.End < r.Start || r.Duration != r.End-r.Start) {
			t.Errorf("%s ran from %d to %d, %d ms", r.ID, r.Start, r.End, r.Duration)
		}
		for typ, n := range r.Counts {
			if n != m.Entities[typ]+m.Relationships[typ] {
				t.Errorf("%s counts %d of %s, the manifest %d", r.ID, n, typ, m.Entities[typ]+m.Relationships[typ])
			}
		}
	}
	want := []string{
		"fetch-orgs", "fetch-users", "fetch-devices", "fetch-groups", "fetch-group-members", "fetch-applications",
		"fetch-application-members", "fetch-apple-mdm", "fetch-apple-devices",
	}
	if diff := cmp.Diff(want, ids[:min(len(want), len(ids))]); diff != "" { // more may follow
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	partial := []string{
		"jumpcloud_account_has_apple_mdm", "jumpcloud_account_has_application", "jumpcloud_apple_device", "jumpcloud_apple_device_has_mdm",
		"jumpcloud_apple_mdm", "jumpcloud_application", "jumpcloud_group_assigned_application", "jumpcloud_user_assigned_application",
	}
	slices.Sort(s.Meta.Partial.Types)
	if diff := cmp.Diff(partial, s.Meta.Partial.Types); diff != "" {
		t.Errorf("partial types (-want +got):\n%s", diff)
	}
}

func TestDirectory_ANewCollectionNeedsNoNameHere(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	more := append(jumpgraph.Collections(), jumpgraph.CollectionInfo{Name: "policies", Title: "Policies"},
		jumpgraph.CollectionInfo{Name: "policies/results", Title: "Policy Results", Needs: []string{"policies", "systems"}})
	for collection, id := range jupiterone.StepIDs(more) {
		if ids[id] != "" || !strings.HasPrefix(id, "fetch-") || strings.ContainsAny(id, "/ ") {
			t.Errorf("the step of %s is %s, that of %q, too", collection, id, ids[id])
		}
		ids[id] = collection
	}
	if ids["fetch-policy-results"] != "policies/results" {
		t.Errorf("the steps are %v", ids)
	}
}

func TestDirectory_AFailureMakesTheStepsThatNeedItPartial(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	run := demoRun(t)
	s := jupiterone.NewDirectory(dir, jupiterone.WithEmployees())
	if err := run.Write(t.Context(), s, -1); err != nil {
		t.Fatal(err)
	}
	m := run.Manifest()
	org := *m.Organizations[0]
	org.Collections = slices.Clone(org.Collections)
	for i, c := range org.Collections {
		if c.Name == "systemusers" {
			changed := *c
			changed.Status, changed.Reason = jumpgraph.Partial, "test"
			org.Collections[i] = &changed
		}
	}
	m.Organizations = []*jumpgraph.Organization{&org}
	if err := s.Commit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := summaryOf(t, dir)
	for id, want := range map[string]string{
		"fetch-users": "failure", "fetch-group-members": "partial_success_due_to_dependency_failure",
		"fetch-application-members": "partial_success_due_to_dependency_failure", "fetch-orgs": "success", "fetch-devices": "success",
	} {
		if r := got.step(id); r.Status != want {
			t.Errorf("%s is %s, want %s", id, r.Status, want)
		}
	}
	want := []string{"jumpcloud_user", "jumpcloud_account_has_user", "mapping_source_is_employee"}
	if diff := cmp.Diff(want, got.Meta.Partial.Types); diff != "" {
		t.Errorf("partial types (-want +got):\n%s", diff)
	}
}

func TestDirectory_AManifestWithoutOrganizationsProvesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	run := demoRun(t)
	s := jupiterone.NewDirectory(dir)
	if err := run.Write(t.Context(), s, -1); err != nil {
		t.Fatal(err)
	}
	m := run.Manifest()
	m.Organizations = nil
	if err := s.Commit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := summaryOf(t, dir).Meta.Partial.Types; !slices.Equal(got, schemas.Types()) {
		t.Errorf("partial are %v, want all types", got)
	}
}

func TestDirectory_AnIncompleteRunSaysWhyBesideTheOldResult(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	forbidden := jumpcloudtest.Fault{Path: "/api/applications", Status: 403}
	if _, err := collect(t, jupiterone.NewDirectory(dir), forbidden, demo()); !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a run that is not complete left a result")
	}
	if m, err := resultdir.Read(jsonl.PartialPath(dir)); err != nil || m.Status != jumpgraph.Partial {
		t.Errorf("beside it stands %+v, %v", m, err)
	}
	if _, err := collect(t, jupiterone.NewDirectory(dir), none, demo()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(jsonl.PartialPath(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the partial result outlived the complete run")
	}
	list, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(list) != 1 {
		t.Errorf("beside the result stands %v, %v", list, err)
	}
}

func TestDirectory_RefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files map[string]string
		says  string
	}{
		"notes":                            {map[string]string{"notes.txt": "mine"}, "notes.txt"},
		"a graph of JupiterOne's own":      {map[string]string{"graph/fetch-users/entities/a.json": "{}", "summary.json": "{}"}, "another tool"},
		"a summary alone":                  {map[string]string{"summary.json": "{}"}, "another tool"},
		"a page alone":                     {map[string]string{"index.html": "<html>"}, "another tool"},
		"somebody else's manifest":         {map[string]string{"manifest.json": `{"tool": {"name": "npm"}}`}, "somebody else's"},
		"a result of another sink of ours": {map[string]string{"manifest.json": `{"tool": {"name": "jumpgraph"}}`, "entities.jsonl": ""}, "entities.jsonl"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, tt.files)
			s := jupiterone.NewDirectory(dir)
			if err := s.Begin(t.Context(), jumpgraph.Run{}); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if err := s.Abort(t.Context(), &jumpgraph.Manifest{}, errors.New("test")); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.files, files(t, dir)); diff != "" {
				t.Errorf("the directory changed:\n%s", diff)
			}
			if _, err := os.Stat(jsonl.PartialPath(dir)); !errors.Is(err, fs.ErrNotExist) {
				t.Error("something was written beside it")
			}
		})
	}
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDirectory_ReplacesAResultWithThePageOfVisualize(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	run := demoRun(t)
	hand(t, run, jupiterone.NewDirectory(dir))
	put(t, dir, map[string]string{"index.html": "<html>"})
	hand(t, run, jupiterone.NewDirectory(dir))
	if _, err := os.Stat(filepath.Join(dir, "index.html")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the page shows a graph that is not there any more")
	}
}

func TestDirectory_FillsTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	run := demoRun(t)
	for range 2 {
		hand(t, run, jupiterone.NewDirectory("."))
		if got := len(objects(t, dir)); got != len(run.Keys()) {
			t.Errorf("%d objects, want %d", got, len(run.Keys()))
		}
		for name := range files(t, filepath.Join(dir, "index")) {
			if _, err := os.ReadFile(filepath.Join(dir, "index", name)); err != nil {
				t.Error(err)
			}
		}
	}
}

// tool returns the path of JupiterOne's own command.
func tool(t *testing.T) string {
	t.Helper()
	if name := os.Getenv("JUMPGRAPH_J1_CLI"); name != "" {
		return name
	}
	name, err := exec.LookPath("j1-integration")
	if err != nil {
		t.Skip("needs JupiterOne's command: npm install @jupiterone/integration-sdk-cli@8.41.0, and JUMPGRAPH_J1_CLI=node_modules/.bin/j1-integration")
	}
	return name
}

func TestDirectory_JupiterOnesOwnToolDrawsIt(t *testing.T) {
	t.Parallel()
	cli := tool(t)
	project := t.TempDir()
	dir := filepath.Join(project, ".j1-integration")
	run := demoRun(t)
	hand(t, run, jupiterone.NewDirectory(dir, jupiterone.WithEmployees()))
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), cli, "visualize")
	cmd.Dir = project
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	nodes, edges := 0, 0
	for key, text := range objects(t, dir) {
		var o struct {
			DisplayName string          `json:"displayName"`
			Type        string          `json:"_type"`
			From        string          `json:"_fromEntityKey"`
			Mapping     json.RawMessage `json:"_mapping"`
		}
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		switch {
		case o.Mapping != nil:
		case o.From != "":
			edges++
		default:
			nodes++
			label, _ := json.Marshal(o.DisplayName)
			if want := string(label[:len(label)-1]) + `\n[` + o.Type; !strings.Contains(string(page), want) {
				t.Errorf("the page does not show %s, %s", key, want)
			}
		}
	}
	if got := strings.Count(string(page), `"label":"HAS"`) + strings.Count(string(page), `"label":"ASSIGNED"`); got != edges || nodes == 0 {
		t.Errorf("the page shows %d edges, want %d, of %d nodes", got, edges, nodes)
	}
	hand(t, run, jupiterone.NewDirectory(dir)) // the page does not stand in the way
}

// TestDirectory_GivenOrganizationIsASuccess lets the caller give the organization, so that no list was read.
func TestDirectory_GivenOrganizationIsASuccess(t *testing.T) {
	t.Parallel()
	dir, orgs := filepath.Join(t.TempDir(), "graph"), demo()
	if _, err := collect(t, jupiterone.NewDirectory(dir), none, orgs, jumpgraph.WithKnownOrg(&client.Organization{ID: orgs[0].Self.ID()})); err != nil {
		t.Fatal(err)
	}
	for _, r := range summaryOf(t, dir).Steps {
		if r.Status != "success" || len(r.Partial) > 0 {
			t.Errorf("%s is %s, partial in %v; want a success: nothing is missing", r.ID, r.Status, r.Partial)
		}
		if r.ID == "fetch-orgs" && r.Counts["jumpcloud_account"] != 1 {
			t.Errorf("%s counts %v, want one account", r.ID, r.Counts)
		}
	}
}
