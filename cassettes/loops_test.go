package cassettes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// loop reads lists as a user does who knows nothing of the tape, and returns their records as JSON, those of the lists below a
// record after a blank. The options are those of the list that the loop is about.
type loop func(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error)

// canonical returns the JSON of a record with its fields in the order of their names.
func canonical(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	text, err = json.Marshal(fields)
	return string(text), err
}

// read returns the records of a list as JSON, and those of the lists below each.
func read[T any](list iter.Seq2[*T, error], below ...func(*T) ([]string, error)) ([]string, error) {
	var all []string
	for v, err := range list {
		if err != nil {
			return all, err
		}
		text, err := canonical(v)
		if err != nil {
			return all, err
		}
		all = append(all, text)
		for _, f := range below {
			more, err := f(v)
			for _, text := range more {
				all = append(all, " "+text)
			}
			if err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func readUsers(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.SystemUsers.All(ctx, options...))
}

func readSystems(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Systems.All(ctx, options...))
}

func readApplications(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Applications.All(ctx, options...))
}

func readOrganizations(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Organizations.All(ctx, options...))
}

func readUserGroups(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.UserGroups.All(ctx, options...), func(g *client.UserGroup) ([]string, error) {
		return read(c.UserGroups.Members(ctx, g.ID))
	})
}

func readSystemGroups(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.SystemGroups.All(ctx, options...), func(g *client.SystemGroup) ([]string, error) {
		return read(c.SystemGroups.Members(ctx, g.ID))
	})
}

func readCommands(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Commands.All(ctx, options...), func(command *client.Command) ([]string, error) {
		return read(c.Commands.Results(ctx, command.ID))
	})
}

func readDevices(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.AppleMDMs.All(ctx, options...), func(m *client.AppleMDM) ([]string, error) {
		return read(c.AppleMDMs.Devices(ctx, m.ID))
	})
}

// readInOneList reads the direct edges to users and groups in one list, as a run does.
func readInOneList(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Applications.All(ctx, options...), func(a *client.Application) ([]string, error) {
		return read(c.Graph.AssociationsTo(ctx, client.Ref{ID: a.ID, Kind: client.KindApplication}, []client.Kind{client.KindUser, client.KindUserGroup}))
	})
}

// readGraph reads direct edges and what can be reached.
func readGraph(ctx context.Context, c *client.Client, options ...client.ListOption) ([]string, error) {
	return read(c.Applications.All(ctx, options...), func(a *client.Application) ([]string, error) {
		var all []string
		ref := client.Ref{ID: a.ID, Kind: client.KindApplication}
		for _, kind := range []client.Kind{client.KindUser, client.KindUserGroup} {
			for _, list := range []iter.Seq2[*client.Edge, error]{c.Graph.Associations(ctx, ref, kind), c.Graph.Reachable(ctx, ref, kind)} {
				more, err := read(list)
				if all = append(all, more...); err != nil {
					return all, err
				}
			}
		}
		return all, nil
	})
}

// loops are the lists that each tape is about, with some fields of their records.
var loops = []struct {
	tape   string
	read   loop
	id     string // the field that every answer holds; empty for a list that takes no fields
	fields []string
	sizes  []int // that may be asked for, with that of the recording first
}{
	{"applemdms", readDevices, "", []string{"name"}, []int{100}},
	{"applications", readApplications, "_id", []string{"name", "displayLabel"}, []int{100}},
	{"commands", readCommands, "_id", []string{"name", "launchType"}, []int{100}},
	{"demo", readApplications, "_id", []string{"displayLabel"}, []int{100}},
	{"demo", readDevices, "", []string{"name"}, []int{100}},
	{"demo", readInOneList, "_id", []string{"name", "color"}, []int{100}},
	{"demo", readOrganizations, "_id", []string{"displayName"}, []int{100}},
	{"demo", readSystems, "_id", []string{"hostname", "arch"}, []int{1000}},
	{"demo", readUserGroups, "id", []string{"name"}, []int{100}},
	{"demo", readUsers, "_id", []string{"username"}, []int{1000}},
	{"graph", readGraph, "_id", []string{"name"}, []int{100}},
	{"organizations", readOrganizations, "_id", []string{"displayName", "created"}, []int{100}},
	{"systemgroups", readSystemGroups, "id", []string{"name", "description"}, []int{100}},
	{"systems", readSystems, "_id", []string{"hostname", "os", "osVersionDetail"}, []int{10, 11, 100, 1000}},
	{"systemusers", readUsers, "_id", []string{"username", "email"}, []int{10, 25, 999}},
	{"usergroups", readUserGroups, "id", []string{"attributes"}, []int{100}},
}

// cut leaves only some fields of records, but not of those of the lists below.
func cut(t *testing.T, records []string, fields ...string) []string {
	t.Helper()
	var all []string
	for _, text := range records {
		if strings.HasPrefix(text, " ") {
			all = append(all, text)
			continue
		}
		var record map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			t.Fatal(err)
		}
		maps.DeleteFunc(record, func(name string, _ json.RawMessage) bool { return !slices.Contains(fields, name) })
		kept, err := canonical(record)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, kept)
	}
	return all
}

func TestEveryTape_AnswersAPlainLoopWithFieldsAndWithout(t *testing.T) {
	t.Parallel()
	looped := map[string]bool{}
	for i, l := range loops {
		looped[l.tape] = true
		tape := cassettes.Transport(l.tape)
		recorded, err := l.read(t.Context(), replaying(t, tape.Rewound()), client.Limit(l.sizes[0]))
		if err != nil || len(recorded) == 0 {
			t.Errorf("%s: a loop as it was recorded gave %d records, %v", l.tape, len(recorded), err)
			continue
		}
		some, ids := recorded, recorded
		if l.id != "" {
			some, ids = cut(t, recorded, append(l.fields, l.id)...), cut(t, recorded, l.id)
		}
		type listed struct {
			options []client.ListOption
			want    []string
		}
		cases := map[string]listed{"plain": {nil, recorded}, "fields": {[]client.ListOption{client.Fields(l.fields...)}, some}}
		if l.id != "" {
			cases["the id alone"] = listed{[]client.ListOption{client.Fields(l.id)}, ids}
		}
		for _, size := range l.sizes {
			cases[fmt.Sprint("pages of ", size)] = listed{[]client.ListOption{client.Limit(size)}, recorded}
			cases[fmt.Sprint("fields in pages of ", size)] = listed{[]client.ListOption{client.Limit(size), client.Fields(l.fields...)}, some}
		}
		for name, c := range cases {
			t.Run(fmt.Sprint(l.tape, " ", i, " ", name), func(t *testing.T) {
				t.Parallel()
				got, err := l.read(t.Context(), replaying(t, tape.Rewound()), c.options...)
				if err != nil {
					t.Fatalf("the loop ended after %d of %d records: %v", len(got), len(c.want), err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("the loop gave other records than were recorded (-recorded +got):\n%s", diff)
				}
			})
		}
	}
	for _, name := range cassettes.Names() {
		if !looped[name] {
			t.Errorf("no loop reads the tape %s", name)
		}
	}
}
