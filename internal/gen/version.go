package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// versionFile records which schemas a version of the model has, so that the version cannot be forgotten when they change.
const versionFile = "schemas/version.json"

// versionRecord is what stands in it.
type versionRecord struct {
	Comment      string `json:"$comment"`
	ModelVersion string `json:"modelVersion"`
	SHA256       string `json:"sha256"` // over the names and texts of the schemas
}

// hashOf returns the hash over all schemas.
func hashOf(files map[string][]byte) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".schema.json") {
			fmt.Fprintf(sum, "%s %d\n%s", name, len(files[name]), files[name])
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// recorded returns what the version file says; the zero value where there is none.
func recorded(root string) versionRecord {
	var r versionRecord
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(versionFile)))
	if err != nil || json.Unmarshal(b, &r) != nil {
		return versionRecord{}
	}
	return r
}

// version renders the version file. It keeps the old record while the schemas differ from it and the version does not: then
// forgotten says what to do. With keep, the schemas are taken as those of the version as it is.
func version(root string, files map[string][]byte, keep bool) (record []byte, forgotten error, err error) {
	now, at, err := modelVersion(filepath.Join(root, "schemas"))
	if err != nil {
		return nil, nil, err
	}
	old, r := recorded(root), versionRecord{notice, now, hashOf(files)}
	if old.ModelVersion == now && old.SHA256 != r.SHA256 && !keep {
		r.SHA256 = old.SHA256
		forgotten = fmt.Errorf("%s: the schemas have changed, ModelVersion is still %s: raise it and run go generate ./...; "+
			"where no release has this version yet, run go run ./internal/gen -keep-version", at, now)
	}
	record, err = jsontext.Indent(r)
	return record, forgotten, err
}

// modelVersion reads the constant ModelVersion of a package, and where it stands.
func modelVersion(dir string) (string, string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", "", err
	}
	fset := token.NewFileSet()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		if !bytes.Contains(text, []byte("ModelVersion =")) {
			continue
		}
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return "", "", err
		}
		if value, pos := constant(f, "ModelVersion"); value != "" {
			return value, fset.Position(pos).String(), nil
		}
	}
	return "", "", fmt.Errorf("%s has no constant ModelVersion", dir)
}

// constant returns the text of a constant of a file, and where it stands; empty when there is none.
func constant(f *ast.File, name string) (string, token.Pos) {
	for spec := range ast.Preorder(f) {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Names) != 1 || v.Names[0].Name != name || len(v.Values) != 1 {
			continue
		}
		if lit, ok := v.Values[0].(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				return text, v.Pos()
			}
		}
	}
	return "", token.NoPos
}
