package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints one line: version, commit and Go version.
func (versionCmd) Run(out output) error {
	fmt.Fprintln(out.stdout, "tasktrail", version())
	return nil
}

// version describes this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			text += " " + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			text += " (with local changes)"
		}
	}
	return text + " " + info.GoVersion
}
