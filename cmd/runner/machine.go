package main

import (
	"os"
	"runtime"
)

// A machine is what this process runs on, and what it may use of it.
type machine struct {
	Runner string `json:"runner"`
	Go     string `json:"go"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel"` // its release, or ""
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory"` // bytes; 0: not known
	Root   bool   `json:"root"`
}

func thisMachine() machine {
	return machine{
		Runner: version(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Kernel: kernelRelease(), Memory: usableMemory(),
		// Which, unlike the number of CPUs, minds a cgroup's limit.
		Cores: runtime.GOMAXPROCS(0),
		Root:  os.Geteuid() == 0,
	}
}
