package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

// errInvalid says that a stored graph breaks its schemas or its manifest.
var errInvalid = errors.New("not valid")

func validateCommand(env environment, stdout io.Writer) *cobra.Command {
	s := selection{env: env}
	c := &cobra.Command{
		Use:   "validate [PATH ...]",
		Short: "Judge stored entities and relationships by the schemas",
		Long: `Judge stored entities and relationships by the schemas.

PATH, which is graph unless you name another, is a directory of JSON Lines, whose files are also compared with the hashes in
its manifest; a single file of JSON Lines; or a database, which is also compared with its own hash and looked at by SQLite's
integrity check. Each entity and relationship is judged by the schema of its _type. Every finding is printed as file, line,
key, property, what is wrong, and rule; values are not shown.` + postgresHelp,
		Annotations: ends(exitOK, exitError, exitUsage, exitInterrupted),
		Args:        cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				paths = []string{defaultResult}
			}
			total, lines := 0, 0
			for _, path := range paths {
				n, err := s.validate(cmd.Context(), path, func(p jsonl.Problem) {
					total++
					fmt.Fprintln(stdout, cell(p.String()))
				})
				if err != nil {
					return explain(path, err)
				}
				lines += n
			}
			if total > 0 {
				return fmt.Errorf("%w: %d findings in %d lines", errInvalid, total, lines)
			}
			fmt.Fprintf(stdout, "valid: %d lines\n", lines)
			return nil
		},
	}
	s.flags(c.Flags())
	return c
}

// validate judges a stored graph. Of a database, the lines are those that it would be as files.
func (s *selection) validate(ctx context.Context, path string, report func(jsonl.Problem)) (int, error) {
	if err := s.check(path); err != nil {
		return 0, err
	}
	switch {
	case sqlite.Is(path):
		if err := checkPages(ctx, path, report); err != nil {
			return 0, err
		}
	case !postgres.Is(path):
		return judge(ctx, path, report)
	}
	temp, err := temporary(ctx)
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // temporary
	dir := filepath.Join(temp, "graph")
	if err := s.replay(ctx, path, jsonl.New(dir)); err != nil {
		return 0, err
	}
	return judge(ctx, dir, report)
}

// judge judges JSON Lines. What is found after the context has ended does not count: files may be going away.
func judge(ctx context.Context, path string, report func(jsonl.Problem)) (int, error) {
	n, err := jsonl.Validate(path, func(p jsonl.Problem) {
		if ctx.Err() == nil {
			report(p)
		}
	})
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return n, err
}

// checkPages has SQLite check a database, and compares it with its hash.
func checkPages(ctx context.Context, path string, report func(jsonl.Problem)) (err error) {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx, func(finding string) {
		report(jsonl.Problem{File: path, Rule: "integrity_check", Message: finding})
	}); err != nil {
		return err
	}
	return db.Verify(ctx)
}
