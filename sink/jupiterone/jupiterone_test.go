package jupiterone_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// hand hands a recorded run to a sink.
func hand(t *testing.T, r *sinktest.Recording, s jumpgraph.Sink) *jumpgraph.Manifest {
	t.Helper()
	if err := r.Write(t.Context(), s, -1); err != nil {
		t.Fatal(err)
	}
	m := r.Manifest()
	if err := s.Commit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// collect collects organizations into a sink, with one route that answers otherwise.
func collect(t *testing.T, s jumpgraph.Sink, fault jumpcloudtest.Fault, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) (*jumpgraph.Manifest, error) {
	t.Helper()
	return collectWith(t.Context(), t, s, fault, orgs, options...)
}

func collectWith(ctx context.Context, t *testing.T, s jumpgraph.Sink, fault jumpcloudtest.Fault, orgs []*jumpcloudtest.Organization, options ...jumpgraph.Option) (*jumpgraph.Manifest, error) {
	t.Helper()
	server := jumpcloudtest.NewServer(orgs...)
	defer server.Close()
	server.Inject(fault)
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return jumpgraph.Collect(ctx, c, s, options...)
}

var demoOnce struct {
	sync.Once

	run *sinktest.Recording
}

// demoRun is a run of the demonstration, the same for all tests.
func demoRun(t *testing.T) *sinktest.Recording {
	t.Helper()
	demoOnce.Do(func() { demoOnce.run = sinktest.Record(t, jumpcloudtest.Demo()) })
	if demoOnce.run == nil {
		t.Fatal("the demonstration could not be collected")
	}
	return demoOnce.run
}

// none concerns no request.
var none = jumpcloudtest.Fault{Path: "/none"}

func demo() []*jumpcloudtest.Organization {
	return []*jumpcloudtest.Organization{jumpcloudtest.Demo()}
}

// second makes another organization of a user per e-mail address.
func second(addresses ...string) *jumpcloudtest.Organization {
	o := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: len(addresses)})
	id := "60000000000000000000000b"
	o.Self["_id"], o.Self["id"] = id, id
	for i, u := range o.SystemUsers {
		u["_id"], u["id"] = fmt.Sprintf("%s%02d", id[:22], i), fmt.Sprintf("%s%02d", id[:22], i)
		u["organization"], u["email"] = id, addresses[i]
		u["samba_service_user"], u["employeeType"] = false, ""
	}
	return o
}

// objects reads all objects in a directory, by key.
func objects(t *testing.T, dir string) map[string]json.RawMessage {
	t.Helper()
	all := map[string]json.RawMessage{}
	for name := range files(t, filepath.Join(dir, "graph")) {
		var parts map[string][]json.RawMessage
		read(t, filepath.Join(dir, "graph", name), &parts)
		for _, list := range parts {
			for _, o := range list {
				var head struct {
					Key string `json:"_key"`
				}
				if err := json.Unmarshal(o, &head); err != nil || all[head.Key] != nil {
					t.Fatalf("%s: the key %q, %v", name, head.Key, err)
				}
				all[head.Key] = o
			}
		}
	}
	return all
}

// files returns what the files in a directory hold, by name; a symlink holds where it leads.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if e.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(name)
			all[filepath.ToSlash(rel)] = "-> " + filepath.ToSlash(to)
			return err
		}
		b, err := os.ReadFile(name)
		all[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWithTag_ValuesHaveJupiterOnesTypes(t *testing.T) {
	t.Parallel()
	want := map[string]any{}
	var options []jupiterone.Option
	for i, tt := range []struct {
		text  string
		value any
	}{
		{"true", true},
		{"FALSE", false},
		{"42", 42.0},
		{"007", 7.0},
		{"0", 0.0},
		{"1.50", 1.5},
		{"-1", "-1"},
		{"1.", "1."},
		{"1e3", "1e3"},
		{"yes", "yes"},
		{" 1", " 1"},
		{`<"a&b">`, `<"a&b">`},
		{"9007199254740991", 9007199254740991.0},
		{"9007199254740993", "9007199254740993"},
		{"99999999999999999999.5", "99999999999999999999.5"},
		{strings.Repeat("9", 400), strings.Repeat("9", 400)},
	} {
		name := fmt.Sprintf("Tag No. %d-a", i)
		want["tag."+name] = tt.value
		options = append(options, jupiterone.WithTag(name, tt.text))
	}
	options = append(options, jupiterone.WithTag("AccountName", "old"), jupiterone.WithTag("AccountName", "new"))
	want["tag.AccountName"] = "new"
	dir := filepath.Join(t.TempDir(), "graph")
	hand(t, demoRun(t), jupiterone.NewDirectory(dir, options...))
	tagged := 0
	for key, text := range objects(t, dir) {
		var o map[string]any
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		got := maps.Clone(o)
		maps.DeleteFunc(got, func(name string, _ any) bool { return !strings.HasPrefix(name, "tag.") })
		if _, edge := o["_fromEntityKey"]; edge {
			if len(got) > 0 {
				t.Errorf("the relationship %s has tags", key)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("tags of %s (-want +got):\n%s", key, diff)
		}
		tagged++
	}
	if tagged == 0 {
		t.Error("there are no entities")
	}
}

func TestWithTag_WhatJupiterOneRefusesIsAUsageErrorBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for _, tag := range [][2]string{{"a_b", "x"}, {"a:b", "x"}, {"", "x"}, {"ä", "x"}, {"a\n", "x"}, {"a", ""}, {"a", "  "}} {
		dir := filepath.Join(t.TempDir(), "graph")
		option := jupiterone.WithTag(tag[0], tag[1])
		for _, s := range []jumpgraph.Sink{jupiterone.NewDirectory(dir, option), jupiterone.NewUpload(f.api("x"), option)} {
			if err := s.Begin(t.Context(), jumpgraph.Run{}); !errors.Is(err, jumpgraph.ErrUsage) {
				t.Errorf("the tag %q = %q gives %v, want a usage error", tag[0], tag[1], err)
			}
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a directory was made")
		}
	}
	if n := f.routes(); len(n) > 0 {
		t.Errorf("requests were sent: %v", n)
	}
}

// TestSinks_WhatIsHandedOnPassesItsSchema proves it for all types, with tags and raw data, and that both sinks hand on the same.
func TestSinks_WhatIsHandedOnPassesItsSchema(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	dir := filepath.Join(t.TempDir(), "graph")
	run := sinktest.Record(t, jumpcloudtest.Demo(), jumpgraph.WithRaw(), jumpgraph.WithLayers(jumpgraph.DirectoryUsers))
	options := []jupiterone.Option{jupiterone.WithTag("Production", "True"), jupiterone.WithTag("AccountName", "<Acme> & Söhne"), jupiterone.WithEmployees()}
	hand(t, run, jupiterone.NewDirectory(dir, options...))
	hand(t, run, jupiterone.NewUpload(f.api("x"), options...))
	seen := map[string]int{}
	uploaded := f.only(t).objects
	for key, text := range objects(t, dir) {
		var o map[string]any
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, uploaded[key]); diff != "" {
			t.Errorf("%s (-directory +upload):\n%s", key, diff)
		}
		typ := o["_type"].(string)
		seen[typ]++
		if typ == "mapping_source_is_employee" {
			continue // no type of the data model
		}
		if err := schemas.ValidateJSON(typ, text); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, typ := range append(schemas.Types(), "mapping_source_is_employee") {
		if seen[typ] == 0 {
			t.Errorf("no %s was handed on", typ)
		}
	}
	if n := len(objects(t, dir)); len(uploaded) != n {
		t.Errorf("%d objects were uploaded, %d written", len(uploaded), n)
	}
}

func TestWithEmployees_UsersOfAllOrganizationsAreThePeopleWithTheirAddress(t *testing.T) {
	t.Parallel()
	first := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 5})
	for i, u := range first.SystemUsers {
		u["email"] = fmt.Sprintf("User%d@Example.com", i)
		u["samba_service_user"], u["employeeType"] = false, ""
	}
	first.SystemUsers[1]["employeeType"] = "Service"
	first.SystemUsers[2]["employeeType"] = "BOT"
	first.SystemUsers[3]["samba_service_user"] = true
	orgs := []*jumpcloudtest.Organization{first, second("USER0@example.COM", "other@example.com")}
	dir := filepath.Join(t.TempDir(), "graph")
	f := newFake(t)
	for _, s := range []jumpgraph.Sink{jupiterone.NewDirectory(dir, jupiterone.WithEmployees()), jupiterone.NewUpload(f.api("x"), jupiterone.WithEmployees())} {
		if _, err := collect(t, s, none, orgs, jumpgraph.AllOrgs()); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	for key, text := range objects(t, dir) {
		var edge relationships.Mapped
		if !strings.Contains(string(text), `"mapping_source_is_employee"`) {
			continue
		}
		if err := json.Unmarshal(text, &edge); err != nil {
			t.Fatal(err)
		}
		got[edge.Mapping.TargetEntity.Email]++
		if f.only(t).objects[key] == nil {
			t.Errorf("%s was not uploaded", key)
		}
	}
	want := map[string]int{"user0@example.com": 2, "user4@example.com": 1, "other@example.com": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edges by address (-want +got):\n%s", diff)
	}
	if steps := summaryOf(t, dir).step("fetch-users"); steps.Counts["mapping_source_is_employee"] != 4 || !slices.Contains(steps.Declared, "mapping_source_is_employee") {
		t.Errorf("the step of the users counts %v of %v", steps.Counts, steps.Declared)
	}
}

func TestWithEmployees_TheTypeIsThatOfTheEdges(t *testing.T) {
	t.Parallel()
	edge, ok := relationships.UserIsEmployee(&entities.User{Email: "a@example.com"})
	if !ok || edge.Type != "mapping_source_is_employee" {
		t.Errorf("the edges have the type %q", edge.Type)
	}
}

func TestAPI_PrintsWithoutTheKey(t *testing.T) {
	t.Parallel()
	api := jupiterone.API{Key: testKey, Account: testAccount, Scope: "x"}
	sink := jupiterone.NewUpload(api)
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{api, &api, sink} {
			if text := fmt.Sprintf(form, v); strings.Contains(text, testKey) {
				t.Errorf("%s of %T shows the key", form, v)
			}
		}
	}
}
