package jsonl

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/lines"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Problem is something that is wrong with a stored graph.
type Problem struct {
	// File is the name of the file, and Line the number of the line in it; 0 when the file as a whole is meant.
	File string
	Line int
	// Key is the _key of the entity or relationship, where it could be read.
	Key string
	// Property and Rule say what is broken; both are empty when the line as a whole is meant.
	Property, Rule string
	// Message says what is wrong, without the value.
	Message string
}

// String is the problem in a line: file, line, key, property, message and rule, as far as they are known.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	s += ": "
	if p.Key != "" {
		s += p.Key + ": "
	}
	if p.Property != "" {
		s += p.Property + ": "
	}
	s += p.Message
	if p.Rule != "" {
		s += " (" + p.Rule + ")"
	}
	return s
}

// Validate judges a stored graph: the directory of a result, or a single file of JSON Lines. It hands every
// problem to report and returns the number of lines read; an error means that the graph could not be read. Of a
// directory, the files are also compared with the hashes and the counts in the manifest. Keys must be unique in a file.
func Validate(path string, report func(Problem)) (int, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.IsDir() {
		f, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		n, err := validateLines(f, path, nil, report)
		return n, errors.Join(err, f.Close())
	}
	if err := resultdir.NotStaged(path); err != nil {
		return 0, err
	}
	// The directory is opened once: whatever is put in its place meanwhile, all files are of one result.
	root, err := os.OpenRoot(path)
	if err != nil {
		return 0, err
	}
	n, err := validateDir(root, path, report)
	return n, errors.Join(err, root.Close())
}

func validateDir(root *os.Root, dir string, report func(Problem)) (int, error) {
	b, err := root.ReadFile(resultdir.ManifestName)
	m, err := resultdir.Parse(dir, b, err)
	if err != nil {
		return 0, err
	}
	if err := otherForm(m, dir); err != nil {
		return 0, err
	}
	about := func(property, message string) {
		report(Problem{File: filepath.Join(dir, resultdir.ManifestName), Property: property, Message: message})
	}
	if m.Status != jumpgraph.Complete {
		about("status", "the run was not complete: "+string(m.Status))
	}
	for _, name := range dataFiles() {
		if m.Status == jumpgraph.Complete && !slices.ContainsFunc(m.Files, func(f jumpgraph.File) bool { return f.Name == name }) {
			about("files", "the manifest does not name "+name)
		}
	}
	switch {
	case m.Status == jumpgraph.Complete && len(m.Files) > 0 && len(m.Organizations) == 0:
		about("organizations", "the manifest names none")
	case m.Status == jumpgraph.Complete && len(m.Files) > 0 && !resultdir.Whole(m):
		about("", "something is missing in the manifest")
	}
	counts := map[string]int64{}
	total := 0
	for _, f := range m.Files {
		n, err := validateFile(root, dir, f, counts, report)
		total += n
		if err != nil {
			return total, err
		}
	}
	for _, typ := range schemas.Types() {
		if want := m.Entities[typ] + m.Relationships[typ]; counts[typ] != want {
			about(typ, fmt.Sprintf("the manifest counts %d, the files hold %d", want, counts[typ]))
		}
	}
	return total, nil
}

func validateFile(root *os.Root, dir string, want jumpgraph.File, counts map[string]int64, report func(Problem)) (int, error) {
	name := filepath.Join(dir, want.Name)
	f, err := root.Open(want.Name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", dir, err)
	}
	sum := sha256.New()
	judge := validateLines
	if want.Name == UnknownName {
		judge = validateUnknown
	}
	n, err := judge(io.TeeReader(f, sum), name, counts, report)
	if err == nil && hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		report(Problem{File: name, Rule: "sha256", Message: "the file is not the one that the manifest describes"})
	}
	return n, errors.Join(err, f.Close())
}

// validateUnknown judges each line of unknown.jsonl. They are no part of the graph and do not count.
func validateUnknown(r io.Reader, name string, _ map[string]int64, report func(Problem)) (int, error) {
	properties := map[string]map[string]bool{} // by entity type
	for _, m := range entities.Models() {
		properties[m.Type] = map[string]bool{}
		for f := range m.Struct.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			properties[m.Type][name] = true
		}
	}
	_, err := lines.Each(r, name, func(n int, line []byte) error {
		var u unknown
		problem := Problem{File: name, Line: n}
		err := json.Unmarshal(line, &u)
		problem.Key = u.Key
		switch {
		case err != nil || len(u.Properties) == 0:
			problem.Message = "not a JSON object with properties"
		case properties[u.Type] == nil:
			problem.Property, problem.Rule, problem.Message = "_type", "enum", "is not an entity type of the data model"
		case slices.ContainsFunc(u.Properties, func(p string) bool { return !properties[u.Type][p] }):
			problem.Property, problem.Message = "properties", "names a property that the type does not have"
		default:
			return nil
		}
		report(problem)
		return nil
	})
	return 0, err
}

// validateLines judges each line by the schema of its _type.
func validateLines(r io.Reader, name string, counts map[string]int64, report func(Problem)) (int, error) {
	v := validator{counts: counts, report: report, seed: maphash.MakeSeed(), keys: map[uint64]struct{}{}}
	return lines.Each(r, name, func(n int, line []byte) error {
		if len(bytes.TrimSpace(line)) > 0 {
			v.line(line, Problem{File: name, Line: n})
		}
		return nil
	})
}

// validator judges the lines of a file.
type validator struct {
	counts map[string]int64 // lines by type; nil when nobody asks
	report func(Problem)
	seed   maphash.Seed
	keys   map[uint64]struct{} // the hashes of the keys of earlier lines
}

// line judges a line. At says where it stands.
func (v *validator) line(line []byte, at Problem) {
	head, ok := headOf(line)
	if !ok {
		at.Message = "not a JSON object with a _type"
		v.report(at)
		return
	}
	at.Key = head.Key
	finding := func(property, rule, message string) {
		p := at
		p.Property, p.Rule, p.Message = property, rule, message
		v.report(p)
	}
	if !slices.Contains(schemas.Types(), head.Type) {
		finding("_type", "enum", "is not a type of the data model")
		return
	}
	if v.counts != nil {
		v.counts[head.Type]++
	}
	if v.repeated(head.Key) {
		finding("_key", "unique", "stands in an earlier line, too")
	}
	err := schemas.ValidateJSON(head.Type, line)
	broken, ok := errors.AsType[*schemas.Error](err)
	switch {
	case ok:
		for _, f := range broken.Findings {
			finding(f.Property, f.Rule, f.Message)
		}
	case err != nil:
		finding("", "", err.Error())
	}
}

// headOf reads what a line says of itself. A wrong type of _type or _key leaves the rest readable; anything else is no JSON
// object.
func headOf(line []byte) (lines.Head, bool) {
	var h lines.Head
	err := json.Unmarshal(line, &h)
	_, wrongType := errors.AsType[*json.UnmarshalTypeError](err)
	return h, err == nil || wrongType && h.Type != ""
}

// repeated reports that an earlier line has the same key.
func (v *validator) repeated(key string) bool {
	before := len(v.keys)
	v.keys[maphash.String(v.seed, key)] = struct{}{}
	return len(v.keys) == before
}
