package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

// maxErrorBody bounds how much of an error answer is read.
const maxErrorBody = 1 << 20

// call is one request and what to do with its answer.
type call struct {
	*route
	params []string
	values url.Values
	body   any // encoded as JSON when not nil
	// decode reads a successful answer. It may run more than once.
	decode func(io.Reader, http.Header) error
}

// do sends a call until it succeeds, cannot succeed, or may not be sent again.
func (c *Client) do(ctx context.Context, k call) error {
	s, err := c.prepare(k)
	if err != nil {
		return err
	}
	for {
		s.attempt++
		v := s.try(ctx)
		if !v.again {
			return v.err
		}
		if err := s.pause(ctx, v.wait); err != nil {
			return err
		}
	}
}

// sending is a call in progress: what is sent, and what its attempts so far have shown.
type sending struct {
	call

	c       *Client
	target  string // the whole address
	payload []byte // the body, encoded; nil when there is none
	attempt int    // how often the call was tried, this time included
	refused *proof // the credential that JumpCloud refused, once another one is there
}

// prepare makes of a call what is sent.
func (c *Client) prepare(k call) (sending, error) {
	s := sending{call: k, c: c}
	if c.wrongOrg != nil && !k.noOrg {
		return s, c.wrongOrg
	}
	path, err := k.fill(k.params)
	if err != nil {
		return s, err
	}
	s.target = c.base.String() + path
	if len(k.values) > 0 {
		s.target += "?" + k.values.Encode()
	}
	if k.body != nil {
		if s.payload, err = json.Marshal(k.body); err != nil {
			return s, k.wrap(fmt.Errorf("encode the request: %w", err))
		}
	}
	return s, nil
}

// decision is what follows from an attempt: the call is over, or it is tried again after a wait.
type decision struct {
	again bool
	wait  time.Duration
	err   error // how the call ends where it is over; nil for success
}

// try makes one attempt: it gets the credential, waits for its turn, sends the request, and says what follows.
func (s *sending) try(ctx context.Context) decision {
	proven, err := s.c.credential.current(ctx, s.refused)
	if err != nil {
		return s.withoutCredential(err)
	}
	rate := s.c.limiter.join(s.c.counted(s.noOrg))
	defer s.c.limiter.leave(rate)
	turn := time.Now()
	if err := rate.acquire(ctx); err != nil {
		return decision{err: s.wrap(err)}
	}
	s.c.stats.wait(turn)
	sent := time.Now()
	a := s.send(ctx, proven)
	rate.release()
	if a.status != http.StatusTooManyRequests {
		rate.answered()
	}
	switch {
	case a.err == nil:
		return decision{}
	case ctx.Err() != nil:
		return decision{err: s.wrap(patience.ContextError(ctx))}
	case s.renewed(ctx, a, proven):
		return decision{again: true}
	}
	return s.afterFailure(a, sent, rate)
}

// withoutCredential says what follows when there is no credential to send. Nothing of the request was sent yet, so it
// may be tried again where the answer of the token host allows it.
func (s *sending) withoutCredential(err error) decision {
	o := outcome{err: err}
	if refusal, ok := errors.AsType[*APIError](err); ok {
		o.repeatable, o.status, o.retryAfter = true, refusal.Status, refusal.RetryAfter
	} else if errors.Is(err, errNoToken) {
		o.repeatable = true
	}
	return s.decide(o)
}

// renewed reports that JumpCloud refused the credential and that there is another one now, because the key was
// replaced. A refused request has done nothing, so it may be sent again, once.
func (s *sending) renewed(ctx context.Context, a answer, proven *proof) bool {
	if a.status != http.StatusUnauthorized || s.refused != nil {
		return false
	}
	switch next, err := s.c.credential.current(ctx, proven); {
	case err != nil && !passing(err), err == nil && next == proven:
		return false
	}
	s.refused = proven // where there is no other one yet, the next attempt asks again
	return true
}

// passing reports that a credential could not be got for a reason that may pass.
func passing(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	return ok && temporary(refusal.Status) || errors.Is(err, errNoToken)
}

// afterFailure says what follows from a failed attempt, and slows down all requests that are counted together where
// JumpCloud asks for it.
func (s *sending) afterFailure(a answer, sent time.Time, rate *bucket) decision {
	v := s.decide(outcome{repeatable: s.repeat, status: a.status, err: a.err, retryAfter: a.retryAfter})
	if a.status == http.StatusTooManyRequests {
		s.c.stats.limit()
		rate.limited(sent, max(v.wait, min(a.retryAfter, s.c.maxWait)))
	}
	if !v.again && !s.repeat && (a.status == 0 || a.status == http.StatusOK) {
		v.err = fmt.Errorf("%w (no whole answer came: the request may have been carried out)", v.err)
	}
	return v
}

// decide completes an outcome with what the call knows, and decides on it.
func (s *sending) decide(o outcome) decision {
	o.attempt, o.maxWait, o.jitter = s.attempt, s.c.maxWait, s.c.jitter()
	wait, again := decide(o)
	return decision{again: again, wait: wait, err: o.err}
}

// pause waits before the next attempt.
func (s *sending) pause(ctx context.Context, wait time.Duration) error {
	start := time.Now()
	if err := patience.Wait(ctx, wait); err != nil {
		return s.wrap(err)
	}
	s.c.stats.wait(start)
	return nil
}

// answer is what came of one request.
type answer struct {
	status     int           // 0 when no answer came, 200 for all that is a success
	retryAfter time.Duration // how long JumpCloud asks to wait
	err        error         // nil for a success that could be read
}

// send sends the request once and reads its answer.
func (s *sending) send(ctx context.Context, proven *proof) answer {
	req := s.c.http.R().SetContext(ctx).SetDoNotParseResponse(true).
		SetHeader("Accept", "application/json").SetHeader("User-Agent", userAgent)
	if s.payload != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(s.payload)
	}
	proven.set(req.Header)
	if s.c.orgID != "" && !s.noOrg {
		req.SetHeader("x-org-id", s.c.orgID)
	}
	s.c.stats.request(s.attempt)
	start := time.Now()
	res, err := req.Execute(s.method, s.target)
	if err != nil {
		s.log(ctx, 0, start)
		return answer{err: s.wrap(unwrapURL(err))}
	}
	defer drain(res)
	defer s.log(ctx, res.StatusCode(), start)
	if res.StatusCode() >= 300 {
		return s.refusal(res)
	}
	return answer{status: http.StatusOK, err: s.read(res)}
}

// errBroken marks a connection that broke while the answer was read.
var errBroken = errors.New("the connection broke")

// read decodes a successful answer from the stream.
func (s *sending) read(res *resty.Response) error {
	switch {
	case s.decode == nil:
		return nil
	case s.repeat && res.StatusCode() != http.StatusOK && res.StatusCode() != http.StatusNoContent:
		return wrongAnswer(s.route, fmt.Errorf("status %d where data belongs", res.StatusCode()))
	}
	in := &watched{r: res.RawBody(), turns: &s.c.turns, done: res.Request.Context().Done()}
	defer in.end()
	err := s.decode(in, res.Header())
	if err != nil && in.err != nil && !errors.Is(in.err, io.EOF) {
		return s.wrap(fmt.Errorf("%w while reading the answer: %w", errBroken, in.err))
	}
	return err
}

// refusal makes an error of an answer that is no success.
func (s *sending) refusal(res *resty.Response) answer {
	raw, _ := io.ReadAll(io.LimitReader(res.RawBody(), maxErrorBody)) // a cut body still has its status
	text := s.c.credential.scrub(string(raw))
	message := s.c.credential.scrub(errorMessage(raw)) // an escaped secret shows only here
	wanted := patience.RetryAfter(res.Header(), time.Now())
	return answer{res.StatusCode(), wanted, &APIError{
		Status: res.StatusCode(), Method: s.method, Route: s.path(),
		Message: shorten(message), RequestID: shorten(s.c.credential.scrub(res.Header().Get("X-Request-Id"))),
		RetryAfter: wanted, beyond: temporary(res.StatusCode()) && wanted > s.c.maxWait, Attempts: s.attempt, Body: []byte(text[:min(len(text), maxKeptBody)]),
	}}
}

// shorten cuts a text that is too long for a message.
func shorten(text string) string {
	if r := []rune(text); len(r) > maxKeptBody {
		return string(r[:maxKeptBody]) + "..."
	}
	return text
}

// log notes one request, without anything that may be personal or secret.
func (s *sending) log(ctx context.Context, status int, start time.Time) {
	s.c.logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("method", s.method), slog.String("route", s.path()),
		slog.Int("status", status), slog.Duration("duration", time.Since(start)), slog.Int("attempt", s.attempt))
}

// drain reads what is left, up to a limit, so that the connection can be used again.
func drain(res *resty.Response) {
	if body := res.RawBody(); body != nil {
		_, _ = io.CopyN(io.Discard, body, 64<<10)
		_ = body.Close()
	}
}

// watched remembers how reading ended, to tell a broken connection from a wrong answer.
type watched struct {
	r   io.Reader
	err error

	turns *turns          // of large answers
	taken int             // how many of them the answer has
	done  <-chan struct{} // ends the call
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// wait waits for the next turn of large answers. The turns are taken in one order, so that no two wait for each other.
func (w *watched) wait(turn int) error {
	select {
	case w.turns[turn] <- struct{}{}:
		w.taken++
		return nil
	case <-w.done:
		return errBroken
	}
}

// end gives the turns back.
func (w *watched) end() {
	for w.taken > 0 {
		w.taken--
		w.turns[w.taken].give()
	}
}

// unwrapURL drops the address from a transport error: it holds ids and a query.
func unwrapURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
