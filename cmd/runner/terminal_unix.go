//go:build unix

package main

import (
	"os"
	"syscall"
)

// reloadSignal is what has the script loaded anew.
const reloadSignal = syscall.SIGHUP

// hasTerminal reports whether this process has a terminal that controls it. The
// signal that tells of its end is that of a reload, too.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
