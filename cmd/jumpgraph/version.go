package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/jumpgraph/jumpgraph/internal/buildinfo"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// versionInfo is what the command says about itself. What is unknown has no field in JSON, except the version, which is
// "unknown" as in a manifest.
type versionInfo struct {
	Version      string    `json:"version"`
	Commit       string    `json:"commit,omitzero"`
	Time         time.Time `json:"time,omitzero"`     // of the commit
	Modified     *bool     `json:"modified,omitzero"` // files were changed after the commit
	GoVersion    string    `json:"goVersion,omitzero"`
	ModelVersion string    `json:"modelVersion"`
}

func newVersionInfo(b buildinfo.Info) versionInfo {
	v := versionInfo{Version: b.Version, Commit: b.Commit, Time: b.Time, GoVersion: b.Go, ModelVersion: schemas.ModelVersion}
	if b.Version != buildinfo.Unknown {
		v.Modified = &b.Modified
	}
	return v
}

// String is the text of it, with a line break at the end.
func (v versionInfo) String() string {
	known := func(text string) string {
		if text == "" {
			return "unknown"
		}
		return text
	}
	commit, at := known(v.Commit), "unknown"
	if v.Commit != "" && v.Modified != nil && *v.Modified {
		commit += ", and changes after it"
	}
	if !v.Time.IsZero() {
		at = v.Time.Format(time.RFC3339)
	}
	text := fmt.Sprintf("jumpgraph %s\ncommit %s\ncommitted %s\nbuilt with %s\ndata model %s\n",
		v.Version, commit, at, known(v.GoVersion), v.ModelVersion)
	if v.Version == buildinfo.Unknown {
		text += "\nThis program was built without a version, as go run does, and go build with -buildvcs=false or in a linked worktree.\n" +
			"go build and go install in a clone, go install of a version, and the released programs have one.\n"
	}
	return text
}

// addVersion gives the root command the flag --version and the command version.
func addVersion(root *cobra.Command, stdout io.Writer) {
	v := newVersionInfo(buildinfo.Read())
	root.Version = v.String()
	root.SetVersionTemplate("{{.Version}}")
	root.AddCommand(versionCommand(v, stdout))
}

func versionCommand(v versionInfo, stdout io.Writer) *cobra.Command {
	form := newChoice("text", "text", "json")
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Long: `Say which version this is: version, commit, time of the commit, version of Go, and version of the data model.

The version is a tag, or the pseudo-version that Go gives to a commit without one; it ends with +dirty where files were changed
after the commit. What the build did not record is unknown. With --format json, it is one JSON object: version, commit, time,
modified, goVersion, modelVersion; what is unknown is left out, except version, which is unknown as in a manifest.

Exit codes: 0 done, 2 usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if form.value == "json" {
				return printIndented(stdout, v)
			}
			_, err := io.WriteString(stdout, v.String())
			return err
		},
	}
	cmd.Flags().VarP(&form, "format", "f", "the form of the output")
	return cmd
}
