package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestFailure_IsShortAndSaysWhatToDo: the reason comes first, then what to do, and no table of zeros.
func TestFailure_IsShortAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	env := func(faults ...jumpcloudtest.Fault) map[string]string {
		s := jumpcloudtest.NewServer(jumpcloudtest.Demo())
		t.Cleanup(s.Close)
		s.Inject(faults...)
		return map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	}
	wrong := env()
	wrong["JUMPCLOUD_API_KEY"] = "wrong"
	for name, tt := range map[string]struct {
		env              map[string]string
		code             int
		reason, whatToDo string
	}{
		"no key":       {nil, exitAuth, "no credential", "The role Read Only is enough"},
		"a wrong key":  {wrong, exitAuth, "401", "Look at the key"},
		"no rights":    {env(jumpcloudtest.Fault{Status: 403}), exitPermission, "403", "a role that may do this"},
		"one refused":  {env(jumpcloudtest.Fault{Path: "/usergroups", Status: 403}), exitIncomplete, "usergroups: forbidden", "--skip NAME"},
		"rate limited": {env(jumpcloudtest.Fault{Status: 429, RetryAfter: "99999"}), exitRateLimit, "429", "--max-rps"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := jump(t, tt.env, "collect", "--out", filepath.Join(t.TempDir(), "graph"))
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			said := ""
			for i, line := range lines {
				if strings.HasPrefix(line, "jumpgraph: ") {
					said = strings.Join(lines[i:], "\n")
				}
			}
			if code != tt.code || !strings.Contains(said, tt.reason) || !strings.Contains(lines[len(lines)-1], tt.whatToDo) {
				t.Errorf("exit %d, want %d with %q and at last %q:\n%s", code, tt.code, tt.reason, tt.whatToDo, stderr)
			}
			if strings.Contains(stderr, "jumpcloud_account_has_user") || strings.Count(said, "\n") > 5 {
				t.Errorf("the failure is not short:\n%s", stderr)
			}
		})
	}
}

func TestWords_ThatAreMistypedAreAnsweredWithTheNearest(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"did you mean collect?":         {"colect"},
		"did you mean --skip?":          {"collect", "--skp", "x"},
		"did you mean systems?":         {"collect", "--demo", "--skip", "systms"},
		"did you mean systemusers?":     {"get", "systemuser"},
		"did you mean trigger?":         {"commands", "triger", "x"},
		"did you mean run?":             {"questions", "rn"},
		"did you mean zsh?":             {"completion", "zhs"},
		"did you mean sqlite?":          {"collect", "--demo", "--format", "sqllite"},
		"did you mean high?":            {"questions", "list", "--severity", "hihg"},
		"did you mean mfa?":             {"questions", "list", "--tag", "mfaa"},
		"did you mean soc2:CC6.1?":      {"questions", "list", "--control", "soc2:CC6.11"},
		"did you mean users-with-sudo?": {"questions", "show", "user-with-sudo"},
		"did you mean username?":        {"get", "systemusers", "--fields", "usrname"},
	} {
		if code, _, stderr := jump(t, map[string]string{"JUMPCLOUD_API_KEY": "k"}, args...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %s; want %q", args, code, stderr, want)
		}
	}
	for word, known := range map[string]string{"printer": "systems", "x": "us", "": "collect"} {
		if near := nearest(word, []string{known}); near != "" {
			t.Errorf("%q is taken for %q", word, near)
		}
	}
}

func TestTLS_TrustsAFileOrWarns(t *testing.T) {
	t.Parallel()
	fake := jumpcloudtest.NewServer(jumpcloudtest.Demo())
	t.Cleanup(fake.Close)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", strings.TrimPrefix(fake.URL, "http://"), ""
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close() //nolint:errcheck // it was only read
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	ca, none := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "none.pem")
	for path, data := range map[string][]byte{ca: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), none: []byte("no certificate")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"JUMPCLOUD_API_KEY": fake.Key, "JUMPCLOUD_API_URL": s.URL, "JUMPCLOUD_MAX_RPS": "100000"}
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":       {nil, exitError, "certificate"},
		"the file":      {[]string{"--ca-file", ca}, exitOK, ""},
		"the danger":    {[]string{"--insecure-skip-tls-verify"}, exitOK, "Warning: --insecure-skip-tls-verify"},
		"both":          {[]string{"--insecure-skip-tls-verify", "--ca-file", ca}, exitUsage, "not both"},
		"no such file":  {[]string{"--ca-file", ca + "x"}, exitUsage, "--ca-file"},
		"another thing": {[]string{"--ca-file", none}, exitUsage, "holds no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := jump(t, env, append([]string{"get", "organizations"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.says) || tt.says == "" && stderr != "" {
				t.Errorf("exit %d, want %d with %q; %s", code, tt.code, tt.says, stderr)
			}
		})
	}
}
