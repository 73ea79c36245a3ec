package jupiterone

import "github.com/jumpgraph/jumpgraph"

// WithBatchBytes is how many bytes a batch may have, for tests that would need much data otherwise.
func WithBatchBytes(n int) Option { return func(s *settings) { s.limit = n } }

// StepIDs are the ids of the steps of some collections, by their names.
func StepIDs(collections []jumpgraph.CollectionInfo) map[string]string {
	ids := map[string]string{}
	for name, s := range stepsOf(collections) {
		ids[name] = s.id
	}
	return ids
}
