package client_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// attack is an answer that never ends: a beginning, and what comes again and again.
type attack struct {
	begin, again string
	read         string // which reading asks for it
	status       int    // 0 means 200
	end          int    // how often it comes at most; 0 means without end
}

// padding is text that takes room.
var padding = strings.Repeat("x", 1<<16)

// attacks are the answers, by what they do.
var attacks = map[string]attack{
	"empty records":          {`{"totalCount":1,"results":[{}`, `,{}`, "search of v1", 0, 0},
	"empty records of v2":    {`[{}`, `,{}`, "list of v2", 0, 0},
	"null records":           {`[null`, `,null`, "list of v2", 0, 0},
	"unreadable records":     {`{"results":[5`, `,5`, "reading on", 0, 0},
	"endless edges":          {`[{"to":{"id":"a","type":"user"}}`, `,{"to":{"id":"a","type":"user"}}`, "members", 0, 0},
	"records of 64 KB":       {`{"results":[{"_id":"a"}`, `,{"_id":"b","username":"` + padding + `"}`, "search of v1", 0, 0},
	"records of 7 MB":        {`{"results":[{"_id":"a"}`, `,{"_id":"b","username":"` + strings.Repeat(padding, 112) + `"}`, "search of v1", 0, 0},
	"a text":                 {`{"results":[{"_id":"a","username":"`, padding, "search of v1", 0, 0},
	"a text of 500 MB":       {`{"results":[{"_id":"a","username":"`, padding, "search of v1", 0, 8000},
	"a text in an edge":      {`[{"to":{"id":"`, padding, "members", 0, 0},
	"a text in an object":    {`{"_id":"`, padding, "one object of v1", 0, 0},
	"a text of a command":    {`{"_id":"a","command":"`, padding, "command to be changed", 0, 0},
	"a text of a trigger":    {`{"triggered":["`, padding, "trigger", 0, 0},
	"a name of a field":      {`{"`, padding, "search of v1", 0, 0},
	"a name in a record":     {`{"results":[{"`, padding, "search of v1", 0, 0},
	"another field":          {`{"other":[1`, `,1`, "search of v1", 0, 0},
	"other fields":           {`{"a":1`, `,"a":1`, "search of v1", 0, 0},
	"a list in a record":     {`{"results":[{"_id":"a","addresses":[{}`, `,{}`, "search of v1", 0, 0},
	"numbers in a record":    {`{"results":[{"_id":"a","phoneNumbers":[1`, `,1`, "search of v1", 0, 0},
	"lists in records":       {`{"results":[{"_id":"a"}`, `,{"_id":"b","addresses":[{}` + strings.Repeat(",{}", 1000) + `]}`, "search of v1", 0, 0},
	"paths of an edge":       {`[{"id":"a","type":"user","paths":[[]`, `,[]`, "traversal", 0, 0},
	"steps of a path":        {`[{"id":"a","type":"user","paths":[[{}`, `,{}`, "traversal", 0, 0},
	"fields of a record":     {`{"results":[{"a":1`, `,"a":1`, "search of v1", 0, 0},
	"unknown fields":         {`{"_id":"a","unknown":[1`, `,1`, "unknown fields", 0, 0},
	"white space":            {"", strings.Repeat(" ", 1<<16), "list of v2", 0, 0},
	"256 MB of white space":  {"", strings.Repeat(" \n", 1<<15), "search of v1", 0, 4096},
	"white space in a list":  {`[`, strings.Repeat(" ", 1<<16), "list of v2", 0, 0},
	"white space at the end": {`{"_id":"a"}`, strings.Repeat("\t", 1<<16), "one object of v1", 0, 0},
	"lists of numbers":       {`{"results":[{"_id":"a"}`, `,{"_id":"b","addresses":[{"a":"1234567890"}` + strings.Repeat(`,{"a":"1234567890"}`, 1000) + `]}`, "search of v1", 0, 0},
	"lists in groups":        {`[{"id":"a"}`, `,{"id":"b","attributes":{"ldapGroups":[{}` + strings.Repeat(",{}", 1000) + `]}}`, "list of v2", 0, 0},
	"paths in edges":         {`[{"id":"a","type":"user"}`, `,{"id":"b","type":"user","paths":[[{}]` + strings.Repeat(",[{}]", 1000) + `]}`, "traversal", 0, 0},
	"depth":                  {``, `[`, "list of v2", 0, 0},
	"depth in a record":      {`{"results":[{"a":`, `[`, "search of v1", 0, 0},
	"digits":                 {`{"totalCount":`, strings.Repeat("1", 1<<16), "search of v1", 0, 0},
	"an error":               {`{"message":"`, padding, "list of v2", 400, 0},
	"a web page":             {`<html>`, padding, "list of v2", 403, 0},
}

// asked returns how an attack is asked for.
func (a attack) asked() reading {
	switch a.read {
	case "reading on":
		return reading{"POST /api/search/systemusers", "", bearing}
	case "trigger":
		return reading{"POST /api/command/trigger/{triggername}", "", func(ctx context.Context, c *client.Client) (int, error) {
			names, err := c.Commands.Trigger(ctx, "x", nil)
			return len(names), err
		}}
	case "unknown fields":
		return readings["one object of v1"]
	default:
		return readings[a.read]
	}
}

// everyAttack runs them all, alone as well; else some run, many at once.
var everyAttack = flag.Bool("attacks", false, "read every hostile answer, alone and many at once")

// oneAttack is how the names begin of those that run.
var oneAttack = flag.String("attack", "", "read only the hostile answers whose names begin with this")

// mainAttacks are those that always run.
var mainAttacks = []string{"empty records", "a text of 500 MB", "256 MB of white space", "a list in a record"}

// ServeHTTP sends the attack, compressed.
func (a attack) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_, err := io.WriteString(z, a.begin)
	block := strings.Repeat(a.again, max(1, len(padding)/len(a.again)))
	for n := 0; err == nil && (a.end == 0 || n < a.end); n++ {
		_, err = io.WriteString(z, block)
	}
	_ = z.Close()
}

// hostileEnv tells a child process what to read: the address, the name of the attack, and how often at once.
const hostileEnv = "JUMPGRAPH_TEST_HOSTILE"

// outcome is what a child process tells.
type outcome struct {
	Records  int
	Errors   []string
	Requests int64
	Peak     int // MB
	Took     time.Duration
}

// TestHostile_Child is the child process of [TestHostile_MemoryIsBounded].
func TestHostile_Child(t *testing.T) {
	var address, name string
	var atOnce int
	if n, _ := fmt.Sscanf(os.Getenv(hostileEnv), "%s %d %q", &address, &atOnce, &name); n != 3 {
		t.Skip("runs in a process of its own")
	}
	var options []client.Option
	if name == "unknown fields" {
		options = append(options, client.WithUnknownFields())
	}
	c := dial(t, address, testKey, options...)
	client.ShortenWaits(c)
	var o outcome
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for range atOnce {
		wg.Go(func() {
			n, err := attacks[name].asked().read(t.Context(), c)
			mu.Lock()
			defer mu.Unlock()
			o.Records += n
			o.Errors = append(o.Errors, fmt.Sprintf("%.300s", fmt.Sprint(err)))
		})
	}
	wg.Wait()
	o.Requests, o.Peak, o.Took = c.Stats().Requests, peak(t), time.Since(start)
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("outcome %s\n", b)
}

// peak returns the most memory that the process ever had, in MB.
func peak(t *testing.T) int {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	for s := bufio.NewScanner(f); s.Scan(); {
		var kb int
		if n, _ := fmt.Sscanf(s.Text(), "VmHWM: %d kB", &kb); n == 1 {
			return kb >> 10
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}

// child reads an attack in a process of its own.
func child(t *testing.T, address, name string, atOnce int) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHostile_Child$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %q", hostileEnv, address, atOnce, name))
	out, err := cmd.CombinedOutput()
	var o outcome
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(line, "outcome "); ok {
			if err := json.Unmarshal([]byte(text), &o); err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	t.Fatalf("the process ended with %v:\n%.2000s", err, out)
	return o
}

// mostMemory is what no answer may make a process take, in MB, however many are read at once.
const mostMemory = 256

// TestHostile_MemoryIsBounded reads each attack alone and 16 times at once, and looks at the memory that it took.
func TestHostile_MemoryIsBounded(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); errors.Is(err, os.ErrNotExist) {
		t.Skip("the system does not tell how much memory a process had")
	}
	if raceEnabled || testing.Short() {
		t.Skip("slow")
	}
	for name, a := range attacks {
		if !strings.HasPrefix(name, *oneAttack) {
			continue
		}
		atOnce := []int{1, 16}
		if !*everyAttack {
			atOnce = atOnce[1:]
			if !slices.Contains(mainAttacks, name) {
				continue
			}
		}
		s := httptest.NewServer(a)
		for _, atOnce := range atOnce {
			o := child(t, s.URL, name, atOnce)
			t.Logf("%-24s %2d at once: %4d MB, %8v, %.120s", name, atOnce, o.Peak, o.Took.Round(time.Millisecond), o.Errors[0])
			if o.Peak >= mostMemory {
				t.Errorf("%s, %d at once: %d MB, want less than %d MB", name, atOnce, o.Peak, mostMemory)
			}
			if o.Requests != int64(atOnce) {
				t.Errorf("%s, %d at once: %d requests: such an answer comes again, so that it must not be asked for again", name, atOnce, o.Requests)
			}
			for _, text := range o.Errors {
				large := strings.Contains(text, "answer larger than") || a.status != 0 || strings.HasPrefix(name, "depth")
				if !large || !strings.Contains(text, a.asked().route) {
					t.Errorf("%s, %d at once: %q, want an error that says that the answer is too large, and names the route", name, atOnce, text)
					break
				}
			}
		}
		s.CloseClientConnections()
		s.Close()
	}
}
