package postgres

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/rows"
)

// spool keeps rows in a file until the run ends, in the text form of COPY: while JumpCloud is read, no transaction is open, and
// memory stays small.
type spool struct {
	table *table
	file  *os.File
	out   *bufio.Writer

	rows.Writer

	row row
}

const spoolBuffer = 64 << 10

func newSpool(t *table, odd func(org string, t *table, property, key string)) (*spool, error) {
	f, err := namelessFile()
	if err != nil {
		return nil, err
	}
	s := &spool{table: t, file: f, out: bufio.NewWriterSize(f, spoolBuffer)}
	s.row = row{table: t, odd: odd, told: -1}
	s.Values = &s.row
	return s, nil
}

// end writes the row that was filled.
func (s *spool) end() error {
	if s.Err != nil {
		return s.Err
	}
	if len(s.row.ends) != len(s.table.columns) {
		return fmt.Errorf("a row of %s has %d values for %d columns", s.table.name, len(s.row.ends), len(s.table.columns))
	}
	reached(stepSpool)
	err := s.row.copyTo(s.out)
	s.row.reset()
	return err
}

// reader returns the rows from the beginning.
func (s *spool) reader() (io.Reader, error) {
	if err := s.out.Flush(); err != nil {
		return nil, err
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return bufio.NewReaderSize(s.file, spoolBuffer), err
}

// unnamedFile makes a file and removes its name, where an open file may be removed: else drop does. When the program is killed
// between the two, an empty file is left.
func unnamedFile() (*os.File, error) {
	f, err := os.CreateTemp("", "jumpgraph-postgres-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	return f, nil
}

// drop removes the file.
func (s *spool) drop() error {
	err := s.file.Close()
	if runtime.GOOS == "windows" {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}

// row is what a row was filled with. The values come in the order of the columns.
type row struct {
	table *table
	odd   func(org string, t *table, property, key string) // told of each text that PostgreSQL cannot hold as it is
	buf   []byte                                           // the values, one after the other
	ends  []int                                            // where each value ends
	told  int                                              // the last column that odd was told of
	nulls []bool                                           // by column
	org   string                                           // of the row, as its key
	key   string
}

func (r *row) reset() {
	r.buf, r.ends, r.nulls, r.org, r.key, r.told = r.buf[:0], r.ends[:0], r.nulls[:0], "", "", -1
}

// add ends a value.
func (r *row) add(null bool) {
	r.ends, r.nulls = append(r.ends, len(r.buf)), append(r.nulls, null)
}

// Null adds null.
func (r *row) Null() { r.add(true) }

// Text adds a text.
func (r *row) Text(s string) {
	r.buf = append(r.buf, r.holdable(s)...)
	r.add(false)
}

// holdable is a text without what PostgreSQL cannot hold: U+0000 and bytes that are no text become U+FFFD, and are counted.
func (r *row) holdable(s string) string {
	held := strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
	if held != s {
		r.replaced()
	}
	return held
}

// replaced notes that the next value is not what it was, once for each value.
func (r *row) replaced() {
	if at := len(r.ends); at < len(r.table.columns) && r.told != at {
		r.told = at
		r.odd(r.org, r.table, r.table.columns[at].name, r.key)
	}
}

// Bool adds 1 or 0.
func (r *row) Bool(b bool) {
	if b {
		r.buf = append(r.buf, '1')
	} else {
		r.buf = append(r.buf, '0')
	}
	r.add(false)
}

// Int adds a whole number.
func (r *row) Int(n int64) {
	r.buf = strconv.AppendInt(r.buf, n, 10)
	r.add(false)
}

// Float adds a number.
func (r *row) Float(f float64) {
	r.buf = strconv.AppendFloat(r.buf, f, 'g', -1, 64)
	r.add(false)
}

// Document adds a JSON text.
func (r *row) Document(text string) { r.Text(r.castable(text)) }

// castable replaces the escapes in JSON that PostgreSQL's own JSON cannot hold: U+0000, and halves of pairs.
func (r *row) castable(text string) string {
	if !strings.Contains(text, `\u`) {
		return text
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		n, good := escapeAt(text[i:])
		b.WriteString(text[:i])
		if good {
			b.WriteString(text[i : i+n])
		} else {
			b.WriteString(`\ufffd`)
			r.replaced()
		}
		text = text[i+n:]
	}
}

// escapeAt returns how long the escape is that a text begins with, and whether PostgreSQL takes it.
func escapeAt(text string) (n int, good bool) {
	const short, long = 2, 6
	first, ok := hexEscape(text)
	if !ok {
		return short, true
	}
	if second, ok := hexEscape(text[long:]); ok && utf16.DecodeRune(first, second) != utf8.RuneError {
		return 2 * long, true
	}
	return long, first != 0 && !utf16.IsSurrogate(first)
}

// hexEscape reads an escape of four digits.
func hexEscape(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}

// unset makes null of values that were added.
func (r *row) unset(names []string) {
	for _, name := range names {
		i := slices.IndexFunc(r.table.columns, func(c column) bool { return c.name == name })
		if i >= 0 && i < len(r.nulls) {
			r.nulls[i] = true
		}
	}
}

// copyTo writes the row in the text form of COPY.
func (r *row) copyTo(out *bufio.Writer) error {
	start := 0
	for i, end := range r.ends {
		if i > 0 {
			_ = out.WriteByte('\t') // the last write reports the error of the buffer
		}
		if r.nulls[i] {
			_, _ = out.WriteString(`\N`)
		} else {
			escape(out, r.buf[start:end])
		}
		start = end
	}
	return out.WriteByte('\n')
}

// escape writes a value of COPY.
func escape(out *bufio.Writer, value []byte) {
	for len(value) > 0 {
		i := bytes.IndexAny(value, "\\\t\n\r")
		if i < 0 {
			_, _ = out.Write(value)
			return
		}
		_, _ = out.Write(value[:i])
		_ = out.WriteByte('\\')
		switch value[i] {
		case '\t':
			_ = out.WriteByte('t')
		case '\n':
			_ = out.WriteByte('n')
		case '\r':
			_ = out.WriteByte('r')
		default:
			_ = out.WriteByte('\\')
		}
		value = value[i+1:]
	}
}

// oddTexts counts the texts that PostgreSQL could not hold as they were.
type oddTexts map[oddPlace]client.OddCount

// oddPlace is where an odd text was.
type oddPlace struct{ org, table, property string }
