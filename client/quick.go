package client

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// quick reads records whose values all have their ordinary form, without reflection. It reads a part of what encoding/json
// reads, and gives up on all else: then the record is read by encoding/json, from the same bytes. So whatever is unusual has
// its rules in one place, and what quick reads must be what encoding/json would read; tests compare the two.
//
// The methods readQuick of the records are generated from the structs. Once quick has given up, methods may be called, but
// what they return means nothing.
type quick struct {
	data []byte // a record, and maybe what comes after it
	at   int    // how much of it was read

	failed bool // it gave up
	cut    bool // because the data ended
	lists  int  // in how many lists what is read lies

	small     [64]byte    // a name in small letters
	unescaped []byte      // the last text that had escapes
	recent    [256]string // texts that were read lately, to be shared
}

// quickly is a record that quick can read.
type quickly interface{ readQuick(q *quick) }

const (
	// maxQuick is how many bytes a record may have, so that one that comes in many pieces is not begun again with each, and
	// none is as deep as encoding/json refuses.
	maxQuick = 32 << 10
	// maxQuickDepth is how deep values may lie in a value that is passed over.
	maxQuickDepth = 64
)

// begin prepares for a record at the beginning of the data.
func (q *quick) begin(data []byte) { q.data, q.at, q.failed, q.cut, q.lists = data, 0, false, false, 0 }

// ended gives up because the data ended, unless it gave up before.
func (q *quick) ended() { q.cut, q.failed = q.cut || !q.failed, true }

// peek returns the next byte that is not white space, without reading it. At the end of the data it gives up.
func (q *quick) peek() byte {
	for ; q.at < len(q.data); q.at++ {
		if c := q.data[q.at]; c > ' ' || !isSpace(c) {
			return c
		}
	}
	q.ended()
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// expect reads a byte.
func (q *quick) expect(c byte) bool {
	if q.peek() != c {
		q.failed = true
		return false
	}
	q.at++
	return true
}

// object begins an object, and returns the name of its first member; nil when there is none.
func (q *quick) object() []byte {
	if !q.expect('{') {
		return nil
	}
	if q.peek() == '}' {
		q.at++
		return nil
	}
	return q.name()
}

// member returns the name of the next member of an object; nil at its end.
func (q *quick) member() []byte {
	switch q.peek() {
	case ',':
		q.at++
		return q.name()
	case '}':
		q.at++
	default:
		q.failed = true
	}
	return nil
}

// name reads the name of a member and the colon. A name with an escape, and an empty one, is not ordinary.
func (q *quick) name() []byte {
	if q.failed || !q.expect('"') {
		return nil
	}
	begin := q.at
	if q.plain() != '"' || q.at == begin {
		q.failed = true
		return nil
	}
	name := q.data[begin:q.at]
	q.at++
	if !q.expect(':') {
		return nil
	}
	return name
}

// array begins an array, and reports that it has an element.
func (q *quick) array() bool {
	if !q.expect('[') {
		return false
	}
	if q.peek() == ']' {
		q.at++
		return false
	}
	return !q.failed
}

// element reports that the array has another element.
func (q *quick) element() bool {
	switch q.peek() {
	case ',':
		q.at++
		return !q.failed
	case ']':
		q.at++
	default:
		q.failed = true
	}
	return false
}

// once gives up on a member that comes a second time. Seen has a bit for each member of the object.
func (q *quick) once(seen *uint64, bit uint) {
	if *seen&(1<<bit) != 0 {
		q.failed = true
	}
	*seen |= 1 << bit
}

// unknown passes over a member that the struct does not have. The function says whether it has a name in small letters:
// encoding/json takes a name in other letters for the same.
func (q *quick) unknown(name []byte, isIn func(name []byte) bool) {
	if len(name) > len(q.small) {
		q.failed = true
		return
	}
	for i, c := range name {
		switch {
		case c >= utf8.RuneSelf: // some letters beyond ASCII have small letters in ASCII
			q.failed = true
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		q.small[i] = c
	}
	if q.failed || isIn(q.small[:len(name)]) {
		q.failed = true
		return
	}
	q.skip()
}

// plain reads a text up to the first byte that is not simply a part of it, and returns that byte: a quote, a backslash, a
// control character, or a part of a character beyond ASCII. At the end of the data it gives up.
func (q *quick) plain() byte {
	const each, high = 0x0101010101010101, 0x8080808080808080
	at := q.at
	for ; at+8 <= len(q.data); at += 8 {
		x := binary.LittleEndian.Uint64(q.data[at:])
		quote, escape := x^each*'"', x^each*'\\'
		// The lowest of the high bits that are set marks the first such byte; those above it may be wrong.
		found := ((quote-each)&^quote | (escape-each)&^escape | (x-each*' ')&^x | x) & high
		if found != 0 {
			q.at = at + bits.TrailingZeros64(found)>>3
			return q.data[q.at]
		}
	}
	for ; at < len(q.data); at++ {
		if c := q.data[at]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			q.at = at
			return c
		}
	}
	q.at = at
	q.ended()
	return 0
}

// quoted reads a text, whose quote was read. The bytes are valid until the next text is read.
func (q *quick) quoted() []byte {
	begin := q.at
	if q.plain() == '"' {
		q.at++
		return q.data[begin : q.at-1]
	}
	if q.failed {
		return nil
	}
	q.unescaped = append(q.unescaped[:0], q.data[begin:q.at]...)
	for !q.failed {
		begin = q.at
		c := q.plain()
		q.unescaped = append(q.unescaped, q.data[begin:q.at]...)
		switch {
		case c == '"':
			q.at++
			return q.unescaped
		case c == '\\':
			q.escape()
		case c >= utf8.RuneSelf:
			q.character()
		default:
			q.failed = true
		}
	}
	return nil
}

// character reads a character beyond ASCII. Bytes that are none are not ordinary.
func (q *quick) character() {
	rest := q.data[q.at:]
	r, size := utf8.DecodeRune(rest)
	switch {
	case !utf8.FullRune(rest):
		q.ended()
		return
	case r == utf8.RuneError && size == 1:
		q.failed = true
		return
	}
	q.unescaped = append(q.unescaped, rest[:size]...)
	q.at += size
}

// escapes are the characters that a letter after a backslash stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads an escape. Half of a surrogate pair is not ordinary.
func (q *quick) escape() {
	n := q.escapeSize()
	if n == 2 {
		q.unescaped = append(q.unescaped, escapes[q.data[q.at+1]])
	}
	if n == 6 {
		var r rune
		for _, c := range q.data[q.at+2 : q.at+6] {
			r = r<<4 | rune(hexDigits[c]-1)
		}
		if r >= 0xd800 && r < 0xe000 {
			q.failed = true
		}
		q.unescaped = utf8.AppendRune(q.unescaped, r)
	}
	q.at += n
}

// hexDigits are the values of the hexadecimal digits, each more by one; 0 for what is none.
var hexDigits = func() (digits [256]byte) {
	for i, c := range []byte("0123456789abcdef") {
		digits[c], digits[bytes.ToUpper([]byte{c})[0]] = byte(i+1), byte(i+1)
	}
	return digits
}()

// escapeSize returns how many bytes the escape has that comes next; 0 when it is none.
func (q *quick) escapeSize() int {
	rest := q.data[q.at:]
	switch {
	case len(rest) < 6: // there is always more after a record, but for the last one
		q.ended()
	case escapes[rest[1]] != 0:
		return 2
	case rest[1] == 'u' && hexDigits[rest[2]] != 0 && hexDigits[rest[3]] != 0 && hexDigits[rest[4]] != 0 && hexDigits[rest[5]] != 0:
		return 6
	default:
		q.failed = true
	}
	return 0
}

// word reads null, true or false.
func (q *quick) word(word string) {
	switch rest := q.data[q.at:]; {
	case len(rest) < len(word):
		q.ended()
	case string(rest[:len(word)]) != word:
		q.failed = true
	default:
		q.at += len(word)
	}
}

// null reports that a value is null, and reads it.
func (q *quick) null() bool {
	if q.peek() != 'n' {
		return false
	}
	q.word("null")
	return true
}

// digits reads digits, and reports that there is one.
func (q *quick) digits() bool {
	begin := q.at
	for q.at < len(q.data) && q.data[q.at] >= '0' && q.data[q.at] <= '9' {
		q.at++
	}
	if q.at == len(q.data) {
		q.ended()
	}
	return q.at > begin && !q.failed
}

// number reads a number, and returns how it is written.
func (q *quick) number() []byte {
	begin := q.at
	if q.at < len(q.data) && q.data[q.at] == '-' {
		q.at++
	}
	first := q.at
	ok := q.digits() && (q.data[first] != '0' || q.at == first+1)
	if ok && q.data[q.at] == '.' {
		q.at++
		ok = q.digits()
	}
	if ok && (q.data[q.at] == 'e' || q.data[q.at] == 'E') {
		if q.at++; q.at < len(q.data) && (q.data[q.at] == '+' || q.data[q.at] == '-') {
			q.at++
		}
		ok = q.digits()
	}
	if !ok {
		q.failed = true
		return nil
	}
	return q.data[begin:q.at]
}

// value passes over a value, and returns how it is written.
func (q *quick) value() []byte {
	q.peek()
	begin := q.at
	q.skip()
	if q.failed {
		return nil
	}
	return q.data[begin:q.at]
}

// skip passes over a value, which must be JSON.
func (q *quick) skip() { q.skipAt(0) }

func (q *quick) skipAt(depth int) {
	if depth > maxQuickDepth {
		q.failed = true
		return
	}
	switch c := q.peek(); c {
	case '"':
		q.at++
		q.skipText()
	case '{':
		q.skipObject(depth)
	case '[':
		for more := q.array(); more; more = q.element() {
			q.skipAt(depth + 1)
		}
	case 't':
		q.word("true")
	case 'f':
		q.word("false")
	case 'n':
		q.word("null")
	default:
		q.number()
	}
}

func (q *quick) skipObject(depth int) {
	q.at++
	if q.peek() == '}' {
		q.at++
		return
	}
	for more := true; more; {
		if !q.expect('"') {
			return
		}
		q.skipText()
		if q.failed || !q.expect(':') {
			return
		}
		q.skipAt(depth + 1)
		more = q.peek() == ','
		if !more && !q.expect('}') || more && !q.expect(',') {
			return
		}
	}
}

// skipText passes over a text, whose quote was read.
func (q *quick) skipText() {
	for !q.failed {
		switch c := q.plain(); {
		case c == '"':
			q.at++
			return
		case c == '\\':
			q.at += q.escapeSize()
		case c >= utf8.RuneSelf:
			q.at++
		default:
			q.failed = true
		}
	}
}
