package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

// commandTime is how long the command of a credential may take.
const commandTime = 30 * time.Second

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
		if err := mayRead(c.File); err != nil {
			return "", err
		}
		text, err := os.ReadFile(c.File)
		return string(text), err
	}
	return c.run(ctx)
}

// run runs the command. What it prints to its error output may hold anything, and is dropped.
func (c *Credential) run(ctx context.Context) (string, error) {
	ctx, stop := context.WithTimeout(ctx, commandTime)
	defer stop()
	program := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...) //nolint:gosec // the settings say which
	program.WaitDelay = time.Second
	var out bytes.Buffer
	program.Stdout = &out
	err := program.Run()
	if ctx.Err() != nil {
		return "", fmt.Errorf("it took longer than %v", commandTime)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("it ended with %w; run it by hand to see why", exit)
	}
	return out.String(), err
}

// Client is a credential as package client takes it: it is asked for when it is needed, and again when JumpCloud refuses it.
func (c *Credential) Client(ctx context.Context) (client.Credential, error) {
	if !c.ServiceAccount {
		return client.APIKeyFunc(c.Resolve), nil
	}
	text, err := c.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	id, secret, ok := strings.Cut(text, ":")
	if !ok || id == "" || secret == "" {
		return nil, fmt.Errorf("%w: %s (%s): a service account needs its client id and its client secret with a colon between", ErrNoCredential, c.Name, c.Source())
	}
	return client.ServiceAccount(id, secret), nil
}
