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

	"github.com/jumpgraph/jumpgraph/internal/snippets"
)

var (
	declared = regexp.MustCompile(`(?m)^(?:for )?(\w+(?:, \w+)*) :=`)
	called   = regexp.MustCompile(`\b([a-z]\w*)\.[A-Z]`)
)

// commentsNotRun are the pieces of Go in comments that are compiled and not run, with the reason.
var commentsNotRun = map[string]string{
	"client/doc.go": "it asks JumpCloud, with a key",
}

// pieceBegins and pieceEnds are around a piece. It takes for granted a context, a key, the server and a client of a demonstration
// organization with a trigger, and the id of one of its systems.
const (
	pieceBegins = "\nfunc Piece(ctx context.Context, key string, c *client.Client, server *jumpcloudtest.Server, systemID string) error {\n{\n"
	pieceEnds   = "}\n\treturn nil\n}\n"
)

// pieces runs the piece whose number is its argument.
const pieces = `
func main() {
	o := jumpcloudtest.Demo()
	o.Commands[0]["launchType"], o.Commands[0]["trigger"] = "trigger", "patch-now"
	server := jumpcloudtest.NewServer(o)
	defer server.Close()
	c, err := client.New(client.APIKey(server.Key), client.WithBaseURL(server.URL))
	if err == nil {
		err = run(c, server, o.Systems[0].ID())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(c *client.Client, server *jumpcloudtest.Server, systemID string) error {
	switch os.Args[1] {
%s	}
	return errors.New("no such piece")
}
`

// imports returns the declaration of the packages that a piece of Go uses.
func imports(text string, packages map[string]string) string {
	var b strings.Builder
	var used []string
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		if path := packages[m[1]]; path != "" && !slices.Contains(used, path) {
			used = append(used, path)
			fmt.Fprintf(&b, "\t%q\n", path)
		}
	}
	return "import (\n" + b.String()
}

// piece makes a package of a piece of Go that is no whole program.
func piece(name, text string, packages map[string]string) string {
	var b strings.Builder
	b.WriteString("package " + name + "\n\n" + imports(text+pieceBegins, packages) + ")\n" + pieceBegins + text + "\n")
	for _, m := range declared.FindAllStringSubmatch(text, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			if !strings.HasPrefix(m[0], "for") && name != "_" {
				fmt.Fprintf(&b, "\t_ = %s\n", name)
			}
		}
	}
	b.WriteString(pieceEnds)
	return b.String()
}

// writeAll writes the pieces as packages of one program, and whole programs for themselves. It returns how each is run.
func writeAll(t *testing.T, dir string, all []*snippets.Snippet) [][]string {
	t.Helper()
	packages := importable(t)
	var cases, uses strings.Builder
	commands := make([][]string, len(all))
	for i, s := range all {
		name := fmt.Sprint("piece", i)
		path := filepath.Join(dir, name, "main.go")
		if strings.HasPrefix(s.Text, "package ") {
			write(t, path, s.Text)
			commands[i] = []string{name}
			continue
		}
		write(t, path, piece(name, s.Text, packages))
		commands[i] = []string{"all", name}
		fmt.Fprintf(&uses, "\t\"example.com/user/%s\"\n", name)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\treturn %s.Piece(context.Background(), \"any\", c, server, systemID)\n", name, name)
	}
	text := fmt.Sprintf(pieces, cases.String())
	write(t, filepath.Join(dir, "all", "main.go"), "package main\n\n"+imports(text+cases.String(), packages)+uses.String()+")\n"+text)
	return commands
}

// goSnippets returns every piece of Go in the pages and in the comments.
func goSnippets(t *testing.T) []*snippets.Snippet {
	t.Helper()
	pages, err := snippets.Pages(".")
	if err != nil {
		t.Fatal(err)
	}
	all, err := snippets.InComments(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		s.NotRun = commentsNotRun[filepath.ToSlash(s.Page)]
	}
	for _, page := range pages {
		found, err := snippets.InPage(page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, slices.DeleteFunc(found, func(s *snippets.Snippet) bool { return s.Language != "go" })...)
	}
	if len(all) < 8 {
		t.Errorf("only %d pieces of Go were found", len(all))
	}
	return all
}

// TestSnippets_RunAndPrintWhatThePageShows builds every piece of Go in the README, the guides and the comments as a program
// of a user, and runs it, unless a mark says why it cannot be run.
func TestSnippets_RunAndPrintWhatThePageShows(t *testing.T) {
	t.Parallel()
	dir := userModule(t)
	all := goSnippets(t)
	commands := writeAll(t, dir, all)
	bin := filepath.Join(dir, "bin") + string(filepath.Separator)
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", bin, "./...")
	build.Dir, build.Env = dir, append(os.Environ(), "GOFLAGS=", "GOPROXY=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the pieces do not compile: %v\n%s", err, out)
	}
	for i, s := range all {
		if s.NotRun != "" {
			t.Logf("%s is not run: %s", s, s.NotRun)
			continue
		}
		run := exec.CommandContext(t.Context(), bin+commands[i][0], commands[i][1:]...)
		run.Dir = t.TempDir()
		out, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", s, err, out)
		}
		if got := strings.TrimSpace(string(out)); s.Shown != "" && got != strings.TrimSpace(s.Shown) {
			t.Errorf("%s prints\n%s\nand the page shows\n%s", s, got, s.Shown)
		}
	}
}

// userModule makes the module of a user of this one.
func userModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.Replace(string(mod), "module "+module, "module example.com/user", 1)
	write(t, filepath.Join(dir, "go.mod"), text+"\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	return dir
}

// importable returns the packages that a piece may use, by name.
func importable(t *testing.T) map[string]string {
	t.Helper()
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
	return packages
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
