package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// completions returns what a shell is offered after some arguments.
func completions(t *testing.T, args ...string) []string {
	t.Helper()
	code, stdout, stderr := jump(t, nil, append([]string{"__complete"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var words []string
	for line := range strings.Lines(stdout) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		words = append(words, word)
	}
	return words
}

func TestCompletion_OffersTheWordsThatACommandTakes(t *testing.T) {
	t.Parallel()
	dir, db := demoResult(t, "graph"), demoResult(t, "graph.db")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"coll"}, "collect"},
		{[]string{"collect", "--skip", "usergr"}, "usergroups/members"},
		{[]string{"collect", "--with", "gov"}, "governance"},
		{[]string{"collect", "--skip", "systems,appl"}, "systems,applications"},
		{[]string{"collect", "--region", ""}, "eu"},
		{[]string{"collect", "--format", ""}, "sqlite"},
		{[]string{"collect", "-f", "j"}, "jsonl"},
		{[]string{"get", "systemu"}, "systemusers"},
		{[]string{"get", "systemusers", "--format", ""}, "json"},
		{[]string{"commands", "tri"}, "trigger"},
		{[]string{"questions", "show", "devices-not-"}, "devices-not-encrypted"},
		{[]string{"questions", "run", "graph.db", "users-wi"}, "users-without-mfa"},
		{[]string{"questions", "run", "--format", ""}, "sarif"},
		{[]string{"questions", "run", "--control", "soc2:CC6."}, "soc2:CC6.1"},
		{[]string{"questions", "run", "--severity", ""}, "high"},
		{[]string{"questions", "list", "--tag", "m"}, "mfa"},
		{[]string{"watch", "--type", "jumpcloud_us"}, "jumpcloud_user_assigned_application"},
		{[]string{"watch", "--change", ""}, "removed"},
		{[]string{"watch", "--every", "ONE"}, "ONE_DAY"},
		{[]string{"view", "--format", ""}, "mermaid"},
		{[]string{"view", dir, "--focus", "ada.al"}, "ada.albrecht0"},
		{[]string{"view", db, "--focus", "ADA.AL"}, "ada.albrecht0"},
		{[]string{"view", db, "--focus", "Sla"}, "Slack"},
	} {
		if got := completions(t, tt.args...); !slices.Contains(got, tt.want) {
			t.Errorf("after %q a shell is offered %q, which lacks %q", tt.args, got, tt.want)
		}
	}
	for _, args := range [][]string{{"view", dir + "x", "--focus", ""}, {"get", "systems", ""}, {"view", db, "--focus", "zzz"}} {
		if got := completions(t, args...); len(got) != 1 || !strings.HasPrefix(got[0], ":") {
			t.Errorf("after %q a shell is offered %q, want nothing", args, got)
		}
	}
}

// TestCompletion_ScriptsLoadInTheirShells loads each script in its shell, where the machine has it.
func TestCompletion_ScriptsLoadInTheirShells(t *testing.T) {
	t.Parallel()
	for shell, args := range map[string][]string{"bash": {"--noprofile", "--norc"}, "zsh": {"-f", "-n"}, "fish": {"--no-config"}, "powershell": nil} {
		code, script, stderr := jump(t, nil, "completion", shell)
		if code != exitOK || len(script) < 1000 {
			t.Errorf("%s: exit %d, a script of %d bytes: %s", shell, code, len(script), stderr)
			continue
		}
		path, err := exec.LookPath(shell)
		if err != nil || args == nil {
			continue // the scripts of other shells cannot be loaded here; their text was still made
		}
		load := exec.CommandContext(t.Context(), path, args...)
		load.Stdin = strings.NewReader(script)
		if out, err := load.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s does not load its script: %v\n%s", shell, err, out)
		}
	}
}

func TestHelp_EndsWithTheExitCodes(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"collect", "--help"}, {"questions", "run", "--help"}, {"diff", "--help"}, {"get", "--help"}} {
		code, stdout, _ := jump(t, nil, args...)
		_, after, found := strings.Cut(stdout, "\nExit codes:\n")
		if code != exitOK || !found || !strings.Contains(after, "130  interrupted") || strings.Count(stdout, "Exit codes") != 1 {
			t.Errorf("%s: the help does not end with the exit codes:\n%s", args, stdout)
		}
	}
}

func TestExitCodes_StandInTheReadme(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range exitMeanings {
		if row := fmt.Sprintf("\n| %d | %s |\n", m.code, m.text); !strings.Contains(strings.ReplaceAll(string(page), "`", ""), row) {
			t.Errorf("the README lacks the row %q", strings.TrimSpace(row))
		}
	}
}
