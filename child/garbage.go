package child

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// largePayload is the size from which payloads are what fills the heap.
	largePayload = 256 << 10
	// restAfter is how long after the last of them memory is given back.
	restAfter = time.Second
	// smallHeap is how much may be in use for the collector to be put off, and
	// largeHeap from where on it is not any more.
	smallHeap = 4 << 20
	largeHeap = 8 << 20
	// usualPercent is how much the heap may grow between two runs of the
	// collector, and lazyPercent how much where that is put off: to 16 MiB at
	// least, instead of 4, and to 40 at most.
	usualPercent = 100
	lazyPercent  = 400
)

// A garbage puts the collector off while large payloads come and go. A script's
// heap is small, and the collector would run for every third megabyte: that takes
// longer than all the rest of such a call. Once no more of them come, what it kept
// is given back. The runtime keeps to its memory limit whatever is put off. It is
// safe for concurrent use.
type garbage struct {
	mu    sync.Mutex
	timer *time.Timer // nil: the process is shared, and left as it is
	lazy  bool
	last  time.Time
	usage [1]metrics.Sample
}

func (g *garbage) init(own bool) {
	if !own {
		return
	}
	g.usage[0].Name = "/gc/heap/live:bytes"
	g.timer = time.AfterFunc(time.Hour, g.rest)
	g.timer.Stop()
}

// large is told of each large payload.
func (g *garbage) large() {
	if g.timer == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = time.Now()
	metrics.Read(g.usage[:])
	switch live := g.usage[0].Value.Uint64(); {
	case live <= smallHeap && !g.lazy:
		g.lazy = true
		debug.SetGCPercent(lazyPercent)
		g.timer.Reset(restAfter)
	case live > largeHeap && g.lazy:
		g.eagerLocked()
	}
}

func (g *garbage) eagerLocked() {
	g.lazy = false
	debug.SetGCPercent(usualPercent)
}

// rest gives memory back if there has been no large payload for a while.
func (g *garbage) rest() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.lazy {
		return
	}
	if left := restAfter - time.Since(g.last); left > 0 {
		g.timer.Reset(left)
		return
	}
	g.eagerLocked()
	debug.FreeOSMemory()
}

func (g *garbage) stop() {
	if g.timer != nil {
		g.timer.Stop()
	}
}
