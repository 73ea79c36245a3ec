package entities

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// maxDepth is how deep the conditions of a policy are looked into.
const maxDepth = 100

// conditions are what the expression of a conditional access policy says.
type conditions struct {
	kinds                  []string // the operators at its leaves
	ipLists, otherIPLists  []string // ids: of lists that hold the address, and of such that do not
	countries, otherPlaces []string
	managed, encrypted     []bool
	odd                    bool // something in it is not known
}

// readConditions reads an expression. What is not known in it is passed over.
func readConditions(raw json.RawMessage) *conditions {
	c := &conditions{}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && string(raw) != "null" {
		c.read(raw, false, maxDepth)
	}
	for _, list := range []*[]string{&c.kinds, &c.ipLists, &c.otherIPLists, &c.countries, &c.otherPlaces} {
		*list = sortedTexts(*list)
	}
	return c
}

// read reads an expression: an object whose members must all hold. Opposite says that it stands below an odd number of nots.
func (c *conditions) read(raw json.RawMessage, opposite bool, depth int) {
	var members map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(raw, &members) != nil || members == nil {
		c.odd = true
		return
	}
	for operator, value := range members {
		c.operator(operator, value, opposite, depth-1)
	}
}

func (c *conditions) operator(operator string, value json.RawMessage, opposite bool, depth int) {
	switch operator {
	case "not":
		c.read(value, !opposite, depth)
		return
	case "all", "any":
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			c.odd = true
		}
		for _, e := range list {
			c.read(e, opposite, depth)
		}
		return
	}
	c.kinds = append(c.kinds, operator)
	if !c.leaf(operator, value, opposite) {
		c.odd = true
	}
}

// leaf reads an expression without others in it. It reports false for one that is not known.
func (c *conditions) leaf(operator string, value json.RawMessage, opposite bool) bool {
	switch operator {
	case "deviceManaged":
		return flag(&c.managed, value, opposite)
	case "deviceEncrypted":
		return flag(&c.encrypted, value, opposite)
	case "ipAddressIn":
		return texts(either(opposite, &c.otherIPLists, &c.ipLists), value)
	case "locationIn":
		var location struct {
			Countries json.RawMessage `json:"countries"`
		}
		return json.Unmarshal(value, &location) == nil && texts(either(opposite, &c.otherPlaces, &c.countries), location.Countries)
	}
	return false
}

func either(first bool, a, b *[]string) *[]string {
	if first {
		return a
	}
	return b
}

func flag(into *[]bool, value json.RawMessage, opposite bool) bool {
	var b *bool
	if json.Unmarshal(value, &b) != nil || b == nil {
		return false
	}
	*into = append(*into, *b != opposite)
	return true
}

func texts(into *[]string, value json.RawMessage) bool {
	var list []string
	if json.Unmarshal(value, &list) != nil || slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return false
	}
	*into = append(*into, list...)
	return true
}

// only returns what all of some answers say; nil where they differ or there is none.
func only(answers []bool) *bool {
	if len(answers) == 0 || slices.Contains(answers, !answers[0]) {
		return nil
	}
	return &answers[0]
}
