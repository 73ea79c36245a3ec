package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// commandTime is how long the command of a credential may take.
var commandTime = 30 * time.Second

// longest is how many bytes are read from a source: no credential is that long.
const longest = 16 << 10

var errLong = errors.New("it is longer than any credential")

// ErrNoCredential says that a credential could not be had. Its text says where it was looked for, and holds nothing of it.
var ErrNoCredential = errors.New("the credential cannot be had")

// Resolve gets the credential from its source.
func (c *Credential) Resolve(ctx context.Context) (string, error) {
	text, err := c.read(ctx)
	text = strings.TrimSpace(text)
	switch {
	case err == nil && text == "":
		err = errors.New("it is empty")
	case err == nil && strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		err = errors.New("it holds a space or a letter that no credential has: it must be one line")
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s (%s): %w", ErrNoCredential, c.Name, c.Source(), err)
	}
	return text, nil
}

func (c *Credential) read(ctx context.Context) (string, error) {
	switch {
	case c.Env != "":
		text, ok := os.LookupEnv(c.Env)
		if !ok {
			return "", errors.New("it is not set")
		}
		return text, nil
	case c.File != "":
		return readFile(c.File)
	}
	return c.run(ctx)
}

// readFile reads a file, unless others may read it.
func readFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // Windows has other rules, which this is not told
		return "", fmt.Errorf("others may read the file: chmod 600 %s", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, longest+1))
	if err == nil && len(text) > longest {
		err = errLong
	}
	return string(text), err
}

// run runs the command. What it prints to its error output may hold anything, and is dropped.
func (c *Credential) run(ctx context.Context) (string, error) {
	within, stop := context.WithTimeout(ctx, commandTime)
	defer stop()
	program := exec.CommandContext(within, c.Command[0], c.Command[1:]...) //nolint:gosec // the settings say which
	program.WaitDelay = time.Second
	var out limited
	program.Stdout = &out
	err := program.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case within.Err() != nil:
		return "", fmt.Errorf("it took longer than %v", commandTime)
	case out.full:
		return "", errLong
	case ended:
		return "", fmt.Errorf("it ended with %w; run it by hand to see why", exit)
	}
	return out.text.String(), err
}

// limited takes as many bytes as a credential may have.
type limited struct {
	text bytes.Buffer
	full bool
}

// Write takes bytes, or refuses them.
func (l *limited) Write(p []byte) (int, error) {
	if l.text.Len()+len(p) > longest {
		l.full = true
		return 0, errLong
	}
	return l.text.Write(p)
}

// Client is a credential as package client takes it: its source is asked when it is needed, and again when JumpCloud refuses it.
func (c *Credential) Client() client.Credential {
	if !c.ServiceAccount {
		return client.APIKeyFunc(c.Resolve)
	}
	return client.ServiceAccountFunc(c.account)
}

// account gets the credential of a service account.
func (c *Credential) account(ctx context.Context) (id, secret string, err error) {
	text, err := c.Resolve(ctx)
	if err != nil {
		return "", "", err
	}
	id, secret, ok := strings.Cut(text, ":")
	if !ok || id == "" || secret == "" {
		return "", "", fmt.Errorf("%w: %s (%s): a service account needs its client id and its client secret with a colon between", ErrNoCredential, c.Name, c.Source())
	}
	return id, secret, nil
}
