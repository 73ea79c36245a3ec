package fleettest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Build builds the command of the fleet into a folder, and returns its path. It must be called inside the module.
func Build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "jumpgraph-fleet")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/jumpgraph/jumpgraph/fleet/cmd/jumpgraph-fleet").CombinedOutput() //nolint:gosec // our own command
	if err != nil {
		return "", fmt.Errorf("build the command: %w: %s", err, out)
	}
	return path, nil
}

// Process is a process of the command. All methods are safe for concurrent use.
type Process struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	output lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps what the process prints.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Start starts the command with arguments and further variables of the environment.
func Start(path string, env []string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...), ended: make(chan struct{})} //nolint:gosec,noctx // it is ended by a signal
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState has it
		close(p.ended)
	}()
	return p, nil
}

// Signal sends a signal. One to a process that has ended is no error.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Wait waits until the process has ended, and returns its exit code; -1 when a signal ended it.
func (p *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("the process goes on: %w; it printed\n%s", context.Cause(ctx), p.Output())
	}
}

// Output is what the process has printed so far.
func (p *Process) Output() string { return p.output.String() }

// CPU is the time of the processor that the process took; 0 while it runs.
func (p *Process) CPU() time.Duration {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	default:
		return 0
	}
}

// PeakMemory is the most memory that the process had so far, in bytes; 0 where the system does not tell.
func (p *Process) PeakMemory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// Run runs the command to its end, and returns what it printed on its output. What it prints to its error output goes to w.
func Run(ctx context.Context, w io.Writer, path string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // our own command
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = w
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("jumpgraph-fleet %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}
