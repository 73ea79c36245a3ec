package lines_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/lines"
)

func TestEach_NamesTheLineThatCannotBeRead(t *testing.T) {
	t.Parallel()
	two := "{}\n" + strings.Repeat("x", lines.Max+1)
	n, err := lines.Each(strings.NewReader(two), "file", func(int, []byte) error { return nil })
	if n != 1 || err == nil || err.Error() != "file:2: the line has more than 64 MB" {
		t.Errorf("after %d lines: %v", n, err)
	}
	broken := io.MultiReader(strings.NewReader("{}\n{}\n"), errReader{})
	if n, err = lines.Each(broken, "file", func(int, []byte) error { return nil }); n != 2 || !errors.Is(err, errBroken) {
		t.Errorf("after %d lines: %v", n, err)
	}
	err = lines.EachObject(strings.NewReader("{\"_type\":\"a\"}\n[]\n"), "file", func([]byte, lines.Head) error { return nil })
	if err == nil || !strings.HasPrefix(err.Error(), "file:2: not a JSON object") {
		t.Errorf("a line that is no object: %v", err)
	}
}

var errBroken = errors.New("broken")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

func TestAt_ReadsOneLine(t *testing.T) {
	t.Parallel()
	for offset, want := range map[int64]string{0: "one", 4: "two", 8: "end"} {
		if got, err := lines.At(strings.NewReader("one\ntwo\nend"), offset); err != nil || string(got) != want {
			t.Errorf("at %d: %q, %v; want %q", offset, got, err, want)
		}
	}
	if _, err := lines.At(strings.NewReader("one\n"), 4); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}
