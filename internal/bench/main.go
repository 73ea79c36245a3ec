// Command bench compares a whole collection with a floor: a bare program that reads and decodes every list, 16 requests
// in flight, and keeps nothing. Both run as processes of their own against a fake JumpCloud in a third, so that time,
// CPU and peak memory are theirs alone.
//
//	go run ./internal/bench -size medium -latency 50ms
//	go run ./internal/bench -size large
//
// With -with it compares itself with another build of it, such as that of an earlier commit: both collect in turn, several
// times, and the medians are compared.
//
//	go build -o /tmp/new ./internal/bench
//	/tmp/new -size large -with /tmp/old -rounds 5
//
// With -cpuprofile it writes where the collection into files spends its CPU time.
//
//	/tmp/new -size large -cpuprofile cpu.prof && go tool pprof -top -cum /tmp/new cpu.prof
//
// Nothing imports it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
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
	with := flag.String("with", "", "another build of this program to compare with")
	rounds := flag.Int("rounds", 5, "how often each of two builds collects")
	profile := flag.String("cpuprofile", "", "a file for the CPU profile of the collection into files, or of the mode that is given")
	flag.Parse()
	var err error
	switch *mode {
	case "serve":
		err = serve(sizes[*size], *latency)
	case "floor":
		floor(*address)
	case "collect":
		err = profiled(*profile, func() error { return collect(*address, *rps, jsonl.New) })
	case "sqlite":
		err = profiled(*profile, func() error { return collect(*address, *rps, sqlite.New) })
	default:
		err = serving(*size, *latency, func(self, address string) error {
			if *with != "" {
				return builds(self, *with, address, *rps, *rounds)
			}
			return compare(self, address, *rps, *profile)
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs f, and writes where its CPU time went into a file when one is named.
func profiled(name string, f func() error) (err error) {
	if name == "" {
		return f()
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
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

// serving starts a server as a process of its own, and stops it when f has ended.
func serving(size string, latency time.Duration, f func(self, address string) error) error {
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
	return f(self, strings.TrimSpace(address))
}

// cost is what a run took.
type cost struct {
	requests  string
	wall, cpu time.Duration
	peak      int64 // KB
}

func (c cost) String() string {
	return fmt.Sprintf("%6s requests  %8v wall  %8v CPU  %4d MB peak", c.requests, c.wall.Round(10*time.Millisecond), c.cpu.Round(10*time.Millisecond), c.peak>>10)
}

// measure runs one mode of a build, with more flags where some are given.
func measure(build, mode, address string, rps float64, more ...string) (cost, error) {
	cmd := exec.Command(build, append([]string{"-mode", mode, "-url", address, "-max-rps", fmt.Sprint(rps)}, more...)...) //nolint:noctx,gosec // ourselves
	cmd.Stderr = os.Stderr
	start := time.Now()
	text, err := cmd.Output()
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w", mode, err)
	}
	c := cost{requests: strings.TrimSpace(string(text)), wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.peak = usage.Maxrss
	}
	return c, nil
}

// compare runs the floor and the collection, into files and into a database, one after the other. The collection into files
// writes its CPU profile when a file for it is named.
func compare(self, address string, rps float64, profile string) error {
	for _, mode := range []string{"floor", "collect", "sqlite"} {
		var more []string
		if mode == "collect" && profile != "" {
			more = []string{"-cpuprofile", profile}
		}
		c, err := measure(self, mode, address, rps, more...)
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %v\n", mode, c)
	}
	return nil
}

// builds compares two builds: both collect in turn, and the medians are compared.
func builds(self, other, address string, rps float64, rounds int) error {
	for _, mode := range []string{"collect", "sqlite"} {
		var costs [2][]cost
		for range max(1, rounds) {
			for i, build := range []string{other, self} {
				c, err := measure(build, mode, address, rps)
				if err != nil {
					return err
				}
				costs[i] = append(costs[i], c)
			}
		}
		old, now := medians(costs[0]), medians(costs[1])
		fmt.Printf("%-8s other %v\n%-8s this  %v\n", mode, old, "", now)
		fmt.Printf("%-8s ratio %.2f wall, %.2f CPU, %.2f peak\n", "", float64(now.wall)/float64(old.wall), float64(now.cpu)/float64(old.cpu), float64(now.peak)/float64(old.peak))
	}
	return nil
}

// medians returns the median of each cost. All runs must have sent as many requests.
func medians(list []cost) cost {
	middle := func(of func(cost) int64) int64 {
		values := make([]int64, len(list))
		for i, c := range list {
			values[i] = of(c)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	requests := list[0].requests
	for _, c := range list {
		if c.requests != requests {
			requests = "differing"
		}
	}
	return cost{
		requests: requests,
		wall:     time.Duration(middle(func(c cost) int64 { return int64(c.wall) })),
		cpu:      time.Duration(middle(func(c cost) int64 { return int64(c.cpu) })),
		peak:     middle(func(c cost) int64 { return c.peak }),
	}
}
