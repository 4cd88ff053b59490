package sandbox

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"time"
)

// What the Go runtime has to offer, on every system.
var (
	maxStack = implementation{
		apply: func(p *process) error {
			stack := p.Stack
			if stack == 0 {
				stack = DefaultStack
			}
			debug.SetMaxStack(int(min(stack, math.MaxInt)))
			return nil
		},
		probe: func() (string, error) { return fmt.Sprintf("%d MiB by default", DefaultStack>>20), nil },
	}
	softMemory = implementation{
		apply: func(p *process) error {
			debug.SetMemoryLimit(int64(p.Memory))
			return nil
		},
	}
)

// preload does what reads files when it is first done.
func preload() {
	// Naming the zone loads it.
	_ = time.Local.String()
	// A number that was set is one that the runtime does not adapt to the
	// cgroup, whose files it would read for that.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
}
