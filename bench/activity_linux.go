package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// active is what a process has done so far.
type active struct {
	cpu      time.Duration
	switches int // of contexts, of all its threads
}

func activityOf(pid int) (active, error) {
	var now unix.Timespec
	// The clock of another process's processor time: /proc counts that by hundredths
	// of a second.
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err != nil {
		return active{}, os.NewSyscallError("clock_gettime", err)
	}
	a := active{cpu: time.Duration(now.Nano())}
	folder := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(folder)
	if err != nil {
		return active{}, err
	}
	for _, t := range threads {
		status, err := os.ReadFile(folder + "/" + t.Name() + "/status")
		if err != nil {
			return active{}, err
		}
		for line := range strings.Lines(string(status)) {
			name, rest, _ := strings.Cut(line, ":")
			if !strings.HasSuffix(name, "ctxt_switches") {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			if err != nil {
				return active{}, err
			}
			a.switches += n
		}
	}
	return a, nil
}
