package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

// pauses are how long is waited before each further try: a server that crashed is back within seconds.
var pauses = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 10 * time.Second}

// again tries until it works, until an error comes that trying again does not help against, or until the context ends.
func again(ctx context.Context, helps func(error) bool, try func() error) error {
	for _, pause := range pauses {
		err := try()
		if err == nil || ctx.Err() != nil || !helps(err) || patience.Wait(ctx, pause) != nil {
			return err
		}
	}
	return try()
}

// busy reports that other transactions were in the way: serialization failure, deadlock, a lock that was not given.
func busy(err error) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(said.Code, "40") || said.Code == "55P03")
}

// passing reports that a transaction may succeed when it is tried again: others were in the way, or the server or the connection
// went away.
func passing(err error) bool {
	if errors.Is(err, errOpen) {
		return true
	}
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return busy(err) || strings.HasPrefix(said.Code, "08") || slices.Contains([]string{"53300", "57P01", "57P02", "57P03"}, said.Code)
	}
	return pgconn.SafeToRetry(err) || lost(err)
}

// briefly is passing for what comes before the run: a connection of the pool may have been lost long ago, but a server that is
// not there must be told soon.
func briefly() func(error) bool {
	left := 2
	return func(err error) bool {
		left--
		return busy(err) || left >= 0 && passing(err)
	}
}

// lost reports that a connection was lost.
func lost(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
