//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

func startPinned(*exec.Cmd) error {
	return errors.New("processes are pinned to a CPU on Linux only")
}
