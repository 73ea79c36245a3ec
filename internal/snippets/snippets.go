// Package snippets finds the pieces of code that stand in the documentation, so that tests can run them.
//
// A piece that cannot be run has a comment in the line before it that says why:
//
//	<!-- not run: it needs a key -->
//
// One that is the text of a file has a comment with its name:
//
//	<!-- file: questions/mine.sql -->
//
// A block of text right after a piece is what it prints.
package snippets

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Snippet is a piece of code.
type Snippet struct {
	// Page and Line say where it stands.
	Page string
	Line int
	// Language is what the page calls it, such as go or sh. In doc comments it is go or empty.
	Language string
	Text     string
	// NotRun is why it cannot be run; empty when it can.
	NotRun string
	// File is the name of the file whose text it is; empty for other pieces.
	File string
	// Shown is what the page says that it prints; empty when it says nothing.
	Shown string
}

// String says where the piece stands.
func (s *Snippet) String() string { return fmt.Sprintf("%s:%d", s.Page, s.Line) }

const (
	fence      = "```"
	notRunMark = "<!-- not run: "
	fileMark   = "<!-- file: "
	markEnds   = " -->"
)

// Pages returns the pages of a repository that have pieces of code, by its root.
func Pages(root string) ([]string, error) {
	guides, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	return append(guides, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")), err
}

// InPage returns the pieces in a page of Markdown.
func InPage(path string) ([]*Snippet, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []*Snippet
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		language, begins := strings.CutPrefix(lines[i], fence)
		if !begins {
			continue
		}
		end := i + 1 + slices.Index(lines[i+1:], fence)
		if end == i {
			return nil, fmt.Errorf("%s:%d: the block does not end", path, i+1)
		}
		s := &Snippet{Page: path, Line: i + 1, Language: language, Text: strings.Join(lines[i+1:end], "\n")}
		if i > 0 {
			s.NotRun, s.File = mark(lines[i-1], notRunMark), mark(lines[i-1], fileMark)
		}
		if language == "text" && len(all) > 0 && between(lines, all[len(all)-1], i) {
			all[len(all)-1].Shown = s.Text
		} else {
			all = append(all, s)
		}
		i = end
	}
	return all, nil
}

// mark returns what a comment in a line says.
func mark(line, begins string) string {
	text, marked := strings.CutPrefix(line, begins)
	if !marked {
		return ""
	}
	return strings.TrimSuffix(text, markEnds)
}

// between reports that nothing but empty lines stands between a piece and a line.
func between(lines []string, s *Snippet, at int) bool {
	end := s.Line + strings.Count(s.Text, "\n") + 2
	return at >= end && strings.TrimSpace(strings.Join(lines[end:at], "")) == ""
}

// InComments returns the pieces of Go in the comments of a tree of packages, those of tests left out.
func InComments(root string) ([]*Snippet, error) {
	var all []*Snippet
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go", strings.HasSuffix(path, "_test.go"):
			return nil
		}
		found, err := inFile(path)
		all = append(all, found...)
		return err
	})
	return all, err
}

func inFile(path string) ([]*Snippet, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var all []*Snippet
	for _, group := range f.Comments {
		var p comment.Parser
		for _, block := range p.Parse(group.Text()).Content {
			if code, ok := block.(*comment.Code); ok && isGo(code.Text) {
				all = append(all, &Snippet{Page: path, Line: files.Position(group.Pos()).Line, Language: "go", Text: strings.TrimSpace(code.Text)})
			}
		}
	}
	return all, nil
}

// isGo reports that a text is statements of Go.
func isGo(text string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}", 0)
	if err != nil {
		return false
	}
	calls := false
	ast.Inspect(f, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		calls = calls || call
		return true
	})
	return calls
}
