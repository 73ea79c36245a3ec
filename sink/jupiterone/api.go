package jupiterone

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/patience"
)

const (
	maxAttempts    = 5
	backoff        = 200 * time.Millisecond // before the second attempt; it doubles from there
	maxRetryAfter  = time.Minute
	attemptTimeout = 2 * time.Minute
	maxAnswer      = 1 << 20 // bytes of an answer that are read
	maxMessage     = 512     // bytes of JupiterOne's message that an error keeps
)

// API says which account of JupiterOne gets the graph, and how to reach it.
type API struct {
	// Key is an API key of the account. It goes to the host of URL only, and into no error.
	Key string
	// Account is the id of the JupiterOne account.
	Account string
	// URL is the address of the API; empty means that of the region us. See [Region]. It must use https, or http on a
	// loopback address.
	URL string
	// InstanceID is the integration instance that the graph belongs to. Either it or Scope is needed, not both.
	InstanceID string
	// Scope is any text that stays the same from run to run, for graphs that belong to no integration instance. JupiterOne
	// deletes what an earlier run uploaded with the same scope or instance and this one does not hold: where each
	// organization is uploaded by a run of its own, each needs a scope or an instance of its own.
	Scope string
	// Client sends the requests; nil means one of the sink's own. Redirects are never followed.
	Client *http.Client
	// Wait is how long Commit waits for JupiterOne to take the graph over; 0 means that it is enough that JupiterOne has
	// accepted the upload. A job that JupiterOne ends otherwise is an error. That the time is over is no error; it is
	// logged.
	Wait time.Duration
	// Report, when not nil, is called with the job when it has begun and whenever its state was asked for. Its calls are
	// never concurrent.
	Report func(Job)
	// Logger gets a warning when a request is repeated, when a batch is split or raw data left out because JupiterOne takes
	// no more at once, and when the time to wait is over; nil means that nothing is logged. The key is in no message.
	Logger *slog.Logger
}

// String hides the key.
func (a API) String() string {
	return "jupiterone.API(account " + a.Account + ")"
}

// GoString hides the key.
func (a API) GoString() string { return a.String() }

var regionName = regexp.MustCompile(`^[a-z0-9-]+$`)

// Region returns the address of the API in a region, such as us or eu. For anything that cannot be the name of a region, it
// returns an address that Begin refuses.
func Region(name string) string {
	if name = strings.ToLower(name); !regionName.MatchString(name) {
		return "no-region:" + name
	}
	return "https://api." + name + ".jupiterone.io"
}

// Job is an upload as JupiterOne sees it.
type Job struct {
	// ID is the id of the job.
	ID string `json:"id"`
	// Status is AWAITING_UPLOADS, then FINALIZE_PENDING, FINALIZING_ENTITIES, FINALIZING_RELATIONSHIPS and FINISHED, or
	// begins with ABORTED or ERROR.
	Status string `json:"status"`
	// StartTimestamp is when the job began: milliseconds since 1970-01-01 UTC.
	StartTimestamp int64 `json:"startTimestamp"`

	// EntitiesUploaded counts the entities that JupiterOne has received.
	EntitiesUploaded int64 `json:"numEntitiesUploaded"`
	// EntitiesCreated, EntitiesUpdated and EntitiesDeleted count what changed, once the job is finished.
	EntitiesCreated int64 `json:"numEntitiesCreated"`
	EntitiesUpdated int64 `json:"numEntitiesUpdated"`
	EntitiesDeleted int64 `json:"numEntitiesDeleted"`
	// RelationshipsUploaded counts the relationships that JupiterOne has received.
	RelationshipsUploaded int64 `json:"numRelationshipsUploaded"`
	// RelationshipsCreated, RelationshipsUpdated and RelationshipsDeleted count what changed, once the job is finished.
	RelationshipsCreated int64 `json:"numRelationshipsCreated"`
	RelationshipsUpdated int64 `json:"numRelationshipsUpdated"`
	RelationshipsDeleted int64 `json:"numRelationshipsDeleted"`

	errors []string // the names of its fields that report errors
}

// awaitsUploads reports that the job takes entities and relationships.
func (j Job) awaitsUploads() bool { return j.Status == "AWAITING_UPLOADS" }

// accepted reports that the job was finalized and nothing has gone wrong since.
func (j Job) accepted() bool { return strings.HasPrefix(j.Status, "FINAL") || j.Status == "FINISHED" }

// failed reports that the job has ended without a graph.
func (j Job) failed() bool {
	return strings.HasPrefix(j.Status, "ABORTED") || strings.HasPrefix(j.Status, "ERROR")
}

// The codes of JupiterOne's errors that make a difference.
const (
	codeEnded    = "JOB_NOT_AWAITING_UPLOADS"
	codeTooLarge = "RequestEntityTooLargeException"
)

// APIError is an answer of JupiterOne that is not a success.
type APIError struct {
	// Status is the HTTP status.
	Status int
	// Code is JupiterOne's code for what is wrong; empty when it gave none.
	Code string
	// Message is what JupiterOne said; empty when it said nothing readable.
	Message string
	// Route names the request: its method and its path, without ids.
	Route string
	// CorrelationID is the id by which JupiterOne's support finds the request.
	CorrelationID string
	// Attempts is how often the request was sent.
	Attempts int

	retryAfter time.Duration
}

// Error names the request, the status and what JupiterOne said. It never holds the key.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "jupiterone: %s: %d %s", e.Route, e.Status, cmp.Or(http.StatusText(e.Status), "(unknown)"))
	if said := strings.Trim(e.Code+": "+e.Message, ": "); said != "" {
		b.WriteString(": " + said)
	}
	if hint := e.hint(); hint != "" {
		b.WriteString(" (" + hint + ")")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " after %d attempts", e.Attempts)
	}
	return b.String() + ", request " + e.CorrelationID
}

// hint says what a reader can do about the refusal.
func (e *APIError) hint() string {
	switch {
	case e.Status >= 300 && e.Status < 400:
		return "redirects are not followed, since the key would go along; check the URL"
	case e.Status == http.StatusUnauthorized:
		return "the key may be mistyped, revoked, expired, or of another account or region"
	case e.Status == http.StatusForbidden:
		return "the key may not synchronize into this account or instance"
	case e.Status == http.StatusNotFound:
		return "the URL may be wrong, or there is no such integration instance"
	case e.Code == codeEnded:
		return "JupiterOne has ended the job; start again"
	}
	return ""
}

// caller sends requests to one API.
type caller struct {
	base, key, account string
	http               *http.Client
	own                bool // nobody else uses the HTTP client
	logger             *slog.Logger

	mu     sync.Mutex // guards report
	report func(Job)
}

// newCaller checks the settings. It sends nothing.
func newCaller(api API) (*caller, error) {
	base, err := safeURL(cmp.Or(api.URL, Region("us")))
	if err != nil {
		return nil, fmt.Errorf("%w: the URL of JupiterOne's API: %w", jumpgraph.ErrUsage, err)
	}
	for _, s := range [][2]string{{"API key", api.Key}, {"account", api.Account}} {
		if s[1] == "" || strings.ContainsFunc(s[1], func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("%w: JupiterOne needs the %s, without spaces", jumpgraph.ErrUsage, s[0])
		}
	}
	c := &caller{base: base, key: api.Key, account: api.Account, report: api.Report, logger: api.Logger}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.http, c.own = httpClient(api.Client)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// httpClient returns a copy of a client, or a new one where there is none, and whether nobody else uses its connections.
func httpClient(given *http.Client) (c *http.Client, own bool) {
	if given != nil {
		return new(*given), false
	}
	if t, ok := http.DefaultTransport.(*http.Transport); ok { // a program may have put something else there
		return &http.Client{Transport: t.Clone()}, true
	}
	return &http.Client{}, false
}

// safeURL checks an address to which a key may be sent. Errors do not repeat it: it may hold a password.
func safeURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("it must look like https://host or https://host/path")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return "", errors.New("it must use https, since the key goes there; http is for loopback only")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func (c *caller) close() {
	if c.own {
		c.http.CloseIdleConnections()
	}
}

func (c *caller) warn(ctx context.Context, format string, args ...any) {
	c.logger.WarnContext(ctx, fmt.Sprintf(format, args...))
}

func (c *caller) reported(j Job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.report != nil {
		c.report(j)
	}
}

const jobs = "/persister/synchronization/jobs"

// start begins a job. The request is repeated only when it is certain that no job has begun: two would disturb each other.
func (c *caller) start(ctx context.Context, body any) (Job, error) {
	r := call{method: http.MethodPost, again: nothingDone, promised: Job.awaitsUploads}
	if err := c.do(ctx, &r, body); err != nil {
		return Job{}, err
	}
	c.reported(r.answer)
	return r.answer, nil
}

// status asks for the state of a job.
func (c *caller) status(ctx context.Context, job string) (Job, error) {
	r := call{method: http.MethodGet, job: job, again: passing}
	if err := c.do(ctx, &r, nil); err != nil {
		return Job{}, err
	}
	c.reported(r.answer)
	return r.answer, nil
}

// finalize ends the uploads of a job. When an answer was lost and the next one says that the job takes no uploads any
// more, or when the answer is not the job, the state of the job says whether it was finalized.
func (c *caller) finalize(ctx context.Context, job string, partial []string) error {
	r := call{method: http.MethodPost, job: job, suffix: "/finalize", again: passing, promised: Job.accepted}
	err := c.do(ctx, &r, map[string]partialDatasets{"partialDatasets": {Types: partial}})
	unsure := unpromised(err) || r.attempts > 1 && (ended(err) || passing(err))
	if err == nil || ctx.Err() != nil || !unsure {
		return err
	}
	if j, unknown := c.status(ctx, job); unknown == nil && j.accepted() {
		return nil
	}
	return err
}

// abort drops a job. That the job has ended already is no error.
func (c *caller) abort(ctx context.Context, job, reason string) error {
	body := map[string]string{"reason": reason}
	err := c.do(ctx, &call{method: http.MethodPost, job: job, suffix: "/abort", again: passing, promised: Job.failed}, body)
	if ended(err) {
		return nil
	}
	return err
}

// upload sends objects, each of them JSON, and returns the job as it is then. The job ignores duplicates, so that it may be
// repeated.
func (c *caller) upload(ctx context.Context, job string, k kind, objects func(yield func([]byte) bool)) (Job, error) {
	r := call{method: http.MethodPost, job: job, suffix: "/" + string(k), again: passing, promised: Job.awaitsUploads, gzip: true}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return Job{}, fmt.Errorf("jupiterone: %s: compress the request: %w", r.name(), err)
	}
	before := `{"` + string(k) + `":[`
	for o := range objects {
		_, _ = io.WriteString(w, before) // into memory: it cannot fail
		_, _ = w.Write(o)
		before = ","
	}
	_, err = io.WriteString(w, "]}")
	if err := errors.Join(err, w.Close()); err != nil {
		return Job{}, fmt.Errorf("jupiterone: %s: compress the request: %w", r.name(), err)
	}
	r.body = b.Bytes()
	err = c.do(ctx, &r, nil)
	return r.answer, err
}

func ended(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Code == codeEnded
}

func tooLarge(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && (e.Status == http.StatusRequestEntityTooLarge || e.Code == codeTooLarge)
}

// passing reports that the next attempt may succeed.
func passing(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return !ended(err) && !tooLarge(err) && (e.Status == http.StatusTooManyRequests || e.Status >= 500)
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !untrusted && !unpromised(err)
}

// nothingDone reports that JupiterOne did certainly not do what was asked, and that the next attempt may succeed.
func nothingDone(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// call is a request about a job, or one that begins a job.
type call struct {
	method, job, suffix string
	body                []byte
	gzip                bool
	again               func(error) bool // whether the request may be sent again after a failure
	promised            func(Job) bool   // whether the job is in a state in which it must be then; nil means any

	attempts int
	answer   Job
}

// name names the request in errors.
func (r *call) name() string {
	if r.job == "" {
		return r.method + " " + jobs
	}
	return r.method + " " + jobs + "/{id}" + r.suffix
}

func (r *call) path() string {
	if r.job == "" {
		return jobs
	}
	return jobs + "/" + url.PathEscape(r.job) + r.suffix
}

// encode makes the body of the request from a value; nil leaves the body as it is.
func (r *call) encode(v any) (err error) {
	if v == nil {
		return nil
	}
	if r.body, err = json.Marshal(v); err != nil {
		return fmt.Errorf("jupiterone: %s: encode the request: %w", r.name(), err)
	}
	return nil
}

// retry says whether the call may be sent again after a failure, and how long to wait before that.
func (r *call) retry(err error) (wait time.Duration, again bool) {
	wait = time.Duration(mathrand.Float64() * float64(backoff<<(r.attempts-1))) //nolint:gosec // it only spreads the attempts of several programs; it protects nothing
	if e, ok := errors.AsType[*APIError](err); ok {
		wait = max(wait, e.retryAfter)
	}
	return wait, r.again(err) && r.attempts < maxAttempts && wait <= maxRetryAfter
}

// do sends a call until it succeeds or may not be sent again. The body is encoded as JSON when not nil.
func (c *caller) do(ctx context.Context, r *call, body any) error {
	if err := r.encode(body); err != nil {
		return err
	}
	id := newID()
	for {
		r.attempts++
		err := c.attempt(ctx, r, id)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("jupiterone: %s: %w", r.name(), context.Cause(ctx))
		}
		wait, again := r.retry(err)
		if !again {
			return err
		}
		c.warn(ctx, "%v: trying again", err)
		if err := patience.Wait(ctx, wait); err != nil {
			return fmt.Errorf("jupiterone: %s: %w", r.name(), err)
		}
	}
}

// attempt sends a call once.
func (c *caller) attempt(ctx context.Context, r *call, id string) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := c.request(ctx, r, id)
	if err != nil {
		return c.wrap(r, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.wrap(r, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end, or given up
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		e := &APIError{
			Status: resp.StatusCode, Route: r.name(), CorrelationID: id, Attempts: r.attempts,
			retryAfter: patience.RetryAfter(resp.Header, time.Now()),
		}
		e.Code, e.Message = c.errorText(b)
		return e
	}
	if err != nil {
		return c.wrap(r, fmt.Errorf("read the answer: %w", err))
	}
	return c.take(r, resp.StatusCode, b, id)
}

// request makes the HTTP request of a call.
func (c *caller) request(ctx context.Context, r *call, id string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("JupiterOne-Account", c.account)
	req.Header.Set("JupiterOne-Correlation-Id", id)
	req.Header.Set("User-Agent", "jumpgraph/"+client.Version())
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	return req, nil
}

// wrap names the request in an error of the connection. Should the error hold the key, only its text without it is kept.
func (c *caller) wrap(r *call, err error) error {
	if strings.Contains(err.Error(), c.key) {
		err = errors.New(c.redact(err.Error()))
	}
	return fmt.Errorf("jupiterone: %s: %w", r.name(), err)
}

func (c *caller) redact(text string) string { return strings.ReplaceAll(text, c.key, "[key]") }

// errorText finds the code and the text in an error answer. HTML and other texts give nothing: the status says enough.
func (c *caller) errorText(body []byte) (code, message string) {
	type answer struct {
		Code    any             `json:"code"`
		Message string          `json:"message"`
		Error   json.RawMessage `json:"error"`
	}
	var a answer
	if json.Unmarshal(body, &a) != nil {
		return "", ""
	}
	if len(a.Error) > 0 {
		var inner answer
		if json.Unmarshal(a.Error, &inner) == nil {
			a = inner
		} else {
			_ = json.Unmarshal(a.Error, &a.Message) // a text alone
		}
	}
	code, _ = a.Code.(string)
	message = c.redact(a.Message)
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + " ..."
	}
	return c.redact(code), message
}

// newID makes a random UUID.
func newID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // it never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
