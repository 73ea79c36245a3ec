package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"strconv"
	"strings"
)

const module = "github.com/jumpgraph/jumpgraph"

// source knows what reflection does not: comments, constants and positions, read from the Go files of the model.
type source struct {
	docs   map[string]string         // package path.Type or package path.Type.Field to comment
	at     map[string]token.Position // the same keys to where they stand
	consts map[string][]string       // package path.Type to the values of its constants, in order
}

// readSource parses the packages of the model below root.
func readSource(root string, packages ...string) (*source, error) {
	s := &source{docs: map[string]string{}, at: map[string]token.Position{}, consts: map[string][]string{}}
	for _, p := range packages {
		fset := token.NewFileSet()
		hand := func(f fs.FileInfo) bool { return !strings.HasPrefix(f.Name(), "zz_") }
		files, err := parser.ParseDir(fset, path.Join(root, p), hand, parser.ParseComments) //nolint:staticcheck // no build constraints matter for comments
		if err != nil {
			return nil, fmt.Errorf("read the model: %w", err)
		}
		for name, pkg := range files {
			if strings.HasSuffix(name, "_test") {
				continue
			}
			for _, f := range pkg.Files {
				s.file(fset, module+"/"+p, f)
			}
		}
	}
	return s, nil
}

// file notes the types and constants of a file.
func (s *source) file(fset *token.FileSet, pkg string, f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s.declared(fset, pkg, g, spec)
			case *ast.ValueSpec:
				s.constants(pkg, g.Tok, spec)
			}
		}
	}
}

// declared notes a type and its fields.
func (s *source) declared(fset *token.FileSet, pkg string, g *ast.GenDecl, spec *ast.TypeSpec) {
	key := pkg + "." + spec.Name.Name
	doc := spec.Doc
	if doc == nil {
		doc = g.Doc
	}
	s.docs[key], s.at[key] = fold(doc), fset.Position(spec.Pos())
	if st, ok := spec.Type.(*ast.StructType); ok {
		s.fields(fset, key, st)
	}
}

func (s *source) fields(fset *token.FileSet, key string, st *ast.StructType) {
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			s.docs[key+"."+n.Name], s.at[key+"."+n.Name] = fold(f.Doc), fset.Position(n.Pos())
		}
	}
}

func (s *source) constants(pkg string, tok token.Token, spec *ast.ValueSpec) {
	typ, ok := spec.Type.(*ast.Ident)
	if tok != token.CONST || !ok {
		return
	}
	for _, v := range spec.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				s.consts[pkg+"."+typ.Name] = append(s.consts[pkg+"."+typ.Name], text)
			}
		}
	}
}

// fold joins the lines of a comment.
func fold(g *ast.CommentGroup) string {
	if g == nil {
		return ""
	}
	return strings.Join(strings.Fields(g.Text()), " ")
}

func typeKey(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

// describe returns the comment of a type, or of one of its fields.
func (s *source) describe(t reflect.Type, field string) string {
	if field == "" {
		return s.docs[typeKey(t)]
	}
	return s.docs[typeKey(t)+"."+field]
}

// errorf makes an error that begins with where a field stands, or the struct, when no field is named.
func (s *source) errorf(t reflect.Type, field, format string, args ...any) error {
	key, name := typeKey(t), t.Name()
	if field != "" {
		key, name = key+"."+field, name+"."+field
	}
	at := s.at[key]
	return fmt.Errorf("%s:%d: %s: %w", at.Filename, at.Line, name, fmt.Errorf(format, args...))
}
