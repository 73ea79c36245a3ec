package watch

import (
	"slices"
	"strings"
)

// shortestSecret is how long the value of a variable must be to be looked for in others.
const shortestSecret = 12

// without returns an environment without our variables: those that are named for JumpCloud, JupiterOne or this program, in any
// case and whatever stands before that, and those that hold the value of such a key or secret under another name.
func without(environment []string) []string {
	var secrets []string
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if ours(name) && holdsSecret(name) && len(value) >= shortestSecret {
			secrets = append(secrets, value)
		}
	}
	return slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return ours(name) || slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(value, s) })
	})
}

// ours reports that a variable is named as those that the documentation names.
func ours(name string) bool {
	name = strings.ToUpper(name)
	for _, part := range []string{"JUMPCLOUD", "JUPITERONE", "JUMPGRAPH"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		if word == "JC" || word == "J1" {
			return true
		}
	}
	return false
}

// holdsSecret reports that one of our variables is a credential, and no region or id.
func holdsSecret(name string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc([]string{"KEY", "SECRET", "TOKEN", "PASSWORD"}, func(part string) bool { return strings.Contains(name, part) })
}
