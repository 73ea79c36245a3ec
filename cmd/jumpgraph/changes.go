package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/markdown"
)

// changeList writes the changes between two results in one form.
type changeList struct {
	ctx   context.Context //nolint:containedctx // of one command
	w     io.Writer
	form  string
	sides []jumpgraph.Source
	names map[string]string // of the entities of both results, by key; nil until they are needed
	typ   string            // the heading that was written last
}

func newChangeList(ctx context.Context, w io.Writer, form string, sides []jumpgraph.Source) *changeList {
	return &changeList{ctx: ctx, w: w, form: form, sides: sides}
}

var changeMarks = map[diff.ChangeKind]string{diff.Added: "+", diff.Removed: "-", diff.Changed: "~"}

// print writes a change: a line of JSON, or a line of text or Markdown and one more for each property that differs.
func (c *changeList) print(ch diff.Change) error {
	if c.form == "json" {
		return printLine(c.w, ch)
	}
	called, err := c.called(ch)
	if err != nil {
		return err
	}
	if c.form == "markdown" {
		return c.markdown(ch, called)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s (%s)", changeMarks[ch.Kind], cell(ch.Type), cell(called), cell(ch.Key))
	for _, p := range ch.Properties {
		fmt.Fprintf(&b, "\n    %s: %s -> %s", cell(p.Name), cell(string(p.Old)), cell(string(p.New)))
	}
	_, err = fmt.Fprintln(c.w, b.String())
	return err
}

// markdown writes a change as an item of a list, below a heading for its type.
func (c *changeList) markdown(ch diff.Change, called string) error {
	var b strings.Builder
	if ch.Type != c.typ {
		if c.typ != "" {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "## %s\n\n", markdown.Text(ch.Type))
		c.typ = ch.Type
	}
	fmt.Fprintf(&b, "- %s: %s (%s)\n", ch.Kind, markdown.Text(called), markdown.Text(ch.Key))
	for _, p := range ch.Properties {
		fmt.Fprintf(&b, "  - %s: %s → %s\n", markdown.Text(p.Name), markdown.Text(cell(string(p.Old))), markdown.Text(cell(string(p.New))))
	}
	_, err := io.WriteString(c.w, b.String())
	return err
}

// end ends the output. A page says when there are no changes, and which types were not compared, with the reason.
func (c *changeList) end(not []notCompared) error {
	if c.form != "markdown" {
		return nil
	}
	var b strings.Builder
	switch {
	case c.typ != "":
	case len(not) > 0:
		b.WriteString("No changes in what was compared.\n")
	default:
		b.WriteString("No changes.\n")
	}
	if len(not) > 0 {
		b.WriteString("\n## Not compared\n\n")
	}
	for _, u := range not {
		fmt.Fprintf(&b, "- %s: %s\n", markdown.Text(u.what), markdown.Text(cell(u.why)))
	}
	_, err := io.WriteString(c.w, b.String())
	return err
}

// called returns what a changed object is called: an entity by its name, a relationship by the names of its ends.
func (c *changeList) called(ch diff.Change) (string, error) {
	var o struct {
		From string `json:"_fromEntityKey"`
		To   string `json:"_toEntityKey"`
		Name string `json:"displayName"`
	}
	if err := json.Unmarshal(ch.Object, &o); err != nil {
		return "", err
	}
	if o.From == "" {
		return o.Name, nil
	}
	if c.names == nil {
		if err := c.read(); err != nil {
			return "", err
		}
	}
	return c.name(o.From) + " → " + c.name(o.To), nil
}

func (c *changeList) name(key string) string {
	if name := c.names[key]; name != "" {
		return name
	}
	return key
}

// read reads the names of all entities: of the old result, and over them those of the new one.
func (c *changeList) read() error {
	c.names = map[string]string{}
	for _, s := range c.sides {
		err := s.Entities(c.ctx, func(_ string, batch []entities.Entity) error {
			for _, e := range batch {
				c.names[e.Header().Key] = reflect.ValueOf(e).Elem().FieldByName("DisplayName").String() // all have one
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
