package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// jupiterOne is as much of JupiterOne's API as the command needs; sink/jupiterone tests the rest.
type jupiterOne struct {
	*httptest.Server

	mu       sync.Mutex
	status   int // of every answer, when not 0
	requests []string
	objects  map[string][]map[string]any // by kind
	final    string
}

func newJupiterOne(t *testing.T) *jupiterOne {
	t.Helper()
	j := &jupiterOne{objects: map[string][]map[string]any{}}
	j.Server = httptest.NewServer(j)
	t.Cleanup(j.Close)
	return j
}

func (j *jupiterOne) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/persister/synchronization/jobs")
	j.requests = append(j.requests, r.Method+" "+path)
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	b, _ := io.ReadAll(body)
	switch {
	case j.status != 0:
		w.WriteHeader(j.status)
		return
	case r.Header.Get("Authorization") != "Bearer sesame" || r.Header.Get("JupiterOne-Account") != "acme":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case path == "/job/entities", path == "/job/relationships":
		var batch map[string][]map[string]any
		_ = json.Unmarshal(b, &batch)
		for kind, list := range batch {
			j.objects[kind] = append(j.objects[kind], list...)
		}
	case path == "/job/finalize":
		j.final = string(b)
	}
	if j.final == "" {
		_, _ = io.WriteString(w, `{"job":{"id":"job","status":"AWAITING_UPLOADS"}}`)
		return
	}
	_, _ = io.WriteString(w, `{"job":{"id":"job","status":"FINISHED","numEntitiesCreated":59}}`)
}

func TestUpload_HandsAStoredGraphToJupiterOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--skip", "applemdms", "--out", dir); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	m, err := resultdir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var entities int64
	for _, n := range m.Entities {
		entities += n
	}
	for _, path := range []string{dir, database(t)} {
		j := newJupiterOne(t)
		env := map[string]string{"JUPITERONE_API_KEY": "sesame", "JUPITERONE_ACCOUNT": "acme"}
		code, stdout, stderr := jump(t, env, "upload", path, "--scope", "test", "--api-url", j.URL, "--wait", "5s", "--tag", "AccountName=Example", "--employees")
		if code != exitOK || stdout != "" || !strings.Contains(stderr, "Accepted: job job, finished: entities 59 created") {
			t.Fatalf("exit %d, %s%s", code, stdout, stderr)
		}
		if n := int64(len(j.objects["entities"])); path == dir && n != entities || j.objects["entities"][0]["tag.AccountName"] != "Example" {
			t.Errorf("%d entities of %d, the first with the tag %v", n, entities, j.objects["entities"][0]["tag.AccountName"])
		}
		if !slices.ContainsFunc(j.objects["relationships"], func(o map[string]any) bool { return o["_type"] == "mapping_source_is_employee" }) {
			t.Error("no user was mapped to an employee")
		}
		if strings.Contains(j.final, "jumpcloud_apple_mdm") != (path == dir) || strings.Contains(j.final, `"jumpcloud_user"`) {
			t.Errorf("partial types: %s", j.final)
		}
	}
}

func TestUpload_ExitCodesSayWhatWasRefused(t *testing.T) {
	t.Parallel()
	path := database(t)
	good := map[string]string{"JUPITERONE_API_KEY": "sesame", "JUPITERONE_ACCOUNT": "acme"}
	for name, tt := range map[string]struct {
		env    map[string]string
		status int
		args   []string
		want   int
	}{
		"no key":                 {nil, 0, []string{"--scope", "s"}, exitAuth},
		"a wrong key":            {map[string]string{"JUPITERONE_API_KEY": "open-sesame", "JUPITERONE_ACCOUNT": "acme"}, 0, []string{"--scope", "s"}, exitAuth},
		"no account":             {map[string]string{"JUPITERONE_API_KEY": "sesame"}, 0, []string{"--scope", "s"}, exitUsage},
		"no scope":               {good, 0, nil, exitUsage},
		"scope and instance":     {good, 0, []string{"--scope", "s", "--instance", "i"}, exitUsage},
		"a tag without value":    {good, 0, []string{"--scope", "s", "--tag", "x"}, exitUsage},
		"a tag with an odd name": {good, 0, []string{"--scope", "s", "--tag", "a_b=c"}, exitUsage},
		"not permitted":          {good, http.StatusForbidden, []string{"--scope", "s"}, exitPermission},
		"an empty success":       {good, http.StatusOK, []string{"--scope", "s"}, exitError},
	} {
		j := newJupiterOne(t)
		j.status = tt.status
		code, _, stderr := jump(t, tt.env, append([]string{"upload", path, "--api-url", j.URL}, tt.args...)...)
		if code != tt.want || strings.Contains(stderr, "sesame") {
			t.Errorf("%s: exit %d, want %d: %s", name, code, tt.want, stderr)
		}
		if tt.want == exitUsage && len(j.requests) > 0 {
			t.Errorf("%s: requests %v before the usage error", name, j.requests)
		}
	}
}

func TestCollect_InTheFormOfJupiterOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), ".j1-integration")
	for range 2 {
		if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--format", "j1", "--out", dir, "--employees", "--tag", "Production=true"); code != exitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "graph", "fetch-users", "*", "*.json"))
	if err != nil || len(files) < 3 {
		t.Errorf("files %v, %v", files, err)
	}
	for _, args := range [][]string{{"validate", dir}, {"query", dir, "SELECT 1"}, {"diff", dir, dir}} {
		if code, _, stderr := jump(t, nil, args...); code != exitError || !strings.Contains(stderr, "another form") {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
	if code, _, _ := jump(t, nil, "collect", "--demo", "--out", dir+"2", "--employees"); code != exitUsage {
		t.Errorf("employees in JSON Lines: exit %d", code)
	}
}

func TestValidate_JudgesADatabase(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, name := range []string{jsonl.EntitiesName, jsonl.RelationshipsName} {
		b, err := os.ReadFile(filepath.Join("testdata", "demo", name))
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(b), "\n")
	}
	want := fmt.Sprintf("valid: %d lines\n", lines)
	if code, stdout, stderr := jump(t, nil, "validate", database(t)); code != exitOK || stdout != want {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}
