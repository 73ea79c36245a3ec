package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// postgresServer returns the environment that reaches the server of the tests, with a schema of its own.
func postgresServer(t *testing.T, schema string) map[string]string {
	t.Helper()
	address := os.Getenv(postgresURL)
	if address == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(postgresURL + " is not set: .ci/postgres starts a server and sets it")
		}
		t.Skip(postgresURL + " is not set: make postgres starts a server")
	}
	pool, _, err := postgres.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := pool.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
		pool.Close()
	})
	return map[string]string{postgresURL: address + "?schema=" + schema}
}

func TestPostgres_TakesEveryOrganizationAndAnswersEveryReader(t *testing.T) {
	t.Parallel()
	env := postgresServer(t, "cmd_every")
	orgs, ids := threeOrganizations()
	maps.Copy(env, server(t, orgs...))
	dir := t.TempDir()
	single := filepath.Join(dir, "single")
	for _, args := range [][]string{
		{"collect", "--format", "postgres", "--all-orgs", "-q"},
		{"collect", "--out", single, "--org", ids[1], "-q"},
		{"validate", "postgres://"},
		{"diff", single, "postgres://", "--org", ids[1], "--exit-code"},
		{"diff", "postgres://", single, "--org", ids[1], "--exit-code"},
		{"query", "postgres://", "SELECT count(*) AS n FROM jumpcloud_user"},
		{"view", "postgres://", "--org", ids[0], "--out", filepath.Join(dir, "types.svg")},
		{"convert", "postgres://", filepath.Join(dir, "all.db"), "-q"},
		{"convert", single, "postgres://", "-q"},
		{"postgres", "migrate"},
		{"watch", "--from", "postgres://", "--org", ids[1], "--out", filepath.Join(dir, "history"), "--every", "DISABLED", "-q"},
	} {
		if code, stdout, stderr := jump(t, env, args...); code != exitOK {
			t.Errorf("%s: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"query", "postgres://", "SELECT count(DISTINCT _organization) AS n FROM jumpcloud_account"}, "n\n3\n"},
		{[]string{"query", "postgres://", "SELECT count(DISTINCT _organization) AS n FROM jumpcloud_account", "--org", ids[2]}, "n\n1\n"},
		{[]string{"query", "postgres://", "SELECT id AS i FROM organization", "--org", ids[2]}, "i\n" + ids[2] + "\n"},
	} {
		if code, stdout, stderr := jump(t, env, tt.args...); code != exitOK || stdout != tt.want {
			t.Errorf("%s: exit %d, %q%s; want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
	if code, stdout, stderr := jump(t, env, "questions", "run", "postgres://", "--org", ids[0], "--format", "json"); code != exitFailed || !strings.Contains(stdout, ids[0]) || strings.Contains(stdout, ids[1]) {
		t.Errorf("questions of one organization: exit %d, %.300s%s", code, stdout, stderr)
	}
	if code, _, stderr := jump(t, env, "query", "postgres://", "SELECT 1", "--org", "5f00000000000000000000ff"); code != exitError || !strings.Contains(stderr, "was complete") {
		t.Errorf("an organization that is not there: exit %d, %s", code, stderr)
	}
}

func TestPostgres_PruneRemovesAnOrganizationOnlyWhenItIsMeant(t *testing.T) {
	t.Parallel()
	env := postgresServer(t, "cmd_prune")
	orgs, ids := threeOrganizations()
	maps.Copy(env, server(t, orgs...))
	if code, _, stderr := jump(t, env, "collect", "--out", "postgres://", "--all-orgs", "-q"); code != exitOK {
		t.Fatal(stderr)
	}
	for _, tt := range []struct {
		args []string
		says string
		left string
	}{
		{[]string{"--org", ids[0]}, "Would remove, with --yes, 1 organizations: " + ids[0], "n\n3\n"},
		{[]string{"--org", ids[0], "--yes"}, "Removed 1 organizations: " + ids[0], "n\n2\n"},
		{[]string{"--model", "--left-for", "720h", "--yes"}, "Removed 0 organizations", "n\n2\n"},
	} {
		code, _, stderr := jump(t, env, append([]string{"postgres", "prune"}, tt.args...)...)
		_, left, _ := jump(t, env, "query", "postgres://", "SELECT count(*) AS n FROM jumpcloud_account")
		if code != exitOK || !strings.Contains(stderr, tt.says) || left != tt.left {
			t.Errorf("%s: exit %d, %s, left %q; want %q and %q", tt.args, code, stderr, left, tt.says, tt.left)
		}
	}
	for _, args := range [][]string{nil, {"--org", "5f00000000000000000000ff"}} {
		if code, _, stderr := jump(t, env, append([]string{"postgres", "prune"}, args...)...); code != exitUsage {
			t.Errorf("%s: exit %d, %s", args, code, stderr)
		}
	}
}

func TestPostgres_APartialRunLeavesTheRowsAndSaysWhy(t *testing.T) {
	t.Parallel()
	env := postgresServer(t, "cmd_partial")
	s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(s.Close)
	maps.Copy(env, map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"})
	if code, _, stderr := jump(t, env, "collect", "--out", "postgres://", "-q"); code != exitOK {
		t.Fatal(stderr)
	}
	s.Inject(jumpcloudtest.Fault{Path: "/usergroups", Status: 403})
	code, _, stderr := jump(t, env, "collect", "--out", "postgres://", "-q")
	if code != exitIncomplete || !strings.Contains(stderr, "the table organization says why") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	code, stdout, stderr := jump(t, env, "query", "postgres://", "SELECT (SELECT count(*) FROM jumpcloud_group) AS groups, partialReason AS why FROM organization", "-f", "csv")
	if code != exitOK || !strings.Contains(stdout, "\n6,\"usergroups: client: GET /api/v2/usergroups: 403") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

func TestPostgres_WrongUseIsSaidWithoutAServer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a password":         {[]string{"query", "postgres://me:secret@host/db", "SELECT 1"}, exitUsage, "holds a password"},
		"a password beside":  {[]string{"collect", "--demo", "--out", "postgres://host/db?password=secret"}, exitUsage, "holds a password"},
		"no address":         {[]string{"questions", "run", "postgres://"}, exitUsage, postgresURL + " is not set"},
		"another form":       {[]string{"collect", "--demo", "--out", "postgres://host/db", "--format", "sqlite"}, exitUsage, "contradict each other"},
		"a picture":          {[]string{"view", "--out", "postgres://host/db"}, exitUsage, "means postgres, which this command does not write"},
		"a schema":           {[]string{"query", "postgres://host/db?schema=My-Schema", "SELECT 1"}, exitUsage, "small letters, digits and underscores"},
		"split":              {[]string{"collect", "--demo", "--out", "postgres://host/db", "--split"}, exitUsage, "keeps organizations apart"},
		"changes of files":   {[]string{"collect", "--demo", "--out", filepath.Join(t.TempDir(), "x"), "--changes-keep", "1h"}, exitUsage, "--format postgres"},
		"an org of files":    {[]string{"query", "--org", "x", database(t), "SELECT 1"}, exitUsage, "only of a PostgreSQL database"},
		"nobody listens":     {[]string{"query", "postgres://me@127.0.0.1:1/db", "SELECT 1"}, exitError, "postgres: "},
		"nobody takes a run": {[]string{"collect", "--demo", "--out", "postgres://me@127.0.0.1:1/db"}, exitError, "postgres: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := jump(t, nil, tt.args...)
			if code != tt.code || !strings.Contains(stderr, tt.says) || strings.Contains(stdout+stderr, "secret") {
				t.Errorf("exit %d, want %d with %q; %s", code, tt.code, tt.says, fmt.Sprint(stdout, stderr))
			}
		})
	}
}
