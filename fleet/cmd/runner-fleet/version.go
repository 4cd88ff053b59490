package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"scripthost.example/wire"
)

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The versions of this program and of its broker",
		Long: `Prints the versions of the program, of Go, of the protocol between a worker and
its parent, and of the NATS server that a broker within serve is; and the commit
that it was built from, if it was from a checkout.`,
		Example: "    runner-fleet version",
		Args:    takes(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			version := "(devel)"
			info, ok := debug.ReadBuildInfo()
			if ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			fmt.Fprintf(a.out, "runner-fleet %s\ngo %s %s/%s\nprotocol %d\nnats-server %s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, wire.Version, server.VERSION)
			if ok {
				fmt.Fprint(a.out, commitLine(info))
			}
			return nil
		},
	}
}

// commitLine is the line about the commit of a build, or "" if that is not known.
func commitLine(info *debug.BuildInfo) string {
	commit := built(info, "vcs.revision")
	if commit == "" {
		return ""
	}
	line := "commit " + commit
	if at := built(info, "vcs.time"); at != "" {
		line += " " + at
	}
	if built(info, "vcs.modified") == "true" {
		line += " with changes"
	}
	return line + "\n"
}

// built is a setting of a build, or "".
func built(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
