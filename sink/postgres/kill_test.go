package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// The variables by which the test binary plays a program that writes one state after the other until it is killed.
const (
	schemaVariable = "POSTGRES_TEST_SCHEMA"
	stateVariable  = "POSTGRES_TEST_STATES" // directories with results, with colons between
	killVariable   = "POSTGRES_TEST_KILL"   // a step, and how often it is reached before: step:n
)

func TestMain(m *testing.M) {
	postgres.HurryUp()
	schema := os.Getenv(schemaVariable)
	if schema == "" {
		postgres.Patient()
		os.Exit(m.Run())
	}
	if os.Getenv(serverVariable) != "" {
		if err := collector(schema); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := writer(schema, strings.Split(os.Getenv(stateVariable), ":")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writer writes the states one after the other.
func writer(schema string, states []string) error {
	ctx := context.Background()
	if step, n, ok := strings.Cut(os.Getenv(killVariable), ":"); ok {
		left, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		postgres.OnStep(func(at string) {
			if at != step {
				return
			}
			if left--; left < 0 {
				p, err := os.FindProcess(os.Getpid())
				if err == nil {
					_ = p.Kill()
				}
				select {}
			}
		})
	}
	pool, err := pgxpool.New(ctx, os.Getenv(urlVariable))
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		source, err := jsonl.Open(states[i%len(states)])
		if err != nil {
			return err
		}
		if err := jumpgraph.Replay(ctx, source, postgres.New(pool, postgres.Options{Schema: schema})); err != nil {
			return err
		}
		if err := source.Close(); err != nil {
			return err
		}
	}
}

// victim is an organization that has two states, and the program that writes them in turn.
type victim struct {
	pool   *pgxpool.Pool
	o      postgres.Options
	dirs   []string
	states []string // what each directory holds
	temp   string
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{temp: t.TempDir()}
	v.pool, v.o = connect(t)
	for i := range 2 {
		state := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 150, Groups: 10, GroupMembers: 10, Applications: 5, Systems: 60})
		if i == 1 {
			for seed := range uint64(5) {
				change1(state, seed)
			}
		}
		dir := t.TempDir() + "/graph"
		_, err := collect(t, jsonl.New(dir), org(state))
		must(t, err)
		source, err := jsonl.Open(dir)
		must(t, err)
		v.dirs, v.states = append(v.dirs, dir), append(v.states, strings.Join(content(t, source), "\n"))
		must(t, source.Close())
	}
	v.next(t, 0)
	return v
}

// start starts the program.
func (v *victim) start(t *testing.T, kill string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), schemaVariable+"="+v.o.Schema, stateVariable+"="+v.dirs[1]+":"+v.dirs[0], killVariable+"="+kill, "TMPDIR="+v.temp)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	return cmd
}

// state returns which of the two states is there.
func (v *victim) state(t *testing.T, what string) int {
	t.Helper()
	db, err := postgres.Open(t.Context(), v.pool, v.o)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	got := strings.Join(content(t, db), "\n")
	i := slices.Index(v.states, got)
	if i < 0 {
		t.Errorf("%s: the rows are a mixture", what)
	}
	m := db.Manifest()
	count := int64(0)
	for _, n := range m.Entities {
		count += n
	}
	for _, n := range m.Relationships {
		count += n
	}
	if lines := int64(strings.Count(got, "\n")) + 1; count != lines {
		t.Errorf("%s: the manifest is of %d objects, and there are %d", what, count, lines)
	}
	return i
}

// next is the run that follows: it works, and leaves its own state.
func (v *victim) next(t *testing.T, i int) {
	t.Helper()
	source, err := jsonl.Open(v.dirs[i])
	must(t, err)
	defer func() { must(t, source.Close()) }()
	must(t, jumpgraph.Replay(t.Context(), source, postgres.New(v.pool, v.o)))
	if got := v.state(t, "the next run"); got != i {
		t.Errorf("the next run left the state %d, want %d", got, i)
	}
}

// clean reports files that were left.
func (v *victim) clean(t *testing.T, what string) {
	t.Helper()
	left, err := os.ReadDir(v.temp)
	must(t, err)
	if len(left) > 0 && runtime.GOOS == "linux" { // elsewhere an empty file may be left
		t.Errorf("%s: the file %s is left", what, left[0].Name())
	}
}

// TestSink_KilledAtEachStep: the old state or the new one, whole.
func TestSink_KilledAtEachStep(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	for _, step := range postgres.Steps {
		for _, n := range []int{0, 1, 2} {
			_ = v.start(t, fmt.Sprint(step, ":", n)).Wait()
			what := fmt.Sprintf("killed at %s after %d times", step, n)
			// The step belongs to the first run or, when it comes once in a run, to the run of that number: each one before was committed.
			want := 0
			if step != "spool" {
				want = n % 2
			}
			if got := v.state(t, what); got != want {
				t.Errorf("%s: the state is %d, want %d", what, got, want)
			}
			v.clean(t, what)
			v.next(t, 0)
		}
	}
}

// TestSink_KilledAtAnyMoment: the same, at random moments.
func TestSink_KilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	seen := map[int]int{}
	for i := range 50 {
		cmd := v.start(t, "")
		<-time.After(10*time.Millisecond + rand.N(300*time.Millisecond))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		what := fmt.Sprint("kill ", i)
		seen[v.state(t, what)]++
		v.clean(t, what)
		v.next(t, 0)
	}
	t.Log("the states after a kill:", seen)
}
