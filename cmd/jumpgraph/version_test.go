package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
	"github.com/jumpgraph/jumpgraph/schemas"
)

const commit = "3241208e990d1146d8c43e9efa4689a89d13f219"

func TestVersion_SaysVersionCommitTimeGoAndModel(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, tt := range map[string]struct {
		build buildinfo.Info
		lines []string
		json  map[string]any
	}{
		"a release": {
			buildinfo.Info{Version: "v1.2.3", Commit: commit, Time: at, Go: "go1.26.8"},
			[]string{"jumpgraph v1.2.3", "commit " + commit, "committed 2026-03-04T05:06:07Z", "built with go1.26.8"},
			map[string]any{
				"version": "v1.2.3", "commit": commit, "time": "2026-03-04T05:06:07Z", "modified": false, "goVersion": "go1.26.8",
			},
		},
		"a clone with changes": {
			buildinfo.Info{Version: "v1.2.3+dirty", Commit: commit, Time: at, Modified: true, Go: "go1.26.8"},
			[]string{"jumpgraph v1.2.3+dirty", "commit " + commit + ", and changes after it", "committed 2026-03-04T05:06:07Z"},
			map[string]any{
				"version": "v1.2.3+dirty", "commit": commit, "time": "2026-03-04T05:06:07Z", "modified": true, "goVersion": "go1.26.8",
			},
		},
		"a downloaded version": {
			buildinfo.Info{Version: "v1.2.3", Go: "go1.26.8"},
			[]string{"jumpgraph v1.2.3", "commit unknown", "committed unknown", "built with go1.26.8"},
			map[string]any{"version": "v1.2.3", "modified": false, "goVersion": "go1.26.8"},
		},
		"go run": {
			buildinfo.Info{Version: buildinfo.Unknown},
			[]string{"jumpgraph unknown", "commit unknown", "committed unknown", "built with unknown"},
			map[string]any{"version": "unknown"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVersionInfo(tt.build)
			text := v.String()
			for _, line := range append(tt.lines, "data model "+schemas.ModelVersion) {
				if !strings.Contains("\n"+text, "\n"+line+"\n") {
					t.Errorf("the text has no line %q:\n%s", line, text)
				}
			}
			if got, want := strings.Contains(text, "without a version"), tt.build.Version == buildinfo.Unknown; got != want {
				t.Errorf("the text says that there is no version: %t, want %t:\n%s", got, want, text)
			}
			tt.json["modelVersion"] = schemas.ModelVersion
			if diff := cmp.Diff(tt.json, asMap(t, v)); diff != "" {
				t.Errorf("the JSON differs (-want +got):\n%s", diff)
			}
		})
	}
}

// asMap returns a value as JSON has it.
func asMap(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestVersion_FlagAndCommandSayTheSame(t *testing.T) {
	t.Parallel()
	_, want, _ := jump(t, nil, "version")
	if !strings.HasPrefix(want, "jumpgraph "+client.Version()+"\n") {
		t.Errorf("version does not begin with the version of the manifests, %q:\n%s", client.Version(), want)
	}
	if strings.Contains(want, "devel") {
		t.Errorf("version says devel:\n%s", want)
	}
	for _, args := range [][]string{{"--version"}, {"version", "--format", "text"}, {"version", "-f", "TEXT"}} {
		if code, got, stderr := jump(t, nil, args...); code != exitOK || got != want || stderr != "" {
			t.Errorf("%v: exit %d, stderr %q, stdout %q, want %q", args, code, stderr, got, want)
		}
	}
	for _, args := range [][]string{{"version", "--format", "json"}, {"version", "-f", "json"}} {
		code, got, stderr := jump(t, nil, args...)
		var v versionInfo
		if err := json.Unmarshal([]byte(got), &v); err != nil || code != exitOK || stderr != "" {
			t.Fatalf("%v: exit %d, stderr %q, %v:\n%s", args, code, stderr, err, got)
		}
		if v.String() != want {
			t.Errorf("%v says\n%sand version says\n%s", args, v, want)
		}
	}
}

func TestVersion_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version", "now"}, {"version", "--format", "yaml"}} {
		if code, stdout, stderr := jump(t, nil, args...); code != exitUsage || stdout != "" || stderr == "" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q, want exit %d with a reason", args, code, stdout, stderr, exitUsage)
		}
	}
}
