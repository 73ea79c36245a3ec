package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
)

// cliVersion is the version of Temporal's command that was tried.
const cliVersion = "v1.5.1"

// FindTemporal looks for Temporal's command: the one that is named, or one in PATH or where go install puts programs.
func FindTemporal(named string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("the command %s of Temporal: %w", named, err)
		}
		return path, nil
	}
	if path, err := exec.LookPath("temporal"); err == nil {
		return path, nil
	}
	places := []string{os.Getenv("GOBIN"), filepath.Join(os.Getenv("GOPATH"), "bin")}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, "go", "bin"))
	}
	for _, dir := range places {
		if path, err := exec.LookPath(filepath.Join(dir, "temporal")); dir != "" && err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the command of Temporal is %w: go install github.com/temporalio/cli/cmd/temporal@%s builds it in some minutes; or see https://docs.temporal.io/cli", ErrMissing, cliVersion)
}

// Temporal is a development server of our own, on loopback.
type Temporal struct {
	Address, Page string
	server        *testsuite.DevServer
}

// StartTemporal starts a development server that keeps its state in a folder. address is where it serves; empty for a free port.
func StartTemporal(ctx context.Context, path, dir, address string, logger log.Logger) (*Temporal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(filepath.Join(dir, "temporal.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the server has it, too
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	server, err := testsuite.StartDevServer(ctx, testsuite.DevServerOptions{
		ExistingPath: path, EnableUI: true, UIPort: strconv.Itoa(port), DBFilename: filepath.Join(dir, "temporal.db"), LogLevel: "error",
		ClientOptions: &client.Options{HostPort: address, Logger: logger}, Stdout: out, Stderr: out,
	})
	if err != nil {
		return nil, fmt.Errorf("start Temporal's development server; %s says why: %w", out.Name(), err)
	}
	return &Temporal{Address: server.FrontendHostPort(), Page: fmt.Sprintf("http://127.0.0.1:%d", port), server: server}, nil
}

// Stop stops the server.
func (t *Temporal) Stop() error {
	t.server.Client().Close()
	return t.server.Stop()
}
