//go:build linux || darwin

package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestMain lets the test binary play the command.
func TestMain(m *testing.M) {
	if os.Getenv("JUMPGRAPH_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// endless answers each request in a way that does not end.
func endless(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before that, the server does not see that the client has left
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// deaf accepts connections and reads nothing.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return "http://" + l.Addr().String()
}

func namedPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestValidate_ReadsAPipeFromItsFirstByte: to look at what it is must not take away from it.
func TestValidate_ReadsAPipeFromItsFirstByte(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(demoResult(t, "graph"), "entities.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	pipe := namedPipe(t)
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, data, 0) }()
	code, stdout, stderr := jump(t, nil, "validate", pipe)
	if err := <-written; code != exitOK || err != nil || !strings.HasPrefix(stdout, "valid: ") {
		t.Errorf("exit %d, %v, %s%s", code, err, stdout, stderr)
	}
}

// TestOpen_SaysThatADatabaseMayNotBeRead, and not that it is none.
func TestOpen_SaysThatADatabaseMayNotBeRead(t *testing.T) {
	t.Parallel()
	db := database(t)
	if err := os.Chmod(db, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(db); err == nil { // the system lets this user read every file
		_ = f.Close()
		return
	}
	if code, _, stderr := jump(t, nil, "query", db, "SELECT 1"); code != exitError || !strings.Contains(stderr, "permission denied") || strings.Contains(stderr, "not a database") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// history is a directory in which a watch has a result, and an environment in which the next one has changes to hand on.
func history(t *testing.T) (string, map[string]string) {
	t.Helper()
	org := jumpcloudtest.Demo()
	s := jumpcloudtest.NewServer(org)
	t.Cleanup(s.Close)
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	dir := filepath.Join(t.TempDir(), "history")
	if code, _, stderr := jump(t, env, "watch", "--out", dir, "--every", "DISABLED"); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	s.Change(func([]*jumpcloudtest.Organization) { org.SystemUsers[3]["department"] = strings.Repeat("new ", 50_000) })
	return dir, env
}

// TestSignal_EndsEveryWaitWithinTwoSeconds starts real processes, lets each of them get stuck, and tells it to stop.
func TestSignal_EndsEveryWaitWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	silent := endless(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	trickle := endless(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			http.NewResponseController(w).Flush() //nolint:errcheck // the next write tells
			<-time.After(5 * time.Millisecond)
		}
	})
	busy := endless(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	db, graph := database(t), filepath.Join(t.TempDir(), "graph")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--quiet", "--out", graph); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT "
	at := func(url string) map[string]string {
		return map[string]string{"JUMPCLOUD_API_KEY": "k", "JUMPCLOUD_API_URL": url, "JUPITERONE_API_KEY": "k"}
	}
	upload := func(url string) []string {
		return []string{"upload", graph, "--account", "a", "--scope", "s", "--api-url", url}
	}
	toPipe, toPipeEnv := history(t)
	toProgram, toProgramEnv := history(t)
	toOutput, toOutputEnv := history(t)
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"collect, no answer":             {at(silent), []string{"collect", "--out", filepath.Join(t.TempDir(), "g")}},
		"collect, connected only":        {at(deaf(t)), []string{"collect", "--out", filepath.Join(t.TempDir(), "g")}},
		"collect, an endless body":       {at(trickle), []string{"collect", "--out", filepath.Join(t.TempDir(), "g")}},
		"collect, told to wait":          {at(busy), []string{"collect", "--out", filepath.Join(t.TempDir(), "g")}},
		"collect into a database":        {at(silent), []string{"collect", "--format", "sqlite", "--out", filepath.Join(t.TempDir(), "g.db")}},
		"plan":                           {at(trickle), []string{"collect", "--plan"}},
		"get":                            {at(silent), []string{"get", "systemusers"}},
		"commands":                       {at(trickle), []string{"commands", "list"}},
		"watch, no answer":               {at(silent), []string{"watch", "--every", "1h", "--out", filepath.Join(t.TempDir(), "h")}},
		"watch, a pipe without a reader": {toPipeEnv, []string{"watch", "--every", "DISABLED", "--out", toPipe, "--to", namedPipe(t)}},
		"watch, a program":               {toProgramEnv, []string{"watch", "--every", "DISABLED", "--out", toProgram, "--", "sh", "-c", `trap "" TERM; sleep 30`}},
		"watch, output nobody reads":     {toOutputEnv, []string{"watch", "--every", "DISABLED", "--out", toOutput}},
		"upload, no answer":              {at(silent), upload(silent)},
		"upload, an endless body":        {at(trickle), upload(trickle)},
		"query, output nobody reads":     {nil, []string{"query", db, numbers + "i FROM n"}},
		"query, no row ever":             {nil, []string{"query", db, numbers + "count(*) FROM n"}},
		"view, a pipe without a reader":  {nil, []string{"view", db, "--out", namedPipe(t)}},
		"validate, a pipe":               {nil, []string{"validate", namedPipe(t)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stops(t, tt.env, tt.args)
		})
	}
}

// stops starts a process, whose output nobody reads, and tells it to stop.
func stops(t *testing.T, env map[string]string, args []string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // opened to read
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "JUMPGRAPH_TEST_MAIN=1")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout = w
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr")) // a pipe would have to wait for children of the process
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close() //nolint:errcheck // of a test
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		said, _ := os.ReadFile(stderr.Name())
		t.Fatalf("it did not get stuck: %v: %s", err, said)
	case <-time.After(time.Second):
	}
	begun := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended: //nolint:errcheck // the exit code says it
		if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || time.Since(begun) > 4*time.Second { // two, and as much again where the machine is busy
			said, _ := os.ReadFile(stderr.Name())
			t.Errorf("exit %d after %v: %s", code, time.Since(begun), said)
		}
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("it does not end")
	}
}
