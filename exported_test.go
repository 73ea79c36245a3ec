package jumpgraph_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update writes the goldens of this package anew.
var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file, or writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.FromSlash(name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not up to date; go test . -update writes it anew (-want +got):\n%s", name, diff)
	}
}

// sources parses the files of this package, without tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(fset, name, nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// exported returns the names of functions, types, constants and variables that a file exports.
func exported(f *ast.File) []string {
	var names []string
	add := func(kind string, id *ast.Ident) {
		if id.IsExported() {
			names = append(names, kind+" "+id.Name)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add("func", d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add("type", spec.Name)
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						add(d.Tok.String(), id)
					}
				}
			}
		}
	}
	return names
}

// TestExported_NamesAreFewAndSeen makes every new name of the package show in its commit.
func TestExported_NamesAreFewAndSeen(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range sources(t) {
		names = append(names, exported(f)...)
	}
	slices.Sort(names)
	if len(names) > 40 {
		t.Errorf("the package exports %d names, want 40 at most: which package do the new ones belong to?", len(names))
	}
	golden(t, "testdata/exported.txt", strings.Join(names, "\n")+"\n")
}

func TestPackage_KnowsNoFormOfAResult(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`[\w.]+\.(jsonl?|db)\b`)
	for name := range sources(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := form.FindString(string(b)); found != "" {
			t.Errorf("%s names %s: files of a result belong to the package of their sink", name, found)
		}
	}
}

// TestWords_ArePlain keeps figures of speech out of what users and contributors read.
func TestWords_ArePlain(t *testing.T) {
	t.Parallel()
	figure := regexp.MustCompile(`(?i)\b(lookouts?|witness(es)?|guests?|cellars?|workshops?|milliards?|scaffolds?|houses?|front (door|garden)|in the hall)\b`)
	read := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		// This test names the words.
		if !slices.Contains([]string{".go", ".md", ".sql", ".tmpl"}, filepath.Ext(path)) || path == "exported_test.go" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		for i, line := range strings.Split(string(b), "\n") {
			if word := figure.FindString(line); word != "" {
				t.Errorf("%s:%d: %q is a figure of speech, or a word that few know: use the field's word", path, i+1, word)
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Errorf("%d files were read, %v", read, err)
	}
}
