package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

const testKey = "jca_the_key_of_the_test"

// serve starts a server and returns a client of it, without limits.
func serve(t *testing.T, h http.HandlerFunc, options ...client.Option) *client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return dial(t, s.URL, testKey, options...)
}

func dial(t *testing.T, address, key string, options ...client.Option) *client.Client {
	t.Helper()
	options = append([]client.Option{client.WithBaseURL(address), client.WithMaxRPS(math.Inf(1))}, options...)
	c, err := client.New(client.APIKey(key), options...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// answer serves one body to every request.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// users reads all users.
func users(ctx context.Context, c *client.Client, options ...client.ListOption) ([]*client.SystemUser, error) {
	var list []*client.SystemUser
	for u, err := range c.SystemUsers.All(ctx, options...) {
		if err != nil {
			return list, err
		}
		list = append(list, u)
	}
	return list, nil
}

func TestNew_RefusesWrongOptions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key     string
		options []client.Option
		want    string
	}{
		"empty key":           {"", nil, "key is empty"},
		"key with line break": {"abc\ndef", nil, "character that no key has"},
		"unknown region":      {"k", []client.Option{client.WithRegion("mars")}, "use us, eu or in"},
		"region and URL":      {"k", []client.Option{client.WithRegion(client.EU), client.WithBaseURL("https://x.example")}, "not both"},
		"plain http":          {"k", []client.Option{client.WithBaseURL("http://jumpcloud.example")}, "must use https"},
		"not a URL":           {"k", []client.Option{client.WithBaseURL("jumpcloud")}, "must look like"},
		"URL with a key":      {"k", []client.Option{client.WithBaseURL("https://user:pass@x.example")}, "must look like"},
		"no rate":             {"k", []client.Option{client.WithMaxRPS(0)}, "above zero"},
		"no wait":             {"k", []client.Option{client.WithMaxWait(0)}, "above zero"},
		"odd organization":    {"k", []client.Option{client.WithOrgID("a b")}, "character that no id has"},
		"nil transport":       {"k", []client.Option{client.WithTransport(nil)}, "needs a transport"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.New(client.APIKey(tt.key), tt.options...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New gave %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestBaseURL_MayEndInAPI(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", "/", "/api", "/api/", "/api/v2"} {
		s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
		t.Cleanup(s.Close)
		c := dial(t, s.URL+suffix, s.Key)
		if _, err := users(t.Context(), c); err != nil {
			t.Errorf("base URL ending in %q: %v", suffix, err)
		}
	}
}

func TestAll_ReadsEveryRecordOnce(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(7, jumpcloudtest.Size{Users: 250, Systems: 120, Groups: 101, Applications: 100, AppleDevices: 130, GroupMembers: 150, DeadRecords: true})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	ctx := t.Context()
	count := func(name string, want int, list func(func(string, error))) {
		seen := map[string]bool{}
		list(func(id string, err error) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if seen[id] {
				t.Errorf("%s: %s came twice", name, id)
			}
			seen[id] = true
		})
		if len(seen) != want {
			t.Errorf("%s: %d records, want %d", name, len(seen), want)
		}
	}
	count("users at 100 a page", 250, func(f func(string, error)) {
		for u, err := range c.SystemUsers.All(ctx, client.Limit(100)) {
			f(u.ID, err)
		}
	})
	count("systems at 7 a page", 120, func(f func(string, error)) {
		for v, err := range c.Systems.All(ctx, client.Limit(7)) {
			f(v.ID, err)
		}
	})
	count("groups, one over a page", 101, func(f func(string, error)) {
		for v, err := range c.UserGroups.All(ctx) {
			f(v.ID, err)
		}
	})
	count("applications, a full page", 100, func(f func(string, error)) {
		for v, err := range c.Applications.All(ctx) {
			f(v.ID, err)
		}
	})
	mdm := o.AppleMDMs[0].ID()
	count("Apple devices", 130, func(f func(string, error)) {
		for v, err := range c.AppleMDMs.Devices(ctx, mdm) {
			f(v.ID, err)
		}
	})
	living := map[string]bool{}
	for _, u := range o.SystemUsers {
		living[u.ID()] = true
	}
	for _, g := range o.UserGroups {
		var alive int
		for _, id := range o.Members[g.ID()] {
			if living[id] {
				alive++
			}
		}
		var r client.ListReport
		count("members", alive, func(f func(string, error)) {
			for v, err := range c.UserGroups.Members(ctx, g.ID(), client.ReportTo(&r)) {
				f(v.To.ID, err)
			}
		})
		if want := len(o.Members[g.ID()]) - alive; r.Dead != want {
			t.Errorf("members: %d dead records reported, want %d", r.Dead, want)
		}
	}
}

func TestMembers_ShortPageIsNotTheLast(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 300, Groups: 1, GroupMembers: 300})
	group := o.UserGroups[0].ID()
	// Dead records fill half of the first page.
	var dead []string
	for i := range 50 {
		dead = append(dead, fmt.Sprintf("dddddddddddddddd%08d", i))
	}
	o.Members[group] = append(dead, o.Members[group]...)
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	n := 0
	for _, err := range c.UserGroups.Members(t.Context(), group) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 300 {
		t.Errorf("%d members, want 300: the walk ended at a short page", n)
	}
}

func TestMembers_NoRequestBeyondTheTotalWhenPagesAreFull(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 200, Groups: 1, GroupMembers: 150})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	for _, err := range c.UserGroups.Members(t.Context(), o.UserGroups[0].ID()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Stats().Requests; got != 2 {
		t.Errorf("150 members cost %d requests, want 2", got)
	}
}

func TestAll_FallsBackToTheListWhereSearchesAreRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 405} {
		s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 150}))
		t.Cleanup(s.Close)
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.WriteHeader(status)
				return
			}
			proxy(t, s, w, r)
		})
		list, err := users(t.Context(), c)
		if err != nil || len(list) != 150 {
			t.Errorf("search refused with %d: %d users, error %v; want 150 by the list", status, len(list), err)
		}
	}
}

// proxy passes a request on to a fake JumpCloud.
func proxy(t *testing.T, s *jumpcloudtest.Server, w http.ResponseWriter, r *http.Request) {
	t.Helper()
	req, err := http.NewRequestWithContext(r.Context(), r.Method, s.URL+r.URL.RequestURI(), r.Body)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("x-api-key", s.Key)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

func TestAll_RangedTwiceReadsTwice(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 30}))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	list := c.SystemUsers.All(t.Context(), client.Limit(10))
	if got := len(s.Requests()); got != 0 {
		t.Fatalf("%d requests before the first range, want none", got)
	}
	for range 2 {
		n := 0
		for _, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 30 {
			t.Errorf("a range gave %d users, want 30", n)
		}
	}
	for _, err := range list {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if got := len(s.Requests()); got != 9 {
		t.Errorf("%d requests, want 4 overlapping pages for each whole range and 1 for the one that was left", got)
	}
}

func TestAll_ServerThatIgnoresSkipIsIncomplete(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"results":[{"_id":"a"},{"_id":"b"}],"totalCount":6}`))
	list, err := users(t.Context(), c, client.Limit(2))
	incomplete, ok := errors.AsType[*client.IncompleteError](err)
	if !ok || incomplete.Expected != 6 || incomplete.Received != 2 {
		t.Errorf("got %d users and %v, want an IncompleteError with 6 expected and 2 received", len(list), err)
	}
}

func TestAll_TotalAboveWhatComesIsIncomplete(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := `{"results":[],"totalCount":3}`
		if b, _ := io.ReadAll(r.Body); bytes.Contains(b, []byte(`"skip":0`)) {
			body = `{"results":[{"_id":"a"},{"_id":"b"}],"totalCount":3}`
		}
		_, _ = io.WriteString(w, body)
	})
	if _, err := users(t.Context(), c); err == nil {
		t.Error("two of three users came and no error: the third was lost silently")
	} else if _, ok := errors.AsType[*client.IncompleteError](err); !ok {
		t.Errorf("got %v, want an IncompleteError", err)
	}
}

// TestAll_ListsThatContradictThemselvesAreIncomplete serves lists whose rows and totals do not fit.
func TestAll_ListsThatContradictThemselvesAreIncomplete(t *testing.T) {
	t.Parallel()
	row := func(from, to int) string {
		var rows []string
		for i := from; i < to; i++ {
			rows = append(rows, fmt.Sprintf(`{"_id":"%024d"}`, i))
		}
		return "[" + strings.Join(rows, ",") + "]"
	}
	for name, h := range map[string]http.HandlerFunc{
		"more rows than the total": answer(200, `{"results":`+row(0, 3)+`,"totalCount":0}`),
		"one row and a huge total": answer(200, `{"results":`+row(0, 1)+`,"totalCount":9223372036854775807}`),
		"a total that shrinks": func(w http.ResponseWriter, r *http.Request) {
			var q struct {
				Skip int `json:"skip"`
			}
			_ = json.NewDecoder(r.Body).Decode(&q)
			total := 30
			if q.Skip > 0 {
				total = 0
			}
			fmt.Fprintf(w, `{"results":%s,"totalCount":%d}`, row(q.Skip, q.Skip+10), total)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, h)
			_, err := users(t.Context(), c, client.Limit(10))
			if _, ok := errors.AsType[*client.IncompleteError](err); !ok {
				t.Errorf("got %v, want an IncompleteError", err)
			}
			if n := c.Stats().Requests; n > 100 {
				t.Errorf("%d requests for a list that contradicts itself", n)
			}
		})
	}
	for status, body := range map[int]string{202: "", 204: "", 206: `{"results":[{"_id":"a"}]}`} {
		c := serve(t, answer(status, body))
		client.ShortenWaits(c)
		if list, err := users(t.Context(), c); err == nil {
			t.Errorf("status %d gave %d users and no error", status, len(list))
		}
	}
}

// TestAll_ServerThatCutsPagesAndCountsNothing serves 50 records a page, whatever is asked for, without a total.
func TestAll_ServerThatCutsPagesAndCountsNothing(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
		list := []map[string]string{}
		for i := skip; i < min(120, skip+50); i++ {
			list = append(list, map[string]string{"id": fmt.Sprintf("%024d", i), "name": fmt.Sprintf("%03d", i)})
		}
		_ = json.NewEncoder(w).Encode(list)
	})
	n := 0
	for _, err := range c.UserGroups.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 120 {
		t.Errorf("%d groups, want 120", n)
	}
}

// TestAll_RecordsWithoutIDsLinkNoPages has two of them, far apart, in a list that does not change.
func TestAll_RecordsWithoutIDsLinkNoPages(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(5, jumpcloudtest.Size{Users: 297})
	for _, i := range []int{50, 196} {
		o.SystemUsers[i]["_id"], o.SystemUsers[i]["id"] = "", ""
	}
	b, err := json.Marshal(o.SystemUsers)
	if err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Skip  int `json:"skip"`
			Limit int `json:"limit"`
		}
		_ = json.NewDecoder(r.Body).Decode(&q)
		_ = json.NewEncoder(w).Encode(map[string]any{"results": all[q.Skip:min(len(all), q.Skip+q.Limit)], "totalCount": len(all)})
	})
	list, err := users(t.Context(), c, client.Limit(99))
	ids := map[string]bool{}
	for _, u := range list {
		ids[u.ID] = true
	}
	// A record without an id cannot be told from another one, so it may come twice.
	if err != nil || len(ids) != 296 {
		t.Errorf("%d ids and %v, want 295 and the missing one", len(ids), err)
	}
}

func TestPage_KeepsWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 30}))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	p, err := c.SystemUsers.Page(t.Context(), client.Skip(25), client.Limit(10), client.Fields("username"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Items) != 5 || p.Total != 30 || p.Received != 5 || p.Skip != 25 || p.Limit != 10 {
		t.Errorf("page %+v, want 5 items of 30", p)
	}
	if u := p.Items[0]; u.ID == "" || u.Username == "" || u.Email != "" {
		t.Errorf("fields=username gave %+v, want id and user name only", u)
	}
}

func TestAnswers_OfWrongFormAreErrorsThatNameTheRoute(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"HTML":               "<!DOCTYPE html><html></html>",
		"nothing":            "",
		"white space":        " \n",
		"text":               "ok",
		"an array":           `[{"_id":"a"}]`,
		"no results":         `{"message":"something else"}`,
		"results an object":  `{"results":{},"totalCount":0}`,
		"cut off":            `{"results":[{"_id":"a"}`,
		"two values":         `{"results":[],"totalCount":0}{}`,
		"broken in a string": "{\"results\":[{\"_id\":\"a\x00\"}]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synced(t, answer(200, body), func(t *testing.T, c *client.Client) {
				list, err := users(t.Context(), c)
				if err == nil {
					t.Fatalf("%q gave %d users and no error", body, len(list))
				}
				if !strings.Contains(err.Error(), "POST /api/search/systemusers") {
					t.Errorf("the error %q does not name the route", err)
				}
			})
		})
	}
	c := serve(t, answer(200, `{"id":"x"}`))
	for _, err := range c.UserGroups.All(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "expected an array") {
			t.Errorf("an object where v2 sends an array gave %v", err)
		}
	}
	if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
		t.Errorf("an object where one belongs gave %v", err)
	}
}

// synced runs f with a client whose server is a function, in virtual time: waits cost nothing.
func synced(t *testing.T, h http.HandlerFunc, f func(*testing.T, *client.Client), options ...client.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		options := append([]client.Option{client.WithMaxRPS(math.Inf(1)), client.WithTransport(handlerTransport{h})}, options...)
		c, err := client.New(client.APIKey(testKey), options...)
		if err != nil {
			t.Fatal(err)
		}
		f(t, c)
	})
}

// handlerTransport answers requests from a handler, without a network.
type handlerTransport struct{ h http.Handler }

func (ht handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	ht.h.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestEmptyAnswers_AreEmptyLists(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"results":null,"totalCount":0}`, `{"results":[]}`, `{"totalCount":"0","results":[null]}`} {
		c := serve(t, answer(200, body))
		if list, err := users(t.Context(), c); err != nil || len(list) != 0 {
			t.Errorf("%q gave %d users and %v, want an empty list", body, len(list), err)
		}
	}
	for _, body := range []string{`[]`, `[null]`} {
		for g, err := range serve(t, answer(200, body)).UserGroups.All(t.Context()) {
			t.Errorf("%q gave %v and %v, want an empty list", body, g, err)
		}
	}
}

func TestBadRecord_IsNamedAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `{"results":[{"_id":"good1"},{"_id":"bad1","organization":true},5,null,{"_id":"good2"}],"totalCount":5}`))
	var bad []string
	list, err := users(t.Context(), c, client.OnBadRecord(func(e *client.DecodeError) error {
		bad = append(bad, e.Error())
		return nil
	}))
	if err != nil || len(list) != 2 {
		t.Fatalf("got %d users and %v, want the two good ones", len(list), err)
	}
	want := []string{
		`client: POST /api/search/systemusers: record bad1: field "organization": it must be a text: it says whose the record is`,
		`client: POST /api/search/systemusers: record without id at place 2 of its page: expected an object, got a number`,
	}
	if fmt.Sprint(bad) != fmt.Sprint(want) {
		t.Errorf("bad records:\n%s\nwant:\n%s", strings.Join(bad, "\n"), strings.Join(want, "\n"))
	}
	if _, err := users(t.Context(), c); err == nil {
		t.Error("without OnBadRecord a bad record gave no error")
	}
}

func TestErrors_OfEveryForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status  int
		body    string
		is      error
		message string
	}{
		"wrong key":        {401, `{"error":"Unauthorized","message":"Unauthorized: api key user not found"}`, client.ErrUnauthorized, "mistyped, revoked by a newer key, expired, or of another region"},
		"plain text":       {401, `Unauthorized`, client.ErrUnauthorized, "mistyped"},
		"no organization":  {401, `{"message":"Unauthorized: no organization selected"}`, client.ErrUnauthorized, "must name the organization"},
		"login page":       {302, ``, client.ErrUnauthorized, "login page"},
		"role":             {403, `{"message":"Forbidden"}`, client.ErrForbidden, "lacks the right"},
		"v2":               {404, `{"code":404,"message":"Not Found","status":"notFound"}`, client.ErrNotFound, "Not Found"},
		"error object":     {409, `{"error":{"message":"already there"}}`, client.ErrConflict, "already there"},
		"HTML":             {404, `<html>nginx</html>`, client.ErrNotFound, "404 Not Found"},
		"empty":            {404, ``, client.ErrNotFound, "404 Not Found"},
		"code as a number": {404, `{"code":5,"message":"gone","details":[{}]}`, client.ErrNotFound, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, answer(tt.status, tt.body))
			_, err := c.Systems.Get(t.Context(), "5f0000000000000000000001")
			e, ok := errors.AsType[*client.APIError](err)
			if !ok || !errors.Is(err, tt.is) || e.Status != tt.status {
				t.Fatalf("got %v, want an APIError that is %v", err, tt.is)
			}
			if !strings.Contains(err.Error(), tt.message) || !strings.Contains(err.Error(), "GET /api/systems/{id}") {
				t.Errorf("%q does not say %q and the route", err, tt.message)
			}
			if strings.Contains(err.Error(), "5f0000000000000000000001") {
				t.Errorf("%q holds an id", err)
			}
		})
	}
}

func TestRedirects_AreNeverFollowed(t *testing.T) {
	t.Parallel()
	var leaked atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked.Store(true)
	}))
	t.Cleanup(other.Close)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	if _, err := users(t.Context(), c); !errors.Is(err, client.ErrUnauthorized) {
		t.Errorf("a redirect gave %v, want ErrUnauthorized", err)
	}
	if leaked.Load() {
		t.Error("the client followed a redirect to another host")
	}
}

func TestIDs_CannotChangeTheRoute(t *testing.T) {
	t.Parallel()
	var paths []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		_, _ = io.WriteString(w, `{"_id":"x"}`)
	})
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.SystemUsers.Get(t.Context(), id); err == nil {
			t.Errorf("the id %q was sent", id)
		}
	}
	if len(paths) > 0 {
		t.Fatalf("requests were sent: %v", paths)
	}
	for _, id := range []string{"a/../b", "a?b=c", "a#b", "a b", "{id}", "ü"} {
		if _, err := c.SystemUsers.Get(t.Context(), id); err != nil {
			t.Errorf("id %q: %v", id, err)
			continue
		}
		got := paths[len(paths)-1]
		if want := "/api/systemusers/" + url.PathEscape(id); got != want {
			t.Errorf("id %q was sent as %s, want %s", id, got, want)
		}
	}
}

func TestOrgID_IsSentWhereItIsTaken(t *testing.T) {
	t.Parallel()
	a := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 3})
	b := jumpcloudtest.Synthetic(2, jumpcloudtest.Size{Users: 5})
	b.Self["_id"], b.Self["id"] = "60000000000000000000000b", "60000000000000000000000b"
	s := jumpcloudtest.NewServer(a, b)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key, client.WithOrgID(b.Self.ID()))
	list, err := users(t.Context(), c)
	if err != nil || len(list) != 5 {
		t.Errorf("organization b: %d users and %v, want 5", len(list), err)
	}
	// The routes of organizations answer 403 when an organization is named.
	if _, err := c.Organizations.Get(t.Context(), a.Self.ID()); err != nil {
		t.Errorf("x-org-id was sent to a route that refuses it: %v", err)
	}
	if list, err := users(t.Context(), c.ForOrg(a.Self.ID())); err != nil || len(list) != 3 {
		t.Errorf("ForOrg(a): %d users and %v, want 3", len(list), err)
	}
	if _, err := users(t.Context(), c.ForOrg("")); !errors.Is(err, client.ErrUnauthorized) || !strings.Contains(err.Error(), "must name the organization") {
		t.Errorf("no organization named: %v, want ErrUnauthorized that says so", err)
	}
}

func TestRetries_InVirtualTime(t *testing.T) {
	t.Parallel()
	const page = `{"results":[{"_id":"a"}],"totalCount":1}`
	for name, tt := range map[string]struct {
		failures int
		fail     func(http.ResponseWriter)
		requests int64
		is       error
		atLeast  time.Duration
	}{
		"429 once":    {1, func(w http.ResponseWriter) { w.WriteHeader(429) }, 2, nil, 0},
		"retry-after": {1, func(w http.ResponseWriter) { w.Header().Set("Retry-After", "20"); w.WriteHeader(429) }, 2, nil, 20 * time.Second},
		"date": {1, func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().UTC().Add(30*time.Second).Format(http.TimeFormat))
			w.WriteHeader(503)
		}, 2, nil, 29 * time.Second},
		"too long":        {1, func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(429) }, 1, client.ErrRateLimited, 0},
		"429 for ever":    {99, func(w http.ResponseWriter) { w.WriteHeader(429) }, 5, client.ErrRateLimited, 0},
		"sporadic 500":    {2, func(w http.ResponseWriter) { w.WriteHeader(500); _, _ = io.WriteString(w, "<html>") }, 3, nil, 0},
		"cut answer":      {1, func(w http.ResponseWriter) { _, _ = io.WriteString(w, page[:20]) }, 2, nil, 0},
		"401 at once":     {99, func(w http.ResponseWriter) { w.WriteHeader(401) }, 1, client.ErrUnauthorized, 0},
		"unusual 5xx":     {99, func(w http.ResponseWriter) { w.WriteHeader(501) }, 1, nil, 0},
		"wrong form once": {1, func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"message":"x"}`) }, 1, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := tt.failures
			synced(t, func(w http.ResponseWriter, _ *http.Request) {
				if left > 0 {
					left--
					tt.fail(w)
					return
				}
				_, _ = io.WriteString(w, page)
			}, func(t *testing.T, c *client.Client) {
				start := time.Now()
				list, err := users(t.Context(), c)
				if healed := tt.requests > int64(tt.failures); healed && (err != nil || len(list) != 1) {
					t.Errorf("%d users and %v, want the whole list after the failures", len(list), err)
				} else if !healed && (err == nil || tt.is != nil && !errors.Is(err, tt.is)) {
					t.Errorf("got %v, want an error that is %v", err, tt.is)
				}
				if got := c.Stats(); got.Requests != tt.requests || got.Retries != tt.requests-1 {
					t.Errorf("stats %+v, want %d requests", got, tt.requests)
				}
				if waited := time.Since(start); waited < tt.atLeast || waited > 2*time.Minute {
					t.Errorf("waited %v, want at least %v: never earlier than asked", waited, tt.atLeast)
				}
			})
		})
	}
}

func TestCancel_EndsWaitsAtOnceAndKeepsTheCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("the operator stopped it")
	synced(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "50")
		w.WriteHeader(429)
	}, func(t *testing.T, c *client.Client) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		start := time.Now()
		_, err := users(ctx, c)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("got %v, want both context.Canceled and the cause", err)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("the call ended after %v, want the second at which it was cancelled", waited)
		}
	})
}

func TestRate_IsKeptByAllDerivedClients(t *testing.T) {
	t.Parallel()
	synced(t, answer(200, `{"_id":"x"}`), func(t *testing.T, c *client.Client) {
		start := time.Now()
		for i := range 28 {
			d := c.ForOrg(fmt.Sprintf("org%d", i%2))
			if _, err := d.SystemUsers.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		// A burst of 8, then 2 a second.
		if took := time.Since(start); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("28 requests at 2 a second after a burst of 8 took %v, want 10s", took)
		}
		if got := c.Stats().Requests; got != 28 {
			t.Errorf("the parent counts %d requests of its derived clients, want 28", got)
		}
	}, client.WithMaxRPS(2))
}

func TestWithLogger_NilLogsNothing(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"_id":"x"}`) }, client.WithLogger(nil))
	if _, err := c.SystemUsers.Get(t.Context(), "x"); err != nil {
		t.Errorf("a call of a client without a logger gave %v", err)
	}
}

func TestKey_ShowsNowhere(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("x-api-key"); got != testKey {
			t.Errorf("the server got the key %q", got)
		}
		w.Header().Set("X-Request-Id", testKey)
		w.WriteHeader(403)
		fmt.Fprintf(w, `{"message":"no such key: %s"}`, testKey) // a server that echoes it
	}, client.WithLogger(logger))
	_, err := c.SystemUsers.Get(t.Context(), "5f0000000000000000000001")
	e, _ := errors.AsType[*client.APIError](err)
	credential := client.APIKey(testKey)
	asJSON, _ := json.Marshal(map[string]any{"client": c, "error": e, "credential": credential})
	for where, text := range map[string]string{
		"error":      err.Error(),
		"error body": string(e.Body),
		"%+v of it":  fmt.Sprintf("%+v", *e),
		"log":        log.String(),
		"client":     fmt.Sprintf("%v %+v %#v %s", c, c, c, c),
		"credential": fmt.Sprintf("%v %+v %#v %s", credential, credential, credential, credential),
		"JSON":       string(asJSON),
		"nested":     fmt.Sprintf("%v %+v %#v", []any{credential}, struct{ c client.Credential }{credential}, &struct{ c client.Credential }{credential}),
	} {
		if strings.Contains(text, testKey) {
			t.Errorf("%s holds the key: %s", where, text)
		}
	}
	if !strings.Contains(log.String(), "/api/systemusers/{id}") || strings.Contains(log.String(), "5f0000") {
		t.Errorf("the log should name the route by its template, without ids: %s", log.String())
	}
}

func TestUnknownFields_AreNamed(t *testing.T) {
	t.Parallel()
	body := `{"_id":"a","username":"x","brandNew":1,"aiReady":{"secret":"s"}}`
	c := serve(t, answer(200, body), client.WithUnknownFields())
	u, err := c.SystemUsers.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(u.UnknownFields()); got != "[aiReady brandNew]" {
		t.Errorf("unknown fields %s, want [aiReady brandNew]", got)
	}
}

func TestReachable_TellsDirectFromInherited(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(5, jumpcloudtest.Size{Users: 20, Groups: 1, Applications: 1, GroupMembers: 10})
	app, group := o.Applications[0].ID(), o.UserGroups[0].ID()
	direct := o.SystemUsers[0].ID()
	o.ApplicationUsers[app], o.ApplicationGroups[app] = []string{direct}, []string{group}
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key)
	ref := client.Ref{ID: app, Kind: client.KindApplication}
	for e, err := range c.Graph.Reachable(t.Context(), ref, client.KindUser) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Direct() != (e.To.ID == direct) {
			t.Errorf("user %s: direct is %v", e.To.ID, e.Direct())
		}
	}
	for e, err := range c.Graph.Associations(t.Context(), ref, client.KindUserGroup) {
		if err != nil || e.To != (client.Ref{ID: group, Kind: client.KindUserGroup}) || !e.Direct() {
			t.Errorf("association %+v, %v; want a direct edge to the group", e, err)
		}
	}
	for _, err := range c.Graph.Reachable(t.Context(), client.Ref{ID: "x", Kind: client.KindUser}, client.KindUser) {
		if err == nil {
			t.Error("users of a user: want an error")
		}
	}
}

func TestConnections_AreClosed(t *testing.T) {
	t.Parallel()
	var open atomic.Int64
	s := httptest.NewUnstartedServer(answer(200, `{"results":[],"totalCount":0}`))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	s.Start()
	c := dial(t, s.URL, testKey)
	if _, err := users(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.Close()
	s.Close()
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections are left open", n)
	}
}
