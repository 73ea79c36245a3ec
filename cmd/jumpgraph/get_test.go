package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// inventory are the records of each resource.
func inventory(o *jumpcloudtest.Organization) map[string][]jumpcloudtest.Object {
	return map[string][]jumpcloudtest.Object{
		"systemusers": o.SystemUsers, "systems": o.Systems, "applications": o.Applications,
		"organizations": {o.Self}, "usergroups": o.UserGroups, "systemgroups": o.SystemGroups,
		"commands": o.Commands, "applemdms": o.AppleMDMs,
	}
}

func ids(list []jumpcloudtest.Object) []string {
	var ids []string
	for _, o := range list {
		ids = append(ids, o.ID())
	}
	slices.Sort(ids)
	return ids
}

func TestGet_ReadsEveryResourceInBothForms(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	s, env := fake(t, o)
	for name, want := range inventory(o) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []jumpcloudtest.Object
			for _, record := range lines(t, must(t, env, "get", name, "--format", "json")) {
				got = append(got, record)
			}
			if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
				t.Errorf("the list differs (-want +got):\n%s", diff)
			}
			table := must(t, env, "get", name)
			if n := strings.Count(table, "\n"); n != len(want)+1 {
				t.Errorf("the table has %d lines, want a head and %d rows:\n%s", n, len(want), table)
			}
			id := want[0].ID()
			if name == "applemdms" {
				if code, _, stderr := jump(t, env, "get", name, id); code != exitUsage || !strings.Contains(stderr, "only list them") {
					t.Errorf("a single one: exit %d, want %d; stderr:\n%s", code, exitUsage, stderr)
				}
				return
			}
			single := must(t, env, "get", name, id, "--format", "json")
			if got := jumpcloudtest.Object(object(t, single)).ID(); got != id || !strings.HasPrefix(single, "{\n  ") {
				t.Errorf("the single form is not the indented record %s:\n%s", id, single)
			}
			if got := must(t, env, "get", name, id); strings.Count(got, "\n") != 2 || !strings.Contains(got, id) {
				t.Errorf("the table of one is:\n%s", got)
			}
			if code, stdout, _ := jump(t, env, "get", name, absentID); code != exitError || stdout != "" {
				t.Errorf("a record that does not exist: exit %d, want %d; stdout %q", code, exitError, stdout)
			}
		})
	}
	t.Cleanup(func() {
		if got := changes(s); len(got) > 0 {
			t.Errorf("reading sent %v", got)
		}
	})
}

func TestGet_NarrowsLists(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	s, env := fake(t, o)
	user := o.SystemUsers[3]
	username := user["username"].(string)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"filter and fields": {
			[]string{"systemusers", "--filter", "username:$eq:" + username, "--fields", "username,_id", "--format", "json"},
			`{"_id":"` + user.ID() + `","username":"` + username + `"}` + "\n",
		},
		"filter of API v2":     {[]string{"systemgroups", "--filter", "name:eq:Lab", "--fields", "name", "--format", "json"}, `{"name":"Lab"}` + "\n"},
		"fields are columns":   {[]string{"systemgroups", "--fields", "name,id"}, "name  id\nLab   " + labID + "\n"},
		"no match, as a table": {[]string{"systemgroups", "--filter", "name:eq:None", "--fields", "name"}, "name\n"},
		"no match, as JSON":    {[]string{"systemgroups", "--filter", "name:eq:None", "--format", "json"}, ""},
		"fields of a single":   {[]string{"systemgroups", labID, "--fields", "name", "--format", "json"}, "{\n  \"name\": \"Lab\"\n}\n"},
	} {
		if diff := cmp.Diff(tt.want, must(t, env, append([]string{"get"}, tt.args...)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	before := len(s.Requests())
	if got := lines(t, must(t, env, "get", "systems", "--limit", "3", "--format", "json")); len(got) != 3 {
		t.Errorf("--limit 3 gives %d records", len(got))
	}
	if n := len(s.Requests()) - before; n != 1 {
		t.Errorf("--limit 3 costs %d requests, want 1", n)
	}
}

func TestGet_JSONHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	o.Systems[0]["systemToken"] = "the-token-of-the-agent"
	o.Applications[0]["config"] = jumpcloudtest.Object{"idpPrivateKey": jumpcloudtest.Object{"value": "the-private-key"}}
	_, env := fake(t, o)
	for _, args := range [][]string{
		{"systems"},
		{"systems", o.Systems[0].ID()},
		{"applications"},
		{"applications", o.Applications[0].ID()},
	} {
		got := must(t, env, append(append([]string{"get"}, args...), "--format", "json")...)
		for _, secret := range []string{"the-token", "systemToken", "the-private-key", "PRIVATE KEY", "config\""} {
			if strings.Contains(got, secret) {
				t.Errorf("get %v shows %q", args, secret)
			}
		}
	}
	for name, field := range map[string]string{"systems": "systemToken", "applications": "config"} {
		if code, _, stderr := jump(t, env, "get", name, "--fields", field); code != exitUsage {
			t.Errorf("--fields %s: exit %d, want %d; stderr:\n%s", field, code, exitUsage, stderr)
		}
	}
}

func TestGet_TablesHoldNoControlCharacters(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	o.SystemGroups[0]["name"] = "\x1b]0;owned\x07La\u009b31mb\r\n\tof\x7f the office"
	_, env := fake(t, o)
	for _, args := range [][]string{{"systemgroups"}, {"systemgroups", labID}, {"systemgroups", "--format", "json"}} {
		got := must(t, env, append([]string{"get"}, args...)...)
		if strings.ContainsAny(got, "\x1b\x07\u009b\x7f\r\t") {
			t.Errorf("get %v: control characters of data were printed: %q", args, got)
		}
	}
	if got := must(t, env, "get", "systemgroups", "--fields", "name"); got != "name\n]0;ownedLa31mb of the office\n" {
		t.Errorf("the table is %q", got)
	}
}

func TestGet_MissingIsADashAndNotFalse(t *testing.T) {
	t.Parallel()
	o := commandOrg()
	o.Systems = o.Systems[:2]
	o.Systems[0]["displayName"], o.Systems[0]["fde"] = "first", nil
	o.Systems[1]["displayName"], o.Systems[1]["fde"] = "second", jumpcloudtest.Object{"active": false}
	_, env := fake(t, o)
	table := must(t, env, "get", "systems")
	for line, want := range map[string]string{"first": "-", "second": "false"} {
		for row := range strings.Lines(table) {
			if strings.Contains(row, line) && !slices.Contains(strings.Fields(row), want) {
				t.Errorf("the row of the %s system does not hold %q: %s", line, want, row)
			}
		}
	}
}

func TestGet_AnErrorAfterRecordsIsStillAnError(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"table", "json"} {
		s, env := fake(t, jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Groups: 150}))
		s.Inject(jumpcloudtest.Fault{Path: "/usergroups", Skip: 1, Status: http.StatusBadRequest}) // from the second page on
		code, stdout, stderr := jump(t, env, "get", "usergroups", "--format", form)
		if n := strings.Count(stdout, "\n"); code != exitError || !strings.Contains(stderr, "400 Bad Request") || n < 100 {
			t.Errorf("%s: exit %d, want %d with the reason, after the first page; %d lines, stderr:\n%s", form, code, exitError, n, stderr)
		}
	}
}

func TestGet_ExitCodes(t *testing.T) {
	t.Parallel()
	s, env := fake(t, commandOrg())
	wrongKey := maps.Clone(env)
	wrongKey["JUMPCLOUD_API_KEY"] = "mistyped"
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"no key":               {map[string]string{}, []string{"systems"}, exitAuth, "set JUMPCLOUD_API_KEY"},
		"wrong key":            {wrongKey, []string{"systems"}, exitAuth, "mistyped, revoked"},
		"wrong key, single":    {wrongKey, []string{"systems", absentID}, exitAuth, "mistyped, revoked"},
		"no resource":          {env, nil, exitUsage, "an argument is missing: write jumpgraph get "},
		"unknown resource":     {env, []string{"printers"}, exitUsage, `no resource "printers"; there are systemusers`},
		"empty id":             {env, []string{"systems", ""}, exitUsage, "the id is empty"},
		"two ids":              {env, []string{"systems", "a", "b"}, exitUsage, `too many arguments, from "b" on`},
		"unknown field":        {env, []string{"systems", "--fields", "colour"}, exitUsage, `no field "colour"`},
		"limit of a single":    {env, []string{"systems", absentID, "--limit", "1"}, exitUsage, "not for a single record"},
		"filter of a single":   {env, []string{"systems", absentID, "--filter", "a:$eq:b"}, exitUsage, "not for a single record"},
		"empty filter":         {env, []string{"systems", "--filter", ""}, exitUsage, "the value is empty"},
		"negative limit":       {env, []string{"systems", "--limit", "-1"}, exitUsage, "must not be negative"},
		"unknown output":       {env, []string{"systems", "--format", "xml"}, exitUsage, "use one of: table, json"},
		"unknown organization": {env, []string{"systems", "--org", absentID}, exitError, "organization not found"},
	} {
		code, stdout, stderr := jump(t, tt.env, append([]string{"get"}, tt.args...)...)
		if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit %d, want %d with %q and nothing on stdout %q; stderr:\n%s", name, code, tt.code, tt.says, stdout, stderr)
		}
		if strings.Contains(stderr, "--demo") {
			t.Errorf("%s: the message names a flag that get does not have:\n%s", name, stderr)
		}
	}
	s.Inject(jumpcloudtest.Fault{Status: http.StatusForbidden})
	if code, _, stderr := jump(t, env, "get", "organizations"); code != exitPermission {
		t.Errorf("forbidden: exit %d, want %d; stderr:\n%s", code, exitPermission, stderr)
	}
}

func TestGet_OrgIsSentWhereItMayBe(t *testing.T) {
	t.Parallel()
	a, b := commandOrg(), jumpcloudtest.Synthetic(8, jumpcloudtest.Size{Users: 3})
	b.Self["_id"], b.Self["id"] = "5f00000000000000000000bb", "5f00000000000000000000bb"
	env := server(t, a, b)
	if code, _, stderr := jump(t, env, "get", "systemusers"); code != exitAuth || !strings.Contains(stderr, "must name the organization") {
		t.Errorf("without --org: exit %d, want %d; stderr:\n%s", code, exitAuth, stderr)
	}
	if got := lines(t, must(t, env, "get", "systemusers", "--org", b.Self.ID(), "--format", "json")); len(got) != 3 {
		t.Errorf("%d users, want those of the other organization", len(got))
	}
	if got := lines(t, must(t, env, "get", "organizations", "--org", b.Self.ID(), "--format", "json")); len(got) != 2 {
		t.Errorf("%d organizations, want both: JumpCloud refuses x-org-id there", len(got))
	}
}
