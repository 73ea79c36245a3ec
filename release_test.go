package jumpgraph_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// workflow is what is checked of a workflow of GitHub.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		Timeout int `yaml:"timeout-minutes"`
		Steps   []struct {
			Uses string            `yaml:"uses"`
			Run  string            `yaml:"run"`
			With map[string]string `yaml:"with"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

func TestWorkflows_MayDoLittleAndPinTheirActions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows %v, %v, want those of checks and releases", files, err)
	}
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@v\d+$`)
	for _, file := range files {
		var w workflow
		readYAML(t, file, &w)
		if w.Permissions == nil {
			t.Errorf("%s sets no permissions for all jobs, so each has those that are usual in the repository", file)
		}
		for what, access := range w.Permissions {
			if access != "read" {
				t.Errorf("%s gives every job the permission %s: %s; give it to the job that needs it", file, what, access)
			}
		}
		if len(w.Jobs) == 0 {
			t.Errorf("%s has no jobs", file)
		}
		for name, job := range w.Jobs {
			if job.Timeout == 0 || len(job.Steps) == 0 {
				t.Errorf("%s: the job %s has %d steps and ends after %d minutes, want both above 0", file, name, len(job.Steps), job.Timeout)
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: the job %s uses %s, want a major version, such as owner/action@v1", file, name, step.Uses)
				}
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("%s: the job %s leaves a credential in its clone", file, name)
				}
			}
		}
	}
}

// readYAML reads a file of YAML.
func readYAML(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestRelease_IsBuiltForEverySystemWithoutC(t *testing.T) {
	t.Parallel()
	var config struct {
		Builds []struct {
			Goos, Goarch, Env, Flags []string
		}
	}
	readYAML(t, ".goreleaser.yaml", &config)
	if len(config.Builds) != 1 {
		t.Fatalf("%d builds, want 1", len(config.Builds))
	}
	b := config.Builds[0]
	for what, pair := range map[string][2][]string{
		"systems":     {b.Goos, {"darwin", "linux", "windows"}},
		"machines":    {b.Goarch, {"amd64", "arm64"}},
		"settings":    {b.Env, {"CGO_ENABLED=0"}},
		"flags of Go": {b.Flags, {"-buildvcs=true", "-trimpath"}},
	} {
		got, want := slices.Sorted(slices.Values(pair[0])), pair[1]
		if !slices.Equal(got, want) {
			t.Errorf("%s of the release are %v, want %v", what, got, want)
		}
	}
}

func TestChangelog_HasTheFormThatItNames(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`^## \[(Unreleased|\d+\.\d+\.\d+\S*)\]( - \d{4}-\d{2}-\d{2})?$`)
	kinds := []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
	first := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if kind, found := strings.CutPrefix(line, "### "); found && !slices.Contains(kinds, kind) {
			t.Errorf("section %q is none of %v", kind, kinds)
		}
		if !strings.HasPrefix(line, "## ") {
			continue
		}
		part := version.FindStringSubmatch(line)
		if part == nil || (part[1] == "Unreleased") != (part[2] == "") {
			t.Errorf("%q: write ## [Unreleased], or ## [1.2.3] - 2006-01-02", line)
			continue
		}
		if first == "" {
			first = part[1]
		}
		if !strings.Contains(string(text), "\n["+part[1]+"]: https://") {
			t.Errorf("version %s has no link at the end of the page", part[1])
		}
	}
	if first != "Unreleased" {
		t.Errorf("the first version is %q, want what is unreleased", first)
	}
}
