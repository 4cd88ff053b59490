package child

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	// heapRoom is how much may be allocated between two garbage collections
	// however little is live. The runtime's own 4 MiB are a few thousand calls of
	// a script: a fifth of the time, and more, then goes into collections that
	// find next to nothing.
	heapRoom = 16 << 20
	// runtimeRoom is the runtime's, at 100 percent.
	runtimeRoom = 4 << 20
	// trimAfter is how long a worker has been idle when it gives memory back, and
	// trimFrom how much it has to be.
	trimAfter = time.Second
	trimFrom  = 4 << 20
)

// A collector paces the garbage collections of a process whose heap is mostly a
// script's. The zero value leaves them as they are.
type collector struct {
	cycles  atomic.Uint64 // how many there were since start
	percent int           // of who runs finalizers
	trimmed atomic.Uint64 // cycles at the last trim
}

// start begins with the first collection. Before it nothing is to be paced, and most
// short-lived workers never come to it.
func (g *collector) start() {
	g.percent = 100
	runtime.SetFinalizer(&sentinel{g}, (*sentinel).collected)
}

// A sentinel is garbage at once, so that its finalizer tells of each collection.
type sentinel struct{ g *collector }

func (s *sentinel) collected() {
	s.g.cycles.Add(1)
	if p := gcPercent(readMetric("/gc/heap/live:bytes")); p != s.g.percent {
		s.g.percent = p
		debug.SetGCPercent(p)
	}
	runtime.SetFinalizer(s, (*sentinel).collected)
}

// gcPercent makes room for heapRoom where live bytes would get less. From there on
// it is the runtime's 100. It is rounded, so that it seldom changes: that stops the
// world.
func gcPercent(live uint64) int {
	const most = 100 * heapRoom / runtimeRoom // which the runtime applies to runtimeRoom
	percent := 100 * heapRoom / max(live, 1)
	return int(min(max(percent/50*50, 100), most))
}

// worthTrimming reports whether there may be memory to give back.
func (g *collector) worthTrimming() bool { return g.cycles.Load() > g.trimmed.Load() }

// trim gives memory that is not in use back to the system. The worker may have been
// busy and look again before it returns.
func (g *collector) trim() {
	objects := readMetric("/memory/classes/heap/objects:bytes")
	spare := readMetric("/memory/classes/heap/free:bytes") + readMetric("/memory/classes/heap/unused:bytes")
	if spare+objects >= trimFrom+readMetric("/gc/heap/live:bytes") {
		debug.FreeOSMemory()
	}
	// The finalizer may be late to count that: then there is one trim more, which
	// finds nothing.
	g.trimmed.Store(g.cycles.Load())
}

// readMetric returns one of the runtime's numbers of bytes.
func readMetric(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
