package brokertest

import "golang.org/x/sys/unix"

// waitStopped waits until all threads of a child are stopped: the signal says only that
// they will be. It leaves the child's end to who waits for that.
func waitStopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}
