package client

import (
	"bytes"
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

// maxBody bounds a successful answer, decompressed. A page of 1,000 systems has about 4 MB.
const maxBody = 256 << 20

// call is one request and what to do with its answer.
type call struct {
	*route
	params []string
	values url.Values
	body   any // encoded as JSON when not nil
	// decode reads a successful answer. It may run more than once.
	decode func(io.Reader, http.Header) error
}

// do sends a call until it succeeds, cannot succeed, or may not be sent again. Everything that happens to a request
// happens here: limiter, sending, classification, decoding, the decision to try again, and the wait before that.
func (c *Client) do(ctx context.Context, k call) error {
	path, err := k.fill(k.params)
	if err != nil {
		return err
	}
	target := c.base.String() + path
	if len(k.values) > 0 {
		target += "?" + k.values.Encode()
	}
	var body []byte
	if k.body != nil {
		if body, err = json.Marshal(k.body); err != nil {
			return fmt.Errorf("client: %s: encode the request: %w", k.name(), err)
		}
	}
	var refused *proof
	for attempt := 1; ; attempt++ {
		proven, err := c.credential.current(ctx, refused)
		if err != nil {
			// Nothing of the request was sent yet, so it may be tried again.
			refusal, _ := errors.AsType[*APIError](err)
			wait, again := decide(outcome{attempt: attempt, repeatable: refusal != nil, status: statusOf(refusal), err: err, maxWait: c.maxWait, jitter: jitter()})
			if !again {
				return err
			}
			if err := patience.Wait(ctx, wait); err != nil {
				return fmt.Errorf("client: %s: %w", k.name(), err)
			}
			continue
		}
		turn := time.Now()
		if err := c.limiter.acquire(ctx); err != nil {
			return fmt.Errorf("client: %s: %w", k.name(), err)
		}
		c.stats.wait(turn)
		sent := time.Now()
		status, wanted, err := c.attempt(ctx, k, proven, target, body, attempt)
		c.limiter.release()
		if status != http.StatusTooManyRequests {
			c.limiter.answered()
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("client: %s: %w", k.name(), patience.ContextError(ctx))
		}
		if status == http.StatusUnauthorized && refused == nil {
			// The key may have been replaced. A refused request has done nothing, so it may be sent again.
			if next, ask := c.credential.current(ctx, proven); ask == nil && next != proven {
				refused = proven
				continue
			}
		}
		wait, again := decide(outcome{
			attempt: attempt, repeatable: k.repeat, status: status, err: err,
			retryAfter: wanted, maxWait: c.maxWait, jitter: jitter(),
		})
		if status == http.StatusTooManyRequests {
			c.stats.limit()
			c.limiter.limited(sent, max(wait, min(wanted, c.maxWait)))
		}
		if !again {
			if !k.repeat && (status == 0 || status == http.StatusOK) {
				err = fmt.Errorf("%w (no whole answer came: the request may have been carried out)", err)
			}
			return err
		}
		pause := time.Now()
		if err := patience.Wait(ctx, wait); err != nil {
			return fmt.Errorf("client: %s: %w", k.name(), err)
		}
		c.stats.wait(pause)
	}
}

func statusOf(e *APIError) int {
	if e == nil {
		return 0
	}
	return e.Status
}

// errBroken marks a connection that broke while the answer was read.
var errBroken = errors.New("the connection broke")

// attempt sends the request once. It returns the status, 0 when no answer came, and how long JumpCloud asks to wait.
func (c *Client) attempt(ctx context.Context, k call, proven *proof, target string, body []byte, attempt int) (int, time.Duration, error) {
	req := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).
		SetHeader("Accept", "application/json").SetHeader("User-Agent", userAgent)
	if body != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(body)
	}
	proven.set(req.Header)
	if c.orgID != "" && !k.noOrg {
		req.SetHeader("x-org-id", c.orgID)
	}
	c.stats.request(attempt)
	start := time.Now()
	res, err := req.Execute(k.method, target)
	if err != nil {
		c.log(ctx, k, 0, attempt, start)
		return 0, 0, fmt.Errorf("client: %s: %w", k.name(), unwrapURL(err))
	}
	defer drain(res)
	status := res.StatusCode()
	if status >= 300 {
		c.log(ctx, k, status, attempt, start)
		wanted := patience.RetryAfter(res.Header(), time.Now())
		return status, wanted, c.refusal(k, res, attempt, wanted)
	}
	switch {
	case k.decode == nil:
	case k.repeat && status != http.StatusOK:
		err = wrongAnswer(k.route, fmt.Errorf("status %d where data belongs", status))
	default:
		err = c.read(k, res)
	}
	c.log(ctx, k, status, attempt, start)
	return http.StatusOK, 0, err
}

// read decodes a successful answer from the stream.
func (c *Client) read(k call, res *resty.Response) error {
	in := &watched{r: io.LimitReader(res.RawBody(), maxBody)}
	err := k.decode(in, res.Header())
	switch {
	case err == nil:
		return nil
	case in.err != nil && !errors.Is(in.err, io.EOF):
		return fmt.Errorf("client: %s: %w while reading the answer: %w", k.name(), errBroken, in.err)
	default:
		return err
	}
}

// refusal makes an error of an answer that is no success.
func (c *Client) refusal(k call, res *resty.Response, attempt int, wanted time.Duration) error {
	raw, _ := io.ReadAll(io.LimitReader(res.RawBody(), maxErrorBody)) // a cut body still has its status
	text := c.credential.scrub(string(raw))
	message := c.credential.scrub(errorMessage(raw)) // an escaped secret shows only here
	return &APIError{
		Status: res.StatusCode(), Method: k.method, Route: k.path(),
		Message: shorten(message), RequestID: c.credential.scrub(res.Header().Get("X-Request-Id")),
		RetryAfter: wanted, Attempts: attempt, Body: []byte(text[:min(len(text), maxKeptBody)]),
	}
}

// shorten cuts a text that no reader wants whole.
func shorten(text string) string {
	if r := []rune(text); len(r) > maxKeptBody {
		return string(r[:maxKeptBody]) + "..."
	}
	return text
}

func (c *Client) log(ctx context.Context, k call, status, attempt int, start time.Time) {
	c.logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("method", k.method), slog.String("route", k.path()),
		slog.Int("status", status), slog.Duration("duration", time.Since(start)), slog.Int("attempt", attempt))
}

// drain reads what is left, so that the connection can be used again, but not a flood.
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
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// unwrapURL drops the address from a transport error: it holds ids and a query.
func unwrapURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// firstByte skips white space and returns the first byte of the answer, leaving it to be read; 0 for an empty answer.
func firstByte(r io.Reader) (byte, io.Reader, error) {
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		if n == 1 && !bytes.ContainsRune([]byte(" \t\r\n"), rune(one[0])) {
			return one[0], io.MultiReader(bytes.NewReader(one[:]), r), nil
		}
		if errors.Is(err, io.EOF) {
			return 0, r, nil
		}
		if err != nil {
			return 0, r, err
		}
	}
}
