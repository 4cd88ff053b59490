package brokertest

import (
	"os/exec"
	"syscall"
)

// endWithParent has a child killed when the test binary is, also if the child is paused.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
