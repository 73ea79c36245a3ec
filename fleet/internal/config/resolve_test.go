package config_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
)

func TestMain(m *testing.M) {
	config.CommandTime(2 * time.Second)
	os.Exit(m.Run())
}

// secret writes a file with a credential.
func secret(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func shell(script string) []string { return []string{"sh", "-c", script} }

func TestResolve_TakesTheCredentialFromItsSource(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a shell")
	}
	t.Setenv("FLEET_TEST_KEY", " "+marker+"\n")
	for name, c := range map[string]config.Credential{
		"environment": {Env: "FLEET_TEST_KEY"},
		"file":        {File: secret(t, marker+"\r\n", 0o600)},
		"read-only":   {File: secret(t, marker, 0o400)},
		"command":     {Command: shell("echo noise >&2; echo " + marker)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Name = "acme"
			if got, err := c.Resolve(t.Context()); err != nil || got != marker {
				t.Errorf("Resolve() = %q, %v, want the credential without what stands around it", got, err)
			}
		})
	}
}

func TestResolve_NoErrorHoldsTheCredential(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a shell")
	}
	t.Setenv("FLEET_TEST_EMPTY", " \n")
	t.Setenv("FLEET_TEST_TWO_LINES", marker+"\n"+marker)
	t.Setenv("FLEET_TEST_LETTER", marker+"é")
	fifo := t.TempDir()
	for name, tt := range map[string]struct {
		c    config.Credential
		want string
	}{
		"variable not set":        {config.Credential{Env: "FLEET_TEST_NOT_SET"}, "(variable FLEET_TEST_NOT_SET): it is not set"},
		"variable empty":          {config.Credential{Env: "FLEET_TEST_EMPTY"}, "(variable FLEET_TEST_EMPTY): it is empty"},
		"variable of two lines":   {config.Credential{Env: "FLEET_TEST_TWO_LINES"}, "it must be one line"},
		"variable with a letter":  {config.Credential{Env: "FLEET_TEST_LETTER"}, "a letter that no credential has"},
		"no file":                 {config.Credential{File: filepath.Join(fifo, "missing")}, "no such file"},
		"a folder":                {config.Credential{File: fifo}, "it is a folder"},
		"file for the group":      {config.Credential{File: secret(t, marker, 0o640)}, "others may read the file: chmod 600"},
		"file for all":            {config.Credential{File: secret(t, marker, 0o604)}, "others may read the file: chmod 600"},
		"file that others write":  {config.Credential{File: secret(t, marker, 0o602)}, "others may read the file: chmod 600"},
		"file empty":              {config.Credential{File: secret(t, "", 0o600)}, "it is empty"},
		"file of two lines":       {config.Credential{File: secret(t, marker+"\n"+marker, 0o600)}, "it must be one line"},
		"file of a key's format":  {config.Credential{File: secret(t, `{"key": "`+marker+`"}`, 0o600)}, "it must be one line"},
		"file too long":           {config.Credential{File: secret(t, strings.Repeat(marker, 1000), 0o600)}, "it is longer than any credential"},
		"no program":              {config.Credential{Command: []string{"/missing/vault", marker}}, "no such file"},
		"command fails":           {config.Credential{Command: shell("echo " + marker + "; echo " + marker + " >&2; exit 7")}, "it ended with exit status 7; run it by hand to see why"},
		"command is killed":       {config.Credential{Command: shell("echo " + marker + "; kill -9 $$")}, "it ended with signal: killed"},
		"command prints nothing":  {config.Credential{Command: shell("echo " + marker + " >&2")}, "it is empty"},
		"command prints garbage":  {config.Credential{Command: shell(`printf '` + marker + `\033[2J\000'`)}, "it must be one line"},
		"command prints lines":    {config.Credential{Command: shell("echo token:; echo " + marker)}, "it must be one line"},
		"command prints no end":   {config.Credential{Command: shell("yes " + marker)}, "it is longer than any credential"},
		"command takes too long":  {config.Credential{Command: shell("echo " + marker + "; exec sleep 60")}, "it took longer than 2s"},
		"command leaves a child":  {config.Credential{Command: shell("sleep 60 & echo " + marker + "; exit 1")}, "it ended with exit status 1"},
		"child keeps it too long": {config.Credential{Command: shell("echo " + marker + "; sleep 60")}, "it took longer than 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.c.Name = "acme"
			began := time.Now()
			got, err := tt.c.Resolve(t.Context())
			if got != "" || !errors.Is(err, config.ErrNoCredential) {
				t.Fatalf("Resolve() = %q, %v, want %v", got, err, config.ErrNoCredential)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "acme") {
				t.Errorf("the error is %q, want %q and the name in it", err, tt.want)
			}
			if text := strings.ReplaceAll(err.Error(), tt.c.Source(), ""); strings.Contains(text, "MARKER") {
				t.Errorf("the error holds the credential: %q", err)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestResolve_ACallerThatGivesUpIsNotASlowCommand(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the command is one of a shell")
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	c := config.Credential{Name: "acme", Command: shell("exec sleep 60")}
	if _, err := c.Resolve(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Resolve with a context that ends: %v, want that it has ended", err)
	}
}

func TestClient_OfAServiceAccount(t *testing.T) {
	for text, good := range map[string]bool{
		"id:" + marker: true, "id:a:" + marker: true, marker: false, ":" + marker: false, marker + ":": false, "": false, "id: " + marker: false,
	} {
		t.Setenv("FLEET_TEST_ACCOUNT", text)
		c := config.Credential{Name: "acme", Env: "FLEET_TEST_ACCOUNT", ServiceAccount: true}
		jc, err := client.New(c.Client(), client.WithBaseURL("http://127.0.0.1:1"), client.WithTokenURL("http://127.0.0.1:1/token"), client.WithMaxWait(time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		_, err = jc.Organizations.Get(t.Context(), "x")
		if err == nil || errors.Is(err, config.ErrNoCredential) == good || strings.Contains(err.Error(), "MARKER") {
			t.Errorf("a request: %v, want %v: %v; and nothing of the credential", err, config.ErrNoCredential, !good)
		}
	}
}

// The key is asked for when it is needed, so that one that was changed in its source is taken without a restart.
func TestClient_ReadsNothing(t *testing.T) {
	t.Parallel()
	c := config.Credential{Name: "acme", File: "/missing"}
	for _, c.ServiceAccount = range []bool{false, true} {
		if _, err := client.New(c.Client()); err != nil {
			t.Errorf("a client of it: %v, want a credential that is read later", err)
		}
	}
}
