package main

import (
	"fmt"
	"strings"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitAuth        = 3
	exitPermission  = 4
	exitRateLimit   = 5
	exitIncomplete  = 6
	exitFailed      = 7
	exitDifferences = 8
	exitInterrupted = 130
)

// exitMeanings say what the exit codes mean. The README has the same table.
var exitMeanings = []struct {
	code int
	text string
}{
	{exitOK, "done; of collect, the result is complete"},
	{exitError, "error; of validate, also not valid"},
	{exitUsage, "wrong use"},
	{exitAuth, "no key, or it was refused; of collect and watch, refused everywhere"},
	{exitPermission, "the key may read nothing; of get, commands and upload, not this"},
	{exitRateLimit, "rate limited to the end"},
	{exitIncomplete, "the run ended, but something is missing; of diff --exit-code, only one result has some types"},
	{exitFailed, "a question failed"},
	{exitDifferences, "there are differences, with diff --exit-code"},
	{exitInterrupted, "interrupted"},
}

// exitNote is the annotation of a command that holds what its exit codes mean.
const exitNote = "exit"

// ends is the annotation for a command that ends with some exit codes.
func ends(codes ...int) map[string]string {
	var b strings.Builder
	for _, m := range exitMeanings {
		for _, code := range codes {
			if code == m.code {
				fmt.Fprintf(&b, "\n  %-4d %s", m.code, m.text)
			}
		}
	}
	return map[string]string{exitNote: b.String()}
}

// exitHelp is the end of the help of a command.
const exitHelp = `{{with index .Annotations "` + exitNote + `"}}
Exit codes:{{.}}
{{end}}`
