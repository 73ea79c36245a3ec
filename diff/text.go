package diff

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// half is one half of a graph: its entities, or its relationships.
type half struct {
	name  string
	lines func(linesSource) *io.SectionReader
	each  func(context.Context, jumpgraph.Source, func(any) error) error
	count func(*jumpgraph.Manifest) int64
}

var halves = []half{
	{
		name: "entities", lines: linesSource.EntityLines,
		each: func(ctx context.Context, s jumpgraph.Source, take func(any) error) error {
			return s.Entities(ctx, func(_ string, batch []entities.Entity) error { return each(batch, take) })
		},
		count: func(m *jumpgraph.Manifest) int64 { return sum(m.Entities) },
	},
	{
		name: "relationships", lines: linesSource.RelationshipLines,
		each: func(ctx context.Context, s jumpgraph.Source, take func(any) error) error {
			return s.Relationships(ctx, func(_ string, batch []relationships.Relationship) error { return each(batch, take) })
		},
		count: func(m *jumpgraph.Manifest) int64 { return sum(m.Relationships) },
	},
}

func each[T any](batch []T, take func(any) error) error {
	for i := range batch {
		if err := take(batch[i]); err != nil {
			return err
		}
	}
	return nil
}

func sum(counts map[string]int64) int64 {
	var n int64
	for _, c := range counts {
		n += c
	}
	return n
}

// linesSource is a source that keeps its objects as lines of JSON: they need not be written again.
type linesSource interface {
	EntityLines() *io.SectionReader
	RelationshipLines() *io.SectionReader
}

// text is one half of a graph as lines of JSON.
type text struct {
	name  string // for errors
	lines *io.SectionReader
}

// all reads the text from its beginning.
func (t *text) all() io.Reader { return io.NewSectionReader(t.lines, 0, t.lines.Size()) }

// textOf returns one half of a source as text, and a function that drops what was written for it.
func textOf(ctx context.Context, s jumpgraph.Source, h half) (*text, func() error, error) {
	name := nameOf(s, "the result") + " (" + h.name + ")"
	if l, ok := s.(linesSource); ok {
		return &text{name, h.lines(l)}, func() error { return nil }, nil
	}
	f, err := os.CreateTemp("", "jumpgraph-diff-")
	if err != nil {
		return nil, nil, fmt.Errorf("diff: %w", err)
	}
	drop := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	if os.Remove(f.Name()) == nil { // where an open file may be removed, nothing is left of it however the program ends
		drop = f.Close
	}
	size, err := write(ctx, f, s, h)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("diff: read %s: %w", name, err), drop())
	}
	return &text{name, io.NewSectionReader(f, 0, size)}, drop, nil
}

// write writes one half of a source as lines of JSON, and returns how many bytes that took.
func write(ctx context.Context, f io.Writer, s jumpgraph.Source, h half) (int64, error) {
	out := bufio.NewWriterSize(f, 64<<10)
	var enc jsontext.Encoder
	var size int64
	err := h.each(ctx, s, func(v any) error {
		line, err := enc.Encode(v)
		if err != nil {
			return err
		}
		size += int64(len(line)) + 1
		_, err = out.Write(append(line, '\n'))
		return err
	})
	return size, errors.Join(err, out.Flush())
}
