// Command bench compares a whole collection with a floor: a bare program that reads and decodes every list, 16 requests
// in flight, and keeps nothing. Both run as processes of their own against a fake JumpCloud in a third, so that time,
// CPU and peak memory are theirs alone.
//
//	go run ./internal/bench -size medium -latency 50ms
//	go run ./internal/bench -size large
//
// Nothing imports it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// sizes are the organizations that are measured.
var sizes = map[string]jumpcloudtest.Size{
	"small":  {Users: 1000, Groups: 50, GroupMembers: 30, Applications: 30, Systems: 600, AppleDevices: 100},
	"medium": {Users: 5000, Groups: 200, GroupMembers: 50, Applications: 100, Systems: 3000, AppleDevices: 500},
	"large":  {Users: 50_000, Groups: 500, GroupMembers: 100, Applications: 200, Systems: 20_000},
	"huge":   {Users: 200_000, Groups: 500, GroupMembers: 100, Applications: 200, Systems: 20_000},
}

func main() {
	mode := flag.String("mode", "compare", "compare, or serve, floor, collect, sqlite as part of it")
	size := flag.String("size", "medium", "small, medium, large or huge")
	latency := flag.Duration("latency", 0, "how long the server takes for an answer")
	address := flag.String("url", "", "the server, for floor, collect and sqlite")
	rps := flag.Float64("max-rps", math.Inf(1), "requests per second at most, for collect and sqlite")
	flag.Parse()
	var err error
	switch *mode {
	case "serve":
		err = serve(sizes[*size], *latency)
	case "floor":
		floor(*address)
	case "collect":
		err = collect(*address, *rps, jsonl.New)
	case "sqlite":
		err = collect(*address, *rps, sqlite.New)
	default:
		err = compare(*size, *latency, *rps)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// serve runs a fake JumpCloud until its input ends.
func serve(size jumpcloudtest.Size, latency time.Duration) error {
	s := jumpcloudtest.NewServer(jumpcloudtest.Synthetic(1, size))
	defer s.Close()
	if latency > 0 {
		s.Inject(jumpcloudtest.Fault{Latency: latency})
	}
	fmt.Println(s.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

const key = "jca_fake_0123456789abcdef" // of the fake

// collect runs a whole collection and prints how many requests it took.
func collect(address string, rps float64, sink func(path string) jumpgraph.Sink) error {
	c, err := client.New(client.APIKey(key), client.WithBaseURL(address), client.WithMaxRPS(rps))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jumpgraph-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m, err := jumpgraph.Collect(context.Background(), c, sink(dir+"/graph"))
	if err != nil {
		return err
	}
	fmt.Println(m.Requests)
	return nil
}

// bare is the floor's client.
type bare struct {
	base     string
	slots    chan struct{}
	requests atomic.Int64
}

// get reads and decodes one page, and returns its elements and the total.
func (b *bare) get(path string, query url.Values) (list []json.RawMessage, total int, err error) {
	b.slots <- struct{}{}
	defer func() { <-b.slots }()
	b.requests.Add(1)
	req, err := http.NewRequest(http.MethodGet, b.base+path+"?"+query.Encode(), nil) //nolint:noctx // it runs to its end
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("x-api-key", key)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	if strings.HasPrefix(path, "/api/v2") {
		var items []any
		err = json.NewDecoder(res.Body).Decode(&items)
		total, _ = strconv.Atoi(res.Header.Get("X-Total-Count"))
		return ids(items), total, err
	}
	var page struct {
		Results    []any `json:"results"`
		TotalCount int   `json:"totalCount"`
	}
	err = json.NewDecoder(res.Body).Decode(&page)
	return ids(page.Results), page.TotalCount, err
}

// ids returns the id of each element.
func ids(items []any) []json.RawMessage {
	list := make([]json.RawMessage, 0, len(items))
	for _, item := range items {
		o, _ := item.(map[string]any)
		id, _ := o["_id"].(string)
		if id == "" {
			id, _ = o["id"].(string)
		}
		list = append(list, json.RawMessage(id))
	}
	return list
}

// all reads every page of a list at once, and calls each with the ids.
func (b *bare) all(wg *sync.WaitGroup, path string, each func(id string)) {
	page := func(skip int) (int, int) {
		list, total, err := b.get(path, url.Values{"limit": {"100"}, "skip": {strconv.Itoa(skip)}, "sort": {"_id"}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		for _, id := range list {
			if each != nil {
				each(string(id))
			}
		}
		return len(list), total
	}
	wg.Go(func() {
		_, total := page(0)
		for skip := 100; skip < total; skip += 100 {
			wg.Go(func() { page(skip) })
		}
	})
}

// floor reads every list as a plain program does, and keeps nothing.
func floor(address string) {
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 16
	b := &bare{base: address, slots: make(chan struct{}, 16)}
	var wg sync.WaitGroup
	b.all(&wg, "/api/systemusers", nil)
	b.all(&wg, "/api/systems", nil)
	b.all(&wg, "/api/v2/usergroups", func(id string) { b.all(&wg, "/api/v2/usergroups/"+id+"/members", nil) })
	b.all(&wg, "/api/applications", func(id string) {
		b.all(&wg, "/api/v2/applications/"+id+"/users", nil)
		b.all(&wg, "/api/v2/applications/"+id+"/usergroups", nil)
	})
	b.all(&wg, "/api/v2/applemdms", func(id string) { b.all(&wg, "/api/v2/applemdms/"+id+"/devices", nil) })
	wg.Wait()
	fmt.Println(b.requests.Load())
}

// compare runs the floor and the collection, into files and into a database, one after the other, against one server.
func compare(size string, latency time.Duration, rps float64) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.Command(self, "-mode", "serve", "-size", size, "-latency", latency.String()) //nolint:noctx,gosec // ourselves
	stop, err := server.StdinPipe()
	if err != nil {
		return err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { _ = stop.Close(); _ = server.Wait() }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server did not start: %w", err)
	}
	fmt.Printf("%s organization, %v latency\n", size, latency)
	for _, mode := range []string{"floor", "collect", "sqlite"} {
		cmd := exec.Command(self, "-mode", mode, "-url", strings.TrimSpace(address), "-max-rps", fmt.Sprint(rps)) //nolint:noctx,gosec // ourselves
		cmd.Stderr = os.Stderr
		start := time.Now()
		text, err := cmd.Output()
		took := time.Since(start)
		if err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
		usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		fmt.Printf("%-8s %6s requests  %8v wall  %8v CPU  %4d MB peak\n", mode, strings.TrimSpace(string(text)),
			took.Round(10*time.Millisecond), cpu.Round(10*time.Millisecond), usage.Maxrss>>10)
	}
	return nil
}
