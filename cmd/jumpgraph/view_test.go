package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestView_DrawsTheTypesAndWhatIsAroundAnEntity(t *testing.T) {
	t.Parallel()
	path := database(t)
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"<svg ", "jumpcloud_user", ">24<"}},
		{[]string{"--format", "dot"}, []string{"digraph", "jumpcloud_apple_mdm"}},
		{[]string{"--focus", "ada.albrecht0"}, []string{"<svg ", "ada.albrecht0", "Engineering 2"}},
		{[]string{"--focus", "ADA.ALBRECHT0@EXAMPLE.COM", "--depth", "1", "--format", "mermaid"}, []string{"flowchart LR", "Engineering 2"}},
		{[]string{"--focus", "ada.albrecht0", "--max-nodes", "5"}, []string{"more"}},
	} {
		code, stdout, stderr := jump(t, nil, append([]string{"view", path}, tt.args...)...)
		if code != exitOK {
			t.Errorf("%v: exit %d: %s", tt.args, code, stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: no %q in\n%.1000s", tt.args, want, stdout)
			}
		}
	}
}

func TestView_WritesAFileAndRefusesWrongUse(t *testing.T) {
	t.Parallel()
	path, out := database(t), filepath.Join(t.TempDir(), "picture.svg")
	if code, stdout, stderr := jump(t, nil, "view", path, "--out", out); code != exitOK || stdout != "" {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if b, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(b), "<?xml") {
		t.Errorf("the file holds %.100s, %v", b, err)
	}
	for _, args := range [][]string{
		{"--focus", "nobody"}, {"--focus", "Slack"}, {"--depth", "-1", "--focus", "ada.albrecht0"}, {"--format", "png"}, {"--out", "x.png"},
	} {
		if code, stdout, stderr := jump(t, nil, append([]string{"view", path}, args...)...); code != exitUsage || stdout != "" {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestView_ReplacesNothingButFiles: a device gets the picture and stays a device, a link that waits is not followed.
func TestView_ReplacesNothingButFiles(t *testing.T) {
	t.Parallel()
	db, dir := database(t), t.TempDir()
	out, victim, null := filepath.Join(dir, "picture.svg"), filepath.Join(dir, "victim"), filepath.Join(dir, "null.svg")
	writeFile(t, victim, "precious")
	for from, to := range map[string]string{out + ".staging-new": victim, null: os.DevNull} {
		if err := os.Symlink(to, from); err != nil {
			t.Skipf("no symlinks here: %v", err)
		}
	}
	for _, name := range []string{out, null, os.DevNull} {
		if code, _, stderr := jump(t, nil, "view", db, "--out", name); code != exitOK {
			t.Errorf("%s: exit %d: %s", name, code, stderr)
		}
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("a link was followed: %.40q, %v", b, err)
	}
	if info, err := os.Stat(null); err != nil || info.Mode().IsRegular() {
		t.Errorf("a device was replaced: %v, %v", info, err)
	}
	if code, _, stderr := jump(t, nil, "view", db, "--out", dir); code != exitError || !strings.Contains(stderr, "is a directory") {
		t.Errorf("a directory: exit %d: %s", code, stderr)
	}
	for _, full := range []string{"/dev/full"} {
		if info, err := os.Stat(full); err == nil && !info.Mode().IsRegular() {
			if code, _, stderr := jump(t, nil, "view", db, "--out", full); code != exitError {
				t.Errorf("%s: exit %d: %s", full, code, stderr)
			}
		}
	}
}

func TestView_NamesWhatBeginsLikeTheFocus(t *testing.T) {
	t.Parallel()
	graph := demoResult(t, "graph")
	for _, path := range []string{graph, database(t)} {
		code, _, stderr := jump(t, nil, "view", path, "--focus", "ada.")
		if code != exitUsage || !strings.Contains(stderr, "these begin with it: ada.albrecht0, ") || !strings.Contains(stderr, "ada.kowalski20") {
			t.Errorf("%s: exit %d, %s", path, code, stderr)
		}
		for _, focus := range []string{"zzz", "\xff"} {
			if _, _, stderr := jump(t, nil, "view", path, "--focus", focus); strings.Contains(stderr, "begin") {
				t.Errorf("%s: nothing begins with %q, but: %s", path, focus, stderr)
			}
		}
	}
}
