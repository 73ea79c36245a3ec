package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/client"
)

// choice is a flag that takes one of some words.
type choice struct {
	value   string
	allowed []string
	given   bool // the command line names the word
}

func newChoice(value string, allowed ...string) choice { return choice{value: value, allowed: allowed} }

// String returns the word.
func (c *choice) String() string { return c.value }

// Type is how the help names the words.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes a word, or says which there are.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("use one of: %s%s", strings.Join(c.allowed, ", "), didYouMean(s, c.allowed))
	}
	c.value, c.given = s, true
	return nil
}

// settingFlags are the flags that take texts which are words, ids or addresses; all others that take texts take paths, or
// text as it stands.
var settingFlags = []string{
	"account", "api-url", "change", "control", "every", "fields", "ignore", "instance", "org", "property", "region", "severity", "skip",
	"system", "system-group", "type", "user",
}

// wordFlags are those that take words of ours, which may be written in capital letters. What goes to JumpCloud, as the type
// of a new command does, is written as JumpCloud has it.
var wordFlags = []string{"change", "format", "region", "severity", "skip"}

// filled is a flag that takes a text. An empty one is refused: a variable of a script that was not set must not count as no
// flag, or as any value.
type filled struct{ pflag.Value }

// Set takes a text.
func (f *filled) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errEmpty
	}
	return f.Value.Set(text)
}

// errEmpty says that a flag has nothing as its value.
var errEmpty = errors.New("the value is empty: give one, or leave the flag out")

// setting is a flag whose text is read as the environment's are: see client.Setting.
type setting struct {
	pflag.Value

	flag string
	list bool // several, with commas between
	word bool // in small letters, however it was written
}

// Set hands on the text without what stands around it.
func (s *setting) Set(text string) error {
	parts := []string{text}
	if s.list {
		parts = strings.Split(text, ",")
	}
	for i, p := range parts {
		p, err := client.Setting(s.flag, p)
		if err != nil {
			return err
		}
		if p == "" {
			return errEmpty
		}
		if s.word {
			p = strings.ToLower(p)
		}
		parts[i] = p
	}
	err := s.Value.Set(strings.Join(parts, ","))
	if _, number := errors.AsType[*strconv.NumError](err); !number {
		return err
	}
	if s.Type() == "float64" { // the error would name the function that read the number
		return errors.New("write a number, such as 8")
	}
	return errors.New("write a whole number, such as 8")
}

// readSettings makes all flags below a command that take a word, an id, a number or an address read it as a setting, and all
// others that take a text refuse an empty one.
func readSettings(above *cobra.Command) {
	above.Flags().VisitAll(func(f *pflag.Flag) {
		if f.DefValue == "[]" || f.DefValue == "0s" { // the help shows no such default
			f.DefValue = ""
		}
		kind := f.Value.Type()
		_, oneOf := f.Value.(*choice)
		switch kind {
		case "string", "stringSlice", "stringArray":
			if !slices.Contains(settingFlags, f.Name) {
				f.Value = &filled{f.Value}
				return
			}
		case "int", "int64", "float64", "duration":
		default:
			if !oneOf {
				return
			}
		}
		f.Value = &setting{
			Value: f.Value, flag: "--" + f.Name, list: kind == "stringSlice",
			word: slices.Contains(wordFlags, f.Name),
		}
	})
	for _, c := range above.Commands() {
		readSettings(c)
	}
}

// pair splits what a flag takes as NAME=VALUE.
func pair(flag, text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return "", "", usage(fmt.Errorf("%s %q: write NAME=VALUE", flag, text))
	}
	return name, value, nil
}

// limit is the flag --limit: how many records of a list are wanted.
type limit int

func (l *limit) flag(f *pflag.FlagSet, what string) {
	f.IntVar((*int)(l), "limit", 0, "how many "+what+" at most (default 0, which means all)")
}

func (l limit) check() error {
	if l < 0 {
		return usage(errors.New("--limit must not be negative"))
	}
	return nil
}

// options makes the pages of a list no larger than needed.
func (l limit) options() []client.ListOption {
	if l <= 0 {
		return nil
	}
	return []client.ListOption{client.Limit(int(l))}
}
