package client

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	// forgetAfter is how long a rate that was lowered is remembered when nothing is sent.
	forgetAfter = 10 * time.Minute
	// fewBuckets is how many buckets are kept without looking for those that may go.
	fewBuckets = 64
)

// Limiter keeps the requests of all clients that have it within a request rate. Give it to them with [WithLimiter]. The
// zero value limits as a client does without one: 8 requests per second for each credential. Set the fields before the
// first client is made with it: what they hold then stays in force. All else is safe for concurrent use. A Limiter must
// not be copied.
//
// Each host, and on it each credential or each organization, has a rate and a count of requests in flight of its own: it
// starts at MaxRPS, is lowered by 429s and rises again, as the documentation of the package says under Limits. A 429 slows
// down only what is counted together with the request that met it. Two credentials are the same one when they have the same
// API key or the same client id; those of [APIKeyFunc] and [ServiceAccountFunc] when they are one value.
//
// A Limiter keeps about 500 bytes for each credential or organization in use. Those that are not used are dropped
// when others come, once nothing would be different for them: so a rate that was lowered is remembered for ten minutes at
// least.
type Limiter struct {
	// MaxRPS is how many requests per second are sent at most for each credential, or each organization. 0 means 8;
	// math.Inf(1) means no limit, for test servers and recordings.
	MaxRPS float64
	// Burst is how many requests are sent at once after a pause. 0 means 8. With fewer there is a margin for requests that arrive
	// closer together than they were sent.
	Burst int
	// PerOrganization counts by organization instead of by credential: each organization that a client names, by
	// [WithOrgID] or [Client.ForOrg], has the rate for itself, whatever credential asks. The sum over all organizations has no
	// limit. Routes without x-org-id, which are those of organizations, and clients that name no organization count for
	// their credential. So name the organization in all clients that read it, or its rate counts twice. JumpCloud does
	// not document whether it counts by key or by organization: where 429s come with this, it does not count by
	// organization.
	PerOrganization bool

	once  sync.Once
	rps   float64 // the fields as they were when the first client was made
	burst int
	each  bool

	mu      sync.Mutex
	buckets map[counted]*bucket
	sweepAt int // with so many buckets, those that may go are looked for
}

// counted is what has a rate of its own.
type counted struct {
	host string
	who  any // an organizationID, or the identity of a credential
}

type organizationID string

// WithLimiter lets the client, and all clients derived from it, keep the rate of l together with all other clients that
// have l; they share nothing else by it. Clients that [Client.ForOrg] makes of one client share its connections, too. It
// cannot be joined with [WithMaxRPS]: the limiter has the rate. With [FromEnv] it replaces the rate of the environment.
func WithLimiter(l *Limiter) Option {
	return func(c *config) error {
		if l == nil {
			return errors.New("client: WithLimiter needs a limiter, such as &client.Limiter{}")
		}
		c.limiter = l
		return nil
	}
}

// start fixes the fields, and says what is wrong with them.
func (l *Limiter) start() error {
	l.once.Do(func() {
		l.rps, l.burst, l.each = l.MaxRPS, cmp.Or(l.Burst, defaultBurst), l.PerOrganization
		if l.rps == 0 {
			l.rps = defaultRPS
		}
		l.buckets, l.sweepAt = map[counted]*bucket{}, fewBuckets
	})
	if math.IsNaN(l.rps) || l.rps < 0 {
		return fmt.Errorf("client: the request rate of a limiter must be above zero, or zero for the default, not %v", l.rps)
	}
	if l.burst < 0 {
		return fmt.Errorf("client: the burst of a limiter must be above zero, or zero for the default, not %d", l.burst)
	}
	return nil
}

// join returns the bucket in which a request counts. Every join must be followed by a leave: a bucket in use stays.
func (l *Limiter) join(k counted) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[k]
	if b == nil {
		l.sweep()
		b = newBucket(l.rps, l.burst)
		l.buckets[k] = b
	}
	b.users++
	return b
}

func (l *Limiter) leave(b *bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.users--
	b.used = time.Now()
}

// sweep drops the buckets that may go when there are many. Its cost is that of a few steps for each bucket that is made.
func (l *Limiter) sweep() {
	if len(l.buckets) < l.sweepAt {
		return
	}
	now := time.Now()
	for k, b := range l.buckets {
		if b.users == 0 && b.forgettable(now, now.Sub(b.used)) {
			delete(l.buckets, k)
		}
	}
	l.sweepAt = max(fewBuckets, 2*len(l.buckets))
}

// current returns the rate in force, in requests per second.
func (l *Limiter) current(k counted) float64 {
	l.mu.Lock()
	b := l.buckets[k]
	l.mu.Unlock()
	if b == nil {
		return l.rps
	}
	return b.current()
}

// counted says where the requests of the client count.
func (c *Client) counted(noOrg bool) counted {
	if c.limiter.each && c.orgID != "" && !noOrg {
		return counted{c.base.Host, organizationID(c.orgID)}
	}
	return counted{c.base.Host, c.credential.identity()}
}
