package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
)

// manCommand writes the manual pages. It is for those who make packages, so the help does not list it.
func manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages of all commands",
		Long: `Write the manual pages of all commands into a directory, which is made if it is not there: jumpgraph.1, jumpgraph-collect.1 and
so on. Their date is the month of the commit that was built; they have none where the build does not know it.

Exit codes: 0 written, 1 error, 2 usage.`,
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE:   func(_ *cobra.Command, args []string) error { return writeManual(root, buildinfo.Read(), args[0]) },
	}
}

// writeManual writes a page for a command and each below it. The bytes depend on the commands and the build alone. It
// changes the commands: they can only end after it.
func writeManual(root *cobra.Command, b buildinfo.Info, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root.DisableAutoGenTag = true // it would name the day
	for _, c := range manualCommands(root) {
		page, err := manualPage(c, b)
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manualCommands returns a command and all below it that the help lists.
func manualCommands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			list = append(list, manualCommands(below)...)
		}
	}
	return list
}

// manualPage returns the page of a command.
func manualPage(c *cobra.Command, b buildinfo.Info) ([]byte, error) {
	header := &doc.GenManHeader{Source: "jumpgraph", Manual: "jumpgraph manual", Date: &b.Time}
	if b.Version != buildinfo.Unknown {
		header.Source += " " + b.Version
	}
	c.Flags().VisitAll(nameChoices)
	var page bytes.Buffer
	if err := doc.GenMan(c, header, &page); err != nil {
		return nil, err
	}
	if b.Time.IsZero() { // a page cannot be written without a date, so it is taken out
		date := b.Time.Format("Jan 2006")
		return bytes.Replace(page.Bytes(), []byte(`"`+date+`"`), []byte(`""`), 1), nil
	}
	return page.Bytes(), nil
}

// nameChoices adds the words that a flag takes to what is said about it, as the help does.
func nameChoices(f *pflag.Flag) {
	if words := strings.Split(f.Value.Type(), "|"); len(words) > 1 {
		f.Usage += ": " + strings.Join(words, ", ")
	}
}
