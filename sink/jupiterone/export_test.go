package jupiterone

// WithBatchBytes is how many bytes a batch may have, for tests that would need much data otherwise.
func WithBatchBytes(n int) Option { return func(s *settings) { s.limit = n } }

// StepID is the step of a collection.
func StepID(collection string) string { return stepOf(collection).id }
