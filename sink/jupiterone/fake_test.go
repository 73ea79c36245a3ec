package jupiterone_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

const (
	testKey     = "s3cret-key-of-the-tests"
	testAccount = "acme"
)

// fake is JupiterOne's synchronization API as far as an upload sees it. A graph has a place: its scope or its instance.
type fake struct {
	url string

	mu     sync.Mutex
	jobs   map[string]*fakeJob
	graphs map[string]map[string]map[string]any // by place and key
	// faults are what goes wrong, by route: the first of the list with the next request of that route.
	faults map[string][]fault
	// limit is how many bytes a body may have; 0 means any number.
	limit int
	// pending is how often a job is asked for its state before it is finished.
	pending int
	// lostEntities and lostRelationships are how many fewer than were sent a job says that it has; with late, until it was asked
	// for its state.
	lostEntities, lostRelationships int64
	late                            bool
	// createErrors is how many errors a job counts.
	createErrors int
	// ends is the state that jobs end in.
	ends string
	// seen are the routes of all requests, in order.
	seen []string
	// broken says what requests were not as they should be.
	broken []string
	busy   int // requests under way
	most   int // the most that were under way at once
	// crowd, when not nil, is closed when as many as the number are under way.
	crowd chan struct{}
	full  int
}

// fault is one thing that goes wrong with one request.
type fault struct {
	status     int // answered with the code, or with the body
	code       string
	body       string
	retryAfter string
	location   string
	lost       bool            // the request is carried out, but the answer does not come
	hold       <-chan struct{} // the answer waits for it
}

type fakeJob struct {
	place, status, reason string
	ignoreDuplicates      bool
	objects               map[string]map[string]any
	partial               []string
	polls                 int
	sizes                 []int // bytes of the bodies that were taken
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{jobs: map[string]*fakeJob{}, graphs: map[string]map[string]map[string]any{}, faults: map[string][]fault{}, ends: "FINISHED"}
	s := httptest.NewServer(f)
	f.url = s.URL
	t.Cleanup(func() {
		s.Close()
		for _, b := range f.broken {
			t.Error(b)
		}
	})
	return f
}

// warnings is a log that keeps the messages.
type warnings struct {
	slog.Handler

	mu   sync.Mutex
	list []string
}

// warnTo makes an upload log its warnings.
func warnTo(api *jupiterone.API) *warnings {
	w := &warnings{Handler: slog.DiscardHandler}
	api.Logger = slog.New(w)
	return w
}

func (*warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	if r.Level != slog.LevelWarn {
		text = r.Level.String() + " " + text
	}
	w.list = append(w.list, text)
	return nil
}

// api is what to speak with the fake, about a place.
func (f *fake) api(place string) jupiterone.API {
	return jupiterone.API{Key: testKey, Account: testAccount, URL: f.url, Scope: place}
}

// fail makes the next requests of a route go wrong: start, status, entities, relationships, finalize or abort.
func (f *fake) fail(route string, faults ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[route] = append(f.faults[route], faults...)
}

// keys returns the keys of what JupiterOne shows; nil when it shows nothing.
func (f *fake) keys(place string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.graphs[place] == nil {
		return nil, nil
	}
	return slices.Sorted(maps.Keys(f.graphs[place])), nil
}

// only returns the one job that was started.
func (f *fake) only(t *testing.T) *fakeJob {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.jobs) != 1 {
		t.Fatalf("%d jobs were started, want one", len(f.jobs))
	}
	for _, j := range f.jobs {
		return j
	}
	return nil
}

// routes counts the requests by route.
func (f *fake) routes() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, r := range f.seen {
		n[r]++
	}
	return n
}

// RoundTrip answers without a network, for tests in a bubble of time.
func (f *fake) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			err = io.ErrUnexpectedEOF
		}
	}()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Result(), nil
}

func (f *fake) wrong(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	id, route := strings.TrimPrefix(r.URL.EscapedPath(), "/persister/synchronization/jobs"), "start"
	if id != "" {
		id, route, _ = strings.Cut(id[1:], "/")
		if route == "" {
			route = "status"
		}
		id, _ = url.PathUnescape(id)
	}
	f.look(r, route)
	f.mu.Lock()
	f.seen = append(f.seen, route)
	var next fault
	if list := f.faults[route]; len(list) > 0 {
		next, f.faults[route] = list[0], list[1:]
	}
	f.busy++
	f.most = max(f.most, f.busy)
	if f.busy == f.full {
		close(f.crowd)
		f.full = 0
	}
	f.mu.Unlock()
	defer func() { f.mu.Lock(); f.busy--; f.mu.Unlock() }()
	if next.hold != nil {
		select {
		case <-next.hold:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case next.lost:
		f.answer(httptest.NewRecorder(), r, id, route, body)
		panic(http.ErrAbortHandler)
	case next.status != 0:
		for name, value := range map[string]string{"Retry-After": next.retryAfter, "Location": next.location} {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(next.status)
		if next.code != "" {
			next.body = fmt.Sprintf(`{"error":{"code":%q,"message":"because %s"}}`, next.code, testKey)
		}
		_, _ = io.WriteString(w, next.body)
	default:
		f.answer(w, r, id, route, body)
	}
}

// look notes what a request should have and has not.
func (f *fake) look(r *http.Request, route string) {
	if got := r.Header.Get("Authorization"); got != "Bearer "+testKey {
		f.wrong("%s: the header Authorization is wrong", route)
	}
	if got := r.Header.Get("JupiterOne-Account"); got != testAccount {
		f.wrong("%s: the account is %q", route, got)
	}
	if got := r.Header.Get("JupiterOne-Correlation-Id"); len(got) != 36 {
		f.wrong("%s: the correlation id is %q", route, got)
	}
	if zipped := r.Header.Get("Content-Encoding") == "gzip"; zipped != (route == "entities" || route == "relationships") {
		f.wrong("%s: gzip is %t", route, zipped)
	}
	if strings.Contains(r.URL.String(), testKey) {
		f.wrong("%s: the key is in the URL", route)
	}
}

func (f *fake) answer(w http.ResponseWriter, r *http.Request, id, route string, body []byte) {
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(body)))
		if err == nil {
			body, err = io.ReadAll(z)
		}
		if err != nil {
			f.wrong("%s: %v", route, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code, err := f.act(&id, route, body)
	if err != nil {
		status := http.StatusBadRequest
		if code == "TOO_LARGE" {
			status = http.StatusRequestEntityTooLarge
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": err.Error()}})
		return
	}
	j := f.jobs[id]
	nodes, edges := int64(0), int64(0)
	for _, o := range j.objects {
		switch {
		case o["_fromEntityKey"] != nil:
			edges++
		case o["_mapping"] == nil: // which is counted nowhere here
			nodes++
		}
	}
	count := func(n, lost int64) int64 { return max(0, n-lost) }
	answer := map[string]any{
		"id": id, "status": j.status, "startTimestamp": 1700000000000, "scope": nil, "numEntityCreateErrors": f.createErrors,
		"numEntitiesUploaded": count(nodes, f.lostEntities), "numRelationshipsUploaded": count(edges, f.lostRelationships),
	}
	if route == "status" && f.late {
		f.lostEntities, f.lostRelationships, f.late = 0, 0, false
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"job": answer})
}

// act carries out a request.
func (f *fake) act(id *string, route string, body []byte) (code string, err error) {
	j := f.jobs[*id]
	if route != "start" && j == nil {
		return "NOT_FOUND", errors.New("no such job")
	}
	if route != "start" && route != "status" && j.status != "AWAITING_UPLOADS" {
		return "JOB_NOT_AWAITING_UPLOADS", errors.New("the job is " + j.status)
	}
	switch route {
	case "start":
		return f.start(id, body)
	case "status":
		if j.status == "FINALIZE_PENDING" {
			if j.polls++; j.polls > f.pending {
				j.status = f.ends
			}
		}
	case "entities", "relationships":
		return f.upload(j, route, body)
	case "finalize":
		return f.finalize(j, body)
	case "abort":
		var in struct{ Reason string }
		if err := json.Unmarshal(body, &in); err != nil || in.Reason == "" {
			return "BAD", errors.New("no reason")
		}
		j.status, j.reason = "ABORTED", in.Reason
	default:
		return "NOT_FOUND", errors.New("no such route")
	}
	return "", nil
}

func (f *fake) start(id *string, body []byte) (code string, err error) {
	var in struct {
		Source, Scope, IntegrationInstanceID, SyncMode string
		IgnoreDuplicates                               bool
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return "BAD", err
	}
	switch {
	case in.SyncMode != "DIFF":
		return "BAD", errors.New("the mode is " + in.SyncMode)
	case in.Source == "api" && in.Scope != "" && in.IntegrationInstanceID == "":
	case in.Source == "integration-external" && in.Scope == "" && in.IntegrationInstanceID != "":
	default:
		return "BAD", errors.New("source, scope and instance do not fit")
	}
	*id = fmt.Sprintf("job %d/1", len(f.jobs)) // must be escaped in a path
	f.jobs[*id] = &fakeJob{
		place: in.Scope + in.IntegrationInstanceID, status: "AWAITING_UPLOADS", ignoreDuplicates: in.IgnoreDuplicates,
		objects: map[string]map[string]any{},
	}
	return "", nil
}

func (f *fake) upload(j *fakeJob, route string, body []byte) (code string, err error) {
	var in map[string][]map[string]any
	if err := json.Unmarshal(body, &in); err != nil || len(in) != 1 || len(in[route]) == 0 {
		return "BAD", fmt.Errorf("no %s: %w", route, err)
	}
	if f.limit > 0 && len(body) > f.limit {
		return "TOO_LARGE", errors.New("too large")
	}
	for _, o := range in[route] {
		key, _ := o["_key"].(string)
		if j.objects[key] != nil && !j.ignoreDuplicates {
			return "DUPLICATE", errors.New("the key came before")
		}
		mapping, _ := o["_mapping"].(map[string]any)
		for _, end := range []any{o["_fromEntityKey"], o["_toEntityKey"], mapping["sourceEntityKey"]} {
			if end, ok := end.(string); ok && j.objects[end] == nil {
				return "DANGLING", errors.New("no such entity: " + end)
			}
		}
		if route == "relationships" && mapping == nil && (o["_fromEntityKey"] == nil || o["_toEntityKey"] == nil) {
			return "DANGLING", errors.New("no ends: " + key)
		}
		j.objects[key] = o
	}
	j.sizes = append(j.sizes, len(body))
	return "", nil
}

// finalize shows the graph: what was uploaded, and what was there of types that are partial.
func (f *fake) finalize(j *fakeJob, body []byte) (code string, err error) {
	var in struct{ PartialDatasets struct{ Types []string } }
	if err := json.Unmarshal(body, &in); err != nil || in.PartialDatasets.Types == nil {
		return "BAD", fmt.Errorf("no partial datasets: %w", err)
	}
	j.partial, j.status = in.PartialDatasets.Types, "FINALIZE_PENDING"
	next := maps.Clone(j.objects)
	for key, o := range f.graphs[j.place] {
		if next[key] == nil && slices.Contains(j.partial, o["_type"].(string)) {
			next[key] = o
		}
	}
	if !strings.HasPrefix(f.ends, "ERROR") {
		f.graphs[j.place] = next
	}
	return "", nil
}
