package main

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/entities/class"
)

// kind is a kind of value that a property can have: how it is checked, and how it stands in a database. In Go code, %s is
// the value, and %t its type.
type kind struct {
	name  string   // for errors
	rules []string // the words of the jsonschema tag that it takes
	zero  string   // the zero value in words, where it says something; omitzero must not drop it

	sql                   string // the type of the column
	write, read           string // a call that binds a value, and an expression that reads it
	maybeWrite, maybeRead string // the same where there may be none
	json                  string // a statement that adds the JSON of a value to b

	pointer bool // set by kindOf
	elem    reflect.Type
}

// kinds are all of them. A type that is not among them cannot be in the model.
var kinds = []struct {
	is func(reflect.Type) bool
	kind
}{
	{is: same[entities.Null], kind: kind{
		name: "a Null", sql: "TEXT", write: "w.Null()", maybeWrite: "w.Null()",
		json: "b = append(b, `null`...)",
	}},
	{is: ofKind(reflect.Bool), kind: kind{
		name: "a bool", zero: "false", sql: "INTEGER",
		write: "w.Bool(%s)", read: "r.Bool()", maybeWrite: "w.maybeBool(%s)", maybeRead: "r.maybeBool()",
		json: "b = strconv.AppendBool(b, %s)",
	}},
	{is: same[class.Millis], kind: kind{
		name: "a time", zero: "0", sql: "INTEGER", rules: []string{"minimum", "maximum"},
		write: "w.Int(int64(%s))", read: "entities.Millis(r.Int())", maybeWrite: "w.maybeMillis(%s)", maybeRead: "r.maybeMillis()",
		json: "b = strconv.AppendInt(b, int64(%s), 10)",
	}},
	{is: ofKind(reflect.Int64), kind: kind{
		name: "a whole number", zero: "0", sql: "INTEGER", rules: []string{"minimum", "maximum"},
		write: "w.Int(%s)", read: "r.Int()", maybeWrite: "w.MaybeInt(%s)", maybeRead: "r.maybeInt()",
		json: "b = strconv.AppendInt(b, %s, 10)",
	}},
	{is: ofKind(reflect.Float64), kind: kind{
		name: "a number", zero: "0", sql: "REAL", rules: []string{"minimum", "maximum"},
		write: "w.Float(%s)", read: "r.Float()", maybeWrite: "w.maybeFloat(%s)", maybeRead: "r.maybeFloat()",
		json: "if b, err = jsontext.AppendFloat(b, %s); err != nil {\nreturn dst, err\n}",
	}},
	{is: same[string], kind: kind{
		name: "a text", sql: "TEXT", rules: []string{"format", "pattern", "minLength"},
		write: "w.Text(%s)", read: "r.Text()", maybeWrite: "maybeText(w, %s)", maybeRead: "readText[%t](r)",
		json: "b = jsontext.AppendString(b, %s)",
	}},
	{is: ofKind(reflect.String), kind: kind{
		name: "a named text", sql: "TEXT", rules: []string{"format", "pattern", "minLength"},
		write: "w.Text(string(%s))", read: "%t(r.Text())", maybeWrite: "maybeText(w, %s)", maybeRead: "readText[%t](r)",
		json: "b = jsontext.AppendString(b, string(%s))",
	}},
	{is: same[[]string], kind: kind{
		name: "a list of texts", sql: "TEXT", rules: []string{"format", "pattern", "minItems", "uniqueItems"},
		write: "w.list(%s)", read: "r.list()", maybeWrite: "w.list(%s)", maybeRead: "r.list()",
		json: "b = jsontext.AppendStrings(b, %s)",
	}},
	// Only classes have it: their structs are never filled.
	{is: ofKind(reflect.Int), kind: kind{name: "an int", zero: "0", rules: []string{"minimum", "maximum"}}},
}

func same[T any](t reflect.Type) bool { return t == reflect.TypeFor[T]() }

func ofKind(k reflect.Kind) func(reflect.Type) bool {
	return func(t reflect.Type) bool { return t.Kind() == k }
}

// kindOf returns the kind of a type, or says which types there are.
func kindOf(t reflect.Type) (kind, error) {
	elem := t
	if t.Kind() == reflect.Pointer {
		elem = t.Elem()
	}
	for _, k := range kinds {
		if k.is(elem) {
			found := k.kind
			found.pointer, found.elem = elem != t, elem
			return found, nil
		}
	}
	return kind{}, fmt.Errorf("the model has no %s: use string, a named string, bool, int64, float64, Millis, pointers to them, []string or Null", t)
}

// column returns the SQL type of a property, and the Go code that binds its value and reads it back. Read is empty for a
// value that is always null.
func (k kind) column(value string, omitted bool) (sql, write, read string) {
	sql, write, read = k.sql, k.write, k.read
	switch {
	case k.pointer:
		write, read = k.maybeWrite, k.maybeRead
	case omitted && k.sql == "TEXT" && k.elem.Kind() == reflect.String:
		write = strings.Replace(write, "w.Text", "w.Optional", 1)
	case k.elem.Kind() != reflect.Slice && !k.null():
		sql += " NOT NULL"
	}
	fill := strings.NewReplacer("%s", value, "%t", k.elem.String())
	return sql, fill.Replace(write), fill.Replace(read)
}

func (k kind) null() bool { return k.elem == reflect.TypeFor[entities.Null]() }

// patterns are the regular expressions of the model, by the check that does the same.
var patterns = map[string]string{
	`^[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$`: "format.Hostname",
	`^([0-9a-f]{2}:){5}([0-9a-f]{2})$`:           "format.LowerMAC",
}

// formats are the formats of the model, by the check of package format.
var formats = map[string]string{
	"email": "format.Email", "fqdn": "format.FQDN", "ip": "format.IP", "ipv4": "format.IPv4", "ipv6": "format.IPv6", "uri": "format.URI",
}

// present returns Go code that is true when a property is there; empty when it always is.
func present(field string, p *property) string {
	k, _ := kindOf(p.field.Type) // known since its tags were checked
	switch {
	case !p.omitted:
		return ""
	case k.pointer, k.elem.Kind() == reflect.Slice:
		return field + " != nil"
	}
	return field + ` != ""`
}

// broken returns Go code that is true when a field breaks a schema; empty when its type cannot. A rule that it has no code
// for is an error: it would be dropped in silence.
func broken(field string, p *property, s *jsonschema.Schema) (string, error) {
	k, err := kindOf(p.field.Type)
	if err != nil {
		return "", err
	}
	if err := k.supports(s); err != nil || k.null() {
		return "", err
	}
	value, guard := field, present(field, p)
	if k.pointer {
		value, guard = "*"+field, field+" != nil"
	}
	var conditions []string
	switch k.elem.Kind() {
	case reflect.Slice:
		return brokenList(field, s)
	case reflect.String:
		conditions, err = brokenText(value, s)
	default:
		conditions = brokenNumber(value, k, s)
	}
	if len(conditions) == 0 || err != nil {
		return "", err
	}
	if guard == "" {
		return strings.Join(conditions, " || "), nil
	}
	return guard + " && (" + strings.Join(conditions, " || ") + ")", nil
}

// supports reports an error when a schema has a rule that this kind of value cannot be checked for.
func (k kind) supports(s *jsonschema.Schema) error {
	if k.null() {
		return nil // what the class says of values is about others
	}
	for _, rule := range []struct {
		word string
		set  bool
	}{
		{"format", s.Format != "" || s.Items != nil && s.Items.Format != ""},
		{"pattern", s.Pattern != "" || s.Items != nil && s.Items.Pattern != ""},
		{"minLength", s.MinLength != nil},
		{"minimum", s.Minimum != ""},
		{"maximum", s.Maximum != ""},
		{"minItems", s.MinItems != nil},
		{"uniqueItems", s.UniqueItems},
	} {
		if rule.set && !slices.Contains(k.rules, rule.word) {
			return fmt.Errorf("the rule %s cannot be checked for %s: change the type of the field", rule.word, k.name)
		}
	}
	if (s.Const != nil || len(s.Enum) > 0) && k.elem.Kind() != reflect.String {
		return fmt.Errorf("fixed values cannot be checked for %s: use a named string", k.name)
	}
	return nil
}

func brokenNumber(value string, k kind, s *jsonschema.Schema) []string {
	var conditions []string
	if k.elem.Kind() == reflect.Float64 {
		conditions = append(conditions, "!format.Finite("+value+")")
	}
	if s.Minimum != "" {
		conditions = append(conditions, value+" < "+string(s.Minimum))
	}
	if s.Maximum != "" {
		conditions = append(conditions, value+" > "+string(s.Maximum))
	}
	return conditions
}

func brokenText(value string, s *jsonschema.Schema) ([]string, error) {
	var conditions, differs []string
	values := s.Enum
	if s.Const != nil {
		values = []any{s.Const}
	}
	for _, v := range values {
		differs = append(differs, value+" != "+strconv.Quote(fmt.Sprint(v)))
	}
	if len(differs) > 0 {
		conditions = append(conditions, strings.Join(differs, " && "))
	}
	switch {
	case s.MinLength != nil && *s.MinLength == 1:
		conditions = append(conditions, value+` == ""`)
	case s.MinLength != nil:
		conditions = append(conditions, fmt.Sprintf("utf8.RuneCountInString(%s) < %d", value, *s.MinLength))
	}
	checks, err := checksOf(s)
	for _, check := range checks {
		conditions = append(conditions, "!"+check+"("+value+")")
	}
	return conditions, err
}

// brokenList is about the elements of a list: those that are not alone, or break a check.
func brokenList(field string, s *jsonschema.Schema) (string, error) {
	var conditions []string
	if s.MinItems != nil {
		conditions = append(conditions, fmt.Sprintf("len(%s) < %d", field, *s.MinItems))
	}
	if s.UniqueItems {
		conditions = append(conditions, "format.Repeats("+field+")")
	}
	for _, of := range []*jsonschema.Schema{s, cmp.Or(s.Items, &jsonschema.Schema{})} {
		checks, err := checksOf(of)
		if err != nil {
			return "", err
		}
		for _, check := range checks {
			conditions = append(conditions, "!format.Each("+field+", "+check+")")
		}
	}
	return strings.Join(conditions, " || "), nil
}

// checksOf returns the functions that check the format and the pattern of a text.
func checksOf(s *jsonschema.Schema) ([]string, error) {
	var checks []string
	if s.Format != "" {
		if formats[s.Format] == "" {
			return nil, fmt.Errorf("the format %q has no check: add it to internal/format and to formats in internal/gen/kinds.go", s.Format)
		}
		checks = append(checks, formats[s.Format])
	}
	if s.Pattern != "" {
		if patterns[s.Pattern] == "" {
			return nil, errors.New("the pattern has no check: add one to internal/format and to patterns in internal/gen/kinds.go")
		}
		checks = append(checks, patterns[s.Pattern])
	}
	return checks, nil
}
