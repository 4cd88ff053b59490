//go:build !linux

package host

import "time"

// cpuTime is not known here.
func cpuTime(int) (time.Duration, bool) { return 0, false }

func cpuSignal(name string) bool { return name == "cputime limit exceeded" }
