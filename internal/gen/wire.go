package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The decoders of package client: for each record, and each struct that is a part of one, a method that reads its ordinary
// form without reflection. Package client says what that is.
//
// A record is a struct that embeds Record. One with an UnmarshalJSON of its own, such as Edge, is read by way of the struct
// whose name has wire before it, from which its method takeQuick makes it.

// wire is what the Go files of package client say about the types of JSON.
type wire struct {
	structs map[string]*ast.StructType
	texts   map[string]bool // named string types
	own     map[string]bool // types with an UnmarshalJSON of their own
}

// readWire parses package client below root.
func readWire(root string) (*wire, error) {
	hand := func(f fs.FileInfo) bool {
		return !strings.HasPrefix(f.Name(), "zz_") && !strings.HasSuffix(f.Name(), "_test.go")
	}
	packages, err := parser.ParseDir(token.NewFileSet(), path.Join(root, "client"), hand, parser.SkipObjectResolution) //nolint:staticcheck // no build constraints matter for types
	if err != nil {
		return nil, fmt.Errorf("read package client: %w", err)
	}
	w := &wire{structs: map[string]*ast.StructType{}, texts: map[string]bool{}, own: map[string]bool{}}
	for _, pkg := range packages {
		for _, f := range pkg.Files {
			for _, d := range f.Decls {
				w.declared(d)
			}
		}
	}
	return w, nil
}

// declared notes a type, or a method that reads JSON.
func (w *wire) declared(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.Name == "UnmarshalJSON" {
			w.own[receiver(d.Recv.List[0].Type)] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok || t.TypeParams != nil {
				continue
			}
			switch of := t.Type.(type) {
			case *ast.StructType:
				w.structs[t.Name.Name] = of
			case *ast.Ident:
				w.texts[t.Name.Name] = of.Name == "string"
			}
		}
	}
}

// receiver returns the name of the type that a method belongs to.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	}
	return typeName(t)
}

// decodeData is what the template of the decoders is filled with.
type decodeData struct {
	Decoders []*decoder
	RawLists bool // some lists hold any JSON
}

// decoder is the method that reads a struct.
type decoder struct {
	Name   string
	Wire   string       // the struct by way of which it is read; empty for a struct that is read itself
	Words  int          // how many words of 64 bits have a bit for each member
	Cases  []wireMember // of the object
	Folded []string     // the names of the members in small letters
}

// wireMember is a member of an object, and the statement that reads it into a field.
type wireMember struct {
	JSON, Read string
	Word, Bit  int
}

// decoders renders the decoders of all records.
func (w *wire) decoders() (map[string][]byte, error) {
	all := map[string]*decoder{}
	for name := range w.structs {
		if !w.isRecord(name) {
			continue
		}
		read := name
		if w.own[name] {
			if read = "wire" + name; w.structs[read] == nil {
				continue // only its own method knows how it is read
			}
			all[name] = &decoder{Name: name, Wire: read}
		}
		if err := w.visit(all, read); err != nil {
			return nil, err
		}
	}
	data := decodeData{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		data.Decoders = append(data.Decoders, all[name])
		data.RawLists = data.RawLists || slices.ContainsFunc(all[name].Cases, func(c wireMember) bool { return strings.Contains(c.Read, "json.") })
	}
	code, err := renderTemplate("decode.tmpl", data)
	return map[string][]byte{"client/zz_decode.go": code}, err
}

// isRecord reports that a struct embeds Record.
func (w *wire) isRecord(name string) bool {
	return slices.ContainsFunc(w.structs[name].Fields.List, func(f *ast.Field) bool {
		return len(f.Names) == 0 && typeName(f.Type) == "Record"
	})
}

// visit makes the decoder of a struct, and those of the structs in it.
func (w *wire) visit(all map[string]*decoder, name string) error {
	if all[name] != nil {
		return nil
	}
	d := &decoder{Name: name}
	all[name] = d
	if err := w.members(all, d, name); err != nil {
		return err
	}
	d.Words = (len(d.Cases) + 63) / 64
	for i := range d.Cases {
		c := &d.Cases[i]
		if small := strings.ToLower(c.JSON); !slices.Contains(d.Folded, small) {
			d.Folded = append(d.Folded, small)
		}
		c.Word, c.Bit = i/64, i%64
		if slices.ContainsFunc(d.Cases[:i], func(other wireMember) bool { return other.JSON == c.JSON }) {
			return fmt.Errorf("client.%s: two fields are named %q in JSON", name, c.JSON)
		}
	}
	return nil
}

// members adds the members of a struct to a decoder.
func (w *wire) members(all map[string]*decoder, d *decoder, name string) error {
	for _, f := range w.structs[name].Fields.List {
		var err error
		if len(f.Names) == 0 {
			err = w.embedded(all, d, typeName(f.Type))
		} else {
			err = w.member(all, d, f)
		}
		if err != nil {
			return fmt.Errorf("client.%s: %w", name, err)
		}
	}
	return nil
}

// embedded adds the members of a struct that another one embeds.
func (w *wire) embedded(all map[string]*decoder, d *decoder, name string) error {
	if w.structs[name] == nil {
		return errors.New("embed structs of package client only")
	}
	return w.members(all, d, name)
}

// member adds what a field is in JSON.
func (w *wire) member(all map[string]*decoder, d *decoder, f *ast.Field) error {
	json, err := wireName(f)
	if json == "" || err != nil {
		return err
	}
	read, err := w.read(all, "v."+f.Names[0].Name, f.Type)
	d.Cases = append(d.Cases, wireMember{JSON: json, Read: read})
	return err
}

// wireName returns the name of a field in JSON; empty for a field that is not there.
func wireName(f *ast.Field) (string, error) {
	tag := ""
	if f.Tag != nil {
		tag, _ = strconv.Unquote(f.Tag.Value) // it was parsed
	}
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	switch {
	case !f.Names[0].IsExported() || name == "-" && options == "":
		return "", nil
	case options != "" && options != "omitzero":
		return "", fmt.Errorf("%s: the option %s of the json tag is not known: only omitzero is", f.Names[0].Name, options)
	case len(f.Names) > 1 || strings.Trim(name, plainLetters) != "":
		return "", fmt.Errorf("%s: write one field on a line, with a name of ASCII letters, digits and _ in JSON", f.Names[0].Name)
	case name == "":
		return f.Names[0].Name, nil
	}
	return name, nil
}

const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// quickValues are the calls that read values of the types of package client.
var quickValues = map[string]string{
	"string": "q.text()", "Bool": "q.bool()", "Int": "q.int()", "Float": "q.float()", "Time": "q.time()",
	"json.RawMessage": "q.raw()",
}

// read returns the statement that reads a value of a type into a target. What is not known here is left to encoding/json.
func (w *wire) read(all map[string]*decoder, target string, t ast.Expr) (string, error) {
	name := typeName(t)
	switch {
	case name == "Secret":
		return "q.skip()", nil
	case quickValues[name] != "":
		return target + " = " + quickValues[name], nil
	case w.own[name]:
	case w.texts[name]:
		return fmt.Sprintf("%s = %s(q.text())", target, name), nil
	case w.structs[name] != nil:
		return fmt.Sprintf("if !q.null() {\n%s.readQuick(q)\n}", target), w.visit(all, name)
	}
	switch t := t.(type) {
	case *ast.StarExpr:
		if elem := typeName(t.X); w.structs[elem] != nil && !w.own[elem] {
			return fmt.Sprintf("%s = quickPointer(q, (*%s).readQuick)", target, elem), w.visit(all, elem)
		}
	case *ast.IndexExpr:
		if typeName(t.X) == "List" {
			each, err := w.readEach(all, t.Index)
			return fmt.Sprintf("%s = quickList(q, %s)", target, each), err
		}
	}
	return fmt.Sprintf("quickOther(q, &%s)", target), nil
}

// readEach returns a function that reads an element of a list.
func (w *wire) readEach(all map[string]*decoder, t ast.Expr) (string, error) {
	if name := typeName(t); w.structs[name] != nil && !w.own[name] {
		return fmt.Sprintf("(*%s).readQuick", name), w.visit(all, name)
	}
	read, err := w.read(all, "*v", t)
	return fmt.Sprintf("func(v *%s, q *quick) { %s }", types.ExprString(t), strings.Replace(read, "&*v", "v", 1)), err
}

// typeName returns the name of a type that has one.
func typeName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.SelectorExpr:
		return types.ExprString(t)
	}
	return ""
}
