package watch

// Write writes events as lines of JSON.
var Write = write

// Without is the environment of programs.
func Without(environment []string) []string { return without(environment) }
