package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// marker is a credential that no output may show.
const marker = "jca_MARKERmarkerMARKERmarker"

// result is what a command has written, and its exit code.
type result struct {
	code     int
	out, err string
}

func command(ctx context.Context, args ...string) result {
	var out, errOut bytes.Buffer
	code := run(ctx, args, &out, &errOut)
	return result{code, out.String(), errOut.String()}
}

// write makes a file that nobody else may read.
func write(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCommand_WrongUseEndsWith2AndSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	good := write(t, "fleet.toml", "[[credential]]\nname = \"acme\"\nenv = \"ACME\"\n")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":         {[]string{"stauts"}, `unknown command "stauts"`},
		"unknown subcommand":      {[]string{"credentials", "show"}, `credentials takes no arguments, not "show"`},
		"unknown flag":            {[]string{"status", "--agee", "1h"}, "unknown flag: --agee"},
		"flag without a value":    {[]string{"status", "--max-age"}, "flag needs an argument"},
		"no duration":             {[]string{"status", "--max-age", "soon"}, "invalid"},
		"negative age":            {[]string{"status", "--max-age", "-1h"}, "--max-age must be above zero"},
		"form of status":          {[]string{"status", "-f", "xml"}, `--format must be text or json, not "xml"`},
		"form of changes":         {[]string{"changes", "-f", "xml"}, `--format must be text or json, not "xml"`},
		"form of cost":            {[]string{"cost", "-f", ""}, `--format must be text or json, not ""`},
		"argument of status":      {[]string{"status", "acme"}, `status takes no arguments, not "acme"`},
		"argument of sync":        {[]string{"sync", "acme"}, `sync takes no arguments, not "acme"`},
		"argument of worker":      {[]string{"worker", "acme"}, `worker takes no arguments, not "acme"`},
		"argument of up":          {[]string{"up", "demo"}, `up takes no arguments, not "demo"`},
		"argument of prune":       {[]string{"prune", "acme"}, `prune takes no arguments, not "acme"`},
		"argument of cost":        {[]string{"cost", "acme"}, `cost takes no arguments, not "acme"`},
		"argument of list":        {[]string{"credentials", "list", "acme"}, `list takes no arguments, not "acme"`},
		"run of nothing":          {[]string{"run"}, "name the organizations, or use --all"},
		"run of all and one":      {[]string{"run", "--all", "acme"}, "name the organizations, or use --all"},
		"since":                   {[]string{"changes", "--since", "0s"}, "--since must be above zero"},
		"every":                   {[]string{"sync", "--every", "1s"}, "--every must be a minute at least"},
		"every, negative":         {[]string{"sync", "--every", "-1h"}, "--every must be a minute at least"},
		"left-for":                {[]string{"prune", "--left-for", "-1h"}, "--left-for must not be negative"},
		"at-once":                 {[]string{"worker", "--at-once", "0"}, "--at-once must be 1 at least, not 0"},
		"grace":                   {[]string{"worker", "--grace", "-1s"}, "--grace must not be negative"},
		"organizations of up":     {[]string{"up", "--demo", "--organizations", "0"}, "must be 1 at least"},
		"unknown credential":      {[]string{"credentials", "test", "other"}, "the settings have no such credential: other"},
		"password in the address": {[]string{"cost", "--postgres", "postgres://u:" + marker + "@h/d"}, "the address holds a password"},
		"password as a parameter": {[]string{"cost", "--postgres", "postgres://u@h/d?password=" + marker}, "the address holds a password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := command(t.Context(), append([]string{"--config", good}, tt.args...)...)
			if got.code != exitUsage || !strings.Contains(got.err, tt.want) || !strings.HasPrefix(got.err, "jumpgraph-fleet: ") {
				t.Errorf("it ended with %d and said %q, want %d and %q", got.code, got.err, exitUsage, tt.want)
			}
			if got.out != "" {
				t.Errorf("it wrote %q, want nothing", got.out)
			}
			if strings.Contains(got.err, "MARKER") {
				t.Errorf("it shows the password: %q", got.err)
			}
		})
	}
}

func TestCommand_BadSettingsEndWith2(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "none.toml"), "unknown setting": write(t, "a.toml", "api_key = \""+marker+"\""), "no TOML": write(t, "b.toml", marker),
		"credential as env": write(t, "c.toml", "[[credential]]\nname = \"a\"\nenv = \""+marker+"\""),
	} {
		for _, args := range [][]string{{"credentials", "list"}, {"status"}, {"worker"}, {"up", "--demo"}} {
			got := command(t.Context(), append(args, "--config", file)...)
			if got.code != exitUsage || !strings.Contains(got.err, file) || got.out != "" || strings.Contains(got.err, "MARKER") {
				t.Errorf("%s, %v: it ended with %d, wrote %q and said %q, want %d and the name of the file", name, args, got.code, got.out, got.err, exitUsage)
			}
		}
	}
}

func TestCommand_HelpNeedsNoSettings(t *testing.T) {
	t.Setenv(configVariable, filepath.Join(t.TempDir(), "none.toml"))
	for _, args := range [][]string{{}, {"--help"}, {"help", "status"}, {"status", "--help"}, {"--version"}, {"completion", "bash"}, {"__complete", "sta"}} {
		if got := command(t.Context(), args...); got.code != 0 || got.out == "" {
			t.Errorf("%v: it ended with %d, wrote %d bytes and said %q, want 0", args, got.code, len(got.out), got.err)
		}
	}
	for _, name := range []string{"up", "worker", "sync", "run", "status", "changes", "cost", "credentials", "prune"} {
		if got := command(t.Context(), "--help"); !strings.Contains(got.out, "\n  "+name) {
			t.Errorf("the help does not name %s", name)
		}
	}
}

func TestCommand_WithoutADatabaseItAsksWhich(t *testing.T) {
	t.Setenv(postgresVariable, "")
	for _, args := range [][]string{{"cost"}, {"changes"}, {"prune"}, {"status"}, {"sync"}, {"run", "--all"}, {"worker"}} {
		got := command(t.Context(), append(args, "--config", "")...)
		if got.code != exitUsage || !strings.Contains(got.err, "which database? Set --postgres or JUMPGRAPH_POSTGRES_URL") {
			t.Errorf("%v: it ended with %d and said %q", args, got.code, got.err)
		}
	}
}

func TestCommand_ADatabaseThatIsAwayEndsWith1AndShowsNoPassword(t *testing.T) {
	t.Setenv(postgresVariable, "postgres://u:"+marker+"@127.0.0.1:1/d?connect_timeout=2")
	for _, args := range [][]string{{"cost"}, {"changes"}, {"prune"}} {
		got := command(t.Context(), append(args, "--config", "")...)
		if got.code != exitError || strings.Contains(got.err, "MARKER") || got.err == "" {
			t.Errorf("%v: it ended with %d and said %q, want 1", args, got.code, got.err)
		}
	}
}

func TestCommand_InterruptedEndsWith130(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, args := range [][]string{{"credentials", "test"}, {"cost", "--postgres", "postgres://127.0.0.1:1/d"}} {
		if got := command(ctx, args...); got.code != exitInterrupted || got.err != "jumpgraph-fleet: interrupted\n" {
			t.Errorf("%v: it ended with %d and said %q, want 130", args, got.code, got.err)
		}
	}
}

func TestClean_KeepsLinesAndNothingElseThatControls(t *testing.T) {
	t.Parallel()
	if got, want := clean("a\x1b[2J\r\nb\tc\u202e\u0085d\u2028"), "a [2J \nb c  d "; got != want {
		t.Errorf("clean gives %q, want %q", got, want)
	}
	if code := (exit{errors.New("x"), exitStale}); !strings.Contains(fmt.Sprint(code), "x") {
		t.Errorf("an error with a code of its own is %v", code)
	}
}

// pretend starts a fake with organizations, and a file of settings with a good, a refused and a missing credential.
func pretend(t *testing.T) (config string) {
	t.Helper()
	server := jumpcloudtest.NewServer(jumpcloudtest.Demo(), jumpcloudtest.Synthetic(7, jumpcloudtest.Size{Users: 1}))
	t.Cleanup(server.Close)
	server.SetKey(marker)
	good, refused := write(t, "good", marker+"\n"), write(t, "refused", "jca_refusedMARKER")
	return write(t, "fleet.toml", fmt.Sprintf(`
[[credential]]
name = "good"
file = %q
url = %q

[[credential]]
name = "refused"
command = ["cat", %q]
url = %[2]q

[[credential]]
name = "missing"
env = "JUMPGRAPH_FLEET_TEST_NOT_SET"
region = "eu"
service_account = true

[[credential]]
name = "open"
file = "/missing/key"
`, good, server.URL, refused))
}

func TestCredentialsList_ShowsNamesAndSources(t *testing.T) {
	t.Parallel()
	file := pretend(t)
	got := command(t.Context(), "credentials", "list", "--config", file)
	if got.code != 0 || got.err != "" || strings.Contains(got.out, "MARKER") {
		t.Fatalf("it ended with %d, wrote %q and said %q", got.code, got.out, got.err)
	}
	var rows [][]string
	for line := range strings.Lines(got.out) {
		fields := strings.Fields(line)
		rows = append(rows, []string{fields[0], fields[1], fields[len(fields)-1]})
	}
	for _, row := range rows {
		if strings.HasPrefix(row[2], "http://127.0.0.1:") {
			row[2] = "url"
		}
	}
	want := [][]string{{"NAME", "SOURCE", "PLACE"}, {"good", "file", "url"}, {"refused", "command", "url"}, {"missing", "variable", "eu"}, {"open", "file", "us"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("the credentials (-want +got):\n%s\n%s", diff, got.out)
	}
	if !strings.Contains(got.out, "command cat  ") || !strings.Contains(got.out, "service account") {
		t.Errorf("it wrote\n%s\nwant the kinds, and of the command its program alone", got.out)
	}
}

func TestCredentialsTest_SaysWhichWorkAndEndsWith3(t *testing.T) {
	t.Parallel()
	file := pretend(t)
	got := command(t.Context(), "credentials", "test", "--config", file)
	if got.code != exitAuth || got.err != "jumpgraph-fleet: 3 of 4 credentials do not work\n" {
		t.Errorf("it ended with %d and said %q, want 3", got.code, got.err)
	}
	for _, want := range []string{
		"good: sees 2 organizations\n", "refused: JumpCloud refuses it\n",
		"missing: client: get the service account: the credential cannot be had: missing (variable JUMPGRAPH_FLEET_TEST_NOT_SET): it is not set\n", "open: ", "no such file",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("it wrote\n%s\nwant %q", got.out, want)
		}
	}
	if strings.Contains(got.out+got.err, "MARKER") {
		t.Errorf("it shows a credential: %s%s", got.out, got.err)
	}
	if got := command(t.Context(), "credentials", "test", "good", "--config", file); got.code != 0 || got.out != "good: sees 2 organizations\n" {
		t.Errorf("of one: it ended with %d and wrote %q", got.code, got.out)
	}
	if got := command(t.Context(), "credentials", "test", "good", "other", "--config", file); got.code != exitUsage || got.out != "" {
		t.Errorf("with one that there is not: it ended with %d and wrote %q, want 2 before anything is asked", got.code, got.out)
	}
}

func TestCredentials_OfAFleetOfZero(t *testing.T) {
	t.Parallel()
	file := write(t, "fleet.toml", "")
	if got := command(t.Context(), "credentials", "test", "--config", file); got.code != 0 || got.out != "the settings have no credential\n" {
		t.Errorf("test: it ended with %d and wrote %q", got.code, got.out)
	}
	if got := command(t.Context(), "credentials", "list", "--config", file); got.code != 0 || !strings.HasPrefix(got.out, "NAME") {
		t.Errorf("list: it ended with %d and wrote %q", got.code, got.out)
	}
}
