package main

import (
	"fmt"
	"os"

	"scripthost.example/child/sandbox/sandboxtest"
)

// "without PROTECTION COMMAND..." executes a command where a protection of the
// kernel's is not to be had.
func init() {
	commands["without"] = func() {
		if len(os.Args) < 3 {
			fmt.Fprintln(os.Stderr, "usage: without PROTECTION COMMAND...")
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, sandboxtest.ExecWithout(os.Args[1], os.Args[2:]))
		os.Exit(1)
	}
}
