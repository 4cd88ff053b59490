package child

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// percent returns how much the heap may grow between two runs of the collector.
func percent() int {
	n := debug.SetGCPercent(usualPercent)
	debug.SetGCPercent(n)
	return n
}

// Not parallel: these change how the whole process collects garbage.
func TestGarbage(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(usualPercent))
	runtime.GC()
	var g garbage
	g.init(true)
	defer g.stop()
	g.large()
	if got := percent(); got != lazyPercent {
		t.Errorf("with large payloads: %d%%", got)
	}
	g.rest()
	if got := percent(); got != lazyPercent {
		t.Errorf("soon after the last of them: %d%%", got)
	}
	g.last = time.Now().Add(-2 * restAfter)
	g.rest()
	if got := percent(); got != usualPercent {
		t.Errorf("long after the last of them: %d%%", got)
	}
	g.large()
	if got := percent(); got != lazyPercent {
		t.Errorf("when there is one again: %d%%", got)
	}
	heap := make([]byte, 2*largeHeap)
	runtime.GC()
	g.large()
	if got := percent(); got != usualPercent {
		t.Errorf("with a large heap: %d%%", got)
	}
	runtime.KeepAlive(heap)
}

// A worker that shares its process leaves the collector to that.
func TestGarbageOfOthers(t *testing.T) {
	before := percent()
	var g garbage
	g.init(false)
	defer g.stop()
	g.large()
	if got := percent(); got != before {
		t.Errorf("%d%%, and it was %d%%", got, before)
	}
}
