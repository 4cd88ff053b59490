//go:build !unix

package main

import "syscall"

// reloadSignal is a signal that never comes here.
const reloadSignal = syscall.SIGHUP

func hasTerminal() bool { return false }
