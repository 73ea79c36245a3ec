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
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// spool keeps rows in a file until the run ends, in the text form of COPY: while JumpCloud is read, no transaction is open, and
// memory stays small.
type spool struct {
	table *table
	file  *os.File
	out   *bufio.Writer
	row   writer
}

const spoolBuffer = 64 << 10

func newSpool(t *table, odd func(org string, t *table, property, key string)) (*spool, error) {
	f, err := namelessFile()
	if err != nil {
		return nil, err
	}
	s := &spool{table: t, file: f, out: bufio.NewWriterSize(f, spoolBuffer)}
	s.row = writer{table: t, odd: odd, told: -1}
	return s, nil
}

// end writes the row that was filled.
func (s *spool) end() error {
	if err := s.row.err; err != nil {
		return err
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

// writer fills a row. The values come in the order of the columns; the generated code calls its methods.
type writer struct {
	table *table
	odd   func(org string, t *table, property, key string) // told of each text that PostgreSQL cannot hold as it is
	buf   []byte                                           // the values, one after the other
	ends  []int                                            // where each value ends
	told  int                                              // the last column that odd was told of
	nulls []bool                                           // by column
	org   string                                           // of the row, as its key
	key   string
	err   error
	enc   jsontext.Encoder
}

func (w *writer) reset() {
	w.buf, w.ends, w.nulls, w.org, w.key, w.told = w.buf[:0], w.ends[:0], w.nulls[:0], "", "", -1
}

// add ends a value.
func (w *writer) add(null bool) {
	w.ends, w.nulls = append(w.ends, len(w.buf)), append(w.nulls, null)
}

func (w *writer) null() { w.add(true) }

func (w *writer) text(s string) {
	w.buf = append(w.buf, w.holdable(s)...)
	w.add(false)
}

// holdable is a text without what PostgreSQL cannot hold: U+0000 and bytes that are no text become U+FFFD, and are counted.
func (w *writer) holdable(s string) string {
	held := strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
	if held != s {
		w.replaced()
	}
	return held
}

// replaced notes that the next value is not what it was, once for each value.
func (w *writer) replaced() {
	if at := len(w.ends); at < len(w.table.columns) && w.told != at {
		w.told = at
		w.odd(w.org, w.table, w.table.columns[at].name, w.key)
	}
}

func (w *writer) bool(b bool) {
	if b {
		w.buf = append(w.buf, '1')
	} else {
		w.buf = append(w.buf, '0')
	}
	w.add(false)
}

func (w *writer) int(n int64) {
	w.buf = strconv.AppendInt(w.buf, n, 10)
	w.add(false)
}

func (w *writer) float(f float64) {
	w.buf = strconv.AppendFloat(w.buf, f, 'g', -1, 64)
	w.add(false)
}

// optional adds a text, of which the empty one means that there is none.
func (w *writer) optional(s string) {
	if s == "" {
		w.null()
		return
	}
	w.text(s)
}

func (w *writer) maybeBool(b *bool) {
	if b == nil {
		w.null()
		return
	}
	w.bool(*b)
}

func (w *writer) maybeInt(n *int64) {
	if n == nil {
		w.null()
		return
	}
	w.int(*n)
}

func (w *writer) maybeMillis(m *entities.Millis) { w.maybeInt((*int64)(m)) }

func (w *writer) maybeFloat(f *float64) {
	if f == nil {
		w.null()
		return
	}
	w.float(*f)
}

// list adds a list as a JSON array.
func (w *writer) list(list []string) {
	if list == nil {
		w.null()
		return
	}
	w.json(list)
}

func (w *writer) raw(data []entities.RawData) {
	if data == nil {
		w.null()
		return
	}
	w.json(data)
}

func (w *writer) json(v any) {
	text, err := w.enc.Encode(v)
	if err != nil {
		w.err = err
	}
	w.text(w.castable(string(text)))
}

// castable replaces the escapes in JSON that PostgreSQL's own JSON cannot hold: U+0000, and halves of pairs.
func (w *writer) castable(text string) string {
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
			w.replaced()
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
func (w *writer) unset(names []string) {
	for _, name := range names {
		i := slices.IndexFunc(w.table.columns, func(c column) bool { return c.name == name })
		if i >= 0 && i < len(w.nulls) {
			w.nulls[i] = true
		}
	}
}

// maybeText adds a text of a named type.
func maybeText[T ~string](w *writer, s *T) {
	if s == nil {
		w.null()
		return
	}
	w.text(string(*s))
}

// copyTo writes the row in the text form of COPY.
func (w *writer) copyTo(out *bufio.Writer) error {
	start := 0
	for i, end := range w.ends {
		if i > 0 {
			_ = out.WriteByte('\t') // the last write reports the error of the buffer
		}
		if w.nulls[i] {
			_, _ = out.WriteString(`\N`)
		} else {
			escape(out, w.buf[start:end])
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
