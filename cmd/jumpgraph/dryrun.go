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
)

// planned is a request that would be sent. It holds no header: the key is in one of them.
type planned struct {
	DryRun bool            `json:"dryRun"`
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Org    string          `json:"organization,omitzero"`
	Body   json.RawMessage `json:"body,omitzero"`
}

// newCommandID stands for the id that JumpCloud will give to a new command.
const newCommandID = "NEW_COMMAND_ID"

// rehearsal is a transport that sends nothing. It notes each request and answers it as a success, so that what a dry run
// shows is what the client makes of it, and not a copy of that.
type rehearsal struct {
	mu       sync.Mutex
	requests []planned
}

// RoundTrip notes the request.
func (h *rehearsal) RoundTrip(r *http.Request) (*http.Response, error) {
	p := planned{DryRun: true, Method: r.Method, URL: r.URL.String(), Org: r.Header.Get("x-org-id")}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		p.Body = readable(body)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, p)
	answer := `{"_id":"` + newCommandID + `","triggered":["` + newCommandID + `"]}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

// readable writes a body without the escapes that only web pages need, its names in alphabetical order.
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
	b, err := encode(v)
	if err != nil {
		return body
	}
	return b
}

// ordered returns the requests in an order that does not change: targets are bound some at a time.
func (h *rehearsal) ordered() []planned {
	return slices.SortedStableFunc(slices.Values(h.requests), func(a, b planned) int {
		return cmp.Or(strings.Compare(a.URL, b.URL), bytes.Compare(a.Body, b.Body))
	})
}

// rehearse goes through a change without sending anything. An error is one of the command line: nothing else can go wrong
// here. With --dry-run it shows the requests and reports that all is done.
func (o *changeOptions) rehearse(ctx context.Context, change func(context.Context, *client.Client) error) (done bool, err error) {
	var h rehearsal
	c, err := o.offline(&h)
	if err != nil {
		return false, err
	}
	defer c.Close()
	if err := change(ctx, c); err != nil {
		return false, usage(err)
	}
	if !o.dryRun {
		return false, nil
	}
	for _, p := range h.ordered() {
		if err := o.show(p); err != nil {
			return false, err
		}
	}
	return true, nil
}

// offline makes a client that has no key and reaches nothing. All other settings are the real ones, so that a mistake in
// them shows.
func (o *changeOptions) offline(h *rehearsal) (*client.Client, error) {
	place := o.remote
	if place.maxRPS >= 0 { // others are wrong, and refused as ever
		place.maxRPS = math.Inf(1)
	}
	place.env = func(name string) string {
		if name == "JUMPCLOUD_API_KEY" {
			return "none"
		}
		return o.env(name)
	}
	return place.open(client.WithTransport(h))
}

// show prints a request that would be sent.
func (o *changeOptions) show(p planned) error {
	if o.output.value == "json" {
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
