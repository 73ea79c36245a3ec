// Package patience waits: for as long as a server asks, and never longer than the caller's context.
//
// It is shared by all packages that speak with a server or try again later.
package patience

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Wait waits, or returns early with the context's error.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ContextError(ctx)
	}
}

// ContextError holds both why a context ended and, where it differs, the caller's cause.
func ContextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return errors.Join(err, cause)
	}
	return err
}

// RetryAfter reads the header of that name in both its forms: seconds, however many, and a date. Where it is there
// several times, the longest wait counts. It is zero where there is none, and for a date that has passed.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	var longest time.Duration
	for _, v := range h.Values("Retry-After") {
		longest = max(longest, retryAfter(strings.TrimSpace(v), now))
	}
	return longest
}

const forever = time.Duration(math.MaxInt64)

func retryAfter(v string, now time.Time) time.Duration {
	seconds, err := strconv.ParseFloat(v, 64) // for a number that is too large it is infinite
	switch {
	case err == nil || errors.Is(err, strconv.ErrRange):
		return saturated(seconds)
	case len(v) == 0:
		return 0
	}
	for _, form := range []string{http.TimeFormat, time.RFC850, time.ANSIC, time.RFC1123Z, time.RFC1123, time.RFC3339} {
		if at, err := time.Parse(form, v); err == nil {
			return max(0, at.Sub(now))
		}
	}
	return 0
}

// saturated makes a duration of seconds; of more than a duration can hold, the longest one.
func saturated(seconds float64) time.Duration {
	switch {
	case math.IsNaN(seconds) || seconds <= 0:
		return 0
	case seconds >= forever.Seconds():
		return forever
	}
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}
