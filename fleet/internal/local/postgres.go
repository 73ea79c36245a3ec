// Package local starts what a fleet needs on this machine: a PostgreSQL that is installed, and Temporal's development server.
package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that a program is not installed. Its text says how to get it.
var ErrMissing = errors.New("not installed")

// startTime is how long a server may take to start.
const startTime = 30 * time.Second

// Postgres is a PostgreSQL server of our own, on loopback.
type Postgres struct {
	Address string
	server  *exec.Cmd
	ended   chan error
}

// findInitdb looks for the programs of a PostgreSQL server: in PATH, and where Debian has them.
func findInitdb() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(real), "postgres")); err == nil {
				return real, nil
			}
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is %w: install it (on Debian: apt-get install postgresql), or name one with --postgres or JUMPGRAPH_POSTGRES_URL", ErrMissing)
	}
	slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) })
	return found[len(found)-1], nil
}

// StartPostgres starts a server that keeps its data below a folder, where it makes them at first.
func StartPostgres(ctx context.Context, dir string) (*Postgres, error) {
	initdb, err := findInitdb()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "postgres")
	if err := ownFolder(data); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		program := exec.CommandContext(ctx, initdb, "-D", data, "-U", "jumpgraph", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8") //nolint:gosec // the one that was found
		program.Dir = data
		aside(program, true)
		if out, err := program.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
		}
	} else if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "postgres.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the server has it, too
	p := &Postgres{Address: fmt.Sprintf("postgres://jumpgraph@127.0.0.1:%d/postgres", port), ended: make(chan error, 1)}
	p.server = exec.Command(filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-p", strconv.Itoa(port), //nolint:gosec,noctx // it ends by Stop
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	p.server.Dir, p.server.Stdout, p.server.Stderr = data, log, log
	aside(p.server, true)
	if err := p.server.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	go func() { p.ended <- p.server.Wait() }()
	if err := p.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer; %s says why: %w", log.Name(), err), p.Stop())
	}
	return p, nil
}

func (p *Postgres) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, startTime)
	defer stop()
	for {
		conn, err := pgx.Connect(ctx, p.Address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case ended := <-p.ended:
			p.ended <- ended
			return errors.Join(errors.New("the server has ended"), ended)
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// Stop stops the server; connections that are open end.
func (p *Postgres) Stop() error {
	if err := p.server.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-p.ended:
		return err
	case <-time.After(startTime):
		return p.server.Process.Kill()
	}
}

// freePort is a port that nobody listens at now.
func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("the address of a TCP listener is none of TCP")
	}
	return address.Port, nil
}
