package main

import (
	"bytes"
	"encoding/json"
	"io"
)

// encode writes a value as compact JSON. What may not be shown is left out by the types of package client themselves.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

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
	data, err := encode(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(harmless(data), '\n'))
	return err
}

// printIndented prints a value as JSON on several lines.
func printIndented(w io.Writer, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	if data, err = indent(data); err != nil {
		return err
	}
	_, err = w.Write(append(harmless(data), '\n'))
	return err
}
