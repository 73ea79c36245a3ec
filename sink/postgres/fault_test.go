package postgres_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// cutting is a proxy in front of a server that breaks connections.
type cutting struct {
	to   string
	port string
	// decide is asked for each message of the client, by its number, and says what to do with it.
	decide   func(n int64, message []byte) verdict
	messages atomic.Int64
}

type verdict int

const (
	pass      verdict = iota
	cutBefore         // the server never sees it
	cutAtOnce         // the server sees it, and the connection is gone
	cutAfter          // the server has answered, and the client never sees that
)

// isCommit reports that a message asks for a commit.
func isCommit(message []byte) bool { return message[0] == 'Q' && string(message[5:]) == "commit\x00" }

// newProxy starts a proxy in front of the server of the tests.
func newProxy(t *testing.T, decide func(n int64, message []byte) verdict) *cutting {
	t.Helper()
	config, err := pgxpool.ParseConfig(address(t))
	must(t, err)
	p := &cutting{to: fmt.Sprintf("%s:%d", config.ConnConfig.Host, config.ConnConfig.Port), decide: decide}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	_, p.port, _ = net.SplitHostPort(listener.Addr().String())
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(t.Context(), c)
		}
	}()
	return p
}

// address is that of the server, through the proxy.
func (p *cutting) address(t *testing.T) string {
	t.Helper()
	config, err := pgxpool.ParseConfig(address(t))
	must(t, err)
	return fmt.Sprintf("postgres://%s@127.0.0.1:%s/%s?sslmode=disable", config.ConnConfig.User, p.port, config.ConnConfig.Database)
}

func (p *cutting) serve(ctx context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var silent atomic.Bool
	answered := make(chan struct{}, 1)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if silent.Load() {
				select {
				case answered <- struct{}{}:
				default:
				}
			} else if n > 0 {
				_, _ = c.Write(buf[:n])
			}
			if err != nil {
				_ = c.Close()
				return
			}
		}
	}()
	in := bufio.NewReader(c)
	for first := true; ; first = false {
		message, err := readMessage(in, first)
		if err != nil {
			return
		}
		v := pass
		if !first {
			v = p.decide(p.messages.Add(1), message)
		}
		if v == cutBefore {
			return
		}
		silent.Store(v == cutAfter)
		if _, err := server.Write(message); err != nil || v == cutAtOnce {
			return
		}
		if v == cutAfter {
			select {
			case <-answered:
			case <-time.After(100 * time.Millisecond): // not every message is answered
			}
			return
		}
	}
}

// readMessage reads a message of the client. The first one has no letter.
func readMessage(in *bufio.Reader, first bool) ([]byte, error) {
	head := make([]byte, 5)
	if first {
		head = head[:4]
	}
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[len(head)-4:])-4)
	_, err := io.ReadFull(in, rest)
	return append(head, rest...), err
}

// two states of an organization, of which the older one is stored.
type twoStates struct {
	pool         *pgxpool.Pool // of the server itself
	o            postgres.Options
	older, newer jumpgraph.Source
	run          *recording
}

func newStates(t *testing.T) *twoStates {
	t.Helper()
	pool, o := connect(t)
	state := jumpcloudtest.Synthetic(1, small)
	s := &twoStates{pool: pool, o: o, older: asFiles(t, org(state))}
	store(t, postgres.New(pool, o), record(t, org(state)))
	change1(state, 1)
	s.newer, s.run = asFiles(t, org(state)), record(t, org(state))
	return s
}

// reset stores the older state again.
func (s *twoStates) reset(t *testing.T) {
	t.Helper()
	older := &recording{manifest: s.older.Manifest()}
	must(t, jumpgraph.Replay(t.Context(), s.older, older))
	store(t, postgres.New(s.pool, s.o), older)
	alter(t, s.pool, s.o, "TRUNCATE $S.changes")
}

// through writes the newer state through another pool.
func (s *twoStates) through(t *testing.T, pool *pgxpool.Pool) error {
	t.Helper()
	sink := postgres.New(pool, s.o)
	must(t, s.run.Write(t.Context(), sink, -1))
	return sink.Commit(t.Context(), s.run.Manifest())
}

// settled checks that the rows are those that the error of a run promises, that they were written once, and that the next run works.
func (s *twoStates) settled(t *testing.T, what string, err error) {
	t.Helper()
	want := s.newer
	if err != nil {
		want = s.older
	}
	holds(t, s.pool, s.o, what, want)
	changes := one[int](t, s.pool, s.o, "SELECT count(*) FROM $S.changes")
	runs := one[int](t, s.pool, s.o, "SELECT count(DISTINCT run) FROM $S.changes")
	if expected := len(told(t, "", s.older, s.newer, "lastSeenOn")); err == nil && (changes != expected || runs != 1) || err != nil && changes != 0 {
		t.Errorf("%s: %d changes of %d runs are recorded, the error is %v", what, changes, runs, err)
	}
	s.reset(t)
}

// TestCommit_TheConnectionIsCutOnceAtEachMessage: the run works, whenever it is cut and however.
func TestCommit_TheConnectionIsCutOnceAtEachMessage(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]verdict{"before": cutBefore, "at once": cutAtOnce, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStates(t)
			var cutAt, total atomic.Int64
			p := newProxy(t, func(n int64, _ []byte) verdict {
				total.Store(n)
				if n == cutAt.Load() {
					return v
				}
				return pass
			})
			for at := int64(0); at <= max(1, total.Load()); at += 1 + at/6 {
				cutAt.Store(0)
				pool, _ := poolOf(t, p.address(t))
				sink := postgres.New(pool, s.o)
				must(t, s.run.Write(t.Context(), sink, -1))
				p.messages.Store(0)
				cutAt.Store(at)
				err := sink.Commit(t.Context(), s.run.Manifest())
				if err != nil {
					t.Errorf("cut at message %d: %v", at, err)
				}
				s.settled(t, fmt.Sprint("cut at message ", at), err)
				pool.Close()
			}
		})
	}
}

// poolOf returns a pool of an address.
func poolOf(t *testing.T, at string) (*pgxpool.Pool, *pgxpool.Config) {
	t.Helper()
	config, err := pgxpool.ParseConfig(at)
	must(t, err)
	config.ConnConfig.RuntimeParams["application_name"] = schemaFor(t.Name())
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool, config
}

// TestCommit_TheAnswerToCommitIsLost: the run finds out what happened, and is never told wrongly.
func TestCommit_TheAnswerToCommitIsLost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		v     verdict
		times int64 // how many commits are cut
		fails bool
	}{
		"the server never saw it":             {cutBefore, 1, false},
		"the server never saw any":            {cutBefore, 1000, true},
		"the server may have seen it":         {cutAtOnce, 1, false},
		"the server may have seen each":       {cutAtOnce, 1000, false},
		"the server has committed":            {cutAfter, 1, false},
		"the server has committed, each time": {cutAfter, 1000, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStates(t)
			var commits atomic.Int64
			p := newProxy(t, func(_ int64, message []byte) verdict {
				if isCommit(message) && commits.Add(1) > 1 && commits.Load() <= 1+tt.times { // the first one ends Begin
					return tt.v
				}
				return pass
			})
			pool, _ := poolOf(t, p.address(t))
			err := s.through(t, pool)
			if (err != nil) != tt.fails {
				t.Errorf("the run says %v", err)
			}
			if tt.v == cutAfter && commits.Load() != 2 {
				t.Errorf("%d commits were sent, want one of Begin and one of Commit: it must not write twice", commits.Load())
			}
			s.settled(t, name, err)
		})
	}
}

// TestCommit_TheServerCannotBeAsked says that it is not known, and what to look at.
func TestCommit_TheServerCannotBeAsked(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	var commits atomic.Int64
	p := newProxy(t, func(_ int64, message []byte) verdict {
		switch isIt := isCommit(message); {
		case isIt && commits.Add(1) == 2:
			return cutAfter
		case commits.Load() >= 2:
			return cutBefore
		}
		return pass
	})
	pool, _ := poolOf(t, p.address(t))
	sink := postgres.New(pool, s.o)
	must(t, s.run.Write(t.Context(), sink, -1))
	err := sink.Commit(t.Context(), s.run.Manifest())
	refused(t, "a server that cannot be asked", err, nil, "cannot be asked", "the table organization")
	if run := one[string](t, s.pool, s.o, "SELECT run FROM $S.organization"); !strings.Contains(err.Error(), run) {
		t.Errorf("the error %v does not name the run %s", err, run)
	}
	holds(t, s.pool, s.o, "the run was committed", s.newer)
}

// TestCommit_ALaterRunCameBetween: the answer was lost, and before the run can ask, another one has replaced its rows.
func TestCommit_ALaterRunCameBetween(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	later := postgres.New(s.pool, s.o)
	var commits atomic.Int64
	p := newProxy(t, func(_ int64, message []byte) verdict {
		if !isCommit(message) {
			if commits.Load() == 2 { // it asks
				commits.Add(1)
				older := &recording{manifest: s.older.Manifest()}
				if err := errors.Join(jumpgraph.Replay(t.Context(), s.older, older), later.Commit(t.Context(), older.Manifest())); err != nil {
					t.Error(err)
				}
			}
			return pass
		}
		if commits.Add(1) == 2 {
			return cutAfter
		}
		return pass
	})
	pool, _ := poolOf(t, p.address(t))
	sink := postgres.New(pool, s.o)
	must(t, s.run.Write(t.Context(), sink, -1))
	older := &recording{manifest: s.older.Manifest()}
	must(t, jumpgraph.Replay(t.Context(), s.older, older))
	must(t, older.Write(t.Context(), later, -1)) // it takes the higher number
	if err := sink.Commit(t.Context(), s.run.Manifest()); err != nil {
		t.Errorf("the run was committed before the later one, and says %v", err)
	}
	holds(t, s.pool, s.o, "in the end", s.older)
}

// TestCommit_TheContextEndsWhileItCommits: the run says what happened, not that it was cancelled.
func TestCommit_TheContextEndsWhileItCommits(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]verdict{"before": cutBefore, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStates(t)
			ctx, stop := context.WithCancel(t.Context())
			var commits atomic.Int64
			p := newProxy(t, func(_ int64, message []byte) verdict {
				if isCommit(message) && commits.Add(1) == 2 {
					stop()
					return v
				}
				return pass
			})
			pool, _ := poolOf(t, p.address(t))
			sink := postgres.New(pool, s.o)
			must(t, s.run.Write(t.Context(), sink, -1))
			err := sink.Commit(ctx, s.run.Manifest())
			if err == nil && v == cutBefore {
				t.Error("the run says that it was committed")
			}
			s.settled(t, name, err) // a cancelled commit may still have happened
		})
	}
}

// TestCommit_ConnectionsAreTerminatedAtRandom by an administrator.
func TestCommit_ConnectionsAreTerminatedAtRandom(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	pool, config := poolOf(t, address(t))
	name := config.ConnConfig.RuntimeParams["application_name"]
	for i := range 25 {
		sink := postgres.New(pool, s.o)
		must(t, s.run.Write(t.Context(), sink, -1))
		ctx, stop := context.WithCancel(t.Context())
		var killer sync.WaitGroup
		killer.Go(func() {
			for n := range 2 {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Duration(1+i*2) * time.Millisecond / time.Duration(1+n)):
				}
				_, _ = s.pool.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", name)
			}
		})
		err := sink.Commit(t.Context(), s.run.Manifest())
		stop()
		killer.Wait()
		if err != nil {
			t.Errorf("terminated twice: %v", err)
		}
		s.settled(t, fmt.Sprint("terminated, round ", i), err)
	}
}

// raising makes the next writes of users fail with a code, so many times.
func (s *twoStates) raising(t *testing.T, code string, times int) {
	t.Helper()
	alter(t, s.pool, s.o, "DROP TRIGGER IF EXISTS fails ON $S.jumpcloud_user; DROP SEQUENCE IF EXISTS $S.failures; CREATE SEQUENCE $S.failures")
	alter(t, s.pool, s.o, fmt.Sprintf(`CREATE OR REPLACE FUNCTION $S.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('$S.failures') <= %d THEN RAISE EXCEPTION 'the test' USING ERRCODE = '%s'; END IF; RETURN NULL; END $$`, times, code))
	alter(t, s.pool, s.o, "CREATE TRIGGER fails AFTER INSERT OR UPDATE OR DELETE ON $S.jumpcloud_user FOR EACH STATEMENT EXECUTE FUNCTION $S.fail()")
}

// TestCommit_WhatTheServerRefuses: what passes is tried again, all else fails with what to do, and the rows stand.
func TestCommit_WhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	for _, tt := range []struct {
		what, code string
		times      int
		says       string // empty: it works in the end
	}{
		{"serialization failure", "40001", 2, ""},
		{"deadlock", "40P01", 3, ""},
		{"lock", "55P03", 1, ""},
		{"deadlock without end", "40P01", 1000, "try again"},
		{"disk full", "53100", 1, "make room"},
		{"statement_timeout", "57014", 1, "statement_timeout"},
		{"missing grant", "42501", 1, "grants"},
		{"a condition of somebody else", "23514", 1, "condition"},
	} {
		s.raising(t, tt.code, tt.times)
		err := s.through(t, s.pool)
		alter(t, s.pool, s.o, "DROP TRIGGER fails ON $S.jumpcloud_user")
		if tt.says == "" && err != nil {
			t.Errorf("%s: %v", tt.what, err)
		}
		if tt.says != "" {
			refused(t, tt.what, err, nil, tt.says)
		}
		s.settled(t, tt.what, err)
	}
}

// TestCommit_AFailedOneIsNoted beside the rows.
func TestCommit_AFailedOneIsNoted(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	s.raising(t, "53100", 1)
	state := jumpcloudtest.Synthetic(1, small)
	change1(state, 1)
	_, err := collect(t, postgres.New(s.pool, s.o), org(state))
	refused(t, "disk full", err, nil, "make room")
	if why := one[string](t, s.pool, s.o, "SELECT coalesce(partialReason, '') FROM $S.organization"); !strings.Contains(why, "make room") {
		t.Errorf("beside the rows stands %q, want why the run failed", why)
	}
	alter(t, s.pool, s.o, "DROP TRIGGER fails ON $S.jumpcloud_user")
	s.settled(t, "disk full", err)
}

// TestCommit_SettingsOfTheServer that get in the way, for real.
func TestCommit_SettingsOfTheServer(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	with := func(name, value string) *pgxpool.Pool {
		t.Helper()
		config, err := pgxpool.ParseConfig(address(t))
		must(t, err)
		config.ConnConfig.RuntimeParams[name] = value
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		must(t, err)
		t.Cleanup(pool.Close)
		return pool
	}
	readOnly := with("default_transaction_read_only", "on")
	refused(t, "read-only", postgres.New(readOnly, s.o).Begin(t.Context(), jumpgraph.Run{}), nil, "write to the primary")
	holds(t, readOnly, s.o, "reading works", s.older)
	for _, level := range []string{"serializable", "repeatable read"} {
		err := s.through(t, with("default_transaction_isolation", level))
		must(t, err)
		s.settled(t, level, err)
	}
	must(t, s.through(t, with("search_path", "nowhere")))
	s.settled(t, "search_path", nil)
	for _, mode := range []string{"simple_protocol", "exec", "describe_exec", "cache_describe"} { // such as behind a pooler
		pool, _ := poolOf(t, address(t)+"?default_query_exec_mode="+mode)
		err := s.through(t, pool)
		if err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		s.settled(t, mode, err)
		holds(t, pool, s.o, mode, s.older)
	}

	// Somebody holds a row, longer than statement_timeout allows to wait.
	tx, err := s.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM "+s.o.Schema+".organization FOR UPDATE")
	must(t, err)
	slow := with("statement_timeout", "200")
	err = s.through(t, slow)
	refused(t, "statement_timeout", err, nil, "statement_timeout")
	must(t, tx.Rollback(t.Context()))
	s.settled(t, "statement_timeout", err)

	// A temporary table of the caller's has the name of one of ours.
	conn, err := pgxpool.ParseConfig(address(t))
	must(t, err)
	conn.MaxConns = 1
	shared, err := pgxpool.NewWithConfig(t.Context(), conn)
	must(t, err)
	defer shared.Close()
	alter(t, shared, s.o, "CREATE TEMPORARY TABLE organization (nothing text); CREATE TEMPORARY TABLE jumpcloud_user (nothing text)")
	err = s.through(t, shared)
	must(t, err)
	s.settled(t, "a temporary table of the same name", err)
}

// TestCommit_TheRoleIsLost while JumpCloud is read.
func TestCommit_TheRoleIsLost(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	_, writer := roles(t, s.pool, s.o, func(_, writer string) {
		for _, grant := range []string{"USAGE ON SCHEMA $S", "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $S", "USAGE ON SEQUENCE $S.token"} {
			alter(t, s.pool, s.o, "GRANT "+grant+" TO "+writer)
		}
	})
	sink := postgres.New(writer, s.o)
	must(t, s.run.Write(t.Context(), sink, -1))
	alter(t, s.pool, s.o, "REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $S FROM $S_writer")
	err := sink.Commit(t.Context(), s.run.Manifest())
	refused(t, "grants that are gone", err, nil, "grants")
	s.settled(t, "grants that are gone", err)
}

// TestCommit_NoConnectionIsFree: the role may have two, and others hold them; one is free in time, or never.
func TestCommit_NoConnectionIsFree(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	reader, writer := roles(t, s.pool, s.o, func(_, writer string) {
		alter(t, s.pool, s.o, "GRANT USAGE ON SCHEMA $S TO "+writer+"; GRANT ALL ON ALL TABLES IN SCHEMA $S TO "+writer+"; GRANT USAGE ON SEQUENCE $S.token TO "+writer)
	})
	_ = reader
	for _, freed := range []bool{false, true} {
		sink := postgres.New(writer, s.o)
		must(t, s.run.Write(t.Context(), sink, -1))
		alter(t, s.pool, s.o, "ALTER ROLE $S_writer CONNECTION LIMIT 0")
		writer.Reset()
		if freed {
			postgresSoon(t, s)
		}
		err := sink.Commit(t.Context(), s.run.Manifest())
		if !freed {
			refused(t, "no free connection", err, nil, "max_connections")
		} else if err != nil {
			t.Errorf("a connection is free after a while: %v", err)
		}
		alter(t, s.pool, s.o, "ALTER ROLE $S_writer CONNECTION LIMIT -1")
		s.settled(t, fmt.Sprint("no free connection, freed ", freed), err)
	}
}

// postgresSoon gives the role its connections back after a moment.
func postgresSoon(t *testing.T, s *twoStates) {
	t.Helper()
	go func() {
		<-time.After(8 * time.Millisecond)
		_, _ = s.pool.Exec(context.WithoutCancel(t.Context()), "ALTER ROLE "+s.o.Schema+"_writer CONNECTION LIMIT -1")
	}()
}

// TestAbort_WithoutADatabase fails with a clear error, and leaves no file.
func TestAbort_WithoutADatabase(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	var gone atomic.Bool
	p := newProxy(t, func(int64, []byte) verdict {
		if gone.Load() {
			return cutBefore
		}
		return pass
	})
	pool, _ := poolOf(t, p.address(t))
	sink := postgres.New(pool, s.o)
	must(t, s.run.Write(t.Context(), sink, -1))
	gone.Store(true)
	m := s.run.Manifest()
	m.Status, m.Reason = jumpgraph.Partial, "the test"
	if err := sink.Abort(t.Context(), m, errors.New("the test")); err == nil {
		t.Error("Abort says nothing of a database that is gone")
	}
	refused(t, "Begin", postgres.New(pool, s.o).Begin(t.Context(), jumpgraph.Run{}), nil, "postgres: ")
	_, err := postgres.Open(t.Context(), pool, s.o)
	refused(t, "Open", err, nil, "postgres: ")
	gone.Store(false)
	must(t, sink.Abort(t.Context(), m, nil)) // a second one does nothing
	s.settled(t, "after Abort", errors.New("the test"))
}

// server starts a PostgreSQL of the test's own, and returns its address and a function that stops and starts it.
func server(t *testing.T) (at string, control func(args ...string)) {
	t.Helper()
	address(t) // whoever has no server wants no such tests
	// The context of a test ends before its cleanups: it would kill the script, and leave the server behind.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "../../.ci/postgres", "bash", "-c", `echo "$JUMPGRAPH_POSTGRES_URL"; echo "$JUMPGRAPH_POSTGRES_CTL"; cat`)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	must(t, err)
	output, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(output)
	next := func() string {
		if !lines.Scan() {
			t.Fatal("no server: .ci/postgres needs the programs of PostgreSQL")
		}
		return lines.Text()
	}
	at = next()
	ctl := strings.Fields(next())
	return at, func(args ...string) {
		t.Helper()
		out, err := exec.CommandContext(context.WithoutCancel(t.Context()), ctl[0], append(ctl[1:], args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("pg_ctl %v: %v: %s", args, err, out)
		}
	}
}

// TestCommit_TheServerIsKilled at each step of a commit, and started again at once.
func TestCommit_TheServerIsKilled(t *testing.T) {
	at, control := server(t)
	t.Setenv(urlVariable, at)
	s := newStates(t)
	var commits atomic.Int64
	var when atomic.Int64
	var restarts sync.WaitGroup
	p := newProxy(t, func(n int64, message []byte) verdict {
		if isCommit(message) {
			commits.Add(1)
		}
		if n == when.Load() || when.Load() < 0 && isCommit(message) && commits.Load() == 2 {
			if when.Swap(0) == -2 { // the answer to the commit is lost with the server
				restarts.Go(func() {
					<-time.After(20 * time.Millisecond)
					control("-m", "immediate", "restart")
				})
				return cutAfter
			}
			control("-m", "immediate", "restart")
		}
		return pass
	})
	for _, moment := range []int64{1, 3, 20, -1, -2} {
		pool, _ := poolOf(t, p.address(t))
		sink := postgres.New(pool, s.o)
		commits.Store(0)
		must(t, s.run.Write(t.Context(), sink, -1))
		p.messages.Store(0)
		when.Store(moment)
		err := sink.Commit(t.Context(), s.run.Manifest())
		if err != nil {
			t.Errorf("killed at %d: %v", moment, err)
		}
		pool.Close()
		restarts.Wait()
		s.awake(t)
		s.settled(t, fmt.Sprint("killed at ", moment), err)
	}
	control("-m", "immediate", "stop")
	_, err := postgres.Open(t.Context(), s.pool, s.o)
	refused(t, "Open of a server that is gone", err, nil, "postgres: ")
	refused(t, "Begin at a server that is gone", postgres.New(s.pool, s.o).Begin(t.Context(), jumpgraph.Run{}), nil, "postgres: ")
	control("restart") // start would not know the port
	s.awake(t)
	holds(t, s.pool, s.o, "in the end", s.older)
}

// awake waits until the server answers on fresh connections.
func (s *twoStates) awake(t *testing.T) {
	t.Helper()
	s.pool.Reset()
	for range 100 {
		if s.pool.Ping(t.Context()) == nil {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatal("the server does not come back")
}
