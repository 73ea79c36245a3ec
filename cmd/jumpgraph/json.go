package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// indent writes JSON on several lines, for people.
func indent(data []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// printLine prints a value as a line of JSON.
func printLine(w io.Writer, v any) error {
	data, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(harmless(data), '\n'))
	return err
}

// printIndented prints a value as JSON on several lines.
func printIndented(w io.Writer, v any) error {
	data, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	if data, err = indent(data); err != nil {
		return err
	}
	_, err = w.Write(append(harmless(data), '\n'))
	return err
}
