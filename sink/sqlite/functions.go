package sqlite

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
)

// The functions that a statement may use beside those of SQLite. What they do in PostgreSQL is in graphsql/functions.sql, and
// docs/queries.md says it: whoever changes one changes all three.

// functions make a value of another. The zero value is null: so they answer null and what they cannot read, as the driver takes
// an error of a function for its value.
var functions = map[string]func(sqlite.Value) sqlite.Value{
	"iso_time":    isoTime,
	"time_ms":     timeMillis,
	"lower_ascii": lowerASCII,
}

// addFunctions adds the functions to a database that was opened.
func addFunctions(conn *sqlite.Conn) error {
	for name, of := range functions {
		scalar := func(_ sqlite.Context, args []sqlite.Value) (sqlite.Value, error) { return of(args[0]), nil }
		err := conn.CreateFunction(name, &sqlite.FunctionImpl{NArgs: 1, Deterministic: true, Scalar: scalar})
		if err != nil {
			return fmt.Errorf("add the function %s: %w", name, err)
		}
	}
	return nil
}

// The times that have a year of four digits, in seconds since 1970.
const firstSecond, lastSecond = -62135596800, 253402300799

// isoTime writes a time.
func isoTime(v sqlite.Value) sqlite.Value {
	if v.Type() != sqlite.TypeInteger {
		return sqlite.Value{}
	}
	seconds := v.Int64() / 1000
	if seconds < firstSecond || seconds > lastSecond {
		return sqlite.Value{}
	}
	return sqlite.TextValue(time.Unix(seconds, 0).UTC().Format(time.RFC3339))
}

// timeForm is a date or a time. Its groups are those of the date, of the time and of the zone.
var timeForm = regexp.MustCompile(`^([1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))` +
	`(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]+))?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$`)

// timeMillis reads a time.
func timeMillis(v sqlite.Value) sqlite.Value {
	if v.Type() != sqlite.TypeText {
		return sqlite.Value{}
	}
	part := timeForm.FindStringSubmatch(v.Text())
	if part == nil {
		return sqlite.Value{}
	}
	fraction := part[4][:min(3, len(part[4]))]
	fraction += strings.Repeat("0", 3-len(fraction))
	text := part[1] + "T" + cmp.Or(part[2], "00:00") + ":" + cmp.Or(part[3], "00") + "." + fraction + cmp.Or(part[5], "Z")
	t, err := time.Parse(time.RFC3339, text)
	if err != nil { // no month has this day
		return sqlite.Value{}
	}
	return sqlite.IntegerValue(t.UnixMilli())
}

// lowerASCII writes the letters A to Z small.
func lowerASCII(v sqlite.Value) sqlite.Value {
	if v.Type() != sqlite.TypeText {
		return sqlite.Value{}
	}
	text := []byte(v.Text()) // by byte, as it may be no text
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] += 'a' - 'A'
		}
	}
	return sqlite.TextValue(string(text))
}
