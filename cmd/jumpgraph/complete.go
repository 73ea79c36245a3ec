package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
	"github.com/jumpgraph/jumpgraph/watch"
)

// completeAll lets a shell complete the words that flags and arguments of all commands below one take. What is not a word of
// ours is the name of a file.
func completeAll(above *cobra.Command) {
	for _, c := range above.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { completeFlag(c, f) })
		switch c.CommandPath() {
		case "jumpgraph get":
			c.ValidArgsFunction = words(resourceNames, 1)
		case "jumpgraph questions list", "jumpgraph questions show":
			c.ValidArgsFunction = words(questionNames, 1)
		case "jumpgraph questions run":
			c.ValidArgsFunction = questionOrFile
		}
		completeAll(c)
	}
}

// completeFlag lets a shell complete the value of a flag.
func completeFlag(c *cobra.Command, f *pflag.Flag) {
	var complete cobra.CompletionFunc
	if oneOf, ok := f.Value.(*choice); ok {
		complete = cobra.FixedCompletions(oneOf.allowed, cobra.ShellCompDirectiveNoFileComp)
	} else if known := flagWords[c.Name()+" "+f.Name]; known != nil {
		complete = words(known, -1)
	} else if known := flagWords[f.Name]; known != nil {
		complete = words(known, -1)
	}
	if c.Name() == "view" && f.Name == "focus" {
		complete = focusNames
	}
	if complete != nil {
		_ = c.RegisterFlagCompletionFunc(f.Name, complete) // it fails for a flag that is not there, or twice
	}
}

// flagWords are the words that flags take, by the name of the flag, after that of its command where others have such a flag.
var flagWords = map[string]func() []string{
	"skip":    collectionNames,
	"with":    layerNames,
	"region":  func() []string { return []string{string(client.US), string(client.EU), string(client.IN)} },
	"control": func() []string { return ofLibrary(controlsOf) },
	"run tag": func() []string { return ofLibrary(tagsOf) }, "list tag": func() []string { return ofLibrary(tagsOf) },
	"watch type": schemas.Types, "every": watch.Intervals,
	"change": func() []string { return []string{string(diff.Added), string(diff.Removed), string(diff.Changed)} },
}

// words completes one of some words, for as many arguments as there may be; below zero, for a flag that takes several with
// commas between.
func words(known func() []string, most int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if most >= 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		before := ""
		if i := strings.LastIndexByte(begun, ','); most < 0 && i >= 0 {
			before = begun[:i+1]
		}
		var all []string
		for _, w := range known() {
			if strings.HasPrefix(before+w, begun) {
				all = append(all, before+w)
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// ofLibrary returns what the questions of the library have.
func ofLibrary(of func([]*questions.Question) []string) []string {
	all, err := questions.Library()
	if err != nil {
		return nil
	}
	return of(all)
}

func questionNames() []string { return ofLibrary(idsOf) }

// questionOrFile completes a path or a name of a question, and after the first argument only names.
func questionOrFile(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	all, directive := words(questionNames, len(args)+1)(c, args, begun)
	if len(args) == 0 {
		directive = cobra.ShellCompDirectiveDefault
	}
	return slices.DeleteFunc(all, func(name string) bool { return slices.Contains(args, name) }), directive
}

// mostNames is how many names of entities a shell is offered.
const mostNames = 100

// focusNames completes what an entity of the stored graph is called.
func focusNames(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	return begunInResult(c.Context(), resultPath(args), begun), cobra.ShellCompDirectiveNoFileComp
}

// begunInResult returns names of entities of a stored graph that begin with a text.
func begunInResult(ctx context.Context, path, begun string) []string {
	if isDir(path) {
		return namesInLines(path, begun)
	}
	return namesInDatabase(ctx, path, begun)
}

// nameFields are the properties by which a shell completes an entity.
var nameFields = []string{"username", "name", "displayName", "email", "serial", "hostname"}

// namesInLines looks for names in a directory of JSON Lines. It believes the files without comparing them: nothing rests on a
// completion.
func namesInLines(dir, begun string) []string {
	f, err := os.Open(filepath.Join(dir, jsonl.EntitiesName))
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // it was only read
	var names []string
	lines := bufio.NewReaderSize(f, 1<<20)
	for len(names) < mostNames {
		line, err := lines.ReadBytes('\n')
		var o map[string]any
		if json.Unmarshal(line, &o) == nil {
			names = append(names, begunNames(o, begun)...)
		}
		if err != nil {
			break
		}
	}
	return sortedNames(names)
}

// begunNames returns the names of an entity that go on from what was typed; the first of those that are the same but for its case.
func begunNames(o map[string]any, begun string) []string {
	if !utf8.ValidString(begun) { // two texts that are none would count as the same
		return nil
	}
	for _, field := range nameFields {
		name, _ := o[field].(string)
		if name != "" && len(name) >= len(begun) && strings.EqualFold(name[:len(begun)], begun) {
			return []string{name}
		}
	}
	return nil
}

// namesInDatabase looks for names in a database.
func namesInDatabase(ctx context.Context, path, begun string) []string {
	if ctx == nil {
		ctx = context.Background()
	}
	db, err := sqlite.Open(path)
	if err != nil {
		return nil
	}
	defer db.Close() //nolint:errcheck // it was only read
	var names []string
	for _, typ := range schemas.EntityTypes() {
		about, err := db.Describe("SELECT * FROM " + typ)
		if err != nil {
			continue
		}
		for _, field := range nameFields {
			if !slices.Contains(about.Columns, field) {
				continue
			}
			_, err := db.Query(ctx, "SELECT "+field+" FROM "+typ+" WHERE lower(substr("+field+", 1, length(:begun))) = lower(:begun) LIMIT 100",
				map[string]any{"begun": begun}, func(v []any) error {
					if name, ok := v[0].(string); ok && name != "" {
						names = append(names, name)
					}
					return nil
				})
			if err != nil || len(names) >= mostNames {
				return sortedNames(names)
			}
		}
	}
	return sortedNames(names)
}

// sortedNames returns names without control characters, each once.
func sortedNames(names []string) []string {
	for i, n := range names {
		names[i] = strings.Join(strings.Fields(clean(n)), " ")
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), mostNames)]
}
