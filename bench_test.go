package jumpgraph_test

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// BenchmarkCollect measures a whole run over HTTP, server included. Package internal/bench measures it alone.
func BenchmarkCollect(b *testing.B) {
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 2000, Systems: 500, Groups: 20, Applications: 20, GroupMembers: 50}))
	defer s.Close()
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
		if err != nil {
			b.Fatal(err)
		}
		m, err := jumpgraph.Collect(b.Context(), c, jsonl.New(filepath.Join(dir, strconv.Itoa(i%2))))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Requests), "requests")
		c.Close()
	}
}

// BenchmarkWrite measures the JSON Lines sink alone.
func BenchmarkWrite(b *testing.B) {
	var batch []entities.Entity
	var edges []relationships.Relationship
	for _, o := range jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 1000}).SystemUsers {
		raw, err := json.Marshal(o)
		if err != nil {
			b.Fatal(err)
		}
		var u client.SystemUser
		if err := json.Unmarshal(raw, &u); err != nil {
			b.Fatal(err)
		}
		e, err := entities.NewUser(&u)
		if err != nil {
			b.Fatal(err)
		}
		batch = append(batch, e)
		edges = append(edges, relationships.AccountHasUser("5f00000000000000000000aa", entities.UserKey(u.ID)))
	}
	dir := b.TempDir()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		sink := jsonl.New(filepath.Join(dir, strconv.Itoa(i%2)))
		if err := sink.Begin(b.Context(), jumpgraph.Run{}); err != nil {
			b.Fatal(err)
		}
		if err := sink.Entities(b.Context(), "o", batch); err != nil {
			b.Fatal(err)
		}
		if err := sink.Relationships(b.Context(), "o", edges); err != nil {
			b.Fatal(err)
		}
		m := &jumpgraph.Manifest{Tool: jumpgraph.Tool{Name: "jumpgraph"}, Status: jumpgraph.Complete}
		if err := sink.Commit(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}
