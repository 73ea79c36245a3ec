package client

import "github.com/jumpgraph/jumpgraph/internal/buildinfo"

// userAgent names the library and its version to JumpCloud.
var userAgent = "jumpgraph/" + Version()

// Version returns the version of this library in the running program, as the Go toolchain wrote it there: a tag such as
// v1.2.3, or a pseudo-version for a commit without one; it ends with +dirty where files were changed after the commit. It is
// "unknown" where the toolchain wrote none, as with go run and go test in a clone. Manifests and the header User-Agent hold
// the same.
func Version() string { return buildinfo.Read().Version }
