package jumpgraph

import (
	"bufio"
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

// String is the problem in a line: file, line, property, message and rule.
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

// maxLine bounds a line of a stored graph.
const maxLine = 64 << 20

// ValidateResult judges a stored graph: the directory of a result, or a single file of JSON Lines. It hands every
// problem to report and returns the number of lines read; an error means that the graph could not be read. Of a
// directory, the files are also compared with the hashes and the counts in the manifest. Keys must be unique in a file.
func ValidateResult(path string, report func(Problem)) (int, error) {
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
	if err := notStaged(path); err != nil {
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
	b, err := root.ReadFile(ManifestName)
	m, err := manifestOf(dir, b, err)
	if err != nil {
		return 0, err
	}
	if err := m.otherForm(dir); err != nil {
		return 0, err
	}
	if m.Status != Complete {
		report(Problem{File: filepath.Join(dir, ManifestName), Property: "status", Message: "the run was not complete: " + string(m.Status)})
	}
	for _, name := range []string{EntitiesName, RelationshipsName} {
		if m.Status == Complete && !slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name }) {
			report(Problem{File: filepath.Join(dir, ManifestName), Property: "files", Message: "the manifest does not name " + name})
		}
	}
	counts := map[string]int64{}
	lines := 0
	for _, f := range m.Files {
		n, err := validateFile(root, dir, f, counts, report)
		lines += n
		if err != nil {
			return lines, err
		}
	}
	for _, typ := range schemas.Types() {
		if want := m.Entities[typ] + m.Relationships[typ]; counts[typ] != want {
			report(Problem{
				File: filepath.Join(dir, ManifestName), Property: typ,
				Message: fmt.Sprintf("the manifest counts %d, the files hold %d", want, counts[typ]),
			})
		}
	}
	return lines, nil
}

func validateFile(root *os.Root, dir string, want File, counts map[string]int64, report func(Problem)) (int, error) {
	name := filepath.Join(dir, want.Name)
	f, err := root.Open(want.Name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", dir, err)
	}
	sum := sha256.New()
	n, err := validateLines(io.TeeReader(f, sum), name, counts, report)
	if err == nil && hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		report(Problem{File: name, Rule: "sha256", Message: "the file is not the one that the manifest describes"})
	}
	return n, errors.Join(err, f.Close())
}

// validateLines judges each line by the schema of its _type.
func validateLines(r io.Reader, name string, counts map[string]int64, report func(Problem)) (int, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	types := schemas.Types()
	seed, keys := maphash.MakeSeed(), map[uint64]struct{}{}
	n := 0
	for in.Scan() {
		n++
		line := in.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var head struct {
			Type string `json:"_type"`
			Key  string `json:"_key"`
		}
		problem := Problem{File: name, Line: n}
		if err := json.Unmarshal(line, &head); err != nil {
			// A wrong type of _type or _key leaves the rest readable; anything else is no JSON object.
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || head.Type == "" {
				problem.Message = "not a JSON object with a _type"
				report(problem)
				continue
			}
		}
		problem.Key = head.Key
		if !slices.Contains(types, head.Type) {
			problem.Property, problem.Rule, problem.Message = "_type", "enum", "is not a type of the data model"
			report(problem)
			continue
		}
		if counts != nil {
			counts[head.Type]++
		}
		before := len(keys)
		if keys[maphash.String(seed, head.Key)] = struct{}{}; len(keys) == before {
			repeated := problem
			repeated.Property, repeated.Rule, repeated.Message = "_key", "unique", "stands in an earlier line, too"
			report(repeated)
		}
		err := schemas.ValidateJSON(head.Type, line)
		if broken, ok := errors.AsType[*schemas.Error](err); ok {
			for _, f := range broken.Findings {
				p := problem
				p.Property, p.Rule, p.Message = f.Property, f.Rule, f.Message
				report(p)
			}
		} else if err != nil {
			problem.Message = err.Error()
			report(problem)
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return n, fmt.Errorf("%s:%d: the line has more than %d MB", name, n+1, maxLine>>20)
	} else if err != nil {
		return n, fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return n, nil
}
