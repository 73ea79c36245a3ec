package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

const commandID = "5f0000000000000000000c01"

// script is a command that JumpCloud takes.
func script() *client.Command {
	return &client.Command{Name: "disk", Command: "df -h", CommandType: client.CommandLinux, User: client.RootUser}
}

func TestCommands_CreateRefusesWhatWouldNotRun(t *testing.T) {
	t.Parallel()
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was sent", r.Method, r.URL.Path) })
	for name, tt := range map[string]struct {
		change func(*client.Command)
		says   string
	}{
		"no name":              {func(c *client.Command) { c.Name = "" }, "name is empty"},
		"no script":            {func(c *client.Command) { c.Command = " \n" }, "script is empty"},
		"no type":              {func(c *client.Command) { c.CommandType = "" }, "linux, mac or windows"},
		"type in capitals":     {func(c *client.Command) { c.CommandType = "Linux" }, "linux, mac or windows"},
		"linux without user":   {func(c *client.Command) { c.User = "" }, "needs the id of the user"},
		"mac without user":     {func(c *client.Command) { c.CommandType, c.User = client.CommandMac, "root" }, "needs the id of the user"},
		"windows, no shell":    {func(c *client.Command) { c.CommandType = client.CommandWindows }, "needs a shell"},
		"windows with bash":    {func(c *client.Command) { c.CommandType, c.Shell = client.CommandWindows, "bash" }, "needs a shell"},
		"trigger without name": {func(c *client.Command) { c.LaunchType = client.LaunchTrigger }, "trigger's name"},
		"no schedule":          {func(c *client.Command) { c.LaunchType = client.LaunchRepeated }, "needs a schedule"},
		"unknown launch":       {func(c *client.Command) { c.LaunchType = "soon" }, "unknown launch type"},
		"timeout of two days":  {func(c *client.Command) { c.Timeout = client.Seconds{V: 172800, OK: true} }, "86400 seconds"},
		"negative wait":        {func(c *client.Command) { c.TimeToLiveSeconds = client.Int{V: -1, OK: true} }, "not be negative"},
	} {
		command := script()
		tt.change(command)
		if _, err := c.Commands.Create(t.Context(), command); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tt.says)
		}
	}
}

func TestCommands_CreateSendsWhatTheAPIWants(t *testing.T) {
	t.Parallel()
	var sent map[string]any
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"_id":"`+commandID+`","name":"disk","timeout":"90"}`)
	})
	command := script()
	command.ID, command.Organization, command.Systems = "mine", "mine", client.List[string]{"x"}
	command.Timeout, command.Sudo = client.Seconds{V: 90, OK: true}, client.Bool{OK: true}
	stored, err := c.Commands.Create(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "disk", "command": "df -h", "commandType": "linux", "user": client.RootUser, "timeout": "90", "sudo": false}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if stored.ID != commandID || stored.Timeout.V != 90 {
		t.Errorf("stored %+v", stored)
	}
}

func TestCommands_UpdateSendsBackWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	var sent map[string]any
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, `{"_id":"x"}`)
			return
		}
		_, _ = io.WriteString(w, `{"_id":"x","id":"x","organization":"o","commandRunners":[],"systems":[],"name":"disk","command":"df","commandType":"linux",
			"user":"`+client.RootUser+`","schedule":"","trigger":"","timeout":"120","files":[],"brandNew":{"a":[1]},"sudo":true,"template":null}`)
	})
	if _, err := c.Commands.Update(t.Context(), commandID, func(c *client.Command) error {
		c.Name, c.Timeout, c.Sudo = "disks", client.Seconds{}, client.Bool{OK: true}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": "disks", "command": "df", "commandType": "linux", "user": client.RootUser, "trigger": "", "files": []any{},
		"brandNew": map[string]any{"a": []any{1.0}}, "sudo": false, "template": nil,
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("written back (-want +got):\n%s", diff)
	}
	sent = nil
	boom := errors.New("changed my mind")
	if _, err := c.Commands.Update(t.Context(), commandID, func(*client.Command) error { return boom }); !errors.Is(err, boom) || sent != nil {
		t.Errorf("got %v and sent %v, want nothing sent", err, sent)
	}
}

func TestCommands_TriggerAndRunAreNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 503} {
		n := 0
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(status) })
		if _, err := c.Commands.Trigger(t.Context(), "deploy", nil); err == nil || n != 1 {
			t.Errorf("trigger answered with %d: %v after %d requests, want an error after one", status, err, n)
		}
		if _, err := c.Commands.Run(t.Context(), commandID); err == nil || n != 2 {
			t.Errorf("run answered with %d: %v after %d requests, want an error after one", status, err, n-1)
		}
		if _, err := c.Commands.Create(t.Context(), script()); err == nil || n != 3 {
			t.Errorf("create answered with %d: %v after %d requests, want an error after one", status, err, n-2)
		}
	}
}

func TestCommands_TriggerWithoutAMatch(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"triggered":[]}`, `{"triggered":null}`, `{}`} {
		c := serve(t, answer(200, body))
		if _, err := c.Commands.Trigger(t.Context(), "deploy", nil); !errors.Is(err, client.ErrNoMatch) || !strings.Contains(err.Error(), "deploy") {
			t.Errorf("%q gave %v, want ErrNoMatch that names the trigger", body, err)
		}
	}
	// Nobody knows what an answer without content means: saying that nothing was started would make callers start it twice.
	for _, body := range []string{``, ` `, `null`} {
		c := serve(t, answer(200, body))
		if _, err := c.Commands.Trigger(t.Context(), "deploy", nil); err == nil || errors.Is(err, client.ErrNoMatch) || !strings.Contains(err.Error(), "may have been carried out") {
			t.Errorf("trigger answered with %q: %v, want an error that says that it may have been carried out", body, err)
		}
		if _, err := c.Commands.Run(t.Context(), commandID); err == nil || !strings.Contains(err.Error(), "may have been carried out") {
			t.Errorf("run answered with %q: %v, want an error that says that it may have been carried out", body, err)
		}
		if n := c.Stats().Requests; n != 2 {
			t.Errorf("%d requests, want each once", n)
		}
	}
	if _, err := serve(t, answer(404, ``)).Commands.Trigger(t.Context(), "deploy", nil); !errors.Is(err, client.ErrNoMatch) {
		t.Errorf("404 gave %v, want ErrNoMatch", err)
	}
}

func TestCommands_TriggerAnswersAsNamesOrAsObjects(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"triggered":["disks","users"]}`:                         {"disks", "users"},
		`{"triggered":[{"name":"disks"},{"name":"users"}]}`:       {"disks", "users"},
		`{"triggered":[{"_id":"1","name":"disks"},null,"users"]}`: {"disks", "users"},
		`{"triggered":[{"commandName":"disks"}]}`:                 {"disks"},
		`{"triggered":[{"_id":"1"}]}`:                             {"1"},
		`{"triggered":[{"name":null,"id":"1"}]}`:                  {"1"},
		`{"triggered":"disks"}`:                                   {"disks"},
		`{"triggered":{"name":"disks"}}`:                          {"disks"},
		`{"triggered":[5]}`:                                       {"5"},
		`{"more":{},"triggered":["disks"],"total":1}`:             {"disks"},
	} {
		got, err := serve(t, answer(200, body)).Commands.Trigger(t.Context(), "deploy", nil)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gave %q and %v, want %q", body, got, err, want)
		}
	}
}

func TestCommands_ResultsWithAndWithoutEnvelope(t *testing.T) {
	t.Parallel()
	const rows = `{"_id":"a","exitCode":0},{"_id":"b","exitCode":1}`
	for name, tt := range map[string]struct {
		body, total string
		want        int
		requests    int64
	}{
		"bare":                       {`[` + rows + `]`, "2", 2, 1},
		"bare without a total":       {`[` + rows + `]`, "", 2, 2},
		"bare and empty":             {`[]`, "", 0, 1},
		"in an envelope":             {`{"results":[` + rows + `],"totalCount":2}`, "", 2, 1},
		"total first":                {`{"totalCount":2,"results":[` + rows + `]}`, "", 2, 1},
		"total as text":              {`{"totalCount":"2","results":[` + rows + `]}`, "", 2, 1},
		"total in the header":        {`{"results":[` + rows + `]}`, "2", 2, 1},
		"envelope without a total":   {`{"results":[` + rows + `]}`, "", 2, 2},
		"total null":                 {`{"results":[` + rows + `],"totalCount":null}`, "", 2, 2},
		"envelope and empty":         {`{"results":[],"totalCount":0}`, "", 0, 1},
		"empty without a total":      {`{"results":[]}`, "", 0, 1},
		"null where the total is 0":  {`{"results":null,"totalCount":0}`, "", 0, 1},
		"null and 0 in the header":   {`null`, "0", 0, 1},
		"other fields beside it all": {`{"a":[1],"results":[` + rows + `],"b":{},"totalCount":2}`, "", 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if tt.total != "" {
					w.Header().Set("X-Total-Count", tt.total)
				}
				if skip := r.URL.Query().Get("skip"); skip != "0" { // the list overlaps by one
					_, _ = io.WriteString(w, strings.Replace(tt.body, rows, `{"_id":"b","exitCode":1}`, 1))
					return
				}
				_, _ = io.WriteString(w, tt.body)
			})
			n, err := count(c.Commands.Results(t.Context(), commandID))
			if err != nil || n != tt.want || c.Stats().Requests != tt.requests {
				t.Errorf("%d results and %v after %d requests, want %d after %d", n, err, c.Stats().Requests, tt.want, tt.requests)
			}
		})
	}
	// Lists of others keep their form: an object where an array belongs is no list.
	if _, err := count(serve(t, answer(200, `{"results":[]}`)).UserGroups.All(t.Context())); err == nil {
		t.Error("a list of API v2 in an envelope was taken")
	}
}

func TestCommands_TriggerSendsVariablesAndEscapesTheName(t *testing.T) {
	t.Parallel()
	var path, sent string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		path, sent = r.URL.EscapedPath(), string(b)
		_, _ = io.WriteString(w, `{"triggered":["Deploy the site"]}`)
	})
	names, err := c.Commands.Trigger(t.Context(), "deploy/all now", map[string]any{"host": "a b", "n": 5})
	if err != nil || fmt.Sprint(names) != "[Deploy the site]" {
		t.Errorf("got %v, %v", names, err)
	}
	if path != "/api/command/trigger/deploy%2Fall%20now" || sent != `{"host":"a b","n":5}` {
		t.Errorf("sent %s to %s", sent, path)
	}
	if _, err := c.Commands.Trigger(t.Context(), "deploy", nil); err != nil || sent != "" {
		t.Errorf("without variables %q was sent, %v", sent, err)
	}
}

func TestCommands_AssociateIsIdempotentAndSaysWhatBecameOfEach(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	bodies := map[string]string{}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var o struct {
			Op   string `json:"op"`
			Type string `json:"type"`
			ID   string `json:"id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			t.Error(err)
		}
		mu.Lock()
		bodies[o.ID] = o.Op + " " + o.Type
		mu.Unlock()
		switch o.ID {
		case "there":
			w.WriteHeader(map[string]int{"add": 409, "remove": 404}[o.Op])
		case "mine":
			w.WriteHeader(403)
		default:
			w.WriteHeader(204)
		}
	})
	targets := []client.Ref{{ID: "new", Kind: client.KindSystem}, {ID: "there", Kind: client.KindSystemGroup}, {ID: "mine", Kind: client.KindSystem}, {ID: "u", Kind: client.KindUser}, {Kind: client.KindSystem}}
	for op, do := range map[string]func() ([]client.TargetResult, error){
		"add": func() ([]client.TargetResult, error) { return c.Commands.Associate(t.Context(), commandID, targets...) },
		"remove": func() ([]client.TargetResult, error) {
			return c.Commands.Dissociate(t.Context(), commandID, targets...)
		},
	} {
		results, err := do()
		if !errors.Is(err, client.ErrForbidden) || !strings.Contains(err.Error(), "cannot be associated with a user") {
			t.Errorf("%s: the error %v should join those of the failed targets", op, err)
		}
		got := make([]string, 0, len(results))
		for _, r := range results {
			got = append(got, fmt.Sprint(r.Target.ID, " ", r.Changed, " ", r.Err != nil))
		}
		want := []string{"new true false", "there false false", "mine false true", "u false true", " false true"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: results (-want +got):\n%s", op, diff)
		}
		if bodies["new"] != op+" system" || bodies["there"] != op+" system_group" {
			t.Errorf("%s: sent %v", op, bodies)
		}
	}
}

func TestCommands_WaitUntilAllSystemsHaveEnded(t *testing.T) {
	t.Parallel()
	looks := 0
	h := func(w http.ResponseWriter, _ *http.Request) {
		looks++
		ended := "null"
		if looks > 4 { // a look takes two requests: results have no total
			ended = `"2026-01-02T03:05:00Z"`
		}
		fmt.Fprintf(w, `[{"_id":"old","requestTime":"2026-01-01T00:00:00Z","responseTime":"2026-01-01T00:00:05Z"},
			{"_id":"a","systemId":"s1","requestTime":"2026-01-02T03:04:05Z","responseTime":"2026-01-02T03:04:09Z","response":{"data":{"exitCode":0,"output":"ok"}}},
			{"_id":"b","systemId":"s2","requestTime":"2026-01-02T03:04:05Z","responseTime":%s,"exitCode":2}]`, ended)
	}
	synced(t, h, func(t *testing.T, c *client.Client) {
		since := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
		start := time.Now()
		results, err := c.Commands.Wait(t.Context(), client.WaitFor{CommandID: commandID, Since: since, Systems: 2})
		if err != nil || len(results) != 2 || results[0].Exit().V != 0 || results[1].Exit().V != 2 || !results[0].Exit().OK {
			t.Errorf("got %+v, %v; want the two results of today", results, err)
		}
		if took := time.Since(start); took != 10*time.Second || looks != 6 {
			t.Errorf("%d requests in %v, want 3 looks of two each in 10s", looks, took)
		}
	})
}

func TestGraph_KnowsWhatMayBeJoined(t *testing.T) {
	t.Parallel()
	var paths []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.Path)
		_, _ = io.WriteString(w, `[]`)
	})
	ctx := t.Context()
	user, group := client.Ref{ID: "u", Kind: client.KindUser}, client.Ref{ID: "g", Kind: client.KindUserGroup}
	if _, err := c.Graph.Associate(ctx, user, client.Ref{ID: "s", Kind: client.KindSystem}, client.WithAttributes(json.RawMessage(`{"sudo":{"enabled":true}}`))); err != nil {
		t.Error(err)
	}
	for _, err := range c.Graph.Associations(ctx, group, client.KindOffice365) {
		t.Errorf("an empty list gave %v", err)
	}
	for _, err := range c.Graph.Reachable(ctx, client.Ref{ID: "s", Kind: client.KindSystem}, client.KindCommand) {
		t.Errorf("an empty list gave %v", err)
	}
	want := []string{"POST /api/v2/users/u/associations", "GET /api/v2/usergroups/g/associations", "GET /api/v2/systems/s/commands"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	paths = nil
	if _, err := c.Graph.Associate(ctx, user, group); err == nil || !strings.Contains(err.Error(), "cannot be associated") {
		t.Errorf("a user and a group: got %v; membership is no association", err)
	}
	if _, err := c.Graph.Dissociate(ctx, client.Ref{ID: "x", Kind: "printer"}, user); err == nil {
		t.Error("a kind that is not there was taken")
	}
	for _, err := range c.Graph.Reachable(ctx, user, client.KindUser) {
		if err == nil || !strings.Contains(err.Error(), "there are lists of") {
			t.Errorf("users of a user: got %v, want an error that says which lists there are", err)
		}
	}
	if len(paths) > 0 {
		t.Errorf("requests were sent: %v", paths)
	}
}
