package jsonl_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// childURL tells the test binary that it is a child which collects and is killed.
const childURL = "JUMPGRAPH_TEST_COLLECT_URL"

func TestMain(m *testing.M) {
	if address := os.Getenv(childURL); address != "" {
		os.Exit(collectAsChild(address, os.Getenv("JUMPGRAPH_TEST_COLLECT_DIR")))
	}
	os.Exit(m.Run())
}

func collectAsChild(address, dir string) int {
	c, err := client.New(client.APIKey("jca_fake_0123456789abcdef"), client.WithBaseURL(address), client.WithMaxRPS(math.Inf(1)))
	if err == nil {
		_, err = jumpgraph.Collect(context.Background(), c, jsonl.New(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// child starts a collection in a process of its own.
func child(t *testing.T, address, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+address, "JUMPGRAPH_TEST_COLLECT_DIR="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

var kills = flag.Int("kills", 20, "how many runs are killed")

// TestKilled_AtAnyMomentLeavesTheOldResultWhole kills runs at random moments: the result that stood before stands and
// is whole, or the new one is, and the next run works.
func TestKilled_AtAnyMomentLeavesTheOldResultWhole(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Synthetic(31, jumpcloudtest.Size{Users: 400, Systems: 200, Groups: 20, Applications: 10, GroupMembers: 20})
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	parent := t.TempDir()
	dir := filepath.Join(parent, "graph")
	begin := time.Now()
	if err := child(t, s.URL, dir).Wait(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(begin)
	r := rand.New(rand.NewPCG(uint64(begin.UnixNano()), 1))
	for i := range *kills {
		cmd := child(t, s.URL, dir)
		time.Sleep(time.Duration(r.Int64N(int64(whole * 5 / 4))))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		m, err := resultdir.Read(dir)
		if err != nil || m.Status != jumpgraph.Complete || m.Entities["jumpcloud_user"] != 400 {
			t.Fatalf("after kill %d: %+v, %v; want a whole result", i, m, err)
		}
		if _, err := jsonl.Validate(dir, func(p jsonl.Problem) { t.Errorf("after kill %d: %s", i, p) }); err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		for _, left := range entriesOf(t, parent) {
			if _, err := resultdir.Read(filepath.Join(parent, left)); left != "graph" && err == nil {
				t.Errorf("after kill %d: %s looks like a result", i, left)
			}
		}
	}
	if err := child(t, s.URL, dir).Wait(); err != nil {
		t.Errorf("the run after the kills: %v", err)
	}
	if got := names(t, parent); got != "graph" {
		t.Errorf("after a good run the parent holds %s, want the result alone", got)
	}
}

func entriesOf(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}
