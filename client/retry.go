package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
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
	switch {
	case temporary(o.status):
	case o.status == http.StatusOK:
		// A whole answer of the wrong form comes again the same; one that was cut off does not.
		if !errors.Is(o.err, io.ErrUnexpectedEOF) && !errors.Is(o.err, errBroken) {
			return 0, false
		}
	case o.status == 0:
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

// temporary reports a status of which another attempt may not see anything. Those from 520 on come from the servers in
// front of JumpCloud.
func temporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusInsufficientStorage,
		529, 530:
		return true
	}
	return status >= 520 && status <= 527
}

// permanent reports an error that would come again: a certificate that is refused, here or there, or one of which its
// transport says so.
func permanent(err error) bool {
	if _, refused := errors.AsType[*tls.CertificateVerificationError](err); refused {
		return true
	}
	if alert, refused := errors.AsType[tls.AlertError](err); refused {
		return slices.Contains(certificateAlerts, alert)
	}
	p, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return ok && p.Permanent()
}

// certificateAlerts are how a server says that it refuses the client's certificate, or the lack of one: RFC 8446, 6.2.
var certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}

// randomJitter spreads the waits of many clients.
func randomJitter() float64 { return rand.Float64() } //nolint:gosec // spreads waits, guards nothing
