package watch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph"
)

// intervals are JupiterOne's polling intervals.
var intervals = map[string]time.Duration{
	"DISABLED":       0,
	"THIRTY_MINUTES": 30 * time.Minute,
	"ONE_HOUR":       time.Hour,
	"FOUR_HOURS":     4 * time.Hour,
	"EIGHT_HOURS":    8 * time.Hour,
	"TWELVE_HOURS":   12 * time.Hour,
	"ONE_DAY":        24 * time.Hour,
	"ONE_WEEK":       7 * 24 * time.Hour,
}

// Intervals returns the names of JupiterOne's polling intervals, from the shortest to the longest.
func Intervals() []string {
	return slices.SortedFunc(maps.Keys(intervals), func(a, b string) int { return cmp.Compare(intervals[a], intervals[b]) })
}

// Interval reads the time between runs: a duration such as 90m, of a minute at least, or one of JupiterOne's polling
// intervals by its name, in any case: THIRTY_MINUTES, ONE_HOUR, FOUR_HOURS, EIGHT_HOURS, TWELVE_HOURS, ONE_DAY, ONE_WEEK, or
// DISABLED, which is zero: a single run.
func Interval(text string) (time.Duration, error) {
	if d, named := intervals[strings.ToUpper(text)]; named {
		return d, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no time between runs: write one such as 90m, or %s", jumpgraph.ErrUsage, text, strings.Join(Intervals(), ", "))
	}
	if d < time.Minute {
		return 0, fmt.Errorf("%w: %s between runs is less than a minute", jumpgraph.ErrUsage, text)
	}
	return d, nil
}
