package view_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dot is what a text in DOT says.
type dot struct {
	nodes map[string][]string // the lines of each node
	edges [][2]string
}

// dotToken matches the tokens that our DOT may have: names, numbers, strings and signs.
var dotToken = regexp.MustCompile(`^(?:[a-zA-Z][a-z0-9A-Z_]*|-?[0-9.]+|"(?:[^"\\\n]|\\[nl"\\])*"|->|[{}\[\]=,;])`)

// dotName matches what our statements may begin with.
var dotName = regexp.MustCompile(`^(graph|node|edge|[nl][0-9]+)$`)

// readDOT reads a picture in DOT, and reports what is wrong in it.
func readDOT(t *testing.T, text string) dot {
	t.Helper()
	var tokens []string
	for rest := strings.TrimLeft(text, " \t\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\n") {
		token := dotToken.FindString(rest)
		if token == "" {
			t.Fatalf("DOT has no such word: %.60q", rest)
		}
		tokens, rest = append(tokens, token), rest[len(token):]
	}
	next := func() string {
		if len(tokens) == 0 {
			t.Fatalf("DOT ends early:\n%s", text)
		}
		token := tokens[0]
		tokens = tokens[1:]
		return token
	}
	want := func(words ...string) string {
		token := next()
		if !slices.Contains(words, token) {
			t.Fatalf("DOT has %s, want one of %q", token, words)
		}
		return token
	}
	got := dot{nodes: map[string][]string{}}
	want("digraph")
	want("jumpgraph")
	want("{")
	for depth := 1; depth > 0; {
		switch name := next(); {
		case name == "}":
			depth--
		case name == "subgraph":
			if next(); want("{") == "{" {
				depth++
			}
		case !dotName.MatchString(name):
			t.Fatalf("DOT has a statement %s", name)
		default:
			to := ""
			if want("[", "->") == "->" {
				to = next()
				want("[")
			}
			attributes := map[string]string{}
			for end := ","; end == ","; end = want(",", "]") {
				key := next()
				want("=")
				attributes[key] = next()
			}
			switch {
			case to != "":
				got.edges = append(got.edges, [2]string{name, to})
			case name[0] == 'n' && name != "node":
				got.nodes[name] = dotLines(attributes["label"])
			}
		}
	}
	if len(tokens) > 0 {
		t.Fatalf("DOT goes on after its end: %q", tokens)
	}
	for _, e := range got.edges {
		for _, end := range e {
			if _, ok := got.nodes[end]; !ok {
				t.Errorf("DOT has an edge of %s, which it does not have", end)
			}
		}
	}
	return got
}

// dotLines returns the lines of a label, without its escapes.
func dotLines(label string) []string {
	var all []string
	var b strings.Builder
	for s := strings.Trim(label, `"`); s != ""; s = s[1:] {
		switch {
		case strings.HasPrefix(s, `\n`):
			all = append(all, b.String())
			b.Reset()
			s = s[1:]
		case s[0] == '\\':
			b.WriteByte(s[1])
			s = s[1:]
		default:
			b.WriteByte(s[0])
		}
	}
	all = append(all, b.String())
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "&amp;", "&")
	}
	return all
}

func TestDOT_KeepsOddNamesAsText(t *testing.T) {
	t.Parallel()
	got := readDOT(t, oddGraph(odd...).DOT())
	if len(got.nodes) != len(odd) || len(got.edges) != len(odd)-1 {
		t.Errorf("%d nodes and %d edges, want %d and %d", len(got.nodes), len(got.edges), len(odd), len(odd)-1)
	}
	var names []string
	for _, lines := range got.nodes {
		names = append(names, lines[0])
	}
	for _, name := range odd {
		if len([]rune(name)) <= 32 && !slices.Contains(names, name) {
			t.Errorf("the name %q is not in DOT as it is: %q", name, names)
		}
	}
}
