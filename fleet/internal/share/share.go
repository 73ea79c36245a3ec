// Package share divides the request rate of a credential among the workers that use it, by a table of leases in the database.
//
// A worker that has requests to send holds a lease, which it renews each second. At each renewal it takes an equal part of the
// rate, and never more than the other leases leave: so one that is new begins when the others have gone down. A lease ends by
// the clock of the database; its worker counts from before it asked, by a clock that no setting of the time moves, and stops
// earlier. While a renewal is under way, and when the database cannot be asked, nothing is sent.
package share

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

const (
	renewEvery = time.Second
	leaseTime  = 10 * time.Second // by the clock of the database
	margin     = time.Second      // by which a worker stops earlier
	idleAfter  = 3 * time.Second  // without a request the lease is given back
	lookEvery  = renewEvery / 20  // for the lease, or a part of the rate that has changed
	least      = 1e-6             // of the rate: what is smaller is left over by rounding, and is nothing
)

// ErrClosed says that the shares are closed.
var ErrClosed = errors.New("the shares of the rate are given back")

// Shares divides the rates of all credentials that a worker uses.
type Shares struct {
	pool   *pgxpool.Pool
	schema string // quoted
	worker string
	rate   float64
	log    *slog.Logger

	ctx      context.Context // that of the renewals; it ends with Close
	stop     context.CancelFunc
	renewals sync.WaitGroup

	mu   sync.Mutex
	each map[string]*Share
}

// New makes the shares of a worker: schema is that of the table lease, and rate what each credential has in all. Close them at
// the end.
func New(pool *pgxpool.Pool, schema, worker string, rate float64, log *slog.Logger) *Shares {
	s := &Shares{pool: pool, schema: pgx.Identifier{schema}.Sanitize(), worker: worker, rate: rate, log: log, each: map[string]*Share{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Of returns the share of a credential.
func (s *Shares) Of(credential string) *Share {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.each[credential] == nil {
		s.each[credential] = &Share{all: s, credential: credential, turn: make(chan struct{}, 1), sending: make(chan struct{}, 1)}
	}
	return s.each[credential]
}

// Rates returns the rate that is held for each credential now, in requests per second.
func (s *Shares) Rates() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	rates := map[string]float64{}
	for name, share := range s.each {
		rates[name] = share.held()
	}
	return rates
}

// Close ends the renewals, and gives all leases back. Nothing is sent after it.
func (s *Shares) Close(ctx context.Context) error {
	s.mu.Lock()
	s.stop()
	for _, share := range s.each {
		share.end()
	}
	s.mu.Unlock()
	s.renewals.Wait()
	_, err := s.pool.Exec(ctx, "DELETE FROM "+s.schema+".lease WHERE worker = $1", s.worker)
	return err
}

// Share is the part of a credential's rate that this worker has. It is safe for concurrent use.
type Share struct {
	all        *Shares
	credential string
	turn       chan struct{} // whoever has it may send next
	sending    chan struct{} // held for the moment in which a request is let through, and while the lease is renewed

	mu      sync.Mutex
	renewer bool // it runs
	waiting int  // requests
	used    time.Time
	rate    float64
	until   time.Time
	sent    time.Time // when the last request was let through
}

// held returns the rate in force.
func (s *Share) held() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().After(s.until) {
		return 0
	}
	return s.rate
}

// Wait returns when a request may be sent. Requests are sent at even distances, without bursts.
func (s *Share) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.want(); err != nil {
		return err
	}
	defer s.served()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.turn }()
	for {
		pause, err := s.take(ctx)
		if err != nil || pause == 0 {
			return err
		}
		if patience.Wait(ctx, min(pause, lookEvery)) != nil {
			return context.Cause(ctx)
		}
	}
}

// take lets a request through, unless the lease is being renewed; then it waits for that. It returns 0, or after which time to
// look again.
func (s *Share) take(ctx context.Context) (time.Duration, error) {
	select {
	case s.sending <- struct{}{}:
	case <-s.all.ctx.Done():
		return 0, ErrClosed
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-s.sending }()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.all.ctx.Err() != nil:
		return 0, ErrClosed
	case s.rate <= 0 || now.After(s.until):
		return lookEvery, nil
	}
	distance := time.Duration(float64(time.Second) / s.rate)
	if pause := distance - now.Sub(s.sent); pause > 0 && !s.sent.IsZero() {
		return pause, nil
	}
	s.sent = now
	return 0, nil
}

// want notes that there is a request to send, and sees to it that the lease is renewed.
func (s *Share) want() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all.ctx.Err() != nil {
		return ErrClosed
	}
	s.waiting++
	if !s.renewer {
		s.renewer = true
		s.all.renewals.Go(s.renewing)
	}
	return nil
}

// served notes that a request does not wait any more.
func (s *Share) served() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	s.used = time.Now()
}

// end gives the rate up, when the renewals have been stopped.
func (s *Share) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate = 0
}

// renewing renews the lease until no request has been sent for a while, and then gives it back.
func (s *Share) renewing() {
	ctx := s.all.ctx
	for ctx.Err() == nil {
		began := time.Now()
		s.sending <- struct{}{}
		err := s.renew(ctx)
		<-s.sending
		if err != nil && ctx.Err() == nil {
			s.all.log.Warn("the lease cannot be renewed: no request is sent until it can", "credential", s.credential, "error", err)
		}
		if s.idle() {
			if err == nil {
				s.release(ctx)
			}
			if s.done() {
				return
			}
			continue
		}
		_ = patience.Wait(ctx, max(renewEvery-time.Since(began), renewEvery/10)) // the loop sees that the context has ended
	}
}

// idle gives up the rate when it is not used.
func (s *Share) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting > 0 || time.Since(s.used) < idleAfter {
		return false
	}
	s.rate = 0
	return true
}

// done ends the renewals, unless there is a request again.
func (s *Share) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewer = s.waiting > 0
	return !s.renewer
}

// release gives the lease back; where that fails, it ends by itself.
func (s *Share) release(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, leaseTime)
	defer stop()
	_, _ = s.all.pool.Exec(ctx, "DELETE FROM "+s.all.schema+".lease WHERE credential = $1 AND worker = $2", s.credential, s.all.worker)
}

// renew takes as much as is this worker's part.
func (s *Share) renew(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, leaseTime/2)
	defer stop()
	began := time.Now()
	var rate float64
	err := pgx.BeginFunc(ctx, s.all.pool, func(tx pgx.Tx) error {
		var others, workers float64
		var batch pgx.Batch
		batch.Queue("SELECT pg_advisory_xact_lock(hashtextextended($1, 7362))", s.all.schema+" "+s.credential)
		batch.Queue("DELETE FROM "+s.all.schema+".lease WHERE credential = $1 AND expires < clock_timestamp()", s.credential)
		batch.Queue("SELECT coalesce(sum(rate), 0), count(*) FROM "+s.all.schema+".lease WHERE credential = $1 AND worker <> $2", s.credential, s.all.worker).
			QueryRow(func(row pgx.Row) error { return row.Scan(&others, &workers) })
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		if rate = min(s.all.rate/(workers+1), s.all.rate-others); rate < s.all.rate*least {
			rate = 0
		}
		_, err := tx.Exec(ctx, "INSERT INTO "+s.all.schema+`.lease (credential, worker, rate, expires) VALUES ($1, $2, $3, clock_timestamp() + $4::interval)
			ON CONFLICT (credential, worker) DO UPDATE SET rate = EXCLUDED.rate, expires = EXCLUDED.expires`, s.credential, s.all.worker, rate, leaseTime)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.all.ctx.Err() != nil { // the database may have it or not
		s.rate = 0
		return err
	}
	s.rate, s.until = rate, began.Add(leaseTime-margin)
	return nil
}
