package cassettes_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dnaeon/go-vcr/v2/cassette"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// ask sends a request, written as METHOD PATH [BODY], and returns the status and the text of the answer.
func ask(t *testing.T, tape *cassettes.Replay, request string) (int, string, error) {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, "https://any.example"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := tape.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	if int(res.ContentLength) != len(text) {
		t.Errorf("%s: the length says %d, the answer has %d bytes", request, res.ContentLength, len(text))
	}
	return res.StatusCode, string(text), nil
}

// answered is a recorded request with its answer. A request without a method is a GET.
type answered struct {
	request, body, total, answer string
	status                       int
}

// tapeOf makes a tape.
func tapeOf(t *testing.T, recorded ...answered) *cassettes.Replay {
	t.Helper()
	var b strings.Builder
	b.WriteString("version: 1\ninteractions:\n")
	for _, a := range recorded {
		method := http.MethodGet
		if a.body != "" {
			method = http.MethodPost
		}
		fmt.Fprintf(&b, "- request:\n    method: %s\n    url: %q\n    body: %q\n  response:\n    code: %d\n    body: %q\n", method,
			"https://console.jumpcloud.com"+a.request, a.body, cmp.Or(a.status, 200), a.answer)
		if a.total != "" {
			fmt.Fprintf(&b, "    headers: {X-Total-Count: [%q]}\n", a.total)
		}
	}
	tape, err := cassettes.Of("made", b.String())
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

const (
	v1Page = `{"results":[{"_id":"1","a":1,"b":"<x>"},null,{"_id":"2","a":2}],"totalCount":9}`
	v2Page = `[{"id":"1","a":1,"b":2},{"id":"2","b":1e400}]`
)

func TestTransport_MatchesWhatARequestMeans(t *testing.T) {
	t.Parallel()
	v1 := answered{request: "/api/systemusers?limit=3&skip=0&sort=_id", answer: v1Page}
	v2 := answered{request: "/api/v2/usergroups?limit=2&skip=0&sort=name", answer: v2Page, total: "9"}
	search := answered{request: "/api/search/systems?limit=3&skip=0", body: `{"filter":["a:$eq:1"],"limit":3,"skip":0,"sort":"_id"}`, answer: v1Page}
	some := answered{request: "/api/v2/usergroups?fields=id,a,b&limit=2&skip=0", answer: v2Page, total: "9"}
	for name, c := range map[string]struct {
		tape       answered
		ask, gives string
	}{
		"another order of the query": {v1, "GET /api/systemusers?sort=_id&skip=0&limit=3", v1Page},
		"no skip":                    {v1, "GET /api/systemusers?sort=_id&limit=3", v1Page},
		"parameters without value":   {v1, "GET /api/systemusers?sort=_id&limit=3&skip=&filter=&fields=", v1Page},
		"a larger page":              {v1, "GET /api/systemusers?sort=_id&limit=100&skip=0", v1Page},
		"fields of v1":               {v1, "GET /api/systemusers?sort=_id&limit=3&skip=0&fields=b+a", `{"results":[{"_id":"1","a":1,"b":"<x>"},null,{"_id":"2","a":2}],"totalCount":9}`},
		"one field of v1":            {v1, "GET /api/systemusers?sort=_id&limit=3&skip=0&fields=b+b", `{"results":[{"_id":"1","b":"<x>"},null,{"_id":"2"}],"totalCount":9}`},
		"a field that is unknown":    {v1, "GET /api/systemusers?sort=_id&limit=3&skip=0&fields=z", `{"results":[{"_id":"1"},null,{"_id":"2"}],"totalCount":9}`},
		"v1 ignores commas":          {v1, "GET /api/systemusers?sort=_id&limit=3&skip=0&fields=a,b", v1Page},
		"fields of v2":               {v2, "GET /api/v2/usergroups?limit=2&skip=0&sort=name&fields=b", `[{"b":2,"id":"1"},{"b":1e400,"id":"2"}]`},
		"fewer of some fields":       {some, "GET /api/v2/usergroups?limit=2&skip=0&fields=a", `[{"a":1,"id":"1"},{"id":"2"}]`},
		"some fields in other order": {some, "GET /api/v2/usergroups?limit=2&skip=0&fields=b,a", v2Page},
		"another order of the body":  {search, `POST /api/search/systems {"sort":"_id", "skip":0, "limit":3, "filter":["a:$eq:1"], "fields":null}`, v1Page},
		"a search without a query":   {search, `POST /api/search/systems {"sort":"_id","limit":1000,"filter":["a:$eq:1"]}`, v1Page},
		"fields of a search":         {search, `POST /api/search/systems?limit=3&skip=0 {"fields":"a","filter":["a:$eq:1"],"limit":3,"skip":0,"sort":"_id"}`, `{"results":[{"_id":"1","a":1},null,{"_id":"2","a":2}],"totalCount":9}`},
		"a write":                    {answered{request: "/api/runCommand", body: `{"a":1,"b":[2]}`, answer: "{}"}, `POST /api/runCommand {"b": [2], "a": 1}`, "{}"},
		"a list without a total":     {answered{request: "/api/commands/1/results?limit=2&skip=0", answer: v2Page}, "GET /api/commands/1/results?limit=100&skip=0", v2Page},
		"edges to the end":           {answered{request: "/api/v2/usergroups/1/members?limit=2&skip=0", answer: v2Page, total: "2"}, "GET /api/v2/usergroups/1/members?limit=100&skip=0", v2Page},
		"edges of the same size":     {answered{request: "/api/v2/usergroups/1/members?limit=2&skip=0", answer: v2Page, total: "9"}, "GET /api/v2/usergroups/1/members?skip=0&limit=2", v2Page},
		"an error of a list":         {answered{request: "/api/systems?limit=2&skip=0", answer: `{"message":"no"}`, status: 403}, "GET /api/systems?limit=100&skip=0&fields=a", `{"message":"no"}`},
		"an empty list":              {answered{request: "/api/v2/usergroups?limit=2&skip=0", answer: "", total: "0"}, "GET /api/v2/usergroups?limit=2&fields=a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tape := tapeOf(t, c.tape)
			status, got, err := ask(t, tape, c.ask)
			if err != nil {
				t.Fatalf("%s was not answered from %s: %v", c.ask, c.tape.request, err)
			}
			if got != c.gives || status != cmp.Or(c.tape.status, 200) {
				t.Errorf("%s gave %d and\n%s, want\n%s", c.ask, status, got, c.gives)
			}
			if left := tape.Unused(); len(left) > 0 {
				t.Errorf("the answer was given and still counts as unused: %q", left)
			}
		})
	}
}

func TestTransport_RefusesWhatItDoesNotHoldAndSaysWhatItHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tape, ask string
		says      []string
	}{
		{"systemusers", "GET /api/systemusers/65a0", []string{"of GET /api/systemusers/{id} the tape holds /api/systemusers/63ff1bb25eed000000000002, /api/systemusers/63ff73795eed000000000019", "ask for one of these"}},
		{"systemusers", "GET /api/systems/65a0", []string{"the tape holds GET /api/systemusers/{id}, POST /api/search/systemusers", "use another tape (applemdms, ", "package jumpcloudtest"}},
		{"systemusers", "DELETE /api/systemusers/63ff1bb25eed000000000002", []string{"the tape holds GET /api/systemusers/{id}, POST"}},
		{"systemusers", "GET /api/systemusers?limit=10&skip=0&sort=_id", []string{"the tape holds POST /api/search/systemusers", "a search does not answer a list", "ask as it was recorded"}},
		{"applications", `POST /api/search/applications {"limit":100,"skip":0,"sort":"_id"}`, []string{"the tape holds GET /api/applications", "nor a list a search"}},
		{"systemusers", `POST /api/search/systemusers {"limit":5,"skip":0,"sort":"_id"}`, []string{"a page of 5 is smaller", "(10, which begin at 0)", "ask for a page of that size"}},
		{"systemusers", `POST /api/search/systemusers {"limit":10,"skip":5,"sort":"_id"}`, []string{"no recorded page begins at record 5", "pages of 10", "begin at 0, 9, 18", "read the list from its start"}},
		{"systemusers", `POST /api/search/systemusers {"limit":10,"skip":0,"sort":"-_id"}`, []string{"other parameters", `{"sort":"_id"}`, "ask with these"}},
		{"systemusers", `POST /api/search/systemusers {"limit":10,"skip":0,"sort":"_id","filter":["email:$eq:x"]}`, []string{"other parameters", "filter and sort what comes"}},
		{"systemusers", `POST /api/search/systemusers {"sort":"_id"}`, []string{"it is a list", "pages of 10: send that as limit"}},
		{"usergroups", "GET /api/v2/usergroups?sort=name", []string{"it is a list", "pages of 100"}},
		{"usergroups", "GET /api/v2/usergroups?sort=name&limit=many", []string{"it is a list", "pages of 100"}},
		{"usergroups", "GET /api/v2/usergroups?sort=name&limit=100&skip=-1", []string{"it is a list", "pages of 100"}},
		{"usergroups", "GET /api/v2/usergroups?limit=100", []string{"other parameters", "sort=name"}},
		{"usergroups", "GET /api/v2/usergroups?limit=99&skip=0&sort=name", []string{"a page of 99 is smaller", "(100, which begin at 0)"}},
		{"organizations", "GET /api/organizations/63ff17e15eed000000000001?limit=10", []string{"without a page: ask without limit"}},
		{"organizations", "GET /api/organizations?limit=100&sort=_id&fields=displayName+settings", []string{"with these fields only: _id created displayName id logoUrl", "ask for some of them"}},
		{"demo", "GET /api/v2/applications/63ffcf115eed000000000031/users?limit=100&skip=0", []string{"a page of 100 is larger", "(1)", "list of edges", "ask for a page of that size"}},
	} {
		t.Run(c.tape+" "+c.ask, func(t *testing.T) {
			t.Parallel()
			_, _, err := ask(t, cassettes.Transport(c.tape), c.ask)
			if !errors.Is(err, cassette.ErrInteractionNotFound) {
				t.Fatalf("got %v, want ErrInteractionNotFound", err)
			}
			for _, want := range append(c.says, fmt.Sprintf("cassettes: tape %q: ", c.tape)) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

// TestTransport_LeavesFieldsOutAsTheServerDoes records whole lists of the fake server, and compares what the tape makes of them
// with what the server says when it is asked for some fields.
func TestTransport_LeavesFieldsOutAsTheServerDoes(t *testing.T) {
	t.Parallel()
	server := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(server.Close)
	get := func(request, body string) (text, total string) {
		method := http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+request, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("x-api-key", server.Key)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err = cmp.Or(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("the server gave %d, %v", res.StatusCode, err)
		}
		return string(b), res.Header.Get("X-Total-Count")
	}
	for _, c := range []struct{ request, body, some, someBody string }{
		{"/api/applications?limit=100&skip=0", "", "/api/applications?limit=100&skip=0&fields=name+displayLabel+color", ""},
		{"/api/systems?limit=5&skip=0", "", "/api/systems?limit=5&skip=0&fields=os,hostname", ""},
		{"/api/systems?limit=5&skip=0", "", "/api/systems?limit=5&skip=0&fields=os+nothing", ""},
		{"/api/v2/usergroups?limit=5&skip=1", "", "/api/v2/usergroups?limit=5&skip=1&fields=name,attributes", ""},
		{"/api/v2/usergroups?limit=5&skip=1", "", "/api/v2/usergroups?limit=5&skip=1&fields=name+attributes", ""},
		{"/api/search/systemusers", `{"limit":7,"skip":2}`, "/api/search/systemusers", `{"limit":7,"skip":2,"fields":"email mfa"}`},
	} {
		whole, total := get(c.request, c.body)
		want, _ := get(c.some, c.someBody)
		method := http.MethodGet
		if c.body != "" {
			method = http.MethodPost
		}
		_, got, err := ask(t, tapeOf(t, answered{request: c.request, body: c.body, total: total, answer: whole}), method+" "+c.some+" "+c.someBody)
		var a, b any
		if err := errors.Join(err, json.Unmarshal([]byte(want), &a), json.Unmarshal([]byte(got), &b)); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s %s, %v: the tape gave\n%s\nthe server\n%s", c.some, c.someBody, err, got, want)
		}
	}
}

func TestTransport_RefusesFewerFieldsThanAreAskedFor(t *testing.T) {
	t.Parallel()
	some := answered{request: "/api/systemusers?fields=a&limit=3&skip=0", answer: v1Page}
	all := answered{request: "/api/systemusers?limit=3&skip=0", answer: `{"results":[{"_id":"all"}],"totalCount":9}`}
	for _, request := range []string{"GET /api/systemusers?limit=3&skip=0", "GET /api/systemusers?limit=3&skip=0&fields=a+b"} {
		_, _, err := ask(t, tapeOf(t, some), request)
		if err == nil || !strings.Contains(err.Error(), "with these fields only: _id a;") {
			t.Errorf("%s gave %v, want an error with the recorded fields", request, err)
		}
		if _, got, err := ask(t, tapeOf(t, some, all), request); err != nil || !strings.Contains(got, `"all"`) {
			t.Errorf("%s gave %s, %v, want the recording of all fields", request, got, err)
		}
	}
	tape := tapeOf(t, all, some)
	for _, want := range []string{`"1"`, `"all"`} {
		if _, got, err := ask(t, tape, "GET /api/systemusers?limit=100&skip=0&fields=a"); err != nil || !strings.Contains(got, want) {
			t.Errorf("got %s, %v, want the recording with the fewest fields first, and then the other", got, err)
		}
	}
}

// TestTransport_ReadsAListOfSomeFieldsToItsEnd asks for a field that no record of the second page has.
func TestTransport_ReadsAListOfSomeFieldsToItsEnd(t *testing.T) {
	t.Parallel()
	tape := tapeOf(t,
		answered{request: "/api/commands?limit=2&skip=0", answer: `{"results":[{"_id":"1","name":"a"},{"_id":"2"}],"totalCount":3}`},
		answered{request: "/api/commands?limit=2&skip=1", answer: `{"results":[{"_id":"2"},{"_id":"3"}],"totalCount":3}`})
	for _, skip := range []int{0, 1} {
		if _, _, err := ask(t, tape, fmt.Sprintf("GET /api/commands?limit=2&skip=%d&fields=name", skip)); err != nil {
			t.Errorf("the page at %d was not given: %v", skip, err)
		}
	}
}

func TestTransport_PrefersTheLargestPageThatIsNotTooLarge(t *testing.T) {
	t.Parallel()
	page := func(limit int) answered {
		return answered{request: fmt.Sprintf("/api/systems?limit=%d&skip=0", limit), answer: fmt.Sprintf(`{"results":[{"_id":"%d"}],"totalCount":9000}`, limit)}
	}
	tape := tapeOf(t, page(10), page(100), page(50))
	for _, want := range []string{`"50"`, `"10"`} {
		if _, got, err := ask(t, tape, "GET /api/systems?limit=99&skip=0"); err != nil || !strings.Contains(got, want) {
			t.Errorf("a page of 99 gave %s, %v, want that of %s", got, err, want)
		}
	}
}

func TestTransport_SaysThatAnAnswerWasGiven(t *testing.T) {
	t.Parallel()
	for name, second := range map[string][]client.ListOption{
		"spelled as it was recorded": {client.Limit(10)},
		"plain":                      nil,
		"with fields":                {client.Fields("username")},
	} {
		for _, first := range [][]client.ListOption{{client.Limit(10)}, nil, {client.Fields("email")}} {
			c := replaying(t, cassettes.Transport("systemusers"))
			if got, err := readUsers(t.Context(), c, first...); err != nil || len(got) != 24 {
				t.Fatalf("the first loop gave %d users, %v", len(got), err)
			}
			_, err := readUsers(t.Context(), c, second...)
			if !errors.Is(err, cassette.ErrInteractionNotFound) || !strings.Contains(err.Error(), `was given already, and is given once: begin again with a new cassettes.Transport("systemusers")`) {
				t.Errorf("the second loop, %s, gave %v, want an error that says how to begin again", name, err)
			}
		}
	}
	tape := cassettes.Transport("demo")
	const request = "GET /api/organizations?limit=100&skip=0&sort=_id"
	for range 2 {
		if _, _, err := ask(t, tape, request); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := ask(t, tape, request); err == nil || !strings.Contains(err.Error(), "its 2 recorded answers were given already") {
		t.Errorf("the third of two answers gave %v", err)
	}
}

// TestTransport_KeepsRecordedWordsApart keeps tests strict that ask what was recorded: the answer to another request, although
// it has all that is asked for, does not take the place of one that was given.
func TestTransport_KeepsRecordedWordsApart(t *testing.T) {
	t.Parallel()
	tape := tapeOf(t, answered{request: "/api/systems?limit=3&skip=0", answer: v1Page}, answered{request: "/api/systems?fields=a&limit=3&skip=0", answer: v1Page})
	const request = "GET /api/systems?limit=3&skip=0&fields=a"
	if _, _, err := ask(t, tape, request); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ask(t, tape, request); err == nil || !strings.Contains(err.Error(), "given already") {
		t.Errorf("the second time gave %q, %v, want an error", got, err)
	}
	want := []string{"GET https://console.jumpcloud.com/api/systems?limit=3&skip=0"}
	if left := tape.Unused(); !slices.Equal(left, want) {
		t.Errorf("unused is %q, want %q", left, want)
	}
}

// closing is a body that notes how often it was closed.
type closing struct {
	io.Reader

	closed atomic.Int64
}

func (c *closing) Close() error { c.closed.Add(1); return nil }

// broken cannot be read.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestTransport_ClosesTheBodyOfEveryRequest(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context //nolint:containedctx // the case
		tape string
		body io.Reader
		fail bool
	}{
		"answered":        {t.Context(), "systems", strings.NewReader(`{"limit":10,"skip":0,"sort":"_id"}`), false},
		"unknown request": {t.Context(), "systems", strings.NewReader("x"), true},
		"unknown tape":    {t.Context(), "printers", strings.NewReader("x"), true},
		"cancelled":       {cancelled, "systems", strings.NewReader("x"), true},
		"broken body":     {t.Context(), "systems", broken{}, true},
	} {
		body := &closing{Reader: c.body}
		r, err := http.NewRequestWithContext(c.ctx, http.MethodPost, "https://any.example/api/search/systems", body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := cassettes.Transport(c.tape).RoundTrip(r)
		if (err != nil) != c.fail || (res == nil) != c.fail {
			t.Errorf("%s: got %v", name, err)
		}
		if res != nil && res.Body.Close() != nil {
			t.Errorf("%s: the answer cannot be closed", name)
		}
		if n := body.closed.Load(); n != 1 {
			t.Errorf("%s: the body was closed %d times, want once", name, n)
		}
	}
}

func TestTransport_GivesAnAnswerToOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	tape := cassettes.Transport("systems")
	var given, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			field := []string{"os", "hostname"}[i%2]
			_, got, err := ask(t, tape, `POST /api/search/systems {"limit":1000,"skip":0,"sort":"_id","fields":"`+field+`"}`)
			switch {
			case err == nil && strings.Contains(got, `"`+field+`"`):
				given.Add(1)
			case errors.Is(err, cassette.ErrInteractionNotFound):
				refused.Add(1)
			default:
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wg.Wait()
	if given.Load() != 1 || refused.Load() != 19 {
		t.Errorf("%d were answered and %d refused, want 1 and 19", given.Load(), refused.Load())
	}
}

// FuzzTransport_Requests asks anything: it never panics, and no error holds what a header, a query or a body says.
func FuzzTransport_Requests(f *testing.F) {
	f.Add("GET", "/api/organizations", "limit=100&skip=0&sort=_id", "")
	f.Add("GET", "/api/organizations", "limit=100&sort=_id&fields=displayName", "")
	f.Add("GET", "/api/organizations", "limit=1&skip=7&fields=a,b", "{}")
	f.Add("GET", "/api/organizations/63ff17e15eed000000000001", "%zz&;", "null")
	f.Add("POST", "/api/search/systems", "limit=1", `{"limit":1000,"skip":0,"sort":"_id","fields":"os"}`)
	f.Add("POST", "/api/search/systems", "", `{"limit":{},"skip":[],"filter":[{"a":[1e999]}]}`)
	f.Add("PUT", "/api/v2/", "skip=1", "[[")
	f.Add("GET", "/api", "", "")
	const secret = "jca_0123456789abcdef"
	recorded := []*cassettes.Replay{cassettes.Transport("organizations"), cassettes.Transport("systems")}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		for _, tape := range recorded {
			for _, hidden := range []bool{false, true} {
				q, b := query, body
				if hidden {
					q, b = query+"&"+secret+"="+secret, body+secret
				}
				r, err := http.NewRequestWithContext(t.Context(), method, "https://any.example", strings.NewReader(b))
				if err != nil || strings.Contains(path, secret) {
					return
				}
				r.URL.Path, r.URL.RawQuery = path, q
				r.Header.Set("x-api-key", secret)
				res, err := tape.Rewound().RoundTrip(r)
				if err != nil {
					if !errors.Is(err, cassette.ErrInteractionNotFound) || strings.Contains(err.Error(), secret) {
						t.Errorf("got %v, want ErrInteractionNotFound without what the request holds", err)
					}
					continue
				}
				if text, err := io.ReadAll(res.Body); err != nil || !json.Valid(text) || res.Body.Close() != nil {
					t.Errorf("the answer is no JSON: %s, %v", text, err)
				}
			}
		}
	})
}

// FuzzProject cuts any answer down to some fields: what comes is the same list with no other fields.
func FuzzProject(f *testing.F) {
	f.Add(v1Page, "_id a")
	f.Add(v2Page, "id")
	f.Add(`{"results":[1,"x",[],{"a":{"b":null}}],"other":[1]}`, "a")
	f.Add(`{"results":null}`, "a")
	f.Add(`[{"a":1,"a":2,"\u0061":3}] `, "a")
	f.Fuzz(func(t *testing.T, body, list string) {
		fields := strings.Fields(list)
		text, ok := cassettes.Project(body, fields)
		if !ok {
			return
		}
		records := func(text string) (all []json.RawMessage) {
			if json.Unmarshal([]byte(text), &all) == nil {
				return all
			}
			envelope := struct {
				Results *[]json.RawMessage `json:"results"`
			}{&all}
			if err := json.Unmarshal([]byte(text), &envelope); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			return all
		}
		before, after := records(body), records(text)
		if len(before) != len(after) {
			t.Fatalf("%d records became %d: %s", len(before), len(after), text)
		}
		for _, r := range after {
			var object map[string]json.RawMessage
			_ = json.Unmarshal(r, &object) // what is no object has no fields
			for name := range object {
				if !slices.Contains(fields, name) {
					t.Errorf("the field %q was not asked for: %s", name, text)
				}
			}
		}
	})
}
