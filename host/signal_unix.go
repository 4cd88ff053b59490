//go:build unix

package host

import (
	"os"
	"syscall"
)

// signalOf names the signal that ended a process; empty if none did.
func signalOf(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}
