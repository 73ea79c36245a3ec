package postgres

// The steps of a run at which a test may end it.
const (
	stepSpool  = "spool"
	stepCopy   = "copy"
	stepMerge  = "merge"
	stepCommit = "commit"
)

// reached is told of each step; tests replace it.
var reached = func(step string) {}
