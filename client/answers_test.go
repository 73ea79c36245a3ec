package client_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
)

// count reads a list to its end.
func count[T any](list iter.Seq2[*T, error]) (n int, err error) {
	for _, err := range list {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// reading is one way to read, with what the server says when all is well.
type reading struct {
	route string
	whole string // an answer with one record
	read  func(context.Context, *client.Client) (int, error)
}

// readings are all forms of answers.
var readings = map[string]reading{
	"search of v1": {"POST /api/search/systemusers", `{"results":[{"_id":"a"}],"totalCount":1}`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.SystemUsers.All(ctx))
	}},
	"list of v1": {"GET /api/applications", `{"results":[{"_id":"a"}],"totalCount":1}`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.Applications.All(ctx))
	}},
	"page of v1": {"POST /api/search/systems", `{"results":[{"_id":"a"}],"totalCount":1}`, func(ctx context.Context, c *client.Client) (int, error) {
		p, err := c.Systems.Page(ctx)
		if err != nil {
			return 0, err
		}
		return len(p.Items), nil
	}},
	"list of v2": {"GET /api/v2/usergroups", `[{"id":"a"}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.UserGroups.All(ctx))
	}},
	"list below a parent": {"GET /api/v2/applemdms/{apple_mdm_id}/devices", `[{"id":"a"}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.AppleMDMs.Devices(ctx, "m"))
	}},
	"members": {"GET /api/v2/usergroups/{group_id}/members", `[{"to":{"id":"a","type":"user"}}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.UserGroups.Members(ctx, "g"))
	}},
	"associations": {"GET /api/v2/applications/{id}/associations", `[{"to":{"id":"a","type":"user"}}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.Graph.Associations(ctx, client.Ref{ID: "app", Kind: client.KindApplication}, client.KindUser))
	}},
	"traversal": {"GET /api/v2/applications/{id}/users", `[{"id":"a","type":"user","paths":[]}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.Graph.Reachable(ctx, client.Ref{ID: "app", Kind: client.KindApplication}, client.KindUser))
	}},
	"results of a command": {"GET /api/commands/{id}/results", `[{"_id":"a"}]`, func(ctx context.Context, c *client.Client) (int, error) {
		return count(c.Commands.Results(ctx, "c"))
	}},
	"one object of v1": {"GET /api/systemusers/{id}", `{"_id":"a"}`, func(ctx context.Context, c *client.Client) (int, error) {
		_, err := c.SystemUsers.Get(ctx, "a")
		return 1, err
	}},
	"one object of v2": {"GET /api/v2/usergroups/{id}", `{"id":"a"}`, func(ctx context.Context, c *client.Client) (int, error) {
		_, err := c.UserGroups.Get(ctx, "a")
		return 1, err
	}},
	"command to be changed": {"GET /api/commands/{id}", `{"_id":"a"}`, func(ctx context.Context, c *client.Client) (int, error) {
		stop := errors.New("stop")
		_, err := c.Commands.Update(ctx, "a", func(*client.Command) error { return stop })
		if errors.Is(err, stop) {
			err = nil
		}
		return 1, err
	}},
}

// isList reports that a reading may find nothing.
func (r reading) isList() bool { return r.whole[0] == '[' || strings.Contains(r.whole, "results") }

// TestAnswers_ThatHoldNothing serves answers without any content where JSON belongs, once and for ever.
func TestAnswers_ThatHoldNothing(t *testing.T) {
	t.Parallel()
	for name, r := range readings {
		for kind, fault := range map[string]struct {
			status int
			body   string
			breaks bool
		}{
			"zero bytes":          {200, "", false},
			"white space":         {200, " \r\n\t", false},
			"no content":          {204, "", false},
			"null":                {200, "null", false},
			"null and a new line": {200, " null\n", false},
			"the first byte":      {200, r.whole[:1], false},
			"all but one byte":    {200, r.whole[:len(r.whole)-1], false},
			"up to the records":   {200, r.whole[:strings.IndexByte(r.whole[1:], '{')+1], false},
			"cut at byte 0":       {200, "", true},
		} {
			serve := func(w http.ResponseWriter, total string) {
				if total != "" {
					w.Header().Set("X-Total-Count", total)
				}
				w.WriteHeader(fault.status)
				_, _ = io.WriteString(w, fault.body)
			}
			transport := func(h http.HandlerFunc, broken func() bool) client.Option {
				return client.WithTransport(roundTrip(func(q *http.Request) (*http.Response, error) {
					breaks := fault.breaks && broken()
					res, err := handlerTransport{h}.RoundTrip(q)
					if breaks {
						res.Body = io.NopCloser(brokenBody{})
					}
					return res, err
				}))
			}
			t.Run(name+"/"+kind+" once", func(t *testing.T) {
				t.Parallel()
				failed := false
				h := func(w http.ResponseWriter, _ *http.Request) {
					if !failed {
						failed = true
						serve(w, "1")
						return
					}
					w.Header().Set("X-Total-Count", "1")
					_, _ = io.WriteString(w, r.whole)
				}
				synced(t, h, func(t *testing.T, c *client.Client) {
					if n, err := r.read(t.Context(), c); err != nil || n != 1 {
						t.Errorf("%d records and %v, want the one that comes at the second attempt", n, err)
					}
					if got := c.Stats(); got.Retries != 1 {
						t.Errorf("%d attempts more, want 1", got.Retries)
					}
				}, transport(h, func() bool { return !failed }))
			})
			for _, total := range []string{"", "1"} {
				t.Run(name+"/"+kind+" for ever, total "+total, func(t *testing.T) {
					t.Parallel()
					h := func(w http.ResponseWriter, _ *http.Request) { serve(w, total) }
					synced(t, h, func(t *testing.T, c *client.Client) {
						n, err := r.read(t.Context(), c)
						if err == nil || n > 1 || !strings.Contains(err.Error(), r.route) {
							t.Errorf("%d records and %v, want an error that names %s", n, err, r.route)
						}
						if got := c.Stats(); got.Requests != 5 {
							t.Errorf("%d requests, want 5 attempts", got.Requests)
						}
					}, transport(h, func() bool { return true }))
				})
			}
		}
	}
}

// brokenBody breaks before its first byte.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestAnswers_ThatHoldNothingAreEmptyListsWhereTheTotalSaysSo serves the same with a total of 0.
func TestAnswers_ThatHoldNothingAreEmptyListsWhereTheTotalSaysSo(t *testing.T) {
	t.Parallel()
	for name, r := range readings {
		for kind, tt := range map[string]struct {
			body     string
			requests int64
		}{
			"zero bytes":  {"", 5},
			"white space": {"\n", 5},
			"null":        {"null", 1}, // not cut, and both say that there is nothing
			"results":     {`{"totalCount":0,"results":null}`, 1},
			"the other":   {`{"results":null,"totalCount":"0"}`, 1},
		} {
			if envelope := strings.HasPrefix(tt.body, "{"); envelope && !strings.Contains(r.whole, "results") {
				continue
			}
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				synced(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-Total-Count", "0")
					_, _ = io.WriteString(w, tt.body)
				}, func(t *testing.T, c *client.Client) {
					n, err := r.read(t.Context(), c)
					switch {
					case !r.isList():
						if err == nil {
							t.Errorf("%q gave an object", tt.body)
						}
					case err != nil || n != 0:
						t.Errorf("%d records and %v, want an empty list", n, err)
					case c.Stats().Requests != tt.requests:
						t.Errorf("%d requests, want %d", c.Stats().Requests, tt.requests)
					}
				})
			})
		}
	}
}

// TestAnswers_ResultsNullAgainstTheTotal serves null where a list of API v1 has its array.
func TestAnswers_ResultsNullAgainstTheTotal(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"results":null}`, `{"results":null,"totalCount":3}`, `{"totalCount":3,"results":null}`, `{"results":null,"totalCount":null}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			synced(t, answer(200, body), func(t *testing.T, c *client.Client) {
				list, err := users(t.Context(), c)
				if err == nil || !strings.Contains(err.Error(), "POST /api/search/systemusers") || c.Stats().Requests != 5 {
					t.Errorf("%d users and %v after %d requests, want an error that names the route, after 5", len(list), err, c.Stats().Requests)
				}
			})
		})
	}
}
