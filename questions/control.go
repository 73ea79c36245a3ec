package questions

import (
	"strings"
	"unicode"
)

// Control is a control of a standard.
type Control struct {
	// Standard is its name as the question has it, such as "SOC 2". ID is the number of the control, such as "CC6.1".
	Standard, ID string
}

// Controls returns the controls that the answer may serve, in the order of the question.
func (q *Question) Controls() []Control {
	var all []Control
	for _, text := range q.Evidence {
		ids := list(text, ",")
		if len(ids) == 0 {
			continue
		}
		standard := ids[0]
		if i := strings.LastIndexByte(ids[0], ' '); i > 0 {
			standard, ids[0] = ids[0][:i], ids[0][i+1:]
		} else {
			ids[0] = ""
		}
		for _, id := range ids {
			all = append(all, Control{standard, id})
		}
	}
	return all
}

// String is the control with its standard, such as "SOC 2 CC6.1".
func (c Control) String() string { return strings.TrimSpace(c.Standard + " " + c.ID) }

// Family is the part of the standard that the control is in: its number without what follows the last dot.
func (c Control) Family() Control {
	if i := strings.LastIndexByte(c.ID, '.'); i > 0 {
		c.ID = c.ID[:i]
	}
	return c
}

// shortNames are the names of standards on the command line, where they are not the letters and digits of their long names.
var shortNames = map[string]string{"ISO/IEC 27001:2022": "iso27001", "CIS Controls 8": "cis8"}

// Short is the control as it is chosen on the command line, such as "soc2:CC6.1".
func (c Control) Short() string {
	if c.ID == "" {
		return shortName(c.Standard)
	}
	return shortName(c.Standard) + ":" + c.ID
}

func shortName(standard string) string {
	if name := shortNames[standard]; name != "" {
		return name
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, standard)
}

// Matches reports that a pattern chooses the control: "soc2:CC6.1" this one, "soc2:CC6" those of a part, "soc2" or "soc" all of
// a standard. Capital and small letters are the same.
func (c Control) Matches(pattern string) bool {
	standard, id, _ := strings.Cut(strings.ToLower(pattern), ":")
	if standard == "" || !strings.HasPrefix(shortName(c.Standard), standard) {
		return false
	}
	have := strings.ToLower(c.ID)
	return id == "" || have == id || strings.HasPrefix(have, id+".")
}
