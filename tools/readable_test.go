// Package tools_test measures how hard the functions of the module are to read.
package tools_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// functions returns the cognitive complexity of each function outside tests and generated code.
func functions(t *testing.T) map[string]int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "gocognit", "-ignore", `_test\.go|zz_`, "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gocognit: %v", err)
	}
	all := map[string]int{}
	for line := range strings.Lines(string(out)) { // 12 package function file:line:column
		n, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, err := strconv.Atoi(n)
		if err != nil {
			t.Fatalf("gocognit says %q", line)
		}
		all[name] = value
	}
	return all
}

func TestFunctions_ReadInOneSitting(t *testing.T) {
	t.Parallel()
	all := functions(t)
	if len(all) < 500 {
		t.Fatalf("only %d functions were measured", len(all))
	}
	var hard []string
	for name, value := range all {
		if value > 25 {
			t.Errorf("%s has a cognitive complexity of %d, want 25 at most: split what is decided from what is done", name, value)
		}
		if value > 15 {
			hard = append(hard, name)
		}
	}
	if len(hard)*100 >= 3*len(all) {
		t.Errorf("%d of %d functions are over 15, want less than 3 %%:\n%s", len(hard), len(all), strings.Join(hard, "\n"))
	}
}
