package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// refusing serves the demonstration, with some routes refused, and returns the environment for it.
func refusing(t *testing.T, faults ...jumpcloudtest.Fault) map[string]string {
	t.Helper()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	s.Inject(faults...)
	return map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
}

func TestCollect_WithGovernanceTheDemoHasEveryTypeAndIsValid(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "graph")
	code, _, stderr := jump(t, nil, "collect", "--demo", "--with", "governance,directory-users", "--out", dir)
	if code != exitOK {
		t.Fatalf("exit %d:\n%s", code, stderr)
	}
	m, err := resultdir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range schemas.Types() {
		if m.Entities[typ]+m.Relationships[typ] == 0 || !strings.Contains(stderr, typ+" ") {
			t.Errorf("the demonstration holds no %s, or the summary does not name it", typ)
		}
	}
	if code, _, stderr := jump(t, nil, "validate", dir); code != exitOK {
		t.Errorf("validate: exit %d:\n%s", code, stderr)
	}
}

// TestCollect_ALayerThatIsRefusedStopsNothing: one line for each collection that was not read, exit 0; 6 with --strict.
func TestCollect_ALayerThatIsRefusedStopsNothing(t *testing.T) {
	t.Parallel()
	env := refusing(t, jumpcloudtest.Fault{Path: "/v2/roles", Status: 402}, jumpcloudtest.Fault{Path: "/iplists", Status: 403})
	for name, tt := range map[string]struct {
		args []string
		code int
	}{
		"as it is":        {nil, exitOK},
		"strict":          {[]string{"--strict"}, exitIncomplete},
		"strict and less": {[]string{"--strict", "--skip", "roles,iplists"}, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "graph")
			code, _, stderr := jump(t, env, append([]string{"collect", "--with", "governance", "--out", dir}, tt.args...)...)
			if code != tt.code {
				t.Fatalf("exit %d, want %d:\n%s", code, tt.code, stderr)
			}
			if m, err := resultdir.Read(dir); err != nil || m.Status != jumpgraph.Complete {
				t.Errorf("the result is %+v, %v; want a complete one", m, err)
			}
			if name == "strict and less" {
				return
			}
			for _, line := range []string{
				": roles: unlicensed: client: GET /api/v2/roles: 402", ": iplists: forbidden: client: GET /api/v2/iplists: 403",
				": administrators/roles: unlicensed: needs roles, which is unlicensed", ": authn/policies/iplists: forbidden: needs iplists, which is forbidden",
			} {
				if n := strings.Count(stderr, line); n != 1 {
					t.Errorf("%d lines say %q, want 1:\n%s", n, line, stderr)
				}
			}
		})
	}
}

func TestCollect_LayersThatThereAreNotAreWrongUse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"a typing error":         {[]string{"--with", "governanc"}, "did you mean governance"},
		"strict without a layer": {[]string{"--strict"}, "--strict is about the layers of --with"},
		"skip of no layer":       {[]string{"--skip", "roles"}, "no collection \"roles\""},
	} {
		code, _, stderr := jump(t, nil, append([]string{"collect", "--demo", "--out", filepath.Join(t.TempDir(), "x")}, tt.args...)...)
		if code != exitUsage || !strings.Contains(strings.ToLower(stderr), strings.ToLower(tt.says)) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s", name, code, exitUsage, tt.says, stderr)
		}
	}
}

func TestPlan_CountsTheLayersToo(t *testing.T) {
	t.Parallel()
	env := refusing(t)
	_, core, _ := jump(t, env, "collect", "--plan")
	_, more, _ := jump(t, env, "collect", "--plan", "--with", "governance")
	if strings.Contains(core, "administrators") || !strings.Contains(more, "administrators: 9\n") || !strings.Contains(more, "directories: 5\n") {
		t.Errorf("without layers:\n%s\nwith governance:\n%s", core, more)
	}
}

// TestCollect_DatabasesHoldLayers asks a SQLite database for an edge between the layer and the core.
func TestCollect_DatabasesHoldLayers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--with", "governance", "--out", path, "-q"); code != exitOK {
		t.Fatalf("exit %d:\n%s", code, stderr)
	}
	code, stdout, stderr := jump(t, nil, "query", path, "SELECT u.state FROM jumpcloud_administrator_is_user i JOIN jumpcloud_user u ON u._key = i._toEntityKey WHERE u.state = 'suspended'")
	if code != exitOK || !strings.Contains(stdout, "suspended") {
		t.Errorf("exit %d, no administrator is a suspended user:\n%s%s", code, stdout, stderr)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// TestQuestions_AboutALayerThatWasNotChosenAreOneLine: they fail no report, with --strict neither; who names one gets unknown.
func TestQuestions_AboutALayerThatWasNotChosenAreOneLine(t *testing.T) {
	t.Parallel()
	path := database(t)
	code, stdout, stderr := jump(t, nil, "questions", "run", path)
	if code != exitFailed || strings.Count(stdout, "governance") != 2 || !strings.Contains(stdout, "Not asked: 21 about the layer governance, which was not chosen: collect --with governance\n") {
		t.Errorf("exit %d, want one line about governance:\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := jump(t, nil, "questions", "run", path, "--tag", "completeness,governance", "--strict"); code != exitOK {
		t.Errorf("exit %d, want %d: what was not chosen fails nothing:\n%s%s", code, exitOK, stdout, stderr)
	}
	for _, args := range [][]string{{"administrators-without-mfa"}, {"collections-not-complete", "administrators-without-mfa"}, {"--tag", "administrators"}} {
		code, stdout, stderr := jump(t, nil, append([]string{"questions", "run", path, "--strict"}, args...)...)
		if code != exitFailed || !strings.Contains(stdout, "not read: the layer governance was not chosen") {
			t.Errorf("%v: exit %d, want %d and why:\n%s%s", args, code, exitFailed, stdout, stderr)
		}
	}
}
