package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// plainLogger returns a logger that writes each message as a line of text, without time, level and attributes. Messages of the
// level debug are left out.
func plainLogger(w io.Writer) *slog.Logger { return slog.New(&plainHandler{out: w}) }

// plainHandler is the handler of [plainLogger].
type plainHandler struct {
	mu  sync.Mutex // guards out
	out io.Writer
}

// Enabled reports that messages of a level are written.
func (*plainHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle writes a message.
func (h *plainHandler) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := fmt.Fprintln(h.out, clean(r.Message))
	return err
}

// WithAttrs returns the same handler, since attributes are not written.
func (h *plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup returns the same handler, since attributes are not written.
func (h *plainHandler) WithGroup(string) slog.Handler { return h }
