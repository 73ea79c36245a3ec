package cassettes

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/dnaeon/go-vcr/v2/cassette"
)

//go:embed tapes/*.yaml
var tapes embed.FS

// Names returns the names of the tapes, sorted.
func Names() []string {
	list, err := tapes.ReadDir("tapes")
	if err != nil {
		return nil // the directory is embedded
	}
	var names []string
	for _, e := range list {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Transport returns a transport that answers from a tape, from its beginning; the documentation of the package says which
// recorded answer belongs to a request. Each recorded answer is given once: equal requests get the answers in the order in
// which they were recorded, different ones in any order. The host of a request does not matter. An unknown tape, and a request
// that the tape does not answer, are errors of the request; the latter wraps cassette.ErrInteractionNotFound, and says what the
// tape holds and what to do. No error holds anything of a query, a header or a body.
func Transport(name string) *Replay { return &Replay{name: name} }

// Replay answers requests from a tape. It is safe for concurrent use. The tape is read at the first request. The zero value
// stands for a tape without a name, which is an unknown one; use [Transport].
type Replay struct {
	name string

	mu   sync.Mutex
	tape *tape
	err  error
}

// load reads the tape, once.
func (r *Replay) load() error {
	if r.tape == nil && r.err == nil {
		r.tape, r.err = open(r.name)
	}
	return r.err
}

// replayError is an error that would come again, so that the client does not repeat the request.
type replayError struct{ error }

// Permanent tells the client that repeating does not help.
func (*replayError) Permanent() bool { return true }

// Unwrap returns the cause.
func (e *replayError) Unwrap() error { return e.error }

// RoundTrip answers a request from the tape.
func (r *Replay) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readAll(req.Body)
	if err == nil {
		err = req.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	q := parse(req, body)
	found, err := r.next(&q)
	if err != nil {
		return nil, &replayError{err}
	}
	text := found.body(&q)
	return &http.Response{
		Status: found.answer.Status, StatusCode: found.answer.Code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: found.answer.Headers.Clone(), Body: io.NopCloser(strings.NewReader(text)),
		ContentLength: int64(len(text)), Request: req,
	}, nil
}

// readAll reads the body of a request and closes it.
func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(body)
	return text, cmp.Or(err, body.Close())
}

// next takes the recording that answers a request from the tape.
func (r *Replay) next(q *request) (*recording, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, err
	}
	found, why := r.tape.find(q)
	if found == nil {
		return nil, fmt.Errorf("cassettes: tape %q: %w: %s %s: %s", r.name, cassette.ErrInteractionNotFound, q.method, q.path, why)
	}
	found.given = true
	return found, nil
}

// Unused returns method and URL of the recorded requests whose answers were not given, sorted. Of an unknown tape there are
// none.
func (r *Replay) Unused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.load() != nil {
		return nil
	}
	var unused []string
	for _, left := range r.tape.recordings {
		if !left.given {
			unused = append(unused, left.method+" "+left.url)
		}
	}
	slices.Sort(unused)
	return unused
}
