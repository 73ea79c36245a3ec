package postgres

import "time"

// HurryUp makes the pauses between two tries short.
func HurryUp() {
	for i := range pauses {
		pauses[i] = time.Duration(i+1) * 5 * time.Millisecond
	}
}

// Patient makes the sink try again until a server that was started anew is ready.
func Patient() {
	for range 50 {
		pauses = append(pauses, 100*time.Millisecond)
	}
}

// OnStep calls a function at each step of a run.
func OnStep(f func(step string)) { reached = f }

// The steps at which a test may end a run.
var Steps = []string{stepSpool, stepCopy, stepMerge, stepCommit}

// Made names the columns that a migration makes.
var Made = made

// Graph names the tables of the graph.
func Graph() []string {
	var all []string
	for _, t := range graphTables {
		all = append(all, t.name)
	}
	return all
}
