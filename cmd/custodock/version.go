package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// stamp is the version that the build put in with
// -ldflags "-X main.stamp=…"; without that the toolchain's own holds.
var stamp string

// version returns what this program calls itself.
func version() string {
	if stamp != "" {
		return stamp
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// build is all that is known of how the program was made.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // beyond the revision
	Time     string `json:"time,omitempty"`     // of the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// readBuild asks the binary itself; without VCS data, as in a build from a
// source archive, revision and time stay unknown.
func readBuild() build {
	b := build{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		case "vcs.time":
			b.Time = s.Value
		}
	}
	return b
}

func (b build) String() string {
	text := "custodock " + b.Version
	if b.Revision != "" {
		text += ", revision " + b.Revision
	}
	if b.Modified {
		text += " with changes"
	}
	return text + ", " + b.Go + ", " + b.Platform
}

// newVersionCommand makes version; --version prints the short form.
func newVersionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "say which version this is",
		Args:  noArgs,
	}
	form := addOutput(cmd, asText, asJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		b := readBuild()
		if form.value == asText {
			_, err := fmt.Fprintln(a.stdout, b)
			return err
		}
		raw, err := json.Marshal(b)
		if err != nil {
			return err
		}
		return printRaw(a.stdout, asJSON, nil, raw)
	}
	return cmd
}
