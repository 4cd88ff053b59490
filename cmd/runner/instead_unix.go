//go:build unix

package main

import (
	"os"
	"syscall"
)

// runInstead has another program take the place of this one: its signals, streams
// and exit status are its own.
func runInstead(path string, args []string) error {
	err := syscall.Exec(path, append([]string{path}, args...), os.Environ())
	return usagef("", "%s cannot be run: %v", path, err)
}
