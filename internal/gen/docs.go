package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// docs renders docs/data-model.md: the core first, then each layer in a part of its own.
func (m *model) docs() []byte {
	var b strings.Builder
	b.WriteString("<!-- " + notice + " -->\n\n# Data Model\n\n## Entities\n\nThe following entities are created:\n\n")
	core := m.layer("")
	b.WriteString(core.entityTable())
	b.WriteString("\n\n## Relationships\n\nThe following relationships are created:\n\n")
	b.WriteString(core.relationshipTable())
	b.WriteString("\n\nA relationship has the properties `_key`, `_type`, `_class`, `_fromEntityKey`, `_toEntityKey` and `displayName`.\n")
	b.WriteString(core.edgeProperties())
	b.WriteString("\nAn entity has `_key`, `_type` and `_class`, `_rawData` where it was asked for, and the properties below. One with * is always\n" +
		"there: null where that is allowed and nothing is known, and a boolean that JumpCloud did not send is false and counted as\n" +
		"assumed in the manifest.\n")
	b.WriteString(core.entityParts())
	for _, layer := range m.layers() {
		part := m.layer(layer)
		fmt.Fprintf(&b, "\n# The layer %s\n\nA run reads what follows only where the layer is chosen: `collect --with %s`. What the key may not read of it, and\n"+
			"what is not licensed, is not there; the manifest says so, and the rest of the result is complete.\n\n## Entities of the layer %s\n\n", layer, layer, layer)
		b.WriteString(part.entityTable())
		fmt.Fprintf(&b, "\n\n## Relationships of the layer %s\n\n", layer)
		b.WriteString(part.relationshipTable() + "\n\n")
		b.WriteString(part.edgeProperties())
		b.WriteString(part.entityParts())
	}
	return []byte(b.String())
}

// layers returns the layers beyond the core, in the order of their entities.
func (m *model) layers() []string {
	var all []string
	for i := range m.Entities {
		if l := m.Entities[i].Layer; l != "" && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// layer returns the part of the model that belongs to a layer. A relationship belongs to that of its ends which is not the
// core.
func (m *model) layer(name string) *model {
	part := &model{Classes: m.Classes, Base: m.Base, source: m.source}
	of := map[string]string{}
	for i := range m.Entities {
		e := m.Entities[i]
		if of[e.Type] = e.Layer; e.Layer == name {
			part.Entities = append(part.Entities, e)
		}
	}
	for _, r := range m.Relationships {
		if cmp.Or(of[r.From], of[r.To]) == name {
			part.Relationships = append(part.Relationships, r)
		}
	}
	return part
}

// edgeProperties are the properties that only some relationships have.
func (m *model) edgeProperties() string {
	var b strings.Builder
	for _, r := range m.Relationships {
		for _, p := range r.Properties {
			fmt.Fprintf(&b, "`%s` also has `%s` (%s): %s\n", r.Type, p.Name, p.typeText(), p.Description)
		}
	}
	return b.String()
}

// entityParts has a part for each entity type.
func (m *model) entityParts() string {
	var b strings.Builder
	for i := range m.Entities {
		e := &m.Entities[i]
		fmt.Fprintf(&b, "\n## %s\n\n`%s` inherits from %s.\n\n%s\n\n", heading(e.Type), e.Type, strings.Join(e.Classes, ", "), e.Description)
		b.WriteString(e.ownTable())
		fmt.Fprintf(&b, "\n\nAll properties of `%s`, with the fields of JumpCloud's object that they are made from:\n\n", e.Type)
		b.WriteString(e.sourceTable())
		b.WriteByte('\n')
	}
	return b.String()
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
