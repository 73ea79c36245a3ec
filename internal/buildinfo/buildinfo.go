// Package buildinfo tells which version of this module runs, from what the Go toolchain wrote into the program. All that
// names a version takes it from here: the command, the manifests and the headers of requests.
package buildinfo

import (
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

const (
	module = "github.com/jumpgraph/jumpgraph"
	// fleet is a module in the same repository, which uses this one as it stands beside it: they have one version.
	fleet = module + "/fleet"
)

// Unknown is the version where the toolchain wrote none into the program: go run and go test write none, nor does go build
// outside a clone, in a linked worktree, or with -buildvcs=false.
const Unknown = "unknown"

// Info is what is known about this module in a program.
type Info struct {
	// Version is a tag such as v1.2.3, or a pseudo-version, which names a commit; it ends with +dirty where files were
	// changed after the commit. It is Unknown where there is neither.
	Version string
	// Commit is empty where it is unknown, as for a module that was downloaded by its tag. A pseudo-version gives its first
	// twelve digits only.
	Commit string
	// Time is that of the commit, in UTC; zero where it is unknown.
	Time time.Time
	// Modified reports changes after the commit. It says nothing where Version is Unknown.
	Modified bool
	// Go is the version of Go that built the program; empty where it is unknown.
	Go string
}

// Read returns what is known about this module in the running program. It is safe for concurrent use.
var Read = sync.OnceValue(func() Info {
	b, _ := debug.ReadBuildInfo()
	return Of(b)
})

// Of returns what the build information of a program says about this module, be it the main module or a dependency; nil
// says nothing.
func Of(b *debug.BuildInfo) Info {
	if b == nil {
		return Info{Version: Unknown}
	}
	i := Info{Version: Unknown, Go: b.GoVersion}
	if b.Main.Path == module || b.Main.Path == fleet {
		i.main(b)
		return i
	}
	for _, dep := range b.Deps {
		if dep.Path != module {
			continue
		}
		if dep.Replace != nil { // what was compiled is not what was required
			dep = dep.Replace
		}
		i.name(dep.Version)
	}
	return i
}

// name takes a version, and what a pseudo-version says about the commit. A replacement by a directory has none.
func (i *Info) name(version string) {
	if version == "" || version == "(devel)" {
		return
	}
	i.Version = version
	i.Modified = strings.HasSuffix(version, "+dirty")
	if part := pseudo.FindStringSubmatch(version); part != nil {
		i.Commit = part[2]
		i.Time, _ = time.Parse(pseudoTime, part[1]) // no time where it is none
	}
}

// pseudo matches the version that Go gives to a commit without a tag.
var pseudo = regexp.MustCompile(`^v\d+\.(?:0\.0-|\d+\.\d+-(?:[^+]*\.)?0\.)(\d{14})-([0-9a-f]{12})(?:\+.*)?$`)

const (
	pseudoTime   = "20060102150405"
	pseudoCommit = 12 // digits of the commit
)

// main takes the version of the main module, and what version control says about it.
func (i *Info) main(b *debug.BuildInfo) {
	i.name(b.Main.Version)
	stamp := map[string]string{}
	for _, s := range b.Settings {
		stamp[s.Key] = s.Value
	}
	commit := stamp["vcs.revision"]
	if commit == "" {
		return
	}
	i.Commit = commit
	i.Modified = stamp["vcs.modified"] == "true"
	if at, err := time.Parse(time.RFC3339, stamp["vcs.time"]); err == nil {
		i.Time = at.UTC()
	}
	if i.Version == Unknown {
		i.Version = i.version()
	}
}

// version makes the version of a commit that has no other, as Go does.
func (i *Info) version() string {
	version := "v0.0.0-"
	if !i.Time.IsZero() {
		version += i.Time.Format(pseudoTime) + "-"
	}
	version += i.Commit[:min(len(i.Commit), pseudoCommit)]
	if i.Modified {
		version += "+dirty"
	}
	return version
}
