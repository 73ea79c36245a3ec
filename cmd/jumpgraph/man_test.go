package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
)

// manual writes the pages and returns them by name.
func manual(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "share", "man1")
	if code, stdout, stderr := jump(t, nil, "man", dir); code != exitOK || stdout != "" || stderr != "" {
		t.Fatalf("man: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	return pages(t, dir)
}

func pages(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(text)
	}
	return all
}

// helps returns the help of all commands that the help lists, by command line.
func helps(t *testing.T, path ...string) map[string]string {
	t.Helper()
	code, help, stderr := jump(t, nil, append(path, "--help")...)
	if code != exitOK {
		t.Fatalf("%v --help: exit %d, stderr %q", path, code, stderr)
	}
	all := map[string]string{strings.Join(path, " "): help}
	_, list, _ := strings.Cut(help, "\nAvailable Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		if name := strings.Fields(line)[0]; name != "help" {
			maps.Copy(all, helps(t, append(slices.Clone(path), name)...))
		}
	}
	return all
}

// plain returns the words of a page.
func plain(page string) []string {
	page = regexp.MustCompile(`(?m)^\.(PP|EX|EE|nh)$|^\.(SS|SH|TP) ?|\\f[BIPR]|\\&`).ReplaceAllString(page, "")
	return strings.Fields(strings.ReplaceAll(page, `\\`, `\`))
}

func TestMan_HasAPageForEveryCommandWithItsHelp(t *testing.T) {
	t.Parallel()
	all, seen := manual(t), 0
	for command, help := range helps(t) {
		name := strings.ReplaceAll(strings.TrimSpace("jumpgraph "+command), " ", "-") + ".1"
		page, found := all[name]
		if !found {
			t.Errorf("jumpgraph %s has no page %s", command, name)
			continue
		}
		seen++
		about, _, _ := strings.Cut(help, "\nUsage:\n")
		_, description, _ := strings.Cut(page, "\n.SH DESCRIPTION\n")
		description, _, _ = strings.Cut(description, "\n.SH ")
		want := strings.Fields(about)
		for i, w := range want { // a heading has no mark of its own in a page
			want[i] = strings.TrimLeft(w, "#")
		}
		want = slices.DeleteFunc(want, func(w string) bool { return w == "" })
		if diff := cmp.Diff(want, plain(description)); diff != "" {
			t.Errorf("%s does not say what the help says (-help +page):\n%s", name, diff)
		}
	}
	if seen < 20 || seen != len(all) {
		t.Errorf("%d commands have a page, and there are %d pages", seen, len(all))
	}
}

func TestMan_NamesTheWordsThatAFlagTakes(t *testing.T) {
	t.Parallel()
	if page := manual(t)["jumpgraph-version.1"]; !strings.Contains(page, "the form of the output: text, json\n") {
		t.Errorf("the page of version does not say what --format takes:\n%s", page)
	}
}

func TestMan_HoldsNoPathOfTheMachineAndStaysTheSame(t *testing.T) {
	t.Parallel()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	here := []string{wd, filepath.Dir(filepath.Dir(wd)), home, os.TempDir(), runtime.GOROOT()} //nolint:staticcheck // where Go is, if it is known
	here = slices.DeleteFunc(here, func(p string) bool { return len(p) < 4 })
	first := manual(t)
	for name, page := range first {
		for _, path := range here {
			if strings.Contains(page, path) {
				t.Errorf("%s names %s, a path of this machine", name, path)
			}
		}
	}
	if diff := cmp.Diff(first, manual(t)); diff != "" {
		t.Errorf("the pages differ between two runs (-first +second):\n%s", diff)
	}
}

func TestMan_IsDatedByTheCommitOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		build buildinfo.Info
		want  string
	}{
		"a build that knows its commit": {
			buildinfo.Info{Version: "v1.2.3", Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)},
			`.TH "TOOL-MAKE" "1" "Mar 2026" "jumpgraph v1.2.3" "jumpgraph manual"`,
		},
		"a build that does not": {
			buildinfo.Info{Version: buildinfo.Unknown}, `.TH "TOOL-MAKE" "1" "" "jumpgraph" "jumpgraph manual"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nothing := func(*cobra.Command, []string) {}
			root := &cobra.Command{Use: "tool"}
			root.AddCommand(&cobra.Command{Use: "make", Short: "Make", Run: nothing}, &cobra.Command{Use: "secret", Hidden: true, Run: nothing})
			dir := t.TempDir()
			if err := writeManual(root, tt.build, dir); err != nil {
				t.Fatal(err)
			}
			all := pages(t, dir)
			if page := all["tool-make.1"]; !strings.Contains(page, tt.want+"\n") {
				t.Errorf("the page has no line %s:\n%s", tt.want, page)
			}
			if _, found := all["tool-secret.1"]; found || len(all) != 2 {
				t.Errorf("%d pages, want one for each of the 2 commands that the help lists", len(all))
			}
		})
	}
}

func TestMan_SaysWhyItCannotWrite(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := jump(t, nil, "man", file); code != exitError || !strings.Contains(stderr, file) {
		t.Errorf("man with a file for a directory: exit %d, stderr %q, want exit %d and the name", code, stderr, exitError)
	}
	if code, _, stderr := jump(t, nil, "man"); code != exitUsage || stderr == "" {
		t.Errorf("man without a directory: exit %d, stderr %q, want exit %d", code, stderr, exitUsage)
	}
	if _, help, _ := jump(t, nil, "--help"); strings.Contains(help, "\n  man ") {
		t.Errorf("the help lists man, which is for those who make packages:\n%s", help)
	}
}
