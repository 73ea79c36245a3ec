package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// BenchmarkSinks compares what the sinks add to a run of 50,000 users: the same calls, without JumpCloud.
func BenchmarkSinks(b *testing.B) {
	size := jumpcloudtest.Size{Users: 50_000, Groups: 500, GroupMembers: 100, Applications: 200, Systems: 20_000}
	run := sinktest.Record(b, jumpcloudtest.Synthetic(1, size))
	for name, sink := range map[string]func(string) jumpgraph.Sink{"jsonl": jsonl.New, "sqlite": sqlite.New} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := sink(filepath.Join(b.TempDir(), "graph"))
				if err := run.Write(b.Context(), s, -1); err != nil {
					b.Fatal(err)
				}
				if err := s.Commit(b.Context(), run.Manifest()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
