package client

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// BenchmarkDecodePage measures the door through which lists enter, on a page of 1,000 users.
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
