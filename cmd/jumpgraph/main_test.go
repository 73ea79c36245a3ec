package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

var update = flag.Bool("update", false, "write the golden files")

// jump runs the command line with an environment and returns exit code, standard output and standard error.
func jump(t *testing.T, env map[string]string, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, func(name string) string { return env[name] }, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// server starts a fake JumpCloud and returns the environment that reaches it.
func server(t *testing.T, orgs ...*jumpcloudtest.Organization) map[string]string {
	t.Helper()
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	return map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
}

func TestCollect_DemoGivesEveryTypeAndTheGoldenBytes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	code, stdout, stderr := jump(t, nil, "collect", "--demo", "--out", dir)
	if code != exitOK || stdout != "" {
		t.Fatalf("exit %d, stdout %q, stderr:\n%s", code, stdout, stderr)
	}
	m, err := resultdir.Read(dir)
	if err != nil || m.Status != jumpgraph.Complete {
		t.Fatalf("manifest %+v, %v", m, err)
	}
	for _, typ := range schemas.Types() {
		if !m.Asked(typ) {
			if strings.Contains(stderr, typ+" ") {
				t.Errorf("the summary names %s, whose layer was not chosen", typ)
			}
			continue
		}
		if m.Entities[typ]+m.Relationships[typ] == 0 {
			t.Errorf("the demo holds no %s", typ)
		}
		if !strings.Contains(stderr, typ+" ") {
			t.Errorf("the summary does not name %s", typ)
		}
	}
	for _, name := range []string{jsonl.EntitiesName, jsonl.RelationshipsName} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "demo", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
			t.Errorf("%s is not the golden one; if that is meant, run go test ./cmd/jumpgraph -update (-want +got):\n%s", name, diff)
		}
	}
	if code, stdout, stderr := jump(t, nil, "validate", dir); code != exitOK || !strings.HasPrefix(stdout, "valid: ") {
		t.Errorf("validate: exit %d, %s%s", code, stdout, stderr)
	}
}

func TestCollect_ManifestHasItsNames(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--out", dir); code != exitOK || stderr != "" {
		t.Fatalf("exit %d, stderr %q; want silence with --quiet", code, stderr)
	}
	b, err := os.ReadFile(filepath.Join(dir, resultdir.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	has := func(where string, v any, names ...string) map[string]any {
		t.Helper()
		o, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s is no object: %v", where, v)
		}
		for _, n := range names {
			if _, ok := o[n]; !ok {
				t.Errorf("%s has no %q", where, n)
			}
		}
		if len(o) != len(names) {
			t.Errorf("%s has %d names, want %d: %v", where, len(o), len(names), o)
		}
		return o
	}
	has("manifest", m, "manifestVersion", "tool", "modelVersion", "status", "startedAt", "finishedAt", "requests", "retries", "organizations", "entities", "relationships", "files")
	has("tool", m["tool"], "name", "version")
	has("file", m["files"].([]any)[0], "name", "sha256", "bytes")
	org := has("organization", m["organizations"].([]any)[0], "id", "name", "status", "requests", "collections")
	for _, c := range org["collections"].([]any) {
		has("collection", c, "name", "endpoint", "status", "reason", "proof", "expected", "received", "emitted", "rejected", "duplicates",
			"dead", "unmatched", "reread", "assumed", "odd", "pages", "requests", "retries", "startedAt", "finishedAt")
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	good := server(t, jumpcloudtest.Demo())
	wrongKey := map[string]string{"JUMPCLOUD_API_KEY": "mistyped", "JUMPCLOUD_API_URL": good["JUMPCLOUD_API_URL"]}
	nothing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/organizations") {
			fmt.Fprint(w, `{"results":[{"_id":"5f0000000000000000000001"}],"totalCount":1}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(nothing.Close)
	partial := jumpcloudtest.Demo()
	delete(partial.SystemUsers[0], "_id")
	delete(partial.SystemUsers[0], "id")
	two := jumpcloudtest.Demo()
	two.Self["_id"], two.Self["id"] = "5f00000000000000000000aa", "5f00000000000000000000aa"
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.doc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"complete":             {good, nil, exitOK, "Complete:"},
		"no key":               {nil, nil, exitAuth, "set JUMPCLOUD_API_KEY"},
		"wrong key":            {wrongKey, nil, exitAuth, "mistyped, revoked by a newer key, expired, or of another region"},
		"nothing may be read":  {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": nothing.URL}, nil, exitPermission, "may read nothing"},
		"partial":              {server(t, partial), nil, exitIncomplete, "has no id"},
		"two organizations":    {server(t, jumpcloudtest.Demo(), two), nil, exitUsage, "with --org ID, or every one with --all-orgs"},
		"region and URL":       {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": "eu", "JUMPCLOUD_API_URL": "https://x.example"}, nil, exitUsage, "not both"},
		"unknown region":       {map[string]string{"JUMPCLOUD_API_KEY": "k"}, []string{"--region", "mars"}, exitUsage, "us, eu or in"},
		"bad rate":             {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_MAX_RPS": "fast"}, nil, exitUsage, "JUMPCLOUD_MAX_RPS"},
		"unknown flag":         {good, []string{"--fast"}, exitUsage, "unknown flag"},
		"argument":             {good, []string{"extra"}, exitUsage, "too many arguments"},
		"unknown skip":         {good, []string{"--skip", "printers"}, exitUsage, "no collection \"printers\""},
		"foreign directory":    {good, []string{"--out", foreign}, exitError, "thesis.doc"},
		"org and all":          {good, []string{"--org", "x", "--all-orgs"}, exitUsage, "not both"},
		"unknown organization": {good, []string{"--org", "5f00000000000000000000cc"}, exitUsage, "cannot see"},
		"fallback key":         {map[string]string{"JC_API_KEY": good["JUMPCLOUD_API_KEY"], "JUMPCLOUD_API_URL": good["JUMPCLOUD_API_URL"] + "/api"}, []string{"--max-rps", "100000"}, exitOK, "Complete:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"collect", "--out", filepath.Join(t.TempDir(), "graph")}, tt.args...)
			code, _, stderr := jump(t, tt.env, args...)
			if code != tt.code || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit %d, want %d with %q; stderr:\n%s", code, tt.code, tt.says, stderr)
			}
			for _, v := range tt.env {
				if strings.HasPrefix(v, "jca_") && strings.Contains(stderr, v) {
					t.Error("the key was printed")
				}
			}
		})
	}
	for name, args := range map[string][]string{"no command": {"colect"}, "an empty path": {"collect", "--demo", "--out", ""}, "a form that is none": {"collect", "--demo", "--format", "xml"}} {
		if code, _, stderr := jump(t, nil, args...); code != exitUsage {
			t.Errorf("%s: exit %d, want %d; stderr:\n%s", name, code, exitUsage, stderr)
		}
	}
}

// TestExplanation_IsNamedOnlyWhenItIsOfThisRun: what could not be written says nothing, whatever stands there.
func TestExplanation_IsNamedOnlyWhenItIsOfThisRun(t *testing.T) {
	t.Parallel()
	broken := jumpcloudtest.Demo()
	delete(broken.SystemUsers[0], "_id")
	delete(broken.SystemUsers[0], "id")
	env := server(t, broken)
	for format, file := range map[string]string{"jsonl": "notes.txt", "j1": "notes.txt", "sqlite": ""} {
		out := filepath.Join(t.TempDir(), "graph")
		args := []string{"collect", "--quiet", "--format", format, "--out", out}
		if code, _, stderr := jump(t, env, args...); code != exitIncomplete || !strings.Contains(stderr, "says why") {
			t.Errorf("%s: exit %d: %s", format, code, stderr)
		}
		block := filepath.Join(out+".partial", file)
		if file == "" {
			block = out + ".partial-journal" // somebody has the database open
		}
		writeFile(t, block, "x")
		if code, _, stderr := jump(t, env, args...); code != exitIncomplete || strings.Contains(stderr, "says why") {
			t.Errorf("%s, which could not be written: exit %d: %s", format, code, stderr)
		}
	}
}

func TestInterrupt_Exits130(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := run(ctx, []string{"collect", "--demo", "--out", filepath.Join(t.TempDir(), "g")}, func(string) string { return "" }, &out, &out); code != exitInterrupted {
		t.Errorf("exit %d, want %d", code, exitInterrupted)
	}
}

func TestPlan_SaysWhatARunWouldCost(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(40, jumpcloudtest.Size{Users: 2500, Systems: 40, Groups: 7, Applications: 5, AppleDevices: 3, GroupMembers: 4})
	env := server(t, o)
	code, stdout, stderr := jump(t, env, "collect", "--plan", "--max-rps", "8")
	if code != exitOK || !strings.Contains(stdout, "systemusers: 2500") {
		t.Fatalf("exit %d:\n%s%s", code, stdout, stderr)
	}
	var planned int
	_, last, _ := strings.Cut(stdout, "at least ")
	if _, err := fmt.Sscanf(last, "%d requests", &planned); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "g")
	if code, _, stderr := jump(t, env, "collect", "--quiet", "--out", dir); code != exitOK {
		t.Fatalf("exit %d:\n%s", code, stderr)
	}
	m, err := resultdir.Read(dir)
	if err != nil || int(m.Requests) != planned {
		t.Errorf("planned %d requests, the run took %d, %v", planned, m.Requests, err)
	}
	if code, _, _ := jump(t, env, "collect", "--plan", "--demo"); code != exitUsage {
		t.Errorf("--plan --demo: exit %d, want %d", code, exitUsage)
	}
}

func TestSplit_WritesOneResultPerOrganization(t *testing.T) {
	t.Parallel()
	a, b := jumpcloudtest.Demo(), jumpcloudtest.Synthetic(8, jumpcloudtest.Size{Users: 3})
	id := "5f00000000000000000000bb"
	b.Self["_id"], b.Self["id"] = id, id
	for _, u := range b.SystemUsers {
		u["organization"] = id
	}
	env := server(t, a, b)
	dir := t.TempDir()
	if code, _, stderr := jump(t, env, "collect", "--out", dir, "--split"); code != exitUsage {
		t.Errorf("--split without a choice: exit %d; stderr:\n%s", code, stderr)
	}
	if code, _, stderr := jump(t, env, "collect", "--out", dir, "--split", "--all-orgs"); code != exitOK {
		t.Fatalf("exit %d; stderr:\n%s", code, stderr)
	}
	for org, users := range map[string]int64{id: 3, a.Self.ID(): int64(len(a.SystemUsers))} {
		m, err := resultdir.Read(filepath.Join(dir, org))
		if err != nil || m.Entities["jumpcloud_user"] != users || len(m.Organizations) != 1 {
			t.Errorf("organization %s: %+v, %v; want %d users", org, m, err, users)
		}
	}
}

func TestValidate_SaysFileLinePropertyAndRule(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "one.jsonl")
	line := `{"_key":"5f00000000000000000000cc","_type":"jumpcloud_group","_class":["Group"],"name":5,"displayName":"x","size":1}`
	if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := jump(t, nil, "validate", path)
	for _, want := range []string{
		path + ":1: 5f00000000000000000000cc: name: expected string, but got number (type)",
		path + ":1: 5f00000000000000000000cc: size: is not a property of this type (unevaluatedProperties)",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout does not say %q:\n%s", want, stdout)
		}
	}
	if code != exitError {
		t.Errorf("exit %d, want %d", code, exitError)
	}
	if code, _, _ := jump(t, nil, "validate", path+".missing"); code != exitError {
		t.Errorf("a missing file: exit %d, want %d", code, exitError)
	}
}

func TestTerminal_ControlCharactersOfDataAreNotPrinted(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	delete(o.SystemUsers[0], "_id")
	delete(o.SystemUsers[0], "id")
	o.SystemUsers[0]["firstname"] = "\x1b]0;owned\x07\u009b31m"
	_, _, stderr := jump(t, server(t, o), "collect", "--out", filepath.Join(t.TempDir(), "g"))
	if strings.ContainsAny(stderr, "\x1b\x07\u009b") {
		t.Errorf("control characters of data were printed: %q", stderr)
	}
}

// TestCollect_SaysWhoseValuesAreAssumed, where there are several organizations.
func TestCollect_SaysWhoseValuesAreAssumed(t *testing.T) {
	t.Parallel()
	demo := jumpcloudtest.Demo()
	env := server(t, demo, jumpcloudtest.Synthetic(5, jumpcloudtest.Size{Users: 1}))
	code, _, stderr := jump(t, env, "collect", "--all-orgs", "--out", filepath.Join(t.TempDir(), "graph"))
	if named := strings.Count(stderr, ": Assumed false"); code != exitOK || named != strings.Count(stderr, "Assumed false") || named == 0 || !strings.Contains(stderr, "organization "+demo.Self.ID()+": Assumed false") {
		t.Errorf("exit %d, %d sentences name an organization:\n%s", code, named, stderr)
	}
}
