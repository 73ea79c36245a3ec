package jumpgraph_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jumpgraph/jumpgraph"

// deps returns the packages that a package compiles, itself included.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

// TestImports_UsersCompileOnlyWhatTheyNeed keeps generators, recorders, command lines and databases away from importers
// of the library.
func TestImports_UsersCompileOnlyWhatTheyNeed(t *testing.T) {
	t.Parallel()
	kept := []string{
		"github.com/invopop/", "github.com/dnaeon/", "gopkg.in/", "github.com/spf13/", "database/sql", "modernc.org/", "zombiezen.com/",
		"github.com/google/go-cmp", "net/http/httptest", "testing",
		"github.com/cpuguy83/", "github.com/russross/", "go.yaml.in/yaml/v3",
		"github.com/jackc/",
	}
	model := []string{"/client", "/entities", "/entities/class", "/internal/buildinfo", "/internal/format", "/internal/idset", "/internal/jsontext", "/internal/patience"}
	graph := append([]string{"", "/relationships", "/schemas"}, model...)
	result := append([]string{"/internal/lines", "/internal/staging"}, graph...)
	for pkg, packages := range map[string][]string{ // the packages of ours that a package may compile
		"/client":             {"/client", "/internal/buildinfo", "/internal/idset", "/internal/patience"},
		"/entities":           model,
		"/relationships":      append([]string{"/relationships"}, model...),
		"/schemas":            {"/schemas", "/internal/format", "/internal/jsontext"},
		"/questions":          {"/questions"},
		"":                    graph,
		"/graphsql":           append([]string{"/graphsql"}, graph...),
		"/view":               append([]string{"/view", "/view/internal/layered", "/graphsql"}, graph...),
		"/sink/jsonl":         append([]string{"/sink/jsonl", "/internal/resultdir"}, result...),
		"/diff":               append([]string{"/diff"}, result...),
		"/questions/evidence": append([]string{"/questions/evidence", "/questions", "/graphsql", "/internal/markdown", "/internal/spreadsheet"}, graph...),
		"/watch":              append([]string{"/watch", "/diff", "/sink/jsonl", "/internal/outlet", "/internal/resultdir"}, result...),
	} {
		for _, dep := range deps(t, module+pkg) {
			for _, k := range kept {
				if strings.HasPrefix(dep, k) {
					t.Errorf("%s compiles %s, which its users do not need", module+pkg, dep)
				}
			}
			if name, ours := strings.CutPrefix(dep, module); ours && !slices.Contains(packages, name) {
				t.Errorf("%s imports %s: imports point one way (see CONTRIBUTING.md)", module+pkg, dep)
			}
		}
	}
	for pkg, never := range map[string]string{
		"/cassettes": module + "/cmd", "/jumpcloudtest": module + "/client", "/internal/gen": module + "/schemas",
		"/sink/sqlite": module + "/jumpcloudtest", "/sink/jupiterone": module + "/jumpcloudtest",
		"/sink/postgres": module + "/jumpcloudtest",
		"/view":          module + "/jumpcloudtest", "/questions/evidence": module + "/jumpcloudtest",
	} {
		for _, dep := range deps(t, module+pkg) {
			if strings.HasPrefix(dep, never) {
				t.Errorf("%s must not import %s", module+pkg, dep)
			}
		}
	}
}

// TestImports_OnlyOnePackageMay keeps what turns commands into manual pages, and the driver of PostgreSQL, out of all other packages,
// tests included.
func TestImports_OnlyOnePackageMay(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f",
		`{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list ./...: %v", err)
	}
	for _, rule := range []struct {
		only  string
		never []string
	}{
		{"/cmd/jumpgraph", []string{"github.com/spf13/cobra/doc", "github.com/cpuguy83/"}},
		{"/sink/postgres", []string{"github.com/jackc/"}},
	} {
		found := false
		for line := range strings.Lines(string(out)) {
			names := strings.Fields(line)
			for _, dep := range names[1:] {
				switch is := slices.ContainsFunc(rule.never, func(n string) bool { return strings.HasPrefix(dep, n) }); {
				case is && names[0] == module+rule.only:
					found = true
				case is:
					t.Errorf("%s imports %s, which only %s may", names[0], dep, rule.only)
				}
			}
		}
		if !found {
			t.Errorf("%s imports none of %v: does this test still look for the right package?", rule.only, rule.never)
		}
	}
}

// TestImports_TheFleetIsAModuleOfItsOwn: who imports the library gets none of what the fleet needs, not even into go.sum.
func TestImports_TheFleetIsAModuleOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"go.temporal.io/", "go.opentelemetry.io/", "github.com/prometheus/"} {
			if strings.Contains(string(text), never) {
				t.Errorf("%s names %s", file, never)
			}
		}
	}
	if text, err := os.ReadFile("fleet/go.mod"); err != nil || !strings.Contains(string(text), "go.temporal.io/") {
		t.Errorf("fleet/go.mod names no Temporal: %v", err)
	}
}
