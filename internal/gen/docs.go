package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// docs renders docs/data-model.md.
func (m *model) docs() []byte {
	var b strings.Builder
	b.WriteString("<!-- " + notice + " -->\n\n# Data Model\n\n## Entities\n\nThe following entities are created:\n\n")
	b.WriteString(m.entityTable())
	b.WriteString("\n\n## Relationships\n\nThe following relationships are created:\n\n")
	b.WriteString(m.relationshipTable())
	b.WriteString("\n\nA relationship has the properties `_key`, `_type`, `_class`, `_fromEntityKey`, `_toEntityKey` and `displayName`.\n")
	for _, r := range m.Relationships {
		for _, p := range r.Properties {
			fmt.Fprintf(&b, "`%s` also has `%s` (%s): %s\n", r.Type, p.Name, p.typeText(), p.Description)
		}
	}
	b.WriteString("\nAn entity has `_key`, `_type` and `_class`, `_rawData` where it was asked for, and the properties below. One with * is always\n" +
		"there: null where that is allowed and nothing is known, and a boolean that JumpCloud did not send is false and counted as\n" +
		"assumed in the manifest.\n")
	for i := range m.Entities {
		e := &m.Entities[i]
		fmt.Fprintf(&b, "\n## %s\n\n`%s` inherits from %s.\n\n%s\n\n", heading(e.Type), e.Type, strings.Join(e.Classes, ", "), e.Description)
		b.WriteString(e.ownTable())
		fmt.Fprintf(&b, "\n\nAll properties of `%s`, with the fields of JumpCloud's object that they are made from:\n\n", e.Type)
		b.WriteString(e.sourceTable())
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// sortedEntities returns the entities by what they are called in words.
func (m *model) sortedEntities() []entityDef {
	return slices.SortedStableFunc(slices.Values(m.Entities), func(a, b entityDef) int {
		return cmp.Compare(a.Resource, b.Resource)
	})
}

func (m *model) entityTable() string {
	rows := [][]string{{"Resources", "Entity `_type`", "Entity `_class`"}}
	for _, e := range m.sortedEntities() {
		var classes []string
		for _, c := range e.Classes {
			classes = append(classes, code(c))
		}
		rows = append(rows, []string{e.Resource, code(e.Type), strings.Join(classes, ", ")})
	}
	return table(rows)
}

func (m *model) relationshipTable() string {
	rows := [][]string{{"Source Entity `_type`", "Relationship `_class`", "Target Entity `_type`"}}
	for _, r := range m.Relationships {
		rows = append(rows, []string{code(r.From), "**" + string(r.Class) + "**", code(r.To)})
	}
	return table(rows)
}

func (e *entityDef) ownTable() string {
	rows := [][]string{{"Property", "Type", "Description", "Specifications"}}
	for _, p := range e.own() {
		rows = append(rows, []string{p.label(), p.typeText(), p.describe(), p.specifications()})
	}
	return table(rows)
}

func (e *entityDef) sourceTable() string {
	rows := [][]string{{"Property", "Type", "Inherited from", "JumpCloud field", "Description"}}
	for _, p := range e.Properties {
		var fields []string
		for _, s := range p.Sources {
			fields = append(fields, code(s))
		}
		rows = append(rows, []string{p.label(), p.typeText(), p.Class, strings.Join(fields, ", "), p.describe()})
	}
	return table(rows)
}

// label is the name, marked when the property is required.
func (p *property) label() string {
	if p.Required {
		return p.Name + " *"
	}
	return p.Name
}

func (p *property) typeText() string {
	text := p.Schema.Type
	if p.Schema.Items != nil {
		text = "array of " + p.Schema.Items.Type + "s"
	}
	if p.Nullable {
		text += " | null"
	}
	return text
}

// describe is the description with the values that an enumeration allows.
func (p *property) describe() string {
	if len(p.Schema.Enum) == 0 {
		return p.Description
	}
	var values []string
	for _, v := range p.Schema.Enum {
		values = append(values, fmt.Sprint(v))
	}
	return p.Description + " Any of: " + strings.Join(values, ", ")
}

func (p *property) specifications() string {
	var specs []string
	if p.deprecated() {
		specs = append(specs, "deprecated: true")
	}
	if p.Schema.Const != nil {
		specs = append(specs, fmt.Sprintf("const: %v", p.Schema.Const))
	}
	return strings.Join(specs, ", ")
}

// heading writes a type in words: jumpcloud_apple_mdm is Jumpcloud Apple Mdm.
func heading(typ string) string {
	words := strings.Split(typ, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

func code(s string) string { return "`" + s + "`" }

// table renders rows, of which the first is the head, with columns as wide as their longest cell.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = strings.ReplaceAll(cell, "|", `\|`)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	dashes := make([]string, len(widths))
	for i, w := range widths {
		dashes[i] = strings.Repeat("-", w)
	}
	var lines []string
	for _, row := range slices.Insert(slices.Clone(rows), 1, dashes) {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " ")
		}
		lines = append(lines, line.String()+"|")
	}
	return strings.Join(lines, "\n")
}
