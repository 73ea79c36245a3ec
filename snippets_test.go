package jumpgraph_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	goBlock  = regexp.MustCompile("(?s)\n```go\n(.*?)\n```")
	declared = regexp.MustCompile(`(?m)^(?:for )?(\w+(?:, \w+)*) :=`)
	called   = regexp.MustCompile(`\b([a-z]\w*)\.[A-Z]`)
)

// snippet makes a file of a piece of Go that stands in a page. A whole program stays as it is; the context, the client and
// the id of a system that other pieces take for granted become parameters.
func snippet(text string, packages map[string]string) string {
	if strings.HasPrefix(text, "package ") {
		return text
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	known := declared.FindAllStringSubmatch(text, -1)
	var used []string
	for _, m := range called.FindAllStringSubmatch(text+"\ncontext.Context client.Client main.X", -1) {
		if path := packages[m[1]]; path != "" && !slices.Contains(used, path) {
			used = append(used, path)
			fmt.Fprintf(&b, "\t%q\n", path)
		}
	}
	b.WriteString(")\n\n")
	params := []string{"ctx context.Context", "c *client.Client"}
	var names []string
	for _, m := range known {
		for name := range strings.SplitSeq(m[1], ", ") {
			params = slices.DeleteFunc(params, func(p string) bool { return strings.HasPrefix(p, name+" ") })
			if !strings.HasPrefix(m[0], "for") && name != "_" {
				names = append(names, name)
			}
		}
	}
	params = append(params, "systemID string", "_ *client.Client")
	fmt.Fprintf(&b, "func main() {}\n\nfunc _(%s) error {\n%s\n", strings.Join(params, ", "), text)
	for _, name := range names {
		fmt.Fprintf(&b, "\t_ = %s\n", name)
	}
	b.WriteString("\treturn nil\n}\n\nvar _ context.Context\n")
	return b.String()
}

// TestSnippets_Compile builds every piece of Go in the README and the guides as a program of a user.
func TestSnippets_Compile(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Name}} {{.ImportPath}}", "./...", "context", "encoding/json", "errors", "fmt", "os", "log", "net/http", "time").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.Contains(path, "/internal/") && name != "main" {
			packages[name] = path
		}
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.Replace(string(mod), "module "+module, "module example.com/user", 1)
	write(t, filepath.Join(dir, "go.mod"), text+"\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range goBlock.FindAllStringSubmatch(string(text), -1) {
			n++
			name := strings.ReplaceAll(strings.TrimSuffix(page, ".md"), "/", "_")
			write(t, filepath.Join(dir, fmt.Sprintf("%s_%d", strings.ToLower(name), i), "main.go"), snippet(m[1], packages))
		}
	}
	if n < 6 {
		t.Errorf("only %d pieces of Go were found", n)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-o", os.DevNull, "./...")
	build.Dir, build.Env = dir, append(os.Environ(), "GOFLAGS=", "GOPROXY=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("the pieces do not compile: %v\n%s", err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
