package main

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func kernelRelease() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// usableMemory is the machine's memory, or what a cgroup leaves of it.
func usableMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	memory := int64(info.Totalram) * int64(info.Unit)
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return memory
	}
	return cgroupMemory("/sys/fs/cgroup", string(own), memory)
}

// cgroupMemory is memory, or the least that the process's cgroup (of version 2)
// and those around it allow. own is its /proc/self/cgroup.
func cgroupMemory(root, own string, memory int64) int64 {
	for line := range strings.Lines(own) {
		dir, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !ok {
			continue
		}
		for dir = path.Clean("/" + dir); ; dir = path.Dir(dir) {
			text, err := os.ReadFile(path.Join(root, dir, "memory.max"))
			if err == nil {
				// Otherwise it is "max".
				if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
					memory = min(memory, n)
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return memory
}
