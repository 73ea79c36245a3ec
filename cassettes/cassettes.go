// Package cassettes holds recordings of JumpCloud's answers, for tests without network and without a key.
//
// A recording is called a tape. The tapes are part of this package: a program that imports it has them. There is one
// per resource, and one, demo, of a whole small organization. They were recorded by go-vcr through the real client. No
// live organization could be reached when they were made, so they come from the fake JumpCloud of package
// jumpcloudtest, which imitates the documented answers; the header of each tape says so. People and companies in them
// are invented, and no tape holds a credential.
//
//	c, err := client.New(client.APIKey("any"), client.WithTransport(cassettes.Transport("systemusers")))
package cassettes

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/dnaeon/go-vcr/v2/cassette"
	"gopkg.in/yaml.v3"
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

// Transport returns a transport that answers from a tape, from its beginning. Each recorded answer is given once:
// equal requests get the answers in the order in which they were recorded, different ones in any order. The host of a
// request does not matter. An unknown tape, and a request that the tape does not hold, are errors of the request; the
// latter wraps cassette.ErrInteractionNotFound.
func Transport(name string) *Replay { return &Replay{name: name} }

// Replay answers requests from a tape. It is safe for concurrent use. The tape is read at the first request.
type Replay struct {
	name string

	mu     sync.Mutex
	queues map[string][]*cassette.Interaction
	err    error
}

// load reads the tape.
func (r *Replay) load() error {
	if r.queues != nil || r.err != nil {
		return r.err
	}
	b, err := tapes.ReadFile(path.Join("tapes", r.name+".yaml"))
	if err != nil {
		r.err = fmt.Errorf("cassettes: no tape %q: the tapes are %s", r.name, strings.Join(Names(), ", "))
		return r.err
	}
	c := &cassette.Cassette{}
	if err := yaml.Unmarshal(b, c); err != nil {
		r.err = fmt.Errorf("cassettes: tape %q: %w", r.name, err)
		return r.err
	}
	r.queues = map[string][]*cassette.Interaction{}
	for _, i := range c.Interactions {
		k, err := recordedKey(i)
		if err != nil {
			r.err = fmt.Errorf("cassettes: tape %q: %w", r.name, err)
			return r.err
		}
		r.queues[k] = append(r.queues[k], i)
	}
	return nil
}

// recordedKey tells recorded requests apart.
func recordedKey(i *cassette.Interaction) (string, error) {
	req, err := http.NewRequest(i.Request.Method, i.Request.URL, nil) //nolint:noctx // it is only taken apart
	if err != nil {
		return "", err
	}
	return key(req, []byte(i.Request.Body)), nil
}

// key tells requests apart: by method, path, query without regard to its order, and body.
func key(r *http.Request, body []byte) string {
	return r.Method + " " + r.URL.EscapedPath() + "?" + r.URL.Query().Encode() + "\n" + string(bytes.TrimSpace(body))
}

// replayError is an error that would come again, so that the client does not repeat the request.
type replayError struct{ error }

// Permanent tells the client that repeating does not help.
func (*replayError) Permanent() bool { return true }

// Unwrap returns the cause.
func (e *replayError) Unwrap() error { return e.error }

// RoundTrip answers a request from the tape.
func (r *Replay) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		if err = cmp.Or(err, req.Body.Close()); err != nil {
			return nil, err
		}
	}
	i, err := r.next(key(req, body))
	if err != nil {
		return nil, &replayError{fmt.Errorf("cassettes: tape %q: %w: %s %s", r.name, err, req.Method, req.URL.Path)}
	}
	return &http.Response{
		Status: i.Response.Status, StatusCode: i.Response.Code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: i.Response.Headers.Clone(), Body: io.NopCloser(strings.NewReader(i.Response.Body)),
		ContentLength: int64(len(i.Response.Body)), Request: req,
	}, nil
}

func (r *Replay) next(key string) (*cassette.Interaction, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, err
	}
	queue := r.queues[key]
	if len(queue) == 0 {
		return nil, cassette.ErrInteractionNotFound
	}
	r.queues[key] = queue[1:]
	return queue[0], nil
}

// Unused returns method and URL of the recorded requests that were not made, sorted. Of an unknown tape there are none.
func (r *Replay) Unused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.load() != nil {
		return nil
	}
	var unused []string
	for _, queue := range r.queues {
		for _, i := range queue {
			unused = append(unused, i.Request.Method+" "+i.Request.URL)
		}
	}
	slices.Sort(unused)
	return unused
}
