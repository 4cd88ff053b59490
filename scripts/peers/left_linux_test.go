package peers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// adopt has this process be the parent of what its children leave behind, on
// the other side of ssh too, so that leftProcesses finds it.
func adopt() {
	const prSetChildSubreaper = 36
	if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); err != 0 {
		panic(os.NewSyscallError("prctl", err))
	}
}

// leftProcesses waits for the processes that were left behind, and returns those
// that do not end.
func leftProcesses() (left string) {
	for range 1000 {
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err == syscall.ECHILD {
				return ""
			}
			if pid <= 0 {
				break
			}
		}
		time.Sleep(10 * time.Millisecond) // they are about to end: nothing tells
	}
	// Each thread has children of its own.
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		pids, _ := os.ReadFile(list)
		for _, pid := range strings.Fields(string(pids)) {
			command, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			left += fmt.Sprintf("%s %q\n", pid, command)
		}
	}
	return left
}

// ended reports whether a process has ended, though nobody has waited for it.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}
