package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
)

// hush is in every secret of the organization that secretive makes.
const hush = "hush-hush-hush"

// secretive is the demonstration with a marker in every secret that an answer may hold, and in fields that nobody knows.
func secretive() *jumpcloudtest.Organization {
	o := jumpcloudtest.Demo()
	secret := map[string]any{"token": hush, "refreshToken": hush, "clientSecret": hush}
	put := func(list []jumpcloudtest.Object, fields ...string) {
		for _, v := range list {
			for _, f := range append(fields, "password", "secret", "token", "newSecretField") {
				v[f] = hush
			}
		}
	}
	put(o.SystemUsers, "totp_secret", "passwordHash")
	put(o.Administrators, "growthData", "totpSecret", "apiKey")
	put(o.Roles)
	put(o.ServiceAccounts, "clientSecret", "apiKey")
	put(o.AuthnPolicies)
	put(o.IPLists)
	put(o.Directories, "accessToken")
	put(o.ActiveDirectories)
	put(o.RADIUSServers, "sharedSecret")
	put([]jumpcloudtest.Object{o.Self}, "ldapPassword")
	for _, a := range o.Administrators {
		a["apiKeyHash"] = map[string]any{"prefix": hush, "createdAt": "2026-01-01T00:00:00Z", "expireAt": hush}
	}
	for _, a := range o.ServiceAccounts {
		a["authConfigList"] = []any{map[string]any{"clientSecretConfig": secret, "apiKeyConfig": hush}}
	}
	for _, d := range o.Directories {
		if state, ok := d["oAuthStatus"].(jumpcloudtest.Object); ok {
			state["token"], state["refreshToken"] = hush, secret
		}
	}
	for _, w := range o.Workdays {
		w["auth"] = jumpcloudtest.Object{"oauth": secret, "basic": map[string]any{"username": hush, "password": hush}}
	}
	return o
}

// noSecret fails where a text holds a secret.
func noSecret(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for _, s := range append(secrets, hush) {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("%s holds a secret: %q", where, text[max(0, i-150):min(len(text), i+50)])
		}
	}
}

// TestGovernance_WorksInEveryCommandAndNoSecretLeaves takes a result with the layer through all commands, in all forms, and
// looks for secrets in everything that they write.
func TestGovernance_WorksInEveryCommandAndNoSecretLeaves(t *testing.T) {
	t.Parallel()
	org := secretive()
	s := jumpcloudtest.NewServer(org)
	t.Cleanup(s.Close)
	j := newJupiterOne(t)
	env := map[string]string{
		"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000", "JUPITERONE_API_KEY": "sesame", "JUPITERONE_ACCOUNT": "acme",
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := jump(t, env, args...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, code, want, stdout, stderr)
		}
		noSecret(t, strings.Join(args, " "), stdout+stderr, s.Key, "sesame")
		return stdout, stderr
	}
	layers := []string{"--with", "governance,directory-users"}
	collect := func(args ...string) {
		t.Helper()
		run(exitOK, append(append([]string{"collect"}, layers...), args...)...)
	}
	collect("--plan")
	collect("--out", at("graph"), "--raw")
	collect("--out", at("graph.db"), "--raw")
	collect("--out", at("j1"), "--format", "j1", "--raw")
	collect("--out", at("plain.db"))
	for _, result := range []string{at("graph"), at("graph.db"), at("plain.db")} {
		run(exitOK, "validate", result)
	}
	run(exitOK, "convert", at("graph"), at("copy.db"))
	run(exitOK, "convert", at("graph.db"), at("copy"))
	run(exitOK, "diff", at("graph"), at("copy.db"), "--exit-code")
	run(exitOK, "diff", at("graph.db"), at("copy"), "--exit-code")
	for _, form := range []string{"text", "json", "csv", "markdown", "html", "junit", "sarif"} {
		run(exitFailed, "questions", "run", at("graph.db"), "--format", form)
	}
	for _, form := range []string{"svg", "dot", "mermaid"} {
		run(exitOK, "view", at("graph"), "--format", form)
		for _, list := range [][]jumpcloudtest.Object{org.Administrators, org.Roles, org.ServiceAccounts, org.AuthnPolicies, org.IPLists, org.Directories, org.RADIUSServers} {
			stdout, _ := run(exitOK, "view", at("graph.db"), "--format", form, "--focus", list[0].ID())
			if len(stdout) < 200 {
				t.Errorf("view --focus %s draws %q", list[0].ID(), stdout)
			}
		}
	}
	m, err := resultdir.Read(at("graph"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range jumpgraph.Collections() {
		for _, typ := range c.Types {
			stdout, _ := run(exitOK, "query", at("graph.db"), "SELECT count(*) AS n FROM "+typ)
			if n := strings.Fields(stdout); len(n) != 2 || n[1] != strconv.FormatInt(m.Entities[typ]+m.Relationships[typ], 10) {
				t.Errorf("the table %s has the rows %v, want %d", typ, n, m.Entities[typ]+m.Relationships[typ])
			}
		}
	}
	run(exitOK, "upload", at("graph"), "--scope", "test", "--api-url", j.URL, "--wait", "5s")
	uploaded := map[string]int64{}
	for _, objects := range j.objects {
		for _, o := range objects {
			uploaded[o["_type"].(string)]++
		}
		noSecret(t, "the upload", fmt.Sprint(objects), s.Key)
	}
	for _, c := range jumpgraph.Collections() {
		for _, typ := range c.Types {
			if n := m.Entities[typ] + m.Relationships[typ]; uploaded[typ] != n {
				t.Errorf("%d of %d %s were uploaded", uploaded[typ], n, typ)
			}
			if strings.Contains(j.final, `"`+typ+`"`) {
				t.Errorf("%s was uploaded as a part, though all of it was read", typ)
			}
		}
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		noSecret(t, path, string(b), s.Key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGovernance_WatchHandsOnWhatChangesInTheLayer: the layer is compared from the first run that has it on, and what a run does
// not read of it is no deletion.
func TestGovernance_WatchHandsOnWhatChangesInTheLayer(t *testing.T) {
	t.Parallel()
	org := secretive()
	s := jumpcloudtest.NewServer(org)
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	out := filepath.Join(t.TempDir(), "history")
	run := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := jump(t, env, append([]string{"watch", "--out", out, "--every", "DISABLED", "--quiet"}, args...)...)
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		noSecret(t, "watch", stdout+stderr, s.Key)
		return stdout
	}
	if stdout := run() + run("--with", "governance"); stdout != "" {
		t.Errorf("a layer that is read for the first time is no change:\n%.500s", stdout)
	}
	s.Change(func([]*jumpcloudtest.Organization) { org.Administrators[1]["enableMultiFactor"] = true })
	if stdout := run("--with", "governance"); strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, `"isMfaEnabled"`) {
		t.Errorf("an administrator changed, but\n%s", stdout)
	}
	s.Inject(jumpcloudtest.Fault{Path: "/api/users", Status: 403})
	if stdout := run("--with", "governance") + run(); stdout != "" {
		t.Errorf("what was not read is no change:\n%s", stdout)
	}
	s.Heal()
	s.Change(func([]*jumpcloudtest.Organization) { org.Administrators[1]["suspended"] = true })
	if stdout := run("--with", "governance"); strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, `"suspended"`) {
		t.Errorf("an administrator changed since the last run that read them, but\n%s", stdout)
	}
}

// TestGovernance_UploadWithoutTheLayerDeletesNothingOfIt: what was not read must stay in JupiterOne.
func TestGovernance_UploadWithoutTheLayerDeletesNothingOfIt(t *testing.T) {
	t.Parallel()
	j := newJupiterOne(t)
	env := map[string]string{"JUPITERONE_API_KEY": "sesame", "JUPITERONE_ACCOUNT": "acme"}
	if code, _, stderr := jump(t, env, "upload", database(t), "--scope", "test", "--api-url", j.URL, "--wait", "5s"); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, c := range jumpgraph.Collections() {
		for _, typ := range c.Types {
			if part := strings.Contains(j.final, `"`+typ+`"`); part != (c.Layer != "core") {
				t.Errorf("%s of the layer %s is partial: %v", typ, c.Layer, part)
			}
		}
	}
}

// TestDiff_NamesALayerThatWasNotChosenInOneLine: 33 lines that say the same would hide the others.
func TestDiff_NamesALayerThatWasNotChosenInOneLine(t *testing.T) {
	t.Parallel()
	more := filepath.Join(t.TempDir(), "more.db")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--with", "governance", "--out", more); code != exitOK {
		t.Fatal(stderr)
	}
	code, stdout, stderr := jump(t, nil, "diff", database(t), more, "--exit-code", "--format", "markdown")
	if code != exitIncomplete || !strings.HasPrefix(stderr, "not compared: types of the layer governance (33): ") || strings.Contains(stderr, "\nnot compared: ") || strings.Count(stdout, "- types of the layer governance (33): ") != 1 {
		t.Errorf("exit %d, want %d and one line:\n%s%s", code, exitIncomplete, stdout, stderr)
	}
}

// TestQuestions_OfTheLibraryAreTaggedByLayer keeps the tag of a layer on the questions about it.
func TestQuestions_OfTheLibraryAreTaggedByLayer(t *testing.T) {
	t.Parallel()
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		about := false
		for _, c := range jumpgraph.Collections() {
			for _, typ := range c.Types {
				about = about || c.Layer != "core" && slices.Contains(strings.FieldsFunc(q.SQL, func(r rune) bool { return strings.ContainsRune(" \n\t().,", r) }), typ)
			}
		}
		if about != slices.Contains(q.Tags, "governance") {
			t.Errorf("%s: tags %v; about a layer: %v", q.ID, q.Tags, about)
		}
	}
}
