package buildinfo_test

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
)

const (
	module = "github.com/jumpgraph/jumpgraph"
	commit = "3241208e990d1146d8c43e9efa4689a89d13f219"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// stamp is what version control says in a build.
func stamp(modified string) []debug.BuildSetting {
	return []debug.BuildSetting{
		{Key: "-buildmode", Value: "exe"},
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: commit},
		{Key: "vcs.time", Value: "2026-03-04T06:06:07+01:00"},
		{Key: "vcs.modified", Value: modified},
	}
}

// build is the build information of a program whose main module is this one.
func build(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
	return &debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: version}, Settings: settings,
		Deps: []*debug.Module{{Path: "example.com/other", Version: "v9.9.9"}},
	}
}

// within is the build information of a program that depends on this module.
func within(dep debug.Module, settings ...debug.BuildSetting) *debug.BuildInfo {
	dep.Path = module
	return &debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: "example.com/program", Version: "v7.0.0"}, Settings: settings,
		Deps: []*debug.Module{{Path: "example.com/other", Version: "v9.9.9"}, &dep},
	}
}

func TestOf_SaysWhatTheToolchainWrote(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		build *debug.BuildInfo
		want  buildinfo.Info
	}{
		"no build information": {nil, buildinfo.Info{Version: "unknown"}},
		"go run and go test": {
			build("(devel)"), buildinfo.Info{Version: "unknown"},
		},
		"go 1.23 and older, no version control": {
			build(""), buildinfo.Info{Version: "unknown"},
		},
		"go build in a clone at a tag": {
			build("v1.2.3", stamp("false")...), buildinfo.Info{Version: "v1.2.3", Commit: commit, Time: at},
		},
		"go build in a clone after a tag": {
			build("v1.2.4-0.20260304050607-3241208e990d", stamp("false")...),
			buildinfo.Info{Version: "v1.2.4-0.20260304050607-3241208e990d", Commit: commit, Time: at},
		},
		"go build in a clone without tags": {
			build("v0.0.0-20260304050607-3241208e990d", stamp("false")...),
			buildinfo.Info{Version: "v0.0.0-20260304050607-3241208e990d", Commit: commit, Time: at},
		},
		"go build in a clone with changes": {
			build("v1.2.3+dirty", stamp("true")...), buildinfo.Info{Version: "v1.2.3+dirty", Commit: commit, Time: at, Modified: true},
		},
		"a stamp without a version": {
			build("(devel)", stamp("false")...), buildinfo.Info{Version: "v0.0.0-20260304050607-3241208e990d", Commit: commit, Time: at},
		},
		"a stamp without a version, with changes": {
			build("", stamp("true")...),
			buildinfo.Info{Version: "v0.0.0-20260304050607-3241208e990d+dirty", Commit: commit, Time: at, Modified: true},
		},
		"a stamp without a time": {
			build("(devel)", debug.BuildSetting{Key: "vcs.revision", Value: commit}),
			buildinfo.Info{Version: "v0.0.0-3241208e990d", Commit: commit},
		},
		"a stamp with a bad time and a short commit": {
			build("(devel)", debug.BuildSetting{Key: "vcs.revision", Value: "17"}, debug.BuildSetting{Key: "vcs.time", Value: "noon"}),
			buildinfo.Info{Version: "v0.0.0-17", Commit: "17"},
		},
		"go install of a tag": {
			build("v1.2.3"), buildinfo.Info{Version: "v1.2.3"},
		},
		"go install of a commit": {
			build("v1.2.4-rc.1.0.20260304050607-3241208e990d"),
			buildinfo.Info{Version: "v1.2.4-rc.1.0.20260304050607-3241208e990d", Commit: "3241208e990d", Time: at},
		},
		"a pseudo-version with a time that is none": {
			build("v0.0.0-20269999999999-3241208e990d"),
			buildinfo.Info{Version: "v0.0.0-20269999999999-3241208e990d", Commit: "3241208e990d"},
		},
		"a dependency, whatever the stamp of the program": {
			within(debug.Module{Version: "v1.2.3"}, stamp("true")...), buildinfo.Info{Version: "v1.2.3"},
		},
		"a dependency at a commit": {
			within(debug.Module{Version: "v0.0.0-20260304050607-3241208e990d"}),
			buildinfo.Info{Version: "v0.0.0-20260304050607-3241208e990d", Commit: "3241208e990d", Time: at},
		},
		"a dependency replaced by another version": {
			within(debug.Module{Version: "v1.2.3", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.2.4"}}),
			buildinfo.Info{Version: "v1.2.4"},
		},
		"a dependency replaced by a directory": {
			within(debug.Module{Version: "v1.2.3", Replace: &debug.Module{Path: "../jumpgraph", Version: "(devel)"}}, stamp("false")...),
			buildinfo.Info{Version: "unknown"},
		},
		"the fleet, which uses it as it stands beside": {
			&debug.BuildInfo{
				GoVersion: "go1.26.8", Main: debug.Module{Path: module + "/fleet", Version: "v1.2.3"}, Settings: stamp("false"),
				Deps: []*debug.Module{{Path: module, Version: "v0.0.0", Replace: &debug.Module{Path: "../", Version: "(devel)"}}},
			},
			buildinfo.Info{Version: "v1.2.3", Commit: "3241208e990d1146d8c43e9efa4689a89d13f219", Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)},
		},
		"a dependency in a workspace": {
			within(debug.Module{Version: "(devel)"}, stamp("false")...), buildinfo.Info{Version: "unknown"},
		},
		"go run of a file": {
			&debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: module, Version: "(devel)"}}},
			buildinfo.Info{Version: "unknown"},
		},
		"another program": {
			&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "example.com/program", Version: "v7.0.0"}, Settings: stamp("false")},
			buildinfo.Info{Version: "unknown"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.build != nil {
				tt.want.Go = "go1.26.8"
			}
			got := buildinfo.Of(tt.build)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the version is not what the build says (-want +got):\n%s", diff)
			}
			if strings.Contains(got.Version, "devel") {
				t.Errorf("version %q says devel", got.Version)
			}
		})
	}
}

func TestRead_KnowsGoAndNeverSaysDevel(t *testing.T) {
	t.Parallel()
	got := buildinfo.Read()
	if !strings.HasPrefix(got.Go, "go") && !strings.HasPrefix(got.Go, "devel go") {
		t.Errorf("a program built by Go was built by %q", got.Go)
	}
	if got.Version == "" || strings.Contains(got.Version, "devel") {
		t.Errorf("the version of this test is %q, want %q or a version", got.Version, buildinfo.Unknown)
	}
}
