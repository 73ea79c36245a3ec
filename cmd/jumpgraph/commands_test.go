package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// What the organization of these tests holds, besides what the demonstration has.
const (
	patchID  = "5f0000000000000000c00001" // a command with the trigger patch-now
	manualID = "5f0000000000000000c00002" // a command without a trigger
	labID    = "5f0000000000000000a00001" // a group of systems
	absentID = "5f00000000000000000fffff" // nothing
)

// commandOrg is an organization with commands and one group of systems.
func commandOrg() *jumpcloudtest.Organization {
	o := jumpcloudtest.Demo()
	o.Commands = []jumpcloudtest.Object{
		{
			"_id": patchID, "name": "Patch", "command": "apt-get -y upgrade", "commandType": "linux",
			"launchType": "trigger", "trigger": "patch-now", "user": "000000000000000000000000", "timeout": "120",
		},
		{
			"_id": manualID, "name": "Inventory", "command": "Get-ComputerInfo", "commandType": "windows",
			"launchType": "manual", "shell": "powershell",
		},
	}
	o.SystemGroups = []jumpcloudtest.Object{{"id": labID, "name": "Lab", "type": "system_group"}}
	o.SystemGroupMembers = map[string][]string{labID: {o.Systems[1].ID()}}
	o.CommandResults, o.Associations = nil, nil
	return o
}

// bound are the targets of a command.
func bound(s *jumpcloudtest.Server, command string) []string {
	ids := []string{}
	s.Change(func(orgs []*jumpcloudtest.Organization) {
		for _, a := range orgs[0].Associations {
			if a.From.ID == command {
				ids = append(ids, a.To.Kind+" "+a.To.ID)
			}
			if a.To.ID == command {
				ids = append(ids, a.From.Kind+" "+a.From.ID)
			}
		}
	})
	slices.Sort(ids)
	return ids
}

// fake starts a fake JumpCloud and returns it, and the environment that reaches it.
func fake(t *testing.T, o *jumpcloudtest.Organization) (*jumpcloudtest.Server, map[string]string) {
	t.Helper()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	return s, map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
}

// changes are the requests that may have changed something.
func changes(s *jumpcloudtest.Server) []string {
	return slices.DeleteFunc(s.Requests(), func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasPrefix(r, "POST /api/search/")
	})
}

// must runs the command line, which has to succeed, and returns what it wrote.
func must(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	code, stdout, stderr := jump(t, env, args...)
	if code != exitOK {
		t.Fatalf("jumpgraph %s: exit %d, want 0; stderr:\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// object reads a single JSON object.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, text)
	}
	return o
}

// lines reads JSON Lines.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	list := []map[string]any{}
	for line := range strings.Lines(text) {
		list = append(list, object(t, line))
	}
	return list
}

func TestCommandsCreate_StoresTheCommandAndBindsIt(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	s, env := fake(t, o)
	system := o.Systems[0].ID()
	got := object(t, must(t, env, "commands", "create", "--name", "Clean up", "--command", "rm -rf /tmp/cache", "--type", "linux",
		"--user", "root", "--launch", "trigger", "--trigger", "clean-up", "--timeout", "60", "--ttl", "300", "--sudo",
		"--system", system, "--system-group", labID, "--format", "json"))
	id, _ := got["_id"].(string)
	want := map[string]any{
		"_id": id, "organization": o.Self.ID(), "name": "Clean up", "command": "rm -rf /tmp/cache", "commandType": "linux",
		"launchType": "trigger", "trigger": "clean-up", "user": "000000000000000000000000", "timeout": "60",
		"timeToLiveSeconds": 300.0, "sudo": true,
	}
	if diff := cmp.Diff(want, got); diff != "" || id == "" {
		t.Errorf("the created command differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"system " + system, "system_group " + labID}, bound(s, id)); diff != "" {
		t.Errorf("it is not bound to what was asked (-want +got):\n%s", diff)
	}
	if got := object(t, must(t, env, "commands", "get", id, "--format", "json")); got["name"] != "Clean up" {
		t.Errorf("commands get shows %v", got)
	}
}

func TestCommandsCreate_HalfDoneNamesTheTargetsAndTheCommand(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]jumpcloudtest.Fault{
		"target does not exist": nil,
		"binding is forbidden":  {{Method: "POST", Path: "/associations", Status: http.StatusForbidden}},
		"key revoked meanwhile": {{Method: "POST", Path: "/associations", Status: http.StatusUnauthorized}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := fake(t, commandOrg())
			s.Inject(faults...)
			code, stdout, stderr := jump(t, env, "commands", "create", "--name", "x", "--command", "true", "--type", "mac",
				"--user", "root", "--system", absentID, "--format", "json")
			id, _ := object(t, stdout)["_id"].(string)
			for _, want := range []string{
				"not bound to system " + absentID, "the command " + id + " was created, but 1 of 1 targets could not be bound",
			} {
				if !strings.Contains(stderr, want) || id == "" {
					t.Errorf("stderr does not say %q:\n%s", want, stderr)
				}
			}
			if code != exitError {
				t.Errorf("exit %d, want %d: something was done", code, exitError)
			}
		})
	}
}

func TestCommandsCreate_ReadsTheScriptFromAFile(t *testing.T) {
	t.Parallel()
	_, env := fake(t, commandOrg())
	script := "#!/bin/sh\necho \"a, b\"\n"
	path := filepath.Join(t.TempDir(), "script.sh")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	got := object(t, must(t, env, "commands", "create", "--name", "x", "--command-file", path, "--type", "mac", "--user", "root", "--format", "json"))
	if got["command"] != script {
		t.Errorf("the script is %q, want %q", got["command"], script)
	}
	if code, _, _ := jump(t, env, "commands", "create", "--name", "x", "--command-file", path+".not", "--type", "mac", "--user", "root"); code != exitError {
		t.Errorf("a missing file: exit %d, want %d", code, exitError)
	}
	o := createOptions{file: "-"}
	if got, err := o.readScript(strings.NewReader(script)); got != script || err != nil {
		t.Errorf("from standard input: %q, %v", got, err)
	}
}

func TestCommandsCreate_KnowsTheWordsOfJumpCloud(t *testing.T) {
	t.Parallel()
	linux := []string{"--type", "linux", "--user", "root"}
	windows := []string{"--type", "windows"}
	for name, tt := range map[string]struct {
		args []string
		says string // empty when it is accepted
	}{
		"linux":                        {linux, ""},
		"mac":                          {[]string{"--type", "mac", "--user", patchID}, ""},
		"windows with powershell":      {append(windows, "--shell", "powershell"), ""},
		"windows with cmd":             {append(windows, "--shell", "cmd"), ""},
		"manual":                       {append(linux, "--launch", "manual"), ""},
		"trigger":                      {append(linux, "--launch", "trigger", "--trigger", "now"), ""},
		"scheduled":                    {append(linux, "--launch", "scheduled", "--schedule", "0 0 3 * * *"), ""},
		"repeated":                     {append(linux, "--launch", "repeated", "--schedule", "0 0 3 * * *"), ""},
		"one-time":                     {append(linux, "--launch", "one-time", "--schedule", "immediate"), ""},
		"longest timeout":              {append(linux, "--timeout", "86400"), ""},
		"no type":                      {nil, "--type is required"},
		"unknown type":                 {[]string{"--type", "Linux"}, "use one of: linux, mac, windows"},
		"unknown launch":               {append(linux, "--launch", "now"), "use one of: manual, trigger, scheduled, repeated, one-time"},
		"unknown shell":                {append(windows, "--shell", "bash"), "use one of: powershell, cmd"},
		"linux without user":           {[]string{"--type", "linux"}, "a command for linux needs the id of the user"},
		"mac without user":             {[]string{"--type", "mac"}, "a command for mac needs the id of the user"},
		"user that is no id":           {[]string{"--type", "linux", "--user", "ada"}, "needs the id of the user"},
		"windows without shell":        {windows, "a command for windows needs a shell"},
		"trigger without name":         {append(linux, "--launch", "trigger"), "needs the trigger's name"},
		"trigger that nobody hears":    {append(linux, "--trigger", "now"), "--trigger needs --launch trigger"},
		"schedule that nothing keeps":  {append(linux, "--schedule", "0 0 3 * * *"), "--schedule needs --launch"},
		"scheduled without schedule":   {append(linux, "--launch", "scheduled"), "needs a schedule"},
		"timeout too long":             {append(linux, "--timeout", "86401"), "between 0 and 86400"},
		"negative time to live":        {append(linux, "--ttl", "-1"), "must not be negative"},
		"empty script":                 {append(linux, "--command", ""), "the value is empty"},
		"script twice":                 {append(linux, "--command-file", "x"), "one of them"},
		"empty name":                   {append(linux, "--name", ""), "the value is empty"},
		"system whose id is empty":     {append(linux, "--system", ""), "the value is empty"},
		"one of two whose id is empty": {append(linux, "--system-group", labID, "--system-group", ""), "the value is empty"},
		"unknown output":               {append(linux, "--format", "yaml"), "use one of: table, json"},
		"argument":                     {append(linux, "extra"), "too many arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := fake(t, commandOrg())
			args := append([]string{"commands", "create", "--name", "x", "--command", "true"}, tt.args...)
			code, _, stderr := jump(t, env, args...)
			switch sent := s.Requests(); {
			case tt.says == "" && code != exitOK:
				t.Errorf("exit %d, want it accepted; stderr:\n%s", code, stderr)
			case tt.says != "" && (code != exitUsage || !strings.Contains(stderr, tt.says)):
				t.Errorf("exit %d, want %d with %q; stderr:\n%s", code, exitUsage, tt.says, stderr)
			case tt.says != "" && len(sent) > 0:
				t.Errorf("a wrong command line sent %v", sent)
			}
		})
	}
}

func TestCommandsAssociate_IsSafeToRepeat(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	s, env := fake(t, o)
	a, b := o.Systems[0].ID(), o.Systems[1].ID()
	all := []string{"system " + a, "system " + b, "system_group " + labID}
	slices.Sort(all)
	for i, step := range []struct {
		verb    string
		changed bool
		then    []string
	}{
		{"associate", true, all},
		{"associate", false, all},
		{"dissociate", true, []string{}},
		{"dissociate", false, []string{}},
	} {
		got := lines(t, must(t, env, "commands", step.verb, patchID, "--system", a, "--system", b, "--system-group", labID, "--format", "json"))
		want := []map[string]any{
			{"type": "system", "id": a, "changed": step.changed},
			{"type": "system", "id": b, "changed": step.changed},
			{"type": "system_group", "id": labID, "changed": step.changed},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("step %d, %s (-want +got):\n%s", i, step.verb, diff)
		}
		if diff := cmp.Diff(step.then, bound(s, patchID)); diff != "" {
			t.Errorf("bound after step %d, %s (-want +got):\n%s", i, step.verb, diff)
		}
	}
}

func TestCommandsAssociate_GoesOnAfterATargetThatFails(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	s, env := fake(t, o)
	good := o.Systems[0].ID()
	code, stdout, stderr := jump(t, env, "commands", "associate", patchID, "--system", absentID, "--system", good, "--format", "json")
	if code != exitError || !strings.Contains(stderr, "system "+absentID) {
		t.Errorf("exit %d, want %d and the target on stderr:\n%s", code, exitError, stderr)
	}
	got := lines(t, stdout)
	if len(got) != 2 || got[0]["error"] == nil || got[1]["error"] != nil || got[1]["changed"] != true {
		t.Errorf("the results are %v", got)
	}
	if diff := cmp.Diff([]string{"system " + good}, bound(s, patchID)); diff != "" {
		t.Errorf("the good target is not bound (-want +got):\n%s", diff)
	}
}

func TestCommandsTrigger_RunsAndTells(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	got := object(t, must(t, env, "commands", "trigger", "patch-now", "--var", "reboot=no", "--var", "list=a,b=c", "--format", "json"))
	if diff := cmp.Diff(map[string]any{"triggered": []any{"Patch"}}, got); diff != "" {
		t.Errorf("what was triggered differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"POST /api/command/trigger/patch-now"}, s.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := must(t, env, "commands", "trigger", "patch-now"); got != "triggered\nPatch\n" {
		t.Errorf("the table is %q", got)
	}
}

func TestCommandsTrigger_WithoutMatchIsAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"patch.now", "no such trigger", "a/b"} {
		_, env := fake(t, commandOrg())
		code, stdout, stderr := jump(t, env, "commands", "trigger", name)
		if code != exitError || stdout != "" || !strings.Contains(stderr, "no command has this trigger") {
			t.Errorf("%q: exit %d, want %d and the reason; stdout %q, stderr:\n%s", name, code, exitError, stdout, stderr)
		}
	}
}

func TestCommandsTrigger_IsNeverRepeated(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	sent := 0
	s.BeforeEach(func(int, string, string) { sent++ })
	s.Inject(jumpcloudtest.Fault{Method: "POST", Status: http.StatusServiceUnavailable, Times: 1})
	if code, _, stderr := jump(t, env, "commands", "trigger", "patch-now"); code != exitError {
		t.Errorf("exit %d, want %d; stderr:\n%s", code, exitError, stderr)
	}
	if sent != 1 {
		t.Errorf("it was sent %d times, want once", sent)
	}
}

func TestCommandsTrigger_WaitsForNewResultsOnly(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	o.CommandResults = map[string][]jumpcloudtest.Object{patchID: {{
		"_id": "5f0000000000000000d00001", "systemId": o.Systems[0].ID(), "requestTime": "2026-01-02T03:04:05.000Z",
		"responseTime": "2026-01-02T03:04:06.000Z", "response": jumpcloudtest.Object{"data": jumpcloudtest.Object{"exitCode": 7, "output": "old"}},
	}}}
	_, env := fake(t, o)
	system := o.Systems[0].ID()
	must(t, env, "commands", "associate", patchID, "--system", system, "--system-group", labID)
	args := []string{"commands", "trigger", "patch-now", "--command", patchID, "--format", "json"}
	got := object(t, must(t, env, append(args, "--wait", "1s", "--systems", "2")...))
	results, _ := got["results"].([]any)
	if len(results) != 2 {
		t.Fatalf("%d results, want those of two systems: %v", len(results), got)
	}
	for _, r := range results {
		r := r.(map[string]any)
		if r["exitCode"] != 0.0 || r["response"].(map[string]any)["data"].(map[string]any)["output"] != "done\n" {
			t.Errorf("the result is not whole, or not of this run: %v", r)
		}
	}
	table := must(t, env, "commands", "trigger", "patch-now", "--command", patchID, "--wait", "1s", "--systems", "2")
	if n := strings.Count(table, "\n"); n != 5 || !strings.HasPrefix(table, "triggered\nPatch\n_id") || strings.Count(table, " done\n") != 2 {
		t.Errorf("the tables are not what was triggered and two results:\n%s", table)
	}
	code, stdout, stderr := jump(t, env, append(args, "--wait", "100ms", "--systems", "3")...)
	if code != exitError || !strings.Contains(stderr, "the trigger was called, but only") || object(t, stdout)["triggered"] == nil {
		t.Errorf("too few systems: exit %d, want %d; stdout %s, stderr:\n%s", code, exitError, stdout, stderr)
	}
}

func TestCommandsTrigger_StartsNothingWhenItCouldNotWait(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	code, _, stderr := jump(t, env, "commands", "trigger", "patch-now", "--wait", "1s", "--command", absentID)
	if code != exitError || !strings.Contains(stderr, "nothing was started") {
		t.Errorf("exit %d, want %d; stderr:\n%s", code, exitError, stderr)
	}
	if got := changes(s); len(got) > 0 {
		t.Errorf("it sent %v", got)
	}
}

func TestCommandsResults_TellWhatHappened(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	_, env := fake(t, o)
	must(t, env, "commands", "associate", patchID, "--system", o.Systems[0].ID(), "--system", o.Systems[1].ID())
	must(t, env, "commands", "trigger", "patch-now")
	if got := lines(t, must(t, env, "commands", "results", patchID, "--limit", "1", "--format", "json")); len(got) != 1 {
		t.Errorf("--limit 1 gives %d results", len(got))
	}
	must(t, env, "commands", "results", patchID) // the fake ends runs that were looked at
	for _, args := range [][]string{{"--full"}, nil} {
		got := lines(t, must(t, env, append([]string{"commands", "results", patchID, "--format", "json"}, args...)...))
		if len(got) != 2 || got[0]["exitCode"] != 0.0 || got[0]["systemId"] != o.Systems[0].ID() {
			t.Errorf("with %v: %v", args, got)
		}
	}
}

func TestCommandsDelete_NeedsYes(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	code, _, stderr := jump(t, env, "commands", "delete", manualID)
	if code != exitUsage || !strings.Contains(stderr, "--yes") || len(s.Requests()) > 0 {
		t.Errorf("without --yes: exit %d, want %d and no request, not %v; stderr:\n%s", code, exitUsage, s.Requests(), stderr)
	}
	code, stdout, stderr := jump(t, env, "commands", "delete", manualID, "--yes")
	if code != exitOK || stdout != "" || stderr != "Deleted "+manualID+"\n" {
		t.Errorf("with --yes: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if code, _, _ := jump(t, env, "commands", "delete", manualID, "--yes"); code != exitError {
		t.Errorf("once more: exit %d, want %d", code, exitError)
	}
}

func TestDryRun_ShowsRequestsAndSendsNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"create": {
			[]string{"create", "--name", "x", "--command", "a < b", "--type", "windows", "--shell", "cmd", "--timeout", "5"},
			[]string{`POST /api/commands {"command":"a < b","commandType":"windows","launchType":"manual","name":"x","shell":"cmd","timeout":"5"}`},
		},
		"create and bind": {
			[]string{"create", "--name", "x", "--command", "true", "--type", "mac", "--user", "root", "--system", absentID, "--system-group", labID},
			[]string{
				`POST /api/commands {"command":"true","commandType":"mac","launchType":"manual","name":"x","user":"000000000000000000000000"}`,
				`POST /api/v2/commands/NEW_COMMAND_ID/associations {"id":"` + absentID + `","op":"add","type":"system"}`,
				`POST /api/v2/commands/NEW_COMMAND_ID/associations {"id":"` + labID + `","op":"add","type":"system_group"}`,
			},
		},
		"delete": {[]string{"delete", patchID}, []string{"DELETE /api/commands/" + patchID + " "}},
		"trigger": {
			[]string{"trigger", "patch now", "--var", "a=b", "--wait", "1m", "--command", patchID},
			[]string{`POST /api/command/trigger/patch%20now {"a":"b"}`},
		},
		"associate": {
			[]string{"associate", patchID, "--system", absentID},
			[]string{`POST /api/v2/commands/` + patchID + `/associations {"id":"` + absentID + `","op":"add","type":"system"}`},
		},
		"dissociate": {
			[]string{"dissociate", patchID, "--system-group", labID},
			[]string{`POST /api/v2/commands/` + patchID + `/associations {"id":"` + labID + `","op":"remove","type":"system_group"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := fake(t, commandOrg())
			args := append([]string{"commands"}, append(tt.args, "--dry-run", "--org", labID)...)
			stdout := must(t, env, append(args, "--format", "json")...)
			var got []string
			for _, p := range lines(t, stdout) {
				if p["dryRun"] != true || p["organization"] != labID {
					t.Errorf("the line does not say dryRun and the organization: %v", p)
				}
				got = append(got, fmt.Sprintf("%s %s ", p["method"], strings.TrimPrefix(p["url"].(string), s.URL)))
			}
			for i, line := range strings.Split(strings.TrimSpace(stdout), "\n") {
				var p planned
				if err := json.Unmarshal([]byte(line), &p); err != nil {
					t.Fatal(err)
				}
				got[i] += string(p.Body)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("what would be sent (-want +got):\n%s", diff)
			}
			text := must(t, env, args...)
			if n := strings.Count(text, "Would send "); n != len(tt.want) {
				t.Errorf("the text shows %d requests, want %d:\n%s", n, len(tt.want), text)
			}
			if strings.Contains(stdout+text, s.Key) {
				t.Error("the key was shown")
			}
			if sent := s.Requests(); len(sent) > 0 {
				t.Errorf("the dry run sent %v", sent)
			}
		})
	}
}

func TestDryRun_NeedsNoKeyAndStillSeesMistakes(t *testing.T) {
	t.Parallel()
	args := []string{"commands", "trigger", "x", "--dry-run"}
	if got := must(t, nil, append(args, "--region", "eu")...); !strings.Contains(got, "POST https://console.eu.jumpcloud.com/api/command/trigger/x\n") {
		t.Errorf("it shows %q", got)
	}
	for name, wrong := range map[string][]string{
		"region": {"--region", "mars"},
		"rate":   {"--max-rps", "-1"},
		"id":     {"--wait", "1s"},
	} {
		if code, _, stderr := jump(t, nil, append(args, wrong...)...); code != exitUsage {
			t.Errorf("wrong %s: exit %d, want %d; stderr:\n%s", name, code, exitUsage, stderr)
		}
	}
}

func TestCommands_WrongUses(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no subcommand":             {nil, "needs one of: associate, create"},
		"unknown subcommand":        {[]string{"run"}, `unknown command "run"`},
		"get without id":            {[]string{"get"}, "an argument is missing: write jumpgraph commands get ID"},
		"get with an empty id":      {[]string{"get", ""}, "the argument is empty"},
		"get with a dot":            {[]string{"delete", "..", "--yes"}, "a dot or two dots"},
		"list with an argument":     {[]string{"list", patchID}, "too many arguments"},
		"trigger without name":      {[]string{"trigger"}, "an argument is missing"},
		"variable without value":    {[]string{"trigger", "x", "--var", "a"}, "write NAME=VALUE"},
		"variable twice":            {[]string{"trigger", "x", "--var", "a=1", "--var", "a=2"}, "each name once"},
		"wait for nobody":           {[]string{"trigger", "x", "--wait", "1s"}, "--wait and --command go together"},
		"nobody waits":              {[]string{"trigger", "x", "--command", patchID}, "--wait and --command go together"},
		"wait for no system":        {[]string{"trigger", "x", "--systems", "0"}, "above zero"},
		"no target":                 {[]string{"associate", patchID}, "name a target"},
		"empty target":              {[]string{"dissociate", patchID, "--system", ""}, "the value is empty"},
		"negative limit":            {[]string{"results", patchID, "--limit", "-1"}, "must not be negative"},
		"wrong rate":                {[]string{"list", "--max-rps", "-1"}, "above zero"},
		"region and URL":            {[]string{"list", "--region", "eu", "--api-url", "https://x.example"}, "not both"},
		"organization with a space": {[]string{"list", "--org", "a b"}, "a character that no id has"},
	} {
		code, _, stderr := jump(t, env, append([]string{"commands"}, tt.args...)...)
		if code != exitUsage || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit %d, want %d with %q; stderr:\n%s", name, code, exitUsage, tt.says, stderr)
		}
	}
	if sent := s.Requests(); len(sent) > 0 {
		t.Errorf("wrong uses sent %v", sent)
	}
}

func TestCommands_RefusalsHaveTheirExitCodes(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"list":       {"list"},
		"get":        {"get", patchID},
		"create":     {"create", "--name", "x", "--command", "true", "--type", "mac", "--user", "root"},
		"delete":     {"delete", patchID, "--yes"},
		"trigger":    {"trigger", "patch-now"},
		"associate":  {"associate", patchID, "--system", absentID},
		"dissociate": {"dissociate", patchID, "--system", absentID},
		"results":    {"results", patchID},
	} {
		for status, want := range map[int]int{
			http.StatusUnauthorized: exitAuth, http.StatusForbidden: exitPermission, http.StatusBadRequest: exitError,
		} {
			s, env := fake(t, commandOrg())
			s.Inject(jumpcloudtest.Fault{Status: status})
			if code, _, stderr := jump(t, env, append([]string{"commands"}, args...)...); code != want || strings.Contains(stderr, s.Key) {
				t.Errorf("%s, status %d: exit %d, want %d; stderr:\n%s", name, status, code, want, stderr)
			}
		}
		s, env := fake(t, commandOrg())
		s.Inject(jumpcloudtest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "86400"})
		if code, _, stderr := jump(t, env, append([]string{"commands"}, args...)...); code != exitRateLimit {
			t.Errorf("%s, rate limited: exit %d, want %d; stderr:\n%s", name, code, exitRateLimit, stderr)
		}
	}
}

func TestCommands_HelpNamesTheForms(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"get", "--help"}, {"commands", "list", "--help"}, {"commands", "get", "--help"}} {
		if got := must(t, nil, args...); !strings.Contains(strings.Join(strings.Fields(got), " "), "a list is JSON Lines: one object per line") {
			t.Errorf("%v does not say what --format json writes:\n%s", args, got)
		}
	}
}

func TestHarmless_KeepsTheValues(t *testing.T) {
	t.Parallel()
	in := []byte("{\"a\":\"\u009b31m\u007f é \xf0\x9f\x98\x80\"}")
	out := harmless(in)
	if bytes.ContainsAny(out, "\u009b\u007f") {
		t.Errorf("control characters are left: %q", out)
	}
	if diff := cmp.Diff(object(t, string(in)), object(t, string(out))); diff != "" {
		t.Errorf("the value changed (-want +got):\n%s", diff)
	}
}

func TestCommands_InterruptedExits130(t *testing.T) {
	t.Parallel()
	_, env := fake(t, commandOrg())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"get", "systems"}, {"commands", "trigger", "patch-now"}, {"commands", "delete", patchID, "--yes"},
	} {
		var out bytes.Buffer
		if code := run(ctx, args, func(name string) string { return env[name] }, &out, &out); code != exitInterrupted {
			t.Errorf("%v: exit %d, want %d:\n%s", args, code, exitInterrupted, &out)
		}
	}
}

// soarOrg is the organization of the examples in docs/soar.md.
func soarOrg() *jumpcloudtest.Organization {
	const org, group, linux, mac = "5f0000000000000000000001", labID, "5f0000000000000000d00001", "5f0000000000000000d00002"
	type object = jumpcloudtest.Object
	return &jumpcloudtest.Organization{
		Self: object{
			"_id": org, "displayName": "Brightwater Instruments", "created": "2020-07-04T09:00:00.000Z",
			"settings": object{"requireAdminMFA": true, "passwordPolicy": object{"enableMinLength": true, "minLength": 14}},
		},
		SystemUsers: []object{
			{
				"_id": "5f0000000000000000b00001", "username": "ada", "email": "ada@example.com", "state": "ACTIVATED",
				"mfa": object{"configured": true, "exclusion": false},
			},
			{"_id": "5f0000000000000000b00002", "username": "grace", "email": "grace@example.com", "state": "SUSPENDED"},
		},
		Systems: []object{
			{
				"_id": linux, "displayName": "build server", "hostname": "srv-0001", "osFamily": "linux", "version": "24.04",
				"fde": object{"active": true, "keyPresent": true}, "lastContact": "2026-03-02T08:15:00.000Z",
			},
			{
				"_id": mac, "displayName": "Ada's Mac", "hostname": "mac-0001", "osFamily": "darwin", "version": "15.1",
				"lastContact": "2026-03-02T08:20:00.000Z",
			},
		},
		SystemGroups:       []object{{"id": group, "name": "Lab", "type": "system_group"}},
		SystemGroupMembers: map[string][]string{group: {mac}},
		Commands: []object{{
			"_id": patchID, "name": "Patch", "command": "apt-get -y upgrade", "commandType": "linux", "launchType": "trigger",
			"trigger": "patch-now", "user": "000000000000000000000000", "timeout": "120",
		}},
	}
}

var (
	consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")
	shellWord    = regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`)
	resultTime   = regexp.MustCompile(`("(?:requestTime|responseTime)": ")[^"]*`)
)

// TestDocs_ExamplesForSOARAreTrue runs the examples of docs/soar.md, one after the other, and compares what they show.
func TestDocs_ExamplesForSOARAreTrue(t *testing.T) {
	t.Parallel()
	s, env := fake(t, soarOrg())
	s.Inject(jumpcloudtest.Fault{Latency: 2 * time.Millisecond}) // so that no two runs have the same time in milliseconds
	last := 0
	example := func(line string) string {
		if line == "$ echo $?" {
			return fmt.Sprintln(last)
		}
		var args []string
		for _, m := range shellWord.FindAllStringSubmatch(strings.TrimPrefix(line, "$ jumpgraph "), -1) {
			args = append(args, m[1]+m[2]+m[3])
		}
		code, stdout, stderr := jump(t, env, args...)
		last = code
		out := strings.ReplaceAll(stdout+stderr, s.URL, "https://console.jumpcloud.com")
		return resultTime.ReplaceAllString(out, "${1}2026-03-02T09:00:00.000Z")
	}
	path := filepath.Join("..", "..", "docs", "soar.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := consoleBlock.ReplaceAllFunc(doc, func(block []byte) []byte {
		var b strings.Builder
		b.WriteString("```console\n")
		for line := range strings.Lines(string(block)) {
			if strings.HasPrefix(line, "$ ") {
				b.WriteString(line + example(strings.TrimSpace(line)))
			}
		}
		b.WriteString("```")
		return []byte(b.String())
	})
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(doc), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("the examples show something else; if that is meant, run go test ./cmd/jumpgraph -run Docs -update (-want +got):\n%s", diff)
	}
}
