// Command fuzzall runs every fuzz target of the module for a while, one after the other.
//
// Nothing imports it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("time", 5*time.Second, "how long to fuzz each target")
	flag.Parse()
	if err := run(*each); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}

func run(each time.Duration) error {
	out, err := exec.Command("go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./...").Output() //nolint:noctx // ends by itself
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	n := 0
	for pkg := range strings.FieldsSeq(string(out)) {
		targets, err := list(pkg)
		if err != nil {
			return err
		}
		for _, target := range targets {
			n++
			fmt.Printf("fuzz %s %s\n", pkg, target)
			cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+target+"$", "-fuzztime", each.String(), pkg) //nolint:noctx,gosec // our own targets; ends by itself
			var log bytes.Buffer
			cmd.Stdout, cmd.Stderr = &log, &log
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s %s: %w\n%s", pkg, target, err, log.String())
			}
		}
	}
	if n == 0 {
		return errors.New("no fuzz target found")
	}
	fmt.Printf("%d targets, no finding\n", n)
	return nil
}

// list returns the fuzz targets of a package.
func list(pkg string) ([]string, error) {
	out, err := exec.Command("go", "test", "-list", "^Fuzz", pkg).Output() //nolint:noctx,gosec // our own packages; ends by itself
	if err != nil {
		return nil, fmt.Errorf("list the targets of %s: %w", pkg, err)
	}
	var targets []string
	for line := range strings.Lines(string(out)) {
		if name := strings.TrimSpace(line); strings.HasPrefix(name, "Fuzz") {
			targets = append(targets, name)
		}
	}
	return targets, nil
}
