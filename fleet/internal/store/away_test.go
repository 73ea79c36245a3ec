package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// TestAway_IsADatabaseThatDoesNotAnswer: a worker waits for it, and for nothing else.
func TestAway_IsADatabaseThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", time.Second)
	if err == nil || !store.Away(err) {
		t.Errorf("%v is not told as away", err)
	}
	if store.Away(nil) || store.Away(errors.New("something else")) || store.Away(store.ErrNotMember) {
		t.Error("something else is told as away")
	}
}
