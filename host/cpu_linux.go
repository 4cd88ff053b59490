package host

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ticksPerSecond is USER_HZ, which is 100 on all systems that Go runs on.
const ticksPerSecond = 100

// cpuTime returns how much processor time a process has used, its threads' that
// have ended included.
func cpuTime(pid int) (time.Duration, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The second field is a name in parentheses that may have anything in it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, stime = 11, 12 // of what follows the name; proc_pid_stat(5)
	if len(fields) <= stime {
		return 0, false
	}
	var ticks uint64
	for _, f := range fields[utime : stime+1] {
		n, err := strconv.ParseUint(string(f), 10, 63)
		if err != nil {
			return 0, false
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / ticksPerSecond), true
}

// cpuSignal reports whether a signal is the one for a process that is over the
// kernel's limit of processor time.
func cpuSignal(name string) bool { return name == "CPU time limit exceeded" }
