package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"scripthost.example/wire"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "The versions of the runner and of the protocol",
		Long: `Prints the versions of the runner, of Go, and of the protocol between parent
and child; and the commit that it was built from, if it was from a checkout.`,
		Example: `    runner version`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{message: "version takes no arguments", help: "runner version"}
			}
			return nil
		},
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(stdout, "runner %s\ngo %s %s/%s\nprotocol %d\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, wire.Version)
			if info, ok := debug.ReadBuildInfo(); ok {
				fmt.Fprint(stdout, commitLine(info))
			}
		},
	}
}

// version is that of the module, with the commit of a build from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// commitLine is the line about the commit of a build, or "" if that is not known.
func commitLine(info *debug.BuildInfo) string {
	revision := setting(info, "vcs.revision")
	if revision == "" {
		return ""
	}
	line := "commit " + revision
	if at := setting(info, "vcs.time"); at != "" {
		line += " " + at
	}
	if setting(info, "vcs.modified") == "true" {
		line += " with changes"
	}
	return line + "\n"
}
