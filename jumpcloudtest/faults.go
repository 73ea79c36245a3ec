package jumpcloudtest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with some requests. Those that tests need most have names: [RateLimited],
// [Unauthorized], [CutBody], [EmptyBody], [EmptyPage], [RowRemoved], [RowInserted] and [OddValue] return a Fault. All can
// be narrowed by the first fields:
//
//	fault := jumpcloudtest.RateLimited(1)
//	fault.Path, fault.Times = "/systems", 2
//	server.Inject(fault)
//
// Of several faults the first that concerns a request and has a turn left is used; its parts come together: a fault may be
// slow and then refuse. Those with a Field or a Shift are apart: they do that alone, and all of them come, together with
// another fault if there is one.
type Fault struct {
	// Method and Path say which requests are concerned: the method, and how the path ends, in which * stands for any one
	// part, such as /usergroups/*/members. Empty means all.
	Method, Path string
	// Organization is the id of the one whose requests are concerned; empty means all. A request belongs to the
	// organization that its header names, to the only one of the server, or to the one whose own object it asks for. The
	// list of organizations belongs to none.
	Organization string
	// Skip lets this many of those requests through first.
	Skip int
	// Times is how often the fault happens; 0 means for ever.
	Times int

	// Latency delays the answer.
	Latency time.Duration
	// Status is answered instead of the real answer, in JumpCloud's error form; 0 leaves the answer alone.
	Status int
	// HTML answers with a page as the server in front of JumpCloud does, with Status or 200.
	HTML bool
	// Body is answered as it stands, with Status or 200.
	Body string
	// Empty answers with the real status and header, and no body.
	Empty bool
	// Hollow leaves all records out of the real answer of a list, which still has its total.
	Hollow bool
	// RetryAfter is sent as the header of that name.
	RetryAfter string
	// Reset breaks the connection before the answer.
	Reset bool
	// Cut breaks the connection in the middle of the body.
	Cut bool
	// Drip sends the body in small pieces, this long apart.
	Drip time.Duration
	// Field is the path of a field that gets the Value in the records of answers without an error; see [OddValue].
	Field string
	// Value is what the Field becomes. It must be something that encoding/json can write, else the answer is an error 500
	// that says so; nil is null.
	Value any
	// Record is the number of the only record that the Field is set in, from 1, as [OddValue] counts; 0 means all.
	Record int
	// Shift is how many records come in front of a list, or go from there when it is below zero, each time before a page
	// is answered that is not the first; see [RowInserted] and [RowRemoved].
	Shift int

	part  float64 // of the body that Cut sends
	begun bool    // part counts; else it is half of the body
	quiet bool    // Cut ends the body there as if it were whole
}

// faults is what a server does wrong.
type faults struct {
	mu      sync.Mutex
	list    []*Fault
	seen    map[*Fault]int
	views   map[string]*view // of lists that were shifted
	made    int              // how many records were inserted
	limit   float64          // requests per second; 0 means no limit
	burst   float64
	tokens  float64
	last    time.Time
	between []func(n int, method, path string)
	n       int
	chance  *rand.Rand // what goes wrong by chance; nil for nothing
	cut     float64    // the share of answers that are cut
	refused float64    // the share of requests that are refused
}

// Inject makes the server do something wrong from now on.
func (s *Server) Inject(list ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.seen == nil {
		s.faults.seen, s.faults.views = map[*Fault]int{}, map[string]*view{}
	}
	for _, f := range list {
		s.faults.list = append(s.faults.list, &f)
	}
}

// Heal removes all faults and limits. Lists that were shifted are as they were.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list, s.faults.seen, s.faults.views, s.faults.limit, s.faults.between, s.faults.chance = nil, nil, nil, 0, nil, nil
}

// Disturb makes some answers go wrong by chance, where no other fault does: a share of the bodies is cut at any byte, the
// first one included, with or without a broken connection, and a share of the requests is refused with a status of a
// server that has trouble, or with 429.
func (s *Server) Disturb(seed uint64, cut, refused float64) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.chance, s.faults.cut, s.faults.refused = rand.New(rand.NewPCG(seed, 0)), cut, refused //nolint:gosec // the seed says what comes
}

// troubles are the statuses of requests that are refused by chance.
var troubles = []int{
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
	http.StatusGatewayTimeout, http.StatusInsufficientStorage, 520, 524,
}

// byChance returns what goes wrong with a request by chance, if anything.
func (f *faults) byChance() *Fault {
	if f.chance == nil {
		return nil
	}
	switch p := f.chance.Float64(); {
	case p < f.cut:
		part := f.chance.Float64()
		if f.chance.IntN(4) == 0 {
			part = 0
		}
		return &Fault{Cut: true, begun: true, part: part, quiet: f.chance.IntN(2) == 0}
	case p < f.cut+f.refused:
		return &Fault{Status: troubles[f.chance.IntN(len(troubles))], HTML: f.chance.IntN(2) == 0}
	}
	return nil
}

// LimitRate answers with 429 when more requests come than a number per second, with bursts.
func (s *Server) LimitRate(perSecond float64, burst int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.limit, s.faults.burst, s.faults.tokens, s.faults.last = perSecond, float64(burst), float64(burst), time.Now()
}

// BeforeEach calls f before each request is answered, with the number of the request, from 1. Use [Server.Change] in it
// to insert and delete between pages, or [Server.SetKey] to revoke the key.
func (s *Server) BeforeEach(f func(n int, method, path string)) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.between = append(s.faults.between, f)
}

// SetKey replaces the key that the server accepts; the old one is refused from now on.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// concerns reports that a fault is about a request of an organization.
func (f *Fault) concerns(r *http.Request, org string) bool {
	return (f.Method == "" || f.Method == r.Method) && (f.Organization == "" || f.Organization == org) && ends(r.URL.Path, f.Path)
}

// ends reports that a path ends in another, in which * stands for any one part.
func ends(path, end string) bool {
	have, want := strings.Split(path, "/"), strings.Split(end, "/")
	if len(want) > len(have) {
		return false
	}
	have = have[len(have)-len(want):]
	for i, part := range want {
		switch {
		case part == "*":
		case i == 0 && !strings.HasSuffix(have[i], part), i > 0 && have[i] != part:
			return false
		}
	}
	return true
}

// turn is what goes wrong with one request.
type turn struct {
	Fault          // the one that is used; the zero value for none
	fields []Fault // whose fields are set
	shifts []*Fault
	faults *faults
	list   string // names the list that is asked for, if it is one
	first  int    // how many records of the list stand before those of the answer
}

// next returns what goes wrong with a request of an organization, nil for nothing, and what is to be called before it.
func (f *faults) next(r *http.Request, org string) (*turn, []func(int, string, string), int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.overLimit() {
		return &turn{Fault: Fault{Status: http.StatusTooManyRequests}}, f.between, f.n
	}
	return f.turn(r, org), f.between, f.n
}

// overLimit reports that a request is one too many.
func (f *faults) overLimit() bool {
	if f.limit <= 0 {
		return false
	}
	now := time.Now()
	f.tokens = math.Min(f.burst, f.tokens+now.Sub(f.last).Seconds()*f.limit)
	f.last = now
	if f.tokens < 1 {
		return true
	}
	f.tokens--
	return false
}

func (f *faults) turn(r *http.Request, org string) *turn {
	t := &turn{faults: f, list: org + " " + r.Method + " " + r.URL.Path}
	var used *Fault
	for _, fault := range f.list {
		switch {
		case !fault.concerns(r, org):
		case fault.Shift != 0:
			t.shifts = append(t.shifts, fault)
		case fault.Field != "" && f.due(fault):
			t.fields = append(t.fields, *fault)
		case fault.Field == "" && used == nil && f.due(fault):
			used = fault
		}
	}
	if used == nil {
		used = f.byChance()
	}
	if used != nil {
		t.Fault = *used
	} else if len(t.fields) == 0 && len(t.shifts) == 0 && f.views[t.list] == nil {
		return nil
	}
	return t
}

// due counts a request that a fault is about, and reports that the fault happens.
func (f *faults) due(fault *Fault) bool {
	f.seen[fault]++
	n := f.seen[fault] - fault.Skip
	return n > 0 && (fault.Times == 0 || n <= fault.Times)
}

// faulty lets go wrong what was asked for.
func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		org := s.orgOf(r)
		s.mu.Unlock()
		t, between, n := s.faults.next(r, org)
		for _, f := range between {
			f(n, r.Method, r.URL.Path)
		}
		if t == nil {
			next.ServeHTTP(w, r)
			return
		}
		t.serve(w, r, next)
	})
}

// orgOf returns the id of the organization that a request belongs to, empty for none.
func (s *Server) orgOf(r *http.Request) string {
	id, own := strings.CutPrefix(r.URL.Path, "/api/organizations")
	switch named := r.Header.Get("x-org-id"); {
	case own:
		return strings.TrimPrefix(id, "/")
	case named == "" && len(s.orgs) == 1:
		return s.orgs[0].Self.ID()
	default:
		return named
	}
}

// turnKey is under which a request has its turn.
type turnKey struct{}

// turnOf returns what goes wrong with a request, nil for nothing.
func turnOf(r *http.Request) *turn {
	t, _ := r.Context().Value(turnKey{}).(*turn)
	return t
}

func (t *turn) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if t.Latency > 0 {
		select {
		case <-time.After(t.Latency):
		case <-r.Context().Done():
			return
		}
	}
	if t.Reset {
		panic(http.ErrAbortHandler) // how a handler tells the server to break the connection
	}
	answer := httptest.NewRecorder()
	switch {
	case t.HTML:
		answer.Header().Set("Content-Type", "text/html")
		answer.WriteHeader(max(t.Status, http.StatusOK))
		_, _ = answer.WriteString("<html><head><title>JumpCloud</title></head><body><h1>nginx</h1></body></html>")
	case t.Body != "":
		answer.WriteHeader(max(t.Status, http.StatusOK))
		_, _ = answer.WriteString(t.Body)
	case t.Status == http.StatusTooManyRequests:
		fail(answer, t.Status, "Too Many Requests: Rate limit exceeded")
	case t.Status != 0:
		fail(answer, t.Status, http.StatusText(t.Status)+": as the test wants it")
	default:
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), turnKey{}, t)))
	}
	if err := t.setFields(answer); err != nil {
		answer = httptest.NewRecorder()
		fail(answer, http.StatusInternalServerError, err.Error())
	}
	maps.Copy(w.Header(), answer.Header())
	if t.RetryAfter != "" {
		w.Header().Set("Retry-After", t.RetryAfter)
	}
	t.send(w, r, answer.Code, t.spoiled(answer.Body.Bytes()))
}

// spoiled takes from a body what the fault leaves out.
func (f *Fault) spoiled(body []byte) []byte {
	switch {
	case f.Empty:
		return nil
	case f.Hollow && bytes.HasPrefix(body, []byte("[")):
		return []byte("[]")
	case f.Hollow:
		var list map[string]any
		if json.Unmarshal(body, &list) != nil || list["results"] == nil {
			return body
		}
		list["results"] = []any{}
		if without, err := json.Marshal(list); err == nil {
			return without
		}
	}
	return body
}

// length returns how much of a body Cut sends: never all of it.
func (f *Fault) length(body []byte) int {
	if f.begun {
		return int(f.part * float64(len(body)))
	}
	return len(body) / 2
}

// send writes an answer whole, in pieces, or only its first half.
func (f *Fault) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	if f.Cut && f.quiet {
		body = body[:f.length(body)]
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	switch {
	case f.Cut && f.quiet:
		_, _ = w.Write(body)
	case f.Cut:
		_, _ = w.Write(body[:f.length(body)])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case f.Drip > 0:
		const piece = 64
		for len(body) > 0 {
			n := min(piece, len(body))
			_, _ = w.Write(body[:n])
			_ = http.NewResponseController(w).Flush()
			body = body[n:]
			select {
			case <-time.After(f.Drip):
			case <-r.Context().Done():
				return
			}
		}
	default:
		_, _ = w.Write(body)
	}
}
