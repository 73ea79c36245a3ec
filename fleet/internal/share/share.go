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
)

// Shares divides the rates of all credentials that a worker uses.
type Shares struct {
	pool   *pgxpool.Pool
	schema string // quoted
	worker string
	rate   float64
	log    *slog.Logger

	mu   sync.Mutex
	each map[string]*Share
}

// New makes the shares of a worker: schema is that of the table lease, and rate what each credential has in all.
func New(pool *pgxpool.Pool, schema, worker string, rate float64, log *slog.Logger) *Shares {
	return &Shares{pool: pool, schema: pgx.Identifier{schema}.Sanitize(), worker: worker, rate: rate, log: log, each: map[string]*Share{}}
}

// Of returns the share of a credential.
func (s *Shares) Of(credential string) *Share {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.each[credential] == nil {
		s.each[credential] = &Share{all: s, credential: credential, turn: make(chan struct{}, 1)}
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

// Close gives all leases back.
func (s *Shares) Close(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, "DELETE FROM "+s.schema+".lease WHERE worker = $1", s.worker)
	return err
}

// Share is the part of a credential's rate that this worker has. It is safe for concurrent use.
type Share struct {
	all        *Shares
	credential string
	turn       chan struct{} // whoever has it may send next, or is renewing

	mu      sync.Mutex
	renewer bool // it runs
	used    time.Time
	rate    float64
	until   time.Time
	next    time.Time // the next request is sent then, or later
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
	for {
		s.want(ctx)
		select {
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause, ok := s.slot()
		if ok {
			err := sleep(ctx, pause)
			ok = s.still(err)
			<-s.turn
			if err != nil || ok {
				return err
			}
			continue
		}
		<-s.turn
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// slot says when the next request may be sent, or, without a lease, how long to wait before looking again.
func (s *Share) slot() (pause time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.rate <= 0 || now.After(s.until) {
		return renewEvery / 20, false
	}
	if s.next.Before(now) {
		s.next = now
	}
	return s.next.Sub(now), true
}

// still takes the slot, unless waiting for it failed or the lease has ended meanwhile.
func (s *Share) still(waited error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if waited != nil || s.rate <= 0 || now.After(s.until) {
		return false
	}
	s.next = now.Add(time.Duration(float64(time.Second) / s.rate))
	return true
}

// want notes that there is a request to send, and sees to it that the lease is renewed.
func (s *Share) want(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = time.Now()
	if !s.renewer {
		s.renewer = true
		go s.renewing(context.WithoutCancel(ctx))
	}
}

// renewing renews the lease until no request has been sent for a while, and then gives it back.
func (s *Share) renewing(ctx context.Context) {
	for {
		began := time.Now()
		s.turn <- struct{}{}
		err := s.renew(ctx)
		<-s.turn
		if err != nil {
			s.all.log.Warn("the lease cannot be renewed: no request is sent until it can", "credential", s.credential, "error", err)
		}
		if s.idle(ctx, err) {
			return
		}
		_ = patience.Wait(ctx, max(renewEvery-time.Since(began), renewEvery/10)) // the context does not end
	}
}

// idle gives the lease back when it is not used; where that fails, it ends by itself.
func (s *Share) idle(ctx context.Context, renewed error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.used) < idleAfter {
		return false
	}
	s.renewer, s.rate = false, 0
	if renewed == nil {
		go s.release(ctx)
	}
	return true
}

func (s *Share) release(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, leaseTime)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.renewer { // it is wanted again
		return
	}
	_, _ = s.all.pool.Exec(ctx, "DELETE FROM "+s.all.schema+".lease WHERE credential = $1 AND worker = $2", s.credential, s.all.worker) // else it ends by itself
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
		rate = max(0, min(s.all.rate/(workers+1), s.all.rate-others))
		_, err := tx.Exec(ctx, "INSERT INTO "+s.all.schema+`.lease (credential, worker, rate, expires) VALUES ($1, $2, $3, clock_timestamp() + $4::interval)
			ON CONFLICT (credential, worker) DO UPDATE SET rate = EXCLUDED.rate, expires = EXCLUDED.expires`, s.credential, s.all.worker, rate, leaseTime)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil { // the database may have it or not
		s.rate = 0
		return errors.Join(err)
	}
	s.rate, s.until = rate, began.Add(leaseTime-margin)
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
