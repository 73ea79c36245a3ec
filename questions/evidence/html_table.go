package evidence

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph/schemas"
)

// firstRows is how many rows of a table are seen before the reader opens the others.
const firstRows = 10

// htmlTable is a table of rows. Rest holds those after the first ones.
type htmlTable struct {
	Columns     []htmlColumn
	Chars       int // about how many characters wide the table is
	First, Rest [][]htmlCell
	N           int
}

// htmlColumn is a column: Kind is id, number, time, why or empty, and Percent its share of the width.
type htmlColumn struct {
	Label, Kind string
	Percent     int
}

// htmlCell is a cell: Exact is the value as it came where the text is a time.
type htmlCell struct{ Text, Exact, Kind string }

// columnsOf returns the columns of an answer that are shown: not the organization, where it is the only one of the report.
func (r *Report) columnsOf(a *Answer) []string {
	columns := a.shown()
	if len(r.Organizations) != 1 {
		return columns
	}
	other := func(row map[string]any) bool { return row["organization"] != r.Organizations[0].ID }
	if slices.ContainsFunc(a.Rows, other) || slices.ContainsFunc(a.UnknownRows, other) {
		return columns
	}
	return slices.DeleteFunc(columns, func(c string) bool { return c == "organization" })
}

func newHTMLTable(columns []string, rows []map[string]any) htmlTable {
	t := htmlTable{N: len(rows), Columns: make([]htmlColumn, len(columns))}
	cells := make([][]htmlCell, len(rows))
	for i := range cells {
		cells[i] = make([]htmlCell, len(columns))
	}
	widths := make([]int, len(columns))
	for i, name := range columns {
		kind := kindOf(name, rows)
		t.Columns[i] = htmlColumn{Label: label(name, kind), Kind: class(kind)}
		longest, word := utf8.RuneCountInString(t.Columns[i].Label)+1, 0
		for j, row := range rows {
			cells[j][i] = newHTMLCell(kind, row[name])
			longest = max(longest, utf8.RuneCountInString(cells[j][i].Text))
			for part := range strings.FieldsSeq(cells[j][i].Text) {
				word = max(word, utf8.RuneCountInString(part))
			}
		}
		widths[i] = width(kind, longest, word)
		t.Chars += widths[i]
	}
	for i := range t.Columns {
		t.Columns[i].Percent = widths[i] * 100 / t.Chars
	}
	n := min(firstRows, len(rows))
	t.First, t.Rest = cells[:n], cells[n:]
	return t
}

// width is how many characters of usual size a column gets whose longest text has so many, and its longest word so many: ids are
// small, times and words of usual length are not broken, other texts may be.
func width(k kind, longest, word int) int {
	const space = 3 // between two columns
	switch k {
	case kindID:
		return max(min(longest, 50)*3/4, 8) + space
	case kindTime:
		return longest + 2 + space
	default:
		return max(min(word, 40)+2, min(longest, 28), 6) + space
	}
}

// kind says what the values of a column are.
type kind int

const (
	kindText kind = iota
	kindID
	kindNumber
	kindBool
	kindTime
	kindWhy
)

// class is the name of a kind for the style of the page.
func class(k kind) string {
	return map[kind]string{kindID: "id", kindNumber: "number", kindTime: "time", kindWhy: "why"}[k]
}

// kindOf judges a column by its name and by its values, all of which must agree. Null agrees with everything.
func kindOf(name string, rows []map[string]any) kind {
	switch name {
	case unknownColumn:
		return kindWhy
	case "key", "organization":
		return kindID
	}
	for _, k := range []kind{kindBool, kindTime, kindNumber} {
		seen, fits := false, true
		for _, row := range rows {
			v := row[name]
			seen = seen || v != nil
			fits = fits && (v == nil || isKind(k, name, v))
		}
		if seen && fits {
			return k
		}
	}
	return kindText
}

// isKind reports that a value may be of a kind. The numbers 0 and 1 are booleans where the model has no other property of
// that name, and large ones are times where the name ends as those of times do.
func isKind(k kind, name string, v any) bool {
	n, whole := wholeNumber(v)
	switch k {
	case kindBool:
		_, is := v.(bool)
		return is || whole && (n == 0 || n == 1) && booleans()[name]
	case kindTime:
		_, is := timeOf(v)
		return is && (!whole || strings.HasSuffix(name, "On"))
	default:
		_, fraction := v.(float64)
		return whole || fraction
	}
}

// timeOf reads a time: milliseconds since 1970 from the years 2000 to 2100, or a text of the form of RFC 3339 in UTC.
func timeOf(v any) (time.Time, bool) {
	const from, to = 946_684_800_000, 4_102_444_800_000
	if ms, whole := wholeNumber(v); whole {
		return time.UnixMilli(ms).UTC(), ms >= from && ms < to
	}
	s, _ := v.(string)
	if len(s) > 30 || !strings.HasSuffix(s, "Z") {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

func newHTMLCell(k kind, v any) htmlCell {
	if v == nil {
		return htmlCell{Kind: class(k)}
	}
	c := htmlCell{Text: Text(v), Kind: class(k)}
	switch k {
	case kindBool:
		c.Text = yesNo(v)
	case kindTime:
		t, _ := timeOf(v)
		c.Exact, c.Text = t.Format("2006-01-02T15:04:05.999999999Z"), t.Format("2006-01-02 15:04:05")
	default:
	}
	return c
}

func yesNo(v any) string {
	if n, _ := wholeNumber(v); v == true || n == 1 {
		return "yes"
	}
	return "no"
}

// utc is a time in milliseconds as text.
func utc(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") }

// upper are words of the names of columns that are written in capital letters.
var upper = map[string]string{"id": "ID", "os": "OS", "mdm": "MDM", "mfa": "MFA", "ssh": "SSH", "ldap": "LDAP", "url": "URL", "ip": "IP"}

// label makes words of the name of a column, such as "Last seen" of lastSeen. A name of another form stays as it is.
func label(name string, k kind) string {
	var words []string
	start := 0
	for i, r := range name {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return name
		}
		if i > start && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			words, start = append(words, name[start:i]), i
		}
	}
	words = append(words, name[start:])
	for i, w := range words {
		switch word := strings.ToLower(w); {
		case upper[word] != "":
			words[i] = upper[word]
		case i == 0 && word != "":
			words[i] = strings.ToUpper(word[:1]) + w[1:]
		case strings.ToUpper(w) != w:
			words[i] = word
		}
	}
	text := strings.Join(words, " ")
	switch k {
	case kindTime:
		text += " (UTC)"
	case kindWhy:
		text += ": why"
	default:
	}
	return text
}

// booleans names the properties of the model that are booleans wherever they occur.
var booleans = sync.OnceValue(func() map[string]bool {
	type part struct {
		Properties map[string]struct {
			Type json.RawMessage `json:"type"`
		} `json:"properties"`
	}
	all := map[string]bool{}
	for _, typ := range schemas.Types() {
		text, err := schemas.For(typ)
		if err != nil {
			continue
		}
		var schema struct {
			AllOf []part `json:"allOf"`
		}
		if json.Unmarshal(text, &schema) != nil {
			continue
		}
		for _, p := range schema.AllOf {
			for name, property := range p.Properties {
				is := string(property.Type) == strconv.Quote("boolean")
				before, seen := all[name]
				all[name] = is && (!seen || before)
			}
		}
	}
	return all
})
