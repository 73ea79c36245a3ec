//go:build race

package schemas_test

// raceEnabled tells that the race detector is on, which multiplies the memory in use.
const raceEnabled = true
