package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// planned is a request that would be sent. It holds no header: the key is in one of them.
type planned struct {
	DryRun bool            `json:"dryRun"`
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Org    string          `json:"organization,omitzero"`
	Body   json.RawMessage `json:"body,omitzero"`
}

// newCommandID is shown in place of the id that JumpCloud will give to a new command.
const newCommandID = "NEW_COMMAND_ID"

// offline is a transport that sends nothing. It notes each request and answers it as a success. So a dry run shows what the
// client really makes of a change.
type offline struct {
	mu       sync.Mutex
	requests []planned
}

// RoundTrip notes the request.
func (t *offline) RoundTrip(r *http.Request) (*http.Response, error) {
	p := planned{DryRun: true, Method: r.Method, URL: r.URL.String(), Org: r.Header.Get("x-org-id")}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		p.Body = readable(body)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = append(t.requests, p)
	answer := `{"_id":"` + newCommandID + `","triggered":["` + newCommandID + `"]}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

// readable writes a body without the escapes that only HTML needs, with its names in alphabetical order.
func readable(body []byte) json.RawMessage {
	if len(body) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return body
	}
	b, err := jsontext.Marshal(v)
	if err != nil {
		return body
	}
	return b
}

// ordered returns the requests in an order that is always the same: targets are bound some at a time.
func (t *offline) ordered() []planned {
	return slices.SortedStableFunc(slices.Values(t.requests), func(a, b planned) int {
		return cmp.Or(strings.Compare(a.URL, b.URL), bytes.Compare(a.Body, b.Body))
	})
}

// apply makes a change. Before that, it tries the change without sending anything. An error of the trial is one of the command
// line, since nothing else can go wrong. With --dry-run, apply only shows the requests that it would send.
func (o *changeOptions) apply(ctx context.Context, try, change func(context.Context, *client.Client) error) error {
	requests, err := o.requests(ctx, try)
	if err != nil {
		return err
	}
	if o.dryRun {
		return o.show(requests)
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	return change(ctx, c)
}

// requests returns the requests of a change, without sending them.
func (o *changeOptions) requests(ctx context.Context, change func(context.Context, *client.Client) error) ([]planned, error) {
	var t offline
	c, err := o.openOffline(&t)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := change(ctx, c); err != nil {
		return nil, usage(err)
	}
	return t.ordered(), nil
}

// openOffline makes a client that has no key and sends nothing. All other settings are the real ones, so that a mistake in
// them shows.
func (o *changeOptions) openOffline(t *offline) (*client.Client, error) {
	r := o.remote
	r.stderr = io.Discard // open warns, where something is sent
	r.transport = t
	if r.maxRPS >= 0 { // below zero it is wrong, and open refuses it
		r.maxRPS = math.Inf(1)
	}
	r.env = func(name string) string {
		if name == "JUMPCLOUD_API_KEY" {
			return "none"
		}
		return o.env(name)
	}
	return r.open()
}

// show prints the requests that would be sent.
func (o *changeOptions) show(requests []planned) error {
	for _, p := range requests {
		if err := o.showOne(p); err != nil {
			return err
		}
	}
	return nil
}

func (o *changeOptions) showOne(p planned) error {
	if o.form.value == "json" {
		return printLine(o.stdout, p)
	}
	text := fmt.Sprintf("Would send %s %s\n", p.Method, p.URL)
	if p.Org != "" {
		text += "Organization: " + p.Org + "\n"
	}
	if len(p.Body) > 0 {
		body, err := indent(p.Body)
		if err != nil {
			return err
		}
		text += string(body) + "\n"
	}
	_, err := io.WriteString(o.stdout, clean(text))
	return err
}
