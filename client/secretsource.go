package client

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

// slot lets one caller at a time ask for a credential; the others wait no longer than their contexts.
type slot chan struct{}

func (s slot) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("client: wait for the credential: %w", patience.ContextError(ctx))
	}
}

func (s slot) give() { <-s }

// secretSource is where a secret comes from that may be replaced while the program runs. One caller at a time may use it.
type secretSource[S comparable] struct {
	what string // what is asked for, in errors
	// ask gets the secret. It is asked at first, and when the secret was refused.
	ask func(context.Context) (S, error)

	now    S             // the zero value until there is one: no secret is that
	failed error         // how asking ended last; nil for a secret
	pause  time.Duration // after asking was in vain; 0 after it was not
	until  time.Time     // when it may be asked again
}

const (
	firstKeyPause = time.Second
	// maxKeyPause is the longest pause where none is set.
	maxKeyPause = defaultMaxWait
)

// next asks for a secret in the place of the one that is refused, if there was one. It may be the same. After it was asked in
// vain it is left alone for a while, of at most so long: 0 means the default. Then the secret or the error is that of before.
func (s *secretSource[S]) next(ctx context.Context, most time.Duration) (S, error) {
	if time.Now().Before(s.until) {
		return s.now, s.failed
	}
	err := s.renew(ctx, most)
	if err != nil && ctx.Err() == nil && s.pause == 0 {
		// The first failure: the source may be there again in a moment.
		s.inVain(err, most)
		if waited := patience.Wait(ctx, s.pause); waited != nil {
			return s.now, fmt.Errorf("client: wait for %s: %w", s.what, waited)
		}
		err = s.renew(ctx, most)
	}
	if err != nil && ctx.Err() == nil { // an ended context says nothing about the source
		s.inVain(err, most)
	}
	return s.now, err
}

// renew asks once.
func (s *secretSource[S]) renew(ctx context.Context, most time.Duration) error {
	secret, err := s.ask(ctx)
	switch {
	case err != nil:
		return err
	case secret == s.now:
		s.inVain(nil, most)
		return nil
	}
	s.now, s.failed, s.pause, s.until = secret, nil, 0, time.Time{}
	return nil
}

// inVain notes that asking gave nothing new, so that the source is left alone for a while.
func (s *secretSource[S]) inVain(err error, most time.Duration) {
	s.pause = min(max(firstKeyPause, 2*s.pause), cmp.Or(most, maxKeyPause))
	s.failed, s.until = err, time.Now().Add(s.pause)
}
