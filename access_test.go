package jumpgraph_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

const aboutAccess = `<!-- Written by go test . -update from the table in collections.go; DO NOT EDIT. -->

# Access

What a key must be allowed to read, so that a run reads everything. jumpgraph only reads, and asks for no right to change
anything.

A service account of JumpCloud has scopes; the tables name the one that each collection needs, besides those of what it needs
and uses ([collections.md](collections.md)). A scope without ` + "`.readonly`" + ` allows the same and more. The key of an administrator may do
what the administrator's role allows; the role Read Only should be enough.

The tests prove the tables with the fake JumpCloud, which knows the scopes that JumpCloud's descriptions give to each operation:
with exactly these scopes a run is complete, and with one less it does not read those collections that need it, and no others.
Two things are not described, and may differ: which scope ` + "`GET /api/users`" + ` takes, where that of its name is assumed, and which plan
an operation takes. Where an organization lacks the plan, JumpCloud answers 402 or 403, and the collection is not read:
` + "`unlicensed` or `forbidden`" + ` in the manifest, never empty. The plans are those that JumpCloud's help pages name; a dash means that they
name none.

`

const aboutCore = `## The core

All of this must be readable, or be left out by ` + "`--skip`" + `: otherwise the run is not complete, and exits with a code that is not 0. Without
` + "`organizations.readonly`" + ` nothing is read. The assignments of applications need no scope of their own, but with
` + "`associations.readonly`" + ` they take fewer requests.

`

const aboutLayers = `## Further layers

These are read with ` + "`--with governance`, or `--with directory-users`" + `, which brings governance with it. What may not be read of them stops
nothing: the run is complete, says in a line for each what was not read, and the questions about it say unknown. ` + "`--strict`" + ` makes
it exit with 6.

`

// TestCollections_AccessIsDocumented keeps docs/access.md equal to the table.
func TestCollections_AccessIsDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(aboutAccess)
	for _, part := range []struct {
		text   string
		layers []jumpgraph.Layer
	}{{aboutCore, []jumpgraph.Layer{"core"}}, {aboutLayers, []jumpgraph.Layer{jumpgraph.Governance, jumpgraph.DirectoryUsers}}} {
		b.WriteString(part.text + "| Collection | Scope | Needs the scopes of | Plan | Requests |\n|---|---|---|---|---|\n")
		for _, c := range jumpgraph.Collections() {
			if !slices.Contains(part.layers, c.Layer) {
				continue
			}
			scope, plan := "not known", "–"
			switch {
			case c.Scope != "":
				scope = "`" + c.Scope + "`"
			case len(c.Needs) > 0:
				scope = "none of its own"
			}
			if c.Plan != "" {
				plan = c.Plan
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Name, scope, codes(slices.Concat(c.Needs, c.Uses)), plan, requestsOf(c))
		}
		b.WriteString("\n")
	}
	core := append(scopesOf("core"), "associations.readonly")
	more := slices.DeleteFunc(scopesOf(jumpgraph.Governance, jumpgraph.DirectoryUsers), func(s string) bool { return slices.Contains(core, s) })
	fmt.Fprintf(&b, "## All scopes\n\n- The core: %s.\n- The further layers, besides these: %s.\n", codes(core), codes(more))
	golden(t, "docs/access.md", b.String())
}

// scopesOf returns the scopes that the collections of some layers need, sorted.
func scopesOf(layers ...jumpgraph.Layer) []string {
	var all []string
	for _, c := range jumpgraph.Collections() {
		if c.Scope != "" && slices.Contains(layers, c.Layer) {
			all = append(all, c.Scope)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lostWithout returns the collections that the table says cannot be read without a scope: those that need it, and those that need or use
// one of them.
func lostWithout(scope string) []string {
	var lost []string
	for _, c := range jumpgraph.Collections() {
		isLost := func(name string) bool { return slices.Contains(lost, name) }
		if c.Scope == scope || slices.ContainsFunc(slices.Concat(c.Needs, c.Uses), isLost) {
			lost = append(lost, c.Name)
		}
	}
	return lost
}

// TestAccess_WithTheScopesOfTheTableAllIsReadAndWithOneLessExactlyWhatNeedsIt proves docs/access.md scope by scope, for the core and for
// the layers.
func TestAccess_WithTheScopesOfTheTableAllIsReadAndWithOneLessExactlyWhatNeedsIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		layers  []jumpgraph.Layer
		options []jumpgraph.Option
	}{
		"core":   {[]jumpgraph.Layer{"core"}, nil},
		"layers": {[]jumpgraph.Layer{"core", jumpgraph.Governance, jumpgraph.DirectoryUsers}, []jumpgraph.Option{everyLayer}},
	} {
		all := scopesOf(tt.layers...)
		for _, without := range append(slices.Clone(all), "") {
			t.Run(name+" without "+without, func(t *testing.T) {
				t.Parallel()
				s := serve(t, jumpcloudtest.Demo())
				s.Grant(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == without })...)
				m, err := jumpgraph.Collect(t.Context(), unlimited(t, s), &memory{t: t}, tt.options...)
				if without == "organizations.readonly" {
					if !errors.Is(err, client.ErrForbidden) {
						t.Errorf("got %v, want ErrForbidden: nothing can be read", err)
					}
					return
				}
				if m == nil {
					t.Fatal(err)
				}
				var got, want []string
				stops := false
				for _, c := range m.Organizations[0].Collections {
					if c.Status != jumpgraph.Complete {
						got = append(got, c.Name)
					}
					if c.Status != jumpgraph.Complete && c.Status != jumpgraph.Forbidden {
						t.Errorf("%s is %s: %s", c.Name, c.Status, c.Reason)
					}
				}
				for _, c := range jumpgraph.Collections() {
					if without != "" && slices.Contains(tt.layers, c.Layer) && slices.Contains(lostWithout(without), c.Name) {
						want = append(want, c.Name)
						stops = stops || c.Layer == "core"
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("not read are %v, want %v", got, want)
				}
				if errors.Is(err, jumpgraph.ErrIncomplete) != stops {
					t.Errorf("got %v; what is missing of the core, and nothing else, makes a run incomplete", err)
				}
			})
		}
	}
}

// TestAccess_ALayerBeyondTheScopesOfTheCoreIsNotRead: a key that was made for the core reads the core as ever.
func TestAccess_ALayerBeyondTheScopesOfTheCoreIsNotRead(t *testing.T) {
	t.Parallel()
	s := serve(t, jumpcloudtest.Demo())
	s.Grant(scopesOf("core")...)
	m, _ := layered(t, s, everyLayer)
	for _, c := range m.Organizations[0].Collections {
		i := slices.IndexFunc(jumpgraph.Collections(), func(i jumpgraph.CollectionInfo) bool { return i.Name == c.Name })
		if info := jumpgraph.Collections()[i]; info.Layer == "core" && c.Status != jumpgraph.Complete {
			t.Errorf("%s is %s: %s", c.Name, c.Status, c.Reason)
		}
	}
}
