package entities_test

import (
	"encoding/json"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// BenchmarkConvert measures making an entity of a device, the largest of the objects.
func BenchmarkConvert(b *testing.B) {
	raw, err := json.Marshal(jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Systems: 1}).Systems[0])
	if err != nil {
		b.Fatal(err)
	}
	var s client.System
	if err := json.Unmarshal(raw, &s); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := entities.NewDevice(&s); err != nil {
			b.Fatal(err)
		}
	}
}
