package schemas

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// Finding is one way in which a value breaks its schema. It never holds the value, which may be personal.
type Finding struct {
	// Property is the name of the property; empty when the value as a whole is meant. For an element of a list the
	// place follows, as in fqdn/0.
	Property string
	// Rule is the keyword of JSON Schema that is broken, such as required, type, enum, const or format;
	// unevaluatedProperties stands for a property that the type does not have.
	Rule string
	// Message says what the schema wants.
	Message string
}

// String is the finding in a line.
func (f Finding) String() string {
	return cmp.Or(f.Property, "the value") + ": " + f.Message + " (" + f.Rule + ")"
}

// Error says everything that is wrong with a value.
type Error struct {
	// Type is the type by whose schema the value was judged.
	Type string
	// Findings are sorted by property and rule. There is at least one.
	Findings []Finding
}

// Error lists the findings.
func (e *Error) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return "schemas: " + e.Type + ": " + strings.Join(lines, "; ")
}

// Validate judges a typed value, such as a *entities.User or a relationships.Relationship, by the schema of its _type.
// It judges the JSON that would be written. A broken rule gives an [*Error]; nil, a nil pointer, and anything else that
// is written as no object with a _type, another error.
func Validate(v any) error {
	b, err := jsontext.Marshal(v)
	if err != nil {
		return fmt.Errorf("schemas: encode the value: %w", err)
	}
	value, err := decode(b)
	if err != nil {
		return fmt.Errorf("schemas: %w", err)
	}
	object, _ := value.(map[string]any)
	typ, ok := object["_type"].(string)
	if !ok {
		return errors.New("schemas: not a JSON object with a _type")
	}
	c, err := load(typ)
	if err != nil {
		return err
	}
	return c.judge(typ, value)
}

// ValidateJSON judges a stored value by the schema of a type. A broken rule gives an [*Error]; anything that is not one
// JSON value, another error.
func ValidateJSON(typ string, data []byte) error {
	c, err := load(typ)
	if err != nil {
		return err
	}
	value, err := decode(data)
	if err != nil {
		return fmt.Errorf("schemas: %s: %w", typ, err)
	}
	return c.judge(typ, value)
}

// decode reads one JSON value.
func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// judge runs the validator and turns its tree of causes into findings.
func (c *compiled) judge(typ string, value any) (err error) {
	defer func() {
		// The validator panics on numbers that it cannot hold.
		if r := recover(); r != nil {
			err = fmt.Errorf("schemas: %s: the validator failed: %v", typ, r)
			if findings := tooLarge("", value); len(findings) > 0 {
				err = newError(typ, findings)
			}
		}
	}()
	err = c.schema.Validate(value)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return fmt.Errorf("schemas: %s: %w", typ, err)
	}
	var findings []Finding
	for leaf := range leaves(broken) {
		findings = append(findings, c.findings(leaf)...)
	}
	if len(findings) == 0 {
		findings = []Finding{{Rule: "schema", Message: "does not fit"}}
	}
	return newError(typ, findings)
}

// newError sorts the findings; a rule is told once per property.
func newError(typ string, findings []Finding) *Error {
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	findings = slices.CompactFunc(findings, func(a, b Finding) bool { return a.Property == b.Property && a.Rule == b.Rule })
	return &Error{Type: typ, Findings: findings}
}

// tooLarge finds the numbers that the validator cannot hold, because their exponents are out of this world.
func tooLarge(at string, value any) []Finding {
	var list []Finding
	switch v := value.(type) {
	case json.Number:
		if _, ok := new(big.Rat).SetString(v.String()); !ok {
			list = []Finding{{Property: strings.TrimPrefix(at, "/"), Rule: "type", Message: "expected a number of a size that can be judged"}}
		}
	case []any:
		for i, e := range v {
			list = append(list, tooLarge(at+"/"+strconv.Itoa(i), e)...)
		}
	case map[string]any:
		for name, e := range v {
			list = append(list, tooLarge(at+"/"+name, e)...)
		}
	}
	return list
}

func leaves(e *jsonschema.ValidationError) func(yield func(*jsonschema.ValidationError) bool) {
	var walk func(e *jsonschema.ValidationError, yield func(*jsonschema.ValidationError) bool) bool
	walk = func(e *jsonschema.ValidationError, yield func(*jsonschema.ValidationError) bool) bool {
		if len(e.Causes) == 0 {
			return yield(e)
		}
		for _, cause := range e.Causes {
			if !walk(cause, yield) {
				return false
			}
		}
		return true
	}
	return func(yield func(*jsonschema.ValidationError) bool) { walk(e, yield) }
}

// findings names the properties that a broken rule is about.
func (c *compiled) findings(e *jsonschema.ValidationError) []Finding {
	rule := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
	at := unescape(strings.TrimPrefix(e.InstanceLocation, "/"))
	switch rule {
	case "required":
		return eachNamed(e.Message, rule, at, "is required")
	case "unevaluatedProperties":
		// When a part of the schema fails, the validator forgets which properties that part knows, and reports them
		// as not allowed on top of the true finding.
		if c.knows(at) {
			return nil
		}
		return []Finding{{Property: at, Rule: rule, Message: "is not a property of this type"}}
	case "additionalProperties":
		return eachNamed(e.Message, rule, at, "is not allowed here")
	}
	if _, name, ok := strings.Cut(e.KeywordLocation, "/dependentRequired/"); ok {
		missing := quoted(e.Message)
		if len(missing) > 0 {
			return []Finding{{Property: missing[0], Rule: "dependentRequired", Message: "must be there when " + unescape(firstSegment(name)) + " is"}}
		}
	}
	if strings.Contains(e.KeywordLocation, "/propertyNames") {
		return []Finding{{Property: at, Rule: "propertyNames", Message: "has a name that is not allowed"}}
	}
	if list, ok := c.lists[at]; ok && rule == "const" {
		return []Finding{{Property: at, Rule: rule, Message: "value must be " + list}}
	}
	return []Finding{{Property: at, Rule: rule, Message: wanted(rule, e.Message)}}
}

// wanted is the validator's message without the value, which it quotes.
func wanted(rule, message string) string {
	switch rule {
	case "format":
		if i := strings.LastIndex(message, "not valid "); i >= 0 {
			return "must be a valid " + strings.Trim(message[i+len("not valid "):], "'")
		}
		return "has the wrong format"
	case "enum":
		return strings.ReplaceAll(message, "<nil>", "null")
	case "type", "const", "pattern":
		return message
	case "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems":
		want, _, _ := strings.Cut(message, ", but")
		want, _, _ = strings.Cut(want, " but")
		return want
	case "uniqueItems":
		return "holds the same element twice"
	}
	return "breaks this rule"
}

func eachNamed(message, rule, at, text string) []Finding {
	if at != "" {
		at += "/"
	}
	var list []Finding
	for _, name := range quoted(message) {
		list = append(list, Finding{Property: at + name, Rule: rule, Message: text})
	}
	return list
}

// quoted returns the names in single quotes of one of the validator's messages, in which a quote in a name has a
// backslash before it.
func quoted(message string) []string {
	var names []string
	for {
		i := strings.IndexByte(message, '\'')
		if i < 0 {
			return names
		}
		message = message[i+1:]
		var b strings.Builder
		j := 0
		for ; j < len(message) && message[j] != '\''; j++ {
			if message[j] == '\\' && j+1 < len(message) {
				j++
			}
			b.WriteByte(message[j])
		}
		names = append(names, b.String())
		if j >= len(message) {
			return names
		}
		message = message[j+1:]
	}
}

func firstSegment(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// unescape undoes the escapes of a JSON pointer in a URL, as the validator writes it.
func unescape(pointer string) string {
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	return escapes.Replace(pointer)
}

var escapes = strings.NewReplacer("~1", "/", "~0", "~")
