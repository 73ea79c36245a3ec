package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

func TestDiff_PrintsEachChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	older, newer, less := filepath.Join(dir, "older"), filepath.Join(dir, "newer"), filepath.Join(dir, "less")
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	collect := func(args ...string) {
		t.Helper()
		if code, _, stderr := jump(t, env, append([]string{"collect", "--out"}, args...)...); code != exitOK {
			t.Fatal(stderr)
		}
	}
	collect(older)
	collect(less, "--skip", "systems")
	s.Change(func(orgs []*jumpcloudtest.Organization) {
		orgs[0].SystemUsers[0]["department"] = "Light\x1b[31mhouses"
	})
	collect(newer)

	code, stdout, stderr := jump(t, nil, "diff", older, newer)
	if lines := strings.Split(stdout, "\n"); code != exitOK || len(lines) != 3 ||
		!strings.HasPrefix(lines[0], "~ jumpcloud_user ") || !strings.HasPrefix(lines[1], "    department: ") ||
		strings.Contains(stdout, "\x1b") || !strings.Contains(stderr, "0 added, 0 removed, 1 changed") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}

	code, stdout, _ = jump(t, nil, "diff", older, newer, "--format", "json")
	var change diff.Change
	if err := json.Unmarshal([]byte(stdout), &change); err != nil || code != exitOK || change.Kind != diff.Changed || len(change.Properties) != 1 {
		t.Errorf("exit %d, %v, stdout %q", code, err, stdout)
	}

	code, stdout, stderr = jump(t, nil, "diff", older, less)
	if code != exitOK || stdout != "" || !strings.Contains(stderr, "not compared: jumpcloud_device: ") {
		t.Errorf("a type that was left out: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	skipped := filepath.Join(dir, "skipped")
	collect(skipped, "--skip", "systems")
	for name, tt := range map[string]struct {
		older, newer string
		code         int
	}{
		"only the older has a type": {newer, skipped, exitIncomplete},
		"only the newer has a type": {skipped, newer, exitIncomplete},
		"neither has the type":      {skipped, skipped, exitOK},
		"and something changed":     {older, skipped, exitDifferences},
	} {
		if code, _, stderr = jump(t, nil, "diff", tt.older, tt.newer, "--exit-code"); code != tt.code || !strings.Contains(stderr, "not compared: jumpcloud_device: ") {
			t.Errorf("--exit-code, %s: exit %d, want %d; %s", name, code, tt.code, stderr)
		}
	}
	for other, begins := range map[string]string{older: "No changes in what was compared.\n\n## Not compared\n\n- jumpcloud\\_account\\_has\\_device: ", newer: "## jumpcloud\\_user\n\n- changed: "} {
		_, page, _ := jump(t, nil, "diff", other, less, "--format", "markdown")
		if !strings.HasPrefix(page, begins) || strings.Count(page, "\n\n## Not compared\n\n") != 1 || !strings.Contains(page, "systems is skipped") {
			t.Errorf("a page does not say what was not compared:\n%s", page)
		}
	}
	if code, _, stderr = jump(t, nil, "diff"); code != exitUsage {
		t.Errorf("no directory: exit %d, %s", code, stderr)
	}
	for name, tt := range map[string]struct {
		newer string
		code  int
	}{"something changed": {newer, exitDifferences}, "nothing changed": {older, exitOK}} {
		if code, _, stderr = jump(t, nil, "diff", older, tt.newer, "--exit-code"); code != tt.code {
			t.Errorf("--exit-code, %s: exit %d, want %d; %s", name, code, tt.code, stderr)
		}
	}
}

func TestDiff_NamesRelationshipsByTheirEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	collect := func(name string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if code, _, stderr := jump(t, env, "collect", "-q", "--out", path); code != exitOK {
			t.Fatal(stderr)
		}
		return path
	}
	older := collect("older")
	s.Change(func(orgs []*jumpcloudtest.Organization) {
		o := orgs[0]
		group := o.UserGroups[0].ID()
		o.Members[group] = slices.DeleteFunc(o.Members[group], func(id string) bool { return id == o.SystemUsers[0].ID() })
		o.UserGroups[0]["name"] = "Engi*neers"
		o.Members[group] = append(o.Members[group], o.SystemUsers[0].ID())
		for id, members := range o.Members {
			if id != group {
				o.Members[id] = slices.DeleteFunc(members, func(id string) bool { return id == o.SystemUsers[0].ID() })
			}
		}
	})
	newer := collect("newer.db")
	code, text, stderr := jump(t, nil, "diff", older, newer)
	if code != exitOK || !strings.Contains(text, "- jumpcloud_group_has_user ") || !strings.Contains(text, " → ada.albrecht0 (") || !strings.Contains(text, "~ jumpcloud_group Engi*neers (") {
		t.Errorf("exit %d, %s\n%s", code, text, stderr)
	}
	code, page, stderr := jump(t, nil, "diff", older, newer, "--format", "markdown")
	if code != exitOK || !strings.Contains(page, "## jumpcloud\\_group\n\n- changed: Engi\\*neers (") || !strings.Contains(page, "\n## jumpcloud\\_group\\_has\\_user\n\n- ") {
		t.Errorf("exit %d, %s\n%s", code, page, stderr)
	}
}

// TestDiff_WhatCannotBeComparedHasNoPage: a page that says that there are no changes would be believed.
func TestDiff_WhatCannotBeComparedHasNoPage(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other")
	if code, _, stderr := jump(t, server(t, jumpcloudtest.Synthetic(9, jumpcloudtest.Size{Users: 1})), "collect", "-q", "-o", other); code != exitOK {
		t.Fatal(stderr)
	}
	code, page, stderr := jump(t, nil, "diff", demoResult(t, "graph"), other, "--format", "markdown")
	if code != exitUsage || page != "" || !strings.Contains(stderr, "compare results of the same ones") {
		t.Errorf("two organizations: exit %d, page %q, %s", code, page, stderr)
	}
}
