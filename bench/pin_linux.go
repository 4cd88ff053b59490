package main

import (
	"errors"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// startPinned starts a command on the last CPU that this process may use. What it
// starts is there, too.
func startPinned(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	cpu := len(before)*64 - 1
	for cpu >= 0 && !before.IsSet(cpu) {
		cpu--
	}
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	err := cmd.Start() // a child has the affinity of the thread that makes it
	return errors.Join(err, unix.SchedSetaffinity(0, &before))
}
