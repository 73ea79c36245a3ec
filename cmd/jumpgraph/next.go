package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
)

// tryNext names three commands to try on a new result. Only somebody at a terminal sees it.
func tryNext(w io.Writer, form *format, path string) {
	if terminalWidth(w) == 0 || form.open == nil {
		return
	}
	picture := strings.TrimSuffix(path, filepath.Ext(path)) + ".svg"
	fmt.Fprintln(w, "\nNext:")
	for _, line := range []string{
		"questions run " + quoted(path),
		"view " + quoted(path) + " --out " + quoted(picture),
		"query " + quoted(path) + ` "SELECT username, email FROM jumpcloud_user WHERE sudo"`,
	} {
		fmt.Fprintln(w, "  jumpgraph", clean(line))
	}
}

// quoted is a path as a shell reads it as one word.
func quoted(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/\\._-:+,@%", r)
	}
	switch {
	case path != "" && strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 && (runtime.GOOS == "windows" || !strings.Contains(path, "\\")):
		return path
	case runtime.GOOS == "windows":
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
