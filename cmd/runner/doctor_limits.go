package main

import (
	"fmt"
	"time"

	"scripthost.example/host"
)

// What is suggested where the machine is not a reason for less.
const (
	suggestedTimeout = 30 * time.Second
	suggestedMemory  = 256 << 20
	leastMemory      = 2 * host.MinMemory
)

const suggestionNote = `--timeout is for each call. --memory and --cpu are for each worker, --cpu in its
whole life: one that serves for long needs more.
`

// A suggestion is the limits that a worker might have.
type suggestion struct {
	Timeout string   `json:"timeout"`
	Memory  string   `json:"memory"`
	CPU     string   `json:"cpu"`
	Flags   []string `json:"flags"`

	timeout, cpu time.Duration
	memory       int64
}

func (s *suggestion) limits() host.Limits {
	return host.Limits{CallTime: s.timeout, Memory: s.memory, CPU: s.cpu}
}

// suggest chooses limits for a worker on a machine. Two workers for each core
// have to fit into half of the memory, so that nothing has to be swapped or
// killed while they are all at their limit. A script runs on one core and the
// garbage collector on another, so in one call a worker can use up twice its
// time, if there are two.
func suggest(m machine) suggestion {
	s := suggestion{timeout: suggestedTimeout, memory: suggestedMemory}
	share := m.Memory / 2 / int64(2*max(1, m.Cores))
	for m.Memory > 0 && s.memory > share && s.memory > leastMemory {
		s.memory /= 2
	}
	s.cpu = s.timeout * time.Duration(min(2, max(1, m.Cores)))
	s.Timeout = fmt.Sprintf("%ds", s.timeout/time.Second)
	s.Memory = fmt.Sprintf("%dM", s.memory>>20)
	s.CPU = fmt.Sprintf("%ds", s.cpu/time.Second)
	s.Flags = []string{"--timeout", s.Timeout, "--memory", s.Memory, "--cpu", s.CPU}
	return s
}
