package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

func TestSettings_AreTrimmedAndReadWithoutCase(t *testing.T) {
	t.Parallel()
	orgs, ids := threeOrganizations()
	env := server(t, orgs...)
	address := env["JUMPCLOUD_API_URL"]
	in := func(changes map[string]string) map[string]string {
		all := maps.Clone(env)
		maps.Copy(all, changes)
		return all
	}
	id := ids[1]
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"organization with a newline":    {in(map[string]string{"JUMPCLOUD_ORG_ID": id + "\n"}), nil},
		"organization with blanks":       {in(map[string]string{"JC_ORG_ID": " " + id + "\t"}), nil},
		"rate with a newline":            {in(map[string]string{"JUMPCLOUD_ORG_ID": id, "JUMPCLOUD_MAX_RPS": "100000\n"}), nil},
		"address with a byte-order mark": {in(map[string]string{"JUMPCLOUD_ORG_ID": id, "JUMPCLOUD_API_URL": "\ufeff" + address + "\r\n"}), nil},
		"key with a newline":             {in(map[string]string{"JUMPCLOUD_ORG_ID": id, "JUMPCLOUD_API_KEY": env["JUMPCLOUD_API_KEY"] + "\n"}), nil},
		"--org":                          {env, []string{"--org", "\ufeff" + id + "\n"}},
		"--org, two":                     {env, []string{"--org", id + ", " + ids[2] + "\n"}},
		"--api-url":                      {in(map[string]string{"JUMPCLOUD_API_URL": ""}), []string{"--org", id, "--api-url", " " + address + "\n"}},
		"--max-rps":                      {env, []string{"--org", id, "--max-rps", "100000\n"}},
		"--format":                       {env, []string{"--org", id, "--format", " JSONL\n"}},
		"--skip":                         {env, []string{"--org", id, "--skip", "Systems, APPLEMDMS\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"collect", "--quiet", "--out", filepath.Join(t.TempDir(), "graph")}, tt.args...)
			if code, _, stderr := jump(t, tt.env, args...); code != exitOK {
				t.Errorf("exit %d, want %d; stderr:\n%s", code, exitOK, stderr)
			}
		})
	}
	// No server plays a region; a command that sends nothing shows which host is meant.
	for _, region := range []string{"EU", "eu\n", " Eu", "\ufeffeu"} {
		for name, how := range map[string]struct {
			env  map[string]string
			args []string
		}{
			"JUMPCLOUD_REGION": {map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_REGION": region}, nil},
			"--region":         {map[string]string{"JUMPCLOUD_API_KEY": "k"}, []string{"--region", region}},
		} {
			args := append([]string{"commands", "delete", "5f0000000000000000c00001", "--dry-run"}, how.args...)
			if code, stdout, stderr := jump(t, how.env, args...); code != exitOK || !strings.Contains(stdout+stderr, "https://console.eu.jumpcloud.com/") {
				t.Errorf("%s %q: exit %d, %s%s", name, region, code, stdout, stderr)
			}
		}
	}
}

func TestSettings_ErrorsNameTheFlagOrVariable(t *testing.T) {
	t.Parallel()
	env := server(t, jumpcloudtest.Demo())
	upload := map[string]string{"JUPITERONE_API_KEY": `"hush"`}
	for _, tt := range []struct {
		env   map[string]string
		args  []string
		names string
		says  string
	}{
		{env, []string{"collect", "--out", "x", "--org", `'5f00'`}, "--org", "quotes"},
		{env, []string{"collect", "--out", "x", "--org", "5f 00"}, "--org", "in one piece"},
		{env, []string{"collect", "--out", "x", "--region", `"eu"`}, "--region", "quotes"},
		{env, []string{"collect", "--out", "x", "--region", "mars"}, "--region", "us, eu or in"},
		{env, []string{"collect", "--out", "x", "--api-url", "x.example"}, "--api-url", "https://host"},
		{env, []string{"collect", "--out", "x", "--api-url", "https://x.example", "--region", "eu"}, "--region", "not both"},
		{env, []string{"collect", "--out", "x", "--max-rps", `"8"`}, "--max-rps", "quotes"},
		{env, []string{"collect", "--out", "x", "--max-rps", "-8"}, "--max-rps", "above zero"},
		{env, []string{"collect", "--out", "x", "--max-rps", "fast"}, "--max-rps", "write a number"},
		{env, []string{"get", "systemusers", "--limit", "1.5"}, "--limit", "write a whole number"},
		{env, []string{"collect", "--out", "x", "--format", `'jsonl'`}, "--format", "quotes"},
		{env, []string{"collect", "--out", "x", "--format", "yaml"}, "--format", "jsonl"},
		{env, []string{"collect", "--out", "x", "--skip", `"systems`}, "--skip", "quotes"},
		{env, []string{"get", "systemusers", "--org", `"5f00"`}, "--org", "quotes"},
		{env, []string{"get", "systemusers", "--limit", `"5"`}, "--limit", "quotes"},
		{map[string]string{"JUMPCLOUD_API_KEY": "hush hush"}, []string{"collect", "--out", "x"}, "JUMPCLOUD_API_KEY", "in one piece"},
		{map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_ORG_ID": "5f\n00"}, []string{"collect", "--out", "x"}, "JUMPCLOUD_ORG_ID", "in one piece"},
		{map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": "x.example"}, []string{"collect", "--out", "x"}, "JUMPCLOUD_API_URL", "https://host"},
		{upload, []string{"upload", "x", "--account", "a", "--scope", "s"}, "JUPITERONE_API_KEY", "quotes"},
	} {
		code, _, stderr := jump(t, tt.env, tt.args...)
		if code != exitUsage || !strings.Contains(stderr, tt.names) || !strings.Contains(stderr, tt.says) || strings.Contains(stderr, "hush") {
			t.Errorf("%q: exit %d, want %d with %s and %q, and without a key; stderr:\n%s", tt.args, code, exitUsage, tt.names, tt.says, stderr)
		}
	}
}

// TestSettings_AnEmptyValueIsRefused: it is most likely a variable of a script that was not set.
func TestSettings_AnEmptyValueIsRefused(t *testing.T) {
	t.Parallel()
	db := database(t)
	for _, args := range [][]string{
		{"collect", "--demo", "--out", ""},
		{"collect", "--demo", "--out", "x", "--org", ""},
		{"collect", "--demo", "--out", "x", "--org", "5f0000000000000000c00001,"},
		{"collect", "--demo", "--out", "x", "--skip", " "},
		{"collect", "--out", "x", "--api-url", ""},
		{"view", db, "--focus", ""},
		{"query", db, "SELECT 1", "--out", ""},
		{"questions", "run", db, "--control", ""},
		{"questions", "run", db, "--folder", ""},
	} {
		if code, stdout, stderr := jump(t, nil, args...); code != exitUsage || stdout != "" || !strings.Contains(stderr, "the value is empty") || !strings.Contains(stderr, args[len(args)-2]) {
			t.Errorf("%q: exit %d, %s%s; want %d, the flag, and that its value is empty", args, code, stdout, stderr, exitUsage)
		}
	}
}
