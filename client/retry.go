package client

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	maxAttempts = 5
	backoffBase = time.Second
	backoffCap  = 30 * time.Second
)

// outcome is all that the decision to try again rests on.
type outcome struct {
	attempt    int           // how often the request was sent, this time included
	repeatable bool          // repeating the request changes nothing
	status     int           // 0 when no answer came
	err        error         // what went wrong
	retryAfter time.Duration // what JumpCloud asked for
	maxWait    time.Duration
	jitter     float64 // in [0,1)
}

// decide says whether to try again and after which wait. It is pure: the same outcome gives the same decision.
func decide(o outcome) (wait time.Duration, again bool) {
	if o.err == nil || !o.repeatable || o.attempt >= maxAttempts {
		return 0, false
	}
	switch o.status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	case http.StatusOK:
		// A whole answer of the wrong form comes again the same; one that was cut off does not.
		if !errors.Is(o.err, io.ErrUnexpectedEOF) && !errors.Is(o.err, errBroken) {
			return 0, false
		}
	case 0:
		if errors.Is(o.err, context.Canceled) || permanent(o.err) {
			return 0, false
		}
	default:
		return 0, false
	}
	ceiling := min(backoffCap, backoffBase<<(o.attempt-1), o.maxWait)
	wait = max(time.Duration(o.jitter*float64(ceiling)), o.retryAfter)
	if wait > o.maxWait {
		return 0, false
	}
	return wait, true
}

// permanent reports that a transport says of its own error that it would come again.
func permanent(err error) bool {
	p, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return ok && p.Permanent()
}

// randomJitter spreads the waits of many clients.
func randomJitter() float64 { return rand.Float64() } //nolint:gosec // spreads waits, guards nothing
