//go:build !linux

package host

import (
	"os"
	"syscall"
)

// ownPath is the file that this program was started from.
func ownPath() (string, error) { return os.Executable() }

// withWorkerSlack calls spawn.
func withWorkerSlack(spawn func() error) error { return spawn() }

// endWithParent does nothing: a command ends when it sees the end of its stream.
func endWithParent(*syscall.SysProcAttr) {}

// awaitExit leaves the waiting to who reaps the child.
func awaitExit(int, func()) {}
