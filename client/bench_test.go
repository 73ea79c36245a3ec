package client

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// BenchmarkDecodePage measures decoding alone, on a page of 1,000 users.
func BenchmarkDecodePage(b *testing.B) {
	o := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 1000})
	page, err := json.Marshal(map[string]any{"results": o.SystemUsers, "totalCount": 1000})
	if err != nil {
		b.Fatal(err)
	}
	c := &Client{shared: &shared{}}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		p := &Page[SystemUser]{}
		if err := decodePage(c, bytes.NewReader(page), searchSystemUsers, p, func(e *DecodeError) { b.Fatal(e) }); err != nil {
			b.Fatal(err)
		}
	}
}

// readyPages is a transport that answers with pages made beforehand, by the skip of the request.
type readyPages map[string][]byte

// RoundTrip answers with the page that begins where the request asks.
func (p readyPages) RoundTrip(r *http.Request) (*http.Response, error) {
	page := p[r.URL.Query().Get("skip")]
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"X-Total-Count": {"1000"}},
		Body: io.NopCloser(bytes.NewReader(page)), Request: r,
	}, nil
}

// makePages makes the pages of a list of 1,000 records that each begin a stride after the one before.
func makePages(b *testing.B, stride int, record func(id string) map[string]any) readyPages {
	b.Helper()
	var all []map[string]any
	for n := range 1000 {
		all = append(all, record(strconv.Itoa(1e9+n)+"0123456789abcd"))
	}
	pages := readyPages{}
	for skip := 0; skip < len(all); skip += stride {
		page, err := json.Marshal(all[skip:min(len(all), skip+100)])
		if err != nil {
			b.Fatal(err)
		}
		pages[strconv.Itoa(skip)] = page
	}
	return pages
}

// localClient returns a client that is answered without a network and without a limit.
func localClient(b *testing.B, pages readyPages) *Client {
	b.Helper()
	c, err := New(APIKey("key"), WithTransport(pages), WithMaxRPS(math.Inf(1)))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkAll measures reading a list of 1,000 small records by overlapping pages of 100: all but the network.
func BenchmarkAll(b *testing.B) {
	c := localClient(b, makePages(b, 99, func(id string) map[string]any { return map[string]any{"id": id, "name": id} }))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range c.UserGroups.All(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatalf("%d groups, want 1,000", n)
		}
	}
}

// BenchmarkMembers measures reading a list of 1,000 edges by pages of 100: all but the network.
func BenchmarkMembers(b *testing.B) {
	c := localClient(b, makePages(b, 100, func(id string) map[string]any { return map[string]any{"to": Ref{id, KindUser}} }))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range c.UserGroups.Members(b.Context(), "g") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatalf("%d members, want 1,000", n)
		}
	}
}

// BenchmarkGet measures what one request costs besides the network.
func BenchmarkGet(b *testing.B) {
	c := localClient(b, readyPages{"": []byte(`{"id":"x"}`)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.UserGroups.Get(b.Context(), "x"); err != nil {
			b.Fatal(err)
		}
	}
}
