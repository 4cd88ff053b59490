//go:build !unix

package main

import (
	"errors"
	"os"
	"os/exec"
)

// runInstead runs another program as if it were this one.
func runInstead(path string, args []string) error {
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(exitOK)
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	}
	return usagef("", "%s cannot be run: %v", path, err)
}
