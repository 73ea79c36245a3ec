package client

import "runtime/debug"

// userAgent names the library and its version to JumpCloud.
var userAgent = "jumpgraph/" + Version()

const module = "github.com/jumpgraph/jumpgraph"

// Version returns the version of this library as the Go toolchain knows it; "devel" for a build from its own tree.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	if info.Main.Path == module && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
