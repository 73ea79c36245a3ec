package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// An answer is read within limits, so that the memory that it takes is bounded whatever the server sends. Commas are
// counted besides bytes: an answer holds little more values than commas, and a value in memory can be many times as
// large as its two bytes of JSON.
const (
	// maxRecord is how many bytes one record may have, and an answer that is one object: a little less than 8 MB, at which
	// the decoder would double its buffer once more.
	maxRecord       = maxRecordMB<<20 - 2*maxRead
	maxRecordMB     = 8
	maxRecordCommas = 150_000
	// An answer may have what a record may have, and this much for each record that was asked for. A page of 1,000
	// systems has 2 to 4 MB and about 80,000 commas.
	bytesPerRecord  = 24 << 10
	commasPerRecord = 250
	// maxBlank is how much white space in a row an answer may have.
	maxBlank = 1 << 20
	// maxRead is how much is read at once, so that little is read beyond a record.
	maxRead = 64 << 10
)

// An answer of more than its share is large, and waits for its turn before more of it is read: it may be one of
// largeAtOnce of a credential. An ordinary page of 1,000 records is no more than large. What is larger still is read alone.
const (
	largeAtOnce    = 2
	largeBytes     = 256 << 10
	largeBytesEach = 256
	largeCommas    = 4_000
	largeDensity   = 20 // bytes for each comma; ordinary answers have more
	hugeBytes      = 1 << 20
	hugeBytesEach  = 4 << 10
	hugeCommas     = 20_000
	hugeCommasEach = 100
)

// turns are the turns of the large and of the huge answers to the requests of a credential.
type turns [2]slot

func newTurns() turns { return turns{make(slot, largeAtOnce), make(slot, 1)} }

// assumedRecords is for how many records an answer may have room when nobody said how many were asked for.
const assumedRecords = 1000

// errLarge says that an answer is larger than any that JumpCloud gives. The same request would get it again.
var errLarge = errors.New("answer larger than")

// nothing is the error of an answer that holds nothing where JSON is due. It is an answer that was cut off.
type nothing string

const (
	emptyBody nothing = "an empty body where JSON belongs"
	onlyNull  nothing = "null where a value belongs"
)

func (e nothing) Error() string { return string(e) }

// Unwrap makes it one of the errors after which a request is repeated.
func (e nothing) Unwrap() error { return io.ErrUnexpectedEOF }

// opening is an answer of which the first byte was looked at.
type opening struct {
	*json.Decoder

	first byte
	in    *bounded
	seen  *window // what the decoder has read lately
	base  int64   // the place at which the decoder began
}

// place returns how much of the answer was read by the decoder.
func (o *opening) place() int64 { return o.base + o.InputOffset() }

// openAnswer begins to read an answer. All answers that are JSON are opened here: one that is empty, white space or null is
// an error of the type nothing.
func openAnswer(in io.Reader, records int) (opening, error) {
	b := &bounded{r: in, records: records}
	first, err := b.first()
	switch {
	case err != nil:
		return opening{}, err
	case first == 0:
		return opening{}, emptyBody
	}
	seen := newWindow(b)
	o := opening{Decoder: json.NewDecoder(seen), first: first, in: b, seen: seen}
	if first != 'n' {
		return o, nil
	}
	if _, err := o.Token(); err != nil {
		return o, err
	}
	if err := atEnd(o.Decoder); err != nil {
		return o, err
	}
	return o, onlyNull
}

// openObject begins to read an answer that is one object.
func openObject(in io.Reader) (opening, error) {
	o, err := openAnswer(in, 0)
	if err == nil && o.first != '{' {
		err = fmt.Errorf("expected an object, got %s", kindOf(o.first))
	}
	return o, err
}

// bounded reads an answer up to its limits, and fails where it would go on.
type bounded struct {
	r       io.Reader
	records int // how many were asked for

	bytes, commas             int64 // read so far
	bytesBefore, commasBefore int64 // read when the record began
	blank                     int64 // white space in a row
	taken                     int   // turns
	err                       error

	start [48]byte // where first looks for it
	ahead []byte   // of start, what comes again
}

// first skips white space and returns the first byte of the answer, leaving it to be read; 0 for an answer without one.
func (b *bounded) first() (byte, error) {
	for {
		n, err := b.Read(b.start[:])
		if text := bytes.TrimLeft(b.start[:n], whiteSpace); len(text) > 0 {
			b.ahead = text
			return text[0], nil
		}
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// most is how many records an answer may have: some servers give more than they are asked for.
func (b *bounded) most() int { return 2*b.records + 100 }

// begin notes that a record begins.
func (b *bounded) begin() { b.bytesBefore, b.commasBefore = b.bytes, b.commas }

// Read reads at most a piece, and counts it.
func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.err != nil:
		return 0, b.err
	case len(b.ahead) > 0:
		n := copy(p, b.ahead)
		b.ahead = b.ahead[n:]
		return n, nil
	}
	n, err := b.r.Read(p[:min(len(p), maxRead)])
	b.bytes += int64(n)
	b.commas += int64(bytes.Count(p[:n], []byte{','}))
	if isBlank(p[:n]) {
		b.blank += int64(n)
	} else {
		b.blank = 0
	}
	if b.err = b.check(); b.err != nil {
		return 0, b.err
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: %w", errRead, err)
	}
	return n, err
}

// check fails where a limit is passed, and waits for its turn where the answer is large.
func (b *bounded) check() error {
	size, commas, records := b.bytes-b.bytesBefore, b.commas-b.commasBefore, int64(b.records)
	switch {
	case b.blank > maxBlank:
		return fmt.Errorf("%w %d MB of white space", errLarge, maxBlank>>20)
	case size > maxRecord:
		return fmt.Errorf("%w %d MB for one record", errLarge, maxRecordMB)
	case commas > maxRecordCommas:
		return fmt.Errorf("%w %d values for one record", errLarge, maxRecordCommas)
	case b.bytes > maxRecord+bytesPerRecord*records:
		return fmt.Errorf("%w %d MB", errLarge, maxRecordMB+bytesPerRecord*records>>20)
	case b.commas > maxRecordCommas+commasPerRecord*records:
		return fmt.Errorf("%w %d values", errLarge, maxRecordCommas+commasPerRecord*records)
	}
	if b.taken < b.size() {
		if w, ok := b.r.(*watched); ok {
			if err := w.wait(b.taken); err != nil {
				return err
			}
		}
		b.taken++
	}
	return nil
}

// size returns how many turns the answer needs to have taken: 1 for a large one, 2 for a huge one.
func (b *bounded) size() int {
	n := int64(b.records)
	switch {
	case b.bytes > hugeBytes+hugeBytesEach*n, b.commas > hugeCommas+hugeCommasEach*n:
		return len(turns{})
	case b.bytes > largeBytes+largeBytesEach*n, b.commas > largeCommas+b.bytes/largeDensity:
		return 1
	}
	return 0
}

// whiteSpace is what may stand between the values of JSON.
const whiteSpace = " \t\r\n"

// isBlank reports that a piece is white space alone.
func isBlank(p []byte) bool {
	return len(p) > 0 && p[0] <= ' ' && p[len(p)-1] <= ' ' && len(bytes.TrimLeft(p, whiteSpace)) == 0
}
