package evidence_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// xsd is what an XML Schema says of elements, as far as the schema of JUnit needs it: attributes, which children in which
// order, and whether there may be text.
type xsd struct {
	elements map[string]xsdElement
}

type xsdElement struct {
	attributes map[string]bool // whether it is required, by name
	children   *regexp.Regexp  // of the names of the children, each with a semicolon behind it
	text       bool
}

// node is an element of any XML document.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n node) attr(name string) string {
	i := slices.IndexFunc(n.Attrs, func(a xml.Attr) bool { return a.Name.Local == name })
	if i < 0 {
		return ""
	}
	return n.Attrs[i].Value
}

// readXSD reads the schema of JUnit. What it does not understand ends the test.
func readXSD(t *testing.T) xsd {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "schemas", "jenkins-junit.xsd"))
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := xml.Unmarshal(b, &root); err != nil {
		t.Fatal(err)
	}
	s := xsd{map[string]xsdElement{}}
	for _, n := range root.Children {
		e := xsdElement{attributes: map[string]bool{}, text: n.attr("type") == "xs:string"}
		model := ""
		for _, typ := range n.Children {
			if typ.XMLName.Local != "complexType" {
				t.Fatalf("the schema has a %s in %s, which this test does not read", typ.XMLName.Local, n.attr("name"))
			}
			e.text = typ.attr("mixed") == "true"
			for _, c := range typ.Children {
				if c.XMLName.Local == "attribute" {
					e.attributes[c.attr("name")] = c.attr("use") == "required"
					continue
				}
				model += xsdModel(t, c)
			}
		}
		e.children = regexp.MustCompile("^" + model + "$")
		s.elements[n.attr("name")] = e
	}
	return s
}

// xsdModel is a regular expression of the children that a part of a schema allows.
func xsdModel(t *testing.T, n node) string {
	t.Helper()
	var parts []string
	for _, c := range n.Children {
		parts = append(parts, xsdModel(t, c))
	}
	var model string
	switch n.XMLName.Local {
	case "element":
		model = n.attr("ref") + ";"
	case "sequence":
		model = strings.Join(parts, "")
	default:
		t.Fatalf("the schema has a %s, which this test does not read", n.XMLName.Local)
	}
	least, most := n.attr("minOccurs"), n.attr("maxOccurs")
	switch {
	case least == "0" && most == "unbounded":
		return "(" + model + ")*"
	case least == "0":
		return "(" + model + ")?"
	case most == "unbounded":
		return "(" + model + ")+"
	default:
		return "(" + model + ")"
	}
}

// check returns everything by which a document breaks the schema.
func (s xsd) check(n node) []error {
	name := n.XMLName.Local
	e, known := s.elements[name]
	if !known {
		return []error{fmt.Errorf("there is no element %s", name)}
	}
	var errs []error
	has := map[string]bool{}
	for _, a := range n.Attrs {
		if _, known := e.attributes[a.Name.Local]; !known {
			errs = append(errs, fmt.Errorf("%s has no attribute %s", name, a.Name.Local))
		}
		has[a.Name.Local] = true
	}
	for attr, required := range e.attributes {
		if required && !has[attr] {
			errs = append(errs, fmt.Errorf("%s lacks the attribute %s", name, attr))
		}
	}
	if !e.text && strings.TrimSpace(n.Text) != "" {
		errs = append(errs, fmt.Errorf("%s has the text %q", name, n.Text))
	}
	var children strings.Builder
	for _, c := range n.Children {
		children.WriteString(c.XMLName.Local + ";")
		errs = append(errs, s.check(c)...)
	}
	if !e.children.MatchString(children.String()) {
		errs = append(errs, fmt.Errorf("%s has the children %s, want %s", name, children.String(), e.children))
	}
	return errs
}

// parseXML reads a whole document.
func parseXML(text string) (node, error) {
	var root node
	d := xml.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&root); err != nil {
		return root, err
	}
	if rest, err := d.Token(); !errors.Is(err, io.EOF) {
		if space, is := rest.(xml.CharData); !is || strings.TrimSpace(string(space)) != "" {
			return root, fmt.Errorf("after the document comes %v, %w", rest, err)
		}
	}
	return root, nil
}

// cases returns the test cases of a report, by name.
func cases(t *testing.T, text string) map[string]node {
	t.Helper()
	root, err := parseXML(text)
	if err != nil {
		t.Fatalf("the output is no XML: %v\n%s", err, text)
	}
	all := map[string]node{}
	for _, suite := range root.Children {
		for _, c := range suite.Children {
			if c.XMLName.Local == "testcase" {
				all[c.attr("name")] = c
			}
		}
	}
	return all
}

func TestJUnit_KeepsTheSchemaThatJenkinsReads(t *testing.T) {
	t.Parallel()
	schema := readXSD(t)
	if len(schema.elements) < 10 {
		t.Fatalf("the schema has %d elements: it was not read", len(schema.elements))
	}
	reports := map[string]*evidence.Report{"the demonstration": demoReport(t), "an empty report": {}}
	for name, text := range hostileTexts {
		reports[name] = made(text)
	}
	for name, r := range reports {
		for _, form := range []string{"junit", "junit strict"} {
			root, err := parseXML(write(t, form, r))
			if err != nil {
				t.Errorf("%s, %s: no XML: %v", form, name, err)
				continue
			}
			for _, err := range schema.check(root) {
				t.Errorf("%s, %s: %v", form, name, err)
			}
		}
	}
}

// TestJUnit_ItsSchemaRefusesOthers proves that the checker of this test checks.
func TestJUnit_ItsSchemaRefusesOthers(t *testing.T) {
	t.Parallel()
	schema := readXSD(t)
	const good = `<testsuites><testsuite name="s" tests="1"><properties><property name="n" value="v"/></properties><testcase name="c"><skipped>s</skipped><failure message="m">f</failure></testcase></testsuite></testsuites>`
	for change, want := range map[[2]string]string{
		{"", ""}:                               "",
		{` tests="1"`, ""}:                     "lacks the attribute tests",
		{` name="c"`, ` title="c"`}:            "no attribute title",
		{"failure", "fault"}:                   "no element fault",
		{"<testcase", "text<testcase"}:         `the text "text"`,
		{`<property name="n" value="v"/>`, ""}: "properties has the children",
		{"<skipped>s</skipped>", "<skipped>s</skipped><testcase name=\"d\"/>"}: "testcase has the children",
	} {
		root, err := parseXML(strings.ReplaceAll(good, change[0], change[1]))
		if change[0] == "" {
			root, err = parseXML(good)
		}
		if err != nil {
			t.Fatal(err)
		}
		got := errors.Join(schema.check(root)...)
		if want == "" && got != nil || want != "" && (got == nil || !strings.Contains(got.Error(), want)) {
			t.Errorf("%v: got %v, want %q", change, got, want)
		}
	}
}

func TestJUnit_NeverShowsUnknownAsPassed(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	for form, unknown := range map[string]string{"junit": "skipped", "junit strict": "error"} {
		got := cases(t, write(t, form, r))
		if len(got) != len(r.Answers) {
			t.Errorf("%s has %d cases for %d answers", form, len(got), len(r.Answers))
		}
		want := map[evidence.Status]string{
			evidence.Fail: "failure", evidence.Unknown: unknown, evidence.Pass: "system-out", evidence.Informative: "system-out",
		}
		for _, a := range r.Answers {
			c := got[a.Question.ID]
			if len(c.Children) != 1 || c.Children[0].XMLName.Local != want[a.Status] {
				t.Fatalf("%s: %s is %s, but its case is %+v", form, a.Question.ID, a.Status, c)
			}
			if text := c.Children[0].Text; !strings.Contains(text, a.Summary) || strings.Count(text, "\n- ") != len(a.Rows)+len(a.UnknownRows) {
				t.Errorf("%s: %s lacks its summary, or some of its rows:\n%s", form, a.Question.ID, text)
			}
		}
	}
}

func TestJUnit_CountsItsCases(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	for form, want := range map[string]map[string]int{
		"junit":        {"tests": 35, "failures": 17, "errors": 0, "skipped": 3},
		"junit strict": {"tests": 35, "failures": 17, "errors": 3, "skipped": 0},
	} {
		root, err := parseXML(write(t, form, r))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if got := root.Children[0].attr(name); got != strconv.Itoa(want[name]) {
				t.Errorf("%s: the suite has %s=%s, want %d", form, name, got, want[name])
			}
		}
	}
}
