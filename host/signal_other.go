//go:build !unix

package host

import (
	"os"
	"os/exec"
)

// signalOf names the signal that ended a process: there are none here.
func signalOf(*os.ProcessState) string { return "" }

func ownGroup(*exec.Cmd) bool { return false }

func killGroup(*os.Process) {}
