package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestWatch_HandsOnWhatChangedBetweenItsRuns starts the command anew for each run.
func TestWatch_HandsOnWhatChangedBetweenItsRuns(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Demo()
	s := jumpcloudtest.NewServer(org)
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	out, to := filepath.Join(t.TempDir(), "history"), filepath.Join(t.TempDir(), "changes.jsonl")
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := jump(t, env, append([]string{"watch", "--out", out, "--every", "DISABLED", "--quiet"}, args...)...)
		if code != want {
			t.Fatalf("exit %d, want %d: %s", code, want, stderr)
		}
		return stdout, stderr
	}
	if stdout, _ := run(exitOK); stdout != "" {
		t.Errorf("the first run has changes: %s", stdout)
	}
	s.Change(func([]*jumpcloudtest.Organization) { org.SystemUsers[3]["department"] = "Else\u009bwhere" })
	stdout, _ := run(exitOK)
	if !strings.Contains(stdout, `"properties":[{"name":"department"`) || strings.Count(stdout, "\n") != 1 || strings.Contains(stdout, "\u009b") {
		t.Errorf("one change, but\n%q", stdout)
	}
	s.Change(func([]*jumpcloudtest.Organization) { org.SystemUsers = org.SystemUsers[:23] })
	run(exitOK, "--to", to, "--type", "jumpcloud_user", "--change", "removed")
	b, err := os.ReadFile(to)
	if err != nil || strings.Count(string(b), "\n") != 1 || !strings.Contains(string(b), `"change":"removed","_type":"jumpcloud_user"`) {
		t.Errorf("the file holds %s, %v", b, err)
	}
	s.Inject(jumpcloudtest.Fault{Path: "/api/applications", Status: 403})
	if stdout, stderr := run(exitIncomplete); stdout != "" || !strings.Contains(stderr, "applications") {
		t.Errorf("a run without applications: %s%s", stdout, stderr)
	}
	s.Heal()
	if stdout, _ := run(exitOK); stdout != "" {
		t.Errorf("nothing changed, but %s", stdout)
	}
}

func TestWatch_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "history")
	for _, args := range [][]string{
		{},
		{"--out", out},
		{"--out", out, "--every", "5s"},
		{"--out", out, "--every", "1h", "--type", "user"},
		{"--out", out, "--every", "1h", "program"},
		{"--out", out, "--every", "1h", "--change", "moved"},
		{"--out", out, "--every", "1h", "--to", filepath.Join(out, "changes.jsonl")},
		{"--out", out, "--every", "1h", "--property", "sduo"},
		{"--out", out, "--every", "1h", "--type", "jumpcloud_user", "--ignore", "lastSeenOn"},
		{"--out", out, "--every", "1h", "--property", "sudo", "--change", "added"},
		{"--out", out, "--every", "disabled", "--cycles", "3"},
		{"--out", out, "--every", "1h", "--", "no-such-program-here"},
		{"--out", out, "--every", "1h", "--to", "x", "--", "program"},
		{"--out", out, "--every", "1h", "--keep", "1"},
	} {
		if code, _, stderr := jump(t, nil, append([]string{"watch", "--demo"}, args...)...); code != exitUsage {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
}

// help returns the help of a command.
func help(t *testing.T, command string) string {
	t.Helper()
	code, stdout, stderr := jump(t, nil, command, "--help")
	if code != exitOK || !strings.Contains(stdout, "Exit codes:") {
		t.Fatalf("%s --help: exit %d\n%s%s", command, code, stdout, stderr)
	}
	return stdout
}

func TestWatch_ExitsAsCollectDoes(t *testing.T) {
	t.Parallel()
	_, collects, _ := strings.Cut(help(t, "collect"), "Exit codes:")
	if _, watches, _ := strings.Cut(help(t, "watch"), "Exit codes:"); watches != collects {
		t.Errorf("the help of watch says that its exit codes are those of collect, and lists%s\ncollect lists%s", watches, collects)
	}
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	for _, c := range jumpgraph.Collections()[1:] {
		s.Inject(jumpcloudtest.Fault{Path: c.Endpoint[strings.LastIndex(c.Endpoint, "/"):], Status: 403})
	}
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	out := filepath.Join(t.TempDir(), "history")
	for name, tt := range map[string]struct {
		env   map[string]string
		every string
		want  int
	}{"nothing may be read": {env, "DISABLED", exitPermission}, "no key": {nil, "1h", exitAuth}} {
		if code, _, stderr := jump(t, tt.env, "watch", "--out", out, "--quiet", "--every", tt.every); code != tt.want {
			t.Errorf("%s: exit %d, want %d: %s", name, code, tt.want, stderr)
		}
	}
}

func TestWatch_HandsOnWhatChangedInAStoredResult(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	db, history := filepath.Join(dir, "graph.db"), filepath.Join(dir, "history")
	for i, want := range []int{0, 0, 1} {
		if i == 2 {
			s.Change(func(orgs []*jumpcloudtest.Organization) { orgs[0].SystemUsers[0]["department"] = "Night shift" })
		}
		if i != 1 {
			if code, _, stderr := jump(t, env, "collect", "-q", "-o", db); code != exitOK {
				t.Fatal(stderr)
			}
		}
		code, stdout, stderr := jump(t, nil, "watch", "--from", db, "--out", history, "--every", "DISABLED", "-q")
		if code != exitOK || strings.Count(stdout, "\n") != want || want == 1 && !strings.Contains(stdout, "Night shift") {
			t.Errorf("watch %d: exit %d, %s%s; want %d changes", i, code, stdout, stderr, want)
		}
	}
	for name, args := range map[string][]string{
		"flags of a run": {"watch", "--from", db, "--out", history, "--every", "DISABLED", "--skip", "systems"},
		"an org":         {"watch", "--from", db, "--out", history, "--every", "DISABLED", "--org", "x"},
	} {
		if code, _, stderr := jump(t, nil, args...); code != exitUsage {
			t.Errorf("%s: exit %d, %s", name, code, stderr)
		}
	}
	if code, _, stderr := jump(t, nil, "watch", "--from", filepath.Join(dir, "nothing"), "--out", filepath.Join(dir, "other"), "--every", "DISABLED"); code != exitError || !strings.Contains(stderr, "nothing stands at") {
		t.Errorf("nothing to watch: exit %d, %s", code, stderr)
	}
}
