//go:build unix

package brokertest

import (
	"os"
	"syscall"
)

// pause stops a process, and returns once it is stopped.
func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return waitStopped(p.Pid)
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
