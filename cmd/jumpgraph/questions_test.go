package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestQuestions_ExitCodesSayHowTheAnswersAre(t *testing.T) {
	t.Parallel()
	path := database(t)
	for _, tt := range []struct {
		want int
		args []string
	}{
		{exitFailed, nil},
		{exitFailed, []string{"users-without-mfa"}},
		{exitOK, []string{"users-with-mfa", "device-inventory"}},
		{exitFailed, []string{"devices-encryption-unknown"}},
		{exitOK, []string{"staged-users"}},
		{exitFailed, []string{"staged-users", "--strict"}},
		{exitUsage, []string{"devices-not-seen", "--set", "days=thirty"}},
		{exitUsage, []string{"devices-not-seen", "--tag", "mfa"}},
		{exitOK, []string{"devices-not-seen", "--set", "days=100000"}},
		{exitUsage, []string{"no-such-question"}},
		{exitUsage, []string{"users-with-mfa", "--set", "days=1"}},
		{exitUsage, []string{"--tag", "no-such-tag"}},
		{exitOK, []string{"*-inventory", "users-with-*"}},
		{exitUsage, []string{"[", "users-with-mfa"}},
		{exitFailed, []string{"--control", "soc2:CC6.7", "--severity", "high"}},
		{exitUsage, []string{"device-inventory", "--severity", "low"}},
		{exitUsage, []string{"--control", "soc9"}},
	} {
		code, _, stderr := jump(t, nil, append([]string{"questions", "run", path}, tt.args...)...)
		if code != tt.want {
			t.Errorf("%v: exit %d, want %d: %s", tt.args, code, tt.want, stderr)
		}
	}
}

func TestQuestions_WriteReports(t *testing.T) {
	t.Parallel()
	path := database(t)
	_, stdout, stderr := jump(t, nil, "questions", "run", path, "--format", "json")
	var report struct {
		Run struct {
			FinishedAt string `json:"finishedAt"`
		} `json:"run"`
		Files   []struct{ Name, SHA256 string } `json:"files"`
		Answers []struct {
			Question struct{ ID string } `json:"question"`
			Status   string              `json:"status"`
		} `json:"answers"`
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	if report.Run.FinishedAt == "" || len(report.Files) != 1 || len(report.Files[0].SHA256) != 64 || len(report.Answers) < 25 {
		t.Errorf("report %+v", report)
	}
	_, stdout, _ = jump(t, nil, "questions", "run", path, "--tag", "mfa", "--format", "markdown")
	if !strings.HasPrefix(stdout, "# Evidence\n") || !strings.Contains(stdout, "## FAIL: Users without MFA") || strings.Contains(stdout, "Device inventory") {
		t.Errorf("Markdown:\n%.500s", stdout)
	}
	_, stdout, _ = jump(t, nil, "questions", "run", path, "users-with-mfa", "--rows", "2")
	if !strings.Contains(stdout, "... and 14 more; --rows 0 shows all\n") {
		t.Errorf("text:\n%s", stdout)
	}
	_, stdout, _ = jump(t, nil, "questions", "run", path, "staged-users", "staged-users")
	if !strings.Contains(stdout, "  Unknown:\n") || strings.Count(stdout, "users are staged") != 1 {
		t.Errorf("the rows that are unknown, once:\n%s", stdout)
	}
}

func TestQuestions_HaveAFormForEachReader(t *testing.T) {
	t.Parallel()
	path := database(t)
	for form, begins := range map[string]string{
		"csv": "question,title,", "html": "<!DOCTYPE html>", "junit": "<?xml", "sarif": "{", "markdown": "# Evidence", "json": "{", "text": "Organization",
	} {
		code, stdout, stderr := jump(t, nil, "questions", "run", path, "devices-not-encrypted", "-f", form)
		if code != exitFailed || !strings.HasPrefix(stdout, begins) || !strings.Contains(stdout, "4 of 14 devices are not encrypted") && form != "sarif" {
			t.Errorf("%s: exit %d, %.200s%s", form, code, stdout, stderr)
		}
	}
}

func TestQuestions_AreListedAndShown(t *testing.T) {
	t.Parallel()
	if code, stdout, _ := jump(t, nil, "questions", "list"); code != exitOK || !strings.Contains(stdout, "users-without-mfa") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	code, stdout, _ := jump(t, nil, "questions", "show", "devices-not-seen")
	if code != exitOK || !strings.Contains(stdout, "--set days=30") || !strings.Contains(stdout, "FROM jumpcloud_device") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}

func TestQuestions_OfYourOwn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const head = "-- title: Mine\n-- description: Mine.\n-- rows: bad\n"
	write("mine.sql", head+"SELECT _key AS key FROM jumpcloud_user WHERE department = 'Nowhere'")
	path := database(t)
	if code, stdout, stderr := jump(t, nil, "questions", "run", path, "mine", "--folder", folder); code != exitOK || !strings.Contains(stdout, "PASSED: 1\n  mine: ") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	write("broken.sql", "SELECT 1")
	if code, _, stderr := jump(t, nil, "questions", "list", "--folder", folder); code != exitUsage || !strings.Contains(stderr, "broken.sql") {
		t.Errorf("a file that is no question: exit %d, %s", code, stderr)
	}
	write("broken.sql", head+"DROP TABLE jumpcloud_user")
	if code, _, stderr := jump(t, nil, "questions", "run", path, "--folder", folder); code != exitUsage || !strings.Contains(stderr, "question broken") {
		t.Errorf("a question that writes: exit %d, %s", code, stderr)
	}
	if err := os.Rename(filepath.Join(folder, "broken.sql"), filepath.Join(folder, "users-with-mfa.sql")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := jump(t, nil, "questions", "list", "--folder", folder); code != exitUsage || !strings.Contains(stderr, "another question") {
		t.Errorf("a name that is taken: exit %d, %s", code, stderr)
	}
}

func TestQuestions_AreChosenByControlSeverityAndPattern(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--control", "soc2:CC6.7", "--severity", "high"}, "devices-not-encrypted"},
		{[]string{"--control", "SOC2:cc2"}, "collections-not-complete"},
		{[]string{"staged*", "--severity", "low"}, "staged-users-for-long"},
		{[]string{"*-mfa", "--tag", "privileged"}, "administrators-without-mfa privileged-users-excluded-from-mfa privileged-users-without-mfa"},
	} {
		code, stdout, stderr := jump(t, nil, append([]string{"questions", "list"}, tt.args...)...)
		var got []string
		for line := range strings.Lines(stdout) {
			got = append(got, strings.Fields(line)[0])
		}
		if want := append([]string{"id"}, strings.Fields(tt.want)...); code != exitOK || !slices.Equal(got, want) {
			t.Errorf("%s: exit %d, %s, %s; want %s", tt.args, code, got, stderr, want)
		}
	}
}
