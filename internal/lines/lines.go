// Package lines reads JSON Lines: one JSON object on each line, as a stored graph has them.
package lines

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Max is how many bytes a line may have.
const Max = 64 << 20

// Each hands on the lines of a reader, counted from 1, without their ends. Name says in errors what is read. The bytes are
// valid during the call only. It returns how many lines it read.
func Each(r io.Reader, name string, each func(n int, line []byte) error) (int, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), Max)
	n := 0
	for in.Scan() {
		n++
		if err := each(n, in.Bytes()); err != nil {
			return n, err
		}
	}
	switch err := in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return n, fmt.Errorf("%s:%d: the line has more than %d MB", name, n+1, Max>>20)
	case err != nil:
		return n, fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return n, nil
}

// At reads the line that begins at an offset, without its end.
func At(r io.ReaderAt, offset int64) ([]byte, error) {
	line, err := bufio.NewReader(io.NewSectionReader(r, offset, Max)).ReadBytes('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 { // the last line may have no end
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// Head is what every line of a stored graph says.
type Head struct {
	Type string `json:"_type"`
	Key  string `json:"_key"`
}

// EachObject hands on the lines of a reader with what they say of themselves.
func EachObject(r io.Reader, name string, each func(line []byte, head Head) error) error {
	_, err := Each(r, name, func(n int, line []byte) error {
		var h Head
		if err := json.Unmarshal(line, &h); err != nil {
			return fmt.Errorf("%s:%d: not a JSON object with a _type and a _key", name, n)
		}
		return each(line, h)
	})
	return err
}
