package jumpcloudtest

import (
	"bytes"
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

// Fault is something that goes wrong with some requests. Of several faults the first that concerns a request and has a
// turn left is used; its parts come together: a fault may be slow and then refuse.
type Fault struct {
	// Method and Path say which requests are concerned: the method, and how the path ends. Empty means all.
	Method, Path string
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

	part  float64 // of the body that Cut sends
	begun bool    // part counts; else it is half of the body
	quiet bool    // Cut ends the body there as if it were whole
}

// faults is what a server does wrong.
type faults struct {
	mu      sync.Mutex
	list    []*Fault
	seen    map[*Fault]int
	limit   float64 // requests per second; 0 means no limit
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
		s.faults.seen = map[*Fault]int{}
	}
	for _, f := range list {
		s.faults.list = append(s.faults.list, &f)
	}
}

// Heal removes all faults and limits.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list, s.faults.seen, s.faults.limit, s.faults.between, s.faults.chance = nil, nil, 0, nil, nil
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

// next returns the fault of a request, if any, and what is to be called before it.
func (f *faults) next(r *http.Request) (*Fault, []func(int, string, string), int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.limit > 0 {
		now := time.Now()
		f.tokens = math.Min(f.burst, f.tokens+now.Sub(f.last).Seconds()*f.limit)
		f.last = now
		if f.tokens < 1 {
			return &Fault{Status: http.StatusTooManyRequests}, f.between, f.n
		}
		f.tokens--
	}
	for _, fault := range f.list {
		if fault.Method != "" && fault.Method != r.Method || !strings.HasSuffix(r.URL.Path, fault.Path) {
			continue
		}
		f.seen[fault]++
		turn := f.seen[fault] - fault.Skip
		if turn > 0 && (fault.Times == 0 || turn <= fault.Times) {
			return fault, f.between, f.n
		}
	}
	return f.byChance(), f.between, f.n
}

// faulty lets go wrong what was asked for.
func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		fault, between, n := s.faults.next(r)
		for _, f := range between {
			f(n, r.Method, r.URL.Path)
		}
		if fault == nil {
			next.ServeHTTP(w, r)
			return
		}
		fault.serve(w, r, next)
	})
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Latency > 0 {
		select {
		case <-time.After(f.Latency):
		case <-r.Context().Done():
			return
		}
	}
	if f.Reset {
		panic(http.ErrAbortHandler) // how a handler tells the server to break the connection
	}
	answer := httptest.NewRecorder()
	switch {
	case f.HTML:
		answer.Header().Set("Content-Type", "text/html")
		answer.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = answer.WriteString("<html><head><title>JumpCloud</title></head><body><h1>nginx</h1></body></html>")
	case f.Body != "":
		answer.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = answer.WriteString(f.Body)
	case f.Status == http.StatusTooManyRequests:
		fail(answer, f.Status, "Too Many Requests: Rate limit exceeded")
	case f.Status != 0:
		fail(answer, f.Status, http.StatusText(f.Status)+": as the test wants it")
	default:
		next.ServeHTTP(answer, r)
	}
	maps.Copy(w.Header(), answer.Header())
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	f.send(w, r, answer.Code, f.spoiled(answer.Body.Bytes()))
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
