//go:build unix

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts a command into a process group of its own: a Ctrl-C at the
// terminal goes to this program, which decides what it means, and what the
// command starts can be killed with it.
func ownGroup(cmd *exec.Cmd) bool {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	return true
}

// killGroup kills the group that p leads.
func killGroup(p *os.Process) {
	// An error means that nobody is left in it.
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// signalOf names the signal that ended a process; empty if none did.
func signalOf(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}
