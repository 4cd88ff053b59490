//go:build !unix

package main

import (
	"os"
	"syscall"
)

// reloadSignal is a signal that never comes here.
const reloadSignal = syscall.SIGHUP

func hasTerminal() bool { return false }

func isTerminal(*os.File) bool { return false }

func terminalWidth(*os.File) int { return usualWidth }
